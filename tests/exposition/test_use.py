import math
from dataclasses import replace

import numpy as np
import pytest

from bridgewatch.model.bandwidth import AgentState, CounterGap, Snmp
from bridgewatch.model.snapshot import BandwidthColumns, Snapshot, SnmpStats
from bridgewatch.model.snmp import Dropped
from tests.exposition.reading import of_link, rendered, samples
from tests.exposition.synthetic import synthetic_snapshot


def counted_snapshot(links: int = 40) -> Snapshot:
    """Every third link has counters; of some of those nothing is known."""
    snapshot = synthetic_snapshot(links)
    inventory = snapshot.inventory
    chosen = {
        name: replace(link, snmp=Snmp("192.0.2.1", "Gi0/1") if row % 3 == 0 else None)
        for row, (name, link) in enumerate(inventory.links.items())
    }
    rng = np.random.default_rng(3)

    def reals(scale: float) -> np.ndarray:
        column = rng.random(links) * scale
        column[::4] = np.nan
        return column

    def wholes(most: int) -> np.ndarray:
        return rng.integers(-1, most + 1, links)

    return replace(
        snapshot,
        inventory=replace(inventory, links=chosen),
        bandwidth=BandwidthColumns(
            down=reals(1e9),
            up=reals(1e6),
            contract_down=np.full(links, 20e6),
            contract_up=np.where(np.arange(links) % 2, 0.0, 5e6),
            errors=reals(3),
            discards=reals(3),
            age=reals(150),
            oper_up=wholes(1),
            gap=wholes(max(CounterGap)),
            agent=wholes(max(AgentState)),
            agent_since_wall_ns=np.zeros(links, np.int64),
        ),
        snmp=SnmpStats(
            "pysnmp",
            2,
            17.25,
            {AgentState.ANSWERING: 11, AgentState.REFUSING: 1},
            polls=100,
            requests=120,
            timeouts=3,
            gaps={CounterGap.RESTARTED: 4},
            dropped={Dropped.FORGED: 5},
        ),
    )


@pytest.mark.parametrize("openmetrics", [True, False])
def test_what_goes_over_links_is_shown_for_those_whose_counters_are_read(openmetrics: bool) -> None:
    snapshot = counted_snapshot()
    found = samples(rendered(snapshot, openmetrics=openmetrics), openmetrics=openmetrics)
    columns = snapshot.bandwidth
    for row, (name, link) in enumerate(snapshot.inventory.links.items()):
        expected = {
            ("bandwidth_bits_per_second", "down"): columns.down[row],
            ("bandwidth_bits_per_second", "up"): columns.up[row],
            ("utilization_ratio", "down"): columns.down[row] / columns.contract_down[row],
            ("utilization_ratio", "up"): columns.up[row] / (columns.contract_up[row] or math.nan),
            ("interface_errors_per_second", ""): columns.errors[row],
            ("interface_discards_per_second", ""): columns.discards[row],
            ("interface_up", ""): columns.oper_up[row] if columns.oper_up[row] >= 0 else math.nan,
            ("counter_gap", ""): columns.gap[row] if columns.gap[row] >= 0 else math.nan,
            ("snmp_agent_state", ""): columns.agent[row] if columns.agent[row] >= 0 else math.nan,
        }
        for (family, direction), value in expected.items():
            labels = {"direction": direction} if direction else {}
            shown = of_link(found, f"bridgewatch_{family}", name, **labels)
            absent = link.snmp is None or math.isnan(value)
            assert (shown is None) if absent else shown == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_the_reading_itself_is_accounted_for() -> None:
    page = rendered(counted_snapshot(), openmetrics=True)
    for line in (
        'bridgewatch_snmp_info{backend="pysnmp"} 1.0',
        'bridgewatch_snmp_agents{state="answering"} 11.0',
        'bridgewatch_snmp_agents{state="silent"} 0.0',
        "bridgewatch_snmp_polls_total 100.0",
        "bridgewatch_snmp_requests_total 120.0",
        "bridgewatch_snmp_timeouts_total 3.0",
        'bridgewatch_snmp_gaps_total{kind="restarted"} 4.0',
        'bridgewatch_snmp_dropped_total{kind="forged"} 5.0',
        "bridgewatch_snmp_cpu_seconds_total 17.25",
        "bridgewatch_snmp_starts_total 2.0",
    ):
        assert f"\n{line}\n" in page


def test_where_nothing_is_read_nothing_is_said_of_it() -> None:
    snapshot = replace(counted_snapshot(), bandwidth=None, snmp=SnmpStats())
    page = rendered(snapshot, openmetrics=True)
    assert "\nbridgewatch_bandwidth_bits_per_second{" not in page
    assert "snmp_polls" not in page
