"""Small worlds of people: a province with districts and communes, carriers, rosters and one conference."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bridgewatch.model.calendar import Event
from bridgewatch.model.heartbeats import Heartbeats, Watchdog
from bridgewatch.model.ids import (
    CarrierId,
    ContactId,
    EgressId,
    EventId,
    GatewayId,
    LinkId,
    PolicyId,
    RosterId,
    SiteId,
    link_id,
)
from bridgewatch.model.inventory import Carrier, Egress, Inventory, Limits, Link, Profile, Site
from bridgewatch.model.paging import AckWay, Audience, GatewayKind, Phase, Role, TextForm, Urgency
from bridgewatch.model.people import Channel, Contact, Directory, Gateway, Roster
from bridgewatch.model.policy import Call, Policy, Step
from bridgewatch.model.secret import Secret, SecretSource
from bridgewatch.model.words import AdministrativeModel, CarriedBy, Language, Level, Network, SiteKind

ZONE = "Asia/Ho_Chi_Minh"
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

PROVINCE, DISTRICT, COMMUNE, OTHER = map(SiteId, ("tinh", "huyen", "xa", "xa-kia"))
VNPT, VIETTEL = CarrierId("vnpt"), CarrierId("viettel")
DUTY = Call(Audience.CARRIER, Role.DUTY)
LEAD = Call(Audience.CARRIER, Role.LEAD)
OWN_DUTY = Call(Audience.OWN, Role.DUTY)
ROOM = Call(Audience.ROOM, Role.ROOM)
CHAT, ONE_WAY, NO_TEMPLATE, MONITORED = map(GatewayId, ("chat", "one-way", "no-template", "monitored"))
POLICY = PolicyId("strict")
EVENT = EventId("hop")
KEY = Secret(SecretSource.ENVIRONMENT, "HEARTBEAT_KEY")


def at(text: str, zone: str = ZONE, *, fold: int = 0) -> int:
    """The instant of `2026-03-01 08:00` in a zone."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return int(moment.timestamp()) * SECOND


def who(*names: str) -> tuple[ContactId, ...]:
    """Contacts by name."""
    return tuple(map(ContactId, names))


def gateway(
    name: GatewayId, *, egress: str | None = None, ways: Iterable[AckWay] = (), **more: bool
) -> Gateway:
    """A chat gateway."""
    return Gateway(
        name,
        GatewayKind.TELEGRAM,
        TextForm.LONG,
        frozenset(ways),
        egress=None if egress is None else EgressId(egress),
        **more,
    )


GATEWAYS = {
    CHAT: gateway(CHAT, ways=[AckWay.CHAT]),
    ONE_WAY: gateway(ONE_WAY),
    NO_TEMPLATE: gateway(NO_TEMPLATE, ways=[AckWay.CHAT], free_text=False),
    MONITORED: gateway(MONITORED, egress="wan", ways=[AckWay.CHAT]),
}


def contact(name: str, *channels: GatewayId, carrier: CarrierId | None = None) -> Contact:
    """Somebody with a channel at each of these gateways."""
    ways = tuple(Channel(one, f"{name}@{one}") for one in channels)
    return Contact(ContactId(name), f"Ông {name}", Language.VI, ways, carrier)


def roster(
    name: str,
    *always: str,
    carrier: CarrierId | None = VNPT,
    role: Role = Role.DUTY,
    area: SiteId | None = PROVINCE,
    zone: str = ZONE,
    **more: object,
) -> Roster:
    """A roster, by default of the province's VNPT."""
    values = {"always": who(*always), **more}
    return Roster(RosterId(f"{name}/{role}"), role, zone, carrier=carrier, area=area, **values)  # type: ignore[arg-type]


def policy(*steps: Sequence[Call] | Step, own: Sequence[Step] = (), room: Sequence[Step] = ()) -> Policy:
    """A policy that holds 5 s and repeats each 2 min."""
    return Policy(
        POLICY,
        hold=dict.fromkeys(Urgency, 5.0),
        repeat=dict.fromkeys(Urgency, 120.0),
        steps={
            Audience.CARRIER: tuple(one if isinstance(one, Step) else Step(tuple(one)) for one in steps),
            Audience.OWN: tuple(own),
            Audience.ROOM: tuple(room),
        },
    )


def conference(sites: Iterable[SiteId], starts: str, ends: str, **more: object) -> Event:
    """A conference in the zone of the tests."""
    return Event(EVENT, "Hội nghị", tuple(sites), at(starts), at(ends), **more)  # type: ignore[arg-type]


def world(
    *,
    rosters: Iterable[Roster] = (),
    steps: Policy | None = None,
    event: Event | None = None,
    contacts: Iterable[Contact] = (),
    rooms: Mapping[SiteId, Sequence[str]] | None = None,
    carriers: Mapping[SiteId, Sequence[CarrierId]] | None = None,
    places: Mapping[SiteId, tuple[Level, SiteId | None]] | None = None,
    services: Iterable[SiteId] = (),
    catch_all: Sequence[str] = ("noc",),
    public_url: str | None = None,
) -> Inventory:
    """An inventory: tinh > huyen > xa, xa-kia, each on VNPT; everybody named anywhere has a chat channel."""
    rosters = tuple(rosters)
    where = places or {
        PROVINCE: (Level.PROVINCE, None),
        DISTRICT: (Level.DISTRICT, PROVINCE),
        COMMUNE: (Level.COMMUNE, DISTRICT),
        OTHER: (Level.COMMUNE, DISTRICT),
    }
    sites: dict[SiteId, Site] = {}
    links: dict[LinkId, Link] = {}
    for name, (level, parent) in where.items():
        own = [_link(name, carrier) for carrier in (carriers or {}).get(name, (VNPT,))]
        links.update((link.id, link) for link in own)
        sites[name] = Site(
            name,
            f"Điểm cầu {name}",
            level,
            SiteKind.SERVICE if name in services else SiteKind.ROOM,
            str(PROVINCE),
            CarriedBy.WAN,
            parent=parent,
            contacts=who(*(rooms or {}).get(name, ())),
            links=tuple(link.id for link in own),
        )
    given = {one.id: one for one in contacts}
    named = {one for roster in rosters for one in _named(roster)}
    named.update(who(*catch_all), *(site.contacts for site in sites.values()))
    people = {one: contact(one, CHAT) for one in sorted(named)} | given
    directory = Directory(
        gateways=GATEWAYS,
        contacts=people,
        rosters=rosters,
        policies={POLICY: steps or policy([DUTY])},
        policy_of_phase=dict.fromkeys(Phase, POLICY),
        catch_all=who(*catch_all),
        public_url=public_url,
    )
    return Inventory(
        vantage="noc",
        model=AdministrativeModel.THREE_TIER,
        timezone=ZONE,
        limits=Limits(),
        egresses={EgressId("wan"): Egress(EgressId("wan"), frozenset(Network))},
        carriers={one: Carrier(one, one.upper()) for one in (VNPT, VIETTEL)},
        sites=sites,
        links=links,
        paths=(),
        directory=directory,
        events={event.id: event} if event else {},
        heartbeats=Heartbeats((Watchdog("https://watchdog.example", KEY),)),
    )


def _named(roster: Roster) -> set[ContactId]:
    named = {*roster.always}
    named.update(one for shift in roster.shifts for one in shift.who)
    named.update(one for override in roster.overrides for one in override.who)
    if roster.rotation:
        named.update(one for team in roster.rotation.teams for one in team)
    return named


def _link(site: SiteId, carrier: CarrierId) -> Link:
    network = Network.WAN if carrier == VNPT else Network.INTERNET
    return Link(
        id=link_id(site, network.value),
        site=site,
        name=network.value,
        network=network,
        carrier=carrier,
        egress=EgressId("wan"),
        profile=Profile("conference"),
        targets=(),
    )
