from collections import Counter
from ipaddress import ip_address, ip_network

import pytest

from bridgewatch.model.words import Access, Family, Level, Network, ProbeKind
from bridgewatch.sim.country import AddressSpace, Plan, country, nationwide, nationwide_before_2025

PLANS = [
    Plan(),
    Plan(provinces=3, communes=20, space=AddressSpace.DOCUMENTATION_V6, kind=ProbeKind.STAMP, stateful=True),
    Plan(provinces=2, communes=100, space=AddressSpace.TEST_NET, interfaces=True, via_hub=True),
]


@pytest.mark.parametrize("plan", PLANS)
def test_every_reference_between_its_parts_holds(plan):
    inventory = country(plan)
    for site in inventory.sites.values():
        assert site.parent is None or site.parent in inventory.sites
        assert inventory.sites[site.province].level is Level.PROVINCE
        assert all(inventory.links[link].site == site.id for link in site.links)
    for link in inventory.links.values():
        assert link.carrier in inventory.carriers
        assert link.network in inventory.egresses[link.egress].networks
        assert link.via is None or link.via in inventory.links
        assert (link.access is None) == (link.network is Network.WAN)
    owners = {path.key.owner for path in inventory.paths}
    assert owners == set(inventory.links) | {f"egress:{egress}" for egress in inventory.egresses}


@pytest.mark.parametrize("plan", PLANS)
def test_ids_keys_and_addresses_are_unique_and_of_their_space(plan):
    inventory = country(plan)
    networks = [ip_network(network) for network in plan.space.value.split()]
    hosts = [ip_address(path.host) for path in inventory.paths]
    assert len(set(hosts)) == len(hosts) == len({path.key for path in inventory.paths})
    assert all(any(host in network for network in networks) for host in hosts)
    assert not any(host in ip_network("127.0.0.0/24") for host in hosts if host.version == 4)
    assert {path.family for path in inventory.paths} == {Family(host.version) for host in hosts}


def test_the_same_plan_gives_the_same_country():
    assert country(PLANS[1]) == country(PLANS[1])


def test_the_plan_is_kept():
    inventory = country(PLANS[1])
    assert Counter(site.level for site in inventory.sites.values()) == {Level.PROVINCE: 3, Level.COMMUNE: 20}
    assert len(inventory.links) == 46
    assert {(path.kind, path.port, path.stateful) for path in inventory.paths} == {
        (ProbeKind.STAMP, 862, True)
    }
    bound = country(PLANS[2])
    assert {path.interface for path in bound.paths} == {"wan0", "net0"}
    assert sum(link.via is not None for link in bound.links.values()) == 100


def test_links_are_spread_over_carriers_and_kinds_of_access():
    inventory = country(Plan(provinces=2, communes=40))
    internet = [link for link in inventory.links.values() if link.network is Network.INTERNET]
    assert {link.access for link in internet} == set(Access)
    assert len({link.carrier for link in internet}) == 4
    wan = [link for link in inventory.links.values() if link.network is Network.WAN]
    assert {link.handover for link in wan} == {"vnpt-wan-01", "viettel-wan-02"}


def test_the_whole_country_has_its_size():
    assert len(country(nationwide()).links) == 6_710
    assert len(country(nationwide_before_2025()).links) == 22_726


def test_a_space_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match="too few addresses"):
        country(Plan(communes=500, space=AddressSpace.TEST_NET))


def test_every_egress_has_references_of_its_own():
    inventory = country(Plan())
    for egress in inventory.egresses.values():
        assert len(egress.references) == 2
    references = [path for path in inventory.paths if path.link is None]
    assert len(references) == 4
    assert {path.key.owner for path in references} == {"egress:wan", "egress:internet"}
