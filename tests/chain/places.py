"""The country of duty nights: a province or two, and the people on duty for it."""

from collections.abc import Iterable
from dataclasses import replace

from bridgewatch.model.calendar import Event
from bridgewatch.model.ids import CarrierId, ContactId, EventId, GatewayId, LinkId, PolicyId, RosterId, SiteId
from bridgewatch.model.inventory import Inventory, Link
from bridgewatch.model.paging import AckWay, Audience, GatewayKind, Phase, Role, TextForm, Urgency
from bridgewatch.model.people import Channel, Contact, Directory, Gateway, Roster
from bridgewatch.model.policy import Call, Policy, Step
from bridgewatch.model.words import Language
from bridgewatch.sim.country import Plan, country
from tests.chain.duty import wall

ZONE = "Asia/Ho_Chi_Minh"
CALM, LIVE, QUICK = PolicyId("calm"), PolicyId("live"), PolicyId("quick")
CHAT, SMS = GatewayId("chat"), GatewayId("sms")
CARRIERS = ("vnpt", "viettel", "fpt", "mobifone", "cmc")

CARRIER_STEPS = (
    Step((Call(Audience.CARRIER, Role.DUTY),)),
    Step((Call(Audience.CARRIER, Role.LEAD), Call(Audience.OWN, Role.DUTY))),
    Step((Call(Audience.OWN, Role.LEAD),)),
)
OWN_STEPS = (Step((Call(Audience.OWN, Role.DUTY),)), Step((Call(Audience.OWN, Role.LEAD),)))


def policy(name: PolicyId, hold: float, repeat: float, **more: float) -> Policy:
    """Every fault is held so long; what takes no site is held three times as long."""
    holds = {urgency: hold if urgency >= Urgency.OWN else 3 * hold for urgency in Urgency if urgency}
    steps = {Audience.CARRIER: CARRIER_STEPS, Audience.ROOM: CARRIER_STEPS, Audience.OWN: OWN_STEPS}
    limits = {"raise_again": 600.0, "group": 5.0, "ceiling": 10, "digest": 30.0}
    return Policy(name, holds, dict.fromkeys(Urgency, repeat), steps, **{**limits, **more})  # type: ignore[arg-type]


def contact(name: str, carrier: str | None = None) -> Contact:
    channels = (Channel(CHAT, f"{name}@chat"), Channel(SMS, f"{name}@sms"))
    return Contact(ContactId(name), name, Language.VI, channels, CarrierId(carrier) if carrier else None)


def always_on(carrier: str | None, role: Role) -> Roster:
    owner = carrier or "own"
    name = f"{owner}-{role}"
    return Roster(
        RosterId(f"{owner}/{role}"),
        role,
        ZONE,
        carrier=CarrierId(carrier) if carrier else None,
        always=(ContactId(name),),
    )


def people(*policies: Policy, rosters: Iterable[Roster] = (), extra: Iterable[Contact] = ()) -> Directory:
    """Of each carrier and of ours a duty and a lead, `vnpt-duty`, `own-lead`; by chat, then by SMS.

    `rosters` stand in the place of those of the same id.
    """
    offices = [(carrier, role) for carrier in (*CARRIERS, None) for role in (Role.DUTY, Role.LEAD)]
    duties = {roster.id: roster for roster in (always_on(*office) for office in offices)}
    contacts = [contact(f"{carrier or 'own'}-{role}", carrier) for carrier, role in offices]
    contacts += [contact("noc"), *extra]
    duties |= {roster.id: roster for roster in rosters}
    ways = frozenset({AckWay.LINK})
    gateways = [
        Gateway(CHAT, GatewayKind.WEBHOOK, TextForm.LONG, ways, timeout=10.0),
        Gateway(SMS, GatewayKind.ESMS, TextForm.SHORT, ways, timeout=10.0),
    ]
    known = policies or (policy(CALM, 3.0, 15.0), policy(LIVE, 1.0, 8.0), policy(QUICK, 0.0, 8.0))
    return Directory(
        gateways={each.id: each for each in gateways},
        contacts={each.id: each for each in contacts},
        rosters=tuple(duties.values()),
        policies={each.id: each for each in known},
        policy_of_phase={phase: LIVE if phase is Phase.LIVE else CALM for phase in Phase},
        catch_all=(ContactId("noc"),),
        public_url="https://noc.example.vn",
    )


def place(
    plan: Plan | None = None, directory: Directory | None = None, events: Iterable[Event] = ()
) -> Inventory:
    """A small province: its hub and six communes, by VNPT on the WAN."""
    base = country(plan or Plan(provinces=1, communes=6))
    return replace(base, directory=directory or people(), events={event.id: event for event in events})


def conference(*sites: str, starts: float, ends: float, name: str = "e", **more: object) -> Event:
    """A conference that is live from one second of the night to another, probed at the usual rate."""
    base = Event(
        EventId(name),
        "Hội nghị",
        tuple(map(SiteId, sites)),
        wall(starts),
        wall(ends),
        freeze_ns=0,
        check_ns=0,
        overrun_ns=0,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def changed(inventory: Inventory, links: dict[str, dict[str, object]]) -> Inventory:
    """The same with fields of links replaced; an interval holds for the paths too."""
    new: dict[LinkId, Link] = dict(inventory.links)
    for name, fields in links.items():
        new[LinkId(name)] = replace(new[LinkId(name)], **fields)  # type: ignore[arg-type]
    paths = tuple(
        replace(path, interval_ns=round(new[path.link].interval * 1e9)) if path.link in links else path
        for path in inventory.paths
    )
    return replace(inventory, links=new, paths=paths)
