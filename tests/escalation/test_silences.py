"""Planned work: who is not called, what they hear afterwards, what is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.escalation.planned import lift_silence, set_silence
from bridgewatch.core.escalation.silences import Silences, covered_links
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.commands import LiftSilence, Refusal, SetSilence
from bridgewatch.model.ids import CarrierId, EventId, LinkId, SilenceId, SiteId
from bridgewatch.model.log import ClockStepped, Grew, Informed, Muted, Proof, SilenceLifted, SilenceSet
from bridgewatch.model.paging import MessageKind, Urgency, Why
from bridgewatch.model.words import Reason
from tests.calendar.events import event
from tests.escalation.worlds import (
    AN,
    CHI,
    LINK,
    LINK_TOO,
    SECOND,
    House,
    called,
    inc,
    informed,
    ns,
    opened,
    province,
    steps,
)
from tests.oncall.worlds import COMMUNE, DISTRICT, OTHER, PROVINCE, VIETTEL, VNPT

TWO_CARRIERS = province(carriers={COMMUNE: (VNPT, VIETTEL), OTHER: (VNPT,)})


def test_nobody_is_called_for_what_a_silence_covers_until_it_ends() -> None:
    house = House()
    house.silence(0, 0, 3600)
    entries = house.open(1, 10)
    assert [type(entry) for entry in entries] == [Muted]
    assert house.advance(3599) == []
    entries = house.advance(3600)
    assert isinstance(entries[0], Muted)
    assert entries[0].silence is None
    assert steps(entries) == [(0, Why.MUTED_UNTIL_NOW)]
    assert called(entries) == [AN]


def test_what_is_over_before_its_silence_ends_calls_nobody() -> None:
    house = House()
    house.silence(0, 0, 3600)
    house.open(1, 10)
    house.recover(1, 100)
    assert house.advance(4000) == []


def test_a_silence_stops_an_escalation_that_runs_and_recovery_goes_to_those_who_were_paged() -> None:
    house = House()
    house.open(1, 0)
    assert [type(entry) for entry in house.silence(10, 10, 3600)] == [Muted]
    assert house.advance(1000) == []
    assert informed(house.recover(1, 1001)) == [(AN, MessageKind.RECOVERED)]


def test_a_silence_that_begins_later_mutes_then() -> None:
    house = House()
    house.open(1, 0)
    assert house.silence(10, 60, 3600) == []
    assert [type(entry) for entry in house.advance(60)] == [Muted]


def test_lifting_a_silence_calls_at_once_for_what_is_still_broken() -> None:
    house = House()
    house.silence(0, 0, 3600)
    house.open(1, 10)
    entries = house.write(20, SilenceLifted(at_ns=ns(20), silence=SilenceId("s0-0"), actor="NOC"))
    assert steps(entries) == [(0, Why.MUTED_UNTIL_NOW)]


def test_what_somebody_has_when_its_silence_ends_calls_nobody() -> None:
    house = House()
    house.open(1, 0, Urgency.IMPAIRED)
    house.ack(5, 1)
    house.silence(10, 10, 3600)
    assert called(house.advance(3600)) == []


def test_a_fault_is_covered_only_if_all_its_links_are() -> None:
    house = House()
    house.silence(0, 0, 3600)
    house.open(1, 10)
    proof = Proof(Reason.SILENT_WITH_WITNESS)
    entries = house.write(
        20, Grew(at_ns=ns(20), incident=inc(1), links=((LINK_TOO, proof),), why=Why.LINK_DOWN)
    )
    assert called(entries) == [AN]


def test_two_silences_cover_together_what_neither_does_alone() -> None:
    house = House()
    house.silence(0, 0, 3600, site=COMMUNE)
    house.silence(1, 1, 1800, site=OTHER)
    proof = Proof(Reason.SILENT_WITH_WITNESS)
    house.notice(1, 5)
    house.write(6, Grew(at_ns=ns(6), incident=inc(1), links=((LINK_TOO, proof),), why=Why.LINK_DOWN))
    assert [type(entry) for entry in house.write(10, opened(1, 10))] == [Muted]
    assert called(house.advance(1800)) == [AN]


def test_silences_are_promises_and_do_not_move_with_the_clock() -> None:
    house = House()
    house.silence(0, 0, 3600)
    house.open(1, 10)
    assert house.write(1810, ClockStepped(at_ns=ns(1810), by_ns=1800 * SECOND)) == []
    assert called(house.advance(3600)) == [AN]


@pytest.mark.parametrize(
    ("what", "links"),
    [
        ({"link": LINK}, {LINK}),
        ({"site": COMMUNE}, {LINK, LinkId("xa/internet")}),
        ({"carrier": VIETTEL}, {LinkId("xa/internet")}),
        ({"area": COMMUNE}, {LINK, LinkId("xa/internet")}),
        ({"area": DISTRICT, "carrier": VNPT}, {LINK, LINK_TOO, LinkId("huyen/wan")}),
        ({"site": SiteId("gone")}, set()),
        ({"link": LinkId("gone/wan")}, set()),
    ],
)
def test_what_each_kind_of_silence_covers(what: dict[str, str], links: set[LinkId]) -> None:
    silence = SilenceSet(at_ns=0, silence=SilenceId("s"), starts_ns=0, ends_ns=1, actor="", note="", **what)  # type: ignore[arg-type]
    assert covered_links(TWO_CARRIERS, silence) == links


def command(**changes: object) -> SetSilence:
    plain = SetSilence(actor="NOC", starts_ns=ns(0), ends_ns=ns(3600), note="", link=LINK)
    return replace(plain, **changes)  # type: ignore[arg-type]


def decide(wanted: SetSilence, *events: object, orders: tuple[EventOrder, ...] = (), at: float = 0) -> object:
    inventory = replace(province(), events={each.id: each for each in events})  # type: ignore[attr-defined]
    return set_silence(wanted, inventory, Agenda(inventory, orders), Silences(inventory), ns(at))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"link": None}, ("", Refusal.UNKNOWN_SUBJECT)),
        ({"link": LinkId("gone/wan")}, ("gone/wan", Refusal.UNKNOWN_SUBJECT)),
        ({"site": COMMUNE}, ("", Refusal.UNKNOWN_SUBJECT)),  # two subjects at once
        (
            {"link": None, "carrier": CarrierId("gone"), "area": PROVINCE},
            ("gone@tinh", Refusal.UNKNOWN_SUBJECT),
        ),
        ({"ends_ns": ns(0)}, (LINK, Refusal.NO_END)),
        ({"starts_ns": ns(-200), "ends_ns": ns(-100)}, (LINK, Refusal.NO_END)),
    ],
)
def test_a_silence_needs_a_subject_and_an_end(
    changes: dict[str, object], refusal: tuple[str, Refusal]
) -> None:
    assert decide(command(**changes)) == refusal


def test_over_a_live_event_a_silence_needs_force() -> None:
    live = event(sites=(COMMUNE,), starts_ns=ns(1800), ends_ns=ns(7200))
    assert decide(command(), live) == (LINK, Refusal.OVER_LIVE_EVENT)
    forced = decide(command(forced=True), live)
    assert isinstance(forced, SilenceSet)
    assert forced.forced
    assert isinstance(decide(command(ends_ns=ns(1800)), live), SilenceSet)
    assert isinstance(decide(command(link=LINK_TOO), live), SilenceSet)  # another site
    closed = EventOrder(EventId("hoi-nghi"), ns(1900), "NOC", close=True)
    later = command(starts_ns=ns(2000))
    assert isinstance(decide(later, live, orders=(closed,), at=1950), SilenceSet)


def test_two_silences_of_one_instant_have_two_names() -> None:
    inventory = province()
    silences = Silences(inventory)
    first = set_silence(command(), inventory, Agenda(inventory), silences, ns(0))
    assert isinstance(first, SilenceSet)
    silences.apply(first)
    second = set_silence(command(), inventory, Agenda(inventory), silences, ns(0))
    assert isinstance(second, SilenceSet)
    assert first.silence != second.silence


def test_only_a_silence_that_holds_or_will_can_be_lifted() -> None:
    silences = Silences(province())
    silences.apply(
        SilenceSet(at_ns=0, silence=SilenceId("s"), starts_ns=0, ends_ns=ns(10), actor="", note="", link=LINK)
    )
    lift = LiftSilence(actor="NOC", silence=SilenceId("s"))
    assert lift_silence(lift, silences, ns(10)) == ("s", Refusal.UNKNOWN_SILENCE)
    entry = lift_silence(lift, silences, ns(9))
    assert isinstance(entry, SilenceLifted)
    silences.apply(entry)
    assert lift_silence(lift, silences, ns(9)) == ("s", Refusal.UNKNOWN_SILENCE)


def test_a_cut_too_short_to_page_is_noted_to_our_own_duty_during_an_event() -> None:
    live = event(sites=(COMMUNE,), starts_ns=ns(0), ends_ns=ns(7200))
    house = House(replace(province(), events={live.id: live}))
    house.notice(1, 100)
    entries = house.recover(1, 102)
    assert [(entry.contact, entry.kind, entry.why) for entry in entries if isinstance(entry, Informed)] == [
        (CHI, MessageKind.NOTES, Why.TOO_SHORT)
    ]
    assert house.restarted().advance(103) == []  # told then, not again


def test_a_cut_outside_events_is_noted_to_nobody() -> None:
    house = House()
    house.notice(1, 0)
    assert house.recover(1, 2) == []


LINKS = ("tinh/wan", "huyen/wan", "xa/wan", "xa-kia/wan")


@given(
    silences=st.lists(st.tuples(st.sampled_from(LINKS), st.integers(0, 60), st.integers(1, 60)), max_size=8),
    links=st.sets(st.sampled_from(LINKS)),
    at=st.integers(0, 130),
)
def test_covering_agrees_with_a_plain_reading(
    silences: list[tuple[str, int, int]], links: set[str], at: int
) -> None:
    room = Silences(province())
    for number, (link, starts, lasts) in enumerate(silences):
        room.apply(
            SilenceSet(
                at_ns=0,
                silence=SilenceId(str(number)),
                starts_ns=starts,
                ends_ns=starts + lasts,
                actor="",
                note="",
                link=LinkId(link),
            )
        )
    holding = {link for link, starts, lasts in silences if starts <= at < starts + lasts}
    covering = room.covering(set(map(LinkId, links)), at)
    assert (covering is not None) == (bool(links) and links <= holding)
    change = room.next_change_ns(at)
    edges = {edge for _, starts, lasts in silences for edge in (starts, starts + lasts)}
    assert change == min((edge for edge in edges if edge > at), default=None)
