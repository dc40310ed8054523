"""The daemon's own metrics: few and irregular, so on prometheus_client, read from the snapshot per scrape."""

from collections.abc import Iterator
from itertools import accumulate
from platform import python_version
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from bridgewatch import __version__
from bridgewatch.model.snapshot import LATENESS_BUCKETS, ConfigStats, SelfStats, Snapshot
from bridgewatch.views.exposition.dial_in import dial_in_families
from bridgewatch.views.exposition.digits import spelled
from bridgewatch.views.exposition.heartbeats import pulse_families
from bridgewatch.views.exposition.people import people_families
from bridgewatch.views.exposition.single import counter, gauge
from bridgewatch.views.exposition.snmp import snmp_families

_NANO: Final = 1e9


def own_page(snapshot: Snapshot, *, openmetrics: bool) -> bytes:
    """The daemon's own metrics and its process's; in OpenMetrics with the `# EOF` that ends the page."""
    registry = CollectorRegistry()
    registry.register(_Own(snapshot))
    ProcessCollector(registry=registry)
    if not openmetrics:
        return generate_latest(registry)
    page: bytes = generate_openmetrics(registry, version="1.0.0")  # type: ignore[no-untyped-call]
    return page


class _Own(Collector):
    """Shows one snapshot to prometheus_client."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """All families about the daemon itself."""
        snapshot = self._snapshot
        yield InfoMetricFamily(
            "bridgewatch_build",
            "What this daemon is made of.",
            {"version": __version__, "python": python_version()},
        )
        yield gauge(
            "snapshot_timestamp", "When this page's values were taken.", snapshot.wall_ns / _NANO, "seconds"
        )
        yield from _probing(snapshot.self_stats)
        yield _lateness(snapshot.self_stats)
        yield from _bounds(snapshot.self_stats)
        yield from _config(snapshot.config)
        if snapshot.people is not None:
            yield from people_families(snapshot.people, snapshot.wall_ns)
        yield from pulse_families(snapshot.watchdogs)
        if snapshot.snmp is not None:
            yield from snmp_families(snapshot.snmp)
        if snapshot.dial_in is not None:
            yield from dial_in_families(snapshot.dial_in)


def _probing(stats: SelfStats) -> Iterator[Metric]:
    yield InfoMetricFamily("bridgewatch_engine", "What moves the packets.", {"engine": stats.engine})
    yield gauge("start_timestamp", "When the daemon started.", stats.started_wall_ns / _NANO, "seconds")
    yield gauge("paths", "Paths being probed.", stats.paths)
    yield gauge("probes_in_flight", "Probes sent whose fate is not known yet.", stats.in_flight)
    yield counter("probes_due", "Probes that fell due.", stats.probes_due)
    yield counter("sends_deferred", "Probes due but held back by a bound.", stats.sends_deferred)
    yield counter("intervals_skipped", "Due times passed over after a stall.", stats.intervals_skipped)
    yield counter(
        "receive_overflows", "Packets dropped because a receive buffer was full.", stats.receive_overflows
    )
    yield counter("unmatched_packets", "Packets received that belonged to no probe.", stats.unmatched)
    yield counter(
        "unauthentic_packets",
        "Of the unmatched packets, replies that the key of their path did not seal.",
        stats.unauthentic,
    )
    yield counter("clock_steps", "Steps of the wall clock noticed.", stats.clock_steps)


def _lateness(stats: SelfStats) -> Metric:
    bounds = (*map(spelled, LATENESS_BUCKETS), "+Inf")
    counts = accumulate(map(int, stats.lateness_counts))
    return HistogramMetricFamily(
        "bridgewatch_send_lateness_seconds",
        "How long after its due time a probe was sent.",
        buckets=list(zip(bounds, counts, strict=True)),
        sum_value=stats.lateness_sum,
        unit="seconds",
    )


def _bounds(stats: SelfStats) -> Iterator[Metric]:
    yield gauge(
        "send_lateness_p99",
        "99th percentile of send lateness, last minute.",
        stats.send_lateness_p99,
        "seconds",
    )
    yield gauge(
        "send_lateness_max", "Greatest send lateness, last minute.", stats.send_lateness_max, "seconds"
    )
    yield gauge(
        "loop_lag_max", "Greatest delay of the event loop, last minute.", stats.loop_lag_max, "seconds"
    )
    yield gauge(
        "slowdown",
        "1 while every path keeps its rate, 2 at half of it because a bound holds.",
        stats.slowdown,
        "ratio",
    )
    yield gauge(
        "suspect_budget_used",
        "Share of the budget for suspect links in use.",
        stats.suspect_budget_used,
        "ratio",
    )


def _config(config: ConfigStats) -> Iterator[Metric]:
    yield gauge(
        "config_last_reload_successful", "1 if the last reload of the configuration succeeded.", config.ok
    )
    yield gauge(
        "config_last_reload_success_timestamp",
        "When the running configuration was loaded.",
        config.loaded_wall_ns / _NANO,
        "seconds",
    )
    yield gauge("config_last_reload_duration", "How long the last reload took.", config.seconds, "seconds")
    yield gauge("config_errors", "Errors the last reload found.", len(config.errors))
    reloads = CounterMetricFamily(
        "bridgewatch_config_reloads", "Reloads of the configuration by outcome.", labels=["outcome"]
    )
    reloads.add_metric(["ok"], config.reloads_ok)
    reloads.add_metric(["failed"], config.reloads_failed)
    yield reloads
