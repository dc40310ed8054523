"""Packets on their way to us: kept until the clock has passed their arrival."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.observations import Int8, Int64, Word
from bridgewatch.model.ports import Uint16

# Where a packet comes from, as the receiving socket would tell.
ORIGIN: Final = np.dtype(
    [("kind", "u1"), ("family", "u1"), ("port", "u2"), ("interface", "i4"), ("address", "u8", 2)]
)
# Of an ICMP error that is the path it is about; beside it, who sent the error and what of.
ERROR_ORIGIN: Final = np.dtype([("about", ORIGIN), ("sender", "u8", 2), ("port_closed", "?")])
Origin = NDArray[np.void]


class Flight:
    """Packets by slot, with their arrival times; slots are reused, the store grows as needed."""

    def __init__(self, capacity: int = 1024, width: int = 64, origin: np.dtype[np.void] = ORIGIN) -> None:
        self._packet: Int8 = np.zeros((capacity, width), np.uint8)
        self._length: Uint16 = np.zeros(capacity, np.uint16)
        self._origin: Origin = np.zeros(capacity, origin)
        self._free: NDArray[np.intp] = np.arange(capacity)
        self._slot: NDArray[np.intp] = np.zeros(0, np.intp)  # [in flight], in the order they were added
        self._arrival_ns: Int64 = np.zeros(0, np.int64)
        self._earliest_ns: int | None = None

    def __len__(self) -> int:
        return len(self._slot)

    @property
    def earliest_ns(self) -> int | None:
        """When the next packet arrives; None when nothing is on its way."""
        return self._earliest_ns

    def add(self, arrival_ns: Int64, origin: Origin, packet: Int8, length: Uint16) -> None:
        """Put packets [n, width] on their way; they are copied. Octets beyond `length` are zero."""
        if not len(arrival_ns):
            return
        self._make_room(len(arrival_ns), packet.shape[1])
        slot, self._free = self._free[: len(arrival_ns)], self._free[len(arrival_ns) :]
        self._packet[slot, : packet.shape[1]] = packet
        self._packet[slot, packet.shape[1] :] = 0
        self._length[slot] = length
        self._origin[slot] = origin
        self._slot = np.concatenate((self._slot, slot))
        self._arrival_ns = np.concatenate((self._arrival_ns, arrival_ns))
        self._earliest_ns = int(self._arrival_ns.min())

    def take(self, now_ns: int) -> tuple[Int64, Origin, Int8, Uint16]:
        """Packets that have arrived by `now_ns`, oldest first; those of one instant as they were added."""
        if self._earliest_ns is None or self._earliest_ns > now_ns:
            return self._arrival_ns[:0], self._origin[:0], self._packet[:0], self._length[:0]
        due = np.flatnonzero(self._arrival_ns <= now_ns)
        due = due[np.argsort(self._arrival_ns[due], kind="stable")]
        arrival, slot = self._arrival_ns[due], self._slot[due]
        taken = arrival, self._origin[slot], self._packet[slot], self._length[slot]
        kept = self._arrival_ns > now_ns
        self._slot, self._arrival_ns = self._slot[kept], self._arrival_ns[kept]
        self._free = np.concatenate((self._free, slot))
        self._earliest_ns = int(self._arrival_ns.min()) if len(self._arrival_ns) else None
        return taken

    def _make_room(self, rows: int, width: int) -> None:
        capacity, had = self._packet.shape
        if rows <= len(self._free) and width <= had:
            return
        more = max(rows - len(self._free), capacity) if rows > len(self._free) else 0
        self._packet = np.pad(self._packet, ((0, more), (0, max(0, width - had))))
        self._length = np.pad(self._length, (0, more))
        self._origin = np.concatenate((self._origin, np.zeros(more, self._origin.dtype)))
        self._free = np.concatenate((self._free, np.arange(capacity, capacity + more)))


class TransmitStamps:
    """Looped transmit stamps, waiting to be read: token and monotonic instant."""

    def __init__(self) -> None:
        self._token: list[Word] = []
        self._at_ns: list[Int64] = []

    def add(self, token: Word, at_ns: int) -> None:
        """Packets of `token` [n] left at `at_ns`."""
        self._token.append(token.copy())
        self._at_ns.append(np.full(len(token), at_ns, np.int64))

    def take(self) -> tuple[Word, Int64]:
        """All stamps since the last call."""
        token, at_ns = self._token, self._at_ns
        self._token, self._at_ns = [], []
        if not token:
            return np.zeros(0, np.uint64), np.zeros(0, np.int64)
        return np.concatenate(token), np.concatenate(at_ns)
