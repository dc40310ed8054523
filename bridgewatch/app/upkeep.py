"""What is looked at now and then on the people's side: the store and what may leave it, secrets, rosters."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bridgewatch.adapters.store.spooled import SpooledStore
from bridgewatch.app.pager import Pager
from bridgewatch.app.retention import Retention
from bridgewatch.app.secrets import SecretWatch
from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.oncall.find import Oncall
from bridgewatch.core.oncall.missing import missing_contacts, roster_gaps
from bridgewatch.model.calendar import Event, EventOrder
from bridgewatch.model.ids import EventId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import STORE, Audience, FaultKind, Phase, Why
from bridgewatch.model.ports import Clock

log = logging.getLogger(__name__)

_PERIOD_SECONDS: Final = 1.0
_ROSTERS_NS: Final = 60 * 10**9  # how often rosters are proven: they change with time, not only by reloads
_TRY_NS: Final = 10 * 10**9  # how soon a store is noticed that fails while nothing is written
_STORE_PATIENCE_NS: Final = 10 * 10**9  # a store that another process locks for a moment is no incident
_DUE: Final = frozenset({Phase.PLANNED, Phase.WAVE, Phase.FREEZE, Phase.CHECK, Phase.LIVE})


@dataclass(frozen=True, slots=True)
class _Rosters:
    """What the proof of the rosters came to."""

    gaps: int
    missing: frozenset[EventId]  # events past their deadline whose contacts are not complete


class Upkeep:
    """Looks in `run`, and has what it finds become incidents. `roster_gaps` is None until it has looked."""

    def __init__(
        self, pager: Pager, store: SpooledStore, clock: Clock, orders: Callable[[], Iterable[EventOrder]]
    ) -> None:
        self._pager = pager
        self._store = store
        self._clock = clock
        self._orders = orders
        self._secrets = SecretWatch(pager, clock)
        self._retention = Retention(pager, store, clock, orders)
        self._proven: Inventory | None = None
        self._proven_ns = 0
        self._missing: frozenset[EventId] | None = None  # None: what an earlier run left is not known
        self._store_failing: bool | None = None
        self._tried_ns = clock.monotonic_ns()
        self.roster_gaps: int | None = None

    async def run(self) -> None:
        """Look once a second until cancelled."""
        while True:
            await asyncio.sleep(_PERIOD_SECONDS)
            await self._look_at_store()
            await self._secrets.look()
            await self._look_at_rosters()
            await self._retention.step()

    async def _look_at_store(self) -> None:
        if self._store.degraded is not None:
            await self._pager.apart(self._store.reconcile)
        elif self._clock.monotonic_ns() >= self._tried_ns + _TRY_NS:
            self._tried_ns = self._clock.monotonic_ns()
            await self._pager.apart(self._store.try_out)
        degraded = self._store.degraded
        failing = degraded is not None and self._clock.wall_ns() - degraded.since_ns >= _STORE_PATIENCE_NS
        if failing != self._store_failing and (failing or degraded is None):
            self._store_failing = failing
            self._tell(FaultKind.DELIVERY, STORE, Why.STORE_FAILING if failing else None)

    async def _look_at_rosters(self) -> None:
        now_ns, inventory = self._clock.monotonic_ns(), self._pager.inventory
        if inventory is self._proven and now_ns < self._proven_ns + _ROSTERS_NS:
            return
        self._proven, self._proven_ns = inventory, now_ns
        # Seconds of a country's time; it takes turns with the other threads.
        rosters = await asyncio.to_thread(
            prove_rosters, inventory, tuple(self._orders()), self._clock.wall_ns()
        )
        self.roster_gaps = rosters.gaps
        known = frozenset(inventory.events) if self._missing is None else self._missing
        for event in known - rosters.missing:
            self._tell(FaultKind.CONTACTS, event, None)
        for event in rosters.missing - (self._missing or frozenset()):
            self._tell(FaultKind.CONTACTS, event, Why.CONTACTS_MISSING)
        self._missing = rosters.missing

    def _tell(self, kind: FaultKind, subject: str, why: Why | None) -> None:
        """Raise the fault, or clear it where there is no reason any more."""
        if why is None:
            self._pager.decide(lambda paging, now_ns: paging.clear_fault(kind, subject, now_ns))
        else:
            self._pager.decide(
                lambda paging, now_ns: paging.raise_fault(kind, subject, Audience.OWN, why, now_ns)
            )


def prove_rosters(inventory: Inventory, orders: tuple[EventOrder, ...], now_ns: int) -> _Rosters:
    """Prove the rosters of all events from `now_ns` on. Where nobody can be paged, nothing is missing."""
    if not inventory.directory.pages:
        return _Rosters(0, frozenset())
    agenda, oncall = Agenda(inventory, orders), Oncall(inventory)
    missing = frozenset(
        event.id
        for event in inventory.events.values()
        if _is_due(event, agenda, now_ns) and missing_contacts(inventory, agenda, event.id, now_ns, oncall)
    )
    return _Rosters(roster_gaps(inventory, agenda, now_ns, oncall), missing)


def _is_due(event: Event, agenda: Agenda, now_ns: int) -> bool:
    """Whether its contacts should be complete by now."""
    due_ns = event.contacts_due_ns
    return due_ns is not None and due_ns <= now_ns and agenda.phase(event.id, now_ns) in _DUE
