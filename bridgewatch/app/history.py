"""The part of the daemon that has the history kept: a snapshot whenever a minute ends."""

import asyncio
from collections.abc import Callable
from typing import Final

from bridgewatch.adapters.history.recorder import Recorder
from bridgewatch.model.ports import Clock
from bridgewatch.model.snapshot import Snapshot

_SECOND_NS: Final = 1_000_000_000
_MINUTE_NS: Final = 60 * _SECOND_NS
_LONGEST_NAP: Final = 15.0  # seconds; a wall clock that was set is noticed within this


class History:
    """Hands `recorder` the state of everything whenever a minute of the wall clock ends."""

    def __init__(self, recorder: Recorder, snapshot: Callable[[], Snapshot], clock: Clock) -> None:
        self._recorder = recorder
        self._snapshot = snapshot
        self._clock = clock

    async def run(self) -> None:
        """Record until cancelled. The recorder's thread is started by who made it, and ended too."""
        minute = self._clock.wall_ns() // _MINUTE_NS
        while True:
            wall_ns = self._clock.wall_ns()
            if wall_ns // _MINUTE_NS != minute:
                minute = wall_ns // _MINUTE_NS
                self._recorder.minute(self._snapshot(), self._clock.monotonic_ns())
            rest = (_MINUTE_NS - self._clock.wall_ns() % _MINUTE_NS) / _SECOND_NS
            await asyncio.sleep(min(rest, _LONGEST_NAP))
