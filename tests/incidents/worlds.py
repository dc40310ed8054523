"""Small worlds for the incidents room, and a health that says what a test wants it to say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.health.changes import Changes, EgressTransition, TransitionColumns, Transitions
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.incidents import Incidents
from bridgewatch.model.calendar import Event
from bridgewatch.model.ids import CarrierId, EgressId, EventId, IncidentId, LinkId, PolicyId, SiteId
from bridgewatch.model.inventory import (
    Carrier,
    Egress,
    Inventory,
    Limits,
    Link,
    Profile,
    Site,
    Target,
)
from bridgewatch.model.log import AnyEntry, ClockStepped, Entry
from bridgewatch.model.observations import NO_TIME
from bridgewatch.model.paging import FaultKind, Phase, Urgency
from bridgewatch.model.people import Directory
from bridgewatch.model.policy import Policy
from bridgewatch.model.words import (
    AdministrativeModel,
    CarriedBy,
    EgressState,
    Level,
    LinkState,
    Network,
    ProbeKind,
    Reason,
    Severity,
    SiteKind,
)

MS = 1_000_000
SECOND = 1_000 * MS
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
START = 1_800_000_000 * SECOND  # wall
OFFSET = START - 500 * SECOND  # the daemon's monotonic clock stood at 500 s then

CALM = PolicyId("calm")
LIVE = PolicyId("live")


def policy(name: PolicyId, dark: float, impaired: float, reduced: float) -> Policy:
    """A policy of which only the holds matter here."""
    hold = {
        Urgency.DARK: dark,
        Urgency.OWN: dark,
        Urgency.IMPAIRED: impaired,
        Urgency.REDUCED: reduced,
    }
    return Policy(name, hold, {}, {})


def directory(calm: Policy | None = None, live: Policy | None = None) -> Directory:
    """Two policies: one for conferences that are live, one for all the rest."""
    calm, live = calm or policy(CALM, 300, 600, 900), live or policy(LIVE, 5, 60, 30)
    of_phase = {phase: LIVE if phase is Phase.LIVE else CALM for phase in Phase}
    return Directory(policies={CALM: calm, LIVE: live}, policy_of_phase=of_phase)


def at_once() -> Directory:
    """Every policy pages at 0 s."""
    return directory(policy(CALM, 0, 0, 0), policy(LIVE, 0, 0, 0))


def within_two_seconds() -> Directory:
    """Every policy holds for 2 s."""
    return directory(policy(CALM, 2, 2, 2), policy(LIVE, 2, 2, 2))


@dataclass(frozen=True)
class L:
    """One link of a test world: `site/name`, by default on the WAN unless it is named `internet`."""

    id: str
    carrier: str = "vnpt"
    via: str | None = None
    handover: str | None = None
    interval: float = 1.0
    stamp: bool = False
    paused: bool = False

    @property
    def site(self) -> str:
        return self.id.split("/")[0]


def world(
    links: Iterable[L | str],
    *,
    parents: dict[str, str] | None = None,
    services: Sequence[str] = (),
    carried_by: CarriedBy = CarriedBy.ANY,
    by_default: bool = False,
    people: Directory | None = None,
    events: Iterable[Event] = (),
) -> Inventory:
    """An inventory of these links; `parents` says which site is administratively below which."""
    plans = [plan if isinstance(plan, L) else L(plan) for plan in links]
    parents = parents or {}
    names = dict.fromkeys([*(plan.site for plan in plans), *parents.values(), *parents])
    sites = {
        SiteId(name): Site(
            SiteId(name),
            f"Điểm cầu {name}",
            Level.COMMUNE if name in parents else Level.PROVINCE,
            SiteKind.SERVICE if name in services else SiteKind.ROOM,
            "",
            carried_by,
            parent=SiteId(parents[name]) if name in parents else None,
            links=tuple(LinkId(plan.id) for plan in plans if plan.site == name),
            carried_by_default=by_default,
        )
        for name in names
    }
    return Inventory(
        vantage="noc",
        model=AdministrativeModel.TWO_TIER,
        timezone="Asia/Ho_Chi_Minh",
        limits=Limits(),
        egresses={EgressId("main"): Egress(EgressId("main"), frozenset(Network))},
        carriers={CarrierId(plan.carrier): Carrier(CarrierId(plan.carrier), plan.carrier) for plan in plans},
        sites=sites,
        links={LinkId(plan.id): _link(plan) for plan in plans},
        paths=(),
        directory=people or directory(),
        events={event.id: event for event in events},
    )


def _link(plan: L) -> Link:
    kind = ProbeKind.STAMP if plan.stamp else ProbeKind.ICMP
    name = plan.id.split("/")[1]
    return Link(
        id=LinkId(plan.id),
        site=SiteId(plan.site),
        name=name,
        network=Network.INTERNET if name.startswith("internet") else Network.WAN,
        carrier=CarrierId(plan.carrier),
        egress=EgressId("main"),
        profile=Profile("conference"),
        targets=(Target("t", kind, "192.0.2.1"),),
        interval=plan.interval,
        via=None if plan.via is None else LinkId(plan.via),
        handover=plan.handover,
        paused=plan.paused,
    )


def live_event(*sites: str, starts_ns: int = START - HOUR, ends_ns: int = START + HOUR) -> Event:
    """A conference that is live for these sites."""
    return Event(EventId("e"), "Hội nghị", tuple(SiteId(site) for site in sites), starts_ns, ends_ns)


@dataclass
class Said:
    """What health is to say of one link."""

    link: str
    new: LinkState
    since_ns: int | None = None  # wall; when its silence began
    reason: Reason = Reason.NONE
    severity: Severity = Severity.OK

    @classmethod
    def refusing(cls, link: str, since_ns: int | None = None) -> "Said":
        """Its target refuses."""
        return cls(link, LinkState.UNKNOWN, since_ns, Reason.TARGET_REFUSES)

    @property
    def dated(self) -> bool:
        """Whether it is known since when."""
        silent = {LinkState.DOWN, LinkState.FLAPPING, LinkState.SUSPECT}
        return self.new in silent or self.reason is Reason.TARGET_REFUSES


@dataclass(repr=False)
class Room:
    """The incidents room of a world, driven by hand. Times are wall ns."""

    inventory: Inventory
    now_ns: int = START
    offset_ns: int = OFFSET
    log: list[AnyEntry] = field(default_factory=list)
    states: dict[str, LinkState] = field(default_factory=dict)
    refusing: set[str] = field(default_factory=set)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        plans = (
            f"{link.id} {link.carrier} via={link.via} handover={link.handover} {link.interval}"
            for link in self.inventory.links.values()
        )
        parents = {site.id: site.parent for site in self.inventory.sites.values() if site.parent}
        services = [site.id for site in self.inventory.sites.values() if site.kind is SiteKind.SERVICE]
        return "\n".join(("Room", *plans, str(parents), str(services)))

    def __post_init__(self) -> None:
        self.names = tuple(self.inventory.links)
        self.room = Incidents(self.inventory, Agenda(self.inventory), self.now_ns)

    def say(self, *said: Said | EgressTransition) -> list[AnyEntry]:
        """One tick of health."""
        return self.note(self.room.observe(self.tick(*said), self.now_ns, self.offset_ns))

    def tick(self, *said: Said | EgressTransition) -> Changes:
        """What health says in one tick."""
        place = {name: at for at, name in enumerate(self.names)}
        rows = [one for one in said if isinstance(one, Said)]
        since = [self.now_ns if one.since_ns is None else one.since_ns for one in rows]
        columns = TransitionColumns(
            link=np.array([place[LinkId(one.link)] for one in rows], np.int32),
            old=np.array([self.states.get(one.link, LinkState.UNKNOWN) for one in rows], np.uint8),
            new=np.array([one.new for one in rows], np.uint8),
            reason=np.array([one.reason for one in rows], np.uint8),
            unanswered=np.full(len(rows), 8, np.int32),
            needed=np.full(len(rows), 8, np.int32),
            since_ns=np.array(
                [at - self.offset_ns if one.dated else NO_TIME for at, one in zip(since, rows, strict=True)],
                np.int64,
            ),
            witness_ns=np.full(len(rows), self.now_ns - self.offset_ns, np.int64),
            loss=np.zeros(len(rows)),
            severity=np.array([one.severity for one in rows], np.uint8),
            router=np.zeros((len(rows), 2), np.uint64),
        )
        self.states |= {one.link: one.new for one in rows}
        self.refusing -= {one.link for one in rows}
        self.refusing |= {one.link for one in rows if one.reason is Reason.TARGET_REFUSES}
        at_ns = self.now_ns - self.offset_ns
        return Changes(
            Transitions(at_ns, self.names, (columns,) if rows else ()),
            tuple(one for one in said if isinstance(one, EgressTransition)),
        )

    def note(self, entries: list[AnyEntry]) -> list[AnyEntry]:
        """Keep what was written."""
        self.log += entries
        return entries

    def all_up(self, *but: str) -> None:
        """Health has seen everything."""
        self.say(*(Said(link, LinkState.UP) for link in self.names if link not in but))
        self.wait(11)

    def down(self, *links: str, before: float = 1.2) -> list[AnyEntry]:
        """These are down, silent since `before` seconds."""
        since_ns = self.now_ns - round(before * SECOND)
        reason = Reason.SILENT_WITH_WITNESS
        return self.say(*(Said(link, LinkState.DOWN, since_ns, reason) for link in links))

    def flapping(self, *links: str) -> list[AnyEntry]:
        since_ns = self.now_ns - 1200 * MS
        return self.say(*(Said(link, LinkState.FLAPPING, since_ns, Reason.FLAPS) for link in links))

    def up(self, *links: str) -> list[AnyEntry]:
        return self.say(*(Said(link, LinkState.UP, reason=Reason.ANSWERED) for link in links))

    def become(self, state: LinkState, *links: str) -> list[AnyEntry]:
        return self.say(*(Said(link, state) for link in links))

    def refuse(self, *links: str, before: float = 1.2) -> list[AnyEntry]:
        """Their targets refuse, since `before` seconds."""
        since_ns = self.now_ns - round(before * SECOND)
        return self.say(*(Said.refusing(link, since_ns) for link in links))

    def poor(
        self, link: str, reason: Reason = Reason.LOSS, severity: Severity = Severity.CRITICAL
    ) -> list[AnyEntry]:
        return self.say(Said(link, LinkState.DEGRADED, reason=reason, severity=severity))

    def egress(self, state: EgressState) -> list[AnyEntry]:
        at_ns = self.now_ns - self.offset_ns
        return self.say(EgressTransition(EgressId("main"), at_ns, EgressState.OK, state, Reason.NO_WITNESS))

    def wait(self, seconds: float) -> list[AnyEntry]:
        """Let time pass, from deadline to deadline."""
        end_ns = self.now_ns + round(seconds * SECOND)
        written: list[AnyEntry] = []
        for _ in range(10_000):
            due_ns = self.room.next_deadline_ns()
            if due_ns is None or due_ns > end_ns:
                break
            self.now_ns = max(self.now_ns, due_ns)
            written += self.note(self.room.advance(self.now_ns))
        else:
            raise AssertionError("deadlines that never end")
        self.now_ns = end_ns
        return written + self.note(self.room.advance(end_ns))

    def adopt(self, inventory: Inventory) -> list[AnyEntry]:
        self.inventory = inventory
        self.names = tuple(inventory.links)
        return self.note(self.room.adopt(inventory, Agenda(inventory), self.now_ns))

    def restart(self) -> None:
        """The process is killed and started anew: only the log remains."""
        self.room = Incidents(self.inventory, Agenda(self.inventory), self.now_ns)
        for entry in self.log:
            self.room.apply(entry)
        self.states, self.refusing = {}, set()

    def step_clock(self, by_ns: int) -> None:
        self.now_ns += by_ns
        self.offset_ns += by_ns
        entry = ClockStepped(at_ns=self.now_ns, by_ns=by_ns)
        self.log.append(entry)
        self.room.apply(entry)

    @property
    def open(self) -> list[Incident]:
        return list(self.room.open.values())

    @property
    def broken(self) -> list[Incident]:
        return [incident for incident in self.open if incident.broken]

    def of(self, link: str) -> Incident:
        """The one incident that a link is in."""
        found = [incident for incident in self.open if LinkId(link) in incident.links]
        assert len(found) == 1, (link, [incident.key for incident in found])
        return found[0]

    def about(self, kind: FaultKind, subject: str) -> Incident:
        (found,) = [incident for incident in self.open if incident.key == (kind, subject)]
        return found

    def get(self, incident: str) -> Incident:
        found = self.room.get(IncidentId(incident))
        assert found is not None
        return found


def kinds(entries: Iterable[Entry]) -> list[str]:
    """The kinds of entries, in order."""
    return [type(entry).__name__ for entry in entries]


def opened(entries: Iterable[AnyEntry]) -> list[str]:
    """Who was opened."""
    return [entry.incident for entry in entries if type(entry).__name__ == "Opened"]
