"""Critical quality, and our own ways out."""

from dataclasses import replace

import pytest

from bridgewatch.model.log import Folded, Grew, Noticed
from bridgewatch.model.paging import Audience, FaultKind, Urgency, Why
from bridgewatch.model.words import EgressState, LinkState, Reason, Severity
from tests.incidents.worlds import L, Room, Said, at_once, kinds, live_event, opened, world


def room(*links: L, **options) -> Room:
    a = Room(world(links or [L("a/wan", stamp=True)], **options))
    a.all_up()
    return a


def test_critical_quality_that_the_meeting_feels_is_an_incident_of_the_carrier():
    a = room()
    noticed, grew, weighed = a.poor("a/wan")
    assert (noticed.kind, noticed.audience, noticed.subject) == (FaultKind.QUALITY, Audience.CARRIER, "a/wan")
    assert (grew.why, weighed.urgency, weighed.impaired) == (Why.QUALITY_CRITICAL, Urgency.IMPAIRED, ("a",))
    assert opened(a.wait(600)) == [noticed.incident]


def test_live_it_is_held_for_a_minute():
    a = room(events=[live_event("a")])
    a.poor("a/wan")
    assert not opened(a.wait(59.9))
    assert opened(a.wait(0.1))


def test_a_warning_is_none():
    a = room()
    assert a.poor("a/wan", severity=Severity.WARN) == []


def test_it_ends_when_it_is_critical_no_more():
    a = room()
    a.poor("a/wan")
    shrank, _ = a.poor("a/wan", severity=Severity.WARN)
    assert shrank.why is Why.GOOD_AGAIN
    (grew,) = a.poor("a/wan")
    assert grew.why is Why.RELAPSED
    a.up("a/wan")
    assert a.broken == []


def test_a_site_that_has_a_good_line_left_does_not_feel_it():
    a = room(L("a/wan", stamp=True), L("a/internet", stamp=True))
    a.poor("a/wan")
    assert a.of("a/wan").urgency is Urgency.NOTE
    a.poor("a/internet")
    assert a.of("a/wan").urgency is Urgency.IMPAIRED


@pytest.mark.parametrize("reason", [Reason.LOSS, Reason.JITTER, Reason.PDV])
def test_loss_and_jitter_of_plain_echoes_page_nobody_alone(reason):
    a = room(L("a/wan"), people=at_once())
    a.poor("a/wan", reason)
    assert a.of("a/wan").urgency is Urgency.NOTE
    assert not opened(a.wait(86_400))


def test_delay_of_plain_echoes_does():
    a = room(L("a/wan"), people=at_once())
    assert opened(a.poor("a/wan", Reason.RTT))


def test_when_delay_takes_over_from_jitter_it_counts_from_then():
    a = room(L("a/wan"))
    a.poor("a/wan", Reason.JITTER)
    a.wait(100)
    assert a.poor("a/wan", Reason.LOSS) == []
    assert kinds(a.poor("a/wan", Reason.RTT)) == ["Grew", "Weighed"]
    assert not opened(a.wait(599))
    assert opened(a.wait(1))


def test_what_goes_down_is_one_fault_and_no_matter_of_quality_any_more():
    a = room()
    quality = a.poor("a/wan")[0].incident
    written = a.down("a/wan")
    (folded,) = [entry for entry in written if isinstance(entry, Folded)]
    assert (folded.incident, folded.into, folded.why) == (quality, a.of("a/wan").id, Why.LINK_DOWN)
    assert a.of("a/wan").began_ns == a.now_ns - 1_200_000_000
    assert [incident.kind for incident in a.open] == [FaultKind.LINK]


def test_what_turns_poor_and_falls_in_one_tick_is_down():
    a = room()
    poor = a.tick(Said("a/wan", LinkState.DEGRADED, severity=Severity.CRITICAL)).links.passes
    down = a.tick(Said("a/wan", LinkState.DOWN)).links
    both = replace(a.tick(), links=replace(down, passes=(*poor, *down.passes)))
    a.room.observe(both, a.now_ns, a.offset_ns)
    assert [incident.kind for incident in a.open] == [FaultKind.LINK]


def test_back_from_down_with_poor_quality_is_quality_again():
    a = room()
    a.down("a/wan")
    a.poor("a/wan")
    assert a.of("a/wan").kind is FaultKind.QUALITY
    assert len(a.broken) == 1


def test_poor_quality_behind_a_root_of_poor_quality_is_one_incident():
    a = room(L("hub/wan", stamp=True), L("c/wan", via="hub/wan", stamp=True))
    a.poor("c/wan")
    a.wait(60)
    a.poor("hub/wan")
    assert [incident.subject for incident in a.open] == ["hub/wan"]
    assert a.of("c/wan").subject == "hub/wan"
    a.up("hub/wan")
    a.wait(60)
    assert a.of("c/wan").key == (FaultKind.QUALITY, "c/wan")


def test_what_is_blind_is_not_opened_for_its_former_quality():
    a = room()
    a.poor("a/wan")
    a.become(LinkState.BLIND, "a/wan")
    assert not opened(a.wait(3600))
    assert opened(a.poor("a/wan"))


def test_a_dark_egress_is_for_our_own_staff_and_blind_links_open_nothing():
    a = room(people=at_once())
    a.become(LinkState.BLIND, "a/wan")
    noticed, grew, weighed, opening = a.egress(EgressState.DARK)
    assert (noticed.kind, noticed.subject, noticed.audience) == (FaultKind.EGRESS, "main", Audience.OWN)
    assert (grew.why, grew.links, weighed.urgency) == (Why.EGRESS_DARK, (), Urgency.OWN)
    assert opening.incident == noticed.incident
    assert len(a.open) == 1


def test_an_egress_that_goes_from_impaired_to_dark_and_back_is_one_incident():
    a = room()
    a.egress(EgressState.IMPAIRED)
    (grew,) = a.egress(EgressState.DARK)
    assert isinstance(grew, Grew)
    assert grew.why is Why.EGRESS_DARK
    assert a.egress(EgressState.DARK) == []
    assert a.egress(EgressState.UNKNOWN) == []
    assert kinds(a.egress(EgressState.OK)) == ["Recovered"]
    assert [entry.why for entry in a.egress(EgressState.DARK)] == [Why.RELAPSED]
    assert len([entry for entry in a.log if isinstance(entry, Noticed)]) == 1
