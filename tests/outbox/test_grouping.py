"""When messages leave: at once, in company, as digests, or not at all."""

from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.model.ids import IncidentId, SilenceId
from bridgewatch.model.log import Composed, Declined, HelpAsked, Muted
from bridgewatch.model.paging import AckWay, MessageKind, Urgency
from tests.outbox.boxes import AN, BINH, DELIVERED, FAILED, LIVE, Desk, inc, incs, ns


def filled() -> Desk:
    """An got as many pages within ten minutes as the ceiling allows, the last of them at 80."""
    desk = Desk()
    for number, at in enumerate((0, 40, 80)):
        assert desk.page(number, at)
    return desk


def test_the_first_page_leaves_at_once() -> None:
    desk = Desk()
    [composed] = desk.page(1, 0)
    assert composed == Composed(
        at_ns=ns(0),
        message=composed.message,
        contact=AN,
        kind=MessageKind.PAGE,
        incidents=incs(1),
        urgency=Urgency.IMPAIRED,
    )


def test_what_is_called_at_one_instant_leaves_as_one_message() -> None:
    desk = Desk()
    for number in (1, 2, 3):
        desk.open(number, 0)
        desk.call(number, 0)
    [composed] = desk.composed(0)
    assert composed.incidents == incs(1, 2, 3)


def test_followers_wait_for_company_until_the_group_is_over() -> None:
    desk = Desk()
    desk.page(1, 0)
    assert desk.page(2, 5) == []
    assert desk.page(3, 20) == []
    assert desk.outbox.next_deadline_ns() == ns(30)
    assert desk.composed(29.9) == []
    [composed] = desk.composed(30)
    assert composed.incidents == incs(2, 3)


def test_what_follows_long_after_leaves_at_once() -> None:
    desk = Desk()
    desk.page(1, 0)
    assert len(desk.page(2, 31)) == 1


def test_the_quickest_policy_of_those_that_wait_decides() -> None:
    desk = Desk()
    desk.page(1, 0)
    desk.page(2, 1)
    desk.page(3, 2, policy=LIVE)
    [composed] = desk.composed(10)
    assert composed.incidents == incs(2, 3)


def test_contacts_do_not_wait_for_each_other() -> None:
    desk = Desk()
    desk.page(1, 0, AN)
    assert len(desk.page(2, 1, BINH)) == 1


def test_the_worst_is_told_first() -> None:
    desk = Desk()
    desk.page(1, 0)
    desk.page(2, 1, urgency=Urgency.REDUCED)
    desk.page(3, 2, urgency=Urgency.DARK)
    [composed] = desk.composed(30)
    assert composed.incidents == incs(3, 2)
    assert composed.urgency is Urgency.DARK


def test_more_than_the_ceiling_become_a_digest() -> None:
    desk = filled()
    assert desk.page(4, 120) == []
    assert desk.page(5, 200) == []
    assert desk.composed(379) == []
    [composed] = desk.composed(380)  # `digest` seconds after the last page
    assert composed.kind is MessageKind.DIGEST
    assert composed.incidents == incs(4, 5)


def test_a_digest_turns_into_a_page_when_the_ten_minutes_have_room_again() -> None:
    desk = Desk()
    for number, at in enumerate((0, 300, 560)):
        desk.page(number, at)
    assert desk.page(4, 595) == []
    [composed] = desk.composed(600)
    assert composed.kind is MessageKind.PAGE


def test_a_site_newly_dark_does_not_wait_for_a_digest() -> None:
    desk = filled()
    desk.page(4, 115)
    [composed] = desk.page(5, 120, urgency=Urgency.DARK)
    assert composed.kind is MessageKind.PAGE
    assert composed.incidents == incs(5, 4)


def test_a_site_that_grows_dark_while_it_waits_does_not_wait_on() -> None:
    desk = filled()
    assert desk.page(4, 120) == []
    desk.open(4, 130, Urgency.DARK)
    assert [each.kind for each in desk.composed(130)] == [MessageKind.PAGE]


def test_a_dark_site_that_is_told_again_waits_for_the_digest() -> None:
    desk = filled()
    desk.page(4, 120, urgency=Urgency.DARK)
    desk.call(4, 240)
    assert desk.composed(240) == []
    [composed] = desk.composed(420)
    assert composed.kind is MessageKind.DIGEST


def test_a_live_digest_leaves_each_minute() -> None:
    desk = Desk()
    for number, at in enumerate((0, 20, 40)):
        desk.page(number, at, policy=LIVE)
    desk.page(4, 55, policy=LIVE)
    assert desk.outbox.next_deadline_ns() == ns(100)


def test_notes_are_collected_and_leave_as_one_digest() -> None:
    desk = Desk()
    desk.inform(1, 0, MessageKind.NOTES)
    desk.inform(2, 100, MessageKind.NOTES)
    assert desk.composed(299) == []
    [composed] = desk.composed(300)
    assert (composed.kind, composed.incidents) == (MessageKind.NOTES, incs(1, 2))


def test_recoveries_are_grouped_and_never_delay_a_page() -> None:
    desk = Desk()
    desk.page(1, 0)
    desk.page(2, 40)
    desk.recover(1, 100)
    desk.inform(1, 100)
    assert [each.kind for each in desk.composed(100)] == [MessageKind.RECOVERED]
    desk.recover(2, 101)
    desk.inform(2, 101)
    assert desk.composed(101) == []
    [page] = desk.page(3, 102)
    assert page.kind is MessageKind.PAGE


def test_a_recovery_waits_no_longer_than_a_digest_however_many_pages_go_on_leaving() -> None:
    desk = Desk()
    for number, at in enumerate((0, 10, 20)):
        desk.page(number, at, policy=LIVE)
    left = []
    for at in range(30, 200, 10):  # one newly dark site after the other
        if at == 40:
            desk.recover(0, at)
            desk.inform(0, at, policy=LIVE)
        left += [(at, each.kind) for each in desk.page(at, at, urgency=Urgency.DARK, policy=LIVE)]
    assert [at for at, kind in left if kind is MessageKind.RECOVERED] == [100]
    assert [at for at, kind in left if kind is MessageKind.PAGE] == [*range(30, 200, 10)]


@given(
    st.lists(
        st.tuples(st.integers(0, 25), st.booleans(), st.sampled_from([Urgency.DARK, Urgency.REDUCED])),
        min_size=1,
        max_size=60,
    )
)
def test_live_no_recovery_ever_waits_longer_than_a_minute(acts: list[tuple[int, bool, Urgency]]) -> None:
    """Whatever else is told: faults begin at any time, and the oldest of those that were told of is over."""
    desk = Desk()
    told: list[int] = []
    waits: dict[IncidentId, int] = {}

    def leave(at: int) -> None:
        for each in desk.composed(at):
            if each.kind is MessageKind.RECOVERED:
                for incident in each.incidents:
                    assert at - waits.pop(incident) <= 60
            else:
                told.extend(int(incident.removeprefix("INC-")) for incident in each.incidents)
        assert all(at - since <= 60 for since in waits.values())

    now = 0
    for number, (after, over, urgency) in enumerate(acts):
        for at in range(now, now + after + 1):
            leave(at)
        now += after
        if over and told:
            oldest = told.pop(0)
            desk.recover(oldest, now)
            desk.inform(oldest, now, policy=LIVE)
            waits[inc(oldest)] = now
        else:
            desk.open(number, now, urgency, LIVE)
            desk.call(number, now)
    for at in range(now, now + 62):
        leave(at)
    assert not waits


def test_what_informs_does_not_fill_the_ceiling_of_pages() -> None:
    desk = Desk()
    desk.page(0, 0)
    for number in range(1, 5):
        desk.page(number, 700 * number)
        desk.recover(number, 700 * number + 40)
        desk.inform(number, 700 * number + 40)
        desk.advance(700 * number + 40)
    [page] = desk.page(9, 2880)
    assert page.kind is MessageKind.PAGE


def test_who_was_never_told_of_a_fault_is_not_told_that_it_is_over() -> None:
    desk = Desk()
    desk.page(1, 0)
    desk.page(2, 5)  # waits
    desk.recover(2, 10)
    desk.inform(2, 10)
    assert desk.composed(30) == []


def test_a_page_that_waits_is_dropped_once_somebody_has_it() -> None:
    desk = Desk()
    desk.page(1, 0)
    desk.page(2, 5)
    desk.acknowledge(2, 10)
    assert desk.composed(30) == []
    assert desk.outbox.next_deadline_ns() is None or desk.outbox.next_deadline_ns() > ns(30)


def test_a_page_that_waits_is_dropped_while_a_silence_covers_it() -> None:
    desk = Desk()
    desk.page(1, 0)
    desk.page(2, 5)
    desk.write(Muted(at_ns=ns(6), incident=inc(2), silence=SilenceId("s1")))
    assert desk.composed(30) == []


def test_a_page_that_waits_for_somebody_who_declined_is_dropped_for_them_alone() -> None:
    desk = Desk()
    desk.page(1, 0, AN)
    desk.page(1, 0, BINH)
    desk.open(2, 5)
    desk.call(2, 5, AN)
    desk.call(2, 5, BINH)
    desk.write(Declined(at_ns=ns(6), incident=inc(2), actor="An", way=AckWay.LINK, contact=AN))
    assert [each.contact for each in desk.composed(35)] == [BINH]


def test_an_undelivered_page_is_not_tried_again_once_the_incident_is_over_but_its_recovery_is_told() -> None:
    desk = Desk()
    desk.page(1, 0)
    [attempt] = desk.due(0)
    desk.result(attempt, FAILED, 1)
    desk.due(1)
    desk.recover(1, 40)
    desk.inform(1, 40)
    [recovery] = desk.composed(40)
    assert recovery.kind is MessageKind.RECOVERED
    assert {each.kind for each in desk.due(40)} == {MessageKind.RECOVERED}
    desk.advance(200)
    assert MessageKind.PAGE not in {each.kind for each in desk.due(200)}


def test_a_grouped_page_is_tried_as_long_as_one_of_its_incidents_needs_an_answer() -> None:
    desk = Desk()
    for number in (1, 2):
        desk.open(number, 0)
        desk.call(number, 0)
    desk.advance(0)
    desk.acknowledge(1, 1)
    desk.advance(1)
    [attempt] = desk.due(1)
    assert attempt.incidents == incs(1, 2)
    desk.result(attempt, FAILED, 2)
    desk.acknowledge(2, 3)
    desk.advance(3)
    assert desk.due(3) == ()


def test_the_word_that_somebody_has_it_is_taken_back_when_they_need_help() -> None:
    desk = Desk()
    desk.page(1, 0, AN)
    desk.page(1, 0, BINH)
    desk.acknowledge(1, 5)
    desk.inform(1, 5, MessageKind.TAKEN, BINH)  # waits for company
    assert desk.composed(5) == []
    desk.write(HelpAsked(at_ns=ns(6), incident=inc(1), actor="An", way=AckWay.LINK, contact=AN))
    assert desk.composed(40) == []


def test_news_replace_older_news_of_the_same_incident() -> None:
    desk = Desk()
    desk.page(1, 0, BINH)
    desk.acknowledge(1, 5)
    desk.inform(1, 5, MessageKind.TAKEN, BINH)
    desk.recover(1, 10)
    desk.inform(1, 10, MessageKind.RECOVERED, BINH)
    assert [each.kind for each in desk.composed(30)] == [MessageKind.RECOVERED]


def test_ids_differ_and_stay_the_same_over_a_restart() -> None:
    desk = Desk()
    names = [desk.page(number, 40 * number)[0].message for number in range(2)]
    assert len(set(names)) == 2
    other = desk.restarted()
    assert set(other.outbox.state.messages) == set(names)
    [new] = other.page(2, 80)
    assert new.message not in names


def test_two_messages_of_one_instant_have_two_names() -> None:
    desk = Desk()
    desk.open(1, 0)
    desk.call(1, 0, AN)
    desk.call(1, 0, BINH)
    first, second = desk.composed(0)
    assert first.message != second.message


def test_a_message_can_be_looked_up_until_a_day_after_its_incidents() -> None:
    desk = Desk()
    [composed] = desk.page(1, 0)
    [attempt] = desk.due(0)
    desk.result(attempt, DELIVERED, 1)
    desk.close(1, 100)
    desk.advance(100)
    assert composed.message in desk.outbox.state.messages
    desk.advance(100 + 86_400)
    assert desk.outbox.state.messages == {}
    assert desk.outbox.state.subjects == {}
