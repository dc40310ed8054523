"""What a watchdog knows, for `bridgewatch status` and its metrics."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from bridgewatch import __version__
from bridgewatch.core.heartbeats.register import Standing
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Why
from bridgewatch.model.snapshot import ConfigStats, PagingSnapshot
from bridgewatch.views.deliveries import DeliveryLines, delivery_lines
from bridgewatch.views.incidents import MOST_INCIDENTS, IncidentLine, incident_lines
from bridgewatch.views.status.own import ConfigLine, config_line
from bridgewatch.views.status.report import Verdict


@dataclass(frozen=True, slots=True)
class WatchedLine:
    """A daemon that is watched. Seconds. `silent`: since it was last heard, or since that is counted.

    `settled` False: nothing can be said yet. `version` is None as long as nothing was heard; so are the
    figures it gave. `back_within`: it said that it stops.
    """

    vantage: str
    settled: bool
    silent: float
    why: Why | None
    version: str | None = None
    back_within: float | None = None
    outbox: int | None = None
    store_working: bool | None = None
    live: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchdogReport:
    """Everything `bridgewatch status` shows of a watchdog."""

    vantage: str
    version: str
    timezone: str
    wall_ns: int
    after: float
    watched: tuple[WatchedLine, ...]
    config: ConfigLine
    incidents: tuple[IncidentLine, ...] = ()
    more_incidents: int = 0
    deliveries: DeliveryLines = field(default_factory=DeliveryLines)

    @property
    def verdict(self) -> Verdict:
        """Whether all that is watched is well."""
        own = self.config.ok and self.deliveries.well
        if self.incidents or not own or any(one.why is not None for one in self.watched):
            return Verdict.TROUBLE
        return Verdict.WELL if all(one.settled for one in self.watched) else Verdict.CANNOT_TELL


def report(
    inventory: Inventory,
    standings: Iterable[Standing],
    paging: PagingSnapshot,
    config: ConfigStats,
    wall_ns: int,
) -> WatchdogReport:
    """The report of one instant."""
    incidents = incident_lines(paging, inventory)
    return WatchdogReport(
        vantage=inventory.vantage,
        version=__version__,
        timezone=inventory.timezone,
        wall_ns=wall_ns,
        after=inventory.heartbeats.after,
        watched=tuple(map(_line, standings)),
        config=config_line(config),
        incidents=incidents[:MOST_INCIDENTS],
        more_incidents=max(0, len(incidents) - MOST_INCIDENTS),
        deliveries=delivery_lines(paging, inventory),
    )


def is_watchdogs(values: object) -> bool:
    """Whether a status report in JSON is one of a watchdog."""
    return isinstance(values, Mapping) and "watched" in values


def to_json(told: WatchdogReport) -> dict[str, Any]:
    """The report as JSON values."""
    values: dict[str, Any] = _CODEC.dump_python(told, mode="json")
    return values


def from_json(values: object) -> WatchdogReport:
    """The report back from what `to_json` made. Raises ValueError for anything else."""
    try:
        return _CODEC.validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"not a report of a watchdog: {place}: {first['msg']}") from None


_CODEC: Final = TypeAdapter(WatchdogReport)


def _line(standing: Standing) -> WatchedLine:
    beat = standing.beat
    if beat is None:
        return WatchedLine(standing.vantage, standing.settled, standing.silent, standing.why)
    return WatchedLine(
        vantage=standing.vantage,
        settled=standing.settled,
        silent=standing.silent,
        why=standing.why,
        version=beat.version,
        back_within=beat.back_within,
        outbox=beat.vitals.outbox,
        store_working=beat.vitals.degraded is None and not beat.vitals.unstored,
        live=beat.vitals.live,
    )
