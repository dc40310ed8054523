"""Links, sites and carriers of the report, out of the columns of a snapshot."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeVar

import numpy as np

from bridgewatch.model.observations import Flag, Int8, Int64
from bridgewatch.model.snapshot import QUANTILES, Snapshot
from bridgewatch.model.words import LinkState, Reason, SiteState
from bridgewatch.views.calls import CallLine, call_line
from bridgewatch.views.fields import LinkStateField, ReasonField
from bridgewatch.views.status.tables import Tables

MOST_TROUBLES: Final = 200  # links listed one by one; all are counted
_P50: Final = QUANTILES.index(0.5)
_P95: Final = QUANTILES.index(0.95)

LINK_GRAVITY: Final = (
    LinkState.DOWN,
    LinkState.FLAPPING,
    LinkState.BLIND,
    LinkState.DEGRADED,
    LinkState.SUSPECT,
    LinkState.UNKNOWN,
    LinkState.PAUSED,
    LinkState.UP,
)
"""Link states, the worst first."""
SITE_GRAVITY: Final = (
    SiteState.DARK,
    SiteState.IMPAIRED,
    SiteState.REDUCED,
    SiteState.UNKNOWN,
    SiteState.OK,
)
"""Site states, the worst first."""

_Enum = TypeVar("_Enum", bound=IntEnum)


@dataclass(frozen=True, slots=True)
class Area:
    """A province, or all sites that belong to none (`id` '').

    `digits`: one per site in inventory order, the number of its SiteState: a country is 11 kB.
    """

    id: str
    name: str
    digits: str

    @property
    def sites(self) -> tuple[SiteState, ...]:
        """The states of its sites."""
        return tuple(SiteState(int(digit)) for digit in self.digits)

    @property
    def counts(self) -> Mapping[SiteState, int]:
        """How many sites are in each state that occurs, the worst first."""
        return {state: number for state in SITE_GRAVITY if (number := self.digits.count(str(state.value)))}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A link that is not up. Seconds and ratios; None where nothing was measured."""

    link: str
    site_name: str
    network: str
    carrier: str
    state: LinkStateField
    reason: ReasonField
    since_wall_ns: int
    loss: float | None
    rtt_p50: float | None
    rtt_p95: float | None
    jitter_rfc3550: float | None
    call: CallLine | None = None


@dataclass(frozen=True, slots=True)
class CarrierLine:
    """A carrier's links: how many, how many of them up, and the worst state among them."""

    id: str
    name: str
    links: int
    up: int
    worst: LinkStateField


def counted(gravity: Iterable[_Enum], states: Int8) -> dict[_Enum, int]:
    """How many are in each state that occurs, in the order of `gravity`."""
    counts = np.bincount(states, minlength=max(LinkState) + 1).tolist()
    return {state: counts[state] for state in gravity if counts[state]}


def troubles(snapshot: Snapshot, tables: Tables) -> tuple[tuple[Trouble, ...], int]:
    """The gravest links that are not up, and how many more there are."""
    rows = _gravest(snapshot)
    shown = tuple(_trouble(snapshot, tables, int(row)) for row in rows[:MOST_TROUBLES])
    return shown, len(rows) - len(shown)


def _gravest(snapshot: Snapshot) -> Int64:
    """Rows of the links that are not up: the worst state first, in it the newest."""
    rank = np.zeros(len(LinkState), np.int64)
    for place, state in enumerate(LINK_GRAVITY):
        rank[state] = place
    rows = np.flatnonzero(snapshot.links.state != LinkState.UP)
    order = np.lexsort((-snapshot.links.since_wall_ns[rows], rank[snapshot.links.state[rows]]))
    gravest: Int64 = rows[order]
    return gravest


def _trouble(snapshot: Snapshot, tables: Tables, row: int) -> Trouble:
    link, columns = tables.links[row], snapshot.links
    return Trouble(
        link=link.id,
        site_name=snapshot.inventory.sites[link.site].name,
        network=link.network,
        carrier=snapshot.inventory.carriers[link.carrier].name,
        state=LinkState(int(columns.state[row])),
        reason=Reason(int(columns.reason[row])),
        since_wall_ns=int(columns.since_wall_ns[row]),
        loss=_known(columns.loss_ratio[row]),
        rtt_p50=_known(columns.rtt[row, _P50]),
        rtt_p95=_known(columns.rtt[row, _P95]),
        jitter_rfc3550=_known(columns.jitter_rfc3550[row]),
        call=call_line(snapshot, link.id),
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def areas(snapshot: Snapshot, tables: Tables) -> tuple[Area, ...]:
    """All provinces with the states of their sites."""
    digits = snapshot.sites.state + np.uint8(ord("0"))
    return tuple(
        Area(province, name, digits[tables.province_of_site == number].tobytes().decode())
        for number, (province, name) in enumerate(tables.provinces)
    )


def carrier_lines(snapshot: Snapshot, tables: Tables) -> tuple[CarrierLine, ...]:
    """The carriers that have any links."""
    lines = []
    for number, carrier in enumerate(snapshot.inventory.carriers.values()):
        states = snapshot.links.state[tables.carrier_of_link == number]
        if len(states):
            lines.append(
                CarrierLine(carrier.id, carrier.name, len(states), _number_up(states), _worst(states))
            )
    return tuple(lines)


def _number_up(states: Int8) -> int:
    up: Flag = states == LinkState.UP
    return int(up.sum())


def _worst(states: Int8) -> LinkState:
    present = np.bincount(states, minlength=len(LinkState))
    return next(state for state in LINK_GRAVITY if present[state])
