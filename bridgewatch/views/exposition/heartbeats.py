"""Metrics of heartbeats: of a daemon, which watchdog accepts them; of a watchdog, how old they are."""

from collections.abc import Iterator, Sequence
from typing import Final

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from bridgewatch.model.heartbeats import Answered, Heard

_NANO: Final = 1e9


def pulse_families(watchdogs: Sequence[Heard]) -> Iterator[Metric]:
    """What became of the heartbeats that this daemon sent."""
    sent = CounterMetricFamily(
        "bridgewatch_heartbeats", "Heartbeats sent to a watchdog by outcome.", labels=["watchdog", "outcome"]
    )
    accepted = GaugeMetricFamily(
        "bridgewatch_heartbeat_accepted_timestamp_seconds",
        "When a watchdog last accepted a heartbeat, Unix time.",
        labels=["watchdog"],
        unit="seconds",
    )
    for one in watchdogs:
        for outcome in Answered:
            sent.add_metric([one.url, outcome], one.counts.get(outcome, 0))
        if one.accepted_ns is not None:
            accepted.add_metric([one.url], one.accepted_ns / _NANO)
    if watchdogs:
        yield sent
        yield accepted
