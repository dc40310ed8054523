"""Links whose bandwidth falls short, or nearly does, in the report."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.model.bandwidth import CapacityState, Direction, NeedState, UseState
from bridgewatch.model.observations import Int64, Real
from bridgewatch.model.snapshot import BandwidthColumns, JudgedColumns, Snapshot
from bridgewatch.views.fields import ShortfallField
from bridgewatch.views.shortfalls import SHORTFALLS, Shortfall, needed_by, rows_of
from bridgewatch.views.status.tables import Tables

MOST_NAMED: Final = 3  # of the links that fall short in one way; all are counted
_TOLD: Final[tuple[Shortfall, ...]] = (*SHORTFALLS, UseState.BUSY)
_DIRECTIONS: Final = (Direction.DOWN, Direction.UP)


@dataclass(frozen=True, slots=True)
class ShortLink:
    """A link that falls short, in the direction that is worse.

    `rate` is what there is and `limit` what it is held against, as in `BandwidthTold`, both bit/s; None where
    it is not known now. `events` are the names of those that need it, if it is a need.
    """

    link: str
    site_name: str
    direction: Direction
    rate: float | None
    limit: float | None
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShortfallLine:
    """Links that fall short in one way: how many, and the worst of them first."""

    state: ShortfallField
    links: int
    worst: tuple[ShortLink, ...]


def shortfall_lines(snapshot: Snapshot, tables: Tables) -> tuple[ShortfallLine, ...]:
    """All ways in which any link falls short, the worst first; those that are busy last."""
    judged = snapshot.judged
    if judged is None:
        return ()
    lines = (_line(snapshot.bandwidth, judged, state, tables) for state in _TOLD)
    return tuple(line for line in lines if line.links)


def _line(
    read: BandwidthColumns | None, judged: JudgedColumns, state: Shortfall, tables: Tables
) -> ShortfallLine:
    rows = rows_of(judged, state)
    there, limit = _figures(read, judged, state, rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = there / limit
    badness = share if isinstance(state, UseState) else -share
    badness[~np.isfinite(badness)] = -np.inf
    worse = badness.argmax(axis=1)
    order = np.argsort(-badness.max(axis=1), kind="stable")[:MOST_NAMED]
    return ShortfallLine(
        state,
        len(rows),
        tuple(
            ShortLink(
                tables.links[row].id,
                tables.inventory.sites[tables.links[row].site].name,
                _DIRECTIONS[at],
                _known(there[place, at]),
                _known(limit[place, at]),
                needed_by(judged, row) if isinstance(state, NeedState) else (),
            )
            for place, row, at in zip(
                order.tolist(), rows[order].tolist(), worse[order].tolist(), strict=True
            )
        ),
    )


def _figures(
    read: BandwidthColumns | None, judged: JudgedColumns, state: Shortfall, rows: Int64
) -> tuple[Real, Real]:
    """What there is, and what it is held against: a row per link, down and up."""

    def both(down: Real, up: Real) -> Real:
        return np.column_stack([down[rows], up[rows]])

    promised = both(judged.promised_down, judged.promised_up)
    if isinstance(state, UseState):
        return (both(read.down, read.up) if read is not None else np.full_like(promised, np.nan)), promised
    if isinstance(state, CapacityState):
        return both(judged.measured_down, judged.measured_up), promised
    needed = both(judged.needed, judged.needed)
    if state is NeedState.DELIVERY_SMALL:
        return both(judged.most_down, judged.most_up), needed
    # A raise of today says nothing about the day of the event, which is what was judged.
    return np.where(promised < needed, promised, np.nan), needed


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
