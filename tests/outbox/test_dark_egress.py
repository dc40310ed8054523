"""What runs over an egress of ours that is dark is tried last; what is told of the choice; what ends it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.outbox.message import Message
from bridgewatch.model.ids import GatewayId
from bridgewatch.model.log import Attempted, Composed, Unreached
from bridgewatch.model.paging import MessageKind, Urgency, Why
from bridgewatch.model.people import Channel
from tests.outbox.boxes import AN, BINH, CHAT, DELIVERED, FAILED, MAIL, MAIN, REFUSED, SMS, Desk, inc, ns


def tried(desk: Desk, at: float) -> GatewayId:
    [attempt] = desk.due(at)
    return attempt.gateway


def dark() -> Desk:
    desk = Desk()
    desk.egress(9, 0)
    return desk


def test_a_channel_that_needs_no_dark_egress_is_tried_first_and_the_log_says_why() -> None:
    desk = dark()
    desk.page(1, 1)
    [attempt] = desk.due(1)
    [booked] = desk.result(attempt, DELIVERED, 2)
    assert isinstance(booked, Attempted)
    assert (booked.gateway, booked.channel, booked.dark) == (SMS, 1, MAIN)


def test_whom_no_independent_channel_reaches_is_tried_over_the_dark_egress_all_the_same() -> None:
    desk = dark()
    desk.page(1, 1, BINH)
    [attempt] = desk.due(1)
    [booked] = desk.result(attempt, DELIVERED, 2)
    assert isinstance(booked, Attempted)
    assert (booked.gateway, booked.dark) == (MAIL, None)


def test_the_dark_egress_is_tried_once_the_others_failed_and_is_the_last_to_be_tried_again() -> None:
    desk = dark()
    desk.page(1, 1)
    order = []
    unreached = []
    for at in range(1, 60):
        desk.advance(at)
        for attempt in desk.due(at):
            order.append(attempt.gateway)
            unreached += [entry for entry in desk.result(attempt, FAILED, at) if isinstance(entry, Unreached)]
    assert order[:2] == [SMS, CHAT]
    assert set(order[2:]) == {SMS}
    assert len(unreached) == 1


def test_where_the_others_refuse_for_good_the_dark_egress_is_all_there_is() -> None:
    desk = dark()
    desk.page(1, 1)
    [attempt] = desk.due(1)
    desk.result(attempt, REFUSED, 1)
    [attempt] = desk.due(1)
    [booked, *_] = desk.result(attempt, FAILED, 2)
    assert isinstance(booked, Attempted)
    assert (booked.gateway, booked.dark) == (CHAT, None)
    desk.advance(5)
    assert tried(desk, 5) == CHAT


@pytest.mark.parametrize("end", ["recovered", "closed", "only impaired"])
def test_once_it_is_dark_no_longer_the_channels_have_their_order_again(end: str) -> None:
    desk = dark()
    if end == "recovered":
        desk.recover(9, 1)
    elif end == "closed":
        desk.close(9, 1)
    else:
        desk.grow(9, 1, Why.EGRESS_IMPAIRED)
    desk.page(1, 2)
    assert tried(desk, 2) == CHAT


def test_an_egress_that_only_loses_packets_is_used() -> None:
    desk = Desk()
    desk.egress(9, 0, Why.EGRESS_IMPAIRED)
    desk.page(1, 1)
    assert tried(desk, 1) == CHAT


@pytest.mark.parametrize(("worse", "first"), [(Why.EGRESS_DARK, SMS), (Why.EGRESS_IMPAIRED, CHAT)])
def test_a_relapse_is_of_the_kind_that_it_was_before(worse: Why, first: GatewayId) -> None:
    desk = Desk()
    desk.egress(9, 0, worse)
    desk.recover(9, 1)
    desk.grow(9, 2, Why.RELAPSED)
    desk.page(1, 3)
    assert tried(desk, 3) == first


def test_what_rests_is_tried_at_its_time_once_the_egress_is_back() -> None:
    desk = dark()
    desk.page(1, 1)
    for _ in range(2):
        [attempt] = desk.due(1)
        desk.result(attempt, FAILED, 1)
    for at in (5.0, 12.0, 30.0):  # now only what is independent
        desk.advance(at)
        [attempt] = desk.due(at)
        assert attempt.gateway == SMS
        desk.result(attempt, FAILED, at)
    desk.recover(9, 31)
    desk.advance(31)
    assert tried(desk, 31) == CHAT


def test_after_a_restart_the_choice_is_the_same() -> None:
    desk = dark()
    desk.page(1, 1)
    [attempt] = desk.due(1)
    other = desk.restarted()
    other.advance(1)
    assert other.due(1) == (attempt,)
    desk.result(attempt, FAILED, 2)
    other = desk.restarted()
    other.advance(2)
    assert other.due(2) == desk.due(2)
    assert other.outbox.state == desk.outbox.state


@given(
    st.lists(st.sampled_from([None, "refused", "rests"]), min_size=1, max_size=5),
    st.lists(st.integers(0, 100), min_size=5, max_size=5),
    st.sets(st.integers(0, 4)),
)
def test_a_turn_is_the_one_that_the_plain_rules_give(
    states: list[str | None], rests: list[int], last: set[int]
) -> None:
    """Never tried before rested, what needs no dark egress before what does, then the sooner, then the first."""
    channels = [Channel(GatewayId(f"g{place}"), "") for place in range(len(states))]
    composed = Composed(
        at_ns=ns(0),
        message="m1",
        contact=AN,
        kind=MessageKind.PAGE,
        incidents=(inc(1),),
        urgency=Urgency.DARK,
    )
    message = Message(composed, ns(0), {inc(1)})
    for place, state in enumerate(states):
        if state is not None:
            message.book(
                Attempted(
                    at_ns=ns(1),
                    message=composed.message,
                    gateway=channels[place].gateway,
                    attempt=1,
                    delivered=False,
                    permanent=state == "refused",
                    retry_ns=None if state == "refused" else ns(rests[place]),
                    channel=place,
                )
            )
    left = [place for place, state in enumerate(states) if state != "refused"]
    ranked = sorted(
        left,
        key=lambda place: (states[place] is not None, place in last, states[place] and rests[place], place),
    )
    turn = message.turn(channels, last)
    assert (turn.channel if turn else None) == (ranked[0] if ranked else None)
