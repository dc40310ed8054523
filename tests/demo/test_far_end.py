"""The far end of the demo does to each packet what its weather says, and answers loopback only."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.app.demo.far_end import FarEnd
from bridgewatch.app.demo.far_ends import DemoError, FarEnds
from bridgewatch.app.demo.lines import Line, Spell, Weather
from bridgewatch.core.probing import stamp

MS = 1_000_000
ADDRESS = "127.66.0.1"
WALL_NS = 1_790_000_000_000_000_000


@given(st.integers(2, 9), st.integers(1, 60))
def test_every_nth_packet_is_lost(every: int, packets: int) -> None:
    line = Line(Weather(MS, MS, lose_every=every))
    fates = [line.meet(0, b"one") for _ in range(packets)]
    assert [fate is None for fate in fates] == [(n + 1) % every == 0 for n in range(packets)]
    assert (line.asked, line.lost, line.answered) == (packets, packets // every, packets - packets // every)


def test_every_other_packet_waits_on_its_way_there() -> None:
    line = Line(Weather(3 * MS, 2 * MS, queue_ns=40 * MS))
    ways = [line.meet(0, b"one")[1:] for _ in range(4)]
    assert ways == [(43 * MS, 2 * MS), (3 * MS, 2 * MS)] * 2


def test_a_spell_holds_from_its_first_instant_to_before_its_last() -> None:
    line = Line(Weather(MS, MS), [Spell(100, 200, Weather(MS, MS, cut=True))])
    assert [line.meet(now, b"one") is None for now in (99, 100, 199, 200)] == [False, True, True, False]


def test_replies_are_counted_by_session() -> None:
    line = Line(Weather(MS, MS))
    assert [line.meet(0, session)[0] for session in (b"a", b"a", b"b", b"a")] == [0, 1, 0, 2]


@pytest.fixture
def asker() -> Iterator[socket.socket]:
    """A socket to ask from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(10)
        yield sock


@pytest.fixture
def far_end() -> Iterator[tuple[FarEnd, int]]:
    """A far end in this process, and its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", 0))
        end = FarEnd(sock)
        end.obey({"usual": {ADDRESS: asdict(Weather(3 * MS, 4 * MS))}})
        yield end, sock.getsockname()[1]


def request(seq: int, size: int = 44) -> bytes:
    """A STAMP request."""
    t1 = stamp.timestamp(np.array([WALL_NS + seq]), np.array([seq], np.uint16))
    return stamp.build(np.array([seq]), t1, 1, 0, size).tobytes()


def answers(end: FarEnd, asker: socket.socket, count: int) -> list[tuple[bytes, tuple[str, int]]]:
    """Serve until that many answers have come, in bounded rounds."""
    asker.setblocking(False)
    received: list[tuple[bytes, tuple[str, int]]] = []
    for _ in range(2_000_000):
        end.serve()
        try:
            received.append(asker.recvfrom(4096))
        except BlockingIOError:
            continue
        if len(received) == count:
            break
    return received


def parsed(packets: list[bytes]) -> stamp.Reflected:
    """Replies as the prober reads them."""
    rows = np.stack([np.frombuffer(packet, np.uint8) for packet in packets])
    return stamp.parse_reflected(rows, np.full(len(rows), rows.shape[1], np.uint16))


def test_a_reply_comes_from_the_address_that_was_asked_and_takes_the_lines_delay(far_end, asker) -> None:
    end, port = far_end
    for seq in range(3):
        asker.sendto(request(seq), (ADDRESS, port))
    replies = answers(end, asker, 3)
    assert {source for _, source in replies} == {(ADDRESS, port)}
    reflected = parsed([packet for packet, _ in replies])
    assert reflected.valid.all()
    assert reflected.seq.tolist() == reflected.sender_seq.tolist() == [0, 1, 2]
    assert (reflected.t3_ns >= reflected.t2_ns).all()
    assert end.account()[ADDRESS] == {"asked": 3, "answered": 3, "lost": 0}


def test_a_reply_is_as_long_as_its_request(far_end, asker) -> None:
    end, port = far_end
    asker.sendto(request(0, 200), (ADDRESS, port))
    ((packet, _),) = answers(end, asker, 1)
    assert len(packet) == 200


def test_what_was_not_ordered_is_not_answered(far_end, asker) -> None:
    end, port = far_end
    asker.sendto(request(0), ("127.66.0.2", port))
    asker.sendto(b"short", (ADDRESS, port))
    asker.sendto(request(7), (ADDRESS, port))
    ((packet, _),) = answers(end, asker, 1)
    assert parsed([packet]).sender_seq.tolist() == [7]
    assert end.account()[ADDRESS]["asked"] == 1


def test_replies_overtake_each_other_when_their_lines_do(far_end, asker) -> None:
    end, port = far_end
    end.obey({"usual": {"127.66.0.3": asdict(Weather(0, 0)), ADDRESS: asdict(Weather(60 * MS, 60 * MS))}})
    asker.sendto(request(0), (ADDRESS, port))
    asker.sendto(request(1), ("127.66.0.3", port))
    sources = [source[0] for _, source in answers(end, asker, 2)]
    assert sources == ["127.66.0.3", ADDRESS]


def test_the_child_takes_orders_answers_and_tells_what_it_did(asker: socket.socket) -> None:
    async def perform() -> dict[str, dict[str, int]]:
        port = await far_ends.port()
        far_ends.order({"usual": {ADDRESS: asdict(Weather(MS, MS, lose_every=2))}})
        # The order travels by another way than the packets: ask until it has arrived.
        asker.settimeout(0.2)
        for seq in range(100):
            asker.sendto(request(seq), (ADDRESS, port))
            try:
                await asyncio.to_thread(asker.recvfrom, 4096)
            except TimeoutError:
                continue
            break
        for seq in (1000, 1001):
            asker.sendto(request(seq), (ADDRESS, port))
        await asyncio.to_thread(asker.recvfrom, 4096)
        return await far_ends.end()

    with FarEnds() as far_ends:
        account = asyncio.run(perform())[ADDRESS]
    assert account["asked"] == account["answered"] + account["lost"]
    assert account["lost"] == account["asked"] // 2 >= 1


def test_a_child_that_dies_is_said_so() -> None:
    async def perform() -> None:
        await far_ends.port()
        far_ends.order({"usual": {"no address": {}}})
        with pytest.raises(DemoError, match="ended early"):
            await far_ends.end()

    with FarEnds() as far_ends:
        asyncio.run(perform())


def test_replies_leave_in_the_order_they_are_due(far_end, asker) -> None:
    end, port = far_end
    for seq in range(20):
        asker.sendto(request(seq), (ADDRESS, port))
    reflected = parsed([packet for packet, _ in answers(end, asker, 20)])
    assert all(a <= b for a, b in pairwise(reflected.sender_seq.tolist()))
