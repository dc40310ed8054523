"""Hosts as operators write them: numeric addresses, DNS names, sockets."""

import functools
import ipaddress
import re
from typing import Any, Final, NamedTuple

from bridgewatch.config.errors import mistake
from bridgewatch.model.hosts import with_port
from bridgewatch.model.phrases import Phrase, phrase
from bridgewatch.model.words import Family

STAMP_PORT: Final = 862  # RFC 8762 section 4

_LABEL: Final = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*\.?", re.ASCII)
_SOCKET: Final = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:\[\]]+))(?::(?P<port>\d{1,5}))?", re.ASCII)
_MAX_ADDRESS: Final = 45  # characters of an IPv6 address with an IPv4 tail
_MAX_PORT: Final = 65_535
_MULTICAST_V4: Final = 224  # the first octet of 224.0.0.0/4; 240.0.0.0/4 above it is reserved (RFC 1112)
_RESERVED_V4: Final = 240
_BROADCAST_V4: Final = 2**32 - 1
_MULTICAST_V6: Final = 0xFF  # the first octet (RFC 4291)
_MAPPED_V6: Final = 0xFFFF  # ::ffff:0:0/96 without its last 32 bits
_OF_NO_HOST: Final = phrase("an address of no host")
_MULTICAST: Final = phrase("a multicast address")
_DOTTED: Final = re.compile(r"\d+(\.\d+){3}", re.ASCII)


class HostPort(NamedTuple):
    """A UDP endpoint; `host` as `parse_host` returns it."""

    host: str
    port: int

    def __str__(self) -> str:
        return with_port(self.host, self.port)


def parse_host(value: Any) -> str:
    """A numeric address in its canonical form (RFC 5952), or a DNS name in lower case."""
    if isinstance(value, str):
        if (numeric := _numeric(value)) is not None:
            return numeric.text
        # A name that ends in digits is a mistyped IPv4 address: no top-level domain is numeric.
        if _NAME.fullmatch(value) and not value.rstrip(".").rpartition(".")[2].isdigit():
            return value.rstrip(".").lower()
    raise mistake(_expected_host(str(value)))


def _expected_host(text: str) -> Phrase:
    """What would be right in place of `text`, which is no host."""
    address, slash, _ = text.partition("/")
    if slash and family_of(address):
        return phrase("one address, without the length of its prefix")
    if _DOTTED.fullmatch(text) and any(len(octet) > 1 and octet[0] == "0" for octet in text.split(".")):
        return phrase("an IP address without leading zeros")
    several = text.replace(",", " ").split()
    if len(several) > 1 and all(map(family_of, several)):
        return phrase("one address; several are a list: [one, two]")
    return phrase("an IP address or a DNS name (with a port: {{stamp: host:port}})")


def parse_address(value: Any) -> str:
    """A numeric address in its canonical form."""
    numeric = _numeric(value) if isinstance(value, str) else None
    if numeric is None:
        raise mistake(phrase("an IP address"))
    return numeric.text


def parse_socket(value: Any, *, otherwise: int = STAMP_PORT) -> HostPort:
    """`host:port` or `[v6]:port`; without a port it is `otherwise`."""
    match = _SOCKET.fullmatch(value) if isinstance(value, str) else None
    port = int(match["port"] or otherwise) if match else 0
    if match is None and isinstance(value, str) and family_of(value):
        raise mistake(phrase("{address}, an IPv6 address in brackets", address=f'"[{value}]:{otherwise}"'))
    if match is None or not 1 <= port <= _MAX_PORT:
        raise mistake(phrase('host:port, or "[IPv6 address]:port" in quotes'))
    return HostPort(parse_host(match["v6"] or match["host"]), port)


def family_of(host: str) -> Family | None:
    """The family of a numeric address; None for a name."""
    numeric = _numeric(host)
    return numeric.family if numeric is not None else None


def check_unicast(host: str) -> str:
    """`host`, unless it is an address that no single host can have. Loopback is one: tests live there."""
    numeric = _numeric(host)
    if numeric is not None and numeric.misuse:
        found = phrase("{host}, {what}", host=host, what=numeric.misuse)
        raise mistake(phrase("the address of one host"), found)
    return host


def check_unicast_socket(socket: HostPort) -> HostPort:
    """The same of a socket."""
    check_unicast(socket.host)
    return socket


def parse_listen(value: Any) -> tuple[HostPort, ...]:
    """A numeric address of ours and a port; `:8862` is every address of both families."""
    text = value if isinstance(value, str) else ""
    several = (f"0.0.0.0{text}", f"[::]{text}") if text.startswith(":") else (text,)  # noqa: S104 - as it is written
    return tuple(map(_listening, several))


def _listening(text: str) -> HostPort:
    match = _SOCKET.fullmatch(text)
    numeric = _numeric(match["v6"] or match["host"]) if match else None
    if match is None or numeric is None or not 1 <= int(match["port"] or 0) <= _MAX_PORT:
        raise mistake(phrase('address:port, "[IPv6 address]:port" or ":port" in quotes'))
    if numeric.misuse not in {None, _OF_NO_HOST}:
        check_unicast(numeric.text)
    return HostPort(numeric.text, int(match["port"]))


class _Numeric(NamedTuple):
    """A numeric address in its canonical form. `misuse` says what it is if no host can have it."""

    text: str
    family: Family
    misuse: Phrase | None


@functools.lru_cache(maxsize=65_536)  # every address is read several times: documents, surveys, segments
def _numeric(text: str) -> _Numeric | None:
    """What `text` says as a numeric address, or None. Zones are refused: a link has an egress."""
    if len(text) > _MAX_ADDRESS or "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    family = Family(address.version)
    misuse = (_misuse_v4 if family is Family.V4 else _misuse_v6)(int(address))
    return _Numeric(str(address), family, misuse)


def _misuse_v4(address: int) -> Phrase | None:
    first = address >> 24
    if 0 < first < _MULTICAST_V4:
        return None
    if first == 0:
        return _OF_NO_HOST if address == 0 else phrase("an address of 0.0.0.0/8")
    if first < _RESERVED_V4:
        return _MULTICAST
    return phrase("the broadcast address") if address == _BROADCAST_V4 else phrase("a reserved address")


def _misuse_v6(address: int) -> Phrase | None:
    if address >> 120 == _MULTICAST_V6:
        return _MULTICAST
    if address >> 32 == _MAPPED_V6:
        return phrase("an IPv4 address written as IPv6")
    return _OF_NO_HOST if address == 0 else None
