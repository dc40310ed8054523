"""The proof that somebody answers: every step, for every carrier and site of an event, in its phases.

Nothing is sampled. An answer can change only where a roster or the calendar does, so between two such
instants one question is enough. Sites below the same rosters have the same answers and are asked about once.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.calendar.course import Stretch
from bridgewatch.core.oncall.areas import Areas
from bridgewatch.core.oncall.duty import everybody
from bridgewatch.core.oncall.find import Oncall, Where
from bridgewatch.core.oncall.reach import is_reachable
from bridgewatch.model.coverage import GUARDED, Gap, GapKind
from bridgewatch.model.ids import CarrierId, ContactId, EventId, PolicyId, SiteId
from bridgewatch.model.inventory import Inventory, Site
from bridgewatch.model.paging import Audience, Phase, Role, Why
from bridgewatch.model.policy import Policy, Step
from bridgewatch.model.words import Level, SiteKind

_Span = tuple[int, int]


class Case(NamedTuple):
    """One escalation to be proven: of a carrier's links, of a site's power, or of what is our own."""

    fault: Audience
    carriers: tuple[CarrierId, ...]


_OUR_HOUSE: Final = Case(Audience.OWN, ())


class _Hole(NamedTuple):
    """What a gap is, apart from where and when; between check and closed it is another one than before."""

    guarded: bool
    fault: Audience
    kind: GapKind
    carrier: CarrierId | None
    step: int | None = None
    audience: Audience | None = None
    role: Role | None = None
    level: Level | None = None
    contact: ContactId | None = None


class _Group(NamedTuple):
    """Sites with the same answers; none for what is no site of ours: an egress, the rosters themselves."""

    case: Case
    sites: list[Site]

    @property
    def where(self) -> Where:
        """Where its steps look."""
        return Where(self.case.carriers, self.sites[0].id if self.sites else None)


_Found = dict[_Hole, dict[SiteId | None, list[_Span]]]
_Key = tuple[object, ...]


class Coverage:
    """Proves for one inventory and its calendar."""

    def __init__(self, inventory: Inventory, agenda: Agenda, oncall: Oncall | None = None) -> None:
        self._inventory = inventory
        self._directory = inventory.directory
        self._agenda = agenda
        self._oncall = oncall or Oncall(inventory)
        self._placed = {(roster.carrier, roster.area) for roster in self._directory.rosters}
        self._rostered = {one for roster in self._directory.rosters for one in everybody(roster)}
        self._keys: dict[SiteId, tuple[tuple[Case, _Key], ...]] = {}

    def gaps(
        self,
        from_ns: int,
        events: Iterable[EventId] | None = None,
        phases: Collection[Phase] = GUARDED,
    ) -> tuple[Gap, ...]:
        """Every gap from an instant on, of these events or of all, in the order of events and then of time.

        `phases`: those of an event in which somebody has to answer, by default from check to closed.
        What is a draft, cancelled or closed asks for nobody. Where nobody can be paged at all there is
        nothing to prove.
        """
        if not self._directory.pages:
            return ()
        chosen = self._inventory.events if events is None else events
        return tuple(
            gap
            for event in chosen
            if event in self._inventory.events
            for gap in self._gaps_of(event, from_ns, phases)
        )

    def _gaps_of(self, event: EventId, from_ns: int, phases: Collection[Phase]) -> list[Gap]:
        found: _Found = {}
        for phase, span in self._spans(event, from_ns, phases):
            for policy, sites in self._by_policy(event, span[0]):
                for group in self._grouped(sites):
                    steps = policy.steps.get(group.case.fault, ())
                    self._prove(group, steps, phase in GUARDED, span, found)
        if not found:
            return []
        universes, course = _Universes(self, event), self._agenda.course(event)
        gaps = [
            gap
            for hole, times in found.items()
            for gap in _described(event, course, hole, times, universes.areas(hole))
        ]
        return sorted(gaps, key=lambda gap: (gap.from_ns, -1 if gap.step is None else gap.step))

    def cases(self, site: Site) -> Iterator[Case]:
        """The escalations that a fault at `site` may need."""
        links = self._inventory.links
        carriers = tuple(dict.fromkeys(links[link].carrier for link in site.links))
        if site.kind is SiteKind.SERVICE:
            yield Case(Audience.OWN, carriers)
            return
        for carrier in carriers:
            yield Case(Audience.CARRIER, (carrier,))
        if len(carriers) > 1:  # else nothing tells the site's power from the carrier's fault
            yield Case(Audience.ROOM, carriers)

    def sites_of(self, event: EventId) -> list[Site]:
        """The sites that take part."""
        sites = self._inventory.sites
        return [sites[site] for site in self._inventory.events[event].sites if site in sites]

    def areas_among(self, universe: Sequence[SiteId]) -> Areas:
        """Areas of this inventory in which only `universe` counts."""
        return Areas(universe, self._inventory.sites)

    def _spans(
        self, event: EventId, from_ns: int, phases: Collection[Phase]
    ) -> Iterator[tuple[Phase, _Span]]:
        """The intervals of those phases, split where anything of the calendar changes."""
        for stretch, following in pairwise(self._agenda.course(event)):
            starts_ns = max(stretch.starts_ns, from_ns)
            while stretch.phase in phases and starts_ns < following.starts_ns:
                change_ns = self._agenda.next_change_ns(starts_ns)
                ends_ns = following.starts_ns if change_ns is None else min(change_ns, following.starts_ns)
                yield stretch.phase, (starts_ns, ends_ns)
                starts_ns = ends_ns

    def _by_policy(self, event: EventId, now_ns: int) -> Iterator[tuple[Policy, list[Site]]]:
        """The event's sites by the policy in force there, without those where none pages anybody."""
        sites: dict[PolicyId, list[Site]] = {}
        for site in self.sites_of(event):
            sites.setdefault(self._agenda.ruling(site.id, now_ns).policy, []).append(site)
        for name, members in sites.items():
            policy = self._directory.policies.get(name)
            if policy is not None and policy.hold:
                yield policy, members

    def _grouped(self, sites: Iterable[Site]) -> Iterator[_Group]:
        groups: dict[_Key, _Group] = {}
        for site in sites:
            if site.id not in self._keys:
                self._keys[site.id] = tuple(self._keys_of(site))
            for case, key in self._keys[site.id]:
                group = groups.get(key)
                if group is None:
                    group = groups[key] = _Group(case, [])
                group.sites.append(site)
        yield from groups.values()
        yield _Group(_OUR_HOUSE, [])

    def _keys_of(self, site: Site) -> Iterator[tuple[Case, _Key]]:
        """For each case at the site, everything that its answers depend on."""
        above = [area.id for area in self._oncall.areas_above(site.id)]
        own = self._covered(None, above)
        room = self._room(site)
        for case in self.cases(site):
            carriers = tuple(self._covered(carrier, above) for carrier in case.carriers)
            yield case, (case, carriers, own, room)

    def _covered(self, carrier: CarrierId | None, above: Iterable[SiteId]) -> tuple[SiteId, ...]:
        return tuple(area for area in above if (carrier, area) in self._placed)

    def _room(self, site: Site) -> tuple[ContactId, ...] | int:
        """The room's contacts: who they are only where rosters have them too, else how many there may be."""
        reachable = tuple(one for one in site.contacts if is_reachable(one, self._directory))
        if not self._rostered.isdisjoint(reachable):
            return reachable
        return min(len(reachable), 2) if reachable or not site.contacts else -1

    def _prove(self, group: _Group, steps: Sequence[Step], guarded: bool, span: _Span, found: _Found) -> None:
        edges = {
            edge
            for step in steps
            for call in step.calls
            for edge in self._oncall.edges(call, group.where, step.level, *span)
        }
        for part in pairwise((span[0], *sorted(edges), span[1])):
            for hole, sites in self._holes(group, steps, guarded, part[0]):
                times = found.setdefault(hole, {})
                for site in sites:
                    times.setdefault(site, []).append(part)

    def _holes(
        self, group: _Group, steps: Sequence[Step], guarded: bool, now_ns: int
    ) -> Iterator[tuple[_Hole, Sequence[SiteId | None]]]:
        """What is missing at an instant, and at which of the group's sites."""
        fault, where = group.case.fault, group.where
        sites: list[SiteId | None] = [site.id for site in group.sites] or [None]
        called: list[set[ContactId]] = []
        whys: set[Why] = set()
        for number, step in enumerate(steps):
            called.append(set())
            for call in step.calls:
                for carrier in where.carriers if call.audience is Audience.CARRIER else (None,):
                    there = Where(() if carrier is None else (carrier,), where.site)
                    answer = self._oncall.find(call, there, step.level, now_ns)
                    called[-1].update(one.contact for one in answer.people)
                    whys.update(one.why for one in answer.people)
                    if not answer.people and answer.lack is not None:
                        whom = number, call.audience, call.role, step.level
                        yield _Hole(guarded, fault, answer.lack, carrier, *whom), sites
        if len(steps) > 1 and all(called) and len(set().union(*called)) == 1:
            carrier = group.case.carriers[0] if fault is Audience.CARRIER else None
            alone = _Hole(guarded, fault, GapKind.ONE_PERSON, carrier, contact=next(iter(called[0])))
            if whys != {Why.ROOM_CONTACT}:
                yield alone, sites
                return
            for site in group.sites:  # the same answers, but each by a contact of its own
                own = next(one for one in site.contacts if is_reachable(one, self._directory))
                yield alone._replace(contact=own), [site.id]


class _Universes:
    """The sites at which a hole could be at all: those with such a case."""

    def __init__(self, coverage: Coverage, event: EventId) -> None:
        self._coverage = coverage
        self._sites: dict[tuple[Audience, CarrierId | None], dict[SiteId, None]] = {}
        self._areas: dict[tuple[Audience, CarrierId | None], Areas] = {}
        for site in coverage.sites_of(event):
            for case in coverage.cases(site):
                for carrier in (None, *case.carriers):
                    self._sites.setdefault((case.fault, carrier), {})[site.id] = None

    def areas(self, hole: _Hole) -> Areas:
        """The areas of those sites."""
        key = (hole.fault, hole.carrier)
        if key not in self._areas:
            self._areas[key] = self._coverage.areas_among(list(self._sites.get(key, ())))
        return self._areas[key]


def _described(
    event: EventId,
    course: Sequence[Stretch],
    hole: _Hole,
    times: dict[SiteId | None, list[_Span]],
    areas: Areas,
) -> Iterator[Gap]:
    """Sites with the same times together, in the fewest areas that say it exactly."""
    together: dict[tuple[_Span, ...], list[SiteId | None]] = {}
    for site, spans in times.items():
        together.setdefault(_merged(spans), []).append(site)
    for merged, members in together.items():
        places = [*areas.of([site for site in members if site is not None])]
        if None in members:
            places.append((None, ()))
        for area, inside in places:
            for from_ns, to_ns in merged:
                phases = _touched(course, from_ns, to_ns)
                yield Gap(event, hole.kind, hole.fault, phases, from_ns, to_ns, inside, area, *hole[3:])


def _touched(course: Sequence[Stretch], from_ns: int, to_ns: int) -> tuple[Phase, ...]:
    """The phases of that time, each once, in order."""
    return tuple(
        dict.fromkeys(
            stretch.phase
            for stretch, following in pairwise(course)
            if stretch.starts_ns < to_ns and following.starts_ns > from_ns
        )
    )


def _merged(spans: Iterable[_Span]) -> tuple[_Span, ...]:
    """The same times with no two that touch."""
    merged: list[_Span] = []
    for starts_ns, ends_ns in sorted(spans):
        before = merged[-1] if merged else None
        if before is not None and starts_ns <= before[1]:
            merged[-1] = (before[0], max(ends_ns, before[1]))
        else:
            merged.append((starts_ns, ends_ns))
    return tuple(merged)
