"""Which fault explains which: via, handovers, areas, sites, services; and what explains nothing."""

import pytest

from bridgewatch.core.incidents.causes import SKEW_NS
from bridgewatch.model.log import Closed, Folded, Grew, Noticed, Opened, Recovered, Shrank
from bridgewatch.model.paging import Audience, FaultKind, Urgency, Why
from bridgewatch.model.words import CarriedBy, LinkState
from tests.incidents.worlds import SECOND, L, Room, at_once, kinds, opened, within_two_seconds, world

HUB = L("hub/wan")


def tree(children: int = 3, **options) -> Room:
    """A hub with sites behind it, each with an Internet line of another carrier."""
    behind = [L(f"c{i:03}/wan", via="hub/wan", interval=0.1) for i in range(children)]
    spares = [L(f"c{i:03}/internet", carrier="viettel") for i in range(children)]
    a = Room(world([HUB, *behind, *spares], **options))
    a.all_up()
    return a


def wans(children: int, start: int = 0) -> list[str]:
    return [f"c{i:03}/wan" for i in range(start, children)]


def test_a_root_takes_all_that_lies_behind_it():
    a = tree()
    a.down("hub/wan", *wans(3))
    (incident,) = a.open
    assert incident.key == (FaultKind.LINK, "hub/wan")
    assert set(incident.links) == {"hub/wan", *wans(3)}
    assert [member.why for member in incident.links.values()] == [Why.LINK_DOWN, *[Why.BEHIND_ROOT] * 3]


def test_what_falls_later_behind_a_dead_root_is_explained_by_it():
    a = tree()
    a.down("hub/wan")
    a.wait(50)
    (grew, _) = a.down("c000/wan")
    assert isinstance(grew, Grew)
    assert (grew.incident, grew.why) == (a.of("hub/wan").id, Why.BEHIND_ROOT)


def test_children_seen_first_are_folded_and_never_paged_where_the_hold_is_two_seconds():
    a = tree(people=within_two_seconds())
    cut_ns = a.now_ns
    a.wait(1.2)
    a.down(*wans(3), before=1.2)
    a.wait(1.3)
    a.become(LinkState.SUSPECT, "hub/wan")
    assert not opened(a.wait(2.0))
    a.down("hub/wan", before=(a.now_ns - cut_ns) / SECOND - 1)
    a.wait(20)
    (incident,) = a.open
    assert opened(a.log) == [incident.id]
    assert incident.subject == "hub/wan"
    assert incident.fell == 4
    folded = [entry for entry in a.log if isinstance(entry, Folded)]
    assert {(entry.into, entry.why) for entry in folded} == {(incident.id, Why.BEHIND_ROOT)}
    ends = {entry.why for entry in a.log if isinstance(entry, Closed)}
    assert ends == {Why.FOLDED}


def test_a_root_need_not_be_held_again_for_as_long_as_its_children_were():
    a = tree(people=within_two_seconds())
    a.down("c000/wan")
    a.wait(1)
    a.become(LinkState.SUSPECT, "hub/wan")
    a.wait(1.5)
    assert opened(a.down("hub/wan", before=2.5)) == [a.of("hub/wan").id]


def test_a_suspect_root_that_answers_after_all_lets_its_child_open_at_once():
    a = tree(people=within_two_seconds())
    a.down("c000/wan")
    a.become(LinkState.SUSPECT, "hub/wan")
    assert not opened(a.wait(3))
    assert opened(a.up("hub/wan")) == [a.of("c000/wan").id]


def test_a_suspicion_that_does_not_end_is_not_waited_for_for_ever():
    a = tree(people=within_two_seconds())
    a.down("c000/wan")
    a.become(LinkState.SUSPECT, "hub/wan")
    assert not opened(a.wait(11.9))
    assert opened(a.wait(0.2)) == [a.of("c000/wan").id]


def test_with_a_policy_that_pages_at_once_a_child_may_be_paged_and_is_then_linked():
    a = tree(people=at_once())
    child = a.down("c000/wan")[0].incident
    assert opened(a.log) == [child]
    a.wait(2)
    root = a.down("hub/wan", before=3).__iter__().__next__().incident
    assert a.get(child).into == root
    assert a.get(child).closed_ns is None  # somebody may answer with its code
    assert set(a.room.open) == {root}
    a.up("hub/wan", "c000/wan")
    a.wait(600)
    assert a.get(child).closed_why is Why.FOLDED
    assert a.get(root).closed_why is Why.RECOVERED


def test_what_was_down_long_before_the_root_is_independent_and_never_folds():
    a = tree()
    a.down("c000/wan")
    own = a.of("c000/wan").id
    a.wait(SKEW_NS / SECOND + 1.1)
    a.down("hub/wan", "c001/wan")
    a.wait(60)
    assert a.of("c000/wan").id == own
    assert set(a.of("hub/wan").links) == {"hub/wan", "c001/wan"}


@pytest.mark.parametrize("early", [1.0, 5.9])
def test_what_was_silent_a_little_before_the_root_is_folded(early):
    a = tree()
    a.down("c000/wan", before=1.2)
    a.wait(early)
    a.down("hub/wan", before=1.2)
    assert a.of("c000/wan") is a.of("hub/wan")


def test_a_root_cannot_explain_the_line_of_another_carrier_at_the_same_site():
    a = tree()
    a.down("hub/wan", "c000/wan", "c001/wan", "c000/internet")
    assert a.of("c000/internet").key == (FaultKind.LINK, "c000/internet")
    assert a.of("c000/wan") is a.of("hub/wan")
    assert a.of("c000/internet").dark == ("c000",)
    assert a.of("hub/wan").dark == ("hub", "c000")
    assert a.of("hub/wan").reduced == ("c001",)


def test_the_chain_of_roots_ends_at_the_last_dead_one():
    a = Room(world(["top/wan", L("mid/wan", via="top/wan"), L("leaf/wan", via="mid/wan")]))
    a.all_up()
    a.down("leaf/wan")
    a.down("mid/wan")
    assert a.of("leaf/wan").subject == "mid/wan"
    a.down("top/wan")
    assert {incident.subject for incident in a.open} == {"top/wan"}
    assert set(a.of("leaf/wan").links) == {"top/wan", "mid/wan", "leaf/wan"}


def test_a_root_between_that_answers_does_not_break_the_chain():
    a = Room(world(["top/wan", L("mid/wan", via="top/wan"), L("leaf/wan", via="mid/wan")]))
    a.all_up()
    a.down("top/wan", "leaf/wan")
    assert a.of("leaf/wan").subject == "top/wan"


def test_what_stays_down_a_minute_after_its_root_recovered_is_an_incident_of_its_own():
    a = tree(people=within_two_seconds())
    a.down("hub/wan", *wans(3))
    a.wait(10)
    root = a.of("hub/wan").id
    began_ns = a.of("c000/wan").links["c000/wan"].since_ns
    a.up("hub/wan", "c001/wan", "c002/wan")
    assert not [entry for entry in a.wait(59.9) if isinstance(entry, Noticed)]
    written = a.wait(0.1)
    assert kinds(written) == ["Shrank", "Noticed", "Grew", "Recovered", "Weighed", "Opened"]
    shrank, noticed, grew, recovered, _, opening = written
    assert (shrank.incident, shrank.why, recovered.incident) == (root, Why.STAYED_DOWN, root)
    assert (noticed.subject, noticed.began_ns, grew.why) == ("c000/wan", began_ns, Why.STAYED_DOWN)
    assert (opening.incident, opening.why) == (noticed.incident, Why.STAYED_DOWN)


def test_what_stays_down_after_a_root_that_was_never_paged_serves_its_own_hold_from_its_beginning():
    a = tree()
    a.down("hub/wan", *wans(3))
    a.wait(20)
    a.up("hub/wan", "c001/wan", "c002/wan")
    a.wait(60)
    (incident,) = a.broken
    assert (incident.subject, incident.opened) == ("c000/wan", None)
    a.wait(900 - 82)
    assert incident.opened is None
    a.wait(2)
    assert incident.opened is not None


def test_a_root_that_falls_again_within_the_minute_keeps_what_lies_behind_it():
    a = tree()
    a.down("hub/wan", *wans(3))
    a.up("hub/wan")
    a.wait(50)
    (grew, *_) = a.down("hub/wan")
    assert grew.why is Why.RELAPSED
    a.wait(600)
    assert a.of("c000/wan") is a.of("hub/wan")


def test_of_what_stays_down_the_nearest_to_the_root_explains_the_rest():
    a = Room(world(["top/wan", L("mid/wan", via="top/wan"), L("leaf/wan", via="mid/wan")]))
    a.all_up()
    a.down("top/wan", "mid/wan", "leaf/wan")
    a.up("top/wan")
    a.wait(60)
    assert a.of("leaf/wan").key == a.of("mid/wan").key == (FaultKind.LINK, "mid/wan")


# Handovers


def handover(links: int = 6, **options) -> Room:
    on_it = [L(f"s{i}/wan", handover="pop") for i in range(links)]
    a = Room(world([*on_it, L("s0/internet", carrier="viettel", handover="pop"), "other/wan"], **options))
    a.all_up()
    return a


def on(links: int, start: int = 0) -> list[str]:
    return [f"s{i}/wan" for i in range(start, links)]


def test_every_visible_link_of_a_handover_down_is_certain():
    a = handover()
    noticed, grew, *_ = a.down(*on(6))
    assert (noticed.kind, noticed.subject, noticed.suspected) == (FaultKind.HANDOVER, "vnpt/pop", False)
    assert (noticed.carrier, noticed.audience, grew.why) == ("vnpt", Audience.CARRIER, Why.BEHIND_HANDOVER)
    assert len(a.open) == 1


def test_what_cannot_be_seen_does_not_speak_against_a_handover():
    a = handover()
    a.become(LinkState.BLIND, "s5/wan")
    a.down(*on(5))
    assert a.of("s0/wan").suspected is False


def test_most_of_a_handover_is_suspected_and_all_of_it_certain():
    a = handover()
    a.down(*on(4))
    assert {incident.kind for incident in a.open} == {FaultKind.LINK}
    a.wait(1)
    a.down("s4/wan")
    incident = a.of("s0/wan")
    assert (incident.key, incident.suspected) == ((FaultKind.HANDOVER, "vnpt/pop"), True)
    assert incident.why is Why.CARRIER_AREA
    a.wait(1)
    (grew, *_) = a.down("s5/wan")
    assert a.of("s5/wan") is incident
    assert isinstance(grew, Grew)
    assert (grew.incident, grew.why) == (incident.id, Why.BEHIND_HANDOVER)
    assert (incident.suspected, incident.why) == (False, Why.BEHIND_HANDOVER)
    assert len(a.open) == 1


def test_what_was_found_out_of_a_handover_is_known_after_a_restart_and_not_forgotten_as_links_return():
    a = handover()
    a.down(*on(5))
    a.down("s5/wan")
    a.restart()
    assert (a.of("s0/wan").suspected, a.of("s0/wan").why) == (False, Why.BEHIND_HANDOVER)
    a.up("s0/wan")
    a.down("s0/wan")
    assert (a.of("s0/wan").suspected, a.of("s0/wan").why) == (False, Why.BEHIND_HANDOVER)


def test_a_handover_with_one_link_is_that_link():
    a = handover(1)
    a.down("s0/wan")
    assert a.of("s0/wan").kind is FaultKind.LINK


def test_links_that_fell_at_other_times_make_no_handover():
    a = handover(2)
    a.down("s0/wan")
    a.wait(20)
    a.down("s1/wan")
    assert {incident.kind for incident in a.open} == {FaultKind.LINK}


def test_what_lies_behind_the_links_of_a_handover_follows():
    on_it = [L(f"s{i}/wan", handover="pop") for i in range(3)]
    a = Room(world([*on_it, L("far/wan", via="s0/wan")]))
    a.all_up()
    a.down("far/wan")
    a.down(*on(3))
    assert a.of("far/wan").kind is FaultKind.HANDOVER


def test_a_handover_is_over_when_no_more_than_half_is_down_and_nothing_came_back_for_a_minute():
    a = handover(6, people=at_once())
    a.down(*on(6))
    for link in on(2):
        a.up(link)
        a.wait(100)
    assert len(a.of("s5/wan").links) == 4  # most of it is still down: it is the same fault
    a.up("s2/wan")
    a.wait(59)
    a.up("s3/wan")
    a.wait(59)
    assert a.of("s5/wan").kind is FaultKind.HANDOVER  # it comes back link by link
    a.wait(1)
    assert {incident.key for incident in a.broken} == {(FaultKind.LINK, "s4/wan"), (FaultKind.LINK, "s5/wan")}


def test_a_handover_that_falls_again_within_ten_minutes_is_the_same_incident():
    a = handover()
    a.down(*on(6))
    first = a.of("s0/wan").id
    a.up(*on(6))
    a.wait(300)
    a.down(*on(6))
    assert a.of("s0/wan").id == first
    assert len(a.open) == 1


def test_a_relapse_is_weighed_by_what_fell_this_time():
    a = handover(8)
    a.down(*on(8))
    a.up(*on(8))
    a.wait(300)
    a.down(*on(5))
    incident = a.of("s0/wan")
    assert (incident.kind, incident.spells) == (FaultKind.HANDOVER, 2)
    assert {*incident.dark, *incident.reduced} == {f"s{i}" for i in range(5)}


def test_one_link_of_a_broken_handover_that_comes_and_goes_stays_in_it():
    a = handover(10)
    a.down(*on(10))
    for _ in range(3):
        a.up("s0/wan")
        a.wait(30)
        a.down("s0/wan")
        a.wait(30)
    assert len(a.open) == 1


# Areas


def province(links: int = 10, **options) -> Room:
    parents = {f"s{i}": "d0" if i < 5 else "d1" for i in range(links)} | {"d0": "p", "d1": "p"}
    every = [L(f"s{i}/wan") for i in range(links)] + [L(f"s{i}/internet", "viettel") for i in range(links)]
    a = Room(world(every, parents=parents, **options))
    a.all_up()
    return a


def test_most_of_a_carriers_links_of_a_district_are_a_suspected_fault_of_the_district():
    a = province()
    noticed, grew, *_ = a.down(*on(5))
    assert (noticed.kind, noticed.subject, noticed.suspected) == (FaultKind.AREA, "vnpt@d0", True)
    assert (noticed.carrier, noticed.area, grew.why) == ("vnpt", "d0", Why.CARRIER_AREA)
    assert len(a.open) == 1


def test_most_of_a_province_is_one_fault_of_the_province():
    a = province()
    a.down(*on(8))
    assert [incident.subject for incident in a.open] == ["vnpt@p"]


def test_a_district_seen_first_goes_into_the_province():
    a = province()
    a.down(*on(5))
    a.wait(2)
    a.down(*on(10, 5))
    assert [incident.subject for incident in a.open] == ["vnpt@p"]
    assert a.of("s0/wan").fell == 10


def test_four_links_or_less_than_most_are_no_area():
    few = province(4)
    few.down(*on(4))
    assert {incident.kind for incident in few.open} == {FaultKind.LINK}
    sparse = Room(world([f"s{i}/wan" for i in range(9)], parents={f"s{i}": "p" for i in range(9)}))
    sparse.all_up()
    sparse.down(*on(5))
    assert {incident.kind for incident in sparse.open} == {FaultKind.LINK}


def test_links_of_several_carriers_do_not_add_up_to_an_area():
    a = province()
    a.down("s0/wan", "s1/wan", "s2/wan", "s5/internet", "s6/internet")
    assert {incident.kind for incident in a.open} == {FaultKind.LINK}


def test_links_that_fell_more_than_ten_seconds_apart_are_no_area():
    a = province()
    for link in on(5):
        a.down(link)
        a.wait(4)
    assert {incident.kind for incident in a.open} == {FaultKind.LINK}


def test_links_that_a_root_explains_are_no_area():
    a = tree(20)
    a.down("hub/wan", *wans(20))
    assert {incident.kind for incident in a.open} == {FaultKind.LINK}


def test_an_area_of_children_goes_to_their_root_and_leaves_the_rest_on_its_own():
    parents = {f"c{i:03}": "hub" for i in range(6)} | {"x": "hub"}
    behind = [L(f"c{i:03}/wan", via="hub/wan") for i in range(6)]
    a = Room(world([HUB, *behind, "x/wan"], parents=parents))
    a.all_up()
    a.down(*wans(6), "x/wan")
    area = a.of("x/wan")
    assert area.kind is FaultKind.AREA
    a.wait(2)
    a.down("hub/wan", before=3)
    assert a.of("c000/wan").key == (FaultKind.LINK, "hub/wan")
    assert a.of("x/wan").key == (FaultKind.LINK, "x/wan")
    assert a.get(area.id).into == a.of("x/wan").id
    assert len(a.open) == 2


def test_a_named_handover_is_more_specific_than_an_area():
    parents = {f"s{i}": "p" for i in range(6)}
    a = Room(world([L(f"s{i}/wan", handover="pop") for i in range(6)], parents=parents))
    a.all_up()
    a.down(*on(6))
    assert [incident.kind for incident in a.open] == [FaultKind.HANDOVER]


def test_after_a_start_silence_about_a_link_is_no_sign_that_it_is_down():
    a = Room(world([L(f"s{i}/wan", handover="pop") for i in range(20)]))
    a.down("s0/wan", "s1/wan", "s2/wan")
    assert {incident.kind for incident in a.open} == {FaultKind.LINK}


# Sites and services


def test_links_of_different_carriers_of_one_site_are_its_power():
    a = province()
    a.down("s0/wan")
    a.wait(3)
    a.down("s0/internet")
    incident = a.of("s0/wan")
    assert a.of("s0/internet") is incident
    assert (incident.key, incident.audience) == ((FaultKind.SITE, "s0"), Audience.ROOM)
    assert (incident.suspected, incident.site, incident.urgency) == (True, "s0", Urgency.DARK)
    assert len(a.open) == 1


def test_links_that_fell_more_than_five_seconds_apart_are_not_its_power():
    a = province()
    a.down("s0/wan")
    a.wait(6)
    a.down("s0/internet")
    assert {incident.kind for incident in a.open} == {FaultKind.LINK}


def test_links_of_one_carrier_are_not_its_power():
    a = Room(world(["s/wan", "s/internet"]))
    a.all_up()
    a.down("s/wan", "s/internet")
    assert {incident.kind for incident in a.open} == {FaultKind.LINK}


def test_a_site_that_loses_a_line_to_a_handover_is_no_matter_of_power():
    on_it = [L(f"s{i}/wan", handover="pop") for i in range(2)]
    a = Room(world([*on_it, L("s1/internet", "viettel")]))
    a.all_up()
    a.down("s1/wan", "s1/internet")
    assert a.of("s1/wan").kind is FaultKind.SITE
    a.down("s0/wan")
    assert a.of("s1/wan").kind is FaultKind.HANDOVER
    assert a.of("s1/internet").key == (FaultKind.LINK, "s1/internet")


def test_what_lies_behind_a_site_without_power_follows_it():
    a = Room(world([HUB, L("hub/internet", "viettel"), L("c/wan", via="hub/wan")]))
    a.all_up()
    a.down("c/wan")
    a.down("hub/wan")
    a.down("hub/internet")
    assert a.of("c/wan").key == (FaultKind.SITE, "hub")
    assert len(a.open) == 1


def test_a_link_that_a_root_explains_is_no_sign_of_lost_power():
    a = tree(1)
    a.down("c000/wan", "c000/internet")
    assert a.of("c000/wan").kind is FaultKind.SITE
    a.wait(2)
    a.down("hub/wan", before=3)
    assert a.of("c000/wan").subject == "hub/wan"
    assert a.of("c000/internet").key == (FaultKind.LINK, "c000/internet")
    assert a.get("INC-1").into == a.of("c000/internet").id


def test_power_is_back_when_one_line_answers_and_the_other_is_then_on_its_own():
    a = province(people=at_once())
    a.down("s0/wan", "s0/internet")
    a.up("s0/internet")
    a.wait(59.9)
    assert a.of("s0/wan").kind is FaultKind.SITE
    a.wait(0.1)
    assert a.of("s0/wan").key == (FaultKind.LINK, "s0/wan")
    assert a.of("s0/wan").opened.why is Why.STAYED_DOWN


def test_a_dark_service_is_for_our_own_staff():
    a = Room(world(["mcu/wan", L("mcu/internet", "viettel")], services=["mcu"]))
    a.all_up()
    a.down("mcu/wan")
    assert a.of("mcu/wan").kind is FaultKind.LINK
    a.wait(30)
    a.down("mcu/internet")
    incident = a.of("mcu/wan")
    assert (incident.key, incident.audience) == ((FaultKind.SERVICE, "mcu"), Audience.OWN)
    assert (incident.urgency, incident.why) == (Urgency.DARK, Why.SERVICE_DARK)
    assert len(a.open) == 1


def test_a_service_behind_a_dead_root_is_explained_by_it():
    a = Room(world(["hub/wan", L("mcu/wan", via="hub/wan")], services=["mcu"]))
    a.all_up()
    a.down("hub/wan", "mcu/wan")
    assert a.of("mcu/wan").subject == "hub/wan"


def test_the_order_in_which_a_tick_names_links_does_not_matter():
    logs = []
    for turned in (False, True):
        a = province()
        links = [*on(8), "s0/internet", "s9/internet"]
        a.down(*(reversed(links) if turned else links))
        logs.append(a.log)
    assert logs[0] == logs[1]


def test_a_whole_carrier_without_a_common_area_is_not_guessed_about():
    a = Room(world([f"s{i}/wan" for i in range(6)]))
    a.all_up()
    a.down(*on(6))
    assert len(a.open) == 6


def test_an_incident_says_what_left_it_for_a_better_explanation():
    links = [L(f"s{i}/wan", handover="pop" if i < 5 else None) for i in range(12)]
    a = Room(world(links, parents={f"s{i}": "p" for i in range(12)}))
    a.all_up()
    a.down(*on(12, 4))
    area = a.of("s4/wan")
    assert area.kind is FaultKind.AREA
    written = a.down(*on(4))
    (shrank,) = [entry for entry in written if isinstance(entry, Shrank)]
    assert (shrank.incident, shrank.links, shrank.why) == (area.id, ("s4/wan",), Why.BEHIND_HANDOVER)
    assert a.of("s4/wan").kind is FaultKind.HANDOVER
    assert len(area.links) == 7


# As must be shown


@pytest.mark.parametrize("carried_by", [CarriedBy.ANY, CarriedBy.WAN])
def test_three_hundred_links_behind_one_root_and_one_independent_cut_among_them(carried_by):
    a = tree(300, carried_by=carried_by, people=within_two_seconds())
    cut_ns = a.now_ns
    a.wait(1.1)
    for start in range(0, 300, 60):
        a.down(*wans(start + 60, start), before=(a.now_ns - cut_ns) / SECOND - 0.05)
        if start == 120:
            a.down("c007/internet", before=1.2)
        a.wait(0.1)
    a.wait(0.7)
    a.become(LinkState.SUSPECT, "hub/wan")
    a.wait(1.4)
    a.down("hub/wan", before=(a.now_ns - cut_ns) / SECOND - 0.9)
    a.wait(120)
    assert {incident.key for incident in a.open} == {
        (FaultKind.LINK, "hub/wan"),
        (FaultKind.LINK, "c007/internet"),
    }
    root = a.of("hub/wan")
    assert set(root.links) == {"hub/wan", *wans(300)}
    assert set(opened(a.log)) == {root.id, a.of("c007/internet").id}
    assert len([entry for entry in a.log if isinstance(entry, Opened)]) == 2
    a.up("hub/wan", "c007/internet", *wans(297))
    a.wait(61)
    assert {incident.subject for incident in a.broken} == set(wans(300, 297))
    assert all(incident.opened for incident in a.broken)
    assert len([entry for entry in a.log if isinstance(entry, Opened)]) == 5
    assert len([entry for entry in a.log if isinstance(entry, Recovered)]) == 2
    a.up(*wans(300, 297))
    a.wait(601)
    assert a.open == []


def test_what_fell_with_its_site_twice_is_on_its_own_once_the_root_takes_the_other_link():
    a = tree()
    a.down("c000/wan", "c000/internet")
    a.up("c000/wan", "c000/internet")
    a.down("c000/wan", "c000/internet")
    assert a.of("c000/wan").kind is FaultKind.SITE
    a.down("hub/wan")
    assert a.of("c000/wan").subject == "hub/wan"
    assert a.of("c000/internet").key == (FaultKind.LINK, "c000/internet")
