"""What a ruling changes of what is probed and how, and that it changes nothing else."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.calendar.effective import effective, make_effective
from bridgewatch.core.steps import finish
from bridgewatch.model.calendar import PhaseSettings, Ruling
from bridgewatch.model.ids import EgressId, LinkId, SiteId
from bridgewatch.model.inventory import Inventory, Link, Profile
from bridgewatch.model.paging import Phase
from bridgewatch.model.words import CarriedBy, Network
from bridgewatch.sim.country import Plan, country
from tests.calendar import events as made
from tests.calendar.events import EIGHT, INSTANTS, SITES, event, named, with_events

PROFILES = {name: Profile(name) for name in ("conference", "voice", "backup")}
VILLAGE = replace(
    made.VILLAGE,
    profiles=PROFILES,
    sites={name: replace(site, carried_by_default=True) for name, site in made.VILLAGE.sites.items()},
)
SITE = SITES[1]
WAN, INTERNET = (LinkId(f"{SITE}/{network}") for network in Network)


def ruling(interval: float | None = None, profile: str | None = None, carried_by: CarriedBy | None = None):
    return Ruling(Phase.LIVE, named(Phase.LIVE), None, interval, profile, carried_by)


def ruled(inventory: Inventory = VILLAGE, **wanted) -> Inventory:
    return effective(inventory, {SITE: ruling(**wanted)})


def intervals(inventory: Inventory) -> Mapping[str, float]:
    """Seconds between probes by link or `egress:...`."""
    return {spec.key.owner: spec.interval_ns / 1e9 for spec in inventory.paths}


def changed_links(inventory: Inventory) -> Mapping[LinkId, Link]:
    return {name: link for name, link in inventory.links.items() if link is not VILLAGE.links[name]}


def with_link(name: LinkId, **changes) -> Inventory:
    return replace(VILLAGE, links={**VILLAGE.links, name: replace(VILLAGE.links[name], **changes)})


def test_where_nothing_is_ruled_the_very_inventory_comes_back():
    assert effective(VILLAGE, {}) is VILLAGE
    assert ruled() is VILLAGE
    assert ruled(interval=1.0, profile="conference", carried_by=CarriedBy.WAN) is VILLAGE
    assert effective(VILLAGE, {SiteId("left"): ruling(0.1)}) is VILLAGE


def test_all_links_of_a_ruled_site_and_their_paths_are_probed_at_its_interval():
    fast = ruled(interval=0.1)
    assert {name: link.interval for name, link in changed_links(fast).items()} == {WAN: 0.1, INTERNET: 0.1}
    assert {owner for owner, seconds in intervals(fast).items() if seconds == 0.1} == {
        WAN,
        INTERNET,
        "egress:wan",
        "egress:internet",
    }
    assert fast.sites is VILLAGE.sites
    assert list(fast.links) == list(VILLAGE.links)
    assert [spec.key for spec in fast.paths] == [spec.key for spec in VILLAGE.paths]


def test_no_link_is_probed_more_rarely_than_it_is_configured():
    assert ruled(interval=5.0) is VILLAGE


def test_references_are_probed_as_often_as_the_quickest_link_of_their_own_egress():
    paused = with_link(INTERNET, paused=True)
    assert {
        owner: seconds for owner, seconds in intervals(ruled(paused, interval=0.02)).items() if ":" in owner
    } == {
        "egress:wan": 0.02,
        "egress:internet": 1.0,
    }


def test_a_profile_is_for_the_links_that_carry_the_meeting():
    assert VILLAGE.sites[SITE].carried_by is CarriedBy.WAN
    assert {name: link.profile.name for name, link in changed_links(ruled(profile="voice")).items()} == {
        WAN: "voice"
    }
    assert set(changed_links(ruled(profile="voice", carried_by=CarriedBy.ANY))) == {WAN, INTERNET}
    assert ruled(profile="voice").paths is VILLAGE.paths


def test_a_profile_that_is_not_configured_changes_nothing():
    assert ruled(profile="gone") is VILLAGE


def test_an_event_says_what_carries_the_meeting_only_where_the_site_does_not():
    assert ruled(carried_by=CarriedBy.INTERNET).sites[SITE].carried_by is CarriedBy.INTERNET
    own = replace(
        VILLAGE, sites={**VILLAGE.sites, SITE: replace(VILLAGE.sites[SITE], carried_by_default=False)}
    )
    assert ruled(own, carried_by=CarriedBy.INTERNET) is own


def test_what_a_site_has_no_link_for_does_not_carry_its_meeting():
    single = replace(VILLAGE, sites={**VILLAGE.sites, SITE: replace(VILLAGE.sites[SITE], links=(WAN,))})
    assert ruled(single, carried_by=CarriedBy.INTERNET) is single


def test_what_was_made_before_is_given_again_and_what_was_configured_anew_is_made_anew():
    one = finish(make_effective(VILLAGE, {SITE: ruling(0.1, "voice")}))
    other = replace(VILLAGE, links={**VILLAGE.links, INTERNET: replace(VILLAGE.links[INTERNET], circuit="X")})
    rulings = {SITES[0]: ruling(0.1), SITE: ruling(0.1, "voice")}
    two = finish(make_effective(other, rulings, one))
    assert two.inventory.links[WAN] is one.inventory.links[WAN]
    assert two.inventory.links[INTERNET].circuit == "X"
    assert two.inventory.links[INTERNET].interval == 0.1
    same = {spec.key: spec for spec in one.inventory.paths}
    shared = [spec for spec in two.inventory.paths if spec.link in (None, WAN, INTERNET)]
    assert all(spec is same[spec.key] for spec in shared)
    three = finish(make_effective(other, {SITE: ruling(0.1)}, two))
    assert three.inventory.links[WAN].profile is VILLAGE.links[WAN].profile
    assert finish(make_effective(other, {}, three)).inventory is other


def test_where_another_phase_wants_the_same_the_very_inventory_stays():
    live = ruling(0.1, "voice")
    before = finish(make_effective(VILLAGE, {SITE: live}))
    assert finish(make_effective(VILLAGE, {SITE: replace(live, phase=Phase.CHECK)}, before)) is before
    assert finish(make_effective(VILLAGE, {SITES[0]: live}, before)) is not before
    other = replace(VILLAGE, warnings=("another",))
    assert finish(make_effective(other, {SITE: live}, before)).inventory.warnings == other.warnings


@given(made.events(), made.orders(), st.sampled_from(INSTANTS), st.sampled_from([0.05, 0.1, 1.0, 5.0]))
@settings(max_examples=100, deadline=None)
def test_effective_says_what_a_plain_reading_of_the_rulings_does(events, orders, now, interval):
    base = country(Plan(communes=5, interval=interval))
    inventory = replace(with_events(base, *events), profiles=PROFILES)
    rulings = Agenda(inventory, orders).rulings(now)
    result = effective(inventory, rulings)
    quickest: dict[EgressId, float] = {}
    for name, link in result.links.items():
        ruling_ = rulings.get(link.site)
        wanted = ruling_.interval if ruling_ and ruling_.interval else interval
        profile = (ruling_.profile if ruling_ else None) or link.profile.name
        carries = link.network.value == result.sites[link.site].carried_by.value
        assert link == replace(
            inventory.links[name],
            interval=min(interval, wanted),
            profile=PROFILES[profile if carries else "conference"],
        )
        quickest[link.egress] = min(link.interval, quickest.get(link.egress, interval))
    for spec, former in zip(result.paths, inventory.paths, strict=True):
        owner = result.links[spec.link].interval if spec.link else quickest[spec.egress]
        assert spec == replace(former, interval_ns=round(owner * 1e9))
    unchanged = [spec for spec, former in zip(result.paths, inventory.paths, strict=True) if spec == former]
    assert all(any(spec is former for former in inventory.paths) for spec in unchanged)
    if result == inventory:
        assert result is inventory


@pytest.mark.parametrize("phase", [Phase.PLANNED, Phase.DRAFT, Phase.REPORT])
def test_an_event_that_is_only_planned_or_over_leaves_everything_as_configured(phase):
    one = event(sites=SITES, draft=phase is Phase.DRAFT, settings={Phase.LIVE: PhaseSettings(interval=0.02)})
    inventory = with_events(VILLAGE, one)
    agenda = Agenda(inventory)
    at = {Phase.PLANNED: 0, Phase.DRAFT: EIGHT, Phase.REPORT: one.ends_ns + one.overrun_ns}[phase]
    assert agenda.phase(one.id, at) is phase
    assert effective(inventory, agenda.rulings(at)) is inventory
