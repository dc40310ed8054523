"""A month of a country as it really was: what failed when, drawn from a seed. Instants are monotonic ns."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from bridgewatch.config.people.shipped import SHIPPED_PHASES, SHIPPED_POLICIES
from bridgewatch.model.calendar import Event, Wave
from bridgewatch.model.ids import CarrierId, ContactId, EgressId, EventId, GatewayId, LinkId, RosterId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import AckWay, GatewayKind, Role, TextForm
from bridgewatch.model.people import Channel, Contact, Directory, Gateway, Roster
from bridgewatch.model.words import Language
from bridgewatch.sim.clock import START_WALL_NS
from bridgewatch.sim.country import Plan, country

SECOND = 1_000_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
START = 1_000 * SECOND  # monotonic
WALL = START_WALL_NS  # at START
CALM_AROUND = 25 * MINUTE  # what follows sooner would be a relapse, or another fault in the same minute
CARRIERS = ("vnpt", "viettel", "fpt", "mobifone", "cmc")
ROLES = (Role.DUTY, Role.LEAD, Role.OPERATIONS, Role.RESCUE)
CHAT = GatewayId("chat")


class Cause(StrEnum):
    LINK = "link"
    FLAPS = "flaps"
    POWER = "power"
    ROOT = "root"
    HANDOVER = "handover"
    EGRESS = "egress"


@dataclass(frozen=True)
class Fault:
    """Something failed. `cuts` are when nothing crossed it; one, but for what flaps."""

    cause: Cause
    subject: str
    links: tuple[LinkId, ...]
    cuts: tuple[tuple[int, int], ...]

    @property
    def begins(self) -> int:
        return self.cuts[0][0]

    @property
    def ends(self) -> int:
        return self.cuts[-1][1]


@dataclass(frozen=True)
class Shape:
    """How large a month is, and how much happens in it; rates are per province and day."""

    provinces: int = 10
    communes: int = 990
    days: float = 30.0
    restarts: int = 10
    singles: float = 4.0
    power: float = 0.5
    roots: float = 0.3
    handovers: float = 0.5
    spells: int = 3  # of each flapping link
    flapping: float = 0.01  # of all links
    own: int = 8  # dark egresses
    conferences: int = 2
    loss: float = 0.02
    busy: float = 1.0  # hours a day in which quality is measured too


@dataclass(frozen=True)
class Month:
    shape: Shape
    seed: int
    inventory: Inventory
    faults: tuple[Fault, ...]
    restarts: tuple[int, ...]
    ends: int
    flapping: frozenset[LinkId] = field(default_factory=frozenset)


def month(seed: int, shape: Shape) -> Month:
    """The month of that seed."""
    rng = np.random.default_rng([seed, 1])
    base = country(Plan(provinces=shape.provinces, communes=shape.communes, via_hub=True))
    inventory = replace(base, directory=directory())
    ends = START + round(shape.days * DAY)
    inventory = replace(inventory, events={e.id: e for e in conferences(rng, inventory, shape)})
    links = list(inventory.links)
    shaky = frozenset(rng.choice(links, round(shape.flapping * len(links)), replace=False).tolist())
    faults = [fault for name in provinces(inventory) for fault in lane(rng, inventory, shape, name, shaky)]
    faults += own_faults(rng, inventory, shape)
    restarts = sorted(rng.integers(START + HOUR, ends - HOUR, shape.restarts).tolist())
    return Month(shape, seed, inventory, tuple(faults), tuple(restarts), ends, shaky)


def provinces(inventory: Inventory) -> list[SiteId]:
    return [site.id for site in inventory.sites.values() if site.parent is None]


def directory() -> Directory:
    """Everybody by one chat, always on duty; the shipped policies."""
    owners = (*CARRIERS, None)
    names = {(owner, role): ContactId(f"{owner or 'own'}-{role}") for owner in owners for role in ROLES}
    contacts = [
        Contact(name, name, Language.VI, (Channel(CHAT, name),), CarrierId(owner) if owner else None)
        for (owner, _), name in names.items()
    ]
    rosters = [
        Roster(
            RosterId(f"{owner or 'own'}/{role}"),
            role,
            "Asia/Ho_Chi_Minh",
            carrier=CarrierId(owner) if owner else None,
            always=(name,),
        )
        for (owner, role), name in names.items()
    ]
    chat = Gateway(CHAT, GatewayKind.WEBHOOK, TextForm.LONG, frozenset({AckWay.LINK}))
    return Directory(
        gateways={CHAT: chat},
        contacts={each.id: each for each in contacts},
        rosters=tuple(rosters),
        policies=SHIPPED_POLICIES,
        policy_of_phase=SHIPPED_PHASES,
        catch_all=(names[None, Role.LEAD],),
        public_url="https://noc.example.vn",
    )


def conferences(rng: np.random.Generator, inventory: Inventory, shape: Shape) -> Iterator[Event]:
    """Each of two provinces, with a rehearsal on the day before."""
    hubs = provinces(inventory)
    for number in range(shape.conferences):
        chosen = {hubs[i] for i in rng.choice(len(hubs), min(2, len(hubs)), replace=False)}
        sites = tuple(s.id for s in inventory.sites.values() if s.province in chosen)
        first = min(1.5, shape.days / 4)
        day = first + (shape.days - first) * (number + 0.3) / shape.conferences
        starts = WALL + round(day * DAY)
        wave = Wave("dot-1", "Đợt 1", starts - 20 * HOUR, starts - 19 * HOUR)
        yield Event(EventId(f"hn-{number}"), "Hội nghị", sites, starts, starts + 2 * HOUR, waves=(wave,))


def lane(
    rng: np.random.Generator, inventory: Inventory, shape: Shape, hub: SiteId, shaky: frozenset[LinkId]
) -> Iterator[Fault]:
    """What fails in one province, one after another."""
    sites = [site for site in inventory.sites.values() if site.province == hub]
    links = [link for site in sites for link in site.links]
    own = [link for link in links if link in shaky]
    rates = {
        Cause.LINK: shape.singles,
        Cause.POWER: shape.power,
        Cause.ROOT: shape.roots,
        Cause.HANDOVER: shape.handovers,
        Cause.FLAPS: len(own) * shape.spells / shape.days,
    }
    causes, weights = list(rates), np.array(list(rates.values()))
    now, ends = START + 10 * MINUTE, START + round(shape.days * DAY) - 2 * HOUR
    while True:
        now += round(rng.exponential(DAY / weights.sum()))
        cause = causes[rng.choice(len(causes), p=weights / weights.sum())]
        fault = draw(rng, inventory, cause, hub, links, own, now)
        if fault.ends > ends:
            return
        yield fault
        now = fault.ends + CALM_AROUND


def draw(
    rng: np.random.Generator,
    inventory: Inventory,
    cause: Cause,
    hub: SiteId,
    links: list[LinkId],
    own: list[LinkId],
    now: int,
) -> Fault:
    def one(names: list[LinkId]) -> LinkId:
        return names[rng.integers(len(names))]

    lasts = round(np.clip(rng.lognormal(np.log(480), 1.6), 4, 6 * 3600) * SECOND)
    cuts = ((now, now + lasts),)
    ends = [link for link in links if inventory.links[link].site != hub]
    match cause:
        case Cause.FLAPS:
            link = one(own)
            return Fault(cause, link, (link,), flaps(rng, now))
        case Cause.LINK:
            link = one(ends)
            return Fault(cause, link, (link,), cuts)
        case Cause.POWER:
            site = inventory.links[one(ends)].site
            return Fault(cause, site, inventory.sites[site].links, cuts)
        case Cause.ROOT:
            root = LinkId(f"{hub}/wan")
            behind = [link for link in links if inventory.links[link].via == root]
            return Fault(cause, root, (root, *behind), cuts)
        case _:
            known = inventory.links[one([link for link in links if link.endswith("/internet")])]
            there = tuple(link for link in links if inventory.links[link].handover == known.handover)
            return Fault(Cause.HANDOVER, f"{known.carrier}/{known.handover}", there, cuts)


def flaps(rng: np.random.Generator, now: int) -> tuple[tuple[int, int], ...]:
    """Half an hour to an hour of cuts, each well long enough to be a down, never long enough to be a cut."""
    ends = now + round(rng.uniform(1800, 3600) * SECOND)
    cuts = []
    while now < ends:
        lasts = round(rng.uniform(6, 40) * SECOND)
        cuts.append((now, now + lasts))
        now += lasts + round(rng.uniform(10, 90) * SECOND)
    return tuple(cuts)


def own_faults(rng: np.random.Generator, inventory: Inventory, shape: Shape) -> Iterator[Fault]:
    """Our own ways out, one after another."""
    slots = np.sort(rng.uniform(0.02, 0.95, shape.own)) * shape.days * DAY
    free = 0
    for slot in slots.tolist():
        begins = max(START + round(slot), free)
        egress = list(inventory.egresses)[rng.integers(len(inventory.egresses))]
        ends = begins + round(rng.uniform(10, 1200) * SECOND)
        links = tuple(name for name, link in inventory.links.items() if link.egress == egress)
        yield Fault(Cause.EGRESS, EgressId(egress), links, ((begins, ends),))
        free = ends + CALM_AROUND
