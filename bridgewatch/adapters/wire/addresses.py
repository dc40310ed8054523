"""Socket addresses as octets, and as the two 64-bit halves the core compares."""

import ipaddress
import socket
import struct

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.words import Family

_V4_MAPPED = np.uint64(0xFFFF00000000)


def sockaddr(family: Family, address: str, port: int, scope: int = 0) -> bytes:
    """`struct sockaddr_in` or `sockaddr_in6` for a numeric address. Raises ValueError if it is not one."""
    parsed = ipaddress.ip_address(address)
    if parsed.version != family.value:
        raise ValueError(f"{address} is not an IPv{int(family)} address")
    if family is Family.V4:
        return struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + parsed.packed + bytes(8)
    head = struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", port, 0)
    return head + parsed.packed + struct.pack("=I", scope)


def halves(address: str) -> tuple[int, int]:
    """An address as the two halves of its IPv6 or IPv4-mapped form."""
    parsed = ipaddress.ip_address(address)
    number = int(parsed) if isinstance(parsed, ipaddress.IPv6Address) else 0xFFFF00000000 | int(parsed)
    return number >> 64, number & 0xFFFFFFFFFFFFFFFF


def address_of(halves: tuple[int, int]) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address that two halves are."""
    address = ipaddress.IPv6Address(halves[0] << 64 | halves[1])
    return address.ipv4_mapped or address


def read_names(name: NDArray[np.uint8], family: Family) -> tuple[NDArray[np.uint64], NDArray[np.uint16]]:
    """Halves [n, 2] and ports [n] of the socket addresses in `name` [n, 32]."""
    port = name[:, 2:4].copy().view(">u2")[:, 0].astype(np.uint16)
    found = np.zeros((len(name), 2), np.uint64)
    if family is Family.V4:
        found[:, 1] = name[:, 4:8].copy().view(">u4")[:, 0].astype(np.uint64) | _V4_MAPPED
    else:
        found[:] = name[:, 8:24].copy().view(">u8")
    return found, port
