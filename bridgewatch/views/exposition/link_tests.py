"""Metrics of throughput tests: how many there are, and which links meet one."""

from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from bridgewatch.model.snapshot import LinkTestCounts
from bridgewatch.views.exposition.single import counter, gauge


def test_families(tests: LinkTestCounts) -> Iterator[Metric]:
    """All families about them."""
    yield gauge("throughput_tests_waiting", "Throughput tests that were asked for and wait.", tests.waiting)
    yield gauge("throughput_tests_running", "Throughput tests on links now.", len(tests.running))
    met = GaugeMetricFamily(
        "bridgewatch_throughput_test_running",
        "1 for every link whose probes meet a throughput test now: its quality is not judged meanwhile.",
        labels=["link"],
    )
    for link in sorted(tests.felt):
        met.add_metric([link], 1)
    yield met
    ended = CounterMetricFamily(
        "bridgewatch_throughput_tests", "Throughput tests that are over, by how they ended.", labels=["end"]
    )
    for end, count in sorted(tests.ends.items()):
        ended.add_metric([end], count)
    yield ended
    yield counter("throughput_test_octets", "Octets that throughput tests sent over links.", tests.octets)
