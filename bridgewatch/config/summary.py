"""An inventory in a few numbers, for the operator who has just changed it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bridgewatch.config.warnings import active_paths, probes_per_second
from bridgewatch.model.calendar import Event
from bridgewatch.model.inventory import Inventory, PathSpec
from bridgewatch.model.mistakes import ConfigWarning
from bridgewatch.model.words import Family, Level, Network, ProbeKind, SiteKind

_IP_HEADER = {Family.V4: 20, Family.V6: 40}
_UDP_HEADER = 8


@dataclass(frozen=True, slots=True)
class Summary:
    """What is watched and what it costs.

    `links` counts by (network, carrier). `probes_per_second` and `bits_per_second` are those of all paths at
    their own interval outside of events, references included; bits count one direction, IP headers included,
    link layer not. The other direction costs as much. `contacts` counts by carrier, '' for our own and the
    rooms' people; `events` are the numbers of rooms and of services that take part, of events that are not
    cancelled. `routers` are those whose counters are read; `tested` links have a server for throughput tests,
    one of `servers`; `keys` are those that two ends of a path share. `watchdogs`: to how many heartbeats are
    sent. A watchdog pages of the vantages in `watched` after `after` seconds of silence.
    """

    vantage: str
    model: str
    rooms: dict[Level, int]
    services: int
    links: dict[tuple[Network, str], int]
    paused: int
    dial_in: int
    paths: int
    references: int
    probes_per_second: float
    bits_per_second: float
    contacts: dict[str, int]
    rosters: int
    events: dict[str, tuple[int, int]]
    routers: int
    tested: int
    servers: int
    keys: int
    watchdogs: int
    watched: tuple[str, ...]
    after: float
    warnings: tuple[ConfigWarning, ...]


def summarize(inventory: Inventory) -> Summary:
    """Count the sites, links and probes of `inventory`."""
    rooms = Counter(site.level for site in inventory.sites.values() if site.kind is SiteKind.ROOM)
    links = Counter((link.network, str(link.carrier)) for link in inventory.links.values())
    contacts = Counter(str(contact.carrier or "") for contact in inventory.directory.contacts.values())
    own = inventory.links.values()
    active = active_paths(inventory.paths, own)
    return Summary(
        vantage=inventory.vantage,
        model=inventory.model.value,
        rooms={level: rooms[level] for level in Level if rooms[level]},
        services=len(inventory.sites) - rooms.total(),
        links=dict(sorted(links.items())),
        paused=sum(link.paused for link in inventory.links.values()),
        dial_in=sum(link.dial_in is not None for link in inventory.links.values()),
        paths=len(inventory.paths),
        references=sum(path.link is None for path in inventory.paths),
        probes_per_second=probes_per_second(active),
        bits_per_second=_bits_per_second(active),
        contacts=dict(sorted(contacts.items())),
        rosters=len({roster.id.partition("/")[0] for roster in inventory.directory.rosters}),
        events={str(e.id): _taking_part(e, inventory) for e in inventory.events.values() if not e.cancelled},
        routers=len({(snmp.host, snmp.port) for link in own if (snmp := link.snmp) is not None}),
        tested=sum(link.throughput.server is not None for link in own),
        servers=len({server for link in own if (server := link.throughput.server) is not None}),
        keys=len(inventory.keys),
        watchdogs=len(inventory.heartbeats.watchdogs),
        watched=tuple(inventory.heartbeats.watched),
        after=inventory.heartbeats.after,
        warnings=inventory.warnings,
    )


def _taking_part(event: Event, inventory: Inventory) -> tuple[int, int]:
    services = sum(inventory.sites[site].kind is SiteKind.SERVICE for site in event.sites)
    return len(event.sites) - services, services


def packet_octets(path: PathSpec) -> int:
    """Octets of one probe of `path` on the network layer: IP header, UDP header for STAMP, and packet."""
    udp = 0 if path.kind is ProbeKind.ICMP else _UDP_HEADER
    return _IP_HEADER[path.family] + udp + path.size


def _bits_per_second(paths: Iterable[PathSpec]) -> float:
    return sum(8 * packet_octets(path) * 1e9 / path.interval_ns for path in paths)
