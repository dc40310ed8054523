"""What is judged of every link, as columns that readers see."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.columns import kept
from bridgewatch.core.shortfalls.findings import Judged
from bridgewatch.model.bandwidth import Direction, UseState
from bridgewatch.model.ids import LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.snapshot import JudgedColumns


class Sheet:
    """One row per link of an inventory. What it takes over of a former one stays until it is judged anew."""

    def __init__(self, inventory: Inventory, former: "Sheet | None" = None) -> None:
        self._rows: dict[LinkId, int] = {link: row for row, link in enumerate(inventory.links)}
        count = len(self._rows)
        self._now = JudgedColumns(
            inventory,
            use=np.zeros(count, np.uint8),  # 0 is unknown, of all states
            capacity=np.zeros(count, np.uint8),
            need=np.zeros(count, np.uint8),
            promised_down=np.full(count, np.nan),
            promised_up=np.full(count, np.nan),
            needed=np.full(count, np.nan),
            needed_for=np.full(count, None),
            measured_down=np.full(count, np.nan),
            measured_up=np.full(count, np.nan),
            most_down=np.full(count, np.nan),
            most_up=np.full(count, np.nan),
            tested_ns=np.zeros(count, np.int64),
        )
        if former is not None:
            self._take_over(former)

    def _take_over(self, former: "Sheet") -> None:
        source, target = kept(former._rows, self._rows)  # noqa: SLF001 - of the same class
        for column, old in zip(_columns(self._now), _columns(former.columns()), strict=True):
            column[target] = old[source]

    def note(self, link: LinkId, judged: Judged) -> None:
        """Take in what a link was judged to be."""
        row, now = self._rows[link], self._now
        down, up = (judged.known.get(direction) for direction in (Direction.DOWN, Direction.UP))
        now.use[row], now.capacity[row], now.need[row] = judged.use, judged.capacity, judged.need
        now.promised_down[row], now.promised_up[row] = judged.promised
        now.needed[row] = np.nan if judged.needed is None else judged.needed
        now.needed_for[row] = judged.needed_for or None
        now.measured_down[row] = down.least if down is not None else np.nan
        now.measured_up[row] = up.least if up is not None else np.nan
        now.most_down[row] = down.most if down is not None else np.nan
        now.most_up[row] = up.most if up is not None else np.nan
        now.tested_ns[row] = max((one.at_ns for one in (down, up) if one is not None), default=0)

    def forget_use(self, links: Iterable[LinkId]) -> None:
        """Nothing was read of these for too long."""
        for link in links:
            self._now.use[self._rows[link]] = UseState.UNKNOWN

    def columns(self) -> JudgedColumns:
        """As it is now; it does not change any more."""
        now = self._now
        columns = [column.copy() for column in _columns(now)]
        return JudgedColumns(now.inventory, *columns)


def _columns(of: JudgedColumns) -> list[NDArray[Any]]:
    return [getattr(of, field.name) for field in fields(of) if field.name != "inventory"]
