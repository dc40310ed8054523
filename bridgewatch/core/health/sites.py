"""A site's state by what carries its meeting.

Only links that can be seen have a say: not the blind, the unknown and the paused. A suspect counts as what it
was before the suspicion, so that a second of doubt changes no site. A flapping link is not down, but nobody
calls it good. A link whose target refuses is unknown, and alive: no site is dark that it could carry.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from bridgewatch.core.health.columns import all_of, any_of, first_of
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int32, Int64
from bridgewatch.model.words import LinkState, SiteState

_UNSEEN: Final = np.isin(np.arange(len(LinkState)), (LinkState.UNKNOWN, LinkState.BLIND, LinkState.PAUSED))


@dataclass(slots=True)
class SiteColumns:
    """One row per site in inventory order [S+1]; the last is nobody's."""

    state: Int8
    since_ns: Int64

    @classmethod
    def fresh(cls, sites: int) -> "SiteColumns":
        """Columns of sites of which nothing is known."""
        unknown = np.full(sites + 1, SiteState.UNKNOWN, dtype=np.uint8)
        return cls(unknown, np.full(sites + 1, NO_TIME, dtype=np.int64))


class Seating(Protocol):
    """Which links a site has and which of them carry its meeting, as `Layout` says it."""

    @property
    def links_of_site(self) -> Int32:
        """Places of links [S+1, k]."""
        ...

    @property
    def carrying(self) -> Flag:
        """Which of those carry the meeting [S+1, k]."""
        ...


def site_states(site: Int32, link_state: Int8, refuses: Flag, layout: Seating) -> Int8:
    """The state of each of `site` [n] from its links' states [L+1] (SUSPECT already replaced).

    `refuses` [L+1]: the links that are unknown because their targets refuse.

    * unknown: no carrying link can be seen, or those that can are down and a carrying one refuses
    * dark: every carrying link that can be seen is down
    * impaired: the best carrying link is degraded or flapping
    * reduced: a carrying link is good, but another of the site's links is down
    """
    links = layout.links_of_site[site]
    state = link_state[links]
    carrying = layout.carrying[site] & ~_UNSEEN[state]
    down = state == LinkState.DOWN
    dark = all_of(down | ~carrying)
    alive = any_of(layout.carrying[site] & refuses[links])
    return first_of(
        (~any_of(carrying) | (dark & alive), SiteState.UNKNOWN),
        (dark, SiteState.DARK),
        (~any_of(carrying & (state == LinkState.UP)), SiteState.IMPAIRED),
        (any_of(down), SiteState.REDUCED),
        otherwise=SiteState.OK,
    )
