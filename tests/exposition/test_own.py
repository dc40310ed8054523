from dataclasses import replace

import pytest

from bridgewatch import __version__
from bridgewatch.model.snapshot import LATENESS_BUCKETS
from bridgewatch.views.exposition.own import own_page
from tests.exposition.reading import Series, samples
from tests.exposition.synthetic import WALL_NS, synthetic_snapshot


def own(*, openmetrics: bool = True, healthy: bool = False) -> dict[Series, float]:
    page = own_page(synthetic_snapshot(2, healthy=healthy), openmetrics=openmetrics)
    return samples(page.decode(), openmetrics=openmetrics)


def value(found: dict[Series, float], name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


@pytest.mark.parametrize("openmetrics", [True, False])
def test_the_daemon_says_what_it_knows_of_itself(*, openmetrics: bool) -> None:
    found = own(openmetrics=openmetrics)
    assert value(found, "bridgewatch_probes_in_flight") == 0
    assert value(found, "bridgewatch_sends_deferred_total") == 12
    assert value(found, "bridgewatch_unmatched_packets_total") == 7
    assert value(found, "bridgewatch_unauthentic_packets_total") == 3
    assert value(found, "bridgewatch_receive_overflows_total") == 0
    assert value(found, "bridgewatch_clock_steps_total") == 1
    assert value(found, "bridgewatch_slowdown_ratio") == 1
    assert value(found, "bridgewatch_loop_lag_max_seconds") == 0.011
    assert value(found, "bridgewatch_snapshot_timestamp_seconds") == pytest.approx(WALL_NS / 1e9, abs=1e-6)
    assert value(found, "bridgewatch_engine_info", engine="batch, raw sockets") == 1


def test_the_build_names_its_version() -> None:
    builds = [dict(labels) for name, labels in own() if name == "bridgewatch_build_info"]
    assert [build["version"] for build in builds] == [__version__]


def test_lateness_buckets_are_cumulative_and_end_with_all() -> None:
    found = own()
    counts = [
        value(found, "bridgewatch_send_lateness_seconds_bucket", le=str(bound)) for bound in LATENESS_BUCKETS
    ]
    every = value(found, "bridgewatch_send_lateness_seconds_bucket", le="+Inf")
    assert counts == [1000 * n * (n + 1) / 2 for n in range(1, len(LATENESS_BUCKETS) + 1)]
    assert every == value(found, "bridgewatch_send_lateness_seconds_count") == sum(range(1, 13)) * 1000


@pytest.mark.parametrize("healthy", [True, False])
def test_a_failed_reload_shows(*, healthy: bool) -> None:
    found = own(healthy=healthy)
    assert value(found, "bridgewatch_config_last_reload_successful") == healthy
    assert value(found, "bridgewatch_config_errors") == (not healthy)
    assert value(found, "bridgewatch_config_reloads_total", outcome="failed") == (not healthy)
    assert value(found, "bridgewatch_config_reloads_total", outcome="ok") == 3


def test_each_page_reads_its_own_snapshot() -> None:
    snapshot = synthetic_snapshot(2)
    later = replace(snapshot, self_stats=replace(snapshot.self_stats, unmatched=8))
    for shown, unmatched in ((snapshot, 7), (later, 8), (snapshot, 7)):
        found = samples(own_page(shown, openmetrics=True).decode(), openmetrics=True)
        assert value(found, "bridgewatch_unmatched_packets_total") == unmatched
