"""Validated documents of sites to the objects of the inventory, one file at a time."""

from collections.abc import Iterable, Mapping

from bridgewatch.config.bandwidth.settings import make_contract, make_snmp, make_terms
from bridgewatch.config.defaults import OWN_CARRIER
from bridgewatch.config.documents.sites import LinkDocument, ServiceDocument, SiteDocument, SitesDocument
from bridgewatch.config.documents.snmp import SiteSnmpDocument
from bridgewatch.config.documents.targets import DialInTarget
from bridgewatch.config.names import egress_of
from bridgewatch.config.plan import Segment
from bridgewatch.config.settings import Settings, make_target
from bridgewatch.config.survey import Survey, SurveyedSite, network_of
from bridgewatch.model.ids import CarrierId, ContactId, EgressId, KeyId, LinkId, PathKey, SiteId, link_id
from bridgewatch.model.inventory import Egress, Link, PathSpec, Site, Target
from bridgewatch.model.words import Family, Level, ProbeKind, SiteKind

_REFERENCE_INTERVAL = 1.0  # seconds; a reference need never be probed less often
# RFC 8762: octets of a packet
_STAMP_BASE = {ProbeKind.STAMP: 44, ProbeKind.STAMP_AUTHENTICATED: 112, ProbeKind.DIAL_IN: 112}
_STAMP_TLV = 4  # RFC 8972: a longer one has padding behind a header of this size


def reference_segment(name: str, settings: Settings, intervals: Mapping[EgressId, float]) -> Segment:
    """The paths to the references of the egresses.

    `intervals` is how often the quickest link of each egress is probed: its references are probed as often,
    or what we lose ourselves would show in the links before it shows in the references.
    """
    paths = (
        _path(
            f"egress:{egress.id}",
            None,
            target,
            egress,
            settings,
            dscp=0,
            size=64,
            interval=min(_REFERENCE_INTERVAL, intervals.get(egress.id, _REFERENCE_INTERVAL)),
        )
        for egress in settings.egresses.values()
        for target in egress.references
    )
    return Segment(name, paths=tuple(paths))


def sites_segment(
    name: str, document: SitesDocument, settings: Settings, provinces: Mapping[str, str]
) -> Segment:
    """Everything that one file of sites declares. `provinces` as `provinces_of` returns it."""
    builder = _SegmentBuilder(settings, provinces)
    for room in document.sites:
        builder.add(room, SiteKind.ROOM)
    for service in document.services:
        builder.add(service, SiteKind.SERVICE)
    return Segment(name, tuple(builder.sites), tuple(builder.links), tuple(builder.paths))


def provinces_of(surveys: Iterable[Survey]) -> dict[str, str]:
    """For every site the id of its topmost ancestor of province level, itself included, or ''.

    A service is no province: without a parent it belongs to none. Needs surveys free of cycles.
    """
    sites = {site.id: site for survey in surveys for site in survey.sites}
    provinces: dict[str, str] = {}
    for start in sites.values():
        chain_up: list[SurveyedSite] = []
        site: SurveyedSite | None = start
        while site is not None and site.id not in provinces:
            chain_up.append(site)
            site = sites.get(site.parent) if site.parent is not None else None
        above = provinces[site.id] if site is not None else ""
        for member in reversed(chain_up):
            is_province = member.level is Level.PROVINCE and member.path[0] == "sites"
            above = above or (member.id if is_province else "")
            provinces[member.id] = above
    return provinces


class _SegmentBuilder:
    def __init__(self, settings: Settings, provinces: Mapping[str, str]) -> None:
        self.settings = settings
        self.provinces = provinces
        self.networks = settings.networks_by_egress()
        self.sites: list[Site] = []
        self.links: list[Link] = []
        self.paths: list[PathSpec] = []

    def add(self, document: ServiceDocument, kind: SiteKind) -> None:
        site = SiteId(document.id)
        links = [self._link(site, name, link, document.snmp) for name, link in document.links.items()]
        self.links += links
        self.sites.append(
            Site(
                id=site,
                name=document.name,
                level=document.level,
                kind=kind,
                province=self.provinces[site],
                carried_by=document.carried_by or self.settings.defaults.carried_by,
                unit=document.unit,
                legacy_unit=document.legacy_unit,
                parent=SiteId(document.parent) if document.parent is not None else None,
                contacts=tuple(map(ContactId, document.contacts)),
                links=tuple(link.id for link in links),
                carried_by_default=document.carried_by is None,
                room=document.room if isinstance(document, SiteDocument) else None,
            )
        )

    def _link(self, site: SiteId, name: str, document: LinkDocument, router: SiteSnmpDocument | None) -> Link:
        defaults = self.settings.defaults
        network = network_of(name, document.network)
        egress = egress_of(document.egress, network, self.networks) if network else None
        if network is None or egress is None:
            raise ValueError(f"{site}/{name} was not checked by references")
        documents = document.all_targets()
        dial_in = next((target.dialin for target in documents if isinstance(target, DialInTarget)), None)
        link = Link(
            id=link_id(site, name),
            site=site,
            name=name,
            network=network,
            carrier=CarrierId(document.carrier) if document.carrier is not None else OWN_CARRIER.id,
            egress=EgressId(egress),
            profile=self.settings.profiles[document.profile or defaults.profile],
            targets=tuple(target for d in documents if (target := make_target(d)) is not None),
            interval=document.interval or defaults.interval,
            dscp=defaults.dscp if document.dscp is None else document.dscp,
            size=document.size or defaults.size,
            access=document.access,
            circuit=document.circuit,
            contract=make_contract(document.contract, self.settings.timezone),
            via=LinkId(document.via) if document.via is not None else None,
            handover=document.handover,
            dial_in=KeyId(dial_in) if dial_in is not None else None,
            snmp=make_snmp(document.snmp, router),
            paused=document.paused,
            throughput=make_terms(
                document.throughput, self.settings.tests, self.settings.bandwidth.servers, link_id(site, name)
            ),
        )
        self.paths += self._paths(link)
        return link

    def _paths(self, link: Link) -> list[PathSpec]:
        egress = self.settings.egresses[link.egress]
        if link.dial_in is not None:
            return [_call_path(link, link.dial_in, self.settings)]
        return [
            _path(
                link.id,
                link.id,
                target,
                egress,
                self.settings,
                dscp=link.dscp,
                size=link.size,
                interval=link.interval,
            )
            for target in link.targets
        ]


def _path(
    owner: str,
    link: LinkId | None,
    target: Target,
    egress: Egress,
    settings: Settings,
    *,
    dscp: int,
    size: int,
    interval: float,
) -> PathSpec:
    family = target.family or Family.V4
    return PathSpec(
        key=PathKey(owner, target.name, settings.vantage, family),
        link=link,
        egress=egress.id,
        kind=target.kind,
        family=family,
        host=target.host,
        port=target.port,
        source=egress.source_v4 if family is Family.V4 else egress.source_v6,
        interface=egress.interface,
        dscp=dscp,
        size=_packet_size(target.kind, size),
        interval_ns=round(interval * 1e9),
        stateful=target.stateful,
        stamp_key=target.key,
    )


def _call_path(link: Link, key: KeyId, settings: Settings) -> PathSpec:
    """The path back through the call of a link's box. Which family that has, nobody knows before."""
    return PathSpec(
        key=PathKey(link.id, f"dialin {key}", settings.vantage, Family.V4),
        link=link.id,
        egress=link.egress,
        kind=ProbeKind.DIAL_IN,
        family=Family.V4,
        host=key,
        port=0,
        source=None,
        interface=None,
        dscp=link.dscp,
        size=_packet_size(ProbeKind.DIAL_IN, link.size),
        interval_ns=round(link.interval * 1e9),
        stateful=True,
    )


def _packet_size(kind: ProbeKind, size: int) -> int:
    """The nearest size not below `size` that a packet of this kind can have."""
    if kind is ProbeKind.ICMP:
        return size
    base = _STAMP_BASE[kind]
    return base if size <= base else max(size, base + _STAMP_TLV)
