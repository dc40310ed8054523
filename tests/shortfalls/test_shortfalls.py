"""Bandwidth that falls short becomes an incident: who hears of it, when, and with which figures."""

from dataclasses import replace
from typing import Any

import pytest

from bridgewatch.core.shortfalls import shortfalls
from bridgewatch.core.shortfalls.findings import Judged, judge_link
from bridgewatch.core.shortfalls.interfaces import MOST_TOLD
from bridgewatch.model.bandwidth import CapacityState, Contract, Direction, NeedState, Raise, UseState
from bridgewatch.model.calendar import Event
from bridgewatch.model.commands import Acknowledge, AskHelp, Resolve, SetSilence
from bridgewatch.model.ids import EventId, LinkId, SiteId
from bridgewatch.model.inventory import Link
from bridgewatch.model.log import (
    BandwidthTold,
    Called,
    Closed,
    Informed,
    InterfaceTold,
    Noticed,
    Opened,
    PutOff,
    Recovered,
    Stepped,
)
from bridgewatch.model.paging import AckWay, Audience, FaultKind, MessageKind, Phase, Urgency, Why
from bridgewatch.model.policy import BANDWIDTH
from tests.incidents.worlds import L, world
from tests.paging.worlds import AN, CHI, DUNG, called, state
from tests.shortfalls.worlds import BAN, HOUR, SECOND, TINH, XA, M, Town, at, town, village

FULL = (0.95,) * 5
EM = "em"


def only(house: Town, kind: type) -> list:
    return [entry for entry in house.log if isinstance(entry, kind)]


def column(house: Town, name: str, link: LinkId = XA) -> int:
    judged = house.paging.judged(house.now_ns)
    return getattr(judged, name)[list(judged.inventory.links).index(link)]


def meeting(clock: str = "08:00", day: int = 5, *sites: str, **more: object) -> Event:
    starts_ns = at(clock, day)
    chosen = tuple(map(SiteId, sites or ("xa", "ban")))
    event = Event(EventId("hop"), "Hội nghị", chosen, starts_ns, starts_ns + 2 * HOUR * SECOND)
    return replace(event, **more)  # type: ignore[arg-type]


# Use


def test_a_real_overload_opens_a_calm_incident_for_our_own_people() -> None:
    house = town("09:00")
    house.minute(*FULL)
    (noticed,) = only(house, Noticed)
    assert (noticed.kind, noticed.subject, noticed.audience) == (FaultKind.USE, XA, Audience.OWN)
    (told,) = only(house, BandwidthTold)
    assert (told.direction, told.rate, told.limit) == (Direction.DOWN, 19 * M, 20 * M)
    assert not called(house.log)
    house.minute(*FULL * 2)
    (opened,) = only(house, Opened)
    assert (opened.policy, opened.hold) == (BANDWIDTH, 600.0)
    assert called(house.log) == [CHI]
    (incident,) = house.paging._incidents.open.values()
    assert incident.urgency is Urgency.NOTE


def test_by_night_it_is_recorded_at_once_and_paged_in_the_morning() -> None:
    house = town("22:00")
    house.minute(*FULL * 4)
    assert only(house, Opened)[0].at_ns < at("22:30")
    (put_off,) = only(house, PutOff)
    assert (put_off.policy, put_off.until_ns) == (BANDWIDTH, at("07:00", 1))
    assert not called(house.log)
    standing = house.paging.standings(house.now_ns)[0]
    assert standing.next_ns == at("07:00", 1)
    for _ in range(8):  # it stays so all night
        house.minute(*FULL * 12)
    assert not called(house.log)
    house.wait((at("07:00", 1) - house.now_ns) / SECOND)
    assert [entry.at_ns for entry in only(house, Called)] == [at("07:00", 1)]
    assert only(house, Stepped)[0].why is Why.FIRST_STEP


def test_the_next_step_waits_for_the_morning_and_help_does_not() -> None:
    house = town("17:00")
    house.minute(*FULL * 4)
    assert called(house.log) == [CHI]
    (first,) = only(house, Stepped)
    assert (
        first.next_ns == first.at_ns + 4 * HOUR * SECOND + 11 * HOUR * SECOND
    )  # 20:00 to 07:00 do not count
    house.wait(6 * HOUR)
    assert called(house.log) == [CHI]
    incident = only(house, Noticed)[0].incident
    house.command(AskHelp(actor="Chi", incidents=(incident,), way=AckWay.LINK, contact=CHI))
    assert called(house.log) == [CHI, DUNG]


def test_that_it_is_over_is_told_in_the_morning_too() -> None:
    house = town("19:00")
    house.minute(*FULL * 4)
    assert called(house.log) == [CHI]
    house.wait(HOUR)
    house.minute(*(0.1,) * 12)
    assert only(house, Recovered)
    assert not only(house, Informed)
    house.wait(HOUR)
    assert only(house, Closed)
    house.wait((at("07:00", 1) - house.now_ns) / SECOND)
    (informed,) = only(house, Informed)
    assert (informed.kind, informed.at_ns) == (MessageKind.RECOVERED, at("07:00", 1))


def test_an_event_that_begins_before_the_morning_does_not_wait() -> None:
    house = town("22:00", village([meeting("06:30", 1)]))
    house.minute(*FULL * 4)
    assert called(house.log) == [CHI]
    late = town("22:00", village([meeting("08:30", 1)]))
    late.minute(*FULL * 4)
    assert not called(late.log)


def test_a_peak_opens_nothing_and_neither_does_what_is_busy() -> None:
    house = town()
    house.minute(1.0, *(0.1,) * 5, 1.0, 1.0, *(0.1,) * 5, *(0.75,) * 10)
    assert not only(house, Noticed)
    assert column(house, "use") == UseState.BUSY


def test_a_test_that_saturates_the_link_opens_nothing_and_ends_nothing() -> None:
    house = town()
    test = house.begin_test(seconds=300.0)
    for link in (XA, TINH, BAN):
        house.read(link, 19.5 * M)
    house.minute(*FULL)
    assert not only(house, Noticed)
    assert column(house, "use") == UseState.UNKNOWN
    house.end_test(test, 19, 9)
    house.read(XA, 19.5 * M)  # its interval still holds the test
    house.minute(*(0.1,) * 5)
    assert column(house, "use") == UseState.OK
    house.minute(*FULL)
    assert [entry.kind for entry in only(house, Noticed)] == [FaultKind.USE]
    again = house.begin_test(seconds=300.0)
    house.minute(*(0.1,) * 6)
    house.end_test(again, 19, 9)
    house.minute(0.95, 0.95)
    assert column(house, "use") == UseState.OVER  # low readings during a test are no relief either
    assert not only(house, Recovered)


def test_the_contract_in_force_is_what_traffic_is_held_against() -> None:
    raised = Contract(20 * M, 10 * M, (Raise(at("08:00"), at("12:00"), 100 * M, 50 * M),))
    house = town("11:00", village(contract=raised))
    house.minute(*FULL)
    assert not only(house, Noticed)
    late = town("12:00", village(contract=raised))
    late.minute(*FULL)
    assert only(late, Noticed)


def test_another_contract_is_held_against_readings_to_come_only() -> None:
    house = town()
    house.minute(*FULL)
    more = {
        name: replace(link, contract=Contract(100 * M, 50 * M))
        for name, link in house.inventory.links.items()
    }
    house.adopt(replace(house.inventory, links=more))
    assert not only(house, Recovered)
    house.minute(0.95, 0.95)
    assert not only(house, Recovered)
    house.minute(0.95)
    assert only(house, Recovered)


def test_a_restart_neither_forgets_nor_ends_it() -> None:
    house = town()
    house.minute(*FULL * 4)
    before = state(house.paging)
    assert state(house.replayed()) == before
    house.restart()
    house.all_up()
    house.minute(0.1, 0.1)
    assert not only(house, Recovered)
    house.minute(*(0.1,) * 5)
    assert only(house, Recovered)


def test_old_readings_say_nothing_of_now() -> None:
    house = town()
    house.minute(*(0.1,) * 5)
    assert column(house, "use") == UseState.OK
    house.wait(301)
    assert column(house, "use") == UseState.UNKNOWN


def test_a_silence_over_the_link_covers_it() -> None:
    house = town()
    ends_ns = house.now_ns + 2 * HOUR * SECOND
    house.command(SetSilence(actor="An", starts_ns=house.now_ns, ends_ns=ends_ns, note="kéo cáp", link=XA))
    house.minute(*FULL * 4)
    assert only(house, Opened)
    assert not called(house.log)


def test_a_person_who_resolves_it_is_not_contradicted_by_what_they_knew() -> None:
    house = town()
    house.measure(8, 9)
    (noticed,) = only(house, Noticed)
    house.command(Resolve(actor="hoa", incidents=(noticed.incident,), note="nhà mạng đang sửa"))
    house.wait(HOUR)
    house.adopt(replace(house.inventory))
    assert len(only(house, Noticed)) == 1
    house.measure(8, 9)
    assert len(only(house, Noticed)) == 2


def test_a_link_that_leaves_takes_its_incidents_along() -> None:
    house = town()
    house.minute(*FULL)
    links = {name: link for name, link in house.inventory.links.items() if name != XA}
    sites = {
        name: replace(site, links=tuple(link for link in site.links if link in links))
        for name, site in house.inventory.sites.items()
    }
    house.adopt(replace(house.inventory, links=links, sites=sites))
    assert [entry.why for entry in only(house, Closed)] == [Why.LEFT_CONFIGURATION]


# Capacity


def test_less_than_the_contract_is_for_the_carriers_people() -> None:
    house = town()
    house.measure(12, 9)
    (noticed,) = only(house, Noticed)
    assert (noticed.kind, noticed.audience, noticed.carrier) == (FaultKind.CAPACITY, Audience.CARRIER, "vnpt")
    (told,) = only(house, BandwidthTold)
    assert (told.direction, told.limit) == (Direction.DOWN, 20 * M)
    assert told.rate == pytest.approx(12 * M, abs=2)
    house.wait(601)
    assert called(house.log) == [AN]
    assert column(house, "capacity") == CapacityState.SHORT
    house.measure(19, 9)
    house.measure(19, 9)
    assert column(house, "capacity") == CapacityState.DELIVERED
    assert only(house, Recovered)


def test_a_raise_that_is_not_delivered_by_its_date_is_for_the_carriers_people() -> None:
    raised = Contract(20 * M, 10 * M, (Raise(at("00:00", 1), at("00:00", 5), 100 * M, 50 * M),))
    house = town("09:00", village(contract=raised))
    house.measure(19, 9)
    assert column(house, "capacity") == CapacityState.DELIVERED
    house.wait((at("00:30", 1) - house.now_ns) / SECOND)
    for _ in range(3):  # the raise began: by itself a test of each link that has one
        for order in house.paging.due_tests(house.now_ns):
            assert order.legs[0].rate == 100 * M
            rates = (19, 9) if order.link == XA else (97, 48)
            house.end_test(order.test, *rates)
    assert column(house, "capacity") == CapacityState.RAISE_MISSING
    (noticed,) = only(house, Noticed)
    assert (noticed.subject, noticed.audience) == (XA, Audience.CARRIER)
    assert house.paging._incidents.open[noticed.incident].why is Why.RAISE_MISSING
    (told,) = only(house, BandwidthTold)
    assert (told.direction, told.limit) == (Direction.UP, 50 * M)  # 9 of 50 is less than 19 of 100
    assert not called(house.log)
    house.wait((at("07:00", 1) - house.now_ns) / SECOND)
    assert called(house.log) == [AN]
    house.wait(HOUR)
    house.measure(97, 48)
    assert only(house, Recovered)


def test_a_test_that_asked_for_less_than_the_contract_blames_nobody() -> None:
    house = town()
    house.measure(4.9, 4.9, rate=5 * M)
    assert not only(house, Noticed)
    assert column(house, "capacity") == CapacityState.UNKNOWN


# Need


def test_a_contract_too_small_for_an_event_is_told_long_before_it() -> None:
    small = Contract(2 * M, 2 * M)
    house = town("09:00", village([meeting()], contract=small))
    assert {entry.subject for entry in only(house, Noticed)} == {XA, BAN}
    told = {entry.link: entry for entry in only(house, BandwidthTold)}
    assert (told[XA].rate, told[XA].limit, told[XA].event) == (2 * M, 2_400_000, "hop")
    house.wait(601)
    opened = only(house, Opened)
    assert {(entry.phase, entry.event) for entry in opened} == {(Phase.PLANNED, "hop")}
    assert called(house.log) == [CHI, CHI]
    assert column(house, "need") == NeedState.CONTRACT_SMALL
    assert column(house, "needed") == 2_400_000
    assert column(house, "needed_for") == ("hop",)
    enough = {
        name: replace(link, contract=Contract(30 * M, 30 * M)) for name, link in house.inventory.links.items()
    }
    house.adopt(replace(house.inventory, links=enough))
    assert len(only(house, Recovered)) == 2
    assert column(house, "need") == NeedState.ENOUGH


def test_what_is_measured_too_small_is_for_the_carrier() -> None:
    house = town("09:00", village([meeting()], contract=Contract(4 * M, 4 * M)))
    house.measure(2, 3.5)
    kinds = {entry.kind: entry for entry in only(house, Noticed)}
    assert kinds[FaultKind.NEED].audience is Audience.CARRIER
    assert column(house, "need") == NeedState.DELIVERY_SMALL


def test_another_reason_that_is_for_others_is_another_incident() -> None:
    house = town("09:00", village([meeting()], contract=Contract(4 * M, 4 * M)))
    house.measure(2, 3.5)
    smaller = {
        name: replace(link, contract=Contract(1 * M, 1 * M)) for name, link in house.inventory.links.items()
    }
    house.adopt(replace(house.inventory, links=smaller))
    needs = [entry for entry in only(house, Noticed) if entry.kind is FaultKind.NEED and entry.subject == XA]
    assert [entry.audience for entry in needs] == [Audience.CARRIER, Audience.OWN]


def test_a_draft_shows_and_calls_only_once_its_contacts_are_due() -> None:
    draft = meeting(draft=True, contacts_due_ns=at("12:00"))
    house = town("09:00", village([draft], contract=Contract(2 * M, 2 * M)))
    assert column(house, "need") == NeedState.CONTRACT_SMALL
    house.wait(2 * HOUR)
    assert not only(house, Noticed)
    house.wait(HOUR)
    assert {entry.subject for entry in only(house, Noticed)} == {XA, BAN}


def test_when_the_event_is_over_nothing_is_too_small_for_it() -> None:
    house = town("09:00", village([meeting("10:00", 0)], contract=Contract(2 * M, 2 * M)))
    assert only(house, Noticed)
    house.wait(5 * HOUR)
    assert len(only(house, Recovered)) == 2
    assert column(house, "need") == NeedState.UNKNOWN


# What routers say


def test_what_the_router_says_of_a_broken_link_is_evidence_in_its_incident() -> None:
    house = town()
    house.read(XA, None, oper_up=True, errors=0.0)
    house.wait(10)
    house.down(XA)
    assert not only(house, InterfaceTold)  # that was before
    house.wait(30)
    house.read(XA, None, oper_up=False, errors=0.0)
    house.wait(60)
    house.read(XA, None, oper_up=False, errors=0.01)
    (told,) = only(house, InterfaceTold)
    assert (told.link, told.oper_up) == (XA, False)
    house.wait(60)
    house.read(XA, None, oper_up=True, errors=40.0)
    assert [entry.errors for entry in only(house, InterfaceTold)] == [0.0, 40.0]
    house.read(BAN, None, oper_up=False)
    assert len(only(house, InterfaceTold)) == 2
    house.read(XA, None, oper_up=False, admin_up=False)
    assert only(house, InterfaceTold)[-1].admin_up is False


def test_of_a_fault_of_many_links_a_few_routers_are_told_of() -> None:
    sites = [f"x{number:02}" for number in range(40)]
    links = [L(TINH), *(L(f"{site}/wan", via=TINH) for site in sites)]
    house = town("09:00", replace(world(links, people=village().directory)))
    house.down(*house.inventory.links)
    house.wait(10)
    for link in house.inventory.links:
        house.read(link, None, oper_up=False)
    assert len([each for each in house.paging._incidents.open.values() if each.broken]) == 1
    assert len(only(house, InterfaceTold)) == MOST_TOLD


def test_a_reading_from_within_the_silence_counts_once_the_link_is_down() -> None:
    house = town()
    house.read(XA, None, oper_up=False)
    house.wait(1)
    house.down(XA, before=1.2)
    assert [entry.oper_up for entry in only(house, InterfaceTold)] == [False]
    house.up(XA)
    house.wait(300)
    house.down(XA)
    house.read(XA, None, oper_up=False)
    assert len(only(house, InterfaceTold)) == 2  # it broke again


def test_whoever_has_it_is_not_called_again_at_night() -> None:
    house = town("18:00")
    house.minute(*FULL * 4)
    incident = only(house, Noticed)[0].incident
    house.command(Acknowledge(actor="Chi", incidents=(incident,), way=AckWay.LINK, contact=CHI))
    for _ in range(24):
        house.minute(*FULL * 12)
    assert called(house.log) == [CHI]


def test_a_reload_judges_only_the_links_that_it_changed_and_an_event_those_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged: list[str] = []

    def noted(link: Link, *rest: Any) -> Judged:
        judged.append(link.id)
        return judge_link(link, *rest)

    monkeypatch.setattr(shortfalls, "judge_link", noted)
    house = Town(village(), now_ns=at("10:00"))
    house.all_up()
    assert sorted(judged) == [BAN, TINH, XA]
    judged.clear()
    wider = replace(house.inventory.links[XA], contract=Contract(30 * M, 10 * M))
    house.adopt(replace(house.inventory, links={**house.inventory.links, XA: wider}))
    assert judged == [XA]
    judged.clear()
    quicker = {name: replace(link, interval=0.1) for name, link in house.inventory.links.items()}
    house.adopt(replace(house.inventory, links=quicker))
    assert judged == []
    event = meeting("09:00", 60, "ban")
    house.adopt(replace(house.inventory, events={event.id: event}))
    assert sorted(judged) == [BAN, TINH]
    judged.clear()
    house.adopt(replace(house.inventory, events={}))
    assert sorted(judged) == [BAN, TINH]
