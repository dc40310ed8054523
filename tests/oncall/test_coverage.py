"""Gaps are exact in time, in the smallest area that says them, and only where somebody has to answer."""

from dataclasses import replace

import pytest

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.oncall.coverage import Coverage
from bridgewatch.core.oncall.flaws import flaws, own_staff
from bridgewatch.core.oncall.missing import missing_contacts, roster_gaps
from bridgewatch.model.calendar import EventOrder, Wave
from bridgewatch.model.coverage import EARLY, GUARDED, FlawKind, Gap, GapKind
from bridgewatch.model.heartbeats import Heartbeats
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Audience, Phase, Role
from bridgewatch.model.people import Override, Shift
from bridgewatch.model.policy import Step
from bridgewatch.model.words import Level
from tests.oncall.worlds import (
    COMMUNE,
    DISTRICT,
    DUTY,
    EVENT,
    HOUR,
    KEY,
    LEAD,
    MONITORED,
    NO_TEMPLATE,
    ONE_WAY,
    OTHER,
    OWN_DUTY,
    PROVINCE,
    ROOM,
    VIETTEL,
    VNPT,
    at,
    conference,
    contact,
    policy,
    roster,
    who,
    world,
)

EVERYWHERE = (PROVINCE, DISTRICT, COMMUNE, OTHER)
MEETING = conference(EVERYWHERE, "2026-03-02 08:00", "2026-03-02 11:00")
DAYS = frozenset(range(1, 8))
MORNING = Shift(DAYS, 420, 570, who("an"))  # 07:00 to 09:30
LATER = Shift(DAYS, 600, 1200, who("binh"))  # 10:00 to 20:00


def gaps(inventory: Inventory, from_ns: int = 0) -> tuple[Gap, ...]:
    return Coverage(inventory, Agenda(inventory)).gaps(from_ns)


def only(inventory: Inventory) -> Gap:
    (gap,) = gaps(inventory)
    return gap


def test_a_hole_between_two_shifts_is_told_to_the_minute() -> None:
    gap = only(world(rosters=[roster("r", shifts=(MORNING, LATER))], event=MEETING))
    assert (gap.from_ns, gap.to_ns) == (at("2026-03-02 09:30"), at("2026-03-02 10:00"))
    assert (gap.event, gap.kind, gap.fault, gap.carrier) == (EVENT, GapKind.NOBODY, Audience.CARRIER, VNPT)
    assert (gap.step, gap.audience, gap.role, gap.area) == (0, Audience.CARRIER, Role.DUTY, PROVINCE)
    assert set(gap.sites) == set(EVERYWHERE)


def test_it_is_proven_from_check_to_the_end_of_overrun_and_no_longer() -> None:
    gap = only(world(event=MEETING))
    assert (gap.from_ns, gap.to_ns) == (MEETING.starts_ns - HOUR, MEETING.ends_ns + HOUR)
    assert gap.kind is GapKind.NO_ROSTER


def test_a_gap_before_the_check_is_told_as_its_phase_and_only_if_that_is_asked_for() -> None:
    wave = Wave("dot-1", "Đợt 1", at("2026-03-01 08:00"), at("2026-03-01 09:00"))
    night = roster("r", shifts=(Shift(DAYS, 420, 1439, who("an")),))  # 07:00 to 23:59
    inventory = world(rosters=[night], event=replace(MEETING, waves=(wave,)))
    found = Coverage(inventory, Agenda(inventory)).gaps(0, phases=GUARDED | EARLY)
    assert gaps(inventory) == ()
    assert [(gap.phases, gap.from_ns, gap.to_ns, gap.guarded) for gap in found] == [
        ((Phase.FREEZE,), at("2026-03-01 23:59"), at("2026-03-02 07:00"), False)
    ]
    none = replace(inventory, directory=replace(inventory.directory, rosters=()))
    early, guarded = Coverage(none, Agenda(none)).gaps(0, phases=GUARDED | EARLY)
    assert early.phases == (Phase.WAVE, Phase.FREEZE)
    assert (early.from_ns, early.to_ns) == (wave.starts_ns, guarded.from_ns)
    assert (guarded.phases, guarded.guarded) == ((Phase.CHECK, Phase.LIVE), True)


def test_what_is_past_is_no_gap_any_more() -> None:
    inventory = world(event=MEETING)
    assert gaps(inventory, at("2026-03-02 09:00"))[0].from_ns == at("2026-03-02 09:00")
    assert gaps(inventory, MEETING.ends_ns + HOUR) == ()


@pytest.mark.parametrize("change", [{"draft": True}, {"cancelled": True}])
def test_what_is_promised_to_nobody_has_no_gaps(change: dict[str, bool]) -> None:
    assert gaps(world(event=replace(MEETING, **change))) == ()


def test_an_event_that_was_closed_needs_nobody_any_more() -> None:
    inventory = world(event=MEETING)
    order = EventOrder(EVENT, at("2026-03-02 09:00"), "noc", close=True)
    (gap,) = Coverage(inventory, Agenda(inventory, [order])).gaps(0)
    assert gap.to_ns == at("2026-03-02 09:00")


def test_without_contacts_nobody_is_paged_and_nothing_is_to_be_proven() -> None:
    assert gaps(world(event=MEETING, catch_all=())) == ()


def test_one_commune_is_named_and_not_its_district() -> None:
    hole = Override(at("2026-03-02 08:00"), at("2026-03-02 09:00"), ())
    rosters = [roster("xa", "an", area=COMMUNE, overrides=(hole,)), roster("xk", "binh", area=OTHER)]
    inventory = world(rosters=rosters, event=replace(MEETING, sites=(COMMUNE, OTHER)))
    gap = only(inventory)
    assert (gap.area, gap.sites) == (COMMUNE, (COMMUNE,))


def test_both_communes_of_a_district_are_the_district_if_nobody_else_takes_part() -> None:
    gap = only(world(event=replace(MEETING, sites=(COMMUNE, OTHER))))
    assert (gap.area, set(gap.sites)) == (DISTRICT, {COMMUNE, OTHER})


def test_a_province_room_alone_is_told_apart_from_its_province() -> None:
    rosters = [roster("h", "an", area=DISTRICT)]
    gap = only(world(rosters=rosters, event=MEETING))
    assert (gap.area, gap.sites) == (PROVINCE, (PROVINCE,))


def test_only_sites_of_the_carrier_count_for_its_areas() -> None:
    carriers = {COMMUNE: (VNPT, VIETTEL), OTHER: (VNPT,)}
    steps = policy([DUTY])
    inventory = world(rosters=[roster("r", "an")], carriers=carriers, event=MEETING, steps=steps)
    gap = only(inventory)
    assert (gap.carrier, gap.area, gap.sites) == (VIETTEL, COMMUNE, (COMMUNE,))


def test_a_step_that_calls_two_has_a_gap_for_the_one_who_is_missing() -> None:
    inventory = world(rosters=[roster("r", "an")], event=MEETING, steps=policy([DUTY, OWN_DUTY]))
    gap = only(inventory)
    assert (gap.audience, gap.role, gap.carrier) == (Audience.OWN, Role.DUTY, None)


def test_a_step_of_a_level_is_proven_from_that_level() -> None:
    inventory = world(
        rosters=[roster("xa", "an", area=DISTRICT)],
        event=replace(MEETING, sites=(COMMUNE,)),
        steps=policy([DUTY], Step((DUTY,), Level.PROVINCE)),
    )
    gap = only(inventory)
    assert (gap.step, gap.level, gap.kind) == (1, Level.PROVINCE, GapKind.NO_ROSTER)


def test_one_person_who_fills_every_step_is_a_gap() -> None:
    rosters = [roster("r", "an"), roster("r", "an", role=Role.LEAD)]
    gap = only(world(rosters=rosters, event=MEETING, steps=policy([DUTY], [LEAD])))
    assert (gap.kind, gap.contact, gap.step, gap.carrier) == (GapKind.ONE_PERSON, "an", None, VNPT)


def test_one_person_on_the_only_step_is_what_the_policy_asks_for() -> None:
    assert gaps(world(rosters=[roster("r", "an")], event=MEETING)) == ()


def test_one_person_is_a_gap_only_while_alone() -> None:
    lead = roster(
        "r", role=Role.LEAD, shifts=(Shift(DAYS, 420, 540, who("an")), Shift(DAYS, 540, 1200, who("chi")))
    )
    gap = only(world(rosters=[roster("r", "an"), lead], event=MEETING, steps=policy([DUTY], [LEAD])))
    assert (gap.from_ns, gap.to_ns) == (at("2026-03-02 07:00"), at("2026-03-02 09:00"))


def test_who_cannot_be_reached_leaves_a_gap_that_says_why() -> None:
    inventory = world(rosters=[roster("r", "an")], event=MEETING, contacts=[contact("an", NO_TEMPLATE)])
    assert only(inventory).kind is GapKind.UNREACHABLE


def test_rooms_are_asked_where_power_can_be_told_from_a_carrier() -> None:
    inventory = world(
        rosters=[roster("a", "an"), roster("b", "binh", carrier=VIETTEL)],
        carriers={COMMUNE: (VNPT, VIETTEL), OTHER: (VNPT, VIETTEL)},
        rooms={OTHER: ("phong",)},
        event=MEETING,
        steps=policy([DUTY], room=(Step((ROOM,)),)),
    )
    gap = only(inventory)
    assert (gap.kind, gap.fault, gap.area) == (GapKind.NO_CONTACT, Audience.ROOM, COMMUNE)


def test_a_room_with_one_contact_for_every_step_is_named_for_itself() -> None:
    inventory = world(
        carriers={COMMUNE: (VNPT, VIETTEL), OTHER: (VNPT, VIETTEL)},
        rooms={COMMUNE: ("p1",), OTHER: ("p2",)},
        rosters=[roster("a", "an"), roster("b", "binh", carrier=VIETTEL)],
        event=MEETING,
        steps=policy([DUTY], room=(Step((ROOM,)), Step((ROOM,)))),
    )
    assert [(gap.contact, gap.sites) for gap in gaps(inventory)] == [("p1", (COMMUNE,)), ("p2", (OTHER,))]


def test_our_own_house_has_no_site() -> None:
    inventory = world(
        rosters=[roster("r", "an")], event=MEETING, steps=policy([DUTY], own=(Step((OWN_DUTY,)),))
    )
    gap = only(inventory)
    assert (gap.fault, gap.sites, gap.area) == (Audience.OWN, (), None)


def test_the_count_and_the_events_own_list_are_of_the_same_proof() -> None:
    inventory = world(rosters=[roster("r", shifts=(MORNING, LATER))], event=MEETING)
    agenda = Agenda(inventory)
    assert roster_gaps(inventory, agenda, 0) == 1
    assert missing_contacts(inventory, agenda, EVENT, 0) == gaps(inventory)
    assert missing_contacts(inventory, agenda, type(EVENT)("khac"), 0) == ()


def kinds(inventory: Inventory) -> list[tuple[FlawKind, str | None]]:
    return [(flaw.kind, flaw.contact) for flaw in flaws(inventory, 0)]


def test_a_sound_directory_has_no_flaws() -> None:
    assert kinds(world(rosters=[roster("r", "an")])) == []


def test_a_daemon_that_pages_and_is_watched_by_nobody_is_a_flaw_and_a_watchdog_is_not() -> None:
    inventory = replace(world(), heartbeats=Heartbeats())
    assert kinds(inventory) == [(FlawKind.UNWATCHED, None)]
    assert kinds(replace(inventory, heartbeats=Heartbeats(watched={"noc": KEY}))) == []


def test_nobody_to_be_reached_at_the_end_is_the_gravest() -> None:
    assert kinds(world(contacts=[contact("noc", NO_TEMPLATE)])) == [
        (FlawKind.NO_CATCH_ALL, None),
        (FlawKind.NEEDS_TEMPLATE, "noc"),
    ]


def test_own_staff_must_be_reached_beside_what_is_watched_and_carriers_need_not() -> None:
    inventory = world(
        rosters=[roster("a", "an"), roster("b", "binh", carrier=None)],
        contacts=[contact("an", MONITORED), contact("binh", MONITORED), contact("noc", MONITORED, ONE_WAY)],
    )
    assert kinds(inventory) == [(FlawKind.NOT_INDEPENDENT, "binh")]


def test_people_of_rooms_are_not_our_own_staff() -> None:
    rosters = [roster("p", "an", carrier=None, role=Role.ROOM), roster("t", "binh", carrier=None)]
    assert own_staff(world(rosters=rosters).directory) == ("binh", "noc")


def test_who_can_only_listen_cannot_acknowledge() -> None:
    inventory = world(rooms={COMMUNE: ("phong",)}, contacts=[contact("phong", ONE_WAY)])
    assert kinds(inventory) == [(FlawKind.NO_ANSWER, "phong")]


def test_an_override_for_somebody_who_is_not_on_duty_then_does_nothing() -> None:
    def given(starts: str, ends: str) -> Inventory:
        idle = Override(at(starts), at(ends), who("binh"), who("an")[0])
        return world(rosters=[roster("r", shifts=(MORNING,), overrides=(idle,))])

    assert kinds(given("2026-03-02 10:00", "2026-03-02 12:00")) == [(FlawKind.IDLE_OVERRIDE, "an")]
    assert kinds(given("2026-03-02 10:00", "2026-03-03 07:01")) == []
    over = given("2026-03-02 10:00", "2026-03-02 12:00")
    assert flaws(over, at("2026-03-02 12:00")) == ()
