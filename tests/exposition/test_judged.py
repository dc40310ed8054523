import math
from dataclasses import replace

import numpy as np
import pytest

from bridgewatch.model.bandwidth import CapacityState, Contract, NeedState, Snmp, UseState
from bridgewatch.model.snapshot import JudgedColumns, Snapshot
from tests.exposition.reading import of_link, rendered, samples
from tests.exposition.synthetic import synthetic_snapshot

LINKS = 40


def judged_snapshot() -> Snapshot:
    """Every other link is sold, every third counted, every fifth needed by an event, every seventh tested."""
    snapshot = synthetic_snapshot(LINKS)
    assert snapshot.people is not None
    place = np.arange(LINKS)
    inventory = replace(
        snapshot.inventory,
        links={
            name: replace(
                link,
                contract=Contract(20_000_000, 10_000_000) if row % 2 == 0 else None,
                snmp=Snmp("192.0.2.1", "Gi0/1") if row % 3 == 0 else None,
            )
            for row, (name, link) in enumerate(snapshot.inventory.links.items())
        },
    )
    rng = np.random.default_rng(5)
    judged = JudgedColumns(
        inventory,
        use=rng.integers(0, len(UseState), LINKS).astype(np.uint8),
        capacity=rng.integers(0, len(CapacityState), LINKS).astype(np.uint8),
        need=rng.integers(0, len(NeedState), LINKS).astype(np.uint8),
        promised_down=np.where(place % 2 == 0, 100e6, np.nan),
        promised_up=np.where(place % 2 == 0, 50e6, np.nan),
        needed=np.where(place % 5 == 0, 4.8e6, np.nan),
        measured_down=np.where(place % 7 == 0, 19.3e6, np.nan),
        measured_up=np.full(LINKS, np.nan),
        tested_ns=np.where(place % 7 == 0, 1_790_000_000_500_000_000, 0),
    )
    return replace(snapshot, inventory=inventory, people=replace(snapshot.people, judged=judged))


@pytest.mark.parametrize("openmetrics", [True, False])
def test_what_is_judged_is_shown_of_the_links_that_it_is_about(openmetrics: bool) -> None:
    snapshot = judged_snapshot()
    assert snapshot.people is not None
    judged = snapshot.people.judged
    assert judged is not None
    found = samples(rendered(snapshot, openmetrics=openmetrics), openmetrics=openmetrics)
    for row, name in enumerate(snapshot.inventory.links):
        sold, counted, needed, tested = (row % each == 0 for each in (2, 3, 5, 7))
        expected = {
            ("contract_bits_per_second", "down"): 100e6 if sold else math.nan,
            ("contract_bits_per_second", "up"): 50e6 if sold else math.nan,
            ("use_state", ""): judged.use[row] if sold and counted else math.nan,
            ("capacity_state", ""): judged.capacity[row] if sold else math.nan,
            ("need_state", ""): judged.need[row] if needed else math.nan,
            ("need_bits_per_second", "down"): judged.needed[row],
            ("need_bits_per_second", "up"): judged.needed[row],
            ("throughput_bits_per_second", "down"): judged.measured_down[row],
            ("throughput_bits_per_second", "up"): math.nan,
            ("throughput_timestamp_seconds", ""): 1_790_000_000.5 if tested else math.nan,
        }
        for (family, direction), value in expected.items():
            labels = {"direction": direction} if direction else {}
            shown = of_link(found, f"bridgewatch_{family}", name, **labels)
            assert (shown is None) if math.isnan(value) else shown == pytest.approx(value)


def test_what_was_judged_of_another_inventory_is_not_shown() -> None:
    snapshot = judged_snapshot()
    other = replace(snapshot, inventory=replace(snapshot.inventory))
    page = rendered(other, openmetrics=True)
    assert "\nbridgewatch_capacity_state{" not in page
    found = samples(page, openmetrics=True)
    first = next(iter(other.inventory.links))
    assert of_link(found, "bridgewatch_contract_bits_per_second", first, direction="down") == 20e6
