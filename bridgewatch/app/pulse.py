"""The daemon's heartbeats: sent to every watchdog of the configuration, each at its own pace."""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from bridgewatch import __version__
from bridgewatch.model.heartbeats import Answered, Heard, Heartbeat, Vitals, Watchdog
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.ports import Clock

log = logging.getLogger(__name__)

BACK_WITHIN: Final = 300.0
"""Seconds within which a daemon that was stopped in an orderly way is back: long enough for an upgrade."""
_NAP_SECONDS: Final = 1.0  # how soon a changed configuration is followed
_FAREWELL_SECONDS: Final = 2.0
_SECOND_NS: Final = 1_000_000_000

Send = Callable[[Watchdog, Heartbeat], Awaitable[tuple[Answered, str]]]
"""Takes a heartbeat to a watchdog: what became of it, and why it was not accepted. Never raises."""


@dataclass(slots=True)
class _Told:
    """What is known of one watchdog."""

    due_ns: int  # monotonic
    answered: Answered | None = None
    why: str = ""
    accepted_ns: int | None = None  # wall
    counts: Counter[Answered] = field(default_factory=Counter)


class Pulse:
    """Sends in `run`. `inventory` is the one in force, `vitals` says how the daemon is now."""

    def __init__(
        self, inventory: Callable[[], Inventory], vitals: Callable[[], Vitals], send: Send, clock: Clock
    ) -> None:
        self._inventory = inventory
        self._vitals = vitals
        self._send = send
        self._clock = clock
        self._boot = secrets.token_hex(16)
        self._sequence = 0
        self._told: dict[str, _Told] = {}
        self._sending: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Send heartbeats until cancelled."""
        try:
            while True:
                nap = self._send_due()
                await asyncio.sleep(nap)
        finally:
            for task in self._sending.values():
                task.cancel()

    async def farewell(self) -> None:
        """Say that the daemon stops and is back soon. Takes two seconds at most."""
        watchdogs = self._inventory().heartbeats.watchdogs
        if not watchdogs:
            return
        for task in self._sending.values():
            task.cancel()
        last = [self._tell(watchdog, self._beat(watchdog, BACK_WITHIN)) for watchdog in watchdogs]
        _, late = await asyncio.wait(map(asyncio.create_task, last), timeout=_FAREWELL_SECONDS)
        for task in late:
            task.cancel()

    def heard(self) -> tuple[Heard, ...]:
        """What each watchdog said last, in the order of the configuration."""
        watchdogs = self._inventory().heartbeats.watchdogs
        known = ((one.url, self._told.get(one.url) or _Told(0)) for one in watchdogs)
        return tuple(
            Heard(url, told.answered, told.why, told.accepted_ns, dict(told.counts)) for url, told in known
        )

    def _send_due(self) -> float:
        """Begin to send what is due; the seconds until something may be again."""
        now_ns = self._clock.monotonic_ns()
        watchdogs = self._inventory().heartbeats.watchdogs
        self._told = {one.url: self._told.get(one.url) or _Told(now_ns) for one in watchdogs}
        nap_ns = round(_NAP_SECONDS * _SECOND_NS)
        for watchdog in watchdogs:
            told, every_ns = self._told[watchdog.url], round(watchdog.every * _SECOND_NS)
            if told.due_ns <= now_ns:
                # What fell due while this process stood still is not made up for.
                told.due_ns += every_ns * (1 + (now_ns - told.due_ns) // every_ns)
                self._begin(watchdog)
            nap_ns = min(nap_ns, told.due_ns - now_ns)
        return nap_ns / _SECOND_NS

    def _begin(self, watchdog: Watchdog) -> None:
        if watchdog.url in self._sending:  # its time limit is not over
            return
        task = asyncio.create_task(self._tell(watchdog, self._beat(watchdog, None)))
        self._sending[watchdog.url] = task
        task.add_done_callback(lambda _: self._sending.pop(watchdog.url, None))

    def _beat(self, watchdog: Watchdog, back_within: float | None) -> Heartbeat:
        self._sequence += 1
        return Heartbeat(
            vantage=self._inventory().vantage,
            boot=self._boot,
            sequence=self._sequence,
            sent_ns=self._clock.wall_ns(),
            version=__version__,
            every=watchdog.every,
            vitals=self._vitals(),
            back_within=back_within,
        )

    async def _tell(self, watchdog: Watchdog, beat: Heartbeat) -> None:
        answered, why = await self._send(watchdog, beat)
        told = self._told.setdefault(watchdog.url, _Told(self._clock.monotonic_ns()))
        told.counts[answered] += 1
        if answered is Answered.ACCEPTED:
            told.accepted_ns = self._clock.wall_ns()
        if (answered, why) != (told.answered, told.why):
            if answered is Answered.ACCEPTED:
                log.info("the watchdog at %s accepts our heartbeats", watchdog.url)
            elif answered is not told.answered:
                log.error("the watchdog at %s does not accept our heartbeats: %s", watchdog.url, why)
        told.answered, told.why = answered, why
