"""Metrics of dial-in: the boxes that call, and the calls that are refused."""

from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from bridgewatch.model.snapshot import DialInStats
from bridgewatch.views.exposition.single import counter


def dial_in_families(stats: DialInStats) -> Iterator[Metric]:
    """All families about dial-in."""
    yield GaugeMetricFamily(
        "bridgewatch_dialin_sessions", "Boxes of sites that have called and are heard.", stats.sessions
    )
    yield GaugeMetricFamily(
        "bridgewatch_dialin_silent",
        "Boxes of sites that have called once, also before this start, and are not heard now.",
        stats.silent,
    )
    yield counter("dialin_moves", "Boxes that went on from another address or port.", stats.moves)
    refused = CounterMetricFamily(
        "bridgewatch_dialin_refused", "Packets of callers met with silence, and why.", labels=["reason"]
    )
    for reason, count in stats.refused.items():
        refused.add_metric([reason], count)
    yield refused
