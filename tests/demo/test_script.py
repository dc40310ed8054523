"""The script fits every duration, and its far end can follow it."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.app.demo.cast import ANSWERS, ESCALATE_AFTER, EVENT, HOLD, Setting
from bridgewatch.app.demo.province import make_province
from bridgewatch.app.demo.script import SHORTEST, Script, make_script, plan
from bridgewatch.config.loader import load
from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.health.loss import LossJudge
from bridgewatch.core.readiness.judge import judge
from bridgewatch.model.inventory import Threshold
from bridgewatch.model.paging import Audience, Phase
from bridgewatch.model.words import Language, LinkState, ProbeKind

NOW = 1_790_000_000
SETTING = Setting(phones=9001, answers=9002, now=NOW)
PROVINCE = make_province(8620, SETTING, icmp=True)
HOP = 5.0  # seconds between two closings of a path's window
A_HOP = 50  # probes
DOWN_AFTER = 1.3  # seconds
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
def test_outages_last_until_somebody_has_answered_after_nobody_did(duration: float) -> None:
    for act in make_script(PROVINCE, duration).acts:
        if act.verdict is LinkState.DOWN:
            answered = DOWN_AFTER + HOLD + ESCALATE_AFTER + max(ANSWERS.values())
            assert answered + 2.5 < act.end - act.start  # what a busy machine may take besides
            assert act.end + act.clears < duration


@given(st.floats(0, HOP))
def test_the_longest_outage_is_too_short_to_count_as_loss(phase: float) -> None:
    limits = Threshold(0.01, 0.03)
    path, loss = np.array([0], np.int32), LossJudge(1)
    loss.set_limits(path, limits)
    cut = make_script(PROVINCE, 3600.0).acts[2]
    length, began = cut.end - cut.start, 10 * HOP + phase
    for window in range(70):
        dark = min((window + 1) * HOP, began + length) - max(window * HOP, began)
        lost = np.array([round(max(0.0, dark) * A_HOP / HOP)])
        assert not loss.judge(path, np.array([A_HOP]), lost, (lost > 0).astype(np.int64)).any()


@given(durations)
def test_no_link_has_two_troubles(duration: float) -> None:
    links = [link for act in make_script(PROVINCE, duration).acts for link in act.links]
    assert len(set(links)) == len(links)


def test_at_a_minute_everything_recovers() -> None:
    assert all(act.end + act.clears <= 60 for act in make_script(PROVINCE, 60).acts)


def test_faults_that_hurt_the_event_page_and_the_others_page_nobody() -> None:
    paged = {act.key: act.paged for act in make_script(PROVINCE, 60).acts}
    assert [key for key, one in paged.items() if one is not None] == ["cut", "handover"]


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
def test_the_province_is_a_configuration_that_loads_well(tmp_path, icmp: bool) -> None:
    province = make_province(8620, SETTING, icmp=icmp)
    province.write(tmp_path)
    inventory = load(tmp_path)
    assert len(inventory.sites) == 40
    assert set(inventory.links) == set(province.links)
    (warning,) = inventory.warnings  # of which the phones of the demo are none
    assert "a phone outside this network" in str(warning)
    assert len([carrier for carrier in inventory.carriers if carrier != "own"]) == 2
    kinds = {spec.kind for spec in inventory.paths}
    assert kinds == ({ProbeKind.ICMP, ProbeKind.STAMP} if icmp else {ProbeKind.STAMP})
    assert all(spec.host.startswith("127.") for spec in inventory.paths)
    assert len({spec.host for spec in inventory.paths}) == len(inventory.paths)


def test_the_event_is_live_meanwhile_and_every_step_of_it_finds_somebody(tmp_path) -> None:
    PROVINCE.write(tmp_path)
    inventory = load(tmp_path)
    for seconds in (0, 3600):
        assert Agenda(inventory).phase(EVENT, (NOW + seconds) * 10**9) is Phase.LIVE
    report = judge(inventory, EVENT, None, NOW * 10**9)
    assert not report.own
    assert not any(site.gaps for site in report.sites)
    assert len(report.sites) == len(inventory.sites) - 1


def test_who_is_called_is_what_the_policy_and_the_rosters_say(tmp_path) -> None:
    PROVINCE.write(tmp_path)
    directory = load(tmp_path).directory
    on_duty = {(roster.carrier, roster.role): roster.always for roster in directory.rosters}
    steps = directory.policies[directory.policy_of_phase[Phase.LIVE]].steps[Audience.CARRIER]
    for act in make_script(PROVINCE, 60).acts:
        if act.paged is not None:
            carrier = load(tmp_path).links[act.links[0]].carrier
            for expected, step in zip(act.paged.steps, steps, strict=False):
                whose = {Audience.CARRIER: carrier, Audience.OWN: None}
                found = {person for call in step.calls for person in on_duty[whose[call.audience], call.role]}
                assert found == expected


def test_the_handover_is_one_carriers_and_leaves_witnesses_on_its_egress(tmp_path) -> None:
    PROVINCE.write(tmp_path)
    inventory = load(tmp_path)
    behind = [inventory.links[link] for link in PROVINCE.behind_handover]
    assert {(link.carrier, link.network.value) for link in behind} == {("vnpt", "wan")}
    assert {link.handover for link in inventory.links.values() if link.handover} == {behind[0].handover}
    others = [link for link in inventory.links.values() if link.egress == "wan" and link not in behind]
    assert len(others) > len(behind)
