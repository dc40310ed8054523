"""What an answer does, and that a second press does nothing."""

from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.escalation.case import Before
from bridgewatch.model.commands import Refusal
from bridgewatch.model.ids import ContactId
from bridgewatch.model.log import Acknowledged, Called, Declined, HelpAsked
from bridgewatch.model.paging import MessageKind, Urgency, Why
from tests.escalation.worlds import AN, BINH, CHI, House, called, inc, informed, steps


def test_an_acknowledgement_stops_the_escalation_at_once() -> None:
    house = House()
    house.open(1, 0, Urgency.IMPAIRED)
    answered = house.ack(10, 1)
    assert [type(entry) for entry in answered.entries] == [Acknowledged]
    assert house.advance(100_000) == []


def test_the_others_who_were_called_are_told_who_has_it() -> None:
    house = House()
    house.open(1, 0)
    house.advance(120)
    assert informed(house.ack(130, 1, contact=BINH).entries) == [
        (AN, MessageKind.TAKEN),
        (CHI, MessageKind.TAKEN),
    ]


def test_a_second_press_changes_nothing_and_shows_who_has_it() -> None:
    house = House()
    house.open(1, 0)
    house.ack(10, 1)
    for contact in (AN, BINH, None):
        again = house.ack(11, 1, contact=contact)
        assert again.entries == []
        assert again.refusals == [(inc(1), Refusal.ALREADY_TAKEN)]
        assert again.taken_by == [(inc(1), "Ông an")]


def test_an_answer_takes_the_incidents_that_it_names_and_no_others() -> None:
    house = House()
    for number in (1, 2, 3):
        house.open(number, 0)
    house.ack(10, 1, 3)
    entries = house.advance(120)
    assert {entry.incident for entry in entries if isinstance(entry, Called)} == {inc(2)}


def test_the_desk_takes_it_in_its_own_name() -> None:
    house = House()
    house.open(1, 0)
    house.ack(10, 1, contact=None)
    assert house.ack(11, 1).taken_by == [(inc(1), "An")]


def test_what_is_unknown_or_over_is_refused() -> None:
    house = House()
    house.open(1, 0)
    house.recover(1, 5)
    assert house.ack(10, 1, 7).refusals == [
        (inc(1), Refusal.ALREADY_OVER),
        (inc(7), Refusal.UNKNOWN_INCIDENT),
    ]
    house.open(2, 20)
    stranger = ContactId("nobody-knows")
    assert house.ack(21, 2, contact=stranger).refusals == [(stranger, Refusal.UNKNOWN_CONTACT)]


def test_an_answer_to_a_folded_incident_counts_for_its_root() -> None:
    house = House()
    house.open(1, 0)
    house.open(2, 0)
    house.open(3, 0)
    house.fold(1, 2, 1)
    house.fold(2, 3, 2)
    [taken, *_] = house.ack(10, 1, 2, 3).entries
    assert isinstance(taken, Acknowledged)
    assert taken.incident == inc(3)
    assert called(house.advance(400)) == []


def test_a_call_for_help_brings_the_next_step_now_and_not_the_one_who_called() -> None:
    house = House()
    house.open(1, 0)
    house.advance(120)
    entries = house.help(125, 1, contact=BINH).entries
    assert steps(entries) == [(2, Why.HELP_ASKED)]
    assert BINH not in called(entries)
    assert steps(house.advance(245)) == [(3, Why.NO_ANSWER)]


def test_a_call_for_help_pressed_twice_is_one() -> None:
    house = House()
    house.open(1, 0)
    house.help(5, 1)
    assert house.help(6, 1).entries == []
    assert house.restarted().help(7, 1).entries == []
    house.advance(400)
    assert house.help(401, 1).entries != []  # later it is another one


def test_who_has_it_and_needs_help_sets_it_going_again() -> None:
    house = House()
    house.open(1, 0)
    house.ack(5, 1)
    assert steps(house.help(20, 1).entries) == [(1, Why.HELP_ASKED)]
    assert house.ack(25, 1, contact=BINH).refusals == []


def test_who_declines_is_not_called_again_and_if_all_do_the_next_step_goes_now() -> None:
    house = House()
    house.open(1, 0)
    entries = house.decline(5, 1).entries
    assert steps(entries) == [(1, Why.ALL_DECLINED)]
    house.decline(6, 1, contact=BINH)
    assert house.escalation.cases.by_incident[inc(1)].step == 1
    house.decline(7, 1, contact=CHI)
    assert house.escalation.cases.by_incident[inc(1)].step == 2
    house.advance(10_000)
    later = [entry.contact for entry in house.log if isinstance(entry, Called) and entry.step > 2]
    assert later
    assert not {AN, BINH, CHI} & set(later)


def test_only_who_was_called_can_decline() -> None:
    house = House()
    house.open(1, 0)
    for contact in (BINH, None):
        assert house.decline(5, 1, contact=contact).refusals == [(inc(1), Refusal.NOT_CALLED)]


def test_declining_twice_is_once() -> None:
    house = House()
    house.open(1, 0)
    assert isinstance(house.decline(5, 1).entries[0], Declined)
    assert house.decline(6, 1).entries == []


def test_who_has_it_and_finds_that_it_is_not_theirs_sets_it_going_again() -> None:
    house = House()
    house.open(1, 0)
    house.advance(120)
    house.ack(125, 1, contact=BINH)
    assert steps(house.decline(126, 1, contact=BINH).entries) == [(2, Why.HANDED_BACK)]  # An never declined
    case = house.escalation.cases.by_incident[inc(1)]
    assert case.before == Before(Why.HANDED_BACK, (BINH,), 3)
    assert house.restarted().escalation.cases.by_incident[inc(1)] == case


def test_an_acknowledgement_during_the_hold_keeps_everybody_asleep() -> None:
    house = House()
    house.notice(1, 0, Urgency.IMPAIRED)
    house.ack(2, 1, contact=None)
    house.write(5)
    assert called(house.open(1, 5, Urgency.IMPAIRED)) == []


@given(
    answers=st.lists(
        st.tuples(
            st.sampled_from(["ack", "help", "decline"]), st.sampled_from([AN, BINH, CHI]), st.integers(1, 300)
        ),
        max_size=12,
    )
)
def test_after_an_acknowledgement_nobody_is_called_and_pressing_twice_is_pressing_once(
    answers: list[tuple[str, ContactId, int]],
) -> None:
    house, at = House(), 0
    house.open(1, 0, Urgency.IMPAIRED)
    for way, contact, wait in answers:
        at += wait
        house.advance(at)
        press = {"ack": house.ack, "help": house.help, "decline": house.decline}[way]
        press(at, 1, contact=contact)
        before = len(house.log)
        press(at, 1, contact=contact)
        assert len(house.log) == before
    taken = False
    for entry in house.log:
        if isinstance(entry, Acknowledged):
            taken = True
        elif isinstance(entry, HelpAsked | Declined):
            taken = False
        assert not (taken and isinstance(entry, Called))
