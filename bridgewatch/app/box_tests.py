"""Throughput tests that the daemon asks a site's box for: to the box's own server, within its limits."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bridgewatch.core.dialin.errands import LEASE, Order, State, Told, read_order, write_told
from bridgewatch.model.bandwidth import Leg, Server, Throughput
from bridgewatch.model.ids import ServerId
from bridgewatch.model.phrases import phrase
from bridgewatch.model.ports import Runner, ThroughputError, ThroughputProgress

_TELL_AGAIN: Final = 0.5
_NO_SERVER: Final = phrase("it was started without --test-server")
_BUSY: Final = phrase("another test runs")
_UNHEARD: Final = phrase("the daemon was not heard any more")
_TOLD_AT_MOST: Final = 40  # times what it came to is said to a daemon that does not say that it is enough


@dataclass(frozen=True, slots=True)
class BoxLimits:
    """Where tests of this box go, iperf3 at host and port, and the most they take, bit/s and seconds each."""

    host: str
    port: int
    rate: int
    seconds: int
    source: str | None = None
    interface: str | None = None


class BoxTests:
    """One test at a time. `tell` sends a body to the daemon; `limits` None: this box tests nothing."""

    def __init__(self, limits: BoxLimits | None, runner: Runner, tell: Callable[[bytes], None]) -> None:
        self._limits = limits
        self._runner = runner
        self._tell = tell
        self._order: Order | None = None
        self._asked = 0.0
        self._over = False
        self._task: asyncio.Task[None] | None = None

    def take(self, body: bytes, *, enough: bool) -> None:
        """What the daemon said: a test that it wants, or wants no more."""
        order = read_order(body)
        if order is None:
            return
        if enough:
            if self._order is not None and self._order.id == order.id:
                self._end()
        elif self._limits is None:
            self._tell(write_told(Told(order.id, State.REFUSED, why=_NO_SERVER)))
        elif self._order is None:
            self._order, self._asked, self._over = order, time.monotonic(), False
            self._task = asyncio.create_task(self._carry_out(order, self._limits))
        elif self._order.id == order.id:
            self._asked = time.monotonic()
        elif self._over:
            self._end()  # of what is over nobody needs to hear again; this order comes again soon
        else:
            self._tell(write_told(Told(order.id, State.REFUSED, why=_BUSY)))

    def _end(self) -> None:
        self._over = True
        if self._task is not None:
            self._task.cancel()

    async def _carry_out(self, order: Order, limits: BoxLimits) -> None:
        leg = Leg(
            Server(ServerId("daemon"), order.method, limits.host, limits.port),
            order.method,
            order.direction,
            min(order.seconds, limits.seconds),
            order.streams,
            min(order.rate, limits.rate),
            limits.source,
            limits.interface,
            at_site=True,
        )
        try:
            told = await self._run(order, leg)
            self._over = True
            for _ in range(_TOLD_AT_MOST):
                self._tell(write_told(told))
                await asyncio.sleep(_TELL_AGAIN)
        finally:
            self._order = self._task = None

    async def _run(self, order: Order, leg: Leg) -> Told:
        reached = Throughput(leg.direction, leg.method, 0.0, 0, 0.0, leg.streams)

        def on_progress(progress: ThroughputProgress) -> None:
            nonlocal reached
            reached = replace(reached, rate=progress.rate, octets=progress.octets, seconds=progress.seconds)

        running = asyncio.ensure_future(self._runner.run(leg, on_progress))
        try:
            while not running.done():
                if time.monotonic() - self._asked > LEASE:
                    return Told(order.id, State.FAILED, why=_UNHEARD)
                self._tell(write_told(Told(order.id, State.RUNNING, reached)))
                await asyncio.wait([running], timeout=_TELL_AGAIN)
            cap = leg.rate if leg.rate < order.rate else None
            return Told(order.id, State.DONE, replace(running.result(), cap=cap))
        except ThroughputError as error:
            return Told(order.id, State.FAILED, why=error.why)
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError, ThroughputError):
                await running
