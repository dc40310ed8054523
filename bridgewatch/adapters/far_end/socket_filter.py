"""A filter for listening sockets: the kernel drops what strangers send, before there is a connection.

A classic BPF program (socket(7), SO_ATTACH_FILTER) over the source address of the IP header; no privilege is
needed for it. A connection's socket inherits it from the listener.
"""

import ctypes
import socket
import struct
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from typing import Final

Network = IPv4Network | IPv6Network

SO_ATTACH_FILTER: Final = 26
_INSTRUCTION: Final = struct.Struct("=HBBI")
_NETWORK_HEADER: Final = 0xFFF0_0000  # SKF_NET_OFF
_LOAD_WORD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_LOAD_OCTET: Final = 0x30  # BPF_LD | BPF_B | BPF_ABS
_AND: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
_JUMP_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K
_DROP, _ACCEPT = 0, 0xFFFF_FFFF
_VERSION_BITS: Final = 0xF0
_SOURCE_AT: Final = {4: 12, 6: 8}
_MOST: Final = 4096  # instructions that the kernel takes

Instruction = tuple[int, int, int, int]


def program(allowed: Iterable[Network]) -> list[Instruction]:
    """Instructions that accept packets from these networks and drop all others.

    Raises ValueError when there are more networks than the kernel takes.
    """
    instructions: list[Instruction] = []
    for network in allowed:
        instructions += _accept(network)
    instructions.append((_RETURN, 0, 0, _DROP))
    if len(instructions) > _MOST:
        raise ValueError("too many networks are allowed for a filter in the kernel; join some of them")
    return instructions


def attach(sock: socket.socket, allowed: Iterable[Network]) -> None:
    """Let the kernel drop what comes to `sock` from elsewhere. Raises OSError, ValueError."""
    instructions = program(allowed)
    code = ctypes.create_string_buffer(b"".join(_INSTRUCTION.pack(*each) for each in instructions))
    # struct sock_fprog: the count, and the address after padding.
    described = struct.pack("@HP", len(instructions), ctypes.addressof(code))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, described)


def _accept(network: Network) -> list[Instruction]:
    """What accepts this network; jumps to behind itself otherwise."""
    address, mask = int(network.network_address), int(network.netmask)
    tests: list[tuple[int, int, int, int]] = [(_LOAD_OCTET, 0, _VERSION_BITS, network.version << 4)]
    for word in range(network.max_prefixlen // 32):
        shift = network.max_prefixlen - 32 * (word + 1)
        bits = mask >> shift & 0xFFFF_FFFF
        if bits:
            at = _SOURCE_AT[network.version] + 4 * word
            tests.append((_LOAD_WORD, at, bits, address >> shift & 0xFFFF_FFFF))
    length = 3 * len(tests) + 1
    instructions: list[Instruction] = []
    for load, at, bits, wanted in tests:
        instructions += [(load, 0, 0, _NETWORK_HEADER + at), (_AND, 0, 0, bits)]
        instructions.append((_JUMP_EQUAL, 0, length - len(instructions) - 1, wanted))
    return [*instructions, (_RETURN, 0, 0, _ACCEPT)]
