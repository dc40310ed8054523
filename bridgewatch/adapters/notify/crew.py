"""Threads of our own, a few per gateway: what hangs at one gateway takes no thread of another.

A thread that outlives its time limit cannot be ended; it is counted as stuck and keeps its place until the
socket lets go. Threads are daemons, so that one that never returns does not hold up the end of the process.

Who waits for a place gets it in the order of their ranks, however long others have waited: of thousands of
messages the most urgent leave first.
"""

import asyncio
import contextlib
import heapq
import itertools
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from bridgewatch.model.ids import GatewayId

_T = TypeVar("_T")

Rank = tuple[int, ...]

PER_GATEWAY: Final = 8  # attempts at once
IN_ALL: Final = 128  # threads


class BusyError(Exception):
    """No thread was free for this gateway within the time limit."""


class CrowdedError(BusyError):
    """None was, because more wait for the gateway than it takes; it does take some."""


class _Places:
    """A number of places, given to those who wait in the order of their ranks, the lowest first."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._numbers = itertools.count()
        self._waiting: list[tuple[Rank, int, asyncio.Future[None]]] = []

    async def take(self, rank: Rank) -> None:
        """Wait for a place."""
        if self._free and not self._waiting:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was given in the very same turn of the loop
                self.give_back()
            raise

    def give_back(self) -> None:
        """Let the next one have a place."""
        while self._waiting:
            turn = heapq.heappop(self._waiting)[-1]
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


@dataclass(frozen=True, slots=True)
class Load:
    """Threads at one gateway now: all of them, and those past their time limit."""

    running: int
    stuck: int


@dataclass(slots=True)
class _Lane:
    places: _Places
    running: int = 0
    stuck: int = 0
    ended: int = 0  # within their time limits, ever


@dataclass(slots=True)
class _Job(Generic[_T]):
    lane: _Lane
    done: asyncio.Future[_T]
    stuck: bool = field(default=False)


class Crew:
    """Starts a thread per attempt, bounded per gateway and in all. Belongs to one event loop."""

    def __init__(self, per_gateway: int = PER_GATEWAY, in_all: int = IN_ALL) -> None:
        self._per_gateway = per_gateway
        self._places = _Places(in_all)
        self._lanes: dict[GatewayId, _Lane] = {}

    def load(self) -> Mapping[GatewayId, Load]:
        """How many threads each gateway takes."""
        return {gateway: Load(lane.running, lane.stuck) for gateway, lane in self._lanes.items()}

    async def run(self, gateway: GatewayId, work: Callable[[], _T], seconds: float, rank: Rank = ()) -> _T:
        """What `work` returns, in a thread; it must not raise. The lowest rank of those that wait is next.

        Raises BusyError if no thread is free within `seconds`, and at once where every thread of the gateway
        is stuck; CrowdedError if others had their turn meanwhile; TimeoutError if `work` takes longer.
        """
        lane = self._lanes.setdefault(gateway, _Lane(_Places(self._per_gateway)))
        if lane.stuck >= self._per_gateway:
            raise BusyError
        before = lane.ended
        try:
            async with asyncio.timeout(seconds):
                await self._take_place(lane, rank)
        except TimeoutError:
            raise (CrowdedError if lane.ended > before else BusyError) from None
        job = _Job[_T](lane, asyncio.get_running_loop().create_future())
        self._start(job, work)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(job.done)
        except TimeoutError:
            if job.done.done():  # it ended in the very same turn of the loop
                return job.done.result()
            job.stuck = True
            lane.stuck += 1
            raise

    async def _take_place(self, lane: _Lane, rank: Rank) -> None:
        await lane.places.take(rank)
        try:
            await self._places.take(rank)
        except BaseException:
            lane.places.give_back()
            raise

    def _start(self, job: _Job[_T], work: Callable[[], _T]) -> None:
        loop = asyncio.get_running_loop()

        def body() -> None:
            outcome = work()
            # At the end of the process the loop may be closed already: nobody waits any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._end, job, outcome)

        job.lane.running += 1
        try:
            threading.Thread(target=body, name="notify", daemon=True).start()
        except RuntimeError:
            self._leave(job)
            raise BusyError from None

    def _end(self, job: _Job[_T], outcome: _T) -> None:
        self._leave(job)
        job.lane.ended += not job.stuck
        if not job.done.done():
            job.done.set_result(outcome)

    def _leave(self, job: _Job[_T]) -> None:
        job.lane.running -= 1
        job.lane.stuck -= job.stuck
        job.lane.places.give_back()
        self._places.give_back()
