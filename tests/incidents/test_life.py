"""How an incident begins, is held, opens, recovers, comes back and ends."""

from dataclasses import replace

import pytest

from bridgewatch.core.incidents.life import BROKEN, MOVES, Life
from bridgewatch.model.log import Closed, Grew, Noticed, Opened, Recovered, Weighed
from bridgewatch.model.paging import Audience, FaultKind, Phase, Urgency, Why
from bridgewatch.model.words import CarriedBy, LinkState, Reason
from tests.incidents.worlds import (
    CALM,
    LIVE,
    MS,
    SECOND,
    START,
    Room,
    at_once,
    kinds,
    live_event,
    opened,
    world,
)

ONE = ["a/wan"]


def room(**options) -> Room:
    made = Room(world(ONE, **options))
    made.all_up()
    return made


def test_a_fault_is_noticed_at_the_first_change_with_its_evidence_in_wall_time():
    a = room()
    noticed, grew, weighed = a.down("a/wan")
    assert isinstance(noticed, Noticed)
    assert (noticed.kind, noticed.subject, noticed.audience) == (FaultKind.LINK, "a/wan", Audience.CARRIER)
    assert (noticed.at_ns, noticed.began_ns) == (a.now_ns, a.now_ns - 1200 * MS)
    assert (noticed.carrier, noticed.site, noticed.suspected) == ("vnpt", "a", False)
    assert isinstance(grew, Grew)
    ((link, proof),) = grew.links
    assert (link, grew.why, proof.reason) == ("a/wan", Why.LINK_DOWN, Reason.SILENT_WITH_WITNESS)
    assert (proof.since_ns, proof.witness_ns) == (a.now_ns - 1200 * MS, a.now_ns)
    assert isinstance(weighed, Weighed)
    assert (weighed.urgency, weighed.dark) == (Urgency.DARK, ("a",))


def test_it_opens_when_it_outlasts_its_hold_and_not_before():
    a = room()
    a.down("a/wan")
    assert not opened(a.wait(299.9))
    (entry,) = a.wait(0.1)
    assert isinstance(entry, Opened)
    assert (entry.phase, entry.policy, entry.hold, entry.why) == (Phase.NONE, CALM, 300, Why.HELD)
    assert a.wait(3600) == []


def test_a_policy_that_pages_at_once_opens_in_the_same_tick():
    a = room(people=at_once())
    assert kinds(a.down("a/wan")) == ["Noticed", "Grew", "Weighed", "Opened"]


def test_what_is_over_before_its_hold_settles_and_is_closed_as_too_short():
    a = room()
    a.down("a/wan")
    a.wait(100)
    assert kinds(a.up("a/wan")) == ["Shrank", "Recovered"]
    assert a.open[0].life is Life.LULL
    (closed,) = a.wait(600)
    assert isinstance(closed, Closed)
    assert closed.why is Why.TOO_SHORT
    assert a.open == []
    assert a.get(closed.incident).closed_why is Why.TOO_SHORT


def test_what_was_opened_recovers_settles_and_is_closed_as_recovered():
    a = room()
    a.down("a/wan")
    a.wait(300)
    shrank, recovered = a.up("a/wan")
    assert shrank.why is Why.ANSWERS_AGAIN
    assert isinstance(recovered, Recovered)
    assert not a.wait(599)
    (closed,) = a.wait(1)
    assert closed.why is Why.RECOVERED


def test_a_relapse_within_ten_minutes_is_the_same_incident_and_is_held_anew():
    a = room()
    a.down("a/wan")
    a.wait(200)
    a.up("a/wan")
    a.wait(599)
    (grew,) = a.down("a/wan")
    assert grew.why is Why.RELAPSED
    assert a.open[0].spells == 2
    assert not opened(a.wait(299))
    assert opened(a.wait(1)) == [grew.incident]


def test_a_relapse_after_ten_minutes_is_another_incident():
    a = room()
    first = a.down("a/wan")[0]
    a.up("a/wan")
    a.wait(600)
    second = a.down("a/wan")[0]
    assert isinstance(second, Noticed)
    assert second.incident != first.incident
    assert second.code != first.code


def test_nothing_is_opened_twice_however_often_it_comes_back():
    a = room(people=at_once())
    for _ in range(5):
        a.down("a/wan")
        a.wait(20)
        a.up("a/wan")
        a.wait(60)
    assert len(opened(a.log)) == 1
    assert len([entry for entry in a.log if isinstance(entry, Noticed)]) == 1


def test_one_incident_per_flapping_spell():
    a = room()
    for _ in range(2):
        a.down("a/wan")
        a.wait(5)
        a.up("a/wan")
        a.wait(60)
    a.flapping("a/wan")
    a.wait(3600)
    a.up("a/wan")
    a.wait(600)
    assert len([entry for entry in a.log if isinstance(entry, Noticed)]) == 1
    assert len(opened(a.log)) == 1
    assert a.open == []


def test_a_flapping_link_that_stays_down_is_the_same_incident_weighed_anew():
    a = room()
    a.flapping("a/wan")
    assert a.of("a/wan").urgency is Urgency.IMPAIRED
    assert a.of("a/wan").why is Why.LINK_FLAPPING
    grew, weighed = a.down("a/wan")
    assert (grew.why, grew.links[0][1].reason) == (Why.LINK_DOWN, Reason.SILENT_WITH_WITNESS)
    assert weighed.urgency is Urgency.DARK
    assert a.of("a/wan").why is Why.LINK_DOWN
    assert a.of("a/wan").spells == 1


def test_the_third_cut_says_that_the_link_flaps_until_it_breaks_in_another_way():
    a = room()
    for _ in range(2):
        a.down("a/wan")
        a.up("a/wan")
        a.wait(60)
    (grew,) = [entry for entry in a.flapping("a/wan") if isinstance(entry, Grew)]
    assert grew.why is a.open[0].why is Why.LINK_FLAPPING
    assert a.open[0].spells == 3
    a.up("a/wan")
    assert a.open[0].why is Why.LINK_FLAPPING  # what it was
    a.wait(60)
    assert a.down("a/wan")[0].why is Why.RELAPSED
    assert a.open[0].why is Why.LINK_DOWN


def test_a_stricter_policy_that_comes_into_force_shortens_the_hold():
    live = live_event("a", starts_ns=START + 111 * SECOND, ends_ns=START + 9999 * SECOND)
    strict = replace(live, check_ns=0, freeze_ns=0)
    a = room(events=[strict])
    a.down("a/wan")
    (entry,) = [entry for entry in a.wait(200) if isinstance(entry, Opened)]
    assert entry.at_ns == START + 111 * SECOND
    assert (entry.why, entry.policy, entry.phase) == (Why.HOLD_SHORTENED, LIVE, Phase.LIVE)
    assert entry.event == "e"


def test_a_policy_edited_to_be_stricter_shortens_the_hold_too():
    a = room()
    a.down("a/wan")
    a.wait(10)
    written = a.adopt(replace(a.inventory, directory=at_once()))
    assert [entry.why for entry in written if isinstance(entry, Opened)] == [Why.HOLD_SHORTENED]


def test_an_urgency_without_a_hold_never_opens():
    calm = at_once().policies[CALM]
    people = replace(at_once(), policies={CALM: replace(calm, hold={}), LIVE: calm})
    a = room(people=people)
    a.down("a/wan")
    assert not opened(a.wait(86_400))
    assert len(a.broken) == 1


def test_without_people_incidents_are_kept_and_nobody_is_paged():
    a = room(people=replace(at_once(), policies={}))
    assert kinds(a.down("a/wan")) == ["Noticed", "Grew", "Weighed"]


def test_live_three_short_cuts_within_a_minute_open_at_once():
    a = room(events=[live_event("a")])
    for _ in range(2):
        assert not opened(a.down("a/wan"))
        assert not opened(a.wait(0.3))
        a.up("a/wan")
        a.wait(10)
    (entry,) = [entry for entry in a.down("a/wan") if isinstance(entry, Opened)]
    assert (entry.why, entry.policy) == (Why.CUTS_ADD_UP, LIVE)


def test_live_five_seconds_of_silence_in_two_cuts_open_as_they_are_reached():
    a = room(events=[live_event("a")])
    a.down("a/wan")  # silent for 1.2 s
    a.wait(1.8)
    a.up("a/wan")  # after 3 s
    a.wait(20)
    a.down("a/wan")
    assert not opened(a.wait(0.7))  # 1.9 s
    (entry,) = a.wait(0.2)
    assert entry.why is Why.CUTS_ADD_UP


def test_cuts_more_than_a_minute_apart_do_not_add_up():
    a = room(events=[live_event("a")])
    for _ in range(6):
        assert not opened(a.down("a/wan"))
        assert not opened(a.wait(2))
        a.up("a/wan")
        a.wait(60)


def test_cuts_add_up_only_while_live_and_only_where_the_meeting_is_hurt():
    calm = room()
    spare = Room(world(["a/wan", "a/internet"], events=[live_event("a")], carried_by=CarriedBy.WAN))
    spare.all_up()
    for one, link in ((calm, "a/wan"), (spare, "a/internet")):
        for _ in range(3):
            one.down(link)
            one.wait(2)
            one.up(link)
            one.wait(5)
        assert not opened(one.log)


def test_live_a_single_outage_of_the_spare_is_held_for_its_own_hold():
    a = Room(world(["a/wan", "a/internet"], events=[live_event("a")], carried_by=CarriedBy.WAN))
    a.all_up()
    a.down("a/internet")
    assert not opened(a.wait(29.9))
    assert opened(a.wait(0.1))


def test_a_spare_long_down_does_not_page_a_fresh_cut_of_the_main_link_at_once():
    a = Room(world(["a/wan", "a/internet"], events=[live_event("a")]))
    a.all_up()
    a.down("a/internet")
    a.wait(20)
    a.down("a/wan")
    assert a.of("a/internet").urgency is Urgency.DARK
    assert not opened(a.wait(4.9))
    assert len(opened(a.wait(0.1))) == 2


def test_a_person_resolves_it_and_what_is_still_broken_begins_anew_only_by_a_new_change():
    a = room(people=at_once())
    incident = a.down("a/wan")[0].incident
    (closed,) = a.note(a.room.resolve([incident], "Lan", "known", a.now_ns))
    assert (closed.why, closed.actor, closed.note) == (Why.RESOLVED, "Lan", "known")
    assert a.wait(3600) == []
    assert a.up("a/wan") == []
    assert kinds(a.down("a/wan"))[0] == "Noticed"


def test_resolving_what_is_unknown_or_over_changes_nothing():
    a = room(people=at_once())
    incident = a.down("a/wan")[0].incident
    a.room.resolve([incident], "Lan", "", a.now_ns)
    assert a.room.resolve([incident, "INC-99"], "Lan", "", a.now_ns) == []


@pytest.mark.parametrize("state", [LinkState.BLIND, LinkState.UNKNOWN, LinkState.SUSPECT])
def test_what_cannot_be_seen_neither_begins_nor_ends_anything(state):
    a = room(people=at_once())
    assert a.become(state, "a/wan") == []
    a.down("a/wan")
    assert a.become(state, "a/wan") == []
    assert len(a.broken) == 1


def test_a_paused_link_leaves_its_incident():
    a = room()
    a.down("a/wan")
    shrank, closed = a.become(LinkState.PAUSED, "a/wan")
    assert (shrank.why, closed.why) == (Why.LEFT_CONFIGURATION, Why.LEFT_CONFIGURATION)


def test_faults_that_others_find_have_the_same_life():
    a = room()
    raised = a.note(a.room.raise_fault(FaultKind.CONTACTS, "e", Audience.OWN, Why.CONTACTS_MISSING, a.now_ns))
    assert kinds(raised) == ["Noticed", "Grew", "Weighed"]
    assert raised[2].urgency is Urgency.OWN
    assert a.room.raise_fault(FaultKind.CONTACTS, "e", Audience.OWN, Why.CONTACTS_MISSING, a.now_ns) == []
    assert opened(a.wait(300)) == [raised[0].incident]
    assert kinds(a.note(a.room.clear_fault(FaultKind.CONTACTS, "e", a.now_ns))) == ["Recovered"]
    assert a.room.clear_fault(FaultKind.CONTACTS, "e", a.now_ns) == []
    again = a.note(a.room.raise_fault(FaultKind.CONTACTS, "e", Audience.OWN, Why.CONTACTS_MISSING, a.now_ns))
    assert [entry.why for entry in again] == [Why.RELAPSED]
    a.room.clear_fault(FaultKind.CONTACTS, "e", a.now_ns)
    assert kinds(a.wait(600)) == ["Closed"]


def test_a_fault_that_is_found_late_began_before_and_is_held_from_when_it_is_found():
    a = room()
    began_ns = a.now_ns - 3600 * SECOND
    raised = a.note(
        a.room.raise_fault(
            FaultKind.HEARTBEAT, "v", Audience.OWN, Why.HEARTBEAT_MISSING, a.now_ns, began_ns=began_ns
        )
    )
    assert (raised[0].began_ns, raised[0].at_ns) == (began_ns, a.now_ns)
    assert not opened(a.wait(299))
    assert opened(a.wait(1)) == [raised[0].incident]


def test_our_own_house_is_held_by_the_strictest_ruling_in_force_anywhere():
    a = room(events=[live_event("a")])
    a.room.raise_fault(FaultKind.DELIVERY, "store", Audience.OWN, Why.STORE_FAILING, a.now_ns)
    assert not opened(a.wait(4.9))
    assert opened(a.wait(0.1))


def test_every_life_can_end_and_only_what_is_broken_opens():
    for life, moves in MOVES.items():
        assert life is Life.CLOSED or moves[Closed] is Life.CLOSED
        assert (Opened in moves) == (life is Life.HELD)
        assert (Recovered in moves) == (life in BROKEN)


def test_a_quiet_tick_writes_nothing():
    a = room()
    for _ in range(10):
        a.now_ns += SECOND
        assert a.say() == []
