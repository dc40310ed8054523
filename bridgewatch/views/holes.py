"""Gaps as people mend them: whoever is missing, once, with all times, places and steps that want them.

The proof of coverage tells every step of every policy in every phase apart. One shift that is not there is a
gap in each of them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from bridgewatch.model.coverage import GUARDED, Gap, GapKind
from bridgewatch.model.ids import CarrierId, ContactId, EventId, SiteId
from bridgewatch.model.paging import Audience, Phase, Role
from bridgewatch.model.words import Level


class Span(NamedTuple):
    """From when up to when somebody is missing, and in which phases of the event that is. Instants are ns."""

    from_ns: int
    to_ns: int
    phases: tuple[Phase, ...]

    @property
    def guarded(self) -> bool:
        """Whether it is between check and closed."""
        return not GUARDED.isdisjoint(self.phases)


class Call(NamedTuple):
    """Which step of which escalation asks for them. `step` None: every one. `level`: where it begins."""

    fault: Audience
    step: int | None
    level: Level | None


class Missing(NamedTuple):
    """Who is missing, and why: somebody of a role, or of everybody all but one contact."""

    event: EventId
    kind: GapKind
    audience: Audience
    role: Role | None
    carrier: CarrierId | None
    contact: ContactId | None


@dataclass(frozen=True, slots=True)
class Hole:
    """One thing to mend.

    `our_own`: it is in the way of faults of our own, too. `whole`: the sites are all in `area` (None is
    everywhere) that it can concern.
    """

    missing: Missing
    spans: tuple[Span, ...]
    calls: tuple[Call, ...]
    sites: tuple[SiteId, ...]
    our_own: bool
    area: SiteId | None
    whole: bool

    @property
    def guarded(self) -> bool:
        """Whether an event is NO-GO with it."""
        return any(span.guarded for span in self.spans)


_OUR_OWN: Final = None  # in place of a site
_FAULTS: Final = (Audience.CARRIER, Audience.ROOM, Audience.OWN)  # the most frequent first


def holes_of(gaps: Iterable[Gap]) -> list[Hole]:
    """The holes, those first that are between check and closed, and then by time.

    Times and places are exact: what is missing at other times in other places is a hole of its own.
    """
    spans: defaultdict[Missing, dict[SiteId | None, set[Span]]] = defaultdict(dict)
    calls: defaultdict[Missing, dict[SiteId | None, set[Call]]] = defaultdict(dict)
    areas: dict[frozenset[SiteId], SiteId | None] = {}
    for gap in gaps:
        missing, call = _missing(gap), Call(gap.fault, gap.step, gap.level)
        areas[frozenset(gap.sites)] = gap.area
        for site in gap.sites or (_OUR_OWN,):
            spans[missing].setdefault(site, set()).add(Span(gap.from_ns, gap.to_ns, gap.phases))
            calls[missing].setdefault(site, set()).add(call)
    holes = []
    for missing, by_site in spans.items():
        alike: dict[tuple[Span, ...], list[SiteId | None]] = {}
        for site, times in by_site.items():
            alike.setdefault(tuple(sorted(times)), []).append(site)
        for together, places in alike.items():
            sites = tuple(site for site in places if site is not None)
            asking = sorted(set().union(*(calls[missing][site] for site in places)), key=_in_turn)
            area, whole = areas.get(frozenset(sites)), bool(sites) and frozenset(sites) in areas
            holes.append(Hole(missing, together, tuple(asking), sites, _OUR_OWN in places, area, whole))
    return sorted(holes, key=lambda hole: (not hole.guarded, hole.spans[0]))


def _in_turn(call: Call) -> tuple[int, int, str]:
    return _FAULTS.index(call.fault), call.step or 0, call.level or ""


def _missing(gap: Gap) -> Missing:
    audience = gap.fault if gap.audience is None else gap.audience
    carrier = gap.carrier if audience is Audience.CARRIER else None
    return Missing(gap.event, gap.kind, audience, gap.role, carrier, gap.contact)
