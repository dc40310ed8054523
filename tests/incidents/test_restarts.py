"""Restarts, reloads, a clock that is set, and what is remembered."""

from dataclasses import asdict, replace

import pytest

from bridgewatch.core.incidents.codes import ALPHABET, LENGTH, code_of, number_of
from bridgewatch.core.incidents.ledger import REMEMBERED, Ledger
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import ClockStepped, Closed, Noticed, Weighed
from bridgewatch.model.paging import Audience, FaultKind, Urgency, Why
from bridgewatch.model.words import EgressState, LinkState
from tests.incidents.worlds import HOUR, L, Room, at_once, kinds, opened, within_two_seconds, world

BOTH = ["a/wan", L("a/internet", "viettel")]


def test_after_a_restart_nothing_recovers_and_nothing_opens_by_what_is_not_seen_yet():
    a = Room(world(BOTH, people=at_once()))
    a.all_up()
    a.down("a/wan")
    before = len(a.log)
    a.restart()
    assert a.wait(300) == []
    assert len(a.log) == before
    assert a.of("a/wan").urgency is Urgency.REDUCED


def test_a_link_that_is_seen_down_again_changes_nothing():
    a = Room(world(BOTH, people=at_once()))
    a.all_up()
    a.down("a/wan")
    a.restart()
    assert a.become(LinkState.SUSPECT, "a/wan") == []
    assert a.down("a/wan") == []
    assert a.up("a/internet") == []
    assert a.wait(60) == []


def test_what_came_back_while_the_daemon_was_dead_recovers_when_it_is_seen():
    a = Room(world(BOTH))
    a.all_up()
    a.down("a/wan")
    a.now_ns += HOUR
    a.restart()
    assert kinds(a.up("a/wan")) == ["Shrank", "Recovered"]


def test_a_hold_goes_on_over_a_restart():
    a = Room(world(["a/wan"]))
    a.all_up()
    a.down("a/wan")
    a.wait(200)
    a.restart()
    assert not opened(a.wait(99))
    assert opened(a.wait(1.1))


def test_a_hold_that_ended_while_the_daemon_was_dead_opens_at_once():
    a = Room(world(["a/wan"]))
    a.all_up()
    a.down("a/wan")
    a.now_ns += HOUR
    a.restart()
    assert a.room.next_deadline_ns() <= a.now_ns
    assert opened(a.note(a.room.advance(a.now_ns)))


def test_the_minute_after_a_recovery_and_the_settling_go_on_over_a_restart():
    a = Room(world(["hub/wan", L("c/wan", via="hub/wan")]))
    a.all_up()
    a.down("hub/wan", "c/wan")
    a.up("hub/wan")
    a.wait(50)
    a.restart()
    assert not [entry for entry in a.wait(9.9) if isinstance(entry, Noticed)]
    assert [entry.subject for entry in a.wait(0.2) if isinstance(entry, Noticed)] == ["c/wan"]
    a.restart()
    ends = [entry for entry in a.wait(601) if isinstance(entry, Closed)]
    assert [entry.why for entry in ends] == [Why.TOO_SHORT]


def test_an_egress_dark_before_the_restart_is_the_same_fault_after_it():
    a = Room(world(["a/wan"]))
    a.egress(EgressState.DARK)
    a.restart()
    assert a.egress(EgressState.DARK) == []
    assert kinds(a.egress(EgressState.OK)) == ["Recovered"]


def test_links_that_left_the_configuration_leave_their_incidents():
    a = Room(world(["hub/wan", L("c/wan", via="hub/wan")]))
    a.all_up()
    a.down("hub/wan", "c/wan")
    shrank, weighed = a.adopt(world(["hub/wan"]))
    assert (shrank.why, shrank.links) == (Why.LEFT_CONFIGURATION, ("c/wan",))
    assert isinstance(weighed, Weighed)
    assert weighed.dark == ("hub",)
    shrank, closed = a.adopt(world(["other/wan"]))
    assert (shrank.why, closed.why) == (Why.LEFT_CONFIGURATION, Why.LEFT_CONFIGURATION)
    assert a.open == []


def test_links_that_left_while_the_daemon_was_dead_leave_too():
    a = Room(world(["hub/wan", L("c/wan", via="hub/wan")]))
    a.all_up()
    a.down("hub/wan", "c/wan")
    a.egress(EgressState.DARK)
    gone = world(["hub/wan"])
    a.inventory, a.names = replace(gone, egresses={}), tuple(gone.links)
    a.restart()
    a.wait(1)
    assert set(a.of("hub/wan").links) == {"hub/wan"}
    assert [incident.kind for incident in a.open] == [FaultKind.LINK]


def test_a_root_that_left_the_configuration_leaves_what_lay_behind_it_on_its_own():
    a = Room(world(["hub/wan", L("c/wan", via="hub/wan")]))
    a.all_up()
    a.down("hub/wan", "c/wan")
    a.adopt(world(["c/wan"]))
    a.wait(60)
    assert a.of("c/wan").subject == "c/wan"


def test_a_reload_keeps_what_is_known_of_the_links_that_stay():
    a = Room(world(BOTH))
    a.all_up()
    a.down("a/wan")
    assert a.adopt(world(["new/wan", *BOTH])) == []
    assert a.of("a/wan").urgency is Urgency.REDUCED
    a.down("new/wan", "a/internet")
    assert a.of("a/wan").dark == ("a",)
    assert a.of("new/wan").dark == ("new",)


def test_health_may_go_by_another_order_for_a_moment():
    a = Room(world(BOTH))
    a.all_up()
    former = a.names
    a.adopt(world(["new/wan", *BOTH]))
    a.names = (*former, "gone/wan")
    a.down("gone/wan", "a/wan")
    assert [incident.subject for incident in a.open] == ["a/wan"]


@pytest.mark.parametrize("by_ns", [HOUR, -HOUR])
def test_a_clock_that_is_set_changes_no_hold_and_no_window(by_ns):
    def story(by_ns: int) -> list[str]:
        a = Room(world(["hub/wan", L("c/wan", via="hub/wan")]))
        a.all_up()
        a.down("c/wan")
        a.step_clock(by_ns)
        a.wait(2)
        a.down("hub/wan", before=3)
        a.wait(290)
        a.step_clock(-by_ns)
        a.wait(20)
        a.up("hub/wan")
        a.step_clock(by_ns)
        a.wait(61)
        a.up("c/wan")
        a.step_clock(-by_ns)
        a.wait(700)
        return kinds(entry for entry in a.log if not isinstance(entry, ClockStepped))

    assert story(by_ns) == story(0)


def test_what_is_folded_into_nothing_that_is_left_is_closed_after_a_restart():
    a = Room(world(["hub/wan", L("c/wan", via="hub/wan")], people=at_once()))
    a.all_up()
    child = a.down("c/wan")[0].incident
    a.down("hub/wan")
    root = a.of("hub/wan").id
    a.log = [entry for entry in a.log if entry.incident != root]
    a.restart()
    a.wait(1)
    assert a.get(child).closed_why is Why.FOLDED


def test_a_log_without_what_is_over_gives_the_same_present():
    a = Room(world(["a/wan", "b/wan"], people=within_two_seconds()))
    a.all_up()
    a.down("a/wan")
    a.up("a/wan")
    a.wait(700)
    a.down("b/wan")
    over = {entry.incident for entry in a.log if isinstance(entry, Closed)}
    a.log = [entry for entry in a.log if entry.incident not in over]
    present = {incident.id: asdict(incident) for incident in a.open}
    a.restart()
    assert {incident.id: asdict(incident) for incident in a.open} == present


def test_closed_incidents_are_remembered_up_to_a_bound():
    a = Room(world(["a/wan"]))
    for number in range(REMEMBERED + 5):
        a.room.raise_fault(FaultKind.HEARTBEAT, str(number), Audience.OWN, Why.HEARTBEAT_MISSING, a.now_ns)
    a.room.resolve(list(a.room.open), "Lan", "", a.now_ns)
    assert a.room.get(IncidentId("INC-5")) is None
    assert a.room.get(IncidentId("INC-6")).closed_why is Why.RESOLVED


def test_codes_are_short_unambiguous_and_differ_for_as_many_numbers_as_there_are():
    assert not set(ALPHABET) & set("01OI")
    assert len(set(ALPHABET)) == 32
    codes = {code_of(number) for number in range(1, 32**4 + 1)}
    assert len(codes) == 32**4
    assert all(len(code) == LENGTH for code in codes)
    assert code_of(1) == code_of(32**4 + 1)


def test_a_number_whose_code_somebody_may_still_answer_with_is_passed_over():
    ledger = Ledger()
    ledger.apply(
        Noticed(
            at_ns=0,
            incident=IncidentId("INC-3"),
            code=code_of(3),
            kind=FaultKind.LINK,
            subject="a/wan",
            audience=Audience.CARRIER,
            began_ns=0,
        )
    )
    ledger.number = 32**4 + 2
    assert ledger.next_number() == (32**4 + 4, code_of(4))
    ledger.apply(Closed(at_ns=1, incident=IncidentId("INC-3"), why=Why.RESOLVED))
    assert ledger.next_number() == (32**4 + 3, code_of(3))
    assert number_of(IncidentId("INC-3")) == 3
