"""What watching another inventory means for the pipeline, found out beforehand as pure values.

Everything here depends on the two inventories and the rows of their paths only, never on what was measured:
between the plan and its adoption ticks go on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import numpy as np

from bridgewatch.core.health.health import HealthPlan
from bridgewatch.core.probing.paths import PathChanges, PathPlan
from bridgewatch.core.steps import Steps, portions
from bridgewatch.model.ids import LinkId
from bridgewatch.model.inventory import Inventory, PathSpec, Profile
from bridgewatch.model.observations import Flag, Int32, Int64

Group = tuple[str, str, str]  # carrier, network, province

_SHAPE: Final = attrgetter("kind", "family", "size", "stamp_key")
# References stand inside the building; what is good for a conference link is good for them.
_REFERENCE_PROFILE: Final = Profile("reference")


@dataclass(frozen=True, slots=True)
class Altered:
    """The paths that stay but are probed in another way, [n] each."""

    rows: Int32
    interval_ns: Int64
    stateful: Flag
    recounted: Flag  # `stateful` differs from before: loss by direction starts over
    reshaped: tuple[tuple[int, PathSpec], ...]  # those whose packets look different


@dataclass(frozen=True, slots=True)
class Regrouped:
    """Groups of the carriers' RTT histograms, and the rows that enter one."""

    numbers: Mapping[Group, int]
    rows: Int32
    group: Int64


@dataclass(frozen=True, slots=True)
class Plan:
    """What `Watch.adopt` puts in force."""

    inventory: Inventory
    paths: PathPlan
    altered: Altered
    regrouped: Regrouped
    judged_anew: Mapping[Profile, Int32]  # rows of paths that stay, by the profile that is new for them
    health: HealthPlan


def rows_of(paths: tuple[tuple[int, PathSpec], ...]) -> Int32:
    """The rows out of pairs of row and path."""
    return np.array([row for row, _ in paths], np.int32)


def by_profile(paths: Iterable[tuple[int, PathSpec]], inventory: Inventory) -> dict[Profile, Int32]:
    """Rows by the profile that their paths are judged by."""
    chosen: dict[Profile, list[int]] = {}
    for row, spec in paths:
        profile = inventory.links[spec.link].profile if spec.link else _REFERENCE_PROFILE
        chosen.setdefault(profile, []).append(row)
    return {profile: np.array(rows, np.int32) for profile, rows in chosen.items()}


def alter(changes: PathChanges) -> Steps[Altered]:
    """What is to be done to the paths that stay."""
    told: list[tuple[int, int, bool, bool]] = []
    reshaped: list[tuple[int, PathSpec]] = []
    for portion in portions(changes.changed):
        told += [
            (row, spec.interval_ns, spec.stateful, spec.stateful != former.stateful)
            for row, former, spec in portion
        ]
        reshaped += [(row, spec) for row, former, spec in portion if _SHAPE(former) != _SHAPE(spec)]
        yield
    rows, interval_ns, stateful, recounted = np.array(told, np.int64).reshape(-1, 4).T.copy()
    return Altered(
        rows=rows.astype(np.int32),
        interval_ns=interval_ns,
        stateful=stateful.astype(np.bool_),
        recounted=recounted.astype(np.bool_),
        reshaped=tuple(reshaped),
    )


def touched_paths(old: Inventory, new: Inventory, paths: PathPlan) -> Steps[tuple[tuple[int, PathSpec], ...]]:
    """Rows and paths of the links that are not what they were, by themselves, their sites or their paths."""
    links = yield from _touched_links(old, new, paths.changes)
    touched: list[tuple[int, PathSpec]] = []
    for portion in portions(new.paths):
        touched += [(paths.rows[spec.key], spec) for spec in portion if spec.link in links]
        yield
    return tuple(touched)


def _touched_links(old: Inventory, new: Inventory, changes: PathChanges) -> Steps[set[LinkId | None]]:
    touched = {spec.link for _, spec in changes.added}
    touched.update(spec.link for _, _, spec in changes.changed)
    touched.discard(None)
    for portion in portions(new.links.values()):
        touched.update(
            link.id
            for link in portion
            if link is not old.links.get(link.id) or new.sites[link.site] is not old.sites.get(link.site)
        )
        yield
    return touched


def regroup(
    touched: Iterable[tuple[int, PathSpec]], new: Inventory, groups: Mapping[Group, int]
) -> Steps[Regrouped]:
    """Count the RTTs of each carrier, network and province together. Groups only ever come."""
    numbers = dict(groups)
    rows: list[int] = []
    group: list[int] = []
    for portion in portions(touched):
        for row, spec in portion:
            if spec.link is not None:
                link = new.links[spec.link]
                key = (link.carrier, link.network.value, new.sites[link.site].province)
                rows.append(row)
                group.append(numbers.setdefault(key, len(numbers)))
        yield
    return Regrouped(numbers, np.array(rows, np.int32), np.array(group, np.int64))


def judge_anew(
    touched: Iterable[tuple[int, PathSpec]], old: Inventory, new: Inventory, fresh: Iterable[int]
) -> Steps[Mapping[Profile, Int32]]:
    """Profiles may change without any path changing: find paths judged by another, but for `fresh` rows."""
    passed_over = set(fresh)
    moved: list[tuple[int, PathSpec]] = []
    for portion in portions(touched):
        moved += [
            (row, spec)
            for row, spec in portion
            if row not in passed_over and _profile_differs(spec, old, new)
        ]
        yield
    return by_profile(moved, new)


def _profile_differs(spec: PathSpec, old: Inventory, new: Inventory) -> bool:
    before = old.links.get(spec.link) if spec.link else None
    return before is not None and new.links[before.id].profile != before.profile
