"""A bounded set of keys that own rows of columns, forgotten when idle or when room is needed."""

from collections import OrderedDict
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.observations import Flag

Key = tuple[int, ...]
Rows = NDArray[np.intp]


class Claim(NamedTuple):
    """The row of each key, and whether the key is new there: its columns hold another's leavings."""

    row: Rows
    fresh: Flag


class Slots:
    """`capacity` rows, each owned by one key.

    A full table gives up its longest unseen key. Whoever floods it with keys can make others be forgotten,
    but can neither fill it nor have anybody refused.
    """

    def __init__(self, capacity: int, idle_ns: int) -> None:
        self.capacity: Final = capacity
        self._idle_ns = idle_ns
        self._rows: OrderedDict[Key, int] = OrderedDict()  # longest unseen first
        self._seen_ns = [0] * capacity
        self._free = list(range(capacity - 1, -1, -1))

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: Key) -> bool:
        return key in self._rows

    def claim(self, keys: list[Key], now_ns: int) -> Claim:
        """Find or give a row to each of `keys`, which are distinct.

        Raises ValueError for more keys than rows: one call never gives a row twice.
        """
        if len(keys) > self.capacity:
            raise ValueError(f"{len(keys)} keys at once, but only {self.capacity} rows")
        self._forget_idle(now_ns)
        row = np.empty(len(keys), np.intp)
        fresh = np.zeros(len(keys), np.bool_)
        for index, key in enumerate(keys):
            if key in self._rows:
                self._rows.move_to_end(key)
            else:
                fresh[index] = True
                self._rows[key] = self._free.pop() if self._free else self._rows.popitem(last=False)[1]
            row[index] = slot = self._rows[key]
            self._seen_ns[slot] = now_ns
        return Claim(row, fresh)

    def _forget_idle(self, now_ns: int) -> None:
        while self._rows:
            key, slot = next(iter(self._rows.items()))
            if now_ns - self._seen_ns[slot] < self._idle_ns:
                return
            del self._rows[key]
            self._free.append(slot)
