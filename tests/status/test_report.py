"""The report says what the snapshot says, bounded, and survives JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.model.mistakes import ConfigError
from bridgewatch.model.snapshot import Snapshot
from bridgewatch.model.words import EgressState, LinkState, Reason, SiteState
from bridgewatch.views.status.links import LINK_GRAVITY, MOST_TROUBLES, SITE_GRAVITY
from bridgewatch.views.status.own import MOST_ERRORS
from bridgewatch.views.status.report import Reporter, Verdict, from_json, headline, report, to_json
from tests.exposition.synthetic import synthetic_snapshot, with_columns

HEALTHY = synthetic_snapshot(24, healthy=True)


def with_states(*states: LinkState) -> Snapshot:
    """A snapshot of links in just these states, everything else healthy."""
    snapshot = synthetic_snapshot(len(states), healthy=True)
    return with_columns(snapshot, state=np.array(states, np.uint8))


@given(st.lists(st.sampled_from(LinkState), min_size=1, max_size=60))
def test_links_are_counted_by_state_and_all_that_are_not_up_are_listed(states: list[LinkState]) -> None:
    told = report(with_states(*states))
    assert dict(told.links) == {state: states.count(state) for state in set(states)}
    assert sorted(t.state for t in told.troubles) == sorted(s for s in states if s is not LinkState.UP)


@given(st.lists(st.sampled_from(LinkState), min_size=1, max_size=60))
def test_the_gravest_trouble_comes_first_and_within_a_state_the_newest(states: list[LinkState]) -> None:
    told = report(with_states(*states)).troubles
    keys = [(LINK_GRAVITY.index(one.state), -one.since_wall_ns) for one in told]
    assert keys == sorted(keys)


@given(st.lists(st.sampled_from(LinkState), min_size=1, max_size=60))
def test_every_carrier_has_its_links_counted_once(states: list[LinkState]) -> None:
    snapshot = with_states(*states)
    told = report(snapshot)
    of_carrier: dict[str, list[LinkState]] = {}
    for link, state in zip(snapshot.inventory.links.values(), states, strict=True):
        of_carrier.setdefault(link.carrier, []).append(state)
    expected = {
        carrier: (len(held), held.count(LinkState.UP), min(held, key=LINK_GRAVITY.index))
        for carrier, held in of_carrier.items()
    }
    assert {one.id: (one.links, one.up, one.worst) for one in told.carriers} == expected


def test_a_trouble_carries_what_is_known_of_its_link() -> None:
    snapshot = with_states(LinkState.UP, LinkState.DEGRADED)
    snapshot = with_columns(snapshot, reason=np.array([Reason.ANSWERED, Reason.LOSS], np.uint8))
    one = report(snapshot).troubles[0]
    link = list(snapshot.inventory.links.values())[1]
    assert (one.link, one.network, one.reason) == (link.id, "internet", Reason.LOSS)
    assert one.site_name == snapshot.inventory.sites[link.site].name
    assert one.carrier == snapshot.inventory.carriers[link.carrier].name
    assert one.rtt_p50 == pytest.approx(snapshot.links.rtt[1, 0])


def test_what_was_not_measured_is_none_not_nan() -> None:
    told = report(synthetic_snapshot(64))
    blind = next(one for one in told.troubles if one.state is LinkState.BLIND)
    assert (blind.loss, blind.rtt_p50, blind.rtt_p95, blind.jitter_rfc3550) == (None, None, None, None)


def test_sites_are_counted_and_drawn_province_by_province() -> None:
    snapshot = synthetic_snapshot(800)  # 400 sites: three provinces
    told = report(snapshot)
    assert sum(told.sites.values()) == 400
    assert [len(area.sites) for area in told.areas] == [180, 180, 40]
    assert [state for area in told.areas for state in area.sites] == snapshot.sites.state.tolist()
    assert all(sum(area.counts.values()) == len(area.sites) for area in told.areas)
    assert told.areas[0].name == snapshot.inventory.sites["tinh00-ubnd"].name


def test_a_national_report_stays_small() -> None:
    told = report(synthetic_snapshot(22_726))
    assert len(told.troubles) == MOST_TROUBLES
    assert told.more + MOST_TROUBLES == sum(n for state, n in told.links.items() if state is not LinkState.UP)
    assert len(json.dumps(to_json(told))) < 200_000


def test_long_lists_of_errors_are_cut_and_the_rest_counted() -> None:
    config = replace(
        HEALTHY.config,
        ok=False,
        errors=tuple(ConfigError("sites.d/a.yaml", n, 1, "", "x", "y") for n in range(50)),
    )
    told = report(replace(HEALTHY, config=config))
    assert (len(told.config.errors), told.config.more_errors) == (MOST_ERRORS, 50 - MOST_ERRORS)


@given(st.integers(1, 40), st.booleans(), st.integers(0, 3))
def test_a_report_survives_json(links: int, healthy: bool, seed: int) -> None:
    told = report(synthetic_snapshot(links, healthy=healthy, seed=seed))
    assert from_json(json.loads(json.dumps(to_json(told), allow_nan=False))) == told


@pytest.mark.parametrize("values", [None, [], {}, {"vantage": 1}, "down"])
def test_other_json_is_no_report(values: object) -> None:
    with pytest.raises(ValueError, match="not a status report"):
        from_json(values)


def test_states_travel_by_name() -> None:
    values = to_json(report(with_states(LinkState.DOWN)))
    assert values["links"] == {"down": 1}
    assert values["troubles"][0]["state"] == "down"


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        ((LinkState.UP, LinkState.UP), Verdict.WELL),
        ((LinkState.UP, LinkState.PAUSED), Verdict.WELL),
        ((LinkState.UP, LinkState.SUSPECT), Verdict.WELL),
        ((LinkState.UP, LinkState.DOWN), Verdict.TROUBLE),
        ((LinkState.UP, LinkState.DEGRADED), Verdict.TROUBLE),
        ((LinkState.UP, LinkState.FLAPPING), Verdict.TROUBLE),
        ((LinkState.UP, LinkState.BLIND), Verdict.TROUBLE),
        ((LinkState.UNKNOWN, LinkState.UNKNOWN), Verdict.CANNOT_TELL),
        ((LinkState.PAUSED,), Verdict.CANNOT_TELL),
    ],
)
def test_the_verdict_follows_from_the_states(states: tuple[LinkState, ...], verdict: Verdict) -> None:
    assert report(with_states(*states)).verdict is verdict


def test_a_dark_egress_and_a_failed_reload_are_trouble_though_every_link_is_up() -> None:
    assert report(replace(HEALTHY, egresses={"wan": EgressState.DARK})).verdict is Verdict.TROUBLE
    assert report(replace(HEALTHY, config=replace(HEALTHY.config, ok=False))).verdict is Verdict.TROUBLE
    assert report(HEALTHY).verdict is Verdict.WELL


def test_the_headline_is_one_line_with_every_count() -> None:
    line = headline(report(with_states(LinkState.UP, LinkState.DOWN, LinkState.UP)))
    assert line == "links: 1 down, 2 up; sites: 2 ok"
    dark = replace(HEALTHY, egresses={"wan": EgressState.DARK}, config=replace(HEALTHY.config, ok=False))
    assert headline(report(dark)).endswith("egress dark: wan; the last reload failed")


def test_a_reporter_follows_a_reload() -> None:
    reporter = Reporter()
    first, second = synthetic_snapshot(10), synthetic_snapshot(20)
    assert reporter(first) == report(first)
    assert reporter(second) == report(second)
    assert reporter(second) == report(second)


def test_gravity_ranks_every_state_once() -> None:
    assert sorted(LINK_GRAVITY) == sorted(LinkState)
    assert sorted(SITE_GRAVITY) == sorted(SiteState)
