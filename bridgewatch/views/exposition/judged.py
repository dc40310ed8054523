"""Families of what the bandwidth of links is judged to be: by traffic, by tests, and for events to come."""

from collections.abc import Callable
from typing import Final

import numpy as np

from bridgewatch.model.bandwidth import CapacityState, NeedState, UseState
from bridgewatch.model.observations import Int8, Int64, Real
from bridgewatch.model.snapshot import JudgedColumns, Snapshot
from bridgewatch.views.exposition.family import Family, Whole, count_line, meanings, reader, real_line
from bridgewatch.views.exposition.labels import ABSENT, COUNTED, LINK, Layout

_NS: Final = 1e9

_reals: Final = reader(lambda snapshot: snapshot.judged, LINK, np.nan)
_wholes: Final = reader(lambda snapshot: snapshot.judged, LINK, ABSENT)
_counted: Final = reader(lambda snapshot: snapshot.judged, COUNTED, ABSENT)


def _where(known: Real, states: Int8) -> Int64:
    """States of the links of which something is known, absent elsewhere."""
    return np.where(np.isnan(known), ABSENT, states.astype(np.int64))


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
        (count_line(_counted(lambda j: _where(j.promised_down, j.use))),),
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
        (count_line(_wholes(lambda j: _where(j.promised_down, j.capacity))),),
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
        (count_line(_wholes(lambda j: _where(j.needed, j.need))),),
    ),
)
