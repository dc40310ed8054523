"""What a person wants to know first, out of a snapshot: the report behind `bridgewatch status` and the demo.

A report is plain values, bounded in size however large the country is, and survives a trip through JSON.
Times are wall nanoseconds in UTC; only a renderer turns them into the inventory's time zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, unique
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from bridgewatch import __version__
from bridgewatch.model.ids import LinkId
from bridgewatch.model.snapshot import PagingSnapshot, Snapshot
from bridgewatch.model.words import EgressState, LinkState
from bridgewatch.views.deliveries import DeliveryLines, delivery_lines
from bridgewatch.views.events import MOST_EVENTS, EventLine, event_lines
from bridgewatch.views.fields import LinkStateField, SiteStateField
from bridgewatch.views.incidents import (
    MOST_INCIDENTS,
    IncidentLine,
    ResolvedLine,
    incident_lines,
    resolved_lines,
)
from bridgewatch.views.status.agents import AgentsLine, UnreadLine, agent_lines, unread_line
from bridgewatch.views.status.bandwidth import ShortfallLine, shortfall_lines
from bridgewatch.views.status.links import (
    LINK_GRAVITY,
    MOST_TROUBLES,
    SITE_GRAVITY,
    Area,
    CarrierLine,
    Trouble,
    areas,
    carrier_lines,
    counted,
    troubles,
)
from bridgewatch.views.status.own import (
    ConfigLine,
    EgressLine,
    SelfLine,
    WatchdogLine,
    config_line,
    self_line,
    watchdog_line,
)
from bridgewatch.views.status.tables import Tables

_BROKEN: Final = (LinkState.DOWN, LinkState.FLAPPING, LinkState.BLIND, LinkState.DEGRADED)


@unique
class Verdict(IntEnum):
    """How things stand; the number is the exit code of `bridgewatch status`."""

    WELL = 0
    TROUBLE = 1
    CANNOT_TELL = 2


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Everything `bridgewatch status` shows; `troubles` are the gravest, `more` counts the others.

    So do `incidents`, those that are not over, and `more_incidents`. `shortfalls` of bandwidth and `agents`
    that do not answer are no trouble by themselves: an incident says what somebody has to see to.
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
    shortfalls: tuple[ShortfallLine, ...] = ()
    agents: tuple[AgentsLine, ...] = ()
    unread: UnreadLine | None = None
    events: tuple[EventLine, ...] = ()  # those under way
    more_events: int = 0
    resolved: tuple[ResolvedLine, ...] = ()

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


def report(
    snapshot: Snapshot, tables: Tables | None = None, paging: PagingSnapshot | None = None
) -> StatusReport:
    """The report of one snapshot, and of the people's side where there is one.

    `tables` of its inventory save making them again.
    """
    tables = tables if tables is not None else Tables(snapshot.inventory)
    inventory = snapshot.inventory
    shown, more = troubles(snapshot, tables)
    incidents = incident_lines(paging, inventory) if paging else ()
    events = event_lines(snapshot, paging)
    return StatusReport(
        vantage=inventory.vantage,
        version=__version__,
        timezone=inventory.timezone,
        wall_ns=snapshot.wall_ns,
        links=counted(LINK_GRAVITY, snapshot.links.state),
        sites=counted(SITE_GRAVITY, snapshot.sites.state),
        services=tables.services,
        areas=areas(snapshot, tables),
        egresses=tuple(EgressLine(name, state) for name, state in snapshot.egresses.items()),
        troubles=shown,
        more=more,
        carriers=carrier_lines(snapshot, tables),
        daemon=self_line(snapshot, tables),
        config=config_line(snapshot.config),
        incidents=incidents[:MOST_INCIDENTS],
        more_incidents=max(0, len(incidents) - MOST_INCIDENTS),
        watchdogs=tuple(map(watchdog_line, snapshot.watchdogs)),
        deliveries=delivery_lines(
            paging, inventory, store_working=snapshot.people is None or snapshot.people.store_working
        ),
        tested=paging.tests.running[:MOST_TROUBLES] if paging else (),
        shortfalls=shortfall_lines(snapshot, tables),
        agents=agent_lines(snapshot, tables),
        unread=unread_line(snapshot),
        resolved=resolved_lines(snapshot, paging) if paging else (),
        events=events[:MOST_EVENTS],
        more_events=max(0, len(events) - MOST_EVENTS),
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
