"""What the calendar says at an instant, of each event and of each site. Instants are ns since 1970, UTC."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bridgewatch.core.calendar.course import BEGINNING, Stretch, course, valid_orders
from bridgewatch.core.calendar.overlaps import Claim, rule
from bridgewatch.model.calendar import EventOrder, Ruling
from bridgewatch.model.ids import EventId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import UNDER_WAY, Phase

_Groups = tuple[int, ...]  # which sets of sites a site is in


@dataclass(slots=True)
class _Span:
    """A time in which nothing changes, [starts_ns, ends_ns); rulings are made when they are asked for."""

    starts_ns: int
    ends_ns: int | None
    phases: Mapping[EventId, Phase]
    made: dict[_Groups, Ruling] = field(default_factory=dict)
    rulings: Mapping[SiteId, Ruling] | None = None


class Agenda:
    """The events of an inventory and the orders given about them. A value: another order, another agenda.

    Orders are taken at their `at_ns`: before it an event is as it was then. Whoever keeps them moves them
    along when the wall clock is set.
    """

    def __init__(self, inventory: Inventory, orders: Iterable[EventOrder] = ()) -> None:
        orders = tuple(orders)
        self._directory = inventory.directory
        self._events = inventory.events
        self._orders = {event.id: valid_orders(event, orders) for event in inventory.events.values()}
        self._courses = {
            event.id: course(event, self._orders[event.id]) for event in inventory.events.values()
        }
        starts = {stretch.starts_ns for stretches in self._courses.values() for stretch in stretches[1:]}
        self._changes = sorted(starts)
        # National events have the same ten thousand sites, so sites are counted by set and not by event.
        self._group_of_event: dict[EventId, int] = {}
        self._groups: dict[SiteId, _Groups] = {}
        self._gather()
        self._span = self._span_at(BEGINNING)

    def _gather(self) -> None:
        numbers: dict[tuple[SiteId, ...], int] = {}
        for event in self._events.values():
            self._group_of_event[event.id] = numbers.setdefault(event.sites, len(numbers))
        for sites, number in numbers.items():
            for site in sites:
                self._groups[site] = (*self._groups.get(site, ()), number)

    def phase(self, event: EventId, now_ns: int) -> Phase:
        """The phase of an event; NONE for one that is not, or no longer, in the inventory."""
        return self._at(now_ns).phases.get(event, Phase.NONE)

    def phases(self, now_ns: int) -> Mapping[EventId, Phase]:
        """The phase of every event, in inventory order; the same object until something changes."""
        return self._at(now_ns).phases

    def ends(self, now_ns: int) -> Mapping[EventId, int]:
        """When the phase of now ends, of every event that is in one of `UNDER_WAY`."""
        ends = {}
        for event, phase in self.phases(now_ns).items():
            stretches = self._courses[event]
            place = bisect_right(stretches, now_ns, key=_starts)
            if phase in UNDER_WAY and place < len(stretches):
                ends[event] = stretches[place].starts_ns
        return ends

    def course(self, event: EventId) -> tuple[Stretch, ...]:
        """All phases of an event, the first from BEGINNING on. Raises KeyError for an unknown event."""
        return self._courses[event]

    def order(self, event: EventId) -> EventOrder | None:
        """The order that an event goes by in the end. Raises KeyError for an unknown event."""
        return next(reversed(self._orders[event]), None)

    def ruling(self, site: SiteId, now_ns: int) -> Ruling:
        """What holds for a site; phase NONE where no event does."""
        return self._ruling(self._at(now_ns), self._groups.get(site, ()))

    def rulings(self, now_ns: int) -> Mapping[SiteId, Ruling]:
        """What holds for every site for which some event does. The same object until something changes."""
        span = self._at(now_ns)
        if span.rulings is None:
            span.rulings = {
                site: ruling
                for site, groups in self._groups.items()
                if (ruling := self._ruling(span, groups)).phase is not Phase.NONE
            }
        return span.rulings

    def next_change_ns(self, now_ns: int) -> int | None:
        """The first instant after `now_ns` at which some event changes its phase; None if none ever does."""
        return self._at(now_ns).ends_ns

    def _ruling(self, span: _Span, groups: _Groups) -> Ruling:
        made = span.made.get(groups)
        if made is None:
            claims = [
                Claim(self._events[event], phase)
                for event, phase in span.phases.items()
                if phase is not Phase.NONE and self._group_of_event[event] in groups
            ]
            made = span.made[groups] = rule(claims, self._directory)
        return made

    def _at(self, now_ns: int) -> _Span:
        span = self._span
        if now_ns < span.starts_ns or (span.ends_ns is not None and now_ns >= span.ends_ns):
            span = self._span = self._span_at(now_ns)
        return span

    def _span_at(self, now_ns: int) -> _Span:
        place = bisect_right(self._changes, now_ns)
        phases = {
            event: stretches[bisect_right(stretches, now_ns, key=_starts) - 1].phase
            for event, stretches in self._courses.items()
        }
        return _Span(
            starts_ns=self._changes[place - 1] if place else BEGINNING,
            ends_ns=self._changes[place] if place < len(self._changes) else None,
            phases=phases,
        )


def _starts(stretch: Stretch) -> int:
    return stretch.starts_ns
