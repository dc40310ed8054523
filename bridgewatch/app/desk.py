"""The desk of a running daemon: its pager decides, its store remembers."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from bridgewatch.app.pager import Pager
from bridgewatch.app.throughput import RunningTest
from bridgewatch.core import portion
from bridgewatch.core.paging import Paging
from bridgewatch.core.steps import portions
from bridgewatch.core.throughput import board
from bridgewatch.model.commands import AnyCommand, Verdict
from bridgewatch.model.delivery import Figures, with_figures
from bridgewatch.model.desk import LinkTest, Standing
from bridgewatch.model.ids import IncidentId, LinkId, MessageId, TestId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry, Composed, SilenceSet
from bridgewatch.model.paging import PastIncident
from bridgewatch.model.ports import Clock, Store

_NONE_RUNS: Final[Mapping[TestId, RunningTest]] = {}


class PagerDesk:
    """Implements `model.desk.Desk`."""

    def __init__(
        self,
        pager: Pager,
        store: Store,
        clock: Clock,
        running: Mapping[TestId, RunningTest] = _NONE_RUNS,
        figures: Figures = lambda _: None,
    ) -> None:
        """`running`: the tests on links now, as they stand. `figures` looks at a link now."""
        self._pager = pager
        self._store = store
        self._clock = clock
        self._running = running
        self._figures = figures

    @property
    def inventory(self) -> Inventory:
        """What is in force now."""
        return self._pager.inventory

    def now_ns(self) -> int:
        """The present."""
        return self._clock.wall_ns()

    async def command(self, command: AnyCommand) -> Verdict:
        """Carry out what somebody asks for; answered once it is stored."""
        return await self._pager.command(command)

    async def incidents(self, *, over: bool = False) -> Sequence[Standing]:
        """Those that are not over, as in a snapshot; `over`: the latest of those that are too, after them."""
        listed = await self._pager.read(lambda paging: paging.listed(over=over))
        found: list[Standing] = []
        for some in portions(listed, portion.MESSAGES):  # thousands are told between turns, not in one
            found += await self._pager.read(partial(self._standings, some))
        return found

    def _standings(self, some: Iterable[IncidentId], paging: Paging) -> list[Standing]:
        known = (paging.standing(name, self.now_ns()) for name in some)
        return [each for each in known if each is not None]

    async def incident(self, name: str) -> Standing | None:
        """One incident by its id, or by its code where that is not over; with what is seen of its links."""
        standing = await self._pager.read(lambda paging: paging.standing(name, self.now_ns()))
        if standing is None:
            return None
        return replace(standing, told=with_figures(standing.told, self._figures))

    async def message(self, message: MessageId) -> Composed | None:
        """A message, known for at least as long as it can be answered through its link."""
        return await self._pager.read(lambda paging: paging.message(message))

    async def silences(self) -> Sequence[SilenceSet]:
        """Those that hold or are yet to come, by their beginning."""
        return await self._pager.read(lambda paging: paging.silences(self.now_ns()))

    async def tests(self, links: Collection[LinkId] | None = None) -> Sequence[LinkTest]:
        """Those that run, those that wait, and the latest that are over."""
        of_links = None if links is None else frozenset(links)
        told = await self._pager.read(lambda paging: board.tests(paging.queue, of_links, self.now_ns()))
        return [self._with_progress(test) for test in told]

    async def test(self, test: TestId) -> LinkTest | None:
        """One test, known for two days after its end, and longer where it measured something."""
        told = await self._pager.read(lambda paging: board.test(paging.queue, test, self.now_ns()))
        return self._with_progress(told) if told is not None else None

    def _with_progress(self, test: LinkTest) -> LinkTest:
        running = self._running.get(test.asked.test)
        if running is None or test.ended is not None:
            return test
        return replace(test, leg=running.leg, progress=running.progress, results=running.measured)

    async def history(self, since_ns: int | None, until_ns: int | None, most: int) -> Sequence[PastIncident]:
        """Those that were there in a time, the latest first. Raises StoreUnavailableError."""
        return await asyncio.to_thread(self._store.incidents, since_ns, until_ns, most)

    async def past(self, name: str) -> IncidentId | None:
        """An incident by its id or its code, however long it is over. Raises StoreUnavailableError."""
        return await asyncio.to_thread(self._store.find, name)

    async def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        """Everything about one incident with its messages, in order. Raises StoreUnavailableError."""
        return await asyncio.to_thread(self._store.story, incident)
