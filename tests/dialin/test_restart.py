"""A daemon that ends and starts again, and two boxes at its door on loopback, one of which ends meanwhile."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.dialin.memory import Memory
from bridgewatch.adapters.wire.batch import BatchEngine
from bridgewatch.app.box_memory import BoxMemory
from bridgewatch.app.station import Station
from bridgewatch.core.dialin import awaited
from bridgewatch.core.health.changes import Changes, Transition
from bridgewatch.model.ids import LinkId
from bridgewatch.model.words import LinkState, Reason
from tests.dialin.boxes import key_id
from tests.dialin.many import PORT, boxes, keys_of, nobody, watched
from tests.probing.wire import SECOND

STAYS, ENDS = LinkId("site-0/wan"), LinkId("site-1/wan")


class Run:
    """One life of the daemon's probing."""

    def __init__(self, state: Path) -> None:
        clock = SystemClock()
        engine, memory = BatchEngine(clock, echo_ident=1), Memory(state)
        self.changes: list[Transition] = []
        self.keys = keys_of(2)
        self.station = Station(
            watched(2, interval=0.1),
            engine,
            clock,
            nobody,
            seed=1,
            on_changes=self._take,
            read_keys=lambda _: self.keys,
            doors=engine,
            remembered=memory.load(),
        )
        assert self.station.dial_in is not None
        self.memory = BoxMemory(memory, self.station.dial_in)

    def _take(self, changes: Changes, _: int) -> None:
        self.changes += changes.links

    def states(self) -> dict[LinkId, LinkState]:
        """The state of both links."""
        states = self.station.watch.standing().link_state.tolist()
        return dict(zip(self.station.watch.inventory.links, map(LinkState, states), strict=True))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it is so."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() < began + 60, self.states()
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def running(state: Path) -> AsyncIterator[Run]:
    """Let it live."""
    run = Run(state)
    ticking = asyncio.create_task(run.station.ticker.run())
    try:
        yield run
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        await run.station.close()


def hear_a_greeting() -> None:
    """Wait until a box calls while nobody answers: it calls every few seconds from then on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", PORT))
        door.settimeout(60)
        door.recv(2_048)


def states(changes: Sequence[Transition], link: LinkId) -> list[LinkState]:
    """Which states a link came to."""
    return [change.new for change in changes if change.link == link]


def test_a_box_that_ended_while_the_daemon_was_away_is_down_and_one_that_did_not_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(awaited, "GRACE_NS", 5 * SECOND)

    async def test() -> None:
        async with running(tmp_path) as first:
            with boxes(2):
                await first.until(lambda: set(first.states().values()) == {LinkState.UP})
                await first.memory.close()
        with boxes(1):
            hear_a_greeting()
            async with running(tmp_path) as second:
                reasons = second.station.watch.standing().link_reason.tolist()
                assert reasons == [Reason.DIAL_IN_AWAITED, Reason.DIAL_IN_AWAITED]
                await second.until(lambda: second.states()[ENDS] is LinkState.DOWN)
                assert second.states()[STAYS] is LinkState.UP
                assert states(second.changes, STAYS) == [LinkState.UP]
                assert LinkState.DOWN in states(second.changes, ENDS)
                with boxes(2, first=1):
                    await second.until(lambda: second.states()[ENDS] is LinkState.UP)
                stats = second.station.dial_in.stats()
                assert stats.calls[ENDS].awaited is False
                await second.memory.close()
        assert {box.key for box in Memory(tmp_path).load()} == keys_of(2).keys()

    asyncio.run(test())


def test_a_box_whose_key_was_changed_is_unknown_at_once_and_no_fault_of_its_line(tmp_path: Path) -> None:
    async def change_it() -> None:
        async with running(tmp_path) as run:
            with boxes(2):
                await run.until(lambda: set(run.states().values()) == {LinkState.UP})
                old, run.keys = run.keys, {**run.keys, key_id(1): b"another" * 5}
                await run.station.renew_keys()
                await run.until(lambda: run.states()[ENDS] == LinkState.UNKNOWN)
                await asyncio.sleep(2.5)  # more than it takes to condemn a link that is silent
                run.keys = old
                await run.station.renew_keys()
                await run.until(lambda: run.states()[ENDS] == LinkState.UP)
            assert states(run.changes, ENDS) == [LinkState.UP, LinkState.UNKNOWN, LinkState.UP]
            assert states(run.changes, STAYS) == [LinkState.UP]
            reasons = [change.reason for change in run.changes if change.new == LinkState.UNKNOWN]
            assert reasons == [Reason.DIAL_IN_NEVER_SEEN]

    asyncio.run(change_it())
