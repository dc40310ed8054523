"""What incidents do to meetings, who is told so, and by which policy it counts."""

from dataclasses import replace

from bridgewatch.model.calendar import Event
from bridgewatch.model.log import Opened, Weighed
from bridgewatch.model.paging import FaultKind, Urgency, Why
from bridgewatch.model.words import CarriedBy, LinkState
from tests.incidents.worlds import (
    HOUR,
    LIVE,
    SECOND,
    START,
    L,
    Room,
    kinds,
    live_event,
    opened,
    world,
)

BOTH = ["a/wan", L("a/internet", "viettel")]


def room(links=BOTH, **options) -> Room:
    a = Room(world(links, **options))
    a.all_up()
    return a


def test_a_site_that_loses_one_of_two_lines_is_reduced():
    a = room()
    a.down("a/wan")
    assert (a.of("a/wan").urgency, a.of("a/wan").reduced) == (Urgency.REDUCED, ("a",))


def test_only_carrying_links_make_a_site_dark():
    a = room(carried_by=CarriedBy.WAN)
    a.down("a/internet")
    assert a.of("a/internet").urgency is Urgency.REDUCED
    a.wait(60)
    a.down("a/wan")
    assert a.of("a/wan").dark == ("a",)
    assert a.of("a/internet").reduced == ("a",)


def test_a_site_whose_last_line_falls_is_dark_through_both_incidents():
    a = room()
    a.down("a/wan")
    a.wait(60)
    written = a.down("a/internet")
    assert kinds(written) == ["Noticed", "Grew", "Weighed", "Weighed"]
    assert a.of("a/wan").dark == a.of("a/internet").dark == ("a",)


def test_a_site_whose_other_line_comes_back_is_dark_no_more():
    a = room()
    a.down("a/wan")
    a.wait(60)
    a.down("a/internet")
    a.up("a/wan")
    assert a.of("a/internet").urgency is Urgency.REDUCED


def test_a_site_that_goes_on_by_a_poor_line_is_impaired():
    a = room()
    a.poor("a/internet")
    a.down("a/wan")
    assert (a.of("a/wan").urgency, a.of("a/wan").impaired) == (Urgency.IMPAIRED, ("a",))
    a.up("a/internet")
    assert a.of("a/wan").urgency is Urgency.REDUCED


def test_our_own_blindness_makes_nothing_darker():
    a = room()
    a.down("a/wan")
    assert a.become(LinkState.BLIND, "a/internet") == []
    assert a.of("a/wan").urgency is Urgency.REDUCED


def test_a_link_that_was_never_seen_carries_nothing():
    a = room()
    b = Room(world(BOTH))
    b.up("a/wan")
    b.wait(11)
    for one in (a, b):
        one.down("a/wan")
    assert a.of("a/wan").urgency is Urgency.REDUCED
    assert b.of("a/wan").urgency is Urgency.DARK


def test_an_event_says_what_carries_where_nobody_else_did():
    event = replace(
        live_event("a", starts_ns=START + 20 * SECOND), carried_by=CarriedBy.WAN, check_ns=0, freeze_ns=0
    )
    a = room(by_default=True, events=[event])
    a.down("a/wan")
    assert a.of("a/wan").urgency is Urgency.REDUCED
    (weighed, opening) = [entry for entry in a.wait(120) if isinstance(entry, Weighed | Opened)]
    assert (weighed.urgency, weighed.at_ns) == (Urgency.DARK, START + 20 * SECOND)
    assert (opening.policy, opening.at_ns) == (LIVE, START + 25 * SECOND)


def test_an_event_does_not_overrule_what_a_site_says_itself():
    event = replace(live_event("a"), carried_by=CarriedBy.WAN)
    a = room(events=[event])
    a.down("a/wan")
    assert a.of("a/wan").urgency is Urgency.REDUCED


def test_of_many_sites_the_one_under_the_most_demanding_ruling_decides():
    links = ["hub/wan", *(L(f"c{i}/wan", via="hub/wan") for i in range(5))]
    a = room(links, events=[live_event("c3")])
    a.down("hub/wan", *(f"c{i}/wan" for i in range(5)))
    (entry,) = a.wait(5)
    assert isinstance(entry, Opened)
    assert (entry.policy, entry.event, entry.hold) == (LIVE, "e", 5)


def test_a_live_site_that_only_lost_a_spare_does_not_hurry_a_dark_one_elsewhere():
    links = ["hub/wan", L("c/wan", via="hub/wan"), L("c/internet", "viettel")]
    a = room(links, events=[live_event("c")])
    a.down("hub/wan", "c/wan")
    assert (a.of("hub/wan").dark, a.of("hub/wan").reduced) == (("hub",), ("c",))
    assert not opened(a.wait(29.9))
    (entry,) = a.wait(0.1)
    assert (entry.policy, entry.hold) == (LIVE, 30)


def test_an_event_of_elsewhere_hurries_nothing():
    a = room(["a/wan", "b/wan"], events=[live_event("b")])
    a.down("a/wan")
    assert not opened(a.wait(299.9))


def test_large_incidents_that_get_better_are_told_of_every_five_seconds_and_worse_at_once():
    links = ["hub/wan", *(L(f"c{i:03}/wan", via="hub/wan") for i in range(200))]
    a = room(links)
    children = [f"c{i:03}/wan" for i in range(200)]
    a.down("hub/wan", *children[:199])
    told = []
    for child in children[:100]:
        told += [entry for entry in a.up(child) if isinstance(entry, Weighed)]
        told += [entry for entry in a.wait(0.1) if isinstance(entry, Weighed)]
    assert 1 <= len(told) <= 3
    (grew, weighed) = a.down(children[199])
    assert (grew.why, len(weighed.dark)) == (Why.BEHIND_ROOT, 101)
    a.up(children[100])
    a.wait(5)
    assert len(a.of("hub/wan").dark) == 100


def test_sites_are_named_in_the_order_of_the_inventory():
    links = ["hub/wan", *(L(f"c{i}/wan", via="hub/wan") for i in (3, 1, 2))]
    a = room(links)
    a.down("c1/wan", "c3/wan", "hub/wan", "c2/wan")
    assert a.of("hub/wan").dark == ("hub", "c3", "c1", "c2")


def test_overlapping_events_give_the_fastest_policy():
    second = Event("late", "Họp", ("a",), START + 2 * HOUR, START + 3 * HOUR)
    a = room(["a/wan"], events=[live_event("a"), second])
    a.down("a/wan")
    (entry,) = a.wait(5)
    assert (entry.policy, entry.event) == (LIVE, "e")
    assert a.about(FaultKind.LINK, "a/wan").opened is entry
