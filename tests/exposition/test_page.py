import math
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.model.snapshot import CARRIER_RTT_BUCKETS, LinkColumns, Snapshot
from bridgewatch.model.words import EgressState, LinkState
from bridgewatch.views.exposition.families import FAMILIES
from bridgewatch.views.exposition.page import Page
from tests.exposition.reading import Series, families, names, of_link, rendered, samples
from tests.exposition.synthetic import synthetic_snapshot, with_columns

COUNTERS = ("sent", "received", "lost", "late", "unreachable", "duplicate", "reordered", "local_error")
GAUGES = {
    "loss_ratio": ("bridgewatch_loss_ratio", {}),
    "loss_burst": ("bridgewatch_loss_burst_packets", {}),
    "rtt_min": ("bridgewatch_rtt_min_seconds", {}),
    "rtt_sum": ("bridgewatch_rtt_seconds_sum", {}),
    "jitter_rfc3550": ("bridgewatch_jitter_seconds", {"definition": "rfc3550"}),
    "jitter_ipdv": ("bridgewatch_jitter_seconds", {"definition": "ipdv"}),
    "jitter_pdv_p99": ("bridgewatch_jitter_seconds", {"definition": "pdv_p99"}),
    "forward_jitter": ("bridgewatch_one_way_jitter_seconds", {"direction": "forward"}),
    "backward_jitter": ("bridgewatch_one_way_jitter_seconds", {"direction": "backward"}),
    "forward_loss": ("bridgewatch_one_way_loss_ratio", {"direction": "forward"}),
    "backward_loss": ("bridgewatch_one_way_loss_ratio", {"direction": "backward"}),
    "mos": ("bridgewatch_mos_estimate", {}),
}
BOTH_FORMATS = pytest.mark.parametrize("openmetrics", [True, False], ids=["openmetrics", "text"])


def assert_links_agree(found: dict[Series, float], snapshot: Snapshot) -> None:
    """Every link series says what its column says, or is absent where the column is."""
    columns = snapshot.links
    for row, link in enumerate(snapshot.inventory.links):
        for name in COUNTERS:
            written = of_link(found, f"bridgewatch_probes_{name}_total", link)
            assert written == getattr(columns, name)[row]
        for column, (name, labels) in GAUGES.items():
            assert_same(of_link(found, name, link, **labels), getattr(columns, column)[row])
        for index, quantile in enumerate(("0.5", "0.95", "0.99")):
            assert_same(
                of_link(found, "bridgewatch_rtt_seconds", link, quantile=quantile), columns.rtt[row, index]
            )
        assert of_link(found, "bridgewatch_rtt_seconds_count", link) == columns.rtt_count[row]
        assert of_link(found, "bridgewatch_link_state", link) == columns.state[row]
        assert of_link(found, "bridgewatch_link_reason", link) == columns.reason[row]


def assert_same(written: float | None, value: float) -> None:
    if math.isnan(value):
        assert written is None
    else:
        assert written is not None
        assert math.isclose(written, value, rel_tol=1e-9, abs_tol=1e-9)


@BOTH_FORMATS
def test_every_value_of_the_snapshot_is_on_the_page(*, openmetrics: bool) -> None:
    snapshot = synthetic_snapshot(24)
    assert_links_agree(
        samples(rendered(snapshot, openmetrics=openmetrics), openmetrics=openmetrics), snapshot
    )


@st.composite
def link_columns(draw: st.DrawFn, links: int) -> dict[str, np.ndarray]:
    counts = st.lists(st.integers(0, 2**53), min_size=links, max_size=links)
    tame = st.floats(0, 1) | st.just(0.0) | st.just(math.nan)
    wild = tame | st.floats(0, 1e300) | st.floats(0, 1e-12)
    reals = st.lists(wild, min_size=links, max_size=links)
    columns: dict[str, np.ndarray] = {
        name: np.array(draw(counts), np.int64) for name in (*COUNTERS, "rtt_count")
    }
    columns |= {name: np.array(draw(reals)) for name in GAUGES}
    columns["rtt"] = np.array([draw(reals) for _ in range(3)]).T
    states = st.lists(st.sampled_from(LinkState), min_size=links, max_size=links)
    columns["state"] = np.array(draw(states), np.uint8)
    return columns


@settings(max_examples=60, deadline=None)
@given(columns=link_columns(6), openmetrics=st.booleans())
def test_pages_of_any_numbers_parse_and_agree(columns: dict[str, np.ndarray], *, openmetrics: bool) -> None:
    snapshot = with_columns(synthetic_snapshot(6), **columns)
    assert_links_agree(
        samples(rendered(snapshot, openmetrics=openmetrics), openmetrics=openmetrics), snapshot
    )


def test_both_formats_hold_the_same_series() -> None:
    snapshot = synthetic_snapshot(24)
    page = Page()
    text = samples(rendered(snapshot, openmetrics=False, page=page), openmetrics=False)
    openmetrics = samples(rendered(snapshot, openmetrics=True, page=page), openmetrics=True)
    ours = {series: value for series, value in text.items() if series[0].startswith("bridgewatch")}
    theirs = {series: value for series, value in openmetrics.items() if series[0].startswith("bridgewatch")}
    assert ours == theirs


def test_link_series_carry_exactly_the_agreed_labels() -> None:
    agreed = {"link", "site", "network", "level", "province", "carrier", "vantage"}
    extra = {"quantile", "definition", "direction"}
    link_families = {family.name for family in FAMILIES if family.subject.name == "link"}
    for family in families(rendered(synthetic_snapshot(8), openmetrics=True), openmetrics=True):
        for sample in family.samples if family.name in link_families else ():
            assert set(sample.labels) - extra == agreed


def test_long_facts_of_a_link_are_on_its_info() -> None:
    snapshot = synthetic_snapshot(4)
    found = samples(rendered(snapshot, openmetrics=True), openmetrics=True)
    infos = [dict(pairs) for name, pairs in found if name == "bridgewatch_link_info"]
    wan = next(info for info in infos if info["link"] == "tinh00-ubnd/wan")
    assert wan["site_name"] == "Điểm cầu UBND tỉnh số 0"
    assert (wan["circuit"], wan["unit"], wan["contract"]) == ("TSLCD-00000", "00", "20M/20M")
    assert "access" not in wan


@pytest.mark.parametrize(
    ("state", "up"),
    [
        (LinkState.UP, 1),
        (LinkState.DEGRADED, 1),
        (LinkState.SUSPECT, 1),
        (LinkState.DOWN, 0),
        (LinkState.FLAPPING, 0),
        (LinkState.UNKNOWN, None),
        (LinkState.BLIND, None),
        (LinkState.PAUSED, None),
    ],
)
def test_link_up_is_absent_while_the_link_cannot_be_judged(state: LinkState, up: int | None) -> None:
    snapshot = with_columns(synthetic_snapshot(1), state=np.array([state], np.uint8))
    found = samples(rendered(snapshot, openmetrics=True), openmetrics=True)
    assert of_link(found, "bridgewatch_link_up", "tinh00-ubnd/wan") == up


def test_sites_and_egresses_show_their_states() -> None:
    snapshot = synthetic_snapshot(20)
    found = samples(rendered(snapshot, openmetrics=True), openmetrics=True)
    sites = {
        dict(pairs)["site"]: value
        for (name, pairs), value in found.items()
        if name == "bridgewatch_site_state"
    }
    assert sites == dict(zip(snapshot.inventory.sites, snapshot.sites.state.tolist(), strict=True))
    egresses = {
        dict(pairs)["egress"]: value
        for (name, pairs), value in found.items()
        if name == "bridgewatch_egress_state"
    }
    assert egresses == {"wan": EgressState.OK, "internet": EgressState.DARK}


def test_carrier_buckets_are_cumulative() -> None:
    snapshot = synthetic_snapshot(4)
    found = samples(rendered(snapshot, openmetrics=True), openmetrics=True)
    for row, (carrier, network, province) in enumerate(snapshot.carrier_rtt.groups):
        group = {("carrier", carrier), ("network", network), ("province", province)}
        buckets = {
            float(dict(pairs)["le"]): value
            for (name, pairs), value in found.items()
            if name == "bridgewatch_carrier_rtt_seconds_bucket" and group <= pairs
        }
        expected = np.cumsum(snapshot.carrier_rtt.counts[row]).tolist()
        assert [buckets[bound] for bound in (*CARRIER_RTT_BUCKETS, math.inf)] == expected
        assert found["bridgewatch_carrier_rtt_seconds_count", frozenset(group)] == expected[-1]


def test_absent_values_leave_no_line_at_all() -> None:
    blank = np.full(3, np.nan)
    gone = dict.fromkeys(GAUGES, blank) | {"rtt": np.full((3, 3), np.nan)}
    text = rendered(with_columns(synthetic_snapshot(3), **gone), openmetrics=True)
    assert "NaN" not in text
    assert "bridgewatch_loss_ratio{" not in text
    assert 'quantile="' not in text
    assert "bridgewatch_rtt_seconds_count{" in text


def test_hostile_label_text_is_escaped_and_read_back() -> None:
    snapshot = synthetic_snapshot(2)
    name = 'Phòng "họp"\\số 1\nxã }Ia Pê'
    sites = {key: replace(site, name=name) for key, site in snapshot.inventory.sites.items()}
    snapshot = replace(snapshot, inventory=replace(snapshot.inventory, sites=sites))
    for openmetrics in (True, False):
        found = samples(rendered(snapshot, openmetrics=openmetrics), openmetrics=openmetrics)
        infos = [dict(pairs) for series, pairs in found if series == "bridgewatch_site_info"]
        assert [info["site_name"] for info in infos] == [name]


def test_a_nul_in_a_name_is_dropped() -> None:
    snapshot = synthetic_snapshot(2)
    sites = {key: replace(site, name="a\0b") for key, site in snapshot.inventory.sites.items()}
    text = rendered(replace(snapshot, inventory=replace(snapshot.inventory, sites=sites)), openmetrics=True)
    assert 'site_name="ab"' in text
    assert "\0" not in text


def test_labels_are_laid_out_again_only_when_the_generation_changes() -> None:
    page = Page()
    first = synthetic_snapshot(8)
    rendered(first, openmetrics=True, page=page)
    laid_out = page._layout
    rendered(with_columns(first, sent=first.links.sent + 1), openmetrics=False, page=page)
    assert page._layout is laid_out
    rendered(synthetic_snapshot(8, generation=2), openmetrics=True, page=page)
    assert page._layout is not laid_out


def test_a_link_that_left_the_inventory_left_the_page() -> None:
    page = Page()
    before = samples(rendered(synthetic_snapshot(8), openmetrics=True, page=page), openmetrics=True)
    after = samples(
        rendered(synthetic_snapshot(4, generation=2), openmetrics=True, page=page), openmetrics=True
    )
    links = {dict(pairs).get("link") for _, pairs in before} - {dict(pairs).get("link") for _, pairs in after}
    assert len(links) == 4


def test_two_renderings_across_a_generation_change_do_not_mix() -> None:
    page = Page()
    old, new = synthetic_snapshot(8), synthetic_snapshot(30, generation=2, seed=7)
    slices = page.slices(old, openmetrics=True)
    begun = [next(slices) for _ in range(4)]
    rendered(new, openmetrics=True, page=page)
    text = b"".join([*begun, *slices]).decode()
    assert_links_agree(samples(text, openmetrics=True), old)


def test_no_slice_is_longer_than_a_tick_can_bear() -> None:
    for piece in Page().slices(synthetic_snapshot(5000), openmetrics=True):
        assert piece.count(b"\n") <= 5120


def test_every_slice_ends_with_a_whole_line() -> None:
    assert all(
        piece.endswith(b"\n") for piece in Page().slices(synthetic_snapshot(3000), openmetrics=True) if piece
    )


def test_an_empty_inventory_gives_a_valid_page() -> None:
    for openmetrics in (True, False):
        found = samples(rendered(synthetic_snapshot(0), openmetrics=openmetrics), openmetrics=openmetrics)
        assert "bridgewatch_paths" in names(found)
        assert "bridgewatch_link_state" not in names(found)


def test_openmetrics_ends_once() -> None:
    text = rendered(synthetic_snapshot(2), openmetrics=True)
    assert text.endswith("# EOF\n")
    assert text.count("# EOF") == 1
    assert "# EOF" not in rendered(synthetic_snapshot(2), openmetrics=False)


@BOTH_FORMATS
def test_counters_and_infos_are_declared_as_their_format_wants(*, openmetrics: bool) -> None:
    lines = set(rendered(synthetic_snapshot(2), openmetrics=openmetrics).splitlines())
    if openmetrics:
        assert {"# TYPE bridgewatch_probes_sent counter", "# TYPE bridgewatch_link info"} <= lines
        assert "# UNIT bridgewatch_rtt_seconds seconds" in lines
    else:
        assert {"# TYPE bridgewatch_probes_sent_total counter", "# TYPE bridgewatch_link_info gauge"} <= lines
        assert not any(line.startswith("# UNIT") for line in lines)


def test_names_and_help_follow_the_formats() -> None:
    for family in FAMILIES:
        assert family.name.endswith(family.unit)
        assert family.help.endswith(".")
        assert not set(family.help) & set('\\"\n')


def test_all_columns_of_a_link_reach_the_page() -> None:
    known = {*COUNTERS, *GAUGES, "rtt", "rtt_count", "state", "reason", "since_wall_ns"}
    assert set(LinkColumns.__slots__) == known


@pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool (Debian package prometheus) is not installed"
)
def test_promtool_finds_nothing_but_the_telecom_unit() -> None:
    text = rendered(synthetic_snapshot(64), openmetrics=False)
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    # Contracts are sold and read in bit/s; the linter would have bytes.
    expected = ['bridgewatch_contract_bits_per_second use base unit "bytes" instead of "bits"']
    assert (checked.stdout + checked.stderr).splitlines() == expected
