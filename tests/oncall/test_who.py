"""`who`: the escalation told beforehand, each step asked at its own instant."""

from dataclasses import replace

import pytest

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.oncall.who import EscalationPlan, who
from bridgewatch.model.calendar import PhaseSettings
from bridgewatch.model.ids import LinkId, PolicyId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Audience, Phase, Role, Urgency, Why
from bridgewatch.model.people import Shift
from bridgewatch.model.policy import Step
from bridgewatch.model.words import CarriedBy
from tests.oncall.worlds import (
    COMMUNE,
    DUTY,
    EVENT,
    LEAD,
    OWN_DUTY,
    PROVINCE,
    ROOM,
    SECOND,
    VIETTEL,
    VNPT,
    at,
    conference,
    policy,
    roster,
    world,
)
from tests.oncall.worlds import who as people

WAN, INTERNET = LinkId("xa/wan"), LinkId("xa/internet")
NOON = at("2026-03-02 12:00")


def told(inventory: Inventory, link: LinkId = WAN, at_ns: int = NOON, **more: object) -> EscalationPlan:
    return who(inventory, Agenda(inventory), link, at_ns, **more)  # type: ignore[arg-type]


def called(plan: EscalationPlan) -> list[tuple[float, list[str]]]:
    return [
        (step.after, [one.contact for call in step.calls for one in call.found.people]) for step in plan.steps
    ]


def test_steps_follow_the_hold_by_repeat_or_by_their_own_time() -> None:
    rosters = [roster("d", "an"), roster("l", "binh", role=Role.LEAD)]
    plan = told(world(rosters=rosters, steps=policy([DUTY], Step((LEAD,), after=30.0), [DUTY])))
    assert called(plan) == [(5.0, ["an"]), (35.0, ["binh"]), (155.0, ["an"])]
    assert [step.at_ns for step in plan.steps] == [NOON + after * SECOND for after in (5, 35, 155)]


def test_a_shift_that_ends_between_two_steps_changes_who_is_called() -> None:
    days = frozenset(range(1, 8))
    shifts = (Shift(days, 0, 721, people("an")), Shift(days, 721, 1440, people("binh")))  # 12:01
    plan = told(world(rosters=[roster("d", shifts=shifts)], steps=policy([DUTY], [DUTY])))
    assert called(plan) == [(5.0, ["an"]), (125.0, ["binh"])]


def test_after_the_last_step_it_is_called_again_with_the_catch_all() -> None:
    plan = told(world(rosters=[roster("d", "an")]))
    assert plan.again is not None
    assert (plan.again.after, plan.repeat) == (125.0, 120.0)
    assert [one.contact for call in plan.again.calls for one in call.found.people] == ["an"]
    assert [(one.contact, one.why) for one in plan.again.catch_all] == [("noc", Why.CATCH_ALL)]


def test_a_step_that_finds_nobody_is_stood_in_for_once_and_the_next_goes_at_once() -> None:
    rosters = [roster("d", "an", carrier=None, area=None)]
    plan = told(world(rosters=rosters, steps=policy([DUTY], [LEAD], [OWN_DUTY])))
    assert called(plan) == [(5.0, []), (5.0, []), (5.0, ["an"])]
    assert [len(step.catch_all) for step in plan.steps] == [1, 0, 0]


def test_a_spare_is_less_urgent_than_what_carries_the_meeting() -> None:
    inventory = world(rosters=[roster("d", "an")], carriers={COMMUNE: (VNPT, VIETTEL)})
    assert told(inventory).urgency is Urgency.DARK
    assert told(inventory, INTERNET).urgency is Urgency.REDUCED


def test_what_the_event_says_carries_its_meeting() -> None:
    event = conference((COMMUNE,), "2026-03-02 11:00", "2026-03-02 13:00", carried_by=CarriedBy.INTERNET)
    inventory = world(rosters=[roster("d", "an")], carriers={COMMUNE: (VNPT, VIETTEL)}, event=event)
    site = replace(inventory.sites[COMMUNE], carried_by_default=True)
    inventory = replace(inventory, sites={**inventory.sites, COMMUNE: site})
    assert told(inventory).urgency is Urgency.REDUCED
    assert told(inventory, INTERNET).urgency is Urgency.DARK


def test_a_fault_without_hold_pages_nobody() -> None:
    silent = replace(policy([DUTY]), hold={Urgency.DARK: 5.0})
    inventory = world(rosters=[roster("d", "an")], carriers={COMMUNE: (VNPT, VIETTEL)}, steps=silent)
    plan = told(inventory, INTERNET)
    assert (plan.hold, plan.steps, plan.again) == (None, (), None)


def test_one_event_alone_is_asked_for_its_own_policy() -> None:
    own = PolicyId("own")
    event = conference(
        (COMMUNE,),
        "2026-03-02 11:00",
        "2026-03-02 13:00",
        settings={Phase.LIVE: PhaseSettings(policy=own)},
    )
    inventory = world(rosters=[roster("d", "an")], event=event)
    slow = replace(policy([DUTY]), id=own, hold={Urgency.DARK: 60.0})
    directory = replace(inventory.directory, policies={**inventory.directory.policies, own: slow})
    plan = told(replace(inventory, directory=directory), event=EVENT)
    assert (plan.policy, plan.hold, plan.phase, plan.event) == (own, 60.0, Phase.LIVE, EVENT)
    assert told(inventory, at_ns=at("2026-03-09 12:00"), event=EVENT).phase is Phase.REPORT


def test_a_service_is_our_own_and_power_is_the_rooms() -> None:
    steps = policy([DUTY], own=(Step((OWN_DUTY,)),), room=(Step((ROOM, DUTY)),))
    rosters = [roster("o", "ta", carrier=None), roster("d", "an"), roster("v", "chi", carrier=VIETTEL)]
    inventory = world(
        rosters=rosters,
        steps=steps,
        services=(PROVINCE,),
        rooms={COMMUNE: ("phong",)},
        carriers={COMMUNE: (VNPT, VIETTEL)},
    )
    assert called(told(inventory, LinkId("tinh/wan"))) == [(5.0, ["ta"])]
    assert called(told(inventory, fault=Audience.ROOM)) == [(5.0, ["phong", "an", "chi"])]


def test_an_unknown_link_is_an_error() -> None:
    with pytest.raises(KeyError):
        told(world(), LinkId("khong/co"))
