"""The judge of the chaos tests lets nothing pass that must not be."""

from dataclasses import replace

import pytest

from bridgewatch.model.ids import ContactId, GatewayId, IncidentId, MessageId, PolicyId
from bridgewatch.model.log import (
    Acknowledged,
    AnyEntry,
    Attempted,
    Called,
    Composed,
    Informed,
    Noticed,
    Opened,
    Recovered,
    Stepped,
)
from bridgewatch.model.paging import AckWay, Audience, FaultKind, MessageKind, Phase, Role, Urgency, Why
from tests.chaos.judge import Judge
from tests.chaos.province import LEAD_AFTER, REPEAT
from tests.chaos.receivers import Letter

S = 1_000_000_000
T = 1_790_000_000 * S
INCIDENT, DUTY, CALM = IncidentId("INC-1"), ContactId("truc"), PolicyId("calm")
KILL = T + 2 * S


def noticed(incident: str = INCIDENT, at_ns: int = T) -> Noticed:
    return Noticed(
        at_ns=at_ns,
        incident=IncidentId(incident),
        code="ABCD",
        kind=FaultKind.LINK,
        subject="xa/wan",
        audience=Audience.CARRIER,
        began_ns=at_ns,
    )


def stepped(step: int, at_ns: int, why: Why = Why.NO_ANSWER) -> Stepped:
    wait = LEAD_AFTER if step == 0 else REPEAT
    return Stepped(
        at_ns=at_ns, incident=INCIDENT, step=step, policy=CALM, next_ns=at_ns + round(wait * S), why=why
    )


def called(step: int, at_ns: int) -> Called:
    return Called(
        at_ns=at_ns,
        incident=INCIDENT,
        contact=DUTY,
        step=step,
        audience=Audience.CARRIER,
        role=Role.DUTY,
        why=Why.ON_DUTY,
    )


def composed(message: str, at_ns: int, kind: MessageKind = MessageKind.PAGE) -> Composed:
    return Composed(
        at_ns=at_ns,
        message=MessageId(message),
        contact=DUTY,
        kind=kind,
        incidents=(INCIDENT,),
        urgency=Urgency.DARK,
    )


def delivered(message: str, at_ns: int, attempt: int = 1) -> Attempted:
    return Attempted(
        at_ns=at_ns, message=MessageId(message), gateway=GatewayId("hook"), attempt=attempt, delivered=True
    )


def acknowledged(at_ns: int) -> Acknowledged:
    return Acknowledged(at_ns=at_ns, incident=INCIDENT, actor="truc", way=AckWay.LINK, contact=DUTY)


def letter(message: str, wall_ns: int) -> Letter:
    return Letter(message, "page", DUTY, "", "hook", wall_ns)


def good() -> list[AnyEntry]:
    """One fault: two steps, an answer, recovery; all are told."""
    return [
        noticed(),
        Opened(at_ns=T, incident=INCIDENT, phase=Phase.NONE, policy=CALM, hold=0.0, why=Why.HELD),
        stepped(0, T, Why.FIRST_STEP),
        called(0, T),
        composed("m1", T),
        delivered("m1", T + S // 10),
        stepped(1, T + S),
        called(1, T + S),
        composed("m2", T + S),
        delivered("m2", T + 11 * S // 10),
        acknowledged(T + 2 * S),
        Recovered(at_ns=T + 3 * S, incident=INCIDENT),
        Informed(
            at_ns=T + 3 * S, incident=INCIDENT, contact=DUTY, kind=MessageKind.RECOVERED, why=Why.RECOVERED
        ),
        composed("m3", T + 3 * S, MessageKind.RECOVERED),
        delivered("m3", T + 4 * S),
    ]


LETTERS = [letter("m1", T), letter("m2", T + S), letter("m3", T + 4 * S)]


def test_a_log_in_order_passes() -> None:
    judge = Judge().read(good())
    assert judge.restless == []
    assert judge.check_letters(LETTERS, []) == 0


@pytest.mark.parametrize(
    ("place", "instead"),
    [
        (6, [replace(stepped(1, T + S), at_ns=T + S - 1)]),  # too early
        (6, [stepped(2, T + S)]),  # a step skipped
        (6, [stepped(0, T + S)]),  # a step again
        (7, [called(1, T + S), called(1, T + S)]),  # called twice
        (8, [composed("m2", T + S), composed("m9", T + S)]),  # told twice
        (9, [delivered("m2", T + S), delivered("m2", T + S, 2)]),  # delivered twice
        (10, [acknowledged(T + 2 * S), acknowledged(T + 2 * S)]),
        (10, [acknowledged(T + 2 * S), stepped(2, T + 3 * S)]),  # paged though somebody has it
        (10, [noticed("INC-2", T + 2 * S)]),  # the first was forgotten
        (11, [Recovered(at_ns=T, incident=INCIDENT), stepped(2, T + 3 * S)]),  # paged though it is over
    ],
)
def test_what_must_not_be_is_found(place: int, instead: list[AnyEntry]) -> None:
    log = good()
    log[place : place + 1] = instead
    with pytest.raises(AssertionError):
        Judge().read(log)


@pytest.mark.parametrize(
    ("known", "lost", "told"),
    [
        (6, slice(4, 6), "waits for"),  # called, and no message was made
        (6, slice(5, 6), "on its way"),  # made, and never delivered
        (10, slice(9, 10), "on its way"),
        (15, slice(13, 15), "not told that"),  # nobody heard of the recovery
        (15, slice(14, 15), "on its way"),
    ],
)
def test_who_waits_to_be_told_is_found(known: int, lost: slice, told: str) -> None:
    log = good()[:known]
    del log[lost]
    assert any(told in each for each in Judge().read(log).restless)


def test_a_page_that_no_gateway_took_is_found() -> None:
    with pytest.raises(AssertionError, match="never taken"):
        Judge().read(good()).check_letters(LETTERS[1:], [])


def test_a_page_that_left_before_it_was_known_is_found() -> None:
    with pytest.raises(AssertionError, match="before they were known"):
        Judge().read(good()).check_letters([*LETTERS, letter("m9", T)], [])


def test_a_page_may_be_repeated_once_a_kill_and_not_without_one() -> None:
    judge = Judge().read(good())
    again = [*LETTERS, letter("m1", T + 3 * S)]
    assert judge.check_letters(again, [KILL]) == 1
    for letters, kills in ((again, []), (again, [T + 5 * S]), ([*again, letter("m1", T + 4 * S)], [KILL])):
        with pytest.raises(AssertionError, match="without a kill"):
            judge.check_letters(letters, kills)
