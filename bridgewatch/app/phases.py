"""Puts in force what the calendar says: takes the configured inventory and hands on the effective one.

At the start, a reload, an order and a change of phase, rates and profiles and what carries meetings follow at
once. What the next phase wants is made ready before it begins, so that only the change-over is left then.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bridgewatch.app.turns import between_ticks
from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.calendar.effective import Effective, make_effective
from bridgewatch.core.steps import Steps, finish
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.ids import EventId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Phase
from bridgewatch.model.ports import Clock

log = logging.getLogger(__name__)

_SECOND_NS: Final = 1_000_000_000
_LONGEST_NAP_NS: Final = 2 * _SECOND_NS  # a wall clock that was set is noticed within this
_AHEAD_NS: Final = 30 * _SECOND_NS  # how long before a change of phase its inventory is made


@dataclass(frozen=True, slots=True)
class _Effect:
    """What is effective, and all that it depends on."""

    configured: Inventory
    phases: Mapping[EventId, Phase]
    effective: Effective

    def is_of(self, configured: Inventory, phases: Mapping[EventId, Phase]) -> bool:
        """Whether it is what these two mean."""
        return self.configured is configured and self.phases == phases


class Phases:
    """Follows the phases of a configured inventory. `put_in_force` has an effective one watched.

    Everything here is called in the loop's own thread.
    """

    def __init__(
        self, configured: Inventory, clock: Clock, put_in_force: Callable[[Inventory], Awaitable[None]]
    ) -> None:
        self._configured = configured
        self._agenda = Agenda(configured)
        self._orders: tuple[EventOrder, ...] = ()
        self._clock = clock
        self._put_in_force = put_in_force
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._in_force = self._ahead = finish(_make(configured, self._agenda, clock.wall_ns()))
        self._say({}, self._in_force.phases)

    @property
    def inventory(self) -> Inventory:
        """The effective inventory in force; at first that of the present phases, which nobody was told of."""
        return self._in_force.effective.inventory

    @property
    def phases(self) -> Mapping[EventId, Phase]:
        """The phases in force."""
        return self._in_force.phases

    @property
    def orders(self) -> tuple[EventOrder, ...]:
        """The orders it goes by."""
        return self._orders

    async def configure(self, configured: Inventory) -> None:
        """Go by another configured inventory; it is in force when this returns."""
        self._configured, self._agenda = configured, Agenda(configured, self._orders)
        await self._follow()

    def order(self, orders: Iterable[EventOrder]) -> None:
        """Go by these orders, all that were ever given; what they change is in force soon."""
        self._orders = tuple(orders)
        self._agenda = Agenda(self._configured, self._orders)
        self._woken.set()

    async def run(self) -> None:
        """Follow the phases until cancelled."""
        while True:
            await self._follow()
            await self._look_ahead()
            await self._nap()

    async def _nap(self) -> None:
        """Until the next change or an order, but never so long that a clock that was set goes unnoticed."""
        now_ns = self._clock.wall_ns()
        if not self._in_force.is_of(self._configured, self._agenda.phases(now_ns)):
            return  # a phase began while the next one was made ready
        change_ns = self._agenda.next_change_ns(now_ns)
        nap_ns = _LONGEST_NAP_NS if change_ns is None else min(_LONGEST_NAP_NS, change_ns - now_ns)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(nap_ns / _SECOND_NS):
                await self._woken.wait()
        self._woken.clear()

    async def _look_ahead(self) -> None:
        """Make the inventory of the next phases, if they come soon."""
        now_ns = self._clock.wall_ns()
        change_ns = self._agenda.next_change_ns(now_ns)
        if change_ns is None or change_ns > now_ns + _AHEAD_NS:
            return
        async with self._turn:
            if not self._ahead.is_of(self._configured, self._agenda.phases(change_ns)):
                making = _make(self._configured, self._agenda, change_ns, self._in_force)
                self._ahead = await between_ticks(making)

    async def _follow(self) -> None:
        """Put the present phases in force, unless they are."""
        async with self._turn:
            began_ns = self._clock.monotonic_ns()
            former, configured, agenda = self._in_force, self._configured, self._agenda
            now_ns = self._clock.wall_ns()
            phases = agenda.phases(now_ns)
            if former.is_of(configured, phases):
                return
            effect = self._ahead
            if not effect.is_of(configured, phases):
                effect = await between_ticks(_make(configured, agenda, now_ns, former))
            inventory = effect.effective.inventory
            if inventory is not former.effective.inventory:
                await self._put_in_force(inventory)
            self._in_force = effect
            self._say(former.phases, phases, (self._clock.monotonic_ns() - began_ns) / _SECOND_NS)

    def _say(
        self, former: Mapping[EventId, Phase], phases: Mapping[EventId, Phase], seconds: float = 0.0
    ) -> None:
        for name in {**former, **phases}:
            before, now = former.get(name, Phase.NONE), phases.get(name, Phase.NONE)
            if before is not now:
                event = self._configured.events.get(name)
                log.info(
                    "event %s: %s -> %s, sites: %d, in force within %.2f s",
                    name,
                    before.name.lower(),
                    now.name.lower(),
                    len(event.sites) if event else 0,
                    seconds,
                )


def _make(configured: Inventory, agenda: Agenda, at_ns: int, before: _Effect | None = None) -> Steps[_Effect]:
    former = before.effective if before else None
    effective = yield from make_effective(configured, agenda.rulings(at_ns), former)
    return _Effect(configured, agenda.phases(at_ns), effective)
