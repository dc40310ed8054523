"""A fault from its first silence to the word that all is well, through all rooms."""

from dataclasses import replace
from typing import Any

import pytest

from bridgewatch.core.escalation.case import Case
from bridgewatch.core.escalation.steps import Caller
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.commands import (
    Acknowledge,
    AskHelp,
    Decline,
    LiftSilence,
    OrderEvent,
    Refusal,
    Resolve,
    SetSilence,
    Verdict,
)
from bridgewatch.model.delivery import BriefBefore
from bridgewatch.model.desk import Stage
from bridgewatch.model.ids import ContactId, EventId, IncidentId, LinkId, MessageId, SilenceId, SiteId
from bridgewatch.model.inventory import Target
from bridgewatch.model.log import (
    Acknowledged,
    Called,
    Closed,
    Composed,
    EventOrdered,
    Hastened,
    Muted,
    Opened,
    RaisedAgain,
    Stepped,
    Unreached,
)
from bridgewatch.model.paging import (
    AckWay,
    Audience,
    Delivery,
    FaultKind,
    MessageKind,
    Phase,
    Role,
    Urgency,
    Why,
)
from bridgewatch.model.words import Language, ProbeKind
from tests.incidents.worlds import LIVE, SECOND, START, L, live_event, world
from tests.paging.worlds import (
    AN,
    BINH,
    CHAT,
    CHI,
    DELIVERED,
    DUNG,
    FAILED,
    NOC,
    REFUSED,
    SMS,
    House,
    at_once,
    called,
    informed,
    minutes,
    people,
    running,
    state,
    steps,
    village,
)


def acknowledge(
    *incidents: IncidentId, contact: object = AN, message: MessageId | None = None
) -> Acknowledge:
    return Acknowledge(actor="An", incidents=incidents, way=AckWay.LINK, contact=contact, message=message)  # type: ignore[arg-type]


def test_a_cut_is_held_paged_escalated_taken_and_over() -> None:
    house = running()
    house.down("xa/wan")
    assert house.messages() == []
    assert called(house.wait(60)) == [AN]
    [page] = house.messages()
    assert (page.contact, page.kind, page.urgency) == (AN, MessageKind.PAGE, Urgency.DARK)
    assert called(house.wait(900)) == [BINH, CHI]
    [incident] = house.paging._incidents.open
    verdict = house.command(acknowledge(incident, contact=BINH))
    assert verdict.accepted
    assert informed(verdict.entries) == [(AN, MessageKind.TAKEN), (CHI, MessageKind.TAKEN)]
    assert called(house.wait(300)) == []
    house.up("xa/wan")
    assert {(each.contact, each.kind) for each in house.messages()[-3:]} == {
        (contact, MessageKind.RECOVERED) for contact in (AN, BINH, CHI)
    }
    house.wait(700)
    assert [entry.why for entry in house.log if isinstance(entry, Closed)] == [Why.RECOVERED]
    assert house.paging._incidents.open == {}


def test_a_relapse_is_told_from_its_own_beginning_and_as_one() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [first] = house.paging.brief(house.sent[-1], house.now_ns).incidents
    assert (first.spells, first.first_ns) == (1, None)
    house.wait(30)
    house.up("xa/wan")
    house.wait(90)
    again_ns = house.now_ns
    house.down("xa/wan")
    house.wait(31)
    told = house.paging.brief(house.sent[-1], house.now_ns)
    [incident] = told.incidents
    assert told.kind is MessageKind.PAGE
    assert (incident.spells, incident.first_ns) == (2, first.began_ns)
    assert 0 <= again_ns - incident.began_ns <= 10 * SECOND
    house.up("xa/wan")
    [over] = house.paging.brief(house.sent[-1], house.now_ns).incidents
    assert over.ended_ns is not None
    assert over.ended_ns - over.began_ns < 45 * SECOND  # not since the first time


def test_a_relapse_is_of_the_event_and_the_policy_of_now() -> None:
    first, second = (
        replace(
            live_event("xa", starts_ns=START + minutes(begin), ends_ns=START + minutes(begin + 5)),
            id=EventId(name),
            name=name,
            check_ns=0,
        )
        for name, begin in (("a", -60), ("b", 20))
    )
    house = running(village(directory=at_once(), events=[first, second]))
    house.down("xa/wan")
    [page] = house.paging.brief(house.sent[-1], house.now_ns).incidents
    assert (page.event, page.phase) == ("a", Phase.LIVE)
    house.wait(720)
    house.command(OrderEvent(actor="NOC", event=first.id, close=True))
    house.up("xa/wan")
    house.wait(500)
    assert house.paging.agenda.phase(second.id, house.now_ns) is Phase.LIVE
    written = house.down("xa/wan")
    assert [(each.why, each.policy, each.event) for each in written if isinstance(each, Stepped)] == [
        (Why.RELAPSED, LIVE, "b")
    ]
    house.wait(31)
    [page] = house.paging.brief(house.sent[-1], house.now_ns).incidents
    [row] = house.paging.snapshot(house.now_ns).incidents
    assert (page.event, page.event_name, page.phase, page.spells) == ("b", "b", Phase.LIVE, 2)
    assert row.event == "b"
    assert house.replayed().snapshot(house.now_ns).incidents[0].event == "b"


def before_of(house: House, contact: ContactId) -> BriefBefore | None:
    """What the latest message to a contact says of what went before."""
    page = next(each for each in reversed(house.sent) if each.contact == contact)
    return house.paging.brief(page, house.now_ns).incidents[0].before


def test_who_is_called_after_others_is_told_what_those_did() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [incident] = house.paging._incidents.open
    assert before_of(house, AN) == BriefBefore(Why.FIRST_STEP)
    house.command(AskHelp(actor="An", incidents=(incident,), way=AckWay.CHAT, contact=AN))
    asked = BriefBefore(Why.HELP_ASKED, ("An",), 1)
    assert (before_of(house, BINH), before_of(house, CHI)) == (asked, asked)
    house.wait(1)
    for contact in (BINH, CHI):
        house.command(Decline(actor="?", incidents=(incident,), way=AckWay.CHAT, contact=contact))
    assert before_of(house, DUNG) == BriefBefore(Why.ALL_DECLINED, ("Binh", "Chi"), 3)
    assert before_of(house, AN) == BriefBefore(Why.FIRST_STEP)  # An's page is of another step
    assert before_of(house, BINH) == asked
    house.wait(901)
    assert before_of(house, NOC) == BriefBefore(Why.NO_ANSWER, ("Binh", "Chi"), 4)
    assert house.replayed().standing(incident, house.now_ns) == house.paging.standing(incident, house.now_ns)


def test_who_is_called_because_who_had_it_declined_is_told_so() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [incident] = house.paging._incidents.open
    house.command(AskHelp(actor="An", incidents=(incident,), way=AckWay.CHAT, contact=AN))
    house.wait(1)
    house.command(Acknowledge(actor="Binh", incidents=(incident,), way=AckWay.CHAT, contact=BINH))
    house.command(Decline(actor="Binh", incidents=(incident,), way=AckWay.CHAT, contact=BINH))
    house.wait(1)
    assert before_of(house, DUNG) == BriefBefore(Why.HANDED_BACK, ("Binh",), 3)
    standing = house.paging.standing(incident, house.now_ns)
    assert standing is not None
    assert (standing.handed_back, standing.told.taken_by) == (BINH, None)
    house.command(Acknowledge(actor="Dung", incidents=(incident,), way=AckWay.CHAT, contact=DUNG))
    standing = house.paging.standing(incident, house.now_ns)
    assert standing is not None
    assert standing.handed_back is None


def test_a_page_that_leaves_only_after_a_later_step_says_why_its_own_step_went() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [incident] = house.paging._incidents.open
    house.command(AskHelp(actor="An", incidents=(incident,), way=AckWay.CHAT, contact=AN))
    house.wait(901)
    assert before_of(house, DUNG) == BriefBefore(Why.NO_ANSWER, (), 3)
    asked = BriefBefore(Why.HELP_ASKED, ("An",), 1)
    assert (before_of(house, BINH), before_of(house, CHI)) == (asked, asked)


def test_a_page_of_a_carriers_fault_names_its_area_apart_from_the_sites_that_it_hurts() -> None:
    links = [L(f"{name}/wan") for name in ("a", "b", "c", "d", "e", "f")]
    parents = dict.fromkeys(("a", "b", "c", "d", "e", "f"), "huyen")
    house = running(world(links, parents=parents, people=at_once()))
    house.down(*(link.id for link in links))
    house.wait(1)
    [page] = house.paging.brief(house.sent[-1], house.now_ns).incidents
    assert (page.kind, page.subject, page.area) == (FaultKind.AREA, "vnpt, Điểm cầu huyen", "Điểm cầu huyen")
    assert len(page.dark) == len(links)


def test_a_page_of_a_reflector_that_does_not_run_names_the_line_and_where_it_is_asked() -> None:
    inventory = world([L("xa/wan", stamp=True), L("xa/internet", "viettel", stamp=True)], people=at_once())
    for host, port, told in (("192.0.2.7", 862, "192.0.2.7:862"), ("2001:db8::7", 862, "[2001:db8::7]:862")):
        target = (Target("t", ProbeKind.STAMP, host, port),)
        links = {name: replace(link, targets=target) for name, link in inventory.links.items()}
        house = running(replace(inventory, links=links))
        house.refuse("xa/wan")
        [page] = house.paging.brief(house.sent[-1], house.now_ns).incidents
        assert page.kind is FaultKind.TARGET
        assert page.link is not None
        assert (page.link.id, page.link.address) == ("xa/wan", told)
        house.refuse("xa/internet")
        [page] = house.paging.brief(house.sent[-1], house.now_ns).incidents
        assert page.link is None
        assert {link.id for link in page.links} == {"xa/wan", "xa/internet"}


def test_when_all_who_were_called_declined_nobody_is_said_to_have_been_silent() -> None:
    directory = at_once()
    rosters = tuple(each for each in directory.rosters if each.role is Role.DUTY and each.carrier)
    house = running(village(directory=replace(directory, rosters=rosters)))
    house.down("xa/wan")
    [incident] = house.paging._incidents.open
    house.command(Decline(actor="An", incidents=(incident,), way=AckWay.CHAT, contact=AN))
    calls = [each.why for each in house.log if isinstance(each, Called) and each.contact == NOC]
    assert calls[0] is Why.ALL_DECLINED
    assert before_of(house, NOC) == BriefBefore(Why.ALL_DECLINED, ("An",), 1)


def test_a_resolution_names_who_closed_what_is_still_broken() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [incident] = house.paging._incidents.open
    house.command(Resolve(actor="Hoa", incidents=(incident,)))
    house.wait(31)
    told = house.paging.brief(house.sent[-1], house.now_ns)
    assert (told.kind, told.incidents[0].closed_by) == (MessageKind.RESOLVED, "Hoa")


def test_a_short_cut_pages_nobody() -> None:
    house = running()
    house.down("xa/wan")
    house.wait(30)
    house.up("xa/wan")
    house.wait(3600)
    assert house.sent == []


def test_a_live_event_pages_sooner_and_hastens_what_runs() -> None:
    event = live_event("xa", starts_ns=START + minutes(10))
    house = running(village(events=[event]))
    house.down("xa/wan")
    house.wait(300)
    assert steps(house.log) == [0]
    entries = house.wait(310)
    assert [entry.why for entry in entries if isinstance(entry, Hastened)] == []
    assert steps(entries) == [1]  # by the live policy it was overdue


def test_acknowledging_a_grouped_message_takes_exactly_its_incidents() -> None:
    house = running(village(directory=at_once(raise_again=7200.0)))
    house.down("xa/wan")
    house.wait(1)
    house.down("ban/wan")
    house.down("thon/wan")
    house.wait(31)
    first, second = house.messages()
    assert len(first.incidents) == 1
    assert len(second.incidents) == 2
    house.command(acknowledge(*second.incidents, message=second.message))
    entries = house.wait(900)
    assert {entry.incident for entry in entries if isinstance(entry, Called)} == set(first.incidents)
    assert house.paging.message(second.message) == second
    assert house.paging.message(MessageId("m0")) is None


def test_what_no_channel_takes_goes_to_the_next_step_while_it_is_tried_again() -> None:
    house = running(village(directory=at_once()))
    house.gateway = lambda attempt: FAILED if attempt.contact == AN else DELIVERED
    entries = house.down("xa/wan")
    assert [type(entry) for entry in entries if isinstance(entry, Unreached)] == [Unreached]
    assert called(entries) == [AN, BINH, CHI]
    assert [attempt.gateway for attempt in house.sent if attempt.contact == AN] == [CHAT, SMS]
    house.gateway = lambda _: DELIVERED
    house.wait(3)
    assert house.sent[-1].contact == AN


def test_a_dead_letter_pages_the_lead() -> None:
    house = running(village(directory=at_once()))
    house.gateway = lambda attempt: REFUSED if attempt.contact in (AN, BINH, CHI) else DELIVERED
    entries = house.down("xa/wan")
    calls = [(entry.contact, entry.why) for entry in entries if isinstance(entry, Called)]
    assert (DUNG, Why.ON_DUTY) in calls or (DUNG, Why.DEAD_LETTER) in calls
    assert house.paging.snapshot(house.now_ns).dead_letters == 3


def test_when_nobody_can_be_reached_there_is_no_storm_of_calls() -> None:
    house = running(village(directory=at_once()))
    house.gateway = lambda _: FAILED
    incident = next(entry.incident for entry in house.down("xa/wan") if isinstance(entry, Opened))
    house.wait(899)
    own = [entry for entry in house.log if isinstance(entry, Stepped) and entry.incident == incident]
    assert steps(own) == [0, 1, 2, 3]
    assert len(house.sent) < 500


def test_gateways_that_hang_delay_one_channel_by_its_time_limit() -> None:
    house = running(village(directory=at_once()))
    house.gateway = lambda attempt: None if attempt.gateway == CHAT else DELIVERED
    house.down("xa/wan")
    house.wait(25)
    assert [(attempt.gateway, attempt.number) for attempt in house.sent] == [(CHAT, 1), (SMS, 2)]
    assert not house.paging._outbox.state.undelivered


def test_silences_mute_and_call_at_once_when_they_end() -> None:
    house = running(village(directory=at_once()))
    order = SetSilence(
        actor="NOC",
        starts_ns=house.now_ns,
        ends_ns=house.now_ns + minutes(60),
        note="đấu nối",
        site=SiteId("xa"),
    )
    verdict = house.command(order)
    assert verdict.created is not None
    assert [each.silence for each in house.paging.silences(house.now_ns)] == [verdict.created]
    entries = house.down("xa/wan")
    assert [type(entry) for entry in entries if isinstance(entry, Opened | Muted)] == [Opened, Muted]
    assert house.wait(3599) == []
    house.wait(1)
    assert [each.contact for each in house.messages()] == [AN]
    assert house.command(LiftSilence(actor="NOC", silence=verdict.created)).refusals == (
        (verdict.created, Refusal.UNKNOWN_SILENCE),
    )


def test_history_is_never_muted() -> None:
    house = running(village(directory=at_once()))
    house.command(
        SetSilence(
            actor="NOC",
            starts_ns=house.now_ns,
            ends_ns=house.now_ns + minutes(60),
            note="",
            carrier=house.inventory.links[LinkId("xa/wan")].carrier,
        )
    )
    house.down("xa/wan")
    [incident] = house.paging.standings(house.now_ns)
    assert incident.stage is Stage.MUTED
    assert incident.told.dark == ("Điểm cầu xa",)


def test_a_live_event_can_be_closed_and_extended_and_nothing_else() -> None:
    event = live_event("xa", ends_ns=START + minutes(60))
    house = running(village(events=[event]))
    assert house.command(OrderEvent(actor="NOC", event=EventId("?"))).refusals == (
        ("?", Refusal.UNKNOWN_EVENT),
    )
    assert house.command(OrderEvent(actor="NOC", event=event.id)).refusals == ((event.id, Refusal.NO_END),)
    later = OrderEvent(actor="NOC", event=event.id, ends_ns=START + minutes(120))
    assert [type(entry) for entry in house.command(later).entries] == [EventOrdered]
    house.wait(150 * 60)
    assert house.paging.agenda.phase(event.id, house.now_ns) is Phase.LIVE
    close = OrderEvent(actor="NOC", event=event.id, close=True)
    assert house.command(close).accepted
    assert house.paging.agenda.phase(event.id, house.now_ns) is Phase.REPORT
    assert house.command(close).refusals == ((event.id, Refusal.EVENT_NOT_LIVE),)
    assert house.replayed().agenda.phase(event.id, house.now_ns) is Phase.REPORT


def test_an_event_is_not_extended_to_where_it_ends_as_it_is() -> None:
    planned_ns = START + minutes(60)
    event = live_event("xa", ends_ns=planned_ns)
    house = running(village(events=[event]))

    def extend(ends_ns: int) -> Verdict:
        return house.command(OrderEvent(actor="NOC", event=event.id, ends_ns=ends_ns))

    refused = ((event.id, Refusal.NOT_LATER),)
    for ends_ns in (START + minutes(30), planned_ns):
        assert (extend(ends_ns).refusals, extend(ends_ns).ends_ns) == (refused, planned_ns)
    assert house.paging.orders == ()
    assert extend(START + minutes(120)).accepted
    assert (extend(START + minutes(120)).refusals, extend(planned_ns - 1).refusals) == (refused, refused)
    assert extend(planned_ns - 1).ends_ns == START + minutes(120)
    assert extend(START + minutes(90)).accepted  # a mistake is put right
    assert extend(START + minutes(90)).ends_ns == START + minutes(90)


def test_orders_move_with_the_clock() -> None:
    event = live_event("xa", ends_ns=START + minutes(60))
    house = running(village(events=[event]))
    house.wait(600)
    house.command(OrderEvent(actor="NOC", event=event.id, close=True))
    house.step_clock(-minutes(15))
    assert house.paging.agenda.phase(event.id, house.now_ns) is Phase.REPORT
    assert house.replayed()._orders == [
        EventOrder(event.id, START + 611 * SECOND - minutes(15), "NOC", close=True)
    ]


def test_resolving_ends_it_and_says_so_once() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [incident] = house.paging._incidents.open
    verdict = house.command(
        Resolve(actor="NOC", incidents=(incident, IncidentId("INC-99")), note="đã khắc phục")
    )
    assert verdict.refusals == (("INC-99", Refusal.UNKNOWN_INCIDENT),)
    assert informed(verdict.entries) == [(AN, MessageKind.RESOLVED)]
    again = house.command(Resolve(actor="NOC", incidents=(incident,)))
    assert (again.entries, again.refusals) == ((), ((incident, Refusal.ALREADY_OVER),))
    assert called(house.wait(5000)) == []


def test_answers_that_change_nothing_write_nothing() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [incident] = house.paging._incidents.open
    house.command(acknowledge(incident))
    again = house.command(acknowledge(incident, contact=None))
    assert (again.entries, again.taken_by) == ((), ((incident, "An"),))
    decline = Decline(actor="Bình", incidents=(incident,), way=AckWay.LINK, contact=BINH)
    assert house.command(decline).refusals == ((incident, Refusal.NOT_CALLED),)


def test_help_goes_to_the_next_step_now() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [incident] = house.paging._incidents.open
    verdict = house.command(AskHelp(actor="An", incidents=(incident,), way=AckWay.CHAT, contact=AN))
    assert called(verdict.entries) == [BINH, CHI]


def test_taken_and_still_dark_is_raised_again() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [incident] = house.paging._incidents.open
    house.command(acknowledge(incident))
    entries = house.wait(600)
    assert [entry.why for entry in entries if isinstance(entry, RaisedAgain)] == [Why.STILL_DARK]
    assert called(entries) == [BINH, CHI]


def test_children_seen_first_are_folded_and_their_people_are_told() -> None:
    links = [L("tinh/wan", handover=None), *(L(f"xa{number}/wan", via="tinh/wan") for number in range(3))]
    house = running(world(links, people=at_once()))
    house.down("xa0/wan")
    assert called(house.log) == [AN]
    house.down("tinh/wan")
    house.down("xa1/wan", "xa2/wan")
    house.wait(40)
    assert MessageKind.FOLDED in {each.kind for each in house.messages()}
    [root] = [each for each in house.paging.standings(house.now_ns) if each.stage is not Stage.FOLDED]
    assert root.told.links_total == 4
    folded = house.paging.standing(house.messages()[0].incidents[0], house.now_ns)
    assert folded is not None
    assert (folded.stage, folded.told.into) == (Stage.FOLDED, root.told.code)
    verdict = house.command(acknowledge(house.messages()[0].incidents[0]))
    assert verdict.accepted
    assert house.paging.standings(house.now_ns)[0].told.taken_by == "An"


def test_short_cuts_of_a_live_event_go_to_our_duty_as_notes_within_a_minute() -> None:
    house = running(village(events=[live_event("xa", "ban")]))
    house.down("xa/wan", before=0.5)
    house.wait(1)
    house.up("xa/wan")
    house.wait(60)
    assert [(each.contact, each.kind) for each in house.messages()] == [(CHI, MessageKind.NOTES)]


def test_a_fault_that_others_found_is_paged_like_any_other_and_cleared() -> None:
    house = running(village(directory=at_once()))
    raised = house.note(
        house.paging.raise_fault(FaultKind.DELIVERY, "store", Audience.OWN, Why.STORE_FAILING, house.now_ns)
    )
    assert called(raised) == [CHI]
    assert (
        house.paging.raise_fault(FaultKind.DELIVERY, "store", Audience.OWN, Why.STORE_FAILING, house.now_ns)
        == ()
    )
    house.wait(31)
    cleared = house.note(house.paging.clear_fault(FaultKind.DELIVERY, "store", house.now_ns))
    assert MessageKind.RECOVERED in {kind for _, kind in informed(cleared)}


def test_a_brief_says_everything_by_name() -> None:
    house = running(village(events=[live_event("xa")], directory=at_once()))
    house.down("xa/wan")
    [attempt] = house.sent
    brief = house.paging.brief(attempt, house.now_ns)
    assert (brief.contact_name, brief.language, brief.role, brief.step) == ("An", Language.VI, Role.DUTY, 0)
    assert brief.answers == {AckWay.LINK, AckWay.CHAT}
    [told] = brief.incidents
    assert (told.subject, told.dark, told.event_name, told.phase) == (
        "Điểm cầu xa",
        ("Điểm cầu xa",),
        "Hội nghị",
        Phase.LIVE,
    )
    [link] = told.links
    assert (link.id, link.site, link.carrier, link.network) == ("xa/wan", "Điểm cầu xa", "vnpt", "wan")
    assert link.proof.unanswered == 8
    house.adopt(
        replace(house.inventory, links={}, sites={}, events={}, directory=replace(people(), contacts={}))
    )
    assert house.paging.brief(attempt, house.now_ns).contact_name == AN


def test_the_snapshot_counts_what_readers_show() -> None:
    house = running(village(events=[live_event("xa")], directory=at_once()))
    house.gateway = lambda attempt: FAILED if attempt.gateway == CHAT else DELIVERED
    house.down("xa/wan")
    house.gateway = lambda _: None
    house.wait(40)
    house.down("ban/wan")
    snapshot = house.paging.snapshot(house.now_ns)
    assert snapshot.open_by_urgency()[Urgency.DARK] == 2
    assert snapshot.notifications == {(CHAT, Delivery.FAILED): 1, (SMS, Delivery.DELIVERED): 1}
    assert (snapshot.outbox_depth, snapshot.outbox_oldest_ns) == (1, house.now_ns)
    assert snapshot.phases == {EventId("e"): Phase.LIVE}
    assert [(row.stage, row.step) for row in snapshot.incidents] == [(Stage.CALLING, 0), (Stage.CALLING, 0)]


def test_incidents_are_found_by_id_and_by_code_and_listed_worst_first() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [row] = house.paging.snapshot(house.now_ns).incidents
    for name in (row.id, row.code, row.code.lower()):
        found = house.paging.standing(name, house.now_ns)
        assert found is not None
        assert found.told.id == row.id
    assert house.paging.standing("????", house.now_ns) is None
    house.up("xa/wan")
    assert house.paging.standings(house.now_ns) == ()
    assert [each.stage for each in house.paging.standings(house.now_ns, over=True)] == [Stage.OVER]


def test_without_contacts_incidents_are_kept_and_nobody_is_called() -> None:
    house = running(village(directory=replace(at_once(), contacts={}, rosters=(), catch_all=())))
    house.down("xa/wan")
    house.wait(5000)
    assert len(house.paging.snapshot(house.now_ns).incidents) == 1
    assert house.sent == []


def test_a_quiet_moment_writes_nothing_and_asks_for_nothing() -> None:
    house = running()
    assert house.paging.advance(house.now_ns) == ()
    assert house.paging.due(house.now_ns) == ()


def test_a_restart_in_the_middle_forgets_nothing() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    house.command(
        SetSilence(
            actor="NOC",
            starts_ns=house.now_ns,
            ends_ns=house.now_ns + minutes(60),
            note="",
            link=LinkId("ban/wan"),
        )
    )
    house.wait(100)
    other = house.replayed()
    assert state(other) == state(house.paging)
    assert NOC not in called(house.log)
    assert all(isinstance(each, Composed) for each in house.messages())
    assert SilenceId("s") not in {each.silence for each in other.silences(house.now_ns)}


def test_an_answer_to_a_message_is_for_what_it_lists_and_for_nothing_else() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    house.wait(40)
    house.down("ban/wan")
    first, second = house.messages()
    verdict = house.command(acknowledge(*second.incidents, *first.incidents, message=second.message))
    assert verdict.refusals == ((first.incidents[0], Refusal.UNKNOWN_INCIDENT),)
    assert [entry.incident for entry in verdict.entries if isinstance(entry, Acknowledged)] == list(
        second.incidents
    )


def test_an_incident_that_cannot_be_decided_stops_no_other_and_loses_nothing() -> None:
    house = running(village(directory=at_once()))
    caller = house.paging._escalation._caller

    class Stumbling(Caller):
        def step(self, case: Case, *rest: Any) -> Any:
            if case.incident == "INC-2":
                raise ZeroDivisionError
            return super().step(case, *rest)

    house.paging._escalation._caller = Stumbling(caller.oncall, caller.terms)
    with pytest.raises(ZeroDivisionError):
        house.down("xa/wan", "ban/wan", "thon/wan")
    assert house.paging.next_deadline_ns() == 0  # at once
    house.note(house.paging.advance(house.now_ns))
    assert {entry.incident for entry in house.log if isinstance(entry, Called)} == {"INC-1", "INC-3"}
    assert state(house.replayed()) == state(house.paging)
