"""Families of what the bandwidth of links is judged to be: by traffic, by tests, and for events to come."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.bandwidth import CapacityState, NeedState, UseState
from bridgewatch.model.observations import Int64, Real
from bridgewatch.model.snapshot import JudgedColumns, Snapshot
from bridgewatch.views.exposition.family import Family, Reals, Whole, count_line, meanings, real_line
from bridgewatch.views.exposition.labels import ABSENT, COUNTED, LINK, Layout

_NS: Final = 1e9


def _wholes(column: Callable[[JudgedColumns], NDArray[Any]], where: Callable[[JudgedColumns], Any]) -> Whole:
    """A column where something is true of the link, absent elsewhere."""

    def chosen(snapshot: Snapshot, _: Layout) -> Int64:
        judged = snapshot.judged
        if judged is None:
            return np.full(len(snapshot.inventory.links), ABSENT, dtype=np.int64)
        return np.where(where(judged), column(judged).astype(np.int64), ABSENT)

    return chosen


def _counted(column: Callable[[JudgedColumns], NDArray[Any]]) -> Whole:
    """A column of the links whose counters are read."""
    whole = _wholes(column, _is_sold)
    return lambda snapshot, layout: whole(snapshot, layout)[layout.counted]


def _reals(column: Callable[[JudgedColumns], Real]) -> Reals:
    def chosen(snapshot: Snapshot, _: Layout) -> Real:
        judged = snapshot.judged
        return np.full(len(snapshot.inventory.links), np.nan) if judged is None else column(judged)

    return chosen


def _is_sold(judged: JudgedColumns) -> Any:
    return ~np.isnan(judged.promised_down)


def _is_needed(judged: JudgedColumns) -> Any:
    return ~np.isnan(judged.needed)


def _tested(judged: JudgedColumns) -> Real:
    return np.where(judged.tested_ns > 0, judged.tested_ns / _NS, np.nan)


def _contract(column: Callable[[JudgedColumns], Real], otherwise: Callable[[Layout], Int64]) -> Whole:
    """What is promised now; where nobody judges, what the contract says without raises."""

    def chosen(snapshot: Snapshot, layout: Layout) -> Int64:
        judged, sold = snapshot.judged, otherwise(layout)
        if judged is None:
            return sold
        promised = column(judged)
        return np.where(np.isnan(promised), sold, promised).astype(np.int64)

    return chosen


JUDGED: Final = (
    Family(
        "bridgewatch_contract_bits_per_second",
        "gauge",
        LINK,
        "Bandwidth the carrier sold, by direction, raises in force included.",
        (
            count_line(
                _contract(lambda j: j.promised_down, lambda layout: layout.contract_down), direction="down"
            ),
            count_line(_contract(lambda j: j.promised_up, lambda layout: layout.contract_up), direction="up"),
        ),
        unit="bits_per_second",
    ),
    Family(
        "bridgewatch_use_state",
        "gauge",
        COUNTED,
        "How full the link is against its contract, by three of five readings in one direction: "
        f"{meanings(UseState)}.",
        (count_line(_counted(lambda j: j.use)),),
    ),
    Family(
        "bridgewatch_throughput_bits_per_second",
        "gauge",
        LINK,
        "What the last tests of the link found, the median of three within 30 days, as IP packets.",
        (
            real_line(_reals(lambda j: j.measured_down), direction="down"),
            real_line(_reals(lambda j: j.measured_up), direction="up"),
        ),
        unit="bits_per_second",
    ),
    Family(
        "bridgewatch_throughput_timestamp_seconds",
        "gauge",
        LINK,
        "When the newest of these tests ended.",
        (real_line(_reals(_tested)),),
        unit="seconds",
    ),
    Family(
        "bridgewatch_capacity_state",
        "gauge",
        LINK,
        f"What tests found against the contract in force: {meanings(CapacityState)}.",
        (count_line(_wholes(lambda j: j.capacity, _is_sold)),),
    ),
    Family(
        "bridgewatch_need_bits_per_second",
        "gauge",
        LINK,
        "What events to come need of the link, the most of all, the same in both directions.",
        (
            real_line(_reals(lambda j: j.needed), direction="down"),
            real_line(_reals(lambda j: j.needed), direction="up"),
        ),
        unit="bits_per_second",
    ),
    Family(
        "bridgewatch_need_state",
        "gauge",
        LINK,
        f"Whether the link has what events to come need: {meanings(NeedState)}.",
        (count_line(_wholes(lambda j: j.need, _is_needed)),),
    ),
)
