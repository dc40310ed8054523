"""Requests and addresses for the tests of this room."""

import ipaddress
import socket
from collections.abc import Iterable

import numpy as np
import pytest

from bridgewatch.core.probing import stamp
from bridgewatch.core.reflecting.allowlist import AllowList
from bridgewatch.core.reflecting.keys import KeyTable
from bridgewatch.core.reflecting.reflection import Caps, Received, Reflection

SECOND = 1_000_000_000
PLENTY = Caps(per_sender=10**6, total=10**6)


def halves(address: str) -> tuple[int, int]:
    parsed = ipaddress.ip_address(address)
    number = int(parsed) if parsed.version == 6 else 0xFFFF_0000_0000 | int(parsed)
    return number >> 64, number & (2**64 - 1)


def addresses(*texts: str) -> np.ndarray:
    return np.array([halves(text) for text in texts], np.uint64).reshape(len(texts), 2)


def reflection(
    *networks: str,
    caps: Caps = PLENTY,
    stateful: bool = True,
    keys: Iterable[tuple[str, bytes]] = (),
    sealed_only: bool = False,
) -> Reflection:
    allowed = networks or ("192.0.2.0/24", "2001:db8::/32")
    return Reflection(
        AllowList(map(ipaddress.ip_network, allowed)),
        caps,
        stateful=stateful,
        keys=key_table(*keys),
        sealed_only=sealed_only,
    )


def key_table(*keys: tuple[str, bytes]) -> KeyTable:
    return KeyTable((ipaddress.ip_network(network), key) for network, key in keys)


def request(seq: int = 1, *, ssid: int = 0, size: int = 44) -> bytes:
    t1 = np.array([0xE000_0000_1234_5678], np.uint64)
    return stamp.build(np.array([seq]), t1, 0x0101, ssid, max(size, 44))[0, :size].tobytes()


def received(
    *rows: tuple[str, int, bytes], width: int = 128, answerable: bool = True, local: str = "192.0.2.1"
) -> Received:
    """One batch of (source address, source port, octets), all sent to `local`."""
    packet = np.zeros((len(rows), width), np.uint8)
    for index, (_, _, octets) in enumerate(rows):
        packet[index, : len(octets)] = list(octets[:width])
    return Received(
        source=addresses(*(source for source, _, _ in rows)),
        port=np.array([port for _, port, _ in rows], np.uint16),
        answerable=np.full(len(rows), answerable),
        packet=packet,
        length=np.array([len(octets) for _, _, octets in rows], np.uint16),
        local=addresses(*(local for _ in rows)),
    )


def cut(batch: Received, start: int, stop: int) -> Received:
    return Received(
        batch.source[start:stop],
        batch.port[start:stop],
        batch.answerable[start:stop],
        batch.packet[start:stop],
        batch.length[start:stop],
        batch.local[start:stop],
    )


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this host has no IPv6 loopback")
LOOPBACKS = ["127.0.0.1", pytest.param("::1", marks=needs_ipv6)]
