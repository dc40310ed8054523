"""How a message finds its way: channels in turn, pauses, what is given up, what a restart remembers."""

from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.outbox.message import GIVE_UP_NS, pause_ns
from bridgewatch.model.ids import MessageId
from bridgewatch.model.log import AnyEntry, Attempted, ClockStepped, DeadLetter, Unreached
from bridgewatch.model.paging import Delivery, MessageKind, Urgency
from tests.outbox.boxes import (
    AN,
    BINH,
    CHAT,
    CROWDED,
    DELIVERED,
    FAILED,
    NOBODY,
    REFUSED,
    SECOND,
    SMS,
    Desk,
    incs,
    ns,
)


def kinds(entries: list[AnyEntry]) -> list[type]:
    return [type(entry) for entry in entries]


def test_an_attempt_is_handed_out_once() -> None:
    desk = Desk()
    desk.page(1, 0)
    [attempt] = desk.due(0)
    assert (attempt.number, attempt.gateway, attempt.address, attempt.incidents) == (1, CHAT, "an", incs(1))
    desk.advance(1)
    assert desk.due(1) == ()


def test_a_delivered_message_is_done() -> None:
    desk = Desk()
    desk.page(1, 0)
    [attempt] = desk.due(0)
    [entry] = desk.result(attempt, DELIVERED, 1)
    assert isinstance(entry, Attempted)
    assert entry.delivered
    assert not desk.outbox.state.undelivered
    assert desk.outbox.state.results == {(CHAT, Delivery.DELIVERED): 1}


def test_a_passing_failure_leads_to_the_next_channel_at_once() -> None:
    desk = Desk()
    desk.page(1, 0)
    [attempt] = desk.due(0)
    [entry] = desk.result(attempt, FAILED, 1)
    assert isinstance(entry, Attempted)
    assert entry.retry_ns is not None
    [second] = desk.due(1)
    assert (second.number, second.gateway, second.message) == (2, SMS, attempt.message)


def test_all_channels_failed_once_is_said_and_the_first_comes_round_again() -> None:
    desk = Desk()
    desk.page(1, 0)
    for _ in range(2):
        [attempt] = desk.due(1)
        entries = desk.result(attempt, FAILED, 1)
    assert kinds(entries) == [Attempted, Unreached]
    assert desk.due(1) == ()
    deadline = desk.outbox.next_deadline_ns()
    assert deadline is not None
    assert ns(1 + 1.6) <= deadline <= ns(1 + 2.4)
    desk.advance((deadline - ns(0)) / SECOND)
    [attempt] = desk.due((deadline - ns(0)) / SECOND)
    assert attempt.number == 3


def test_a_permanent_failure_crosses_its_channel_out() -> None:
    desk = Desk()
    desk.page(1, 0)
    [attempt] = desk.due(0)
    desk.result(attempt, REFUSED, 1)
    gateways = set()
    for at in range(1, 600):
        desk.advance(at)
        for attempt in desk.due(at):
            gateways.add(attempt.gateway)
            desk.result(attempt, FAILED, at)
    assert gateways == {SMS}


def test_a_message_that_every_channel_refuses_is_a_dead_letter_at_once() -> None:
    desk = Desk()
    desk.page(1, 0, BINH)
    [attempt] = desk.due(0)
    assert kinds(desk.result(attempt, REFUSED, 1)) == [Attempted, Unreached, DeadLetter]
    assert desk.outbox.state.dead_letters == 1
    desk.advance(2000)
    assert desk.due(2000) == ()


def test_a_message_to_somebody_without_channels_is_a_dead_letter_at_once() -> None:
    desk = Desk()
    desk.open(1, 0)
    desk.call(1, 0, NOBODY)
    assert kinds(desk.advance(0))[1:] == [Unreached, DeadLetter]


def test_a_message_is_given_up_after_a_quarter_of_an_hour_of_failures() -> None:
    desk = Desk()
    desk.page(1, 0, BINH)
    entries: list[AnyEntry] = []
    tries = 0
    for at in range(2000):
        entries += desk.advance(at)
        for attempt in desk.due(at):
            tries += 1
            entries += desk.result(attempt, FAILED, at)
    [dead] = [entry for entry in entries if isinstance(entry, DeadLetter)]
    assert ns(800) < dead.at_ns <= ns(900)
    assert 15 <= tries <= 30
    assert len([entry for entry in entries if isinstance(entry, Unreached)]) == 1


def test_an_attempt_that_is_never_answered_has_failed_after_its_time_limit() -> None:
    desk = Desk()
    desk.page(1, 0)
    [attempt] = desk.due(0)
    assert desk.advance(24) == []
    [entry] = desk.advance(25)  # ten seconds for a place at the gateway, ten for the attempt, five of grace
    assert isinstance(entry, Attempted)
    assert not entry.delivered
    [second] = desk.due(25)
    assert second.gateway == SMS
    assert desk.result(attempt, FAILED, 26) == []  # booked already


def test_a_late_delivery_still_counts() -> None:
    desk = Desk()
    desk.page(1, 0)
    [attempt] = desk.due(0)
    desk.advance(25)
    [second] = desk.due(25)
    [entry] = desk.result(attempt, DELIVERED, 26)
    assert isinstance(entry, Attempted)
    assert (entry.delivered, entry.attempt, entry.gateway) == (True, 1, CHAT)
    desk.result(second, FAILED, 27)
    desk.advance(100)
    assert desk.due(100) == ()


def test_a_gateway_that_is_too_crowded_leads_to_the_next_channel_and_is_no_failure() -> None:
    desk = Desk()
    desk.page(1, 0)
    tried = []
    for at in range(1000):
        desk.advance(at)
        for attempt in desk.due(at):
            tried.append(attempt.gateway)
            entries = desk.result(attempt, CROWDED, at)
            assert kinds(entries) == [Attempted]  # nobody is given up for it, however long it takes
    assert tried[:2] == [CHAT, SMS]
    assert 600 < len(tried) < 1000
    assert not desk.outbox.state.results
    assert desk.restarted().outbox.state == desk.outbox.state


def test_once_a_channel_has_failed_too_who_is_only_crowded_out_elsewhere_is_not_yet_unreached() -> None:
    desk = Desk()
    desk.page(1, 0)
    [attempt] = desk.due(0)
    assert kinds(desk.result(attempt, FAILED, 0)) == [Attempted]
    [attempt] = desk.due(0)
    assert kinds(desk.result(attempt, CROWDED, 0)) == [Attempted]
    desk.advance(3)
    entries: list[AnyEntry] = []
    for attempt in desk.due(3):
        entries += desk.result(attempt, FAILED, 3)
    desk.advance(6)
    for attempt in desk.due(6):
        entries += desk.result(attempt, FAILED, 6)
    assert [entry for entry in entries if isinstance(entry, Unreached)]


def test_after_a_restart_what_was_in_flight_leaves_again_under_the_same_id() -> None:
    desk = Desk()
    desk.page(1, 0)
    [attempt] = desk.due(0)
    other = desk.restarted()
    other.advance(1)
    assert other.due(1) == (attempt,)


def test_after_a_restart_pauses_and_crossed_out_channels_are_as_before() -> None:
    desk = Desk()
    desk.page(1, 0)
    for result in (REFUSED, FAILED):
        [attempt] = desk.due(1)
        desk.result(attempt, result, 1)
    other = desk.restarted()
    assert other.advance(1) == []
    assert other.due(1) == ()
    assert other.outbox.next_deadline_ns() == desk.outbox.next_deadline_ns()
    assert other.outbox.state == desk.outbox.state


def test_a_message_that_lay_through_a_long_outage_of_ours_is_tried_before_it_is_given_up() -> None:
    desk = Desk()
    desk.page(1, 0, BINH)
    [attempt] = desk.due(0)
    desk.result(attempt, FAILED, 1)
    other = desk.restarted()
    assert other.advance(5000) == []
    [attempt] = other.due(5000)
    assert kinds(other.result(attempt, FAILED, 5001)) == [Attempted, DeadLetter]


def test_pauses_and_time_limits_move_with_the_clock() -> None:
    desk = Desk()
    desk.page(1, 0, BINH)
    desk.page(2, 5, BINH)
    [attempt] = desk.due(5)
    desk.result(attempt, FAILED, 6)
    before = desk.outbox.next_deadline_ns()
    desk.write(ClockStepped(at_ns=ns(3606), by_ns=3600 * SECOND))
    desk.advance(3606)
    after = desk.outbox.next_deadline_ns()
    assert before is not None
    assert after == before + 3600 * SECOND


def test_questions_before_news_and_the_most_urgent_first() -> None:
    desk = Desk()
    desk.page(1, 0, AN)
    [attempt] = desk.due(0)
    desk.result(attempt, DELIVERED, 0)
    desk.recover(1, 50)
    desk.inform(1, 50)
    desk.open(2, 50, Urgency.REDUCED)
    desk.call(2, 50, BINH)
    desk.open(3, 50, Urgency.DARK)
    desk.call(3, 50, AN)
    desk.advance(50)
    assert [(each.kind, each.urgency) for each in desk.due(50)] == [
        (MessageKind.PAGE, Urgency.DARK),
        (MessageKind.PAGE, Urgency.REDUCED),
        (MessageKind.RECOVERED, Urgency.IMPAIRED),
    ]


@given(st.text(min_size=1, max_size=20), st.integers(1, 100), st.integers(1, 40))
def test_a_pause_doubles_within_its_jitter_and_is_the_same_each_time(
    name: str, number: int, failures: int
) -> None:
    pause = pause_ns(MessageId(name), number, failures)
    middle = min(2 * 2 ** (failures - 1), 60) * SECOND
    assert 0.8 * middle <= pause <= 1.2 * middle
    assert pause == pause_ns(MessageId(name), number, failures)


def test_pauses_of_different_messages_differ() -> None:
    pauses = {pause_ns(MessageId(f"m{number}"), 1, 1) for number in range(100)}
    assert len(pauses) == 100


@given(st.lists(st.sampled_from([FAILED, REFUSED, None]), max_size=60))
def test_a_page_is_tried_until_delivered_or_dead(results: list[object]) -> None:
    """Whatever the gateways answer or fail to answer, then everything works: it is delivered or it is dead."""
    desk = Desk()
    desk.page(1, 0)
    pending = list(results)
    for at in range(0, 3000, 3):
        desk.advance(at)
        for attempt in desk.due(at):
            result = pending.pop(0) if pending else DELIVERED
            if result is not None:
                desk.result(attempt, result, at)
    last = [type(entry) for entry in desk.log if isinstance(entry, Attempted | DeadLetter)][-1]
    delivered = any(isinstance(entry, Attempted) and entry.delivered for entry in desk.log)
    assert delivered or last is DeadLetter
    assert not desk.outbox.state.undelivered
    assert GIVE_UP_NS == 900 * SECOND


def test_attempts_are_counted_by_gateway_and_outcome() -> None:
    desk = Desk()
    desk.page(1, 0)
    [attempt] = desk.due(0)
    desk.result(attempt, FAILED, 0)
    [attempt] = desk.due(0)
    desk.result(attempt, REFUSED, 0)
    assert desk.outbox.state.results == {(CHAT, Delivery.FAILED): 1, (SMS, Delivery.REFUSED): 1}
