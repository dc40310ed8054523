"""What events need of links: rates of rooms, summed up along the way that their meetings take.

A room needs the rate of what it shows, each way, times the headroom. It needs it of every link that may carry
its meeting, and of every link that those run `via`. A hub (MCU, gateway) needs the sum of all rooms of its
events of each link that may carry it. On a link that several meetings cross at a time, a room counts once, as
much as it shows in one of them, whatever the number of its own links and of its ways through it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from bridgewatch.model.bandwidth import RoomType
from bridgewatch.model.calendar import Event
from bridgewatch.model.ids import EventId, LinkId, SiteId
from bridgewatch.model.inventory import Inventory, Site
from bridgewatch.model.words import CarriedBy, SiteKind

USUAL_ROOM: Final = RoomType.HD
"""What a room shows where neither site nor event says it."""

Needed = Mapping[LinkId, int]
"""bit/s of IP packets, each way."""


class Span(NamedTuple):
    """A time, [starts_ns, ends_ns)."""

    starts_ns: int
    ends_ns: int


@dataclass(frozen=True, slots=True)
class Occasion:
    """A time in which an event meets beside the same others, or alone.

    `own` is what it needs by itself, `together` what all that meet then do; `each` by those events.
    """

    event: EventId
    span: Span
    own: Needed
    together: Needed
    each: Mapping[EventId, Needed]

    def needed(self, link: LinkId) -> int:
        """What a link has to carry then, bit/s each way; 0 for one that the event does not use."""
        return self.together[link] if link in self.own else 0

    def events(self, link: LinkId) -> tuple[EventId, ...]:
        """Those that need it of a link, in the order of their names."""
        return tuple(sorted(event for event, needed in self.each.items() if link in needed))


def occasions(inventory: Inventory, events: Sequence[Event], now_ns: int) -> tuple[Occasion, ...]:
    """When `events` meet from now on, in conference and in rehearsal, and what they need then."""
    needs = _Needs(inventory)
    spans = {event.id: _spans(event) for event in events}
    edges = sorted({edge for some in spans.values() for span in some for edge in span})
    found = []
    for event in events:
        for span in spans[event.id]:
            inner = [edge for edge in edges if span.starts_ns < edge < span.ends_ns]
            for starts_ns, ends_ns in pairwise([span.starts_ns, *inner, span.ends_ns]):
                if ends_ns <= now_ns:
                    continue
                meeting = [other for other in events if _meets(spans[other.id], starts_ns)]
                own, together = needs.of([event]), needs.of(meeting)
                each = {other.id: needs.of([other]) for other in meeting}
                found.append(Occasion(event.id, Span(starts_ns, ends_ns), own, together, each))
    return tuple(found)


def _spans(event: Event) -> list[Span]:
    times = [*((wave.starts_ns, wave.ends_ns) for wave in event.waves), (event.starts_ns, event.ends_ns)]
    return [Span(starts_ns, ends_ns) for starts_ns, ends_ns in times if starts_ns < ends_ns]


def _meets(spans: Iterable[Span], at_ns: int) -> bool:
    return any(span.starts_ns <= at_ns < span.ends_ns for span in spans)


class _Needs:
    """What events that meet at a time need; each set of events is summed up once."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._judgement = inventory.bandwidth.judgement
        self._found: dict[tuple[EventId, ...], Needed] = {}

    def of(self, events: Sequence[Event]) -> Needed:
        """bit/s by link."""
        names = tuple(event.id for event in events)
        if names not in self._found:
            self._found[names] = self._sum(events)
        return self._found[names]

    def _sum(self, events: Iterable[Event]) -> Needed:
        crossing: dict[LinkId, dict[SiteId, int]] = {}  # by link, what of each room crosses it
        for event in events:
            hubs = self._hubs(event)
            rates = {
                site.id: self._rate(site, event)
                for site in self._sites(event)
                if site.kind is SiteKind.ROOM and site not in hubs
            }
            ways = [(name, link) for name in rates for link in self._way(name, event.carried_by)]
            for link in {link for hub in hubs for link in self._way(hub.id, event.carried_by)}:
                ways += ((name, link) for name in rates)
            for name, link in ways:
                rooms = crossing.setdefault(link, {})
                rooms[name] = max(rates[name], rooms.get(name, 0))
        headroom = self._judgement.headroom
        return {link: math.ceil(sum(rooms.values()) * headroom) for link, rooms in crossing.items()}

    def _sites(self, event: Event) -> list[Site]:
        return [self._inventory.sites[name] for name in event.sites if name in self._inventory.sites]

    def _hubs(self, event: Event) -> list[Site]:
        if event.hubs:
            return [self._inventory.sites[name] for name in event.hubs if name in self._inventory.sites]
        return [site for site in self._sites(event) if site.kind is SiteKind.SERVICE]

    def _rate(self, room: Site, event: Event) -> int:
        return self._judgement.rooms[room.room or event.room or USUAL_ROOM]

    def _way(self, name: SiteId, wanted: CarriedBy | None) -> Iterable[LinkId]:
        """The links that may carry the site's meeting, and all that they run via."""
        site = self._inventory.sites[name]
        links = [self._inventory.links[name] for name in site.links]
        carried_by = site.carried_by
        if (
            wanted is not None
            and site.carried_by_default
            and any(_carries(wanted, each.network) for each in links)
        ):
            carried_by = wanted
        for link in links:
            at: LinkId | None = link.id if _carries(carried_by, link.network) else None
            passed: set[LinkId] = set()
            while at is not None and at not in passed and at in self._inventory.links:
                passed.add(at)
                yield at
                at = self._inventory.links[at].via


def _carries(carried_by: CarriedBy, network: str) -> bool:
    return carried_by is CarriedBy.ANY or carried_by.value == network
