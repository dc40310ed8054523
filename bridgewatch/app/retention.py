"""Has incidents that are long over leave the log, little by little, while no event is in check or live."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from bridgewatch.adapters.store.errors import StoreTooNewError
from bridgewatch.adapters.store.spooled import SpooledStore
from bridgewatch.app.pager import Pager
from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Phase
from bridgewatch.model.ports import Clock, StoreUnavailableError

log = logging.getLogger(__name__)

_NS: Final = 1_000_000_000
_FIRST_NS: Final = 60 * _NS  # after the start, which has enough to do
_BUSY_NS: Final = 60 * _NS
_PERIOD_NS: Final = 3600 * _NS
_BUSY: Final = frozenset({Phase.CHECK, Phase.LIVE})


class Retention:
    """To be asked again and again, each time for a step that turns of the people's side hardly wait for.

    What is archived is read and written on a thread of its own; what is deleted, in portions of some
    milliseconds, between two turns.
    """

    def __init__(
        self, pager: Pager, store: SpooledStore, clock: Clock, orders: Callable[[], Iterable[EventOrder]]
    ) -> None:
        self._pager = pager
        self._store = store
        self._clock = clock
        self._orders = orders
        self._next_ns = clock.monotonic_ns() + _FIRST_NS
        self._deleting = False
        self._left = 0  # incidents, since the last time that none was left
        self._failing: str | None = None

    async def step(self) -> None:
        """Do a little of what is to be done, if now is the time."""
        if self._clock.monotonic_ns() < self._next_ns or self._store.degraded is not None:
            return
        if await asyncio.to_thread(self._is_busy, self._pager.inventory, tuple(self._orders())):
            self._rest(_BUSY_NS)
            return
        try:
            done = await self._nothing_more()
        except (StoreUnavailableError, StoreTooNewError, OSError) as error:
            if str(error) != self._failing:
                log.error("nothing leaves the log for the archive: %s", error)  # noqa: TRY400 - a sentence
            self._failing, done = str(error), True
        else:
            self._failing = None
        if done:
            self._rest(_PERIOD_NS)

    def _rest(self, how_long_ns: int) -> None:
        self._next_ns = self._clock.monotonic_ns() + how_long_ns

    def _is_busy(self, inventory: Inventory, orders: tuple[EventOrder, ...]) -> bool:
        phases = Agenda(inventory, orders).phases(self._clock.wall_ns())
        return not _BUSY.isdisjoint(phases.values())

    async def _nothing_more(self) -> bool:
        if self._deleting:
            self._deleting = await self._pager.apart(partial(self._store.forget, ()))
            return False
        keep_ns = round(self._pager.inventory.store.keep * _NS)
        archived = await asyncio.to_thread(self._store.archive, keep_ns)
        self._deleting = await self._pager.apart(partial(self._store.forget, archived))
        self._left += len(archived)
        if archived or self._deleting:
            return False
        if self._left:
            log.info("incidents that were over for long moved from the log to the archive: %d", self._left)
        self._left = 0
        return True
