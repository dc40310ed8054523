"""Small inventories, and a prober that keeps its promises: just enough of the probing room for these tests."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from bridgewatch.core.health.changes import EgressTransition, SiteTransition, Transition
from bridgewatch.core.health.health import Health
from bridgewatch.model.ids import CarrierId, EgressId, LinkId, PathKey, SiteId, link_id
from bridgewatch.model.inventory import (
    Carrier,
    Egress,
    Inventory,
    Limits,
    Link,
    PathSpec,
    Profile,
    Site,
    Target,
)
from bridgewatch.model.observations import NO_TIME, Observations
from bridgewatch.model.words import (
    AdministrativeModel,
    CarriedBy,
    Family,
    Level,
    LinkState,
    Network,
    Outcome,
    ProbeKind,
    SiteKind,
)

MS = 1_000_000
SECOND = 1_000 * MS
TICK = 10 * MS
GRACE = 200 * MS
TMAX = 3 * SECOND
START = 1_000 * SECOND
ROUTER = (0, 0xFFFF_C633_64FE)
TARGET = (0, 0xFFFF_C000_0201)


@dataclass(frozen=True)
class Refusal:
    """The target itself refuses the probe, and that is heard after so long."""

    rtt_ns: int


@dataclass(frozen=True)
class LinkPlan:
    """One link of a test world; each entry of `families` is a target of its own."""

    name: str  # site/link
    egress: str = "wan"
    network: Network = Network.WAN
    interval_ns: int = SECOND
    families: tuple[Family, ...] = (Family.V4,)
    paused: bool = False
    dial_in: str | None = None


def world(
    links: Iterable[LinkPlan | str],
    *,
    references: int = 2,
    reference_interval_ns: int = SECOND,
    carried_by: CarriedBy = CarriedBy.ANY,
    budget: int = 2_000,
) -> Inventory:
    """An inventory of these links, with `references` for each egress they use."""
    plans = [plan if isinstance(plan, LinkPlan) else LinkPlan(plan) for plan in links]
    egresses = {EgressId(plan.egress): _egress(plan.egress, references) for plan in plans}
    places: dict[str, list[LinkId]] = {}
    for plan in plans:
        places.setdefault(plan.name.split("/")[0], []).append(LinkId(plan.name))
    sites = {SiteId(place): _site(place, carried_by, names) for place, names in places.items()}
    paths = [spec for plan in plans for spec in _paths(plan)]
    paths += [spec for name in egresses for spec in _references(name, references, reference_interval_ns)]
    return Inventory(
        vantage="noc",
        model=AdministrativeModel.TWO_TIER,
        timezone="Asia/Ho_Chi_Minh",
        limits=Limits(suspect_probes_per_second=budget),
        egresses=egresses,
        carriers={CarrierId("vnpt"): Carrier(CarrierId("vnpt"), "VNPT")},
        sites=sites,
        links={LinkId(plan.name): _link(plan) for plan in plans},
        paths=tuple(paths),
    )


def _site(place: str, carried_by: CarriedBy, links: list[LinkId]) -> Site:
    name = f"Điểm cầu {place}"
    return Site(SiteId(place), name, Level.COMMUNE, SiteKind.ROOM, "", carried_by, links=tuple(links))


def _egress(name: str, references: int) -> Egress:
    targets = tuple(Target(f"ref{i}", ProbeKind.ICMP, f"198.51.100.{i + 1}") for i in range(references))
    return Egress(EgressId(name), frozenset(Network), references=targets)


def _link(plan: LinkPlan) -> Link:
    site, name = plan.name.split("/")
    return Link(
        id=link_id(SiteId(site), name),
        site=SiteId(site),
        name=name,
        network=plan.network,
        carrier=CarrierId("vnpt"),
        egress=EgressId(plan.egress),
        profile=Profile("conference"),
        targets=(),
        interval=plan.interval_ns / SECOND,
        paused=plan.paused,
        dial_in=plan.dial_in,
    )


def _spec(
    owner: str, target: str, link: str | None, egress: str, family: Family, interval_ns: int
) -> PathSpec:
    return PathSpec(
        key=PathKey(owner, target, "noc", family),
        link=None if link is None else LinkId(link),
        egress=EgressId(egress),
        kind=ProbeKind.ICMP,
        family=family,
        host="192.0.2.1",
        port=0,
        source=None,
        interface=None,
        dscp=0,
        size=64,
        interval_ns=interval_ns,
    )


def _paths(plan: LinkPlan) -> list[PathSpec]:
    return [
        _spec(plan.name, f"target{place}", plan.name, plan.egress, family, plan.interval_ns)
        for place, family in enumerate(plan.families)
    ]


def _references(egress: str, count: int, interval_ns: int) -> list[PathSpec]:
    owner = f"egress:{egress}"
    return [_spec(owner, f"ref{i}", None, egress, Family.V4, interval_ns) for i in range(count)]


def rows_of(inventory: Inventory) -> dict[PathKey, int]:
    """Rows in inventory order."""
    return {spec.key: row for row, spec in enumerate(inventory.paths)}


@dataclass
class Events:
    """Rows of one batch, collected one by one."""

    outcomes: list[tuple[int, Outcome, int]] = field(default_factory=list)  # row, outcome, sent
    quiet: list[tuple[int, int, int]] = field(default_factory=list)  # row, count, since
    errors: list[tuple[int, int, bool]] = field(default_factory=list)  # row, sent, by the target itself

    def batch(self) -> Observations:
        path, outcome, sent_ns = _columns(self.outcomes)
        quiet_path, quiet_count, quiet_since_ns = _columns(self.quiet)
        error_path, error_sent_ns, refusal = _columns(self.errors)
        refusal = refusal.astype(np.bool_)
        n = len(path)
        none, empty = np.full(n, NO_TIME), np.empty(0, dtype=np.int32)
        return Observations(
            path=path.astype(np.int32),
            seq=np.zeros(n, dtype=np.int64),
            outcome=outcome.astype(np.uint8),
            sent_ns=sent_ns,
            rtt_ns=none,
            forward_ns=none,
            backward_ns=none,
            reflected=np.full(n, -1),
            quiet_path=quiet_path.astype(np.int32),
            quiet_count=quiet_count.astype(np.int32),
            quiet_since_ns=quiet_since_ns,
            duplicates=empty,
            reordered=empty,
            error_path=error_path.astype(np.int32),
            error_sent_ns=error_sent_ns,
            error_source=np.where(refusal[:, None], TARGET, ROUTER).astype(np.uint64),
            error_refusal=refusal,
            error_proven=np.ones(len(refusal), dtype=np.bool_),
        )


def _columns(rows: list[tuple[int, ...]]) -> np.ndarray:
    return np.array(rows, dtype=np.int64).reshape(-1, 3).T


@dataclass
class _Path:
    interval_ns: int
    due_ns: int
    flying: deque[tuple[int, int | None]] = field(default_factory=deque)  # sent, arrives
    refused: deque[tuple[int, int]] = field(default_factory=deque)  # sent, told
    heard_ns: int = 0  # when the newest refused probe was sent
    graced: int = 0  # how many at the left of `flying` passed their grace
    quiet: int = 0
    quiet_since_ns: int = 0


class Prober:
    """Probes every path of an inventory in ticks of 10 ms and feeds a Health.

    `fate(row, sent_ns)` says what becomes of a probe: its round-trip time in ns, None when it is lost, a
    Refusal, or an Outcome (UNREACHABLE, which is a router's word, LOCAL_ERROR).
    """

    def __init__(
        self,
        inventory: Inventory,
        fate: Callable[[int, int], int | Outcome | Refusal | None],
        *,
        page_delay_ns: int | None = None,
    ) -> None:
        delay = {} if page_delay_ns is None else {"page_delay_ns": page_delay_ns}
        self.inventory = inventory
        self.now = START
        self.fate = fate
        self.health = Health(inventory, rows_of(inventory), START, **delay)
        self.links: list[Transition] = []
        self.egresses: list[EgressTransition] = []
        self.sites: list[SiteTransition] = []
        self.boosted: set[int] = set()
        self.most_boosted = 0
        self.sent = 0
        count = len(inventory.paths)
        # Phases are spread over the interval by a fixed odd step.
        self.paths = [
            _Path(spec.interval_ns, START + (spec.interval_ns * (row * 37 % count)) // count)
            for row, spec in enumerate(inventory.paths)
        ]

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * SECOND) // TICK):
            self.now += TICK
            self.health.observe(self.now, self._events().batch())
            changes = self.health.advance(self.now)
            self.links += changes.links
            self.egresses += changes.egresses
            self.sites += changes.sites
            self._obey(changes.hurry.tolist(), changes.calm.tolist())

    def _obey(self, hurry: list[int], calm: list[int]) -> None:
        assert not self.boosted & set(hurry)
        assert self.boosted >= set(calm)
        self.boosted = (self.boosted | set(hurry)) - set(calm)
        self.most_boosted = max(self.most_boosted, len(self.boosted))
        assert sorted(self.boosted) == self.health.boosted_rows().tolist()
        for row in hurry:
            self.paths[row].due_ns = min(self.paths[row].due_ns, self.now + 100 * MS)

    def _events(self) -> Events:
        events = Events()
        for row, path in enumerate(self.paths):
            self._answers(row, path, events)
            self._refusals(row, path, events)
        for row, path in enumerate(self.paths):
            self._silences(row, path, events)
        for row, path in enumerate(self.paths):
            while path.due_ns <= self.now:
                self._send(row, path, events)
        return events

    def _answers(self, row: int, path: _Path, events: Events) -> None:
        answered = [probe for probe in path.flying if probe[1] is not None and probe[1] <= self.now]
        for probe in answered:
            place = path.flying.index(probe)
            path.graced -= place < path.graced
            del path.flying[place]
            events.outcomes.append((row, Outcome.REPLY, probe[0]))
            path.quiet = 0

    def _refusals(self, row: int, path: _Path, events: Events) -> None:
        while path.refused and path.refused[0][1] <= self.now:
            sent_ns, _ = path.refused.popleft()
            events.outcomes.append((row, Outcome.UNREACHABLE, sent_ns))
            events.errors.append((row, sent_ns, True))
            path.quiet, path.heard_ns = 0, sent_ns

    def _silences(self, row: int, path: _Path, events: Events) -> None:
        while path.flying and path.flying[0][0] + TMAX <= self.now:
            events.outcomes.append((row, Outcome.LOST, path.flying.popleft()[0]))
            path.graced -= 1
        while path.graced < len(path.flying) and path.flying[path.graced][0] + GRACE <= self.now:
            sent_ns = path.flying[path.graced][0]
            if sent_ns <= path.heard_ns:
                path.graced += 1
                continue
            path.quiet_since_ns = path.quiet_since_ns if path.quiet else sent_ns
            path.quiet += 1
            path.graced += 1
            events.quiet.append((row, path.quiet, path.quiet_since_ns))

    def _send(self, row: int, path: _Path, events: Events) -> None:
        fate = self.fate(row, self.now)
        self.sent += 1
        if fate is Outcome.LOCAL_ERROR:
            events.outcomes.append((row, fate, self.now))
        elif isinstance(fate, Refusal):
            path.refused.append((self.now, self.now + fate.rtt_ns))
        elif isinstance(fate, Outcome):
            events.outcomes.append((row, fate, self.now))
            events.errors.append((row, self.now, False))
            path.flying.append((self.now, None))
        else:
            path.flying.append((self.now, None if fate is None else self.now + fate))
        path.due_ns += min(path.interval_ns, 100 * MS) if row in self.boosted else path.interval_ns

    # What tests ask

    def states(self, link: str) -> list[LinkState]:
        """The states `link` went through, without repeats."""
        return [change.new for change in self.links if change.link == link and change.new != change.old]

    def state(self, link: str) -> LinkState:
        place = list(self.inventory.links).index(LinkId(link))
        return LinkState(int(self.health.standing().link_state[place]))

    def when(self, link: str, state: LinkState) -> int:
        """When `link` last entered `state`."""
        return max(change.at_ns for change in self.links if change.link == link and change.new is state)

    def row(self, owner: str, target: str | None = None) -> int:
        """The row of a path of `owner`."""
        return next(
            row
            for row, spec in enumerate(self.inventory.paths)
            if spec.key.owner == owner and target in (None, spec.key.target)
        )
