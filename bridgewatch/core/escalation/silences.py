"""Planned work: what is covered by silences at an instant.

Silences are promises in wall-clock time; unlike timers they do not move when the clock is set. A fault is
covered when every link of it is, by one silence or by several. Faults without links (our own egress, rosters,
delivery) never are.
"""

from collections.abc import Collection, Iterable
from typing import Final

from bridgewatch.model.ids import LinkId, SilenceId, SiteId
from bridgewatch.model.inventory import Inventory, Link
from bridgewatch.model.log import AnyEntry, SilenceLifted, SilenceSet

_NOTHING: Final[frozenset[LinkId]] = frozenset()


class Silences:
    """All silences that hold or are yet to come: a fold over the log."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self.by_id: dict[SilenceId, SilenceSet] = {}
        self._covered: dict[SilenceId, frozenset[LinkId]] = {}

    def adopt(self, inventory: Inventory) -> None:
        """Go by another inventory."""
        self._inventory = inventory
        self._covered.clear()

    def apply(self, entry: AnyEntry) -> bool:
        """Take in one entry; whether it was about silences."""
        if isinstance(entry, SilenceSet):
            ended = [name for name, silence in self.by_id.items() if silence.ends_ns <= entry.at_ns]
            for name in ended:
                self._drop(name)
            self.by_id[entry.silence] = entry
        elif isinstance(entry, SilenceLifted):
            self._drop(entry.silence)
        else:
            return False
        return True

    def active(self, now_ns: int) -> list[SilenceSet]:
        """Those that hold at an instant, the one that ends first at the front."""
        holding = [each for each in self.by_id.values() if each.starts_ns <= now_ns < each.ends_ns]
        return sorted(holding, key=lambda each: (each.ends_ns, each.silence))

    def covering(self, links: Collection[LinkId], now_ns: int) -> SilenceId | None:
        """Of the silences that together cover all of `links` the first to end; None if they do not."""
        active = self.active(now_ns) if links and self.by_id else []
        if not active:
            return None
        covered = [self.links(silence) for silence in active]
        if not all(any(link in each for each in covered) for link in links):
            return None
        return next(
            (
                silence.silence
                for silence, each in zip(active, covered, strict=True)
                if any(link in each for link in links)
            ),
            None,
        )

    def next_change_ns(self, now_ns: int) -> int | None:
        """When a silence next begins or ends."""
        instants = (at_ns for each in self.by_id.values() for at_ns in (each.starts_ns, each.ends_ns))
        return min((at_ns for at_ns in instants if at_ns > now_ns), default=None)

    def links(self, silence: SilenceSet) -> frozenset[LinkId]:
        """The links that a silence covers."""
        covered = self._covered.get(silence.silence)
        if covered is None:
            covered = self._covered[silence.silence] = covered_links(self._inventory, silence)
        return covered

    def _drop(self, silence: SilenceId) -> None:
        self.by_id.pop(silence, None)
        self._covered.pop(silence, None)


def covered_links(inventory: Inventory, silence: SilenceSet) -> frozenset[LinkId]:
    """The links of the inventory that `silence` is about."""
    if silence.link is not None:
        return frozenset((silence.link,)) if silence.link in inventory.links else _NOTHING
    if silence.site is not None:
        site = inventory.sites.get(silence.site)
        return frozenset(site.links) if site is not None else _NOTHING
    links: Iterable[Link] = inventory.links.values()
    if silence.area is not None:
        links = (link for link in links if _lies_in(inventory, link.site, silence.area))
    return frozenset(link.id for link in links if silence.carrier in (None, link.carrier))


def _lies_in(inventory: Inventory, place: SiteId, area: SiteId) -> bool:
    at: SiteId | None = place
    for _ in range(len(inventory.sites)):  # a ring of parents is nobody's area
        if at == area:
            return True
        site = inventory.sites.get(at) if at is not None else None
        if site is None:
            return False
        at = site.parent
    return False
