"""What a throughput test meets on its path, held against looking at every pair of links."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.calendar.overlaps import DEMAND
from bridgewatch.core.throughput.gate import FORCIBLE, HINDRANCE, Gate, Met
from bridgewatch.core.throughput.shares import Shares
from bridgewatch.model.bandwidth import Hindrance
from bridgewatch.model.calendar import Event
from bridgewatch.model.ids import EgressId, LinkId, SiteId
from bridgewatch.model.inventory import Inventory, Link
from bridgewatch.sim.country import Plan, country
from tests.calendar.events import DAY, EIGHT, HOUR, MINUTE, close, event, events, with_events

APART = country(Plan(communes=6))
LINKS = tuple(APART.links)


def own_ways(inventory: Inventory) -> Inventory:
    """Every link leaves by an egress of its own, and none runs via another."""
    links = {
        link.id: replace(link, egress=EgressId(f"out-{number}"), via=None, handover=None)
        for number, link in enumerate(inventory.links.values())
    }
    egress = next(iter(inventory.egresses.values()))
    return replace(inventory, links=links, egresses={link.egress: egress for link in links.values()})


def through(inventory: Inventory, **of_link: dict[str, object]) -> Inventory:
    """With other words about some links, by number: `l3={"via": ...}`."""
    links = dict(inventory.links)
    for number, changes in of_link.items():
        link = links[LINKS[int(number[1:])]]
        links[link.id] = replace(link, **changes)  # type: ignore[arg-type]
    return replace(inventory, links=links)


def gate(inventory: Inventory, *planned: Event) -> Gate:
    inventory = with_events(inventory, *planned)
    return Gate(Shares(inventory), Agenda(inventory))


def site_of(number: int) -> SiteId:
    return APART.links[LINKS[number]].site


@pytest.mark.parametrize(
    ("at_ns", "hindrance"),
    [
        (EIGHT, Hindrance.LIVE),
        (EIGHT - 30 * MINUTE, Hindrance.CHECK),
        (EIGHT - 2 * HOUR, Hindrance.FROZEN),
        (EIGHT - 2 * DAY, Hindrance.WAVE),
        (EIGHT - 30 * HOUR, None),
        (EIGHT - 9 * DAY, None),
        (EIGHT + 5 * HOUR, None),
    ],
)
def test_the_phase_of_a_link_s_own_site_says_whether_it_may_be_tested(at_ns, hindrance):
    met = gate(own_ways(APART), event(sites=[site_of(2)])).meets(LINKS[2], at_ns)
    assert (met.hindrance if met else None) is hindrance


def test_only_a_freeze_can_be_forced():
    assert {Hindrance.FROZEN} == FORCIBLE


@pytest.mark.parametrize("shared", ["via", "behind", "sibling", "handover", "egress", "site"])
def test_a_meeting_anywhere_on_the_path_is_met(shared):
    tested, meeting = 2, 6
    apart = own_ways(APART)
    meets = {
        "via": through(apart, l2={"via": LINKS[6]}),
        "behind": through(apart, l6={"via": LINKS[2]}),
        "sibling": through(apart, l2={"via": LINKS[0]}, l6={"via": LINKS[0]}),
        "handover": through(
            apart,
            l2={"handover": "pop-1", "carrier": "vnpt"},
            l6={"handover": "pop-1", "carrier": "vnpt"},
        ),
        "egress": through(apart, l2={"egress": EgressId("one")}, l6={"egress": EgressId("one")}),
        "site": apart,
    }[shared]
    site = site_of(tested if shared == "site" else meeting)
    if shared == "site":
        tested += 1 if site_of(tested + 1) == site else -1
    met = gate(meets, event(sites=[site])).meets(LINKS[tested], EIGHT)
    assert met is not None
    assert (met.hindrance, met.site) == (Hindrance.LIVE, site)


def test_handovers_of_one_name_at_two_carriers_are_two():
    inventory = through(
        own_ways(APART),
        l2={"handover": "pop-1", "carrier": "vnpt"},
        l6={"handover": "pop-1", "carrier": "viettel"},
    )
    assert gate(inventory, event(sites=[site_of(6)])).meets(LINKS[2], EIGHT) is None


def test_a_meeting_with_nothing_in_common_is_not_met():
    assert gate(own_ways(APART), event(sites=[site_of(6)])).meets(LINKS[2], EIGHT) is None


def test_an_event_that_was_closed_is_met_no_longer():
    inventory = with_events(own_ways(APART), event(sites=[site_of(2)]))
    closed = Gate(Shares(inventory), Agenda(inventory, [close(EIGHT + HOUR)]))
    assert closed.meets(LINKS[2], EIGHT + HOUR - 1) is not None
    assert closed.meets(LINKS[2], EIGHT + HOUR) is None


def test_links_that_run_in_a_circle_end_the_search():
    circle = through(own_ways(APART), l2={"via": LINKS[6]}, l6={"via": LINKS[2]})
    assert Shares(circle).felt_by(LINKS[2]) == (LINKS[2], LINKS[6])


def _on_path(link: Link, inventory: Inventory) -> list[Link]:
    found = [link]
    while found[-1].via is not None and inventory.links[found[-1].via] not in found:
        found.append(inventory.links[found[-1].via])
    return found


def _in_common(one: Link, other: Link, inventory: Inventory) -> bool:
    mine, theirs = _on_path(one, inventory), _on_path(other, inventory)
    handovers = {(link.carrier, link.handover) for link in mine if link.handover}
    return (
        one.site == other.site
        or one.egress == other.egress
        or any(link in theirs for link in mine)
        or any((link.carrier, link.handover) in handovers for link in theirs)
    )


def reference(link: LinkId, inventory: Inventory, now_ns: int) -> Hindrance | None:
    """The worst phase of any site with a link that has something in common with this one."""
    agenda = Agenda(inventory)
    phases = [
        agenda.ruling(other.site, now_ns).phase
        for other in inventory.links.values()
        if _in_common(inventory.links[link], other, inventory)
    ]
    return HINDRANCE.get(max(phases, key=DEMAND.__getitem__))


@st.composite
def worlds(draw: st.DrawFn) -> Inventory:
    inventory = own_ways(APART)
    links = {}
    for place, link in enumerate(inventory.links.values()):
        via = draw(st.sampled_from([None, None, *LINKS[:place]]))
        handover = draw(st.sampled_from([None, None, "a", "b"]))
        egress = draw(st.sampled_from([link.egress, link.egress, link.egress, EgressId("wan")]))
        links[link.id] = replace(link, via=via, handover=handover, egress=egress)
    return with_events(replace(inventory, links=links), *draw(events()))


@given(worlds(), st.integers(-3 * 24, 3 * 24), st.sampled_from(LINKS))
def test_what_is_met_is_what_a_look_at_every_pair_of_links_finds(inventory, hours, link):
    now_ns = EIGHT + hours * HOUR
    met = Gate(Shares(inventory), Agenda(inventory)).meets(link, now_ns)
    assert (met.hindrance if met else None) is reference(link, inventory, now_ns)
    if isinstance(met, Met):
        assert HINDRANCE[Agenda(inventory).ruling(met.site, now_ns).phase] is met.hindrance
