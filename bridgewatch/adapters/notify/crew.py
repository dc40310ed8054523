"""Threads of our own, a few per gateway: what hangs at one gateway takes no thread of another.

A thread that outlives its time limit cannot be ended; it is counted as stuck and keeps its place until the
socket lets go. Threads are daemons, so that one that never returns does not hold up the end of the process.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from bridgewatch.model.ids import GatewayId

_T = TypeVar("_T")

PER_GATEWAY: Final = 8  # attempts at once
IN_ALL: Final = 128  # threads


class BusyError(Exception):
    """No thread was free for this gateway within the time limit."""


@dataclass(frozen=True, slots=True)
class Load:
    """Threads at one gateway now: all of them, and those past their time limit."""

    running: int
    stuck: int


@dataclass(slots=True)
class _Lane:
    places: asyncio.Semaphore
    running: int = 0
    stuck: int = 0


@dataclass(slots=True)
class _Job(Generic[_T]):
    lane: _Lane
    done: asyncio.Future[_T]
    stuck: bool = field(default=False)


class Crew:
    """Starts a thread per attempt, bounded per gateway and in all. Belongs to one event loop."""

    def __init__(self, per_gateway: int = PER_GATEWAY, in_all: int = IN_ALL) -> None:
        self._per_gateway = per_gateway
        self._places = asyncio.Semaphore(in_all)
        self._lanes: dict[GatewayId, _Lane] = {}

    def load(self) -> Mapping[GatewayId, Load]:
        """How many threads each gateway takes."""
        return {gateway: Load(lane.running, lane.stuck) for gateway, lane in self._lanes.items()}

    async def run(self, gateway: GatewayId, work: Callable[[], _T], seconds: float) -> _T:
        """What `work` returns, in a thread; it must not raise.

        Raises BusyError if no thread is free within `seconds`, and at once where every thread of the
        gateway is stuck; TimeoutError if `work` takes longer.
        """
        lane = self._lanes.setdefault(gateway, _Lane(asyncio.Semaphore(self._per_gateway)))
        if lane.stuck >= self._per_gateway:
            raise BusyError
        try:
            async with asyncio.timeout(seconds):
                await self._take_place(lane)
        except TimeoutError:
            raise BusyError from None
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

    async def _take_place(self, lane: _Lane) -> None:
        await lane.places.acquire()
        try:
            await self._places.acquire()
        except BaseException:
            lane.places.release()
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
        if not job.done.done():
            job.done.set_result(outcome)

    def _leave(self, job: _Job[_T]) -> None:
        job.lane.running -= 1
        job.lane.stuck -= job.stuck
        job.lane.places.release()
        self._places.release()
