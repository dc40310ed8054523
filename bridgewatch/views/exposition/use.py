"""Families of what goes over links, by the counters of their routers. Rows are the links that have any."""

from typing import Final

import numpy as np

from bridgewatch.model.bandwidth import AgentState, CounterGap
from bridgewatch.model.observations import Real
from bridgewatch.views.exposition.family import Family, count_line, meanings, reader, real_line
from bridgewatch.views.exposition.labels import ABSENT, COUNTED

_reals: Final = reader(lambda snapshot: snapshot.bandwidth, COUNTED, np.nan)
_wholes: Final = reader(lambda snapshot: snapshot.bandwidth, COUNTED, ABSENT)


def _share(rate: Real, contract: Real) -> Real:
    """Of the contract; absent where nothing was sold."""
    return rate / np.where(contract > 0, contract, np.nan)


USE: Final = (
    Family(
        "bridgewatch_bandwidth_bits_per_second",
        "gauge",
        COUNTED,
        "What goes over the link by its router's counters, seen from the site, over the last interval.",
        (
            real_line(_reals(lambda b: b.down), direction="down"),
            real_line(_reals(lambda b: b.up), direction="up"),
        ),
        unit="bits_per_second",
    ),
    Family(
        "bridgewatch_utilization_ratio",
        "gauge",
        COUNTED,
        "The same as a share of the contract in force, raises included.",
        (
            real_line(_reals(lambda b: _share(b.down, b.contract_down)), direction="down"),
            real_line(_reals(lambda b: _share(b.up, b.contract_up)), direction="up"),
        ),
        unit="ratio",
    ),
    Family(
        "bridgewatch_interface_up",
        "gauge",
        COUNTED,
        "1 while the router says that the link's interface is up, 0 while it says that it is not.",
        (count_line(_wholes(lambda b: b.oper_up)),),
    ),
    Family(
        "bridgewatch_interface_errors_per_second",
        "gauge",
        COUNTED,
        "Packets per second that the interface spoiled or found spoiled, both directions.",
        (real_line(_reals(lambda b: b.errors)),),
        unit="errors_per_second",
    ),
    Family(
        "bridgewatch_interface_discards_per_second",
        "gauge",
        COUNTED,
        "Packets per second that the interface dropped, both directions.",
        (real_line(_reals(lambda b: b.discards)),),
        unit="discards_per_second",
    ),
    Family(
        "bridgewatch_counter_gap",
        "gauge",
        COUNTED,
        f"Why the last reading tells no rate: {meanings(CounterGap)}.",
        (count_line(_wholes(lambda b: b.gap)),),
    ),
    Family(
        "bridgewatch_snmp_agent_state",
        "gauge",
        COUNTED,
        f"How the agent of the link's router answers: {meanings(AgentState)}.",
        (count_line(_wholes(lambda b: b.agent)),),
    ),
)
