"""Metrics of the reading of counters: agents, requests, and the process that asks."""

from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric

from bridgewatch.model.bandwidth import AgentState, CounterGap
from bridgewatch.model.snapshot import SnmpStats
from bridgewatch.model.snmp import Dropped
from bridgewatch.views.exposition.single import counter


def snmp_families(stats: SnmpStats) -> Iterator[Metric]:
    """All families about the reading of counters; none while there is nothing to read."""
    if not stats.starts:
        return
    yield InfoMetricFamily("bridgewatch_snmp", "What speaks SNMP.", {"backend": stats.backend})
    agents = GaugeMetricFamily("bridgewatch_snmp_agents", "Agents by how they answer.", labels=["state"])
    for state in AgentState:
        agents.add_metric([state.name.lower()], stats.agents.get(state, 0))
    yield agents
    yield counter("snmp_polls", "Polls begun.", stats.polls)
    yield counter("snmp_requests", "Requests sent, repeated ones too.", stats.requests)
    yield counter("snmp_timeouts", "Requests that nobody answered, however often repeated.", stats.timeouts)
    yield counter(
        "snmp_unsent", "Requests that this host could not send: says nothing of agents.", stats.unsent
    )
    yield counter("snmp_late_polls", "Polls that began late, or not at all.", stats.late)
    gaps = CounterMetricFamily(
        "bridgewatch_snmp_gaps", "Readings that tell no rate, and why.", labels=["kind"]
    )
    for gap in CounterGap:
        if gap is not CounterGap.NONE:
            gaps.add_metric([gap.name.lower()], stats.gaps.get(gap, 0))
    yield gaps
    dropped = CounterMetricFamily(
        "bridgewatch_snmp_dropped", "Datagrams that were no answer to anything.", labels=["kind"]
    )
    for why in Dropped:
        dropped.add_metric([why.value], stats.dropped.get(why, 0))
    yield dropped
    yield CounterMetricFamily(
        "bridgewatch_snmp_cpu_seconds", "CPU time of the process that speaks SNMP.", stats.cpu_seconds
    )
    yield counter("snmp_starts", "Starts of the process that speaks SNMP.", stats.starts)
