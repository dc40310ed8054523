"""The socket of one call: by a named interface or from one address, to one of the daemon's addresses."""

import contextlib
import errno
import ipaddress
import socket
import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

from bridgewatch.adapters.wire import control
from bridgewatch.model.phrases import phrase

_RX_SOFTWARE_STAMP: Final = 1 << 3 | 1 << 4
_IP_RECVTTL: Final = 12
_IP_RECVTOS: Final = 13
_TTL: Final = 255
_CONTROL: Final = 256  # octets
_LARGEST: Final = 2_048
_TIMESPEC: Final = struct.Struct("=qq")
_INT: Final = struct.Struct("=i")
_DSCP: Final = 0xFC  # the two bits below are ECN's: this host's to set, not the sender's

SocketAddress = tuple[str, int] | tuple[str, int, int, int]


class NotPermittedError(Exception):
    """This process may not choose an interface; `args[0]` is a phrase that says what helps."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a call leaves: by that interface, from that address, or as the routing table says (both None)."""

    interface: str | None = None
    source: str | None = None

    @classmethod
    def of(cls, text: str | None) -> "Way":
        """What an operator writes: the name of an interface, or one of its addresses."""
        if not text:
            return cls()
        try:
            return cls(source=str(ipaddress.ip_address(text)))
        except ValueError:
            return cls(interface=text)

    @property
    def family(self) -> socket.AddressFamily:
        """Of the addresses that can be called this way."""
        if self.source is None:
            return socket.AF_UNSPEC
        return socket.AF_INET6 if ":" in self.source else socket.AF_INET

    def __str__(self) -> str:
        return self.interface or self.source or "any interface"


class Packet(NamedTuple):
    """What came in: octets, the kernel's wall clock stamp (0: none), TTL and DSCP as the header has them."""

    octets: bytes
    at_ns: int
    ttl: int
    traffic_class: int


def open_call(way: Way, target: SocketAddress) -> socket.socket:
    """A socket connected to where the daemon listens: nothing from anywhere else comes in by it.

    Raises OSError, ENODEV while the interface does not exist, and NotPermittedError.
    """
    family = socket.AF_INET if len(target) == 2 else socket.AF_INET6  # noqa: PLR2004 - the length of an address
    opened = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        _prepare(opened)
        if way.interface is not None:
            _bind_to(opened, way.interface)
        if way.source is not None:
            opened.bind((way.source, 0))
        opened.connect(target)
    except BaseException:
        opened.close()
        raise
    return opened


def try_way(way: Way) -> None:
    """Raises NotPermittedError where this process may not choose the interface, be it there or not."""
    if way.interface is None:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried, contextlib.suppress(OSError):
        _bind_to(tried, way.interface)


def _prepare(opened: socket.socket) -> None:
    opened.setsockopt(socket.SOL_SOCKET, control.SO_TIMESTAMPING, _RX_SOFTWARE_STAMP)
    if opened.family == socket.AF_INET:
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, _TTL)
        opened.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
        opened.setsockopt(socket.IPPROTO_IP, _IP_RECVTOS, 1)
    else:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, _TTL)
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)


def _bind_to(opened: socket.socket, interface: str) -> None:
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    except PermissionError:
        said = phrase(
            "this kernel lets only root choose the interface {name}: give the address it has instead, or run "
            "this with the capability CAP_NET_RAW",
            name=interface,
        )
        raise NotPermittedError(said) from None
    except OSError as error:
        raise OSError(error.errno, error.strerror, interface) from None


def source_of(opened: socket.socket) -> str:
    """The address of this host that a connected socket sends from."""
    return str(opened.getsockname()[0])


def receive(opened: socket.socket) -> Packet | None:
    """The next packet, None if there is none. What ICMP said of packets sent is passed over."""
    while True:
        try:
            octets, messages, _, _ = opened.recvmsg(_LARGEST, _CONTROL, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except ConnectionRefusedError:
            continue
        except OSError as error:
            if error.errno in {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN}:
                continue
            raise
        return _read(octets, messages)


def _read(octets: bytes, messages: list[tuple[int, int, bytes]]) -> Packet:
    at_ns = ttl = traffic_class = 0
    for level, kind, data in messages:
        match level, kind:
            case control.SOL_SOCKET, control.SO_TIMESTAMPING:
                seconds, rest = _TIMESPEC.unpack_from(data)
                at_ns = seconds * 10**9 + rest
            case (control.SOL_IP, control.IP_TTL) | (control.SOL_IPV6, control.IPV6_HOPLIMIT):
                (ttl,) = _INT.unpack_from(data)
            case (control.SOL_IP, control.IP_TOS) | (control.SOL_IPV6, control.IPV6_TCLASS):
                traffic_class = data[0] & _DSCP
    return Packet(octets, at_ns, ttl & 0xFF, traffic_class)


def send(opened: socket.socket, octets: bytes, traffic_class: int = 0) -> None:
    """Send one packet, in the class that it answers. Raises OSError; a refusal of an earlier one is none."""
    v4 = opened.family == socket.AF_INET
    kind = (control.SOL_IP, control.IP_TOS) if v4 else (control.SOL_IPV6, control.IPV6_TCLASS)
    messages = [(*kind, _INT.pack(traffic_class))] if traffic_class else []
    try:
        opened.sendmsg([octets], messages, socket.MSG_DONTWAIT)
    except ConnectionRefusedError:
        opened.sendmsg([octets], messages, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return
