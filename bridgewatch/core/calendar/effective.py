"""The inventory as the phases want it: how often links are probed, by what they are judged, what carries."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from bridgewatch.core.probing.rates import quickest
from bridgewatch.core.steps import MADE, Steps, finish, portions
from bridgewatch.model.calendar import Ruling
from bridgewatch.model.ids import EgressId, LinkId, PathKey, SiteId
from bridgewatch.model.inventory import Inventory, Link, PathSpec, Site
from bridgewatch.model.words import CarriedBy

_SECOND_NS: Final = 1_000_000_000

_Key = TypeVar("_Key")
_Thing = TypeVar("_Thing", Site, Link, PathSpec)


_Made = Mapping[_Key, tuple[_Thing, _Thing]]


@dataclass(frozen=True, slots=True)
class Effective:
    """An effective inventory, and what differs in it: each thing as configured, and as it was made."""

    configured: Inventory
    inventory: Inventory
    sites: _Made[SiteId, Site]
    links: _Made[LinkId, Link]
    paths: _Made[PathKey, PathSpec]


def effective(inventory: Inventory, rulings: Mapping[SiteId, Ruling]) -> Inventory:
    """The inventory that `make_effective` makes, at once."""
    return finish(make_effective(inventory, rulings)).inventory


def make_effective(
    inventory: Inventory, rulings: Mapping[SiteId, Ruling], before: Effective | None = None
) -> Steps[Effective]:
    """Make the effective inventory of a configured one; that very object if nothing is to be changed.

    * Links of a ruled site, and their paths, are probed at the ruling's interval, never more rarely than
      configured; the references of an egress as often as its quickest link.
    * Links that carry the meeting are judged by the ruling's profile; a spare keeps its own.
    * The ruling says what carries the meeting of a site that does not say it itself and has such a link.

    Things that nothing is wanted of stay the objects they are, and what was made `before` is given again
    where it says the same, up to the whole: whoever compares the two finds only what changed.
    """
    before = before or Effective(inventory, inventory, {}, {}, {})
    making = _Making(inventory, before)
    for portion in portions(rulings.items(), MADE):
        for name, ruling in portion:
            site = inventory.sites.get(name)
            if site is not None and _wants_something(ruling):
                making.make_site(site, ruling)
        yield
    changes: dict[str, Any] = {}
    if making.sites:
        changes["sites"] = yield from _with_made(inventory.sites, making.sites)
    if making.links:
        changes["links"] = yield from _with_made(inventory.links, making.links)
        paths = yield from making.make_paths()
        if making.paths:
            changes["paths"] = tuple(paths)
    if before.configured is inventory and making.made == (before.sites, before.links, before.paths):
        return before
    made = replace(inventory, **changes) if changes else inventory
    return Effective(inventory, made, *making.made)


class _Making:
    """What is being made, and what was made before."""

    def __init__(self, inventory: Inventory, before: Effective) -> None:
        self._inventory = inventory
        self._before = before
        self.sites: dict[SiteId, tuple[Site, Site]] = {}
        self.links: dict[LinkId, tuple[Link, Link]] = {}
        self.paths: dict[PathKey, tuple[PathSpec, PathSpec]] = {}

    @property
    def made(self) -> tuple[_Made[SiteId, Site], _Made[LinkId, Link], _Made[PathKey, PathSpec]]:
        """Everything that was made."""
        return self.sites, self.links, self.paths

    def make_site(self, site: Site, ruling: Ruling) -> None:
        """Note what a ruling changes of a site and its links."""
        links = [self._inventory.links[link] for link in site.links]
        carried_by = _carried_by(site, links, ruling.carried_by)
        _make(site.id, site, self._before.sites, self.sites, carried_by=carried_by)
        for link in links:
            profile = self._inventory.profiles.get(ruling.profile or "", link.profile)
            _make(
                link.id,
                link,
                self._before.links,
                self.links,
                interval=min(link.interval, ruling.interval or link.interval),
                profile=profile if _carries(link, carried_by) else link.profile,
            )

    def make_paths(self) -> Steps[list[PathSpec]]:
        """All paths: as often as their links; references as often as the quickest link of their egress."""
        references: dict[EgressId, float] = {}
        for portion in portions(self.links.values()):
            for egress, interval in quickest(link for _, link in portion).items():
                references[egress] = min(interval, references.get(egress, interval))
            yield
        paths: list[PathSpec] = []
        for specs in portions(self._inventory.paths, MADE):
            for spec in specs:
                wanted = references.get(spec.egress) if spec.link is None else self._interval(spec.link)
                interval_ns = spec.interval_ns if wanted is None else round(wanted * _SECOND_NS)
                interval_ns = min(spec.interval_ns, interval_ns)
                paths.append(_make(spec.key, spec, self._before.paths, self.paths, interval_ns=interval_ns))
            yield
        return paths

    def _interval(self, name: LinkId) -> float | None:
        """Seconds between probes of a link that was made; None where the configured ones stay."""
        made = self.links.get(name)
        return made[1].interval if made else None


def _wants_something(ruling: Ruling) -> bool:
    return bool(ruling.interval or ruling.profile or ruling.carried_by)


def _carried_by(site: Site, links: list[Link], wanted: CarriedBy | None) -> CarriedBy:
    if wanted is None or not site.carried_by_default or not any(_carries(link, wanted) for link in links):
        return site.carried_by
    return wanted


def _carries(link: Link, carried_by: CarriedBy) -> bool:
    return carried_by is CarriedBy.ANY or carried_by.value == link.network.value


def _make(
    key: _Key,
    base: _Thing,
    before: _Made[_Key, _Thing],
    made: dict[_Key, tuple[_Thing, _Thing]],
    **wanted: Any,
) -> _Thing:
    """`base` with what is wanted of it, noted under `key` unless `base` says so itself."""
    if _says(base, wanted):
        return base
    former, latter = before.get(key, (None, None))
    if latter is None or former is not base or not _says(latter, wanted):
        latter = replace(base, **wanted)
    made[key] = base, latter
    return latter


def _says(thing: object, wanted: Mapping[str, object]) -> bool:
    return all(getattr(thing, name) == value for name, value in wanted.items())


def _with_made(things: Mapping[_Key, _Thing], made: _Made[_Key, _Thing]) -> Steps[Mapping[_Key, _Thing]]:
    """All things in their order, those that were made in place of the configured ones."""
    result = dict(things)
    yield
    for portion in portions(made.items()):
        result.update({key: latter for key, (_, latter) in portion})
        yield
    return result
