"""What a person wants to know first, out of a snapshot: the report behind `bridgewatch status` and the demo.

A report is plain values, bounded in size however large the country is, and survives a trip through JSON.
Times are wall nanoseconds in UTC; only a renderer turns them into the inventory's time zone.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, unique
from typing import Any, Final, TypeVar

import numpy as np
from pydantic import TypeAdapter, ValidationError

from bridgewatch import __version__
from bridgewatch.model.heartbeats import Answered, Heard
from bridgewatch.model.ids import LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.mistakes import ConfigError, Placed
from bridgewatch.model.observations import Flag, Int8, Int64
from bridgewatch.model.snapshot import QUANTILES, ConfigStats, PagingSnapshot, SelfStats, Snapshot
from bridgewatch.model.words import EgressState, Language, LinkState, Reason, SiteKind, SiteState
from bridgewatch.texts.phrases.tell import tell_phrase
from bridgewatch.views.calls import CallLine, call_line
from bridgewatch.views.deliveries import DeliveryLines, delivery_lines
from bridgewatch.views.fields import EgressStateField, LinkStateField, ReasonField, SiteStateField
from bridgewatch.views.incidents import MOST_INCIDENTS, IncidentLine, incident_lines

MOST_TROUBLES: Final = 200  # links listed one by one; all are counted
MOST_ERRORS: Final = 20
_P50: Final = QUANTILES.index(0.5)
_P95: Final = QUANTILES.index(0.95)
_NS: Final = 1e-9

LINK_GRAVITY: Final = (
    LinkState.DOWN,
    LinkState.FLAPPING,
    LinkState.BLIND,
    LinkState.DEGRADED,
    LinkState.SUSPECT,
    LinkState.UNKNOWN,
    LinkState.PAUSED,
    LinkState.UP,
)
"""Link states, the worst first."""
SITE_GRAVITY: Final = (
    SiteState.DARK,
    SiteState.IMPAIRED,
    SiteState.REDUCED,
    SiteState.UNKNOWN,
    SiteState.OK,
)
"""Site states, the worst first."""
_BROKEN: Final = (LinkState.DOWN, LinkState.FLAPPING, LinkState.BLIND, LinkState.DEGRADED)

_Enum = TypeVar("_Enum", bound=IntEnum)


@unique
class Verdict(IntEnum):
    """How things stand; the number is the exit code of `bridgewatch status`."""

    WELL = 0
    TROUBLE = 1
    CANNOT_TELL = 2


@dataclass(frozen=True, slots=True)
class Area:
    """A province, or all sites that belong to none (`id` '').

    `digits`: one per site in inventory order, the number of its SiteState: a country is 11 kB.
    """

    id: str
    name: str
    digits: str

    @property
    def sites(self) -> tuple[SiteState, ...]:
        """The states of its sites."""
        return tuple(SiteState(int(digit)) for digit in self.digits)

    @property
    def counts(self) -> Mapping[SiteState, int]:
        """How many sites are in each state that occurs, the worst first."""
        return {state: number for state in SITE_GRAVITY if (number := self.digits.count(str(state.value)))}


@dataclass(frozen=True, slots=True)
class EgressLine:
    """A way out of the vantage."""

    id: str
    state: EgressStateField


@dataclass(frozen=True, slots=True)
class Trouble:
    """A link that is not up. Seconds and ratios; None where nothing was measured."""

    link: str
    site_name: str
    network: str
    carrier: str
    state: LinkStateField
    reason: ReasonField
    since_wall_ns: int
    loss: float | None
    rtt_p50: float | None
    rtt_p95: float | None
    jitter_rfc3550: float | None
    call: CallLine | None = None


@dataclass(frozen=True, slots=True)
class CarrierLine:
    """A carrier's links: how many, how many of them up, and the worst state among them."""

    id: str
    name: str
    links: int
    up: int
    worst: LinkStateField


@dataclass(frozen=True, slots=True)
class WatchdogLine:
    """A watchdog that is sent heartbeats. `accepted_wall_ns` None: it has accepted none since the start."""

    url: str
    accepts: bool
    why: str
    accepted_wall_ns: int | None


@dataclass(frozen=True, slots=True)
class SelfLine:
    """The daemon of itself. Seconds; `probes_per_second` is what it keeps to at its present slowdown."""

    engine: str
    uptime: float
    paths: int
    probes_per_second: float
    in_flight: int
    lateness_p99: float
    lateness_max: float
    overflows: int
    slowdown: float
    clock_steps: int


@dataclass(frozen=True, slots=True)
class MistakeLine(Placed):
    """A mistake in the configuration; `text` says it in every language."""

    text: Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class ConfigLine:
    """The configuration in force; not `ok` when a later one failed to load, for these `errors`."""

    ok: bool
    loaded_wall_ns: int
    errors: tuple[MistakeLine, ...]
    more_errors: int


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Everything `bridgewatch status` shows; `troubles` are the gravest, `more` counts the others.

    So do `incidents`, those that are not over, and `more_incidents`.
    """

    vantage: str
    version: str
    timezone: str
    wall_ns: int
    links: Mapping[LinkStateField, int]  # states that occur, the worst first
    sites: Mapping[SiteStateField, int]  # the services that rooms depend on included
    services: int
    areas: tuple[Area, ...]
    egresses: tuple[EgressLine, ...]
    troubles: tuple[Trouble, ...]
    more: int
    carriers: tuple[CarrierLine, ...]
    daemon: SelfLine
    config: ConfigLine
    incidents: tuple[IncidentLine, ...] = ()
    more_incidents: int = 0
    watchdogs: tuple[WatchdogLine, ...] = ()
    deliveries: DeliveryLines = field(default_factory=DeliveryLines)
    tested: tuple[LinkId, ...] = ()  # links that carry a throughput test now

    @property
    def verdict(self) -> Verdict:
        """A suspicion is no trouble yet, and what is paused or not measured yet says nothing."""
        own = any(egress.state in {EgressState.DARK, EgressState.IMPAIRED} for egress in self.egresses)
        own = own or not self.config.ok or any(not one.accepts for one in self.watchdogs)
        own = own or not self.deliveries.well
        if own or self.incidents or any(self.links.get(state, 0) for state in _BROKEN):
            return Verdict.TROUBLE
        seen = sum(self.links.get(state, 0) for state in (LinkState.UP, LinkState.SUSPECT))
        return Verdict.WELL if seen else Verdict.CANNOT_TELL


class Tables:
    """Index tables of one inventory: made once, used for every report until a reload."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.links = tuple(inventory.links.values())
        carriers = {carrier: number for number, carrier in enumerate(inventory.carriers)}
        self.carrier_of_link: Int64 = np.array([carriers[link.carrier] for link in self.links], np.int64)
        names = {site.province: "" for site in inventory.sites.values()}
        names |= {site.id: site.name for site in inventory.sites.values() if site.id in names}
        self.provinces = tuple(names.items())
        number = {province: at for at, province in enumerate(names)}
        self.province_of_site: Int64 = np.array(
            [number[site.province] for site in inventory.sites.values()], np.int64
        )
        self.services = sum(site.kind is SiteKind.SERVICE for site in inventory.sites.values())
        self.probes_per_second = math.fsum(1e9 / path.interval_ns for path in inventory.paths)


def report(
    snapshot: Snapshot, tables: Tables | None = None, paging: PagingSnapshot | None = None
) -> StatusReport:
    """The report of one snapshot, and of the people's side where there is one.

    `tables` of its inventory save making them again.
    """
    tables = tables if tables is not None else Tables(snapshot.inventory)
    inventory, troubled = snapshot.inventory, _gravest(snapshot)
    incidents = incident_lines(paging, inventory) if paging else ()
    return StatusReport(
        vantage=inventory.vantage,
        version=__version__,
        timezone=inventory.timezone,
        wall_ns=snapshot.wall_ns,
        links=_count(LINK_GRAVITY, snapshot.links.state),
        sites=_count(SITE_GRAVITY, snapshot.sites.state),
        services=tables.services,
        areas=_areas(snapshot, tables),
        egresses=tuple(EgressLine(name, state) for name, state in snapshot.egresses.items()),
        troubles=tuple(_trouble(snapshot, tables, int(row)) for row in troubled[:MOST_TROUBLES]),
        more=max(0, len(troubled) - MOST_TROUBLES),
        carriers=_carriers(snapshot, tables),
        daemon=_daemon(snapshot, tables),
        config=config_line(snapshot.config),
        incidents=incidents[:MOST_INCIDENTS],
        more_incidents=max(0, len(incidents) - MOST_INCIDENTS),
        watchdogs=tuple(map(_watchdog, snapshot.watchdogs)),
        deliveries=delivery_lines(
            paging, inventory, store_working=snapshot.people is None or snapshot.people.store_working
        ),
        tested=paging.tests.running[:MOST_TROUBLES] if paging else (),
    )


class Reporter:
    """Makes reports of one daemon's snapshots; keeps the tables of the inventory it saw last."""

    def __init__(self) -> None:
        self._tables: Tables | None = None

    def __call__(self, snapshot: Snapshot, paging: PagingSnapshot | None = None) -> StatusReport:
        """The report of `snapshot` and of the people's side."""
        if self._tables is None or self._tables.inventory is not snapshot.inventory:
            self._tables = Tables(snapshot.inventory)
        return report(snapshot, self._tables, paging)


def headline(status: StatusReport) -> str:
    """How things stand in one plain line of English, for the service manager and for logs."""
    links = ", ".join(f"{number} {state.name.lower()}" for state, number in status.links.items())
    sites = ", ".join(f"{number} {state.name.lower()}" for state, number in status.sites.items())
    dark = [egress.id for egress in status.egresses if egress.state is EgressState.DARK]
    parts = [f"links: {links or 'none'}", f"sites: {sites or 'none'}"]
    parts += [f"egress dark: {', '.join(dark)}"] if dark else []
    failing = [gateway.id for gateway in status.deliveries.gateways]
    parts += [f"gateways failing: {', '.join(failing)}"] if failing else []
    parts += [] if status.config.ok else ["the last reload failed"]
    return "; ".join(parts)


def to_json(status: StatusReport) -> dict[str, Any]:
    """The report as JSON values: states and reasons by name."""
    values: dict[str, Any] = _CODEC.dump_python(status, mode="json")
    return values


def from_json(values: object) -> StatusReport:
    """The report back from what `to_json` made. Raises ValueError for anything else."""
    try:
        return _CODEC.validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"not a status report: {place}: {first['msg']}") from None


_CODEC: Final = TypeAdapter(StatusReport)


def _count(gravity: Iterable[_Enum], states: Int8) -> dict[_Enum, int]:
    counts = np.bincount(states, minlength=max(LinkState) + 1).tolist()
    return {state: counts[state] for state in gravity if counts[state]}


def _gravest(snapshot: Snapshot) -> Int64:
    """Rows of the links that are not up: the worst state first, in it the newest."""
    rank = np.zeros(len(LinkState), np.int64)
    for place, state in enumerate(LINK_GRAVITY):
        rank[state] = place
    rows = np.flatnonzero(snapshot.links.state != LinkState.UP)
    order = np.lexsort((-snapshot.links.since_wall_ns[rows], rank[snapshot.links.state[rows]]))
    gravest: Int64 = rows[order]
    return gravest


def _trouble(snapshot: Snapshot, tables: Tables, row: int) -> Trouble:
    link, columns = tables.links[row], snapshot.links
    return Trouble(
        link=link.id,
        site_name=snapshot.inventory.sites[link.site].name,
        network=link.network,
        carrier=snapshot.inventory.carriers[link.carrier].name,
        state=LinkState(int(columns.state[row])),
        reason=Reason(int(columns.reason[row])),
        since_wall_ns=int(columns.since_wall_ns[row]),
        loss=_known(columns.loss_ratio[row]),
        rtt_p50=_known(columns.rtt[row, _P50]),
        rtt_p95=_known(columns.rtt[row, _P95]),
        jitter_rfc3550=_known(columns.jitter_rfc3550[row]),
        call=call_line(snapshot, link.id),
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _areas(snapshot: Snapshot, tables: Tables) -> tuple[Area, ...]:
    digits = snapshot.sites.state + np.uint8(ord("0"))
    return tuple(
        Area(province, name, digits[tables.province_of_site == number].tobytes().decode())
        for number, (province, name) in enumerate(tables.provinces)
    )


def _carriers(snapshot: Snapshot, tables: Tables) -> tuple[CarrierLine, ...]:
    lines = []
    for number, carrier in enumerate(snapshot.inventory.carriers.values()):
        states = snapshot.links.state[tables.carrier_of_link == number]
        if len(states):
            lines.append(
                CarrierLine(carrier.id, carrier.name, len(states), _number_up(states), _worst(states))
            )
    return tuple(lines)


def _number_up(states: Int8) -> int:
    up: Flag = states == LinkState.UP
    return int(up.sum())


def _worst(states: Int8) -> LinkState:
    present = np.bincount(states, minlength=len(LinkState))
    return next(state for state in LINK_GRAVITY if present[state])


def _daemon(snapshot: Snapshot, tables: Tables) -> SelfLine:
    own: SelfStats = snapshot.self_stats
    return SelfLine(
        engine=own.engine,
        uptime=max(0.0, (snapshot.wall_ns - own.started_wall_ns) * _NS),
        paths=own.paths,
        probes_per_second=tables.probes_per_second / max(own.slowdown, 1.0),
        in_flight=own.in_flight,
        lateness_p99=_known(own.send_lateness_p99) or 0.0,
        lateness_max=_known(own.send_lateness_max) or 0.0,
        overflows=own.receive_overflows,
        slowdown=own.slowdown,
        clock_steps=own.clock_steps,
    )


def _watchdog(heard: Heard) -> WatchdogLine:
    """Before the first answer it counts as accepting: nothing says that it does not."""
    return WatchdogLine(
        url=heard.url,
        accepts=heard.answered in {None, Answered.ACCEPTED},
        why=heard.why,
        accepted_wall_ns=heard.accepted_ns,
    )


def config_line(config: ConfigStats) -> ConfigLine:
    """The configuration in force."""
    return ConfigLine(
        ok=config.ok,
        loaded_wall_ns=config.loaded_wall_ns,
        errors=tuple(map(_mistake, config.errors[:MOST_ERRORS])),
        more_errors=max(0, len(config.errors) - MOST_ERRORS),
    )


def _mistake(error: ConfigError) -> MistakeLine:
    text = {language: tell_phrase(error.text, language) for language in Language}
    return MistakeLine(error.file, error.line, error.column, error.key, text)
