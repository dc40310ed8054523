"""Doors on loopback: words beside replies, answers from the address that was called, floods."""

import socket
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.wire.addresses import halves
from bridgewatch.adapters.wire.batch import BatchEngine
from bridgewatch.core.dialin.packets import SIZE, Kind, Word, write
from bridgewatch.core.probing.mac import Mac
from bridgewatch.model.ports import Call, Endpoint, SendBatch
from bridgewatch.model.words import Family, ProbeKind
from tests.reflector.packets import needs_ipv6

WORD = write(Word(Kind.ALIVE, b"session!", 1), Mac(b"k" * 32))
PATIENCE = 10.0


@pytest.fixture
def engine() -> Iterator[BatchEngine]:
    made = BatchEngine(SystemClock(), echo_ident=1)
    yield made
    made.close()


def port_of(family: int, host: str) -> int:
    """A UDP port that nobody has."""
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])


def box(family: int, target: tuple[str, int]) -> socket.socket:
    """A box's socket: nothing from any other address comes in by it."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(PATIENCE)
    sock.connect(target)
    return sock


def until(found: Callable[[], list]) -> list:
    """Ask until there is something."""
    began = time.monotonic()
    while not (some := found()):
        assert time.monotonic() < began + PATIENCE
        time.sleep(0.001)
    return some


def calls(engine: BatchEngine) -> list[Call]:
    engine.poll()
    return list(engine.calls())


@pytest.mark.parametrize(
    ("family", "door", "called"),
    [
        (socket.AF_INET, "0.0.0.0", "127.0.0.5"),
        (socket.AF_INET, "127.0.0.5", "127.0.0.5"),
        pytest.param(socket.AF_INET6, "::", "::1", marks=needs_ipv6),
    ],
)
def test_a_word_is_answered_from_the_address_that_was_called(engine, family, door, called) -> None:
    port = port_of(family, door)
    engine.open_doors([(door, port)])
    with box(family, (called, port)) as caller:
        caller.send(WORD)
        (call,) = until(lambda: calls(engine))
        host, source_port = caller.getsockname()[:2]
        assert call == Call(0, halves(host), source_port, halves(called), WORD)
        engine.answer([call])
        assert caller.recv(2_000) == WORD


def test_a_probe_leaves_by_the_door_and_its_reply_is_no_word(engine) -> None:
    port = port_of(socket.AF_INET, "127.0.0.1")
    engine.open_doors([("127.0.0.1", port)])
    with box(socket.AF_INET, ("127.0.0.1", port)) as caller:
        source_port = caller.getsockname()[1]
        endpoint = Endpoint(
            ProbeKind.DIAL_IN, Family.V4, "127.0.0.1", source_port, "127.0.0.1", None, dscp=46, door=0
        )
        assert engine.assign(0, endpoint) == 0
        packet = np.zeros((1, SIZE), np.uint8)
        packet[0, 16:24] = 7
        token = packet[0, 16:24].copy().view(np.uint64)
        batch = SendBatch(np.zeros(1, np.int32), packet, np.array([SIZE], np.uint16), token)
        assert engine.send(batch).errno.tolist() == [0]
        assert caller.recv(2_000) == packet.tobytes()
        caller.send(WORD)
        caller.send(packet.tobytes())
        came, words, stamps = [], [], []

        def look() -> bool:
            arrivals = engine.poll()
            words.extend(engine.calls())
            stamps.extend(arrivals.tx_token.tolist())
            came.extend(zip(arrivals.kind.tolist(), arrivals.port.tolist(), strict=True))
            return bool(came) and bool(words)

        until(look)
        assert came == [(ProbeKind.DIAL_IN, source_port)]
        assert [call.packet for call in words] == [WORD]
        assert stamps == token.tolist()


def test_an_address_that_cannot_be_had_is_named(engine) -> None:
    with pytest.raises(OSError, match=r"192\.0\.2\.77:8862"):
        engine.open_doors([("192.0.2.77", 8862)])


def test_of_a_flood_a_bounded_part_is_kept_and_the_rest_counted(engine) -> None:
    port = port_of(socket.AF_INET, "127.0.0.1")
    engine.open_doors([("127.0.0.1", port)])
    with box(socket.AF_INET, ("127.0.0.1", port)) as caller:
        for _ in range(6_000):
            caller.send(WORD)
        engine.poll()
    taken = []
    while some := engine.calls():
        taken.append(len(some))
    assert (max(taken), sum(taken)) == (64, 4_096)
    assert engine.calls_dropped == 6_000 - 4_096
