"""The desk of a running daemon: its pager decides, its store remembers."""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial

from bridgewatch.app.pager import Pager
from bridgewatch.core import portion
from bridgewatch.core.paging import Paging
from bridgewatch.core.steps import portions
from bridgewatch.model.commands import AnyCommand, Verdict
from bridgewatch.model.desk import Standing
from bridgewatch.model.ids import IncidentId, MessageId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry, Composed, SilenceSet
from bridgewatch.model.ports import Clock, Store


class PagerDesk:
    """Implements `model.desk.Desk`."""

    def __init__(self, pager: Pager, store: Store, clock: Clock) -> None:
        self._pager = pager
        self._store = store
        self._clock = clock

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
        """Those that are not over, the most urgent first; `over`: the latest of those too, after them."""
        listed = await self._pager.read(lambda paging: paging.listed(over=over))
        found: list[Standing] = []
        for some in portions(listed, portion.MESSAGES):  # thousands are told between turns, not in one
            found += await self._pager.read(partial(self._standings, some))
        return found

    def _standings(self, some: Iterable[IncidentId], paging: Paging) -> list[Standing]:
        known = (paging.standing(name, self.now_ns()) for name in some)
        return [each for each in known if each is not None]

    async def incident(self, name: str) -> Standing | None:
        """One incident by its id, or by its code where that is not over."""
        return await self._pager.read(lambda paging: paging.standing(name, self.now_ns()))

    async def message(self, message: MessageId) -> Composed | None:
        """A message, known for at least as long as it can be answered through its link."""
        return await self._pager.read(lambda paging: paging.message(message))

    async def silences(self) -> Sequence[SilenceSet]:
        """Those that hold or are yet to come, by their beginning."""
        return await self._pager.read(lambda paging: paging.silences(self.now_ns()))

    async def past(self, name: str) -> IncidentId | None:
        """An incident by its id or its code, however long it is over. Raises StoreUnavailableError."""
        return await asyncio.to_thread(self._store.find, name)

    async def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        """Everything about one incident with its messages, in order. Raises StoreUnavailableError."""
        return await asyncio.to_thread(self._store.story, incident)
