"""The probing loop: moves packets between the engine and the pipeline at the pace the rate asks for.

No reader callback: a socket whose error queue stays undrained would spin the loop, and a wake-up per packet
costs more than the packet. Every tick sends; some of them look at the sockets and judge as well, after they
have sent, so that looking delays no probe. What a tick does not finish in time the next one finds later, and
says so in the lateness.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from bridgewatch.app.pace import TICK_NS, Pace, pace
from bridgewatch.core.health.changes import Changes
from bridgewatch.core.watch import Watch
from bridgewatch.model.ports import Clock, Engine

log = logging.getLogger(__name__)

_SECOND_NS: Final = 1_000_000_000
_MINUTE_SLICES: Final = 6
_SLICE_NS: Final = 10 * _SECOND_NS


class Ticker:
    """Drives one `Watch` over one `Engine`; `on_changes` hears what each tick changed.

    `on_look` is called after each look at the sockets: what else they brought can be taken.
    """

    def __init__(
        self,
        watch: Watch,
        engine: Engine,
        clock: Clock,
        on_changes: Callable[[Changes, int], None],
        on_look: Callable[[], None] = lambda: None,
    ) -> None:
        self.engine = engine
        self._watch = watch
        self._clock = clock
        self._on_changes = on_changes
        self._on_look = on_look
        self._pace = Pace(TICK_NS, 1)
        self._ticks = 0  # since the last look
        self._failing = False
        self._lags: deque[int] = deque([0], maxlen=_MINUTE_SLICES)
        self._slice_ends = 0
        self.ticked_ns = clock.monotonic_ns()
        self.failures = 0

    def round(self) -> None:
        """Send what is due; when it is time, look at the sockets and judge."""
        self._launch()
        self._ticks += 1
        if self._ticks >= self._pace.ticks_per_look:
            self._ticks = 0
            self._look()

    def _launch(self) -> None:
        now = self._clock.monotonic_ns()
        launch = self._watch.launch(now, self._clock.wall_ns(), self._pace.tick_ns // 2)
        if launch is not None:
            self._watch.launched(launch, self.engine.send(launch.batch), now)

    def _look(self) -> None:
        arrivals = self.engine.poll()
        now = self._clock.monotonic_ns()
        self._watch.receive(arrivals, now)
        self._on_look()
        changes = self._watch.judge(now)
        if changes.links or changes.egresses or changes.sites:
            self._on_changes(changes, now)
        self.ticked_ns = now

    async def run(self) -> None:
        """Tick until cancelled. A round that fails is said once and the next one goes on."""
        loop = asyncio.get_running_loop()
        due_ns = self._clock.monotonic_ns()
        while True:
            self._note_lag(self._clock.monotonic_ns() - due_ns)
            schedule = self._watch.prober.schedule
            self._pace = pace(schedule.wanted, schedule.shortest_ns, self.engine.backlog)
            self._guarded_round()
            # The next tick keeps the grid; ticks that passed while this one ran are left out.
            now = self._clock.monotonic_ns()
            tick_ns = self._pace.tick_ns
            due_ns += (1 + max(0, now - due_ns) // tick_ns) * tick_ns
            await _sleep_until(loop, loop.time() + (due_ns - now) / _SECOND_NS)

    def _guarded_round(self) -> None:
        try:
            self.round()
        except Exception:
            self.failures += 1
            if not self._failing:
                log.exception("a probing tick failed; probing goes on")
            self._failing = True
        else:
            self._failing = False

    def _note_lag(self, lag: int) -> None:
        now = self._clock.monotonic_ns()
        if now >= self._slice_ends:
            self._slice_ends = now + _SLICE_NS
            self._lags.append(0)
        self._lags[-1] = max(self._lags[-1], lag)

    def lag_maximum(self) -> float:
        """The most a tick of the last minute began late, in seconds."""
        return max(self._lags) / _SECOND_NS


async def _sleep_until(loop: asyncio.AbstractEventLoop, when: float) -> None:
    future = loop.create_future()
    handle = loop.call_at(when, _wake, future)
    try:
        await future
    finally:
        handle.cancel()


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
