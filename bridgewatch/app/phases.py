"""Puts in force what the calendar says: takes the configured inventory and hands on the effective one.

At the start, a reload, an order and a change of phase, rates and profiles and what carries meetings follow at
once. What the next phase wants is made ready before it begins, down to the last table, so that only the
change-over is left then.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bridgewatch.app.station import Ready
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
# How long before a change of phase what it wants is made ready: a second of work, many on a busy host.
_AHEAD_NS: Final = 120 * _SECOND_NS


@dataclass(frozen=True, slots=True)
class _Effect:
    """What is effective, and all that it depends on."""

    configured: Inventory
    phases: Mapping[EventId, Phase]
    effective: Effective

    def is_of(self, configured: Inventory, phases: Mapping[EventId, Phase]) -> bool:
        """Whether it is what these two mean."""
        return self.configured is configured and self.phases == phases


@dataclass(frozen=True, slots=True)
class _Next:
    """What is to be in force next. `ready` None: it is the inventory that is watched already."""

    effect: _Effect
    ready: Ready | None


class Phases:
    """Follows the phases of a configured inventory.

    `prepare` makes an effective one ready while another is watched, `put_in_force` has it watched. Everything
    here is called in the loop's own thread.
    """

    def __init__(
        self,
        configured: Inventory,
        clock: Clock,
        prepare: Callable[[Inventory], Awaitable[Ready]],
        put_in_force: Callable[[Ready], Awaitable[None]],
    ) -> None:
        self._configured = configured
        self._agenda = Agenda(configured)
        self._orders: tuple[EventOrder, ...] = ()
        self._clock = clock
        self._prepare = prepare
        self._put_in_force = put_in_force
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._in_force = finish(_make(configured, self._agenda, clock.wall_ns()))
        self._ahead: _Next | None = None
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
        """Make ready what the next phases want, if they come soon."""
        now_ns = self._clock.wall_ns()
        change_ns = self._agenda.next_change_ns(now_ns)
        if change_ns is None or change_ns > now_ns + _AHEAD_NS:
            return
        async with self._turn:
            self._ahead = await self._next(self._configured, self._agenda, change_ns)

    async def _next(self, configured: Inventory, agenda: Agenda, at_ns: int) -> _Next:
        """What the phases of an instant want, made ready; made but once for each change."""
        if self._ahead is not None and self._ahead.effect.is_of(configured, agenda.phases(at_ns)):
            return self._ahead
        effect = await between_ticks(_make(configured, agenda, at_ns, self._in_force))
        inventory = effect.effective.inventory
        if inventory is self.inventory:
            return _Next(effect, None)
        return _Next(effect, await self._prepare(inventory))

    async def _follow(self) -> None:
        """Put the present phases in force, unless they are."""
        async with self._turn:
            began_ns = self._clock.monotonic_ns()
            former, configured, agenda = self._in_force, self._configured, self._agenda
            now_ns = self._clock.wall_ns()
            phases = agenda.phases(now_ns)
            if former.is_of(configured, phases):
                return
            coming, self._ahead = await self._next(configured, agenda, now_ns), None
            if coming.ready is not None:
                await self._put_in_force(coming.ready)
            self._in_force = coming.effect
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
