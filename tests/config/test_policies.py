"""The shipped policies are section 6 of the design; policies.yaml changes what it names and no more."""

import pytest

from bridgewatch.config.documents.policies import CALLS
from bridgewatch.config.errors import one_of
from bridgewatch.config.loader import load
from bridgewatch.config.people.shipped import SHIPPED_PHASES, SHIPPED_POLICIES
from bridgewatch.model.bandwidth import Window
from bridgewatch.model.paging import Audience, Phase, Role, Urgency
from bridgewatch.model.policy import BANDWIDTH, Call, Step
from bridgewatch.model.words import Level
from tests.config.files import SITE, messages, write

DARK, OWN, IMPAIRED, REDUCED, NOTE = (
    Urgency.DARK,
    Urgency.OWN,
    Urgency.IMPAIRED,
    Urgency.REDUCED,
    Urgency.NOTE,
)


@pytest.fixture
def directory(tmp_path):
    return lambda text="": load(write(tmp_path, sites=SITE, policies=text)).directory


@pytest.mark.parametrize(
    ("phase", "hold", "repeat"),
    [
        (Phase.NONE, 300, 900),
        (Phase.DRAFT, 300, 900),
        (Phase.PLANNED, 300, 900),
        (Phase.REPORT, 300, 900),
        (Phase.WAVE, 30, 300),
        (Phase.FREEZE, 60, 300),
        (Phase.CHECK, 15, 180),
        (Phase.LIVE, 5, 120),
    ],
)
def test_a_dark_site_pages_and_repeats_by_phase_as_the_design_says(directory, phase, hold, repeat):
    shipped = directory()
    policy = shipped.policies[shipped.policy_of_phase[phase]]
    assert (policy.hold[DARK], policy.repeat[DARK]) == (hold, repeat)


def test_live_also_pages_for_a_spare_for_quality_and_again(directory):
    live = directory().policies["live"]
    assert (live.hold[REDUCED], live.repeat[REDUCED]) == (30, 300)
    assert live.hold[IMPAIRED] == 60
    assert live.raise_again == 600
    assert live.digest == 60


@pytest.mark.parametrize("policy", SHIPPED_POLICIES.values(), ids=lambda policy: policy.id)
def test_every_shipped_policy_is_whole(policy):
    assert min(policy.hold.values()) >= 2
    assert (NOTE in policy.hold) is (policy.id == BANDWIDTH)  # what is wrong with bandwidth is never more
    assert set(policy.repeat) == set(Urgency)
    assert policy.hold[OWN] == policy.hold[DARK]
    assert policy.hold[DARK] <= policy.hold[IMPAIRED]
    assert {a: steps[0].calls[0] for a, steps in policy.steps.items()} == {
        Audience.CARRIER: Call(Audience.CARRIER, Role.DUTY),
        Audience.ROOM: Call(Audience.ROOM, Role.ROOM),
        Audience.OWN: Call(Audience.OWN, Role.DUTY),
    }
    assert all(Call(Audience.OWN, Role.LEAD) in steps[-1].calls for steps in policy.steps.values())


def test_every_phase_has_a_shipped_policy():
    assert set(SHIPPED_PHASES) == set(Phase)
    assert {*SHIPPED_PHASES.values(), BANDWIDTH} == set(SHIPPED_POLICIES)


def test_bandwidth_calls_nobody_at_night_unless_the_file_says_so(directory):
    assert directory().policies[BANDWIDTH].quiet == Window(20 * 60, 7 * 60)
    changed = directory("policies: {bandwidth: {quiet: 21:30-06:15}, live: {quiet: 00:00-01:00}}")
    assert changed.policies[BANDWIDTH].quiet == Window(21 * 60 + 30, 6 * 60 + 15)
    assert changed.policies["live"].quiet == Window(0, 60)
    never = directory("policies: {bandwidth: {quiet: never}}")
    assert never.policies[BANDWIDTH].quiet is None


@pytest.mark.parametrize("quiet", ["20:00", "07:00-07:00", "00:00-24:00", "25:00-07:00", "7", "at night"])
def test_quiet_hours_are_less_than_a_day(tmp_path, quiet):
    text = f"policies: {{bandwidth: {{quiet: '{quiet}'}}}}"
    found = messages(write(tmp_path, sites=SITE, policies=text))
    assert len(found) == 1
    assert "policies.bandwidth.quiet" in found[0]


def test_a_changed_policy_keeps_what_it_does_not_name(directory):
    live = directory("policies: {live: {hold: {dark: 0s, reduced: never}, ceiling: 3}}").policies["live"]
    shipped = SHIPPED_POLICIES["live"]
    assert live.hold == {DARK: 0.0, OWN: 5.0, IMPAIRED: 60.0}
    assert live.ceiling == 3
    assert (live.repeat, live.steps, live.raise_again, live.digest) == (
        shipped.repeat,
        shipped.steps,
        shipped.raise_again,
        shipped.digest,
    )


def test_a_new_policy_is_calm_or_like_another(directory):
    policies = directory("policies: {a: {}, b: {like: check, raise_again: never, hold: {note: 1h}}}").policies
    assert policies["a"].hold == SHIPPED_POLICIES["calm"].hold
    assert policies["b"].hold == {**SHIPPED_POLICIES["check"].hold, NOTE: 3600.0}
    assert policies["b"].raise_again is None
    assert policies["b"].id == "b"


def test_steps_of_one_audience_are_replaced_whole(directory):
    text = """
        phases: {planned: live}
        policies:
          live:
            steps:
              room: [{call: room}, {call: [carrier duty, own lead], level: province, after: 90s}]
    """
    shipped = directory(text)
    assert shipped.policies["live"].steps == {
        **SHIPPED_POLICIES["live"].steps,
        Audience.ROOM: (
            Step((Call(Audience.ROOM, Role.ROOM),)),
            Step(
                (Call(Audience.CARRIER, Role.DUTY), Call(Audience.OWN, Role.LEAD)),
                level=Level.PROVINCE,
                after=90.0,
            ),
        ),
    }
    assert shipped.policy_of_phase == {**SHIPPED_PHASES, Phase.PLANNED: "live"}


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        ("phases: {live: lvie}", "phases.live: found the unknown policy 'lvie'; did you mean live?"),
        ("policies: {x: {like: lve}}", "x.like: found the unknown shipped policy 'lve'; did you mean live?"),
        ("phases: {lve: live}", "the unknown key 'lve'; did you mean live?"),
        ("policies: {x: {hold: {dark: soon}}}", "hold.dark: found 'soon', expected a duration from 0s to 7d, such as 30s, 5m or 2h, or never"),
        ("policies: {x: {hold: {drak: 5s}}}", "the unknown key 'drak'; did you mean dark?"),
        ("policies: {x: {repeat: {dark: never}}}", "repeat.dark: found 'never', expected a duration from 1s to 7d"),
        ("policies: {x: {steps: {own: []}}}", "steps.own: found an empty list, expected at least one entry"),
        ("policies: {x: {steps: {own: [{call: own duti}]}}}", "call: found 'own duti', expected own duty"),
        ("policies: {x: {steps: {own: [{call: duty}]}}}", "call: found 'duty', expected carrier duty or own duty"),
        ("policies: {x: {steps: {own: [{call: everybody}]}}}", f"call: found 'everybody', expected {one_of(CALLS)}"),
        ("policies: {x: {steps: {own: [{call: []}]}}}", f"call: found nobody, expected {one_of(CALLS)}"),
        ("policies: {x: {steps: {own: [{call: room, after: 1m}]}}}", "steps.own: found an `after` at the first step"),
        ("policies: {x: {ceiling: 0}}", "ceiling: found '0', expected a whole number from 1 to 1000"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_policy_is_named_in_plain_words(tmp_path, policies, message):
    said = messages(write(tmp_path, sites=SITE, policies=policies))
    assert len(said) == 1, said
    assert message in said[0]
