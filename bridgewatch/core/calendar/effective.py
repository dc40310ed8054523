"""The inventory as the phases want it: how often links are probed, by what they are judged, what carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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


def effective(inventory: Inventory, rulings: Mapping[SiteId, Ruling]) -> Inventory:
    """`Effective.steps` at once."""
    return finish(Effective().steps(inventory, rulings))


@dataclass(frozen=True, slots=True)
class _Made:
    """What differs from the configured inventory: each thing as configured, and as it was made."""

    sites: dict[SiteId, tuple[Site, Site]] = field(default_factory=dict)
    links: dict[LinkId, tuple[Link, Link]] = field(default_factory=dict)
    paths: dict[PathKey, tuple[PathSpec, PathSpec]] = field(default_factory=dict)


class Effective:
    """Makes inventories as their phases want them.

    Things that nothing is wanted of stay the objects they are, and what was made for the last inventory is
    given again where it says the same: whoever compares the two finds only what changed.
    """

    def __init__(self) -> None:
        self._made = _Made()

    def steps(self, inventory: Inventory, rulings: Mapping[SiteId, Ruling]) -> Steps[Inventory]:
        """Make one from the configured inventory; that very object if nothing is to be changed.

        * Links of a ruled site, and their paths, are probed at the ruling's interval, never more rarely than
          configured; the references of an egress as often as its quickest link.
        * Links that carry the meeting are judged by the ruling's profile; a spare keeps its own.
        * The ruling says what carries the meeting of a site that does not say it itself and has such a link.
        """
        before, made = self._made, _Made()
        for portion in portions(rulings.items(), MADE):
            for name, ruling in portion:
                site = inventory.sites.get(name)
                if site is not None and _wants_something(ruling):
                    _make_site(inventory, site, ruling, before, made)
            yield
        changes: dict[str, Any] = {}
        if made.sites:
            changes["sites"] = yield from _with_made(inventory.sites, made.sites)
        if made.links:
            changes["links"] = yield from _with_made(inventory.links, made.links)
            paths = yield from _make_paths(inventory, before, made)
            if made.paths:
                changes["paths"] = tuple(paths)
        self._made = made
        return replace(inventory, **changes) if changes else inventory


def _wants_something(ruling: Ruling) -> bool:
    return bool(ruling.interval or ruling.profile or ruling.carried_by)


def _make_site(inventory: Inventory, site: Site, ruling: Ruling, before: _Made, made: _Made) -> None:
    links = [inventory.links[link] for link in site.links]
    carried_by = _carried_by(site, links, ruling.carried_by)
    _make(site.id, site, before.sites, made.sites, carried_by=carried_by)
    for link in links:
        profile = inventory.profiles.get(ruling.profile or "", link.profile)
        _make(
            link.id,
            link,
            before.links,
            made.links,
            interval=min(link.interval, ruling.interval or link.interval),
            profile=profile if _carries(link, carried_by) else link.profile,
        )


def _carried_by(site: Site, links: list[Link], wanted: CarriedBy | None) -> CarriedBy:
    if wanted is None or not site.carried_by_default or not any(_carries(link, wanted) for link in links):
        return site.carried_by
    return wanted


def _carries(link: Link, carried_by: CarriedBy) -> bool:
    return carried_by is CarriedBy.ANY or carried_by.value == link.network.value


def _make_paths(inventory: Inventory, before: _Made, made: _Made) -> Steps[list[PathSpec]]:
    """All paths: as often as their links, and references as often as the quickest link of their egress."""
    references: dict[EgressId, float] = {}
    for portion in portions(made.links.values()):
        for egress, interval in quickest(link for _, link in portion).items():
            references[egress] = min(interval, references.get(egress, interval))
        yield
    paths: list[PathSpec] = []
    for specs in portions(inventory.paths, MADE):
        for spec in specs:
            wanted = _interval(spec, made, references)
            interval_ns = spec.interval_ns if wanted is None else round(wanted * _SECOND_NS)
            interval_ns = min(spec.interval_ns, interval_ns)
            paths.append(_make(spec.key, spec, before.paths, made.paths, interval_ns=interval_ns))
        yield
    return paths


def _interval(spec: PathSpec, made: _Made, references: Mapping[EgressId, float]) -> float | None:
    """Seconds between the probes of a path; None where the configured ones stay."""
    if spec.link is None:
        return references.get(spec.egress)
    _, link = made.links.get(spec.link, (None, None))
    return link.interval if link is not None else None


def _make(
    key: _Key,
    base: _Thing,
    before: Mapping[_Key, tuple[_Thing, _Thing]],
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


def _with_made(
    things: Mapping[_Key, _Thing], made: Mapping[_Key, tuple[_Thing, _Thing]]
) -> Steps[Mapping[_Key, _Thing]]:
    """All things in their order, those that were made in place of the configured ones."""
    result = dict(things)
    yield
    for portion in portions(made.items()):
        result.update({key: latter for key, (_, latter) in portion})
        yield
    return result
