"""How the daemon is, as its heartbeats say it."""

from typing import Final

from bridgewatch.app.people import People
from bridgewatch.app.phases import Phases
from bridgewatch.app.station import Station
from bridgewatch.model.heartbeats import Vitals
from bridgewatch.model.paging import Delivery, Phase
from bridgewatch.model.ports import Clock

_NS: Final = 1e9


class VitalSigns:
    """Looks at the parts of a daemon. No age is greater than that of this object: before, nothing was due."""

    def __init__(self, station: Station, people: People, phases: Phases, clock: Clock) -> None:
        self._station = station
        self._people = people
        self._phases = phases
        self._clock = clock
        self._began_ns = clock.monotonic_ns()
        self._delivered = self._deliveries()
        self._delivered_ns = self._began_ns

    def __call__(self) -> Vitals:
        """How it is now."""
        now_ns, wall_ns = self._clock.monotonic_ns(), self._clock.wall_ns()
        paging, stats = self._people.pager.snapshot, self._people.pager.stats()
        delivered, degraded = self._deliveries(), self._people.store.degraded
        if delivered != self._delivered:
            self._delivered, self._delivered_ns = delivered, now_ns
        oldest_ns = paging.outbox_oldest_ns
        return Vitals(
            probing=self._station.is_alive()[0],
            looked=self._age(self._station.ticker.ticked_ns, now_ns),
            turned=self._age(stats.turned_ns, now_ns),
            failures=stats.failures,
            unstored=stats.unstored,
            outbox=paging.outbox_depth,
            oldest=None if oldest_ns is None else max(0.0, (wall_ns - oldest_ns) / _NS),
            delivered=self._age(self._delivered_ns, now_ns),
            degraded=None if degraded is None else max(0.0, (wall_ns - degraded.since_ns) / _NS),
            live=tuple(event for event, phase in self._phases.phases.items() if phase is Phase.LIVE),
        )

    def _age(self, at_ns: int, now_ns: int) -> float:
        return max(0, now_ns - max(at_ns, self._began_ns)) / _NS

    def _deliveries(self) -> int:
        results = self._people.pager.snapshot.notifications
        return sum(count for (_, delivery), count in results.items() if delivery is Delivery.DELIVERED)
