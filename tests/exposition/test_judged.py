import math
from dataclasses import replace

import pytest

from tests.exposition.bandwidths import with_judgements
from tests.exposition.reading import of_link, rendered, samples
from tests.exposition.synthetic import synthetic_snapshot


@pytest.mark.parametrize("openmetrics", [True, False])
def test_what_is_judged_is_shown_of_the_links_that_it_is_about(openmetrics: bool) -> None:
    snapshot = with_judgements(synthetic_snapshot(40))
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
    snapshot = with_judgements(synthetic_snapshot(40))
    other = replace(snapshot, inventory=replace(snapshot.inventory))
    page = rendered(other, openmetrics=True)
    assert "\nbridgewatch_capacity_state{" not in page
    found = samples(page, openmetrics=True)
    first = next(iter(other.inventory.links))
    assert of_link(found, "bridgewatch_contract_bits_per_second", first, direction="down") == 20e6
