"""GO, NO-GO or UNKNOWN for every site of an event.

A site is GO when one link that carries its meeting is, and every step of its escalations finds somebody from
check to closed. What was not seen is UNKNOWN, never GO: a link up for a minute, a path that no answered probe
proves, a daemon that does not answer. A spare decides nothing. A link that is too small for the event is
NO-GO; where neither contract nor test says how large it is, that is told and decides nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.calendar.effective import effective
from bridgewatch.core.oncall.coverage import Coverage
from bridgewatch.core.oncall.who import carries
from bridgewatch.core.readiness.bandwidth import EventNeeds
from bridgewatch.model.bandwidth import NeedState
from bridgewatch.model.calendar import Event, EventOrder, Ruling
from bridgewatch.model.coverage import EARLY, GUARDED, Gap
from bridgewatch.model.ids import CarrierId, EventId, LinkId, PolicyId, SiteId
from bridgewatch.model.inventory import Inventory, Link, Site
from bridgewatch.model.paging import Phase
from bridgewatch.model.readiness import (
    EventReadiness,
    LinkReadiness,
    LinkSight,
    Readiness,
    ReadyReason,
    SiteReadiness,
)
from bridgewatch.model.words import Level, LinkState, Reason, SiteKind

REQUIRED: Final = 600.0
"""Seconds for which a link has to be up, unless asked otherwise."""

_SECOND_NS: Final = 1_000_000_000
_STATES: Final[Mapping[LinkState, tuple[Readiness, ReadyReason]]] = {
    LinkState.UNKNOWN: (Readiness.UNKNOWN, ReadyReason.NOT_KNOWN),
    LinkState.DEGRADED: (Readiness.NO_GO, ReadyReason.POOR_QUALITY),
    LinkState.SUSPECT: (Readiness.UNKNOWN, ReadyReason.IN_DOUBT),
    LinkState.DOWN: (Readiness.NO_GO, ReadyReason.DOWN),
    LinkState.FLAPPING: (Readiness.NO_GO, ReadyReason.FLAPPING),
    LinkState.BLIND: (Readiness.UNKNOWN, ReadyReason.NOT_SEEN),
    LinkState.PAUSED: (Readiness.UNKNOWN, ReadyReason.PAUSED),
}
_SMALL: Final[Mapping[NeedState, ReadyReason]] = {
    NeedState.CONTRACT_SMALL: ReadyReason.CONTRACT_SMALL,
    NeedState.DELIVERY_SMALL: ReadyReason.DELIVERY_SMALL,
}
# Of several carrying links the best decides; of verdicts on one site or event the worst.
_BEST_FIRST: Final = (Readiness.GO, Readiness.UNKNOWN, Readiness.NO_GO)


def judge(
    inventory: Inventory,
    event: EventId,
    sights: Mapping[LinkId, LinkSight] | None,
    now_ns: int,
    required: float = REQUIRED,
    orders: Iterable[EventOrder] = (),
) -> EventReadiness:
    """Judge an event at an instant.

    `sights`: what the daemon sees, None without a daemon; `orders`: those given about events. A draft is
    judged as if it were promised. Raises KeyError for an unknown event.
    """
    promised = replace(inventory.events[event], draft=False)
    orders = tuple(orders)
    needs = EventNeeds(inventory, promised, orders, now_ns)
    inventory = replace(inventory, events={event: promised})
    agenda = Agenda(inventory, orders)
    found = Coverage(inventory, agenda).gaps(now_ns, [event], GUARDED | EARLY)
    gaps = tuple(gap for gap in found if gap.guarded)
    gaps_of: dict[SiteId, list[Gap]] = {}
    for gap in gaps:
        for site in gap.sites:
            gaps_of.setdefault(site, []).append(gap)
    seen = _Seen(sights, needs, now_ns, required)
    sites = tuple(
        _judge_site(site, _links(site, inventory, seen), gaps_of.get(site.id, ()))
        for site in _as_the_event_wants(inventory, promised)
    )
    own = tuple(gap for gap in gaps if not gap.sites)
    nobody_paged = not inventory.directory.pages
    verdicts = [site.verdict for site in sites] or [Readiness.UNKNOWN]
    if own or nobody_paged:
        verdicts.append(Readiness.NO_GO)
    return EventReadiness(
        event=event,
        phase=agenda.phase(event, now_ns),
        at_ns=now_ns,
        required=required,
        verdict=max(verdicts, key=_BEST_FIRST.index),
        sites=sites,
        own=own,
        early=tuple(gap for gap in found if not gap.guarded),
        nobody_paged=nobody_paged,
        by_level=_count_levels(sites),
        services=Counter(site.verdict for site in sites if site.kind is SiteKind.SERVICE),
        by_carrier=_count_carriers(sites),
        unmeasured=sum(_is_unmeasured(link) for site in sites for link in site.links),
    )


class _Seen:
    """What is seen of links at one instant."""

    def __init__(
        self, sights: Mapping[LinkId, LinkSight] | None, needs: EventNeeds, now_ns: int, required: float
    ) -> None:
        self._sights = sights
        self._needs = needs
        self._now_ns = now_ns
        self._required = required

    def judge(self, link: Link, *, carrying: bool) -> LinkReadiness:
        """One link."""
        sight = None if self._sights is None else self._sights.get(link.id)
        bandwidth = self._needs.judge(link, self._sights or {}) if carrying else None
        small = _SMALL.get(bandwidth.need) if bandwidth is not None else None
        if sight is None:
            missing = ReadyReason.NO_DAEMON if self._sights is None else ReadyReason.NOT_WATCHED
            verdict, reason = (Readiness.NO_GO, small) if small else (Readiness.UNKNOWN, missing)
            return LinkReadiness(link.id, link.carrier, carrying, verdict, reason, bandwidth=bandwidth)
        seconds = max(0.0, (self._now_ns - sight.since_ns) / _SECOND_NS)
        verdict, reason = self._verdict(sight, seconds)
        why = sight.reason if verdict is not Readiness.GO else Reason.NONE
        if small is not None and verdict is not Readiness.NO_GO:
            verdict, reason = Readiness.NO_GO, small
        return LinkReadiness(link.id, link.carrier, carrying, verdict, reason, seconds, why, bandwidth)

    def _verdict(self, sight: LinkSight, seconds: float) -> tuple[Readiness, ReadyReason]:
        if sight.state is not LinkState.UP:
            return _STATES[sight.state]
        if not sight.answered:
            return Readiness.UNKNOWN, ReadyReason.PATH_UNPROVEN
        if seconds < self._required:
            return Readiness.UNKNOWN, ReadyReason.TOO_SHORT
        return Readiness.GO, ReadyReason.UP


def _as_the_event_wants(inventory: Inventory, event: Event) -> Iterable[Site]:
    """The event's sites, carried by what it says for those that do not say it themselves."""
    ruling = Ruling(Phase.LIVE, PolicyId(""), event.id, carried_by=event.carried_by)
    known = [site for site in event.sites if site in inventory.sites]
    wanted = effective(replace(inventory, paths=()), dict.fromkeys(known, ruling))
    return [wanted.sites[site] for site in known]


def _links(site: Site, inventory: Inventory, seen: _Seen) -> tuple[LinkReadiness, ...]:
    links = (inventory.links[link] for link in site.links)
    return tuple(seen.judge(link, carrying=carries(link, site.carried_by)) for link in links)


def _judge_site(site: Site, links: tuple[LinkReadiness, ...], gaps: Iterable[Gap]) -> SiteReadiness:
    gaps = tuple(gaps)
    carrying = [link for link in links if link.carrying]
    if carrying:
        best = min(carrying, key=lambda link: _BEST_FIRST.index(link.verdict))
        verdict, reason = best.verdict, best.reason
    else:
        verdict, reason = Readiness.UNKNOWN, ReadyReason.NO_CARRYING_LINK
    if gaps and verdict is not Readiness.NO_GO:
        verdict, reason = Readiness.NO_GO, ReadyReason.ROSTER_GAP
    return SiteReadiness(site.id, site.kind, site.level, verdict, reason, links, gaps)


def _is_unmeasured(link: LinkReadiness) -> bool:
    return link.carrying and link.bandwidth is not None and link.bandwidth.need is NeedState.UNKNOWN


def _count_levels(sites: Iterable[SiteReadiness]) -> dict[Level, Mapping[Readiness, int]]:
    counts: dict[Level, Counter[Readiness]] = {}
    for site in sites:
        if site.kind is SiteKind.ROOM:
            counts.setdefault(site.level, Counter())[site.verdict] += 1
    return {level: counts[level] for level in Level if level in counts}


def _count_carriers(sites: Iterable[SiteReadiness]) -> dict[CarrierId, Mapping[Readiness, int]]:
    counts: dict[CarrierId, Counter[Readiness]] = {}
    for site in sites:
        for link in site.links:
            counts.setdefault(link.carrier, Counter())[link.verdict] += 1
    return dict(sorted(counts.items()))
