"""Who is called: the search from a place upwards, over rosters of the same carrier and role.

It begins at the lowest roster that covers the place, not below the level a step names, and goes up the
administrative areas, commune → district → province → everywhere, until somebody who can be reached is on
duty.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bridgewatch.core.oncall.duty import Timetable
from bridgewatch.core.oncall.reach import is_reachable
from bridgewatch.model.coverage import GapKind
from bridgewatch.model.ids import CarrierId, ContactId, RosterId, SiteId
from bridgewatch.model.inventory import Inventory, Site
from bridgewatch.model.paging import Audience, Role, Why
from bridgewatch.model.policy import Call
from bridgewatch.model.words import Level

_HEIGHTS: Final = {Level.COMMUNE: 0, Level.DISTRICT: 1, Level.PROVINCE: 2}


@dataclass(frozen=True, slots=True)
class Where:
    """What is broken, as far as rosters care: whose links, at which site or in which area."""

    carriers: tuple[CarrierId, ...] = ()
    site: SiteId | None = None
    area: SiteId | None = None


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody to be called. `climbed`: nobody could be called lower down. `until_ns`: end of the duty.

    None where that is not asked for, or not within three months.
    """

    contact: ContactId
    role: Role
    roster: RosterId | None
    level: Level | None
    why: Why
    climbed: bool
    until_ns: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a search found, nobody twice. `gap`: nobody could be called where it began, for reason `lack`.

    A search for several carriers has a gap where one of them has.
    """

    people: tuple[OnDuty, ...]
    gap: bool
    lack: GapKind | None = None


@dataclass(frozen=True, slots=True)
class _Rung:
    """One area of the way up with the rosters that have it."""

    level: Level | None
    timetables: tuple[Timetable, ...]


class Oncall:
    """Answers for one inventory."""

    def __init__(self, inventory: Inventory, *, ends: bool = False) -> None:
        """`ends`: tell until when people are on duty as well, which takes looking months ahead."""
        self._ends = ends
        self._sites = inventory.sites
        self._directory = inventory.directory
        self.timetables: Final = tuple(Timetable(roster) for roster in inventory.directory.rosters)
        self._by_place: dict[tuple[CarrierId | None, Role, SiteId | None], list[Timetable]] = {}
        for timetable in self.timetables:
            roster = timetable.roster
            self._by_place.setdefault((roster.carrier, roster.role, roster.area), []).append(timetable)

    def find(self, call: Call, where: Where, level: Level | None, now_ns: int) -> Found:
        """Whom `call` reaches at an instant. `level`: the lowest level whose rosters are asked.

        CARRIER asks the rosters of each carrier of `where`; ROOM the site's own contacts and, beside and
        above them, our rosters of that role; OWN our rosters.
        """
        start = where.site or where.area
        if call.audience is Audience.CARRIER:
            return _together(
                self._climb(call.role, self._rungs(carrier, call.role, start, level), now_ns)
                for carrier in where.carriers
            )
        rungs = self._rungs(None, call.role, start, level)
        room = self._sites.get(where.site) if where.site is not None else None
        if call.audience is Audience.ROOM and room is not None:
            return self._ask_room(room, call.role, rungs, now_ns)
        return self._climb(call.role, rungs, now_ns)

    def edges(self, call: Call, where: Where, level: Level | None, from_ns: int, to_ns: int) -> set[int]:
        """The instants in between, both excluded, at which the answer of `find` may change."""
        start = where.site or where.area
        carriers: tuple[CarrierId | None, ...] = (
            where.carriers if call.audience is Audience.CARRIER else (None,)
        )
        return {
            edge
            for carrier in carriers
            for rung in self._rungs(carrier, call.role, start, level)
            for timetable in rung.timetables
            for edge in timetable.edges(from_ns, to_ns)
        }

    def catch_all(self) -> tuple[OnDuty, ...]:
        """Our own contacts for when nobody else was found, those who can be reached."""
        return tuple(
            OnDuty(contact, Role.DUTY, None, None, Why.CATCH_ALL, climbed=False, until_ns=None)
            for contact in self._directory.catch_all
            if is_reachable(contact, self._directory)
        )

    def areas_above(self, start: SiteId | None) -> Iterator[Site]:
        """A site and everything administratively above it, the lowest first."""
        seen = set()
        while start is not None and start in self._sites and start not in seen:
            seen.add(start)
            site = self._sites[start]
            yield site
            start = site.parent

    def _rungs(
        self, carrier: CarrierId | None, role: Role, start: SiteId | None, level: Level | None
    ) -> list[_Rung]:
        areas: list[tuple[SiteId | None, Level | None]] = [
            (site.id, site.level)
            for site in self.areas_above(start)
            if level is None or _HEIGHTS[site.level] >= _HEIGHTS[level]
        ]
        rungs = []
        for area, height in (*areas, (None, None)):
            timetables = self._by_place.get((carrier, role, area))
            if timetables:
                rungs.append(_Rung(height, tuple(timetables)))
        return rungs

    def _climb(self, role: Role, rungs: list[_Rung], now_ns: int, *, climbed: bool = False) -> Found:
        lack = None if rungs else GapKind.NO_ROSTER
        for rung in rungs:
            people, unreachable = self._ask(rung, role, now_ns, climbed=climbed or lack is not None)
            if people:
                return Found(people, lack is not None, lack)
            if lack is not GapKind.UNREACHABLE:
                lack = GapKind.UNREACHABLE if unreachable else GapKind.NOBODY
        return Found((), gap=True, lack=lack)

    def _ask(self, rung: _Rung, role: Role, now_ns: int, *, climbed: bool) -> tuple[tuple[OnDuty, ...], bool]:
        """Those on duty there who can be reached, and whether somebody on duty cannot."""
        people: dict[ContactId, OnDuty] = {}
        unreachable = False
        for timetable in rung.timetables:
            for turn in timetable.on_duty(now_ns):
                if not is_reachable(turn.contact, self._directory):
                    unreachable = True
                elif turn.contact not in people:
                    until_ns = timetable.until_ns(turn.contact, now_ns) if self._ends else None
                    people[turn.contact] = OnDuty(
                        turn.contact, role, timetable.roster.id, rung.level, turn.why, climbed, until_ns
                    )
        return tuple(people.values()), unreachable

    def _ask_room(self, site: Site, role: Role, rungs: list[_Rung], now_ns: int) -> Found:
        contacts = tuple(
            OnDuty(contact, role, None, site.level, Why.ROOM_CONTACT, climbed=False, until_ns=None)
            for contact in site.contacts
            if is_reachable(contact, self._directory)
        )
        here = [rung for rung in rungs if any(one.roster.area == site.id for one in rung.timetables)]
        beside = self._climb(role, here, now_ns)
        people = _unique((*contacts, *beside.people))
        if people:
            return Found(people, gap=False)
        lack = GapKind.UNREACHABLE if site.contacts else GapKind.NO_CONTACT
        above = self._climb(role, [rung for rung in rungs if rung not in here], now_ns, climbed=True)
        return Found(above.people, gap=True, lack=lack)


def _together(parts: Iterable[Found]) -> Found:
    found = list(parts)
    if not found:
        return Found((), gap=True, lack=GapKind.NO_ROSTER)
    people = _unique(one for part in found for one in part.people)
    return Found(people, any(part.gap for part in found), next((p.lack for p in found if p.gap), None))


def _unique(people: Iterable[OnDuty]) -> tuple[OnDuty, ...]:
    """Each contact once, as it was found first."""
    first: dict[ContactId, OnDuty] = {}
    for one in people:
        first.setdefault(one.contact, one)
    return tuple(first.values())
