"""Families of one sample without labels, under our prefix."""

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric


def gauge(name: str, help_: str, value: float, unit: str = "") -> Metric:
    """A gauge; its name gets `unit` behind it."""
    return GaugeMetricFamily(f"bridgewatch_{name}", help_, value, unit=unit)


def counter(name: str, help_: str, value: int) -> Metric:
    """A counter; its name gets `_total` behind it."""
    return CounterMetricFamily(f"bridgewatch_{name}", help_, value)
