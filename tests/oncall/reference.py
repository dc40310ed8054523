"""What rosters say, worked out minute by minute from the words of the model, with none of the code they test.

Every minute of a time is written down with what the clocks of each zone show; a local time is the first
minute that shows it or a later one.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.model.coverage import Gap
from bridgewatch.model.ids import CarrierId, ContactId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Audience, Phase, Role
from bridgewatch.model.people import Roster
from bridgewatch.model.policy import Call
from bridgewatch.model.words import Level, SiteKind
from tests.oncall.worlds import DAY, EVENT, MINUTE

HEIGHT = [Level.COMMUNE, Level.DISTRICT, Level.PROVINCE]
Missing = tuple[Phase, Audience, int, Audience, Role, CarrierId | None, SiteId | None, int]
Alone = tuple[Phase, Audience, CarrierId | None, ContactId, SiteId | None, int]
GUARDED = (Phase.CHECK, Phase.LIVE)
EARLY = (Phase.WAVE, Phase.FREEZE)


@dataclass
class Wall:
    """The clocks of one zone over some days, minute by minute."""

    zone: str
    from_ns: int
    to_ns: int
    shown: list[float] = field(init=False)

    def __post_init__(self) -> None:
        place = ZoneInfo(self.zone)
        minutes = range(self.from_ns // MINUTE, self.to_ns // MINUTE)
        local = (datetime.fromtimestamp(minute * 60, UTC).astimezone(place) for minute in minutes)
        naive = (moment.replace(tzinfo=UTC).timestamp() for moment in local)
        self.shown = list(accumulate(naive, max))

    def first(self, day: date, minute: int) -> int:
        """The first minute that shows this time or a later one."""
        wanted = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
        return (self.from_ns // MINUTE + bisect_left(self.shown, wanted.timestamp())) * MINUTE

    def days(self) -> Iterator[date]:
        """Every date that is shown, but for the ends, where the table does not reach far enough."""
        first = datetime.fromtimestamp(self.shown[0], UTC).date()
        last = datetime.fromtimestamp(self.shown[-1], UTC).date()
        day = first + timedelta(days=1)
        while day < last - timedelta(days=1):
            yield day
            day += timedelta(days=1)


wall_of = lru_cache(maxsize=4)(Wall)


class Desk:
    """One roster's people at every minute from `from_ns` to `to_ns`."""

    def __init__(self, roster: Roster, from_ns: int, to_ns: int) -> None:
        wall = wall_of(roster.timezone, from_ns - 4 * DAY, to_ns + 4 * DAY)
        self.times: list[tuple[int, int, tuple[ContactId, ...]]] = []
        for shift in roster.shifts:
            for day in wall.days():
                if day.isoweekday() in shift.days:
                    last = day if shift.ends > shift.starts else day + timedelta(days=1)
                    times = wall.first(day, shift.starts), wall.first(last, shift.ends)
                    self.times.append((*times, shift.who))
        self.handovers: list[tuple[int, tuple[ContactId, ...]]] = []
        if rotation := roster.rotation:
            day, turn = date.fromisoformat(rotation.first_day), 0
            known = set(wall.days())
            earliest = min(known)
            while day <= max(known):
                team = rotation.teams[turn % len(rotation.teams)]
                starts_ns = wall.first(day, rotation.handover) if day >= earliest else -1
                self.handovers.append((starts_ns, team))
                day, turn = day + timedelta(days=rotation.days), turn + 1
        self.roster = roster

    def people(self, now_ns: int) -> set[ContactId]:
        """Who is on duty."""
        planned = set(self.roster.always)
        for starts_ns, ends_ns, members in self.times:
            if starts_ns <= now_ns < ends_ns:
                planned |= set(members)
        begun = [team for starts_ns, team in self.handovers if starts_ns <= now_ns]
        if begun:
            planned |= set(begun[-1])
        people = set()
        for one in planned:
            instead = {one}
            for override in self.roster.overrides:
                if override.starts_ns <= now_ns < override.ends_ns and override.instead_of in (None, one):
                    instead = set(override.who)
            people |= instead
        if not planned:
            for override in self.roster.overrides:
                if override.starts_ns <= now_ns < override.ends_ns and override.instead_of is None:
                    people = set(override.who)
        return people


class Reference:
    """Everything about one inventory from `from_ns` to `to_ns`."""

    def __init__(self, inventory: Inventory, from_ns: int, to_ns: int) -> None:
        self.inventory = inventory
        self.minutes = range(from_ns, to_ns, MINUTE)
        desks = [Desk(one, from_ns, to_ns) for one in inventory.directory.rosters]
        self.duty = [(desk.roster, {now: desk.people(now) for now in self.minutes}) for desk in desks]
        self.able = {one for one in inventory.directory.contacts if self.reachable(one)}

    def find(
        self, call: Call, carrier: CarrierId | None, site: SiteId | None, level: Level | None, now_ns: int
    ) -> set[ContactId]:
        """Whom a call reaches; a carrier's call asks for one carrier."""
        wanted = carrier if call.audience is Audience.CARRIER else None
        if call.audience is Audience.ROOM and site is not None:
            own = {one for one in self.inventory.sites[site].contacts if self.reachable(one)}
            own |= self.on_duty(None, call.role, site, now_ns) if self.at_or_above(site, level) else set()
            if own:
                return own
        area: SiteId | None = site
        while area is not None:
            if self.at_or_above(area, level):
                people = self.on_duty(wanted, call.role, area, now_ns)
                if people:
                    return people
            area = self.inventory.sites[area].parent
        return self.on_duty(wanted, call.role, None, now_ns)

    def at_or_above(self, area: SiteId, level: Level | None) -> bool:
        """Whether a step that begins at `level` asks the rosters of that area."""
        return level is None or HEIGHT.index(self.inventory.sites[area].level) >= HEIGHT.index(level)

    def on_duty(
        self, carrier: CarrierId | None, role: Role, area: SiteId | None, now_ns: int
    ) -> set[ContactId]:
        """Everybody who can be reached on the rosters of just that area."""
        return {
            one
            for roster, people in self.duty
            if roster.area == area and roster.role is role and roster.carrier == carrier
            for one in people[now_ns] & self.able
        }

    def reachable(self, name: ContactId) -> bool:
        """Whether a page can get there."""
        gateways = self.inventory.directory.gateways
        channels = self.inventory.directory.contacts[name].channels
        return any(gateways[one.gateway].free_text or gateways[one.gateway].template for one in channels)

    def gaps(self, agenda: Agenda) -> tuple[set[Missing], set[Alone]]:
        """Every minute at which a step finds nobody, and every one at which all find the same person."""
        missing: set[Missing] = set()
        alone: set[Alone] = set()
        for now in self.minutes:
            phase = agenda.phase(EVENT, now)
            if phase in GUARDED or phase in EARLY:
                policies = set()
                for site in self.inventory.events[EVENT].sites:
                    policies.add(agenda.ruling(site, now).policy)
                    for fault, carriers in self.faults(site):
                        policy = agenda.ruling(site, now).policy
                        self.judge(phase, fault, carriers, site, policy, now, missing, alone)
                for policy in policies:
                    self.judge(phase, Audience.OWN, (), None, policy, now, missing, alone)
        return missing, alone

    def faults(self, name: SiteId) -> Iterator[tuple[Audience, tuple[CarrierId, ...]]]:
        """What may break at a site."""
        site = self.inventory.sites[name]
        carriers = tuple(sorted({self.inventory.links[link].carrier for link in site.links}))
        if site.kind is SiteKind.SERVICE:
            yield Audience.OWN, carriers
            return
        for one in carriers:
            yield Audience.CARRIER, (one,)
        if len(carriers) == 2:
            yield Audience.ROOM, carriers

    def judge(
        self, phase, fault, carriers, site, policy, now, missing: set[Missing], alone: set[Alone]
    ) -> None:
        """One escalation at one minute."""
        steps = self.inventory.directory.policies[policy].steps[fault]
        called = []
        for number, step in enumerate(steps):
            called.append(set())
            for call in step.calls:
                for one in carriers if call.audience is Audience.CARRIER else (None,):
                    people = self.find(call, one, site, step.level, now)
                    called[-1] |= people
                    if not people:
                        missing.add((phase, fault, number, call.audience, call.role, one, site, now))
        if len(steps) > 1 and all(called) and len(set.union(*called)) == 1:
            carrier = carriers[0] if fault is Audience.CARRIER else None
            alone.add((phase, fault, carrier, *set.union(*called), site, now))


def by_minute(gaps: tuple[Gap, ...], agenda: Agenda) -> tuple[set[Missing], set[Alone]]:
    """Proven gaps in the words of the reference."""
    missing: set[Missing] = set()
    alone: set[Alone] = set()
    for gap in gaps:
        for site in gap.sites or (None,):
            for now in range(gap.from_ns, gap.to_ns, MINUTE):
                phase = agenda.phase(gap.event, now)
                assert phase in gap.phases
                assert gap.guarded is (phase in GUARDED)
                if gap.contact is not None:
                    alone.add((phase, gap.fault, gap.carrier, gap.contact, site, now))
                else:
                    missing.add((phase, gap.fault, gap.step, gap.audience, gap.role, gap.carrier, site, now))
    return missing, alone
