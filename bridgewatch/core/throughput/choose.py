"""Which links are meant by names of links, sites and areas, a carrier or an event."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bridgewatch.model.ids import CarrierId, EventId, LinkId, SiteId
from bridgewatch.model.inventory import Inventory


@dataclass(frozen=True, slots=True)
class Chosen:
    """Links in inventory order, and what nobody knows by that name."""

    links: tuple[LinkId, ...] = ()
    unknown: tuple[str, ...] = ()


def choose(
    inventory: Inventory,
    names: Sequence[str] = (),
    carrier: CarrierId | None = None,
    event: EventId | None = None,
) -> Chosen:
    """The links that are meant by any of `names` and meet all the rest; without names those of everywhere.

    A name is a link's, a site's, which stands for all links there and administratively below it, or an
    event's, which stands for its sites.
    """
    there = (inventory.links, inventory.sites, inventory.events)
    unknown = [name for name in names if not any(name in known for known in there)]
    if carrier is not None and carrier not in inventory.carriers:
        unknown.append(carrier)
    if event is not None and event not in inventory.events:
        unknown.append(event)
    if unknown:
        return Chosen(unknown=tuple(dict.fromkeys(unknown)))
    sites = inventory.events[event].sites if event is not None else None
    return Chosen(tuple(_meeting(inventory, frozenset(names), carrier, sites)))


def _meeting(
    inventory: Inventory,
    names: frozenset[str],
    carrier: CarrierId | None,
    sites: Collection[SiteId] | None,
) -> Iterator[LinkId]:
    events = [inventory.events[EventId(name)].sites for name in names if name in inventory.events]
    there = {site: True for sites_of in events for site in sites_of}
    for link in inventory.links.values():
        if carrier is not None and link.carrier != carrier:
            continue
        if sites is not None and link.site not in sites:
            continue
        if link.site not in there:
            there[link.site] = not names or not names.isdisjoint(_upwards(link.site, inventory))
        if there[link.site] or link.id in names:
            yield link.id


def _upwards(site: SiteId, inventory: Inventory) -> Iterator[SiteId]:
    passed: set[SiteId] = set()
    at: SiteId | None = site
    while at is not None and at in inventory.sites and at not in passed:
        yield at
        passed.add(at)
        at = inventory.sites[at].parent
