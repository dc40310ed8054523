"""What goes over each link by now, as the columns that readers see."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.steps import Steps, portions
from bridgewatch.model.bandwidth import AgentState, Contract, CounterGap, Direction, Use
from bridgewatch.model.ids import LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.observations import Int64, Real
from bridgewatch.model.snapshot import BandwidthColumns

GOOD_INTERVALS: Final = 2.5
"""A reading that is older than so many intervals is none any more."""

_ABSENT: Final = -1
_NS: Final = 1e9
_DOWN, _UP, _ERRORS, _DISCARDS = range(4)
_RATES: Final = 4
_KEEPS_RATES: Final = frozenset({CounterGap.REPEATED, CounterGap.OUT_OF_ORDER})


class Board:
    """One row per link of an inventory, which `rows` finds; how their agents answer is in `agents`."""

    def __init__(self, inventory: Inventory, interval: float) -> None:
        count = len(inventory.links)
        self.inventory = inventory
        self._good_ns = GOOD_INTERVALS * interval * _NS
        self.rows: dict[LinkId, int] = {}
        self._rates: Real = np.full((count, _RATES), np.nan)
        self._rated_ns: Int64 = np.zeros(count, np.int64)
        self._read_ns: Int64 = np.zeros(count, np.int64)
        self._oper: Int64 = np.full(count, _ABSENT, np.int64)
        self._gap: Int64 = np.full(count, _ABSENT, np.int64)
        self.agents: Int64 = np.full(count, _ABSENT, np.int64)
        self._agents_ns: Int64 = np.zeros(count, np.int64)
        self._contract: Real = np.full((count, 2), np.nan)
        self._raised: list[tuple[int, Contract]] = []

    def take(self, uses: Iterable[Use]) -> None:
        """Note what was read."""
        for use in uses:
            row = self.rows.get(use.link)
            if row is None or use.gap is CounterGap.OUT_OF_ORDER:
                continue
            self._read_ns[row] = use.at_ns
            self._gap[row] = use.gap
            self._oper[row] = _ABSENT if use.oper_up is None else use.oper_up
            if use.gap not in _KEEPS_RATES:
                self._rates[row] = [_real(rate) for rate in (use.down, use.up, use.errors, use.discards)]
                self._rated_ns[row] = use.at_ns

    def note_agent(self, links: Iterable[LinkId], state: AgentState, since_ns: int) -> None:
        """Note how the agent of some links answers, and since when."""
        for link in links:
            row = self.rows.get(link)
            if row is not None:
                self.agents[row], self._agents_ns[row] = state, since_ns

    def columns(self, now_ns: int, wall_ns: int) -> BandwidthColumns:
        """What readers see at an instant."""
        age = now_ns - self._read_ns
        fresh = (self._read_ns > 0) & (age <= self._good_ns)
        rates = np.where((now_ns - self._rated_ns <= self._good_ns)[:, None], self._rates, np.nan)
        contract = self._contract.copy()
        for row, sold in self._raised:
            contract[row] = [sold.rate(Direction.DOWN, wall_ns), sold.rate(Direction.UP, wall_ns)]
        return BandwidthColumns(
            down=rates[:, _DOWN],
            up=rates[:, _UP],
            contract_down=contract[:, 0],
            contract_up=contract[:, 1],
            errors=rates[:, _ERRORS],
            discards=rates[:, _DISCARDS],
            age=np.where(fresh, age / _NS, np.nan),
            oper_up=np.where(fresh, self._oper, _ABSENT),
            gap=np.where(fresh, self._gap, _ABSENT),
            agent=self.agents.copy(),
            agent_since_wall_ns=np.where(self._agents_ns > 0, wall_ns - (now_ns - self._agents_ns), 0),
        )

    def lay(self, former: "Board | None") -> Steps[None]:
        """Give every link its row, and those that stay what was read of them."""
        for links in portions(self.inventory.links.values()):
            rows = []
            for link in links:
                row = self.rows[link.id] = len(self.rows)
                if link.contract is not None:
                    self._contract[row] = [link.contract.down, link.contract.up]
                    if link.contract.raises:
                        self._raised.append((row, link.contract))
                if link.snmp is not None:
                    self.agents[row] = AgentState.UNKNOWN
                    if former is not None and (place := former.rows.get(link.id)) is not None:
                        rows.append((place, row))
            if former is not None and rows:
                self._inherit(former, np.array(rows, np.intp))
            yield

    def _inherit(self, former: "Board", rows: NDArray[np.intp]) -> None:
        source, target = rows.T
        for name in ("_rates", "_rated_ns", "_read_ns", "_oper", "_gap", "_agents_ns"):
            getattr(self, name)[target] = getattr(former, name)[source]
        known = former.agents[source] != _ABSENT
        self.agents[target[known]] = former.agents[source[known]]


def _real(rate: float | None) -> float:
    return np.nan if rate is None else rate
