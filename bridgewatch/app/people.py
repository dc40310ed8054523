"""The people's side of a daemon put together: decided, kept, delivered and answered."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from bridgewatch.adapters.answers.keys import KeyRing
from bridgewatch.adapters.answers.listener import LIFETIME_NS, Answers
from bridgewatch.adapters.history.recorder import Recorder
from bridgewatch.adapters.notify.secret import read_secret
from bridgewatch.adapters.notify.sender import Notifier
from bridgewatch.app.desk import PagerDesk
from bridgewatch.app.pager import Pager, Tests
from bridgewatch.app.storing import make_store
from bridgewatch.app.throughput import LinkTests
from bridgewatch.app.upkeep import Upkeep
from bridgewatch.core.health.changes import Changes
from bridgewatch.core.paging import Paging
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.delivery import Attempt, Figures, LinkFigures, Result, Text, with_figures
from bridgewatch.model.ids import LinkId, MessageId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import MessageKind, Urgency
from bridgewatch.model.people import Contact, Gateway
from bridgewatch.model.ports import Clock, Runner, StoreUnavailableError
from bridgewatch.model.snapshot import PeopleStats
from bridgewatch.texts.messages.compose import compose

log = logging.getLogger(__name__)

_RENEW_SECONDS: Final = 3600.0
_HISTORY: Final = "history"
_NS: Final = 1e9


class People:
    """Everything that stands between a change of health and an answer. End it with `close`."""

    def __init__(
        self,
        inventory: Inventory,
        clock: Clock,
        state_dir: Path,
        on_orders: Callable[[Sequence[EventOrder]], None],
        figures: Figures = lambda _: None,
        *,
        runner: Runner | None = None,
        on_felt: Callable[[Collection[LinkId]], None] = lambda _: None,
    ) -> None:
        """`on_felt` hears of the links whose probes meet the tests of `runner`, whenever these change."""
        self._orders: Sequence[EventOrder] = ()
        self._on_orders = on_orders
        self._clock = clock
        self._figures = figures
        self._on_felt = on_felt
        self._thread = ThreadPoolExecutor(1, "people")
        self.store: Final = make_store(inventory.store, state_dir, clock)
        self.keys: Final = KeyRing(state_dir, LIFETIME_NS)
        self.notifier: Final = Notifier(state_dir, answer_url=self._answer_url)
        self.pager: Final = Pager(
            inventory,
            clock,
            self.store,
            self.notifier,
            self._compose,
            on_orders=self._take_orders,
            on_tests=self._take_tests if runner is not None else None,
            thread=self._thread,
        )
        self.tests: Final = LinkTests(runner, self.pager.decide) if runner is not None else None
        running = self.tests.running if self.tests is not None else {}
        self.desk: Final = PagerDesk(self.pager, self.store, clock, running, self._look_at)
        self.answers: Final = Answers(self.desk, self.keys, read_secret, figures, self._reply)
        self.upkeep: Final = Upkeep(self.pager, self.store, clock, lambda: self._orders)
        self.recorder: Final = Recorder(state_dir / _HISTORY, clock)

    async def start(self) -> None:
        """Take up what the log says; where that cannot be read yet, `pager.run` does as soon as it can be.

        Raises StoreTooNewError, KeysError, and OSError where the disk refuses.
        """
        self.keys.open(self._clock.wall_ns())
        try:
            await self.pager.start()
        except StoreUnavailableError as error:
            log.critical("nobody is paged until the store can be read: %s", error)
        self.recorder.start()

    async def renew_keys(self) -> None:
        """Rotate the keys of links by age, until cancelled. Raises OSError where the disk refuses."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            self.keys.refresh(self._clock.wall_ns())

    def rotate_keys(self, forget: bool) -> int:
        """Sign links with a new key, `forget` the others; how many keys verify from now on."""
        self.keys.rotate(self._clock.wall_ns(), forget=forget)
        return len(self.keys.keys().secrets)

    async def end_tests(self) -> None:
        """Take every throughput test off its link."""
        if self.tests is not None:
            await self.tests.close()

    async def close(self) -> None:
        """Let go of the files. What is on its way out is tried again at the next start."""
        await self.end_tests()
        await asyncio.to_thread(self.recorder.close)
        with contextlib.suppress(RuntimeError):
            await self.pager.apart(self.store.close)
        self._thread.shutdown(wait=False)

    def take(self, changes: Changes, now: int) -> None:
        """What a probing tick changed; `now` is monotonic."""
        self.pager.take(changes, now)
        self.recorder.take(changes, self._clock.wall_ns() - self._clock.monotonic_ns())

    def stats(self) -> PeopleStats:
        """How this side is doing."""
        pager, degraded, history = self.pager.stats(), self.store.degraded, self.recorder.stats
        return PeopleStats(
            paging=self.pager.snapshot,
            turn_age=(self._clock.monotonic_ns() - pager.turned_ns) / _NS,
            failures=pager.failures,
            roster_gaps=self.upkeep.roster_gaps,
            store_working=degraded is None and not pager.unstored,
            spooled=degraded.entries if degraded else 0,
            spool_used=degraded.used if degraded else 0.0,
            unstored=pager.unstored,
            stuck={gateway: load.stuck for gateway, load in self.notifier.load().items()},
            answers=dict(self.answers.counts),
            inbound=dict(self.answers.inbound.counts),
            history_rows=history.rows,
            history_rows_lost=history.rows_lost,
            history_octets=history.octets,
            judged=self.pager.judged,
        )

    def _take_orders(self, orders: Sequence[EventOrder]) -> None:
        self._orders = tuple(orders)
        self._on_orders(self._orders)

    def _take_tests(self, tests: Tests) -> None:
        self._on_felt(tests.felt)  # before the first of its octets
        if self.tests is not None:
            self.tests.take(tests)

    def _compose(self, paging: Paging, attempt: Attempt, gateway: Gateway, now_ns: int) -> Text:
        brief = paging.brief(attempt, now_ns)
        if len(brief.incidents) == 1:  # of several nothing so fine is told
            brief = replace(brief, incidents=(with_figures(brief.incidents[0], self._look_at),))
        return compose(replace(brief, link=self.answers.link(attempt)), gateway.form)

    def _look_at(self, link: LinkId) -> LinkFigures | None:
        """What is seen of a link now; no page is held up because that cannot be told."""
        try:
            return self._figures(link)
        except Exception:
            log.exception("the figures of %s cannot be told", link)
            return None

    async def _reply(self, gateway: Gateway, contact: Contact, address: str, text: str) -> Result:
        """Tell somebody what became of an answer; once, as it is nothing that must not be lost."""
        message = MessageId(f"reply-{self._clock.wall_ns()}")
        attempt = Attempt(message, 1, MessageKind.NOTES, contact.id, gateway.id, address, (), Urgency.NOTE)
        return await self.notifier.send(attempt, gateway, Text("", text))

    def _answer_url(self, attempt: Attempt) -> str | None:
        return self.answers.key_press_url(attempt)
