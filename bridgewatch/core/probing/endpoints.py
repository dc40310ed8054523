"""Which paths a packet from some address may belong to.

An endpoint is a path at an address: a path whose name resolves anew gets another one, and keeps the old one
while replies from there may still come. Looked up by a hash of the address, verified by the address.
"""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.columns import grown, places
from bridgewatch.model.observations import Flag, Int8, Int32, Int64, Word
from bridgewatch.model.ports import Uint16

_MIX_HIGH: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_LOW: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_MIX_PORT: Final = np.uint64(0x165667B19E3779F9)


class Endpoints:
    """Columns by endpoint number, and the sorted keys that lead to them."""

    def __init__(self, capacity: int = 1024) -> None:
        self._path: Int32 = np.full(capacity, -1, np.int32)
        self._kind: Int8 = np.zeros(capacity, np.uint8)
        self._address: Word = np.zeros((capacity, 2), np.uint64)
        self._port: Uint16 = np.zeros(capacity, np.uint16)
        self._interface: Int32 = np.zeros(capacity, np.int32)
        self._free: list[int] = []
        self._rows = 0
        self._retired: deque[tuple[int, int]] = deque()  # (when it may go, endpoint), oldest first
        self._keys: Word = np.zeros(0, np.uint64)
        self._numbers: Int32 = np.zeros(0, np.int32)
        self._deepest = 0  # the most endpoints that share a key
        self._stale = False

    def add(self, path: int, kind: int, address: tuple[int, int], port: int, interface: int) -> int:
        """A new endpoint of `path`; its number."""
        number = self._free.pop() if self._free else self._rows
        if number == self._rows:
            self._rows += 1
            for column in ("_path", "_kind", "_address", "_port", "_interface"):
                setattr(self, column, grown(getattr(self, column), self._rows))
        self._path[number], self._kind[number] = path, kind
        self._address[number] = address
        self._port[number], self._interface[number] = port, interface
        self._stale = True
        return number

    def retire(self, number: int, until_ns: int) -> None:
        """Believe replies from that endpoint until then, and no longer."""
        self._retired.append((until_ns, number))

    def sweep(self, now: int) -> None:
        """Forget the endpoints whose time is over."""
        while self._retired and self._retired[0][0] <= now:
            _, number = self._retired.popleft()
            self._path[number] = -1
            self._free.append(number)
            self._stale = True

    def path(self, numbers: Int32) -> Int32:
        """The path of each endpoint."""
        return self._path[numbers]

    def interface(self, numbers: Int32) -> Int32:
        """The interface each endpoint's replies must come in on, 0 for any."""
        return self._interface[numbers]

    def candidates(self, kind: Int8, address: Word, port: Uint16) -> list[tuple[Int64, Int32]]:
        """Pairs of (rows of the query, endpoint of each): all endpoints at those addresses.

        The first pair holds a first candidate of each row that has one, the second pair the rows with a
        second candidate, and so on: more than one pair only where paths share an address.
        """
        if self._stale:
            self._index()
        if not len(self._keys) or not len(kind):
            return []
        keys = _key(kind, address, port)
        first = np.searchsorted(self._keys, keys)
        found = []
        for depth in range(self._deepest):
            slot = np.minimum(first + depth, len(self._keys) - 1)
            number = self._numbers[slot]
            rows = places(self._matches(number, kind, address, port))
            if len(rows):
                found.append((rows, number[rows]))
        return found

    def _matches(self, number: Int32, kind: Int8, address: Word, port: Uint16) -> Flag:
        same: Flag = (self._kind[number] == kind) & (self._port[number] == port)
        same &= (self._address[number] == address).all(axis=1)
        return same

    def _index(self) -> None:
        numbers = places(self._path[: self._rows] >= 0).astype(np.int32)
        keys = _key(self._kind[numbers], self._address[numbers], self._port[numbers])
        order = np.argsort(keys, kind="stable")
        self._keys, self._numbers = keys[order], numbers[order]
        self._deepest = int(np.unique(keys, return_counts=True)[1].max(initial=0))
        self._stale = False


def _key(kind: Int8, address: Word, port: Uint16) -> Word:
    key: NDArray[np.uint64] = (address[:, 0] * _MIX_HIGH) ^ (address[:, 1] * _MIX_LOW)
    key ^= (port.astype(np.uint64) * np.uint64(4) + kind) * _MIX_PORT
    return key
