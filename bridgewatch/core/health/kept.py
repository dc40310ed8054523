"""What two layouts have in common: where everything that both know stood, and stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from bridgewatch.core.health.layout import Layout
from bridgewatch.core.steps import Steps, portions
from bridgewatch.model.observations import Flag, Int32

_Name = TypeVar("_Name")


@dataclass(frozen=True, slots=True)
class Moves:
    """Places of the things that stay, `source` in the former order and `target` in the new one, both [n]."""

    source: Int32
    target: Int32


@dataclass(frozen=True, slots=True)
class Kept:
    """What a reload leaves."""

    paths: Moves
    links: Moves
    sites: Moves
    egresses: Moves


def compare(old: Layout, new: Layout) -> Steps[Kept]:
    """Find what stays. A pause forgets its paths: nobody probed them."""
    links = yield from _moves(old.place_of_link, new.place_of_link)
    sites = yield from _moves(old.place_of_site, new.place_of_site)
    egresses = yield from _moves(old.place_of_egress, new.place_of_egress)
    paths = yield from _moves(old.row_of_path, new.row_of_path)
    probed = ~(_paused(old)[paths.source] | _paused(new)[paths.target])
    return Kept(Moves(paths.source[probed], paths.target[probed]), links, sites, egresses)


def _moves(old: Mapping[_Name, int], new: Mapping[_Name, int]) -> Steps[Moves]:
    source: list[int] = []
    target: list[int] = []
    for portion in portions(new.items()):
        both = [(old[name], place) for name, place in portion if name in old]
        source += [before for before, _ in both]
        target += [after for _, after in both]
        yield
    return Moves(np.array(source, np.int32), np.array(target, np.int32))


def _paused(layout: Layout) -> Flag:
    """The paths of paused links, [R+1]."""
    flags: Flag = layout.paused[layout.link_of_path] & (layout.link_of_path < len(layout.links))
    return flags
