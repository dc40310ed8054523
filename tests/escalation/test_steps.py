"""Who follows whom until somebody answers."""

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.model.ids import ContactId, PolicyId
from bridgewatch.model.log import AnyEntry, Called, ClockStepped, GapFound, Hastened, RaisedAgain, Stepped
from bridgewatch.model.paging import Audience, MessageKind, Role, Urgency, Why
from bridgewatch.model.policy import Step
from bridgewatch.model.words import Level
from tests.escalation.worlds import (
    AN,
    BINH,
    CHI,
    DUNG,
    NOC,
    OWN_LEAD,
    POLICY,
    ROSTERS,
    SECOND,
    House,
    called,
    inc,
    informed,
    ns,
    opened,
    province,
    steps,
    strict,
)
from tests.oncall.worlds import DUTY, LEAD, roster


def test_nobody_is_called_before_the_hold_is_over() -> None:
    house = House()
    assert house.notice(1, 0) == []
    assert house.advance(1000) == []


def test_the_first_step_goes_when_it_opens() -> None:
    house = House()
    entries = house.open(1, 0)
    assert entries == [
        Stepped(at_ns=ns(0), incident=inc(1), step=0, policy=POLICY, next_ns=ns(120), why=Why.FIRST_STEP),
        Called(
            at_ns=ns(0),
            incident=inc(1),
            contact=AN,
            step=0,
            audience=Audience.CARRIER,
            role=Role.DUTY,
            why=Why.ON_DUTY,
            roster=ROSTERS[0].id,
            level=Level.PROVINCE,
        ),
    ]


def test_each_step_follows_after_its_wait_or_the_repeat_and_the_last_one_for_ever() -> None:
    house = House()
    house.open(1, 0)
    seen = [(at, called(entries)) for at in range(1, 700) if (entries := house.advance(at))]
    assert seen == [
        (120, [BINH, CHI]),
        (180, [DUNG]),  # its own `after`
        (300, [DUNG, NOC]),  # everybody was called in vain
        (420, [DUNG, NOC]),
        (540, [DUNG, NOC]),
        (660, [DUNG, NOC]),
    ]
    assert [why for _, why in steps(house.log)] == [
        Why.FIRST_STEP,
        Why.NO_ANSWER,
        Why.NO_ANSWER,
        Why.NO_ANSWER,
        Why.REPEATED,
        Why.REPEATED,
        Why.REPEATED,
    ]
    assert [step for step, _ in steps(house.log)] == [0, 1, 2, 3, 4, 5, 6]


def test_a_long_stop_of_ours_skips_no_step_and_makes_none_twice() -> None:
    house = House()
    house.open(1, 0)
    entries = house.restarted().advance(100_000)
    assert steps(entries) == [(1, Why.NO_ANSWER)]


def test_somebody_with_several_roles_is_called_once_per_step() -> None:
    rosters = (roster("vnpt", "an"), roster("vnpt", "an", role=Role.LEAD))
    house = House(province(strict([Step((DUTY, LEAD))]), rosters=rosters))
    assert called(house.open(1, 0)) == [AN]


def test_a_step_that_finds_nobody_is_a_gap_and_the_next_goes_at_once() -> None:
    house = House(province(rosters=ROSTERS[1:]))
    entries = house.open(1, 0)
    assert steps(entries) == [(0, Why.FIRST_STEP), (1, Why.FIRST_STEP)]
    assert [(gap.step, gap.role) for gap in entries if isinstance(gap, GapFound)] == [(0, Role.DUTY)]
    assert called(entries) == [NOC, BINH, CHI]  # our own people hear of it, whoever else does
    assert why_called(entries, NOC) == [Why.CATCH_ALL]


def test_if_no_step_finds_anybody_the_catch_all_is_called() -> None:
    house = House(province(rosters=()))
    entries = house.open(1, 0)
    assert steps(entries)[-1][0] == 3
    assert set(called(entries)) == {NOC}
    assert set(why_called(entries, NOC)) == {Why.CATCH_ALL}  # at once, so nobody has been called in vain
    assert steps(house.advance(119)) == []
    entries = house.advance(120)
    assert steps(entries) == [(4, Why.REPEATED)]
    assert why_called(entries, NOC) == [Why.CATCH_ALL]  # as `who` says


def test_the_catch_all_beside_the_last_step_is_called_because_nobody_answered() -> None:
    house = House()
    house.open(1, 0)
    for at in (120, 180, 300):
        entries = house.advance(at)
    assert why_called(entries, NOC) == [Why.CALLED_IN_VAIN]


def why_called(entries: Iterable[AnyEntry], contact: ContactId) -> list[Why]:
    return [entry.why for entry in entries if isinstance(entry, Called) and entry.contact == contact]


def test_without_contacts_nobody_is_called_until_there_are_some() -> None:
    alone = province()
    house = House(replace(alone, directory=replace(alone.directory, contacts={})))
    assert house.open(1, 0) == []
    assert called(house.adopt(province(), 50)) == [AN]


def test_a_stricter_policy_brings_the_next_step_forward_and_a_calmer_one_never_puts_it_off() -> None:
    house = House()
    house.open(1, 0)
    strictest = province(strict(name=PolicyId("strictest"), repeat=60.0))
    directory = replace(
        strictest.directory,
        policies={PolicyId("strictest"): strict(name=PolicyId("strictest"), repeat=60.0)},
        policy_of_phase=dict.fromkeys(strictest.directory.policy_of_phase, PolicyId("strictest")),
    )
    assert house.adopt(replace(strictest, directory=directory), 10) == [
        Hastened(
            at_ns=ns(10),
            incident=inc(1),
            policy=PolicyId("strictest"),
            next_ns=ns(60),
            why=Why.HOLD_SHORTENED,
        )
    ]
    assert house.adopt(province(strict(repeat=500.0)), 20) == []
    assert house.escalation.next_deadline_ns() == ns(60)
    assert steps(house.advance(60)) == [(1, Why.NO_ANSWER)]


def test_a_policy_under_which_the_step_is_overdue_makes_it_go_now() -> None:
    house = House()
    house.open(1, 0)
    assert steps(house.adopt(province(strict(repeat=30.0)), 50)) == [(1, Why.NO_ANSWER)]


def test_a_fault_that_grows_worse_is_escalated_sooner() -> None:
    house = House()
    house.open(1, 0, Urgency.REDUCED)
    assert house.escalation.next_deadline_ns() == ns(240)
    [hastened] = house.weigh(1, 10, Urgency.DARK)
    assert isinstance(hastened, Hastened)
    assert (hastened.next_ns, hastened.why) == (ns(120), Why.GREW_WORSE)
    assert house.weigh(1, 20, Urgency.REDUCED) == []
    assert house.escalation.next_deadline_ns() == ns(120)


def test_whom_no_channel_reaches_is_passed_over_at_once() -> None:
    house = House()
    house.open(1, 0)
    message = house.compose(1, 0)
    assert steps(house.unreached(1, 3, message)) == [(1, Why.UNREACHED)]


def test_one_of_two_who_cannot_be_reached_does_not_end_the_step() -> None:
    house = House()
    house.open(1, 0)
    house.advance(120)
    binh, chi = house.compose(1, 120, BINH), house.compose(1, 120, CHI)
    assert house.unreached(1, 121, binh, BINH) == []
    assert steps(house.unreached(1, 122, chi, CHI)) == [(2, Why.UNREACHED)]


def test_an_older_page_that_reached_nobody_says_nothing_of_the_present_step() -> None:
    house = House(province(strict([Step((DUTY,)), Step((DUTY,)), Step((OWN_LEAD,))])))
    house.open(1, 0)
    first = house.compose(1, 0)
    house.advance(120)
    house.compose(1, 120)
    assert house.unreached(1, 121, first) == []


def test_at_the_end_who_cannot_be_reached_makes_no_storm_of_calls() -> None:
    house = House(province(strict([Step((DUTY,))])))
    house.open(1, 0)
    house.unreached(1, 1, house.compose(1, 0))  # on to the catch-all
    for contact in (AN, NOC):
        assert house.unreached(1, 2, house.compose(1, 1, contact), contact) == []


def test_a_dead_letter_calls_our_lead() -> None:
    house = House()
    house.open(1, 0)
    message = house.compose(1, 0)
    house.unreached(1, 1, message)  # step 1: Bình and Chi
    chi = house.compose(1, 1, CHI)
    entries = house.dead(1, 5, chi, CHI)
    [call] = [entry for entry in entries if isinstance(entry, Called)]
    assert (call.contact, call.why, call.role) == (DUNG, Why.DEAD_LETTER, Role.LEAD)
    assert steps(entries) == []


def test_a_dead_letter_to_the_lead_calls_the_catch_all() -> None:
    house = House(province(strict([Step((OWN_LEAD, DUTY))])))
    house.open(1, 0)
    message = house.compose(1, 0, DUNG)
    house.compose(1, 0, AN)
    assert called(house.dead(1, 5, message, DUNG)) == [NOC]


def test_recovery_is_told_to_all_who_were_called_and_to_nobody_else() -> None:
    house = House()
    house.open(1, 0)
    house.advance(120)
    recovered = MessageKind.RECOVERED
    assert informed(house.recover(1, 130)) == [(AN, recovered), (BINH, recovered), (CHI, recovered)]
    assert house.advance(5000) == []


def test_a_resolution_is_told_once() -> None:
    house = House()
    house.open(1, 0)
    assert informed(house.resolve(1, 10)) == [(AN, MessageKind.RESOLVED)]
    house.open(2, 20)
    house.recover(2, 30)
    assert informed(house.resolve(2, 40)) == []


def test_a_relapse_starts_over() -> None:
    house = House()
    house.open(1, 0)
    house.advance(120)
    house.ack(121, 1, contact=BINH)
    house.recover(1, 130)
    entries = house.relapse(1, 200)
    assert steps(entries) == [(0, Why.RELAPSED)]
    assert called(entries) == [AN]


def test_a_fault_that_is_over_before_it_opens_starts_nothing_when_it_comes_back() -> None:
    house = House()
    house.notice(1, 0)
    house.recover(1, 2)
    assert house.relapse(1, 30) == []
    assert steps(house.write(40, opened(1, 40))) == [(0, Why.FIRST_STEP)]


def test_a_folded_incident_stops_and_its_people_hear_of_the_root_and_of_its_recovery() -> None:
    house = House()
    house.open(1, 0)
    house.notice(2, 1)
    assert informed(house.fold(1, 2, 2)) == [(AN, MessageKind.FOLDED)]
    assert house.advance(1000) == []
    house.write(1001, opened(2, 1001))
    assert informed(house.recover(2, 1010)) == [(AN, MessageKind.RECOVERED)]


def test_who_heard_of_a_folded_child_alone_hears_of_the_recovery_of_its_root() -> None:
    house = House()
    house.open(1, 0)
    house.advance(120)
    house.notice(2, 121)
    house.fold(1, 2, 122)
    assert informed(house.recover(2, 130)) == [
        (contact, MessageKind.RECOVERED) for contact in (AN, BINH, CHI)
    ]


def test_timers_move_with_the_clock() -> None:
    house = House()
    house.open(1, 0)
    house.write(3610, ClockStepped(at_ns=ns(3610), by_ns=3600 * SECOND))
    assert house.escalation.next_deadline_ns() == ns(3720)
    assert house.advance(3719) == []
    assert steps(house.advance(3720)) == [(1, Why.NO_ANSWER)]


def test_a_quiet_advance_looks_at_nothing() -> None:
    house = House()
    house.open(1, 0)
    assert house.advance(119) == []
    assert house.escalation.next_deadline_ns() == ns(120)


def test_still_dark_long_after_it_was_taken_it_is_raised_again() -> None:
    house = House()
    house.open(1, 0)
    house.ack(10, 1)
    assert house.advance(609) == []
    entries = house.advance(610)
    assert [entry.why for entry in entries if isinstance(entry, RaisedAgain)] == [Why.STILL_DARK]
    assert steps(entries) == [(1, Why.STILL_DARK)]
    assert steps(house.advance(670)) == [(2, Why.NO_ANSWER)]


def test_what_is_not_dark_is_not_raised_again() -> None:
    house = House()
    house.open(1, 0, Urgency.IMPAIRED)
    house.ack(10, 1)
    assert house.advance(100_000) == []


def test_who_has_it_is_told_when_it_grows_worse() -> None:
    house = House()
    house.open(1, 0, Urgency.REDUCED)
    house.ack(10, 1)
    [call] = house.weigh(1, 300, Urgency.DARK)
    assert isinstance(call, Called)
    assert (call.contact, call.why, call.role) == (AN, Why.GREW_WORSE, Role.DUTY)
    assert house.advance(899) == []
    assert steps(house.advance(900)) == [(1, Why.STILL_DARK)]


def test_if_who_has_it_cannot_be_told_that_it_grew_worse_the_escalation_goes_on() -> None:
    house = House()
    house.open(1, 0, Urgency.REDUCED)
    house.unreached(1, 1, house.compose(1, 0))
    house.ack(10, 1)  # by phone
    assert called(house.advance(11)) == []
    house.weigh(1, 300, Urgency.DARK)
    entries = house.unreached(1, 310, house.compose(1, 300))
    assert [entry.why for entry in entries if isinstance(entry, RaisedAgain)] == [Why.UNREACHED]
    assert steps(entries) == [(2, Why.UNREACHED)]


def test_what_the_desk_took_before_anybody_was_called_goes_on_when_it_grows_worse() -> None:
    house = House()
    house.notice(1, 0, Urgency.REDUCED)
    house.ack(1, 1, contact=None)
    assert house.write(5, opened(1, 5)) == []
    entries = house.weigh(1, 10, Urgency.DARK)
    assert steps(entries) == [(0, Why.GREW_WORSE)]


@given(stops=st.lists(st.floats(0.1, 900.0), min_size=1, max_size=25), restarts=st.sets(st.integers(0, 24)))
def test_steps_are_counted_one_by_one_whenever_we_look_and_restart(
    stops: list[float], restarts: set[int]
) -> None:
    house = House()
    house.open(1, 0)
    at = 0.0
    for number, stop in enumerate(stops):
        at += stop
        if number in restarts:
            house = house.restarted()
        house.advance(at)
    numbers = [step for step, _ in steps(house.log)]
    assert numbers == list(range(len(numbers)))
    for step in numbers:
        contacts = [entry.contact for entry in house.log if isinstance(entry, Called) and entry.step == step]
        assert contacts
        assert len(contacts) == len(set(contacts))
