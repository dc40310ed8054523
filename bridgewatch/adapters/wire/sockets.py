"""Opens the sockets probes travel on, with the least privilege that works.

One socket per family and kind: every RAW socket receives a copy of every reply, so forty sockets cost three
times one. Kernel stamps are asked for in both directions; ICMP errors go to the error queue.
"""

import ctypes
import logging
import socket
import struct
from dataclasses import dataclass
from typing import Final

from bridgewatch.adapters.wire import control
from bridgewatch.model.words import Family, ProbeKind

log = logging.getLogger(__name__)

RECEIVE_BUFFER: Final = 32 * 1024 * 1024
_SO_RCVBUFFORCE: Final = 33
_SO_ATTACH_FILTER: Final = 26
_SOF_TIMESTAMPING: Final = 1 << 1 | 1 << 3 | 1 << 4  # TX_SOFTWARE | RX_SOFTWARE | SOFTWARE
_IP_MTU_DISCOVER: Final = 10
_IPV6_MTU_DISCOVER: Final = 23
_PMTUDISC_DONT: Final = 0
_ICMP6_FILTER: Final = 1
_ECHO_REPLY: Final = {Family.V4: 0, Family.V6: 129}
_IP_FAMILY: Final = {Family.V4: socket.AF_INET, Family.V6: socket.AF_INET6}


@dataclass(frozen=True, slots=True)
class ProbeSocket:
    """An open socket and what its packets look like. `ip_header`: packets start with one (RAW IPv4)."""

    socket: socket.socket
    kind: ProbeKind
    family: Family
    raw: bool
    receive_buffer: int

    @property
    def ip_header(self) -> bool:
        """Whether received packets begin with an IP header."""
        return self.raw and self.family is Family.V4

    @property
    def fd(self) -> int:
        """The file descriptor."""
        return self.socket.fileno()


def open_echo(family: Family, ident: int) -> ProbeSocket:
    """An ICMP echo socket: RAW with a kernel filter for `ident`, else an unprivileged ping socket.

    Raises PermissionError when this process may have neither.
    """
    protocol = socket.IPPROTO_ICMP if family is Family.V4 else socket.IPPROTO_ICMPV6
    try:
        sock = socket.socket(_IP_FAMILY[family], socket.SOCK_RAW, protocol)
    except PermissionError:
        sock = socket.socket(_IP_FAMILY[family], socket.SOCK_DGRAM, protocol)
        raw = False
    else:
        raw = True
        _filter_replies(sock, family, ident)
    return ProbeSocket(sock, ProbeKind.ICMP, family, raw, _prepare(sock, family))


def open_udp(family: Family, kind: ProbeKind) -> ProbeSocket:
    """A UDP socket for STAMP of that kind, bound to a port of its own."""
    sock = socket.socket(_IP_FAMILY[family], socket.SOCK_DGRAM)
    if family is Family.V6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
    buffer = _prepare(sock, family)
    sock.bind(("", 0))
    return ProbeSocket(sock, kind, family, raw=False, receive_buffer=buffer)


def open_door(host: str, port: int) -> ProbeSocket:
    """A UDP socket at a numeric address, where boxes call and are probed back.

    Raises OSError where it cannot be had.
    """
    family = Family.V6 if ":" in host else Family.V4
    sock = socket.socket(_IP_FAMILY[family], socket.SOCK_DGRAM)
    try:
        if family is Family.V6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from None
    return ProbeSocket(sock, ProbeKind.DIAL_IN, family, raw=False, receive_buffer=_prepare(sock, family))


def _prepare(sock: socket.socket, family: Family) -> int:
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, control.SO_TIMESTAMPING, _SOF_TIMESTAMPING)
    if family is Family.V4:
        sock.setsockopt(socket.IPPROTO_IP, control.IP_PKTINFO, 1)
        sock.setsockopt(socket.IPPROTO_IP, control.IP_RECVERR, 1)
        sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PMTUDISC_DONT)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, control.IPV6_RECVERR, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PMTUDISC_DONT)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


def _filter_replies(sock: socket.socket, family: Family, ident: int) -> None:
    """Let the kernel drop what is no echo reply to us: own requests on loopback, other people's pings."""
    if family is Family.V6:
        # ICMP6_FILTER is a bit set of the types to block.
        blocked = [0xFFFFFFFF] * 8
        blocked[_ECHO_REPLY[family] // 32] &= ~(1 << _ECHO_REPLY[family] % 32)
        sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, struct.pack("=8I", *blocked))
        load_type = [(0x30, 0, 0, 0)]  # ldb [0]: the packet starts at the ICMPv6 header
        load_ident = [(0x28, 0, 0, 4)]  # ldh [4]
    else:
        load_type = [(0xB1, 0, 0, 0), (0x50, 0, 0, 0)]  # ldx 4*([0]&0xf): past the IP header; ldb [x+0]
        load_ident = [(0x48, 0, 0, 4)]  # ldh [x+4]
    program = [
        *load_type,
        (0x15, 0, 3, _ECHO_REPLY[family]),  # jeq type
        *load_ident,
        (0x15, 0, 1, ident),  # jeq ident
        (0x06, 0, 0, 0xFFFFFFFF),  # accept
        (0x06, 0, 0, 0),  # drop
    ]
    code = b"".join(struct.pack("=HBBI", *step) for step in program)
    memory = ctypes.create_string_buffer(code)
    sock.setsockopt(
        socket.SOL_SOCKET,
        _SO_ATTACH_FILTER,
        struct.pack("HxxxxxxP", len(program), ctypes.addressof(memory)),
    )
