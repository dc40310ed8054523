"""The metrics page of a watchdog."""

from collections.abc import Iterator, Mapping
from platform import python_version

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from bridgewatch import __version__
from bridgewatch.model.heartbeats import Reception
from bridgewatch.model.snapshot import PeopleStats
from bridgewatch.views.exposition.people import people_families
from bridgewatch.views.watchdog import WatchdogReport

Receptions = Mapping[tuple[str, Reception], int]
"""Heartbeats that came in, by vantage ('' of what nobody signed) and what was made of them; cumulative."""


def watchdog_page(
    report: WatchdogReport, receptions: Receptions, people: PeopleStats, *, openmetrics: bool
) -> bytes:
    """The page; in OpenMetrics with the `# EOF` that ends it."""
    registry = CollectorRegistry()
    registry.register(_Watchdog(report, receptions, people))
    ProcessCollector(registry=registry)
    if not openmetrics:
        return generate_latest(registry)
    page: bytes = generate_openmetrics(registry, version="1.0.0")  # type: ignore[no-untyped-call]
    return page


class _Watchdog(Collector):
    """Shows one report to prometheus_client."""

    def __init__(self, report: WatchdogReport, receptions: Receptions, people: PeopleStats) -> None:
        self._report = report
        self._receptions = receptions
        self._people = people

    def collect(self) -> Iterator[Metric]:
        """All families."""
        yield InfoMetricFamily(
            "bridgewatch_build",
            "What this watchdog is made of.",
            {"version": __version__, "python": python_version()},
        )
        yield GaugeMetricFamily(
            "bridgewatch_config_last_reload_successful",
            "1 if the last reload of the configuration succeeded.",
            self._report.config.ok,
        )
        yield from _watched(self._report)
        received = CounterMetricFamily(
            "bridgewatch_watchdog_heartbeats",
            "Heartbeats that came in, by what was made of them.",
            labels=["vantage", "reception"],
        )
        for (vantage, reception), count in sorted(self._receptions.items()):
            received.add_metric([vantage, reception], count)
        yield received
        yield from people_families(self._people, self._report.wall_ns)


def _watched(report: WatchdogReport) -> Iterator[Metric]:
    age = _by_vantage(
        "heartbeat_age_seconds", "Time since a daemon was last heard, or since that is counted.", "seconds"
    )
    up = _by_vantage("up", "1 while a daemon is heard and nothing of it stands, absent while not known yet.")
    store = _by_vantage("daemon_store_working", "1 while the daemon's store takes what is decided.")
    outbox = _by_vantage("daemon_outbox_messages", "Messages that somebody has still to get from the daemon.")
    live = _by_vantage("daemon_events_live", "Events that are live.")
    for one in report.watched:
        age.add_metric([one.vantage], one.silent)
        if one.settled:
            up.add_metric([one.vantage], one.why is None)
        if one.version is not None:
            store.add_metric([one.vantage], bool(one.store_working))
            outbox.add_metric([one.vantage], one.outbox or 0)
            live.add_metric([one.vantage], len(one.live))
    yield from (age, up, store, outbox, live)


def _by_vantage(name: str, help_: str, unit: str = "") -> GaugeMetricFamily:
    return GaugeMetricFamily(f"bridgewatch_watchdog_{name}", help_, labels=["vantage"], unit=unit)
