"""Documents of bandwidth to the objects of the inventory."""

from collections.abc import Mapping

from bridgewatch.config.documents.bandwidth import BandwidthDocument, JudgementDocument, RoomsDocument
from bridgewatch.config.documents.sites import ContractDocument
from bridgewatch.config.documents.snmp import (
    CredentialsDocument,
    SiteSnmpDocument,
    SnmpDocument,
    SnmpSettingsDocument,
)
from bridgewatch.config.documents.throughput import (
    ServerDocument,
    TermsDocument,
    ThroughputDocument,
)
from bridgewatch.config.times import instant_ns
from bridgewatch.model.bandwidth import (
    DEFAULT_CREDENTIALS,
    BandwidthSettings,
    Contract,
    Credentials,
    InterfaceBy,
    Judgement,
    Method,
    Raise,
    RoomType,
    Server,
    Snmp,
    SnmpSettings,
    ThroughputTerms,
    Window,
)
from bridgewatch.model.ids import CredentialsId, LinkId, ServerId

_SHIPPED_TERMS = ThroughputTerms()
_NIGHT = (Window(22 * 60, 5 * 60),)
"""When tests may run, unless somebody says otherwise."""


def make_bandwidth(document: BandwidthDocument) -> BandwidthSettings:
    """Everything that is not a link's."""
    return BandwidthSettings(
        snmp=_snmp_settings(document.snmp),
        judgement=_judgement(document.judgement, document.rooms),
        servers={ServerId(name): _server(name, one) for name, one in document.servers.items()},
        egress_rate=dict(document.egress_rate),
    )


def make_contract(document: ContractDocument | None, zone: str) -> Contract | None:
    """What was sold; `zone` is of times without an offset."""
    if document is None:
        return None
    raises = tuple(
        Raise(
            starts_ns=instant_ns(one.from_, zone),
            ends_ns=instant_ns(one.to, zone),
            down=one.down or document.down,
            up=one.up or document.up,
            note=one.note or "",
        )
        for one in document.raises
    )
    return Contract(document.down, document.up, raises)


def make_snmp(link: SnmpDocument | None, site: SiteSnmpDocument | None) -> Snmp | None:
    """Where a link's counters are read; what it does not say itself is taken from its site."""
    if link is None:
        return None
    around = site or SiteSnmpDocument()
    host = link.host or around.host
    if host is None:
        raise ValueError("a link whose router nobody names was not checked by its document")
    by, interface = _interface(link)
    return Snmp(
        host=host,
        interface=interface,
        by=by,
        credentials=CredentialsId(link.credentials or around.credentials or DEFAULT_CREDENTIALS),
        port=link.port or around.port or 161,
        facing_site=link.facing_site,
    )


def make_terms(
    said: ThroughputDocument | str | None,
    tests: TermsDocument,
    servers: Mapping[ServerId, Server],
    link: LinkId,
) -> ThroughputTerms:
    """What tests of a link may cost; what it does not say itself is taken from `tests`."""
    if not isinstance(said, ThroughputDocument):
        return _SHIPPED_TERMS  # without a server there are none
    own, server = said, _server_of(said, servers, link)
    shipped = _SHIPPED_TERMS
    every = own.every if own.every is not None else tests.every
    return ThroughputTerms(
        server=server,
        methods=_methods(own, tests, server),
        windows=tuple(own.windows_said() or tests.windows_said() or _NIGHT),
        seconds=own.seconds or tests.seconds or shipped.seconds,
        streams=own.streams or tests.streams or shipped.streams,
        share=own.share or tests.share or shipped.share,
        rate=own.rate or tests.rate,
        octets_per_day=own.per_day or tests.per_day or shipped.octets_per_day,
        every=every or None,
    )


def _server_of(said: ThroughputDocument, servers: Mapping[ServerId, Server], link: LinkId) -> Server:
    if isinstance(said.server, ServerDocument):
        return _server(link, said.server)
    return servers[ServerId(said.server)]


def _methods(own: ThroughputDocument, tests: TermsDocument, server: Server) -> tuple[Method, ...]:
    wanted = own.methods or tests.methods or ()
    return tuple(method for method in dict.fromkeys(wanted) if method in server.methods) or server.methods[:1]


def _server(name: str, document: ServerDocument) -> Server:
    if document.iperf3 is not None:
        return Server(ServerId(name), Method.TCP, document.iperf3.host, document.iperf3.port)
    return Server(
        ServerId(name),
        Method.HTTP,
        url=document.http or "",
        download=document.download or "/download",
        upload=document.upload or "/upload",
    )


def _interface(document: SnmpDocument) -> tuple[InterfaceBy, str]:
    if document.alias is not None:
        return InterfaceBy.ALIAS, document.alias
    if document.index is not None:
        return InterfaceBy.INDEX, str(document.index)
    return InterfaceBy.NAME, document.interface or ""


def _snmp_settings(document: SnmpSettingsDocument) -> SnmpSettings:
    return SnmpSettings(
        interval=document.interval,
        timeout=document.timeout,
        retries=document.retries,
        in_flight=document.in_flight,
        fast=document.fast,
        credentials={
            CredentialsId(name): _credentials(CredentialsId(name), one)
            for name, one in document.credentials.items()
        },
    )


def _credentials(name: CredentialsId, document: CredentialsDocument) -> Credentials:
    return Credentials(
        id=name,
        version=document.version,
        community=document.community,
        user=document.user or "",
        auth=document.auth,
        auth_key=document.auth_key,
        priv=document.priv,
        priv_key=document.priv_key,
        context=document.context or "",
    )


def _judgement(document: JudgementDocument, rooms: RoomsDocument) -> Judgement:
    stated = {room: getattr(rooms, room.value) for room in RoomType}
    return Judgement(
        use_warn=document.use.warn,
        use_critical=document.use.critical,
        use_readings=document.use.readings,
        delivered=document.delivered,
        headroom=document.headroom,
        rooms={**Judgement().rooms} | {room: rate for room, rate in stated.items() if rate is not None},
    )
