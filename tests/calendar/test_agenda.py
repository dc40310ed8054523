"""Phases of events and what they mean for sites: at every boundary, over time, and where events overlap."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.model.calendar import Event, EventOrder, PhaseSettings, Ruling
from bridgewatch.model.ids import EventId, SiteId
from bridgewatch.model.paging import Phase
from bridgewatch.model.words import CarriedBy
from tests.calendar import events as made
from tests.calendar.events import (
    CALM,
    DAY,
    EIGHT,
    HOUR,
    INSTANTS,
    LIVELY,
    MINUTE,
    SECOND,
    SITES,
    TEN,
    VILLAGE,
    close,
    directory,
    event,
    extend,
    named,
    with_events,
)

ID = EventId("hoi-nghi")
WAVE = EIGHT - 2 * DAY


def agenda(*events: Event, orders: tuple[EventOrder, ...] = ()) -> Agenda:
    return Agenda(with_events(VILLAGE, *events), orders)


def phase(now_ns: int, *orders: EventOrder, of: Event | None = None) -> Phase:
    return agenda(of or event(), orders=orders).phase(ID, now_ns)


@pytest.mark.parametrize(
    ("starts_ns", "before", "after"),
    [
        (WAVE, Phase.PLANNED, Phase.WAVE),
        (WAVE + HOUR, Phase.WAVE, Phase.PLANNED),
        (EIGHT - DAY, Phase.PLANNED, Phase.FREEZE),
        (EIGHT - HOUR, Phase.FREEZE, Phase.CHECK),
        (EIGHT, Phase.CHECK, Phase.LIVE),
        (TEN + HOUR, Phase.LIVE, Phase.REPORT),
        (TEN + HOUR + 7 * DAY, Phase.REPORT, Phase.NONE),
    ],
)
def test_a_phase_begins_at_its_first_instant_and_not_before(starts_ns, before, after):
    assert phase(starts_ns - 1) is before
    assert phase(starts_ns) is after
    one = agenda(event())
    assert one.next_change_ns(starts_ns - 1) == starts_ns
    assert one.next_change_ns(starts_ns) != starts_ns


def test_nothing_changes_after_the_last_phase():
    assert agenda(event()).next_change_ns(TEN + HOUR + 7 * DAY) is None
    assert agenda().next_change_ns(EIGHT) is None


def test_an_event_is_planned_however_long_before():
    assert phase(0) is Phase.PLANNED


def test_a_draft_promises_nothing_and_is_over_with_its_time():
    draft = event(draft=True)
    assert {phase(at, of=draft) for at in (0, WAVE, EIGHT - HOUR, EIGHT, TEN + HOUR - 1)} == {Phase.DRAFT}
    assert phase(TEN + HOUR, of=draft) is Phase.NONE


def test_a_cancelled_event_is_none_whatever_was_ordered():
    cancelled = event(cancelled=True)
    assert {phase(at, extend(EIGHT, TEN), of=cancelled) for at in (0, WAVE, EIGHT, TEN)} == {Phase.NONE}


def test_an_event_that_is_not_in_the_inventory_is_none():
    assert agenda().phase(EventId("gone"), EIGHT) is Phase.NONE


def test_a_wave_within_the_freeze_is_a_wave_and_within_the_check_a_check():
    wave = replace(event().waves[0], starts_ns=EIGHT - 2 * HOUR, ends_ns=EIGHT - MINUTE)
    busy = event(waves=(wave,))
    assert [phase(EIGHT - hours * HOUR // 2, of=busy) for hours in (5, 4, 3, 2, 1)] == [
        Phase.FREEZE,
        Phase.WAVE,
        Phase.WAVE,
        Phase.CHECK,
        Phase.CHECK,
    ]


def test_without_freeze_and_check_an_event_goes_live_from_planned():
    assert phase(EIGHT - 1, of=event(freeze_ns=0, check_ns=0)) is Phase.PLANNED


def test_closing_early_ends_it_at_once_and_the_report_is_counted_from_there():
    early = close(EIGHT + HOUR)
    assert phase(EIGHT + HOUR - 1, early) is Phase.LIVE
    assert phase(EIGHT + HOUR, early) is Phase.REPORT
    assert phase(EIGHT + HOUR + 7 * DAY, early) is Phase.NONE


def test_closing_during_the_overrun_ends_it():
    late = close(TEN + MINUTE)
    assert phase(TEN + MINUTE - 1, late) is Phase.LIVE
    assert phase(TEN + MINUTE, late) is Phase.REPORT


def test_an_extended_event_is_live_until_its_new_end_has_overrun():
    later = extend(TEN, TEN + 3 * HOUR)
    assert phase(TEN + 4 * HOUR - 1, later) is Phase.LIVE
    assert phase(TEN + 4 * HOUR, later) is Phase.REPORT


def test_extending_it_after_the_end_but_before_the_overrun_has_passed_keeps_it_live():
    assert phase(TEN + 3 * HOUR - 1, extend(TEN + HOUR - 1, TEN + 2 * HOUR)) is Phase.LIVE


def test_an_order_does_nothing_before_it_is_given():
    assert phase(TEN + HOUR, extend(TEN + 2 * HOUR, TEN + 3 * HOUR)) is Phase.REPORT
    assert phase(TEN + 2 * HOUR, extend(TEN + 2 * HOUR, TEN + 3 * HOUR)) is Phase.LIVE


def test_the_last_order_holds():
    first, second = extend(EIGHT + 1, TEN + 5 * HOUR), extend(EIGHT + 2, TEN + HOUR)
    assert phase(TEN + 2 * HOUR, first, second) is Phase.REPORT
    assert phase(TEN + 2 * HOUR, second, first) is Phase.REPORT, "whatever the order of the list"
    assert phase(EIGHT + HOUR, close(EIGHT + 5), extend(EIGHT + HOUR, TEN)) is Phase.LIVE, "opened again"
    assert phase(EIGHT + HOUR, extend(EIGHT + 5, TEN), close(EIGHT + 5)) is Phase.REPORT, "at one instant"


def test_an_order_never_ends_it_before_its_configured_end():
    """A reload moved the end further than the order had: that end holds."""
    assert phase(TEN + HOUR - 1, extend(EIGHT + 1, EIGHT + HOUR)) is Phase.LIVE


def test_an_event_moved_to_another_day_is_not_closed_by_the_order_of_its_former_day():
    moved = event(starts_ns=EIGHT + DAY, ends_ns=TEN + DAY)
    assert phase(EIGHT + DAY, close(EIGHT + HOUR), of=moved) is Phase.LIVE
    assert phase(EIGHT + 1, close(EIGHT + HOUR), of=moved) is Phase.FREEZE


def test_an_event_moved_forward_while_live_keeps_the_orders_given_since():
    moved = event(starts_ns=EIGHT - HOUR)
    assert phase(EIGHT + HOUR, close(EIGHT + MINUTE), of=moved) is Phase.REPORT


def test_orders_of_one_event_leave_the_others_alone():
    both = agenda(event(), event("khac"), orders=(close(EIGHT + 1),))
    assert (both.phase(ID, EIGHT + 1), both.phase(EventId("khac"), EIGHT + 1)) == (Phase.REPORT, Phase.LIVE)


# What holds for a site


def test_a_site_of_no_event_is_ruled_by_the_policy_of_none():
    assert agenda(event(sites=SITES[:1])).ruling(SITES[1], EIGHT) == Ruling(Phase.NONE, named(Phase.NONE))
    assert agenda().ruling(SiteId("unknown"), EIGHT) == Ruling(Phase.NONE, named(Phase.NONE))


@pytest.mark.parametrize(
    ("now_ns", "expected", "interval"),
    [
        (0, Phase.PLANNED, None),
        (WAVE, Phase.WAVE, 0.1),
        (EIGHT - DAY, Phase.FREEZE, 1.0),
        (EIGHT - HOUR, Phase.CHECK, 0.1),
        (EIGHT, Phase.LIVE, 0.1),
        (TEN + HOUR, Phase.REPORT, None),
    ],
)
def test_each_phase_has_its_rate_and_its_policy(now_ns, expected, interval):
    ruling = agenda(event(sites=SITES)).ruling(SITES[0], now_ns)
    assert ruling == Ruling(expected, named(expected), ID, interval)


def test_the_events_own_settings_come_before_the_shipped_ones():
    own = event(
        sites=SITES,
        settings={
            Phase.LIVE: PhaseSettings(interval=0.02, profile="voice", policy=LIVELY),
            Phase.PLANNED: PhaseSettings(interval=5.0),
        },
    )
    one = agenda(own)
    assert one.ruling(SITES[0], EIGHT) == Ruling(Phase.LIVE, LIVELY, ID, 0.02, "voice")
    assert one.ruling(SITES[0], 0).interval == 5.0
    assert one.ruling(SITES[0], EIGHT - 1) == Ruling(Phase.CHECK, named(Phase.CHECK), ID, 0.1)


def test_what_carries_the_meeting_is_said_from_wave_to_live_only():
    own = agenda(event(sites=SITES, carried_by=CarriedBy.INTERNET))
    said = {at: own.ruling(SITES[0], at).carried_by for at in (0, WAVE, EIGHT - DAY, EIGHT, TEN + HOUR)}
    assert list(said.values()) == [None, CarriedBy.INTERNET, CarriedBy.INTERNET, CarriedBy.INTERNET, None]


def test_of_overlapping_events_the_most_demanding_phase_the_shortest_interval_and_the_fastest_policy_hold():
    live = event(
        "live",
        sites=SITES[:2],
        settings={Phase.LIVE: PhaseSettings(policy=CALM)},
        carried_by=CarriedBy.WAN,
    )
    frozen = event(
        "frozen",
        sites=SITES[1:],
        starts_ns=EIGHT + 2 * HOUR,
        ends_ns=TEN + 2 * HOUR,
        settings={Phase.FREEZE: PhaseSettings(interval=0.02, profile="backup")},
        carried_by=CarriedBy.INTERNET,
    )
    both = agenda(live, frozen)
    assert both.ruling(SITES[1], EIGHT) == Ruling(
        Phase.LIVE, named(Phase.FREEZE), EventId("live"), 0.02, "backup", CarriedBy.WAN
    )
    assert both.ruling(SITES[0], EIGHT) == Ruling(Phase.LIVE, CALM, EventId("live"), 0.1, None, CarriedBy.WAN)
    assert both.ruling(SITES[2], EIGHT).phase is Phase.FREEZE


def test_of_policies_that_hold_a_dark_site_equally_long_the_one_that_repeats_sooner_is_faster():
    people = directory()
    policies = {**people.policies, CALM: made.policy(CALM, 5.0, 90.0), LIVELY: made.policy(LIVELY, 5.0, 30.0)}
    one, other = (
        event(name, sites=SITES, settings={Phase.LIVE: PhaseSettings(policy=policy)})
        for name, policy in (("one", CALM), ("other", LIVELY))
    )
    inventory = replace(with_events(VILLAGE, one, other), directory=replace(people, policies=policies))
    assert Agenda(inventory).ruling(SITES[0], EIGHT).policy == LIVELY


def test_of_equally_demanding_events_the_one_that_starts_first_is_named():
    later = event("later", sites=SITES, starts_ns=EIGHT + MINUTE)
    assert agenda(later, event("first", sites=SITES)).ruling(SITES[0], TEN).event == "first"


def test_a_finished_event_rules_nobody():
    assert agenda(event(sites=SITES)).rulings(TEN + 30 * DAY) == {}
    assert agenda(event(sites=SITES, cancelled=True)).rulings(EIGHT) == {}


def test_without_any_policy_a_site_is_ruled_all_the_same():
    bare = replace(VILLAGE, events={ID: event(sites=SITES)})
    assert Agenda(bare).ruling(SITES[0], EIGHT).interval == 0.1


def test_between_two_changes_the_answers_are_the_same_objects():
    one = agenda(event(sites=SITES))
    assert one.rulings(EIGHT) is one.rulings(TEN)
    assert one.ruling(SITES[0], EIGHT) is one.rulings(TEN)[SITES[0]]
    assert one.phases(EIGHT) is one.phases(TEN)
    assert one.rulings(EIGHT) is not one.rulings(EIGHT - 1)


# Laws


@given(made.events(), made.orders())
@settings(max_examples=150, deadline=None)
def test_the_next_change_is_the_first_instant_at_which_any_phase_differs(events, orders):
    one = agenda(*events, orders=tuple(orders))
    said = [one.phases(now) for now in INSTANTS]
    for place, now in enumerate(INSTANTS):
        differs = (
            later for later, then in zip(INSTANTS[place:], said[place:], strict=True) if then != said[place]
        )
        assert one.next_change_ns(now) == next(differs, None)


_MILESTONES = (Phase.PLANNED, Phase.FREEZE, Phase.CHECK, Phase.LIVE, Phase.REPORT, Phase.NONE)


@given(made.events())
@settings(max_examples=150, deadline=None)
def test_without_an_order_no_event_goes_back(events):
    """Waves come and go; everything else comes once."""
    one = agenda(*events)
    for each in events:
        phases = [one.phase(each.id, now) for now in INSTANTS]
        stages = [_MILESTONES.index(phase) for phase in phases if phase in _MILESTONES]
        assert stages == sorted(stages)
        live = [now for now, phase in zip(INSTANTS, phases, strict=True) if phase is Phase.LIVE]
        expected = range(each.starts_ns, each.ends_ns + each.overrun_ns, SECOND)
        assert live == ([] if each.draft or each.cancelled else list(expected))


@given(made.events(), made.orders(), st.randoms())
@settings(max_examples=150, deadline=None)
def test_rulings_equal_what_looking_at_every_event_says(events, orders, random):
    """In whatever order the instants are asked for."""
    one = agenda(*events, orders=tuple(orders))
    for now in random.sample(INSTANTS, 30):
        expected = {site: _by_looking(one, events, site, now) for site in SITES}
        assert {site: one.ruling(site, now) for site in SITES} == expected
        assert one.rulings(now) == {
            site: ruling for site, ruling in expected.items() if ruling.phase is not Phase.NONE
        }


_ORDER = ["NONE", "DRAFT", "REPORT", "PLANNED", "FREEZE", "WAVE", "CHECK", "LIVE"]
_RATES = {"WAVE": 0.1, "FREEZE": 1.0, "CHECK": 0.1, "LIVE": 0.1}


def _by_looking(one: Agenda, events: list[Event], site: SiteId, now: int) -> Ruling:
    """The rules of overlaps, one after the other, from the events as they are written."""
    people = directory()
    mine = [(each, one.phase(each.id, now)) for each in events if site in each.sites]
    mine = [(each, phase) for each, phase in mine if phase is not Phase.NONE]
    if not mine:
        return Ruling(Phase.NONE, named(Phase.NONE))
    mine.sort(key=lambda claim: claim[0].starts_ns)
    mine.sort(key=lambda claim: _ORDER.index(claim[1].name), reverse=True)
    intervals, policies, profiles, carried = [], [], [], []
    for each, phase in mine:
        own = each.settings.get(phase, PhaseSettings())
        if own.interval or phase.name in _RATES:
            intervals.append(own.interval or _RATES[phase.name])
        policies.append(own.policy or named(phase))
        profiles += [own.profile] if own.profile else []
        carried += [each.carried_by] if each.carried_by and phase.name in _RATES else []
    holds = [next(iter(people.policies[name].hold.values())) for name in policies]
    return Ruling(
        mine[0][1],
        policies[holds.index(min(holds))],
        mine[0][0].id,
        min(intervals, default=None),
        (profiles or [None])[0],
        (carried or [None])[0],
    )
