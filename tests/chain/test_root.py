"""A cut upstream of three hundred links, whose end points are seen to fall before it does."""

from dataclasses import replace

import pytest

from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import Folded, Noticed
from bridgewatch.model.paging import ASKING, FaultKind, MessageKind
from bridgewatch.sim.country import Plan
from bridgewatch.sim.weather import cut
from tests.chain.duty import Night, at, duty
from tests.chain.places import CALM, CARRIER_STEPS, changed, people, place, policy

MANY = 300
HUB = "tinh-01/wan"
ALONE = "xa-00150/wan"  # of another carrier, not behind the hub
LASTING = ("xa-00007/wan", "xa-00090/wan", "xa-00211/wan")  # still down when the hub is back
CUT, BACK, END = 6.0, 26.0, 105.0


def upstream(hold: float) -> Inventory:
    """A hub probed once a second, and behind it communes probed four times as often."""
    base = place(
        Plan(provinces=1, communes=MANY + 1, via_hub=True),
        people(policy(CALM, hold, 30.0, raise_again=3600.0)),
    )
    wan = [link for link in base.links if link.endswith("/wan") and link != HUB]
    quick = changed(base, {link: {"interval": 0.25} for link in wan if link != ALONE})
    return without_internet(
        changed(quick, {ALONE: {"carrier": "viettel", "via": None, "handover": "viettel-wan-01"}})
    )


def without_internet(inventory: Inventory) -> Inventory:
    links = {name: link for name, link in inventory.links.items() if name.endswith("/wan")}
    sites = {
        name: replace(site, links=tuple(link for link in site.links if link in links))
        for name, site in inventory.sites.items()
    }
    paths = tuple(path for path in inventory.paths if path.link is None or path.link in links)
    return replace(inventory, links=links, sites=sites, paths=paths)


def play(tmp_path, hold: float) -> Night:
    script = [cut(f"link:{HUB}", at(CUT), at(BACK)), cut(f"link:{ALONE}", at(CUT), at(END))]
    script += [cut(f"link:{link}", at(CUT + 2), at(END)) for link in LASTING]
    return duty(upstream(hold), tmp_path, until=END, script=script)


def behind(inventory: Inventory) -> set[str]:
    return {link for link, known in inventory.links.items() if known.via == HUB}


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> Night:
    return play(tmp_path_factory.mktemp("held"), 3.0)


def test_it_is_one_incident_listing_all_and_what_stays_down_becomes_its_own(night):
    children = behind(upstream(3.0))
    assert len(children) == MANY
    root_pages = night.pages(about=HUB)
    assert night.links_of(HUB) == children | {HUB}
    assert len(root_pages) <= sum(len(step.calls) for step in CARRIER_STEPS)
    assert {got.contact for got in root_pages} <= {"vnpt-duty", "vnpt-lead", "own-duty", "own-lead"}
    assert all(
        got.about == (HUB,) for got in night.pages() if got.at < BACK and got.contact.startswith("vnpt")
    )
    assert night.pages(about=ALONE)[0].contact == "viettel-duty"
    assert set(night.incidents()) == {HUB, ALONE, *LASTING}
    for link in LASTING:
        assert night.pages(about=link)[0].at >= BACK + 60
    assert MessageKind.RECOVERED in night.told("vnpt-duty")


def test_the_children_are_seen_first_and_folded_into_the_root(night):
    noticed = [entry for entry in night.log if isinstance(entry, Noticed)]
    assert noticed[0].subject != HUB
    root = next(entry for entry in noticed if entry.subject == HUB)
    assert any(isinstance(entry, Folded) and entry.into == root.incident for entry in night.log)


def test_by_a_policy_without_a_hold_children_may_be_paged_once_and_are_then_linked_to_their_root(tmp_path):
    night = play(tmp_path, 0.0)
    assert night.links_of(HUB) == behind(upstream(0.0)) | {HUB}
    early = [got for got in night.got if got.kind in ASKING and got.at < BACK and HUB not in got.about]
    root = next(entry for entry in night.noticed.values() if entry.subject == HUB)
    folded = {night.noticed[entry.incident].subject for entry in night.log if isinstance(entry, Folded)}
    told_early = {about for got in early for about in got.about} - {ALONE}
    assert told_early <= folded
    per_contact = [got.contact for got in early if set(got.about) & told_early]
    assert len(per_contact) == len(set(per_contact)), "nobody is paged twice before the root is known"
    assert root.kind is FaultKind.LINK
    assert night.pages(about=ALONE)[0].contact == "viettel-duty"
    assert {*LASTING} <= set(night.incidents())
