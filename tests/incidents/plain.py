"""The rules of explanation, said plainly: for one tick in a world in which everything answered before."""

from collections.abc import Iterable, Mapping

from bridgewatch.model.ids import LinkId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.words import CarriedBy, SiteKind
from tests.incidents.worlds import SECOND

Fell = Mapping[str, int]  # since when each link that fell has been silent


def root_of(link: str, fell: Fell, inventory: Inventory, followed: Iterable[str] = ()) -> str | None:
    """The nearest dead link on the way that `link` did not precede."""
    at = inventory.links[LinkId(link)].via
    while at is not None:
        bound_ns = 5 * SECOND + round(inventory.links[at].interval * SECOND)
        if at in fell and (link in followed or fell[link] >= fell[at] - bound_ns):
            return at
        at = inventory.links[at].via
    return None


def ancestors(site: str, inventory: Inventory) -> list[str]:
    """The site and those above it, upwards."""
    found: list[str] = []
    at: SiteId | None = SiteId(site)
    while at is not None:
        found.append(at)
        at = inventory.sites[at].parent
    return found


def together(links: Iterable[str], fell: Fell, seconds: int, order: list[str]) -> list[str]:
    """The largest set that fell within so many seconds; the earliest of equals."""
    links = list(links)
    windows = [
        [other for other in links if fell[first] <= fell[other] <= fell[first] + seconds * SECOND]
        for first in sorted(links, key=lambda link: (fell[link], order.index(link)))
    ]
    return max(windows, key=len, default=[])


def dark(site: str, fell: Fell, inventory: Inventory) -> bool:
    its = inventory.sites[SiteId(site)]
    carrying = [
        link
        for link in its.links
        if its.carried_by is CarriedBy.ANY or its.carried_by.value == inventory.links[link].network.value
    ]
    return bool(carrying) and all(link in fell for link in carrying)


def explained(fell: Fell, inventory: Inventory) -> dict[tuple[str, str], set[str]]:
    """Which incident each link that fell is in: by kind and subject."""
    order = list(inventory.links)
    links = inventory.links
    tops = [link for link in order if link in fell and root_of(link, fell, inventory) is None]
    home: dict[str, tuple[str, str]] = {}

    def free() -> list[str]:
        return [link for link in tops if link not in home]

    for carrier, name in dict.fromkeys((links[link].carrier, links[link].handover) for link in tops):
        if name is None:
            continue
        on_it = [link for link in order if (links[link].carrier, links[link].handover) == (carrier, name)]
        group = together([link for link in on_it if link in tops], fell, 10, order)
        up = [link for link in on_it if link not in fell]
        certain = not up and len(group) >= 2
        if certain or (len(group) >= 5 and len(group) >= 0.6 * (len(group) + len(up))):
            home |= dict.fromkeys(group, ("handover", f"{carrier}/{name}"))
    for site in dict.fromkeys(links[link].site for link in free()):
        if inventory.sites[site].kind is SiteKind.SERVICE and dark(site, fell, inventory):
            home |= {link: ("service", site) for link in free() if links[link].site == site}
    regions = {
        (links[link].carrier, area) for link in free() for area in ancestors(links[link].site, inventory)
    }
    for carrier, area in sorted(regions, key=lambda one: (len(ancestors(one[1], inventory)), one)):
        there = [
            link
            for link in order
            if links[link].carrier == carrier and area in ancestors(links[link].site, inventory)
        ]
        group = together([link for link in there if link in free()], fell, 10, order)
        up = [link for link in there if link not in fell]
        if len(group) >= 5 and len(group) >= 0.6 * (len(group) + len(up)):
            paths = [ancestors(links[link].site, inventory) for link in group]
            smallest = next(one for one in paths[0] if all(one in path for path in paths))
            home |= dict.fromkeys(group, ("area", f"{carrier}@{smallest}"))
    for site in dict.fromkeys(links[link].site for link in free()):
        group = together([link for link in free() if links[link].site == site], fell, 5, order)
        if len({links[link].carrier for link in group}) >= 2:
            home |= dict.fromkeys(group, ("site", site))
    found: dict[tuple[str, str], set[str]] = {}
    for link in fell:
        top = link
        while (root := root_of(top, fell, inventory)) is not None:
            top = root
        found.setdefault(home.get(top, ("link", top)), set()).add(link)
    return found
