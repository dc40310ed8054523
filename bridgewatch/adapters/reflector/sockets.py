"""Opens and prepares the sockets a reflector listens on."""

import socket
from typing import Final

from bridgewatch.adapters.wire import control
from bridgewatch.model.words import Family

_TTL: Final = 255  # RFC 8762 section 4: so that the far end sees how many hops were taken
_RECEIVE_BUFFER: Final = 4 * 1024 * 1024
_RX_SOFTWARE_STAMP: Final = 1 << 3 | 1 << 4
_IP_RECVTTL: Final = 12
_IP_RECVTOS: Final = 13
_IP_MTU_DISCOVER: Final = 10
_IPV6_MTU_DISCOVER: Final = 23
_PMTUDISC_DONT: Final = (
    0  # a long reply may be fragmented as its request was; no path MTU is learnt or spoofed
)


def open_sockets(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to every numeric address `host` stands for; '' means any address of both families.

    Raises OSError where binding fails.
    """
    flags = socket.AI_PASSIVE | socket.AI_NUMERICHOST
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_DGRAM, flags=flags)
    sockets: list[socket.socket] = []
    try:
        for family, _, _, _, address in found:
            sockets.append(_bind(family, address))
    except OSError:
        for opened in sockets:
            opened.close()
        raise
    return sockets


def _bind(family: int, address: tuple[str | int, ...] | tuple[int, bytes]) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened


def prepare(sock: socket.socket) -> Family:
    """Ask the kernel for stamps, TTL, DSCP and the address that was asked; returns the socket's family.

    Raises ValueError for what is not a UDP socket: a service manager hands over whatever its unit names.
    """
    families = {socket.AF_INET: Family.V4, socket.AF_INET6: Family.V6}
    family = families.get(socket.AddressFamily(sock.family))
    if family is None or sock.type != socket.SOCK_DGRAM:
        raise ValueError(f"a reflector listens on UDP sockets, not on {sock!r}")
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, control.SO_TIMESTAMPING, _RX_SOFTWARE_STAMP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    if family is Family.V4:
        sock.setsockopt(socket.IPPROTO_IP, control.IP_PKTINFO, 1)
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVTOS, 1)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, _TTL)
        sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PMTUDISC_DONT)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, _TTL)
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PMTUDISC_DONT)
    return family
