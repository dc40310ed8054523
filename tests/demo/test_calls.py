"""What people were told is held against the script: who, in which order, once, in time, and to the end."""

import pytest

from bridgewatch.app.demo.cast import (
    ESCALATE_AFTER,
    OWN_DUTY,
    VIETTEL_DUTY,
    VIETTEL_LEAD,
    VNPT_DUTY,
    VNPT_LEAD,
)
from bridgewatch.model.paging import MessageKind
from tests.demo.plays import Performance, act, incident, unexplained

CUT, HANDOVER = act("cut"), act("handover")
FIRST, NEXT = 2.0, 2.0 + ESCALATE_AFTER


def perfect() -> Performance:
    """Nobody answers for the cut until our own duty does; for the handover the first one does."""
    told = Performance()
    told.see(incident(CUT), incident(HANDOVER))
    told.pages(CUT, (FIRST, (VIETTEL_DUTY,)), (NEXT, (OWN_DUTY, VIETTEL_LEAD)))
    told.taken(CUT, OWN_DUTY, NEXT + 1)
    told.recovered(CUT)
    told.pages(HANDOVER, (FIRST, (VNPT_DUTY,)))
    told.taken(HANDOVER, VNPT_DUTY, FIRST + 0.6)
    told.recovered(HANDOVER)
    return told


def handover_only() -> Performance:
    """The handover is as it should be, the cut is still to be told."""
    told = Performance()
    told.see(incident(CUT), incident(HANDOVER))
    told.pages(HANDOVER, (FIRST, (VNPT_DUTY,)))
    told.taken(HANDOVER, VNPT_DUTY, FIRST + 0.6)
    told.recovered(HANDOVER)
    return told


def test_a_perfect_performance_owes_nothing() -> None:
    assert perfect().failures() == []


def test_whoever_answers_early_stops_the_escalation_rightly() -> None:
    told = handover_only()
    told.pages(CUT, (FIRST, (VIETTEL_DUTY,)))
    told.taken(CUT, VIETTEL_DUTY, FIRST + 0.3)
    told.recovered(CUT)
    assert told.failures() == []


def test_a_late_answer_to_the_handover_lets_the_next_step_go_rightly() -> None:
    told = Performance()
    told.see(incident(CUT), incident(HANDOVER))
    for one, duty, lead in ((CUT, VIETTEL_DUTY, VIETTEL_LEAD), (HANDOVER, VNPT_DUTY, VNPT_LEAD)):
        told.pages(one, (FIRST, (duty,)), (NEXT, (lead, OWN_DUTY)))
        told.taken(one, lead, NEXT + 1)
        told.recovered(one)
    assert told.failures() == []


def test_a_fault_of_which_nobody_is_told_is_owed() -> None:
    assert handover_only().failures() == ["cut: nobody was paged"]


@pytest.mark.parametrize(
    ("steps", "failure"),
    [
        (((FIRST, (OWN_DUTY, VIETTEL_LEAD)), (NEXT, (VIETTEL_DUTY,))), "called"),
        (((FIRST, (VIETTEL_DUTY,)), (NEXT, (OWN_DUTY,))), "called"),
        (((FIRST, (VIETTEL_DUTY,)), (NEXT, (VIETTEL_DUTY, OWN_DUTY, VIETTEL_LEAD))), "called"),
        (((FIRST, (VIETTEL_DUTY,)), (NEXT, (OWN_DUTY, VIETTEL_LEAD, VNPT_LEAD))), "called"),
    ],
    ids=["the steps in the wrong order", "half a step", "somebody twice", "a stranger"],
)
def test_the_wrong_people_are_owed(steps, failure: str) -> None:
    told = handover_only()
    told.pages(CUT, *steps)
    told.taken(CUT, OWN_DUTY, NEXT + 1)
    told.recovered(CUT)
    (found,) = told.failures()
    assert found.startswith(f"cut: {failure}")


def test_nobody_else_called_though_nobody_answers_is_owed() -> None:
    told = handover_only()
    told.pages(CUT, (FIRST, (VIETTEL_DUTY,)))
    told.taken(CUT, VIETTEL_DUTY, NEXT + 1.5)
    told.recovered(CUT)
    assert told.failures() == ["cut: nobody answered, and nobody else was called"]


def test_pages_after_somebody_has_it_are_owed() -> None:
    told = handover_only()
    told.pages(CUT, (FIRST, (VIETTEL_DUTY,)))
    told.taken(CUT, VIETTEL_DUTY, FIRST + 0.2)
    told.pages(CUT, (NEXT, (OWN_DUTY, VIETTEL_LEAD)))
    told.recovered(CUT)
    failures = told.failures()
    assert "cut: paged on after somebody had it" in failures


def test_an_answer_after_the_end_is_too_late() -> None:
    told = handover_only()
    told.pages(CUT, (FIRST, (VIETTEL_DUTY,)), (NEXT, (OWN_DUTY, VIETTEL_LEAD)))
    told.taken(CUT, OWN_DUTY, CUT.end - CUT.start + 0.1)
    told.recovered(CUT)
    assert told.failures() == ["cut: acknowledged too late"]


def test_a_press_that_the_daemon_knows_nothing_of_is_no_acknowledgement() -> None:
    told = handover_only()
    told.pages(CUT, (FIRST, (VIETTEL_DUTY,)), (NEXT, (OWN_DUTY, VIETTEL_LEAD)))
    told.recovered(CUT)
    assert "cut: nobody acknowledged it" in told.failures()


def test_a_recovery_is_told_to_exactly_those_who_were_paged() -> None:
    told = handover_only()
    told.pages(CUT, (FIRST, (VIETTEL_DUTY,)))
    told.taken(CUT, VIETTEL_DUTY, FIRST + 0.2)
    told.recovered(CUT, VIETTEL_LEAD)
    (failure,) = told.failures()
    assert failure == f"cut: told of the recovery: {VIETTEL_LEAD} instead of {VIETTEL_DUTY}"


def test_a_page_about_what_the_handover_explains_is_false() -> None:
    told = perfect()
    told.see(unexplained("folded"))
    page = told.message(HANDOVER, VNPT_DUTY, MessageKind.PAGE, 1.5, about="folded")
    assert told.failures() == [f"false page: {VNPT_DUTY}: {page.title}"]


def test_notes_ask_nothing_and_are_no_page() -> None:
    told = perfect()
    told.message(CUT, OWN_DUTY, MessageKind.NOTES, 30.0, about="short")
    assert told.failures() == []


def test_two_incidents_of_one_fault_are_owed() -> None:
    told = perfect()
    told.see(incident(HANDOVER, name="again"))
    assert told.failures() == ["handover: 2 incidents of one fault"]


def test_an_incident_lists_every_link_of_its_fault() -> None:
    told = perfect()
    assert told.calls.told["handover"].links == 12
    told.calls.told["handover"].links = 11
    assert told.failures() == []  # it is looked at again, and lists twelve
    fewer = Performance()
    fewer.see(incident(HANDOVER, links=11))
    assert "handover: its incident lists 11 of 12 links" in fewer.failures()


def test_a_message_that_arrives_twice_is_told() -> None:
    told = perfect()
    told.phones.letters.append(told.phones.letters[-1])
    assert f"2 times: {told.phones.letters[-1].id}" in told.failures()
