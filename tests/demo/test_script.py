"""The script fits every duration, and its far end can follow it."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.app.demo.province import make_province
from bridgewatch.app.demo.script import SHORTEST, Script, make_script, plan
from bridgewatch.config.loader import load
from bridgewatch.model.words import Language, LinkState, ProbeKind

PROVINCE = make_province(8620, icmp=True)
HOP = 5.0  # seconds between two closings of a path's window
durations = st.floats(SHORTEST, 3600.0)


@given(durations)
def test_every_kind_of_trouble_happens_within_the_duration(duration: float) -> None:
    script = make_script(PROVINCE, duration)
    assert [act.key for act in script.acts] == ["loss", "jitter", "cut", "handover"]
    assert all(0 < act.start < act.end <= duration for act in script.acts)


@given(durations)
def test_there_is_time_to_prove_quality_and_to_see_it_clear_or_it_lasts_to_the_end(duration: float) -> None:
    for act in make_script(PROVINCE, duration).acts:
        if act.verdict is LinkState.DEGRADED:
            assert act.end - act.start >= 3 * HOP + 3  # three windows, the first cut off, and Tmax
            assert act.end == duration or act.end + act.clears <= duration


@given(durations)
def test_outages_are_long_enough_to_be_seen_and_too_short_to_count_as_loss(duration: float) -> None:
    for act in make_script(PROVINCE, duration).acts:
        if act.verdict is LinkState.DOWN:
            assert 2.5 <= act.end - act.start < HOP
            assert act.end + act.clears < duration


@given(durations)
def test_no_link_has_two_troubles(duration: float) -> None:
    links = [link for act in make_script(PROVINCE, duration).acts for link in act.links]
    assert len(set(links)) == len(links)


def test_at_a_minute_everything_recovers() -> None:
    assert all(act.end + act.clears <= 60 for act in make_script(PROVINCE, 60).acts)


def test_only_lines_that_the_far_end_answers_are_in_the_script() -> None:
    script = make_script(PROVINCE, 60)
    assert all(PROVINCE.links[link].stamp for act in script.acts for link in act.links)
    spells = json.loads(json.dumps(plan(script, PROVINCE, 1000)))["spells"]
    assert len(spells) == sum(len(act.links) for act in script.acts)
    assert {spell["address"] for spell in spells} <= set(script.usual)
    assert all(1000 < spell["from_ns"] < spell["to_ns"] for spell in spells)


def test_trouble_changes_the_weather_and_nothing_else() -> None:
    script: Script = make_script(PROVINCE, 60)
    for act in script.acts:
        usual = script.usual[PROVINCE.links[act.links[0]].address]
        changed = {k: v for k, v in asdict(act.weather(usual)).items() if v != getattr(usual, k)}
        assert changed == dict(act.change)


def test_announcements_are_complete_in_both_languages() -> None:
    for act in make_script(PROVINCE, 60).acts:
        assert set(act.begins) == set(act.ends) == set(Language)


@pytest.mark.parametrize("icmp", [True, False])
def test_the_province_is_a_configuration_without_warnings(tmp_path, icmp: bool) -> None:
    province = make_province(8620, icmp=icmp)
    province.write(tmp_path)
    inventory = load(tmp_path)
    assert len(inventory.sites) == 40
    assert set(inventory.links) == set(province.links)
    assert inventory.warnings == ()
    assert len([carrier for carrier in inventory.carriers if carrier != "own"]) == 2
    kinds = {spec.kind for spec in inventory.paths}
    assert kinds == ({ProbeKind.ICMP, ProbeKind.STAMP} if icmp else {ProbeKind.STAMP})
    assert all(spec.host.startswith("127.") for spec in inventory.paths)
    assert len({spec.host for spec in inventory.paths}) == len(inventory.paths)


def test_the_handover_is_one_carriers_and_leaves_witnesses_on_its_egress(tmp_path) -> None:
    PROVINCE.write(tmp_path)
    inventory = load(tmp_path)
    behind = [inventory.links[link] for link in PROVINCE.behind_handover]
    assert {(link.carrier, link.network.value) for link in behind} == {("vnpt", "wan")}
    assert {link.handover for link in inventory.links.values() if link.handover} == {behind[0].handover}
    others = [link for link in inventory.links.values() if link.egress == "wan" and link not in behind]
    assert len(others) > len(behind)
