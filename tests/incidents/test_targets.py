"""Reflectors that are stopped: our own people's business, as urgent as the conference there is near."""

import pytest

from bridgewatch.model.log import Folded, Grew, Noticed, Shrank, Weighed
from bridgewatch.model.paging import Audience, FaultKind, Phase, Urgency, Why
from bridgewatch.model.words import EgressState, LinkState, Reason
from tests.incidents.worlds import SECOND, START, L, Room, Said, kinds, live_event, opened, world


def room(*links: L, **options) -> Room:
    a = Room(world(links or [L("a/wan", stamp=True), L("a/internet", "fpt", stamp=True)], **options))
    a.all_up()
    return a


def test_a_target_that_refuses_is_a_fault_of_our_own_at_that_site():
    a = room()
    noticed, grew, weighed = a.refuse("a/wan")
    assert (noticed.kind, noticed.subject, noticed.site) == (FaultKind.TARGET, "a", "a")
    assert (noticed.audience, noticed.carrier, noticed.suspected) == (Audience.OWN, None, False)
    ((link, proof),) = grew.links
    assert (grew.why, link, proof.reason) == (Why.TARGET_REFUSES, "a/wan", Reason.TARGET_REFUSES)
    assert (proof.unanswered, proof.since_ns, proof.witness_ns) == (8, a.now_ns - 1_200_000_000, None)
    assert (weighed.urgency, weighed.dark, weighed.impaired, weighed.reduced) == (Urgency.OWN, (), (), ())


@pytest.mark.parametrize(
    ("events", "phase", "hold"), [([], Phase.NONE, 300.0), ([live_event("a")], Phase.LIVE, 5.0)]
)
def test_it_is_held_by_the_policy_of_its_site(events, phase, hold):
    a = room(events=events)
    (noticed, *_) = a.refuse("a/wan", before=0)
    assert not opened(a.wait(hold - 0.1))
    (opening,) = (entry for entry in a.wait(0.2) if type(entry).__name__ == "Opened")
    assert (opening.incident, opening.phase, opening.hold) == (noticed.incident, phase, hold)


def test_a_conference_elsewhere_does_not_make_it_more_urgent():
    a = room(L("a/wan"), L("b/wan"), events=[live_event("b")])
    a.refuse("a/wan", before=0)
    assert not opened(a.wait(299))
    assert opened(a.wait(2))


def test_a_conference_that_begins_there_meanwhile_does():
    a = room(events=[live_event("a", starts_ns=START + 60 * SECOND)])
    (noticed, *_) = a.refuse("a/wan", before=0)
    (opening,) = (entry for entry in a.wait(60) if type(entry).__name__ == "Opened")
    assert (opening.incident, opening.why) == (noticed.incident, Why.HOLD_SHORTENED)


def test_all_that_refuses_at_a_site_is_one_fault_and_each_site_is_another():
    a = room(L("a/wan"), L("a/internet", "fpt"), L("b/wan"))
    a.refuse("a/wan", "a/internet", "b/wan")
    assert set(a.about(FaultKind.TARGET, "a").links) == {"a/wan", "a/internet"}
    assert set(a.about(FaultKind.TARGET, "b").links) == {"b/wan"}
    assert len(a.open) == 2


def test_it_is_over_when_the_last_of_them_answers_and_the_same_when_one_refuses_again():
    a = room()
    a.refuse("a/wan", "a/internet")
    assert kinds(a.up("a/wan")) == ["Shrank"]
    shrank, recovered = a.up("a/internet")
    assert (shrank.why, type(recovered).__name__) == (Why.ANSWERS_AGAIN, "Recovered")
    (grew,) = a.refuse("a/internet")
    assert grew.why is Why.RELAPSED
    assert a.of("a/internet").urgency is Urgency.OWN


def test_while_nothing_can_be_seen_it_stays():
    a = room()
    a.refuse("a/wan")
    a.become(LinkState.BLIND, "a/wan")
    a.become(LinkState.SUSPECT, "a/wan")
    a.say(Said("a/wan", LinkState.UNKNOWN, reason=Reason.LOCAL_ERROR))
    assert a.of("a/wan").kind is FaultKind.TARGET
    assert a.refuse("a/wan") == []


def test_a_link_that_dies_behind_it_is_the_carriers_and_takes_it_in_unheld():
    a = room(L("a/wan", stamp=True))
    a.refuse("a/wan", before=0)
    a.wait(299)
    entries = a.down("a/wan")
    folded = next(entry for entry in entries if isinstance(entry, Folded))
    down = a.of("a/wan")
    assert (down.kind, down.audience, folded.into, folded.why) == (
        FaultKind.LINK,
        Audience.CARRIER,
        down.id,
        Why.LINK_DOWN,
    )
    assert not opened(a.wait(298))
    assert opened(a.wait(3)) == [down.id]


def test_of_two_that_refuse_only_the_one_that_dies_leaves():
    a = room()
    a.refuse("a/wan", "a/internet")
    entries = a.down("a/wan")
    (shrank,) = (entry for entry in entries if isinstance(entry, Shrank))
    assert (shrank.links, shrank.why) == (("a/wan",), Why.LINK_DOWN)
    assert set(a.about(FaultKind.TARGET, "a").links) == {"a/internet"}
    assert a.about(FaultKind.LINK, "a/wan").broken


def test_a_link_that_comes_back_to_a_stopped_reflector_is_no_longer_the_carriers():
    a = room()
    a.down("a/wan")
    a.wait(301)
    entries = a.refuse("a/wan")
    assert kinds(entries) == ["Shrank", "Recovered", "Noticed", "Grew", "Weighed"]
    assert a.of("a/wan").kind is FaultKind.TARGET
    assert not a.about(FaultKind.LINK, "a/wan").broken


def test_a_site_is_not_dark_while_a_path_to_it_is_alive():
    a = room(L("a/wan", stamp=True), L("a/internet", "fpt", stamp=True))
    a.refuse("a/wan")
    a.down("a/internet")
    assert a.of("a/internet").urgency is Urgency.REDUCED
    a.down("a/wan", before=0)
    assert a.of("a/wan").urgency is Urgency.DARK


def test_a_handover_is_not_down_while_a_link_of_it_refuses():
    a = room(*(L(f"{name}/wan", handover="pop") for name in "abc"))
    a.refuse("c/wan")
    a.down("a/wan", "b/wan")
    assert {one.kind for one in a.broken} == {FaultKind.LINK, FaultKind.TARGET}


def test_poor_quality_is_neither_better_nor_worse_by_a_refusal():
    a = room()
    a.poor("a/wan")
    a.refuse("a/wan")
    assert a.about(FaultKind.QUALITY, "a/wan").broken
    a.up("a/wan")
    assert a.broken == []


def test_a_link_that_leaves_the_configuration_or_is_paused_leaves_it():
    a = room()
    a.refuse("a/wan", "a/internet")
    (shrank,) = a.become(LinkState.PAUSED, "a/wan")
    assert shrank.why is Why.LEFT_CONFIGURATION
    closed = a.adopt(world([L("a/wan", stamp=True, paused=True)]))
    assert kinds(closed) == ["Shrank", "Closed"]
    assert a.open == []


def test_it_outlives_a_restart():
    a = room()
    (noticed, *_) = a.refuse("a/wan")
    a.restart()
    a.wait(11)
    assert [one.id for one in a.broken] == [noticed.incident]
    assert a.refuse("a/wan") == []
    assert kinds(a.up("a/wan")) == ["Shrank", "Recovered"]


def test_our_own_dark_egress_is_an_incident_beside_it():
    a = room()
    a.refuse("a/wan")
    a.egress(EgressState.DARK)
    assert [entry.urgency for entry in a.log if isinstance(entry, Weighed)] == [Urgency.OWN, Urgency.OWN]
    assert {entry.kind for entry in a.log if isinstance(entry, Noticed)} == {
        FaultKind.TARGET,
        FaultKind.EGRESS,
    }
    assert len([entry for entry in a.log if isinstance(entry, Grew)]) == 2
