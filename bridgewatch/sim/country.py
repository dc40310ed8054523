"""An invented country of any size, as an Inventory: the same for the same arguments."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bridgewatch.core.probing.packets import nearest_size
from bridgewatch.model.bandwidth import Contract
from bridgewatch.model.ids import CarrierId, EgressId, KeyId, LinkId, PathKey, SiteId, link_id
from bridgewatch.model.inventory import (
    Carrier,
    Egress,
    Inventory,
    Limits,
    Link,
    PathSpec,
    Profile,
    Site,
    Target,
)
from bridgewatch.model.words import (
    Access,
    AdministrativeModel,
    CarriedBy,
    Family,
    Level,
    Network,
    ProbeKind,
    SiteKind,
)

CONFERENCE: Final = Profile("conference")
LIMITS: Final = Limits()
_CARRIERS: Final = {Network.WAN: ("vnpt", "viettel"), Network.INTERNET: ("viettel", "fpt", "mobifone", "cmc")}
_CARRIER_NAMES: Final = {
    "vnpt": "VNPT",
    "viettel": "Viettel",
    "fpt": "FPT Telecom",
    "mobifone": "MobiFone",
    "cmc": "CMC Telecom",
}
_MOBILE: Final = "mobifone"
_INTERFACES: Final = {Network.WAN: "wan0", Network.INTERNET: "net0"}
_REFERENCES: Final = 2
_STAMP_PORT: Final = 862
_NANOSECONDS: Final = 1_000_000_000


class AddressSpace(StrEnum):
    """Where invented hosts live: the documentation networks of RFC 5737 and RFC 3849, or loopback."""

    LOOPBACK = "127.0.0.0/8"
    TEST_NET = "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24"
    DOCUMENTATION_V6 = "2001:db8::/32"

    @property
    def family(self) -> Family:
        """The address family of the space."""
        return Family.V6 if self is AddressSpace.DOCUMENTATION_V6 else Family.V4

    def hosts(self) -> Iterator[str]:
        """Its host addresses in order, without 127.0.0.0/24, which real daemons listen on."""
        for network in map(ipaddress.ip_network, self.value.split()):
            skipped = 255 if self is AddressSpace.LOOPBACK else 0
            for number in range(1 + skipped, network.num_addresses - 1):
                yield str(network[number])


@dataclass(frozen=True, slots=True)
class Plan:
    """What sort of country.

    `communes` are spread evenly over the provinces; a province has a hub of its own besides. Every site has
    a WAN and an Internet link. With `interfaces` the egresses are bound to `wan0` and `net0`; with
    `via_hub` a commune's WAN link runs via that of its province's hub.
    """

    provinces: int = 1
    communes: int = 39
    kind: ProbeKind = ProbeKind.ICMP
    space: AddressSpace = AddressSpace.LOOPBACK
    interval: float = 1.0
    stateful: bool = False
    interfaces: bool = False
    via_hub: bool = False
    vantage: str = "noc"
    profile: Profile = CONFERENCE
    limits: Limits = LIMITS


def nationwide() -> Plan:
    """All 3,355 units of the 2-tier country: 6,710 links."""
    return Plan(provinces=34, communes=3_321)


def nationwide_before_2025() -> Plan:
    """All 11,363 units of the 3-tier country: 22,726 links; its districts stand among the communes."""
    return Plan(provinces=63, communes=705 + 10_595)


def country(plan: Plan) -> Inventory:
    """The country of `plan`. Raises ValueError when its address space is too small."""
    return _Builder(plan).build()


class _Builder:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._hosts = plan.space.hosts()
        self._sites: dict[SiteId, Site] = {}
        self._links: dict[LinkId, Link] = {}

    def build(self) -> Inventory:
        plan = self._plan
        egresses = {egress.id: egress for egress in map(self._egress, Network)}
        for province in range(plan.provinces):
            hub = self._add_site(province, None)
            for commune in range(province, plan.communes, plan.provinces):
                self._add_site(province, (hub, commune))
        references = (self._reference(e, target) for e in egresses.values() for target in e.references)
        paths = (*references, *map(self._path, self._links.values()))
        return Inventory(
            vantage=plan.vantage,
            model=AdministrativeModel.TWO_TIER,
            timezone="Asia/Ho_Chi_Minh",
            limits=plan.limits,
            egresses=egresses,
            carriers={CarrierId(i): Carrier(CarrierId(i), name) for i, name in _CARRIER_NAMES.items()},
            sites=self._sites,
            links=self._links,
            paths=paths,
        )

    def _add_site(self, province: int, place: tuple[SiteId, int] | None) -> SiteId:
        """A province's hub, or with `place` a commune of it: the hub and the commune's number."""
        number = f"{province + 1:02d}"
        if place is None:
            parent, site = None, SiteId(f"tinh-{number}")
            name, level, unit = f"Điểm cầu UBND tỉnh Mẫu {number}", Level.PROVINCE, number
        else:
            parent, site = place[0], SiteId(f"xa-{place[1] + 1:05d}")
            unit = f"{place[1] + 1:05d}"
            name, level = f"Điểm cầu UBND xã Mẫu {unit}", Level.COMMUNE
        links = tuple(self._add_link(site, parent, province, network) for network in Network)
        self._sites[site] = Site(
            id=site,
            name=name,
            level=level,
            kind=SiteKind.ROOM,
            province=f"tinh-{number}",
            carried_by=CarriedBy.WAN,
            unit=unit,
            parent=parent,
            links=links,
        )
        return site

    def _add_link(self, site: SiteId, parent: SiteId | None, province: int, network: Network) -> LinkId:
        carriers = _CARRIERS[network]
        # Rooms of a province share their WAN carrier; Internet lines are bought room by room.
        turn = province if network is Network.WAN else len(self._sites)
        carrier = CarrierId(carriers[turn % len(carriers)])
        link = link_id(site, network.value)
        via = parent is not None and self._plan.via_hub and network is Network.WAN
        self._links[link] = Link(
            id=link,
            site=site,
            name=network.value,
            network=network,
            carrier=carrier,
            egress=EgressId(network.value),
            profile=self._plan.profile,
            targets=(self._target("router"),),
            interval=self._plan.interval,
            access=_access(network, carrier),
            circuit=f"MAU-{site.upper()}-{network.upper()}",
            contract=Contract(20_000_000, 20_000_000),
            via=link_id(parent, network.value) if parent is not None and via else None,
            handover=f"{carrier}-{network}-{province + 1:02d}",
        )
        return link

    def _egress(self, network: Network) -> Egress:
        return Egress(
            id=EgressId(network.value),
            networks=frozenset({network}),
            interface=_INTERFACES[network] if self._plan.interfaces else None,
            references=tuple(self._target(f"reference-{n + 1}") for n in range(_REFERENCES)),
        )

    def _target(self, name: str) -> Target:
        plan = self._plan
        host = next(self._hosts, None)
        if host is None:
            raise ValueError(f"{plan.space.name} has too few addresses for {plan}")
        port = 0 if plan.kind is ProbeKind.ICMP else _STAMP_PORT
        key = KeyId(host) if plan.kind is ProbeKind.STAMP_AUTHENTICATED else None
        return Target(name, plan.kind, host, port, plan.space.family, plan.stateful, key)

    def _reference(self, egress: Egress, target: Target) -> PathSpec:
        return self._spec(f"egress:{egress.id}", None, egress.id, target)

    def _path(self, link: Link) -> PathSpec:
        return self._spec(link.id, link, link.egress, link.targets[0])

    def _spec(self, owner: str, link: Link | None, egress: EgressId, target: Target) -> PathSpec:
        plan, family = self._plan, self._plan.space.family
        return PathSpec(
            key=PathKey(owner, target.name, plan.vantage, family),
            link=link.id if link else None,
            egress=egress,
            kind=target.kind,
            family=family,
            host=target.host,
            port=target.port,
            source=None,
            interface=_INTERFACES[Network(egress)] if plan.interfaces else None,
            dscp=link.dscp if link else 0,
            size=nearest_size(target.kind, link.size if link else 64),
            interval_ns=round(plan.interval * _NANOSECONDS),
            stateful=target.stateful,
            stamp_key=target.key,
        )


def _access(network: Network, carrier: CarrierId) -> Access | None:
    if network is Network.WAN:
        return None
    return Access.MOBILE if carrier == _MOBILE else Access.FIXED
