"""Nights of a duty: who got which message when, from the first lost packet on."""

import re
from dataclasses import replace

import pytest

from bridgewatch.model.calendar import PhaseSettings
from bridgewatch.model.commands import LiftSilence, OrderEvent, SetSilence
from bridgewatch.model.ids import EventId, SilenceId, SiteId
from bridgewatch.model.log import Closed, Hastened, Opened, RaisedAgain, Recovered, Stepped
from bridgewatch.model.paging import FaultKind, MessageKind, Phase, Why
from bridgewatch.model.words import ProbeKind
from bridgewatch.sim.country import Plan
from bridgewatch.sim.weather import Spell, cut, refuse
from tests.chain.duty import (
    FAILS,
    HANGS,
    REFUSES,
    SECOND,
    Fate,
    Night,
    always,
    at,
    by_gateway,
    duty,
    order,
    until_second,
    wall,
)
from tests.chain.places import CALM, LIVE, QUICK, changed, conference, people, place, policy

XA, BAN = "xa-00001", "xa-00002"
HOUR = 3600.0


def cut_of(link: str, begins: float, ends: float) -> Spell:
    return cut(f"link:{link}", at(begins), at(ends))


def timetable(night: Night, about: str) -> list[tuple[str, float]]:
    """Who was paged about it, and when in true time, to a second."""
    return [(got.contact, round(got.at)) for got in night.pages(about=about)]


def steps(night: Night, about: str | None = None) -> list[int]:
    return [entry.step for entry in night.of(Stepped, about) if isinstance(entry, Stepped)]


def opened(night: Night, about: str) -> Opened:
    (entry,) = night.of(Opened, about)
    assert isinstance(entry, Opened)
    return entry


def test_a_cut_reaches_the_duty_then_the_lead_and_ours_and_all_hear_who_has_it_and_that_it_is_over(tmp_path):
    night = duty(
        place(), tmp_path, until=50, script=[cut_of(f"{BAN}/wan", 5, 38)], answers={"vnpt-lead": 3.0}
    )
    assert night.incidents() == [f"{BAN}/wan"]
    first, *others = night.pages()
    assert first.contact == "vnpt-duty"
    assert {got.contact for got in others} == {"vnpt-lead", "own-duty"}
    assert 5 + 2 + 3 <= first.at <= 5 + 4.5 + 3 + 1
    assert all(15 <= got.at - first.at <= 16 for got in others)
    assert night.told("vnpt-duty") == [MessageKind.PAGE, MessageKind.TAKEN, MessageKind.RECOVERED]
    assert night.told("vnpt-lead") == [MessageKind.PAGE, MessageKind.RECOVERED]
    assert night.told("own-lead") == []


def test_a_country_wide_handover_is_one_incident_and_the_fault_beside_it_another(tmp_path):
    base = place(Plan(provinces=4, communes=76))
    wan = [link for link in base.links if link.endswith("/wan") and base.links[link].carrier == "vnpt"]
    inventory = changed(base, {link: {"handover": "vnpt-quoc-gia"} for link in wan})
    elsewhere = "xa-00002/wan"
    assert inventory.links[elsewhere].carrier == "viettel"
    night = duty(
        inventory,
        tmp_path,
        until=45,
        script=[cut("handover:vnpt-quoc-gia", at(5), at(30)), cut_of(elsewhere, 6, 35)],
        answers={"vnpt-duty": 4.0},
    )
    assert night.incidents(FaultKind.HANDOVER) == ["vnpt/vnpt-quoc-gia"]
    assert set(night.incidents()) == {"vnpt/vnpt-quoc-gia", elsewhere}
    assert night.links_of("vnpt/vnpt-quoc-gia") == set(wan)
    assert [got.contact for got in night.pages(about="vnpt/vnpt-quoc-gia")] == ["vnpt-duty"]
    assert night.who(elsewhere)[0] == "viettel-duty"
    assert night.told("vnpt-duty")[-1] is MessageKind.RECOVERED


def test_our_own_dark_egress_calls_our_own_people_only_and_a_link_that_died_behind_it_is_found_after(
    tmp_path,
):
    night = duty(
        place(),
        tmp_path,
        until=55,
        script=[cut("egress:wan", at(5), at(25)), cut_of(f"{BAN}/wan", 8, 50)],
        answers={"own-duty": 20.0},
    )
    assert night.incidents() == ["wan", f"{BAN}/wan"]
    assert night.who("wan")[0] == "own-duty"
    assert set(night.who("wan")) <= {"own-duty", "own-lead"}
    (page, *_) = night.pages(about=f"{BAN}/wan")
    assert page.contact == "vnpt-duty"
    assert 25 + 3 <= page.at <= 25 + 9
    assert all(got.at > 25 for got in night.pages() if got.contact.startswith("vnpt"))


def test_a_stopped_reflector_calls_our_own_people_only_and_a_cut_behind_it_the_carrier(tmp_path):
    night = duty(
        place(Plan(provinces=1, communes=6, kind=ProbeKind.STAMP)),
        tmp_path,
        until=75,
        script=[refuse(f"link:{BAN}/wan", at(5), at(55)), cut_of(f"{BAN}/wan", 25, 45)],
        answers={"own-duty": 4.0, "vnpt-duty": 4.0},
    )
    target, line = night.pages(about=BAN), night.pages(about=f"{BAN}/wan")
    assert [got.contact for got in target] == ["own-duty", "own-duty"]  # again, once the line is back
    assert [got.contact for got in line] == ["vnpt-duty"]
    assert 5 + 1 + 3 <= target[0].at <= 5 + 3 + 3 + 1
    assert 25 + 3 <= line[0].at <= 25 + 5 + 3 + 1
    assert night.told("vnpt-duty") == [MessageKind.PAGE, MessageKind.RECOVERED]
    # Once it is folded, they hear what becomes of the line.
    assert night.told("own-duty")[:3] == [MessageKind.PAGE, MessageKind.FOLDED, MessageKind.TAKEN]
    assert sorted(night.told("own-duty")[3:5]) == [MessageKind.PAGE, MessageKind.RECOVERED]
    assert night.told("own-duty")[5:] == [MessageKind.RECOVERED]
    assert night.links_of(BAN) == {f"{BAN}/wan"}


def test_a_link_that_flaps_is_one_incident_and_one_round_of_pages(tmp_path):
    calm = policy(CALM, 12.0, 600.0)
    spells = [cut_of(f"{BAN}/wan", begins, begins + 6) for begins in range(5, 75, 10)]
    night = duty(place(directory=people(calm)), tmp_path, until=90, script=spells)
    assert len(night.noticed) == 1
    (page,) = night.pages()
    assert page.contact == "vnpt-duty"
    assert "Đường truyền chập chờn" in page.text.title
    assert re.search(r"Chập chờn: mất kết nối [3-9] lần trong 1 phút, lần đầu lúc [\d:]+\n", page.text.body)
    assert steps(night) == [0]


@pytest.fixture(scope="module")
def even(tmp_path_factory) -> Night:
    """A cut that nobody answers, in a night in which nothing else happens."""
    return duty(place(), tmp_path_factory.mktemp("even"), until=50, script=[cut_of(f"{BAN}/wan", 5, 44)])


RESTARTS = {
    "while it is held": (9.5,),
    "with the first page on its way": (11.3,),
    "between two steps": (20.0,),
    "at the instant of a step": (26.1,),
    "again and again": (8.5, 12.0, 17.0, 22.0, 26.3, 33.0, 41.5),
}


@pytest.mark.parametrize("restarts", RESTARTS.values(), ids=RESTARTS)
def test_a_restart_skips_no_step_and_doubles_none(tmp_path, even, restarts):
    night = duty(place(), tmp_path, until=50, script=[cut_of(f"{BAN}/wan", 5, 44)], restarts=restarts)
    assert steps(night) == steps(even) == [0, 1, 2]
    for one, other in zip(night.of(Stepped), even.of(Stepped), strict=True):
        assert abs(one.at_ns - other.at_ns) <= 0.2 * SECOND
    assert set(night.who()) == set(even.who())
    assert len(night.noticed) == 1
    for message in {got.message for got in night.got}:
        assert sum(got.message == message for got in night.got) <= 1 + len(restarts)
    assert len(night.got) - len(even.got) <= len(restarts)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
@pytest.mark.parametrize("when", [6.0, 9.0, 14.0], ids=["in the silence", "in the hold", "between two steps"])
def test_a_wall_clock_that_jumps_an_hour_pages_nobody_sooner_or_later(tmp_path, even, by, when):
    night = duty(place(), tmp_path, until=50, script=[cut_of(f"{BAN}/wan", 5, 44)], clock_steps=[(when, by)])
    assert steps(night) == steps(even) == [0, 1, 2]
    for one, other in zip(night.got, even.got, strict=True):
        assert (one.contact, one.kind) == (other.contact, other.kind)
        assert one.at == pytest.approx(other.at, abs=0.3)


def test_a_clock_that_jumps_there_and_back_during_an_escalation_with_restarts_changes_nothing(tmp_path):
    night = duty(
        place(),
        tmp_path,
        until=50,
        script=[cut_of(f"{BAN}/wan", 5, 60)],
        clock_steps=[(9.0, HOUR), (22.0, -HOUR), (30.0, -HOUR)],
        restarts=(16.0, 35.0),
    )
    assert steps(night) == [0, 1, 2]
    first = next(got.at for got in night.pages())
    assert [round(got.at - first) for got in night.pages()] == [0, 15, 15, 30]


def test_of_overlapping_events_the_fastest_policy_wins(tmp_path):
    quick = conference(XA, BAN, starts=-5, ends=100, settings={Phase.LIVE: PhaseSettings(policy=QUICK)})
    usual = conference(BAN, starts=-5, ends=100, name="f")
    other = conference("xa-00003", starts=-5, ends=100, name="g")
    links = [f"{BAN}/wan", "xa-00003/wan", "xa-00005/wan"]
    inventory = place(events=[usual, quick, other])
    night = duty(inventory, tmp_path, until=16, script=[cut_of(link, 4, 30) for link in links])
    assert [(opened(night, link).policy, opened(night, link).hold) for link in links] == [
        (QUICK, 0.0),
        (LIVE, 1.0),
        (CALM, 3.0),
    ]


def test_a_fault_that_a_conference_begins_over_goes_on_by_its_policy(tmp_path):
    night = duty(
        place(events=[conference(BAN, starts=14, ends=100)]),
        tmp_path,
        until=30,
        script=[cut_of(f"{BAN}/wan", 5, 60)],
    )
    assert opened(night, f"{BAN}/wan").policy == CALM
    assert [entry.why for entry in night.of(Hastened) if isinstance(entry, Hastened)] == [Why.HOLD_SHORTENED]
    first, *others = night.pages()
    assert [round(got.at - first.at) for got in others][:2] == [8, 8]


def test_an_event_that_is_closed_while_live_is_calm_from_then_on(tmp_path):
    inventory = place(events=[conference(BAN, XA, starts=-5, ends=100)])
    night = duty(
        inventory,
        tmp_path,
        until=28,
        script=[cut_of(f"{XA}/wan", 3, 12), cut_of(f"{BAN}/wan", 16, 60)],
        acts=[(14.0, order(OrderEvent(actor="An", event=EventId("e"), close=True)))],
        restarts=(15.0,),
    )
    assert night.verdicts[0].accepted
    assert opened(night, f"{XA}/wan").policy == LIVE
    assert opened(night, f"{BAN}/wan").policy == CALM


def test_an_event_that_is_extended_while_live_stays_live_also_over_a_restart(tmp_path):
    longer = OrderEvent(actor="An", event=EventId("e"), ends_ns=wall(100))
    night = duty(
        place(events=[conference(BAN, starts=-5, ends=10)]),
        tmp_path,
        until=24,
        script=[cut_of(f"{BAN}/wan", 14, 60)],
        acts=[(5.0, order(longer))],
        restarts=(12.0,),
    )
    assert opened(night, f"{BAN}/wan").policy == LIVE


def test_an_event_that_a_reload_moves_while_live_is_live_at_its_new_time_only(tmp_path):
    now, later = conference(BAN, starts=-5, ends=100), conference(BAN, starts=500, ends=600)
    night = duty(
        place(events=[now]),
        tmp_path,
        until=22,
        script=[cut_of(f"{BAN}/wan", 10, 60)],
        reloads=[(8.0, place(events=[later]))],
    )
    assert opened(night, f"{BAN}/wan").policy == CALM


def test_a_silence_that_ends_while_it_is_still_broken_pages_at_once_and_history_was_never_muted(tmp_path):
    silence = SetSilence(actor="NOC", starts_ns=wall(0), ends_ns=wall(25), note="thay cáp", site=SiteId(BAN))
    night = duty(
        place(),
        tmp_path,
        until=32,
        script=[cut_of(f"{BAN}/wan", 5, 60)],
        acts=[(2.0, order(silence))],
        restarts=(18.0,),
    )
    assert 10 <= (opened(night, f"{BAN}/wan").at_ns - wall(0)) / SECOND <= 13
    assert timetable(night, f"{BAN}/wan")[0][0] == "vnpt-duty"
    assert 25 <= night.pages()[0].at <= 26


def test_a_silence_that_is_lifted_pages_at_once(tmp_path):
    silence = SetSilence(actor="NOC", starts_ns=wall(0), ends_ns=wall(500), note="", site=SiteId(BAN))

    async def lift(night: Night) -> None:
        name = night.verdicts[0].created or SilenceId("")
        await order(LiftSilence(actor="NOC", silence=name))(night)

    night = duty(
        place(),
        tmp_path,
        until=25,
        script=[cut_of(f"{BAN}/wan", 5, 60)],
        acts=[(2.0, order(silence)), (18.0, lift)],
    )
    assert 18 <= night.pages()[0].at <= 19


def test_what_recovers_under_a_silence_pages_nobody(tmp_path):
    silence = SetSilence(actor="NOC", starts_ns=wall(0), ends_ns=wall(25), note="", site=SiteId(BAN))
    night = duty(
        place(), tmp_path, until=35, script=[cut_of(f"{BAN}/wan", 5, 20)], acts=[(2.0, order(silence))]
    )
    assert night.got == []
    assert night.of(Recovered, f"{BAN}/wan")


def test_acknowledged_and_still_dark_is_raised_again(tmp_path):
    calm = policy(CALM, 3.0, 15.0, raise_again=20.0)
    night = duty(
        place(directory=people(calm)),
        tmp_path,
        until=48,
        script=[cut_of(f"{BAN}/wan", 5, 60)],
        answers={"vnpt-duty": 4.0},
        restarts=(25.0,),
    )
    (raised,) = night.of(RaisedAgain)
    assert isinstance(raised, RaisedAgain)
    assert raised.why is Why.STILL_DARK
    first, *others = night.pages()
    assert [got.contact for got in others][:2] in (["vnpt-lead", "own-duty"], ["own-duty", "vnpt-lead"])
    assert all(first.at + 4 + 20 <= got.at <= first.at + 4 + 22 for got in others[:2])


def test_a_chat_that_hangs_delays_the_text_message_by_its_limit_and_nobody_else(tmp_path):
    def line(attempt, second, chance):
        return HANGS if attempt.gateway == "chat" and attempt.contact == "vnpt-duty" else Fate()

    night = duty(
        place(),
        tmp_path,
        until=30,
        script=[cut_of(f"{BAN}/wan", 5, 60), cut_of("xa-00003/internet", 4, 60)],
        line=line,
    )
    got = night.pages(contact="vnpt-duty")[0]
    assert got.attempt.gateway == "sms"
    assert got.at - (opened(night, f"{BAN}/wan").at_ns - wall(0)) / SECOND == pytest.approx(10, abs=1)


@pytest.mark.parametrize("fate", [REFUSES, FAILS], ids=["refuses", "fails"])
def test_a_chat_that_does_not_take_a_page_leaves_it_to_the_text_message_at_once(tmp_path, fate):
    night = duty(
        place(),
        tmp_path,
        until=16,
        script=[cut_of(f"{BAN}/wan", 5, 60)],
        line=by_gateway({"chat": always(fate)}),
    )
    (got,) = night.pages()
    assert (got.contact, got.attempt.gateway) == ("vnpt-duty", "sms")
    assert got.at - (opened(night, f"{BAN}/wan").at_ns - wall(0)) / SECOND < 1


def test_who_no_channel_reaches_is_passed_over_at_once_and_still_told_when_it_can_be(tmp_path):
    night = duty(
        place(),
        tmp_path,
        until=70,
        script=[cut_of(f"{BAN}/wan", 5, 90)],
        line=lambda attempt, second, chance: (
            FAILS if attempt.contact == "vnpt-duty" and second < 20 else Fate()
        ),
        answers={"own-duty": 2.0},
    )
    first_step, second_step = night.of(Stepped)[:2]
    assert second_step.at_ns - first_step.at_ns <= 2 * SECOND
    assert isinstance(second_step, Stepped)
    assert second_step.why is Why.UNREACHED
    assert night.told("vnpt-duty") != []


def test_everything_down_for_a_while_is_told_once_it_works(tmp_path):
    night = duty(
        place(),
        tmp_path,
        until=100,
        script=[cut_of(f"{BAN}/wan", 5, 200)],
        line=until_second(30, always(FAILS)),
    )
    assert {got.contact for got in night.pages()} >= {"vnpt-duty", "vnpt-lead", "own-duty"}
    assert all(got.at >= 30 for got in night.got)


def test_contacts_missing_at_the_deadline_are_our_own_matter_and_over_when_they_are_there(tmp_path):
    complete = people(policy(CALM, 3.0, 900.0))
    holes = replace(complete, rosters=tuple(r for r in complete.rosters if r.id != "vnpt/duty"))
    event = conference(BAN, starts=3 * HOUR, ends=4 * HOUR, check_ns=1800 * SECOND, contacts_due_ns=wall(20))
    night = duty(
        place(directory=holes, events=[event]),
        tmp_path,
        until=80,
        upkeep=True,
        reloads=[(70.0, place(directory=complete, events=[event]))],
    )
    assert night.incidents() == ["e"]
    assert {each.kind for each in night.noticed.values()} == {FaultKind.CONTACTS}
    assert [got.contact for got in night.pages()] == ["own-duty"]
    assert 60 <= night.pages()[0].at <= 66, "rosters are proven each minute"
    assert night.told("own-duty") == [MessageKind.PAGE, MessageKind.RECOVERED]
    assert night.of(Closed) == []


def test_contacts_that_are_complete_at_the_deadline_are_nobodys_matter(tmp_path):
    event = conference(BAN, starts=3 * HOUR, ends=4 * HOUR, check_ns=1800 * SECOND, contacts_due_ns=wall(3))
    night = duty(place(events=[event]), tmp_path, until=10, upkeep=True)
    assert night.noticed == {}


def test_the_same_seed_tells_the_same_night(tmp_path):
    def play(name: str) -> list[tuple[object, ...]]:
        (tmp_path / name).mkdir()
        night = duty(
            place(), tmp_path / name, until=30, script=[cut_of(f"{BAN}/wan", 5, 22)], restarts=(12.0,), seed=7
        )
        return [(got.at, got.contact, got.kind, got.about, got.text) for got in night.got]

    assert play("one") == play("two")
