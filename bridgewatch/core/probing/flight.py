"""The probes in flight: a ring in launch order, found again by (path, sequence number).

A position is a count of launches since the start, so a stale one can never be taken for a live one. A probe
stays until Tmax + 1 s: a reply within Tmax is in time, one until then is late, and what is left is lost.
"""

from typing import Final

import numpy as np

from bridgewatch.core.columns import grown, some
from bridgewatch.model.observations import Flag, Int8, Int32, Int64, Word

WAITING: Final = 0
ANSWERED: Final = 1
REJECTED: Final = 2  # an ICMP error told its fate
NOT_SENT: Final = 3  # our own host refused it: it never was in flight
RECENT: Final = 256  # probes of one path that may be in flight at once
_NOWHERE: Final = -1
_STAMP_WAIT_NS: Final = 1_000_000_000


class Flight:
    """Columns by position modulo the capacity (rounded up to a power of two)."""

    def __init__(self, capacity: int, paths: int = 1024) -> None:
        size = 1 << (capacity - 1).bit_length()
        self._mask = size - 1
        self.capacity = size
        self.head = 0
        self.tail = 0
        self._path: Int32 = np.zeros(size, np.int32)
        self._seq: Int64 = np.zeros(size, np.int64)
        self._token: Word = np.zeros(size, np.uint64)
        self._endpoint: Int32 = np.zeros(size, np.int32)
        self._launched_ns: Int64 = np.zeros(size, np.int64)
        self._sent_ns: Int64 = np.zeros(size, np.int64)
        self._status: Int8 = np.zeros(size, np.uint8)
        self._void: Flag = np.zeros(size, np.bool_)  # a clock step fell into its life: no RTT
        self._excused: Flag = np.zeros(size, np.bool_)  # its reply may have been dropped by our own buffer
        self._recent: Int64 = np.full((paths, RECENT), _NOWHERE, np.int64)
        self._unstamped: list[tuple[int, Int64]] = []

    @property
    def room(self) -> int:
        """How many more probes fit."""
        return self.capacity - (self.head - self.tail)

    def waiting(self) -> int:
        """Probes whose fate is not known."""
        place = np.arange(self.tail, self.head) & self._mask
        return int(np.count_nonzero(self._status[place] == WAITING))

    def launch(self, path: Int32, seq: Int64, token: Word, endpoint: Int32, now: int) -> Int64:
        """Enter probes sent at `now`; their positions. There must be room, and no path twice."""
        n = len(path)
        at = np.arange(self.head, self.head + n)
        place = at & self._mask
        self._path[place], self._seq[place], self._token[place] = path, seq, token
        self._endpoint[place] = endpoint
        self._launched_ns[place] = now
        self._sent_ns[place] = now
        self._status[place] = WAITING
        self._void[place] = False
        self._excused[place] = False
        if n:
            self._recent = grown(self._recent, int(path.max()) + 1, _NOWHERE)
        self._recent[path, seq % RECENT] = at
        self.head += n
        self._unstamped.append((now, at))
        return at

    def find(self, path: Int32, seq: Int64, endpoint: Int32, bits: int) -> tuple[Int64, Flag]:
        """Positions of the probes whose lowest `bits` of sequence number are `seq`; where one is in flight.

        It must have been sent to that endpoint: a reply from a path's former address answers no new probe.
        """
        at = self._recent[path, seq % RECENT]
        place = at & self._mask
        found = (at >= self.tail) & (self._path[place] == path) & (self._endpoint[place] == endpoint)
        found &= (self._seq[place] ^ seq) & ((1 << bits) - 1) == 0
        return at, found

    def _place(self, at: Int64) -> Int64:
        return at & np.int64(self._mask)

    def waiting_at(self, path: int, endpoint: int) -> Int64:
        """Positions of a path's undecided probes, the oldest first: for errors that quote no sequence."""
        at = np.sort(self._recent[path])
        at = at[at >= self.tail]
        place = at & self._mask
        waiting: Int64 = at[(self._status[place] == WAITING) & (self._endpoint[place] == endpoint)]
        return waiting

    def same_token(self, at: Int64, token: Word) -> Flag:
        """Where the probe at that position carried that token."""
        same: Flag = self._token[at & self._mask] == token
        return same

    def path(self, at: Int64) -> Int32:
        """Path per position."""
        return self._path[self._place(at)]

    def seq(self, at: Int64) -> Int64:
        """Sequence number per position."""
        return self._seq[self._place(at)]

    def sent_ns(self, at: Int64) -> Int64:
        """When each left, as well as is known."""
        return self._sent_ns[self._place(at)]

    def launched_ns(self, position: int) -> int:
        """When the probe at one position was launched; unlike `sent_ns` it only grows."""
        return int(self._launched_ns[position & self._mask])

    def launched_at(self, at: Int64) -> Int64:
        """When each was handed to the engine."""
        return self._launched_ns[self._place(at)]

    def status(self, at: Int64) -> Int8:
        """WAITING, ANSWERED, REJECTED or NOT_SENT per position."""
        return self._status[self._place(at)]

    def void(self, at: Int64) -> Flag:
        """Whose round trip a clock step spoilt."""
        return self._void[self._place(at)]

    def excused(self, at: Int64) -> Flag:
        """Whose reply our own receive buffer may have dropped."""
        return self._excused[self._place(at)]

    def set_status(self, at: Int64, status: int) -> None:
        """Record that the probes at those positions were answered or decided."""
        self._status[at & self._mask] = status

    def excuse_waiting(self) -> None:
        """Our own receive buffer overflowed: nothing unanswered may be held against a link."""
        place = np.arange(self.tail, self.head) & self._mask
        self._excused[place[self._status[place] == WAITING]] = True

    def excuse(self, path: int) -> None:
        """What one path has not answered is not to be held against it."""
        at = self._recent[path]
        at = at[at >= self.tail]
        place = at & self._mask
        self._excused[place[(self._status[place] == WAITING) & (self._path[place] == path)]] = True

    def void_all(self) -> None:
        """The wall clock stepped: stamps before and after do not compare."""
        self._void[np.arange(self.tail, self.head) & self._mask] = True
        self._unstamped.clear()

    def stamp(self, token: Word, at_ns: Int64, now: int) -> int:
        """Take transmit stamps, matched by token; how many belonged to a probe."""
        if not len(token) or not self._unstamped:
            return 0
        waiting = [at for _, at in self._unstamped]
        at = waiting[0] if len(waiting) == 1 else np.concatenate(waiting)
        place = at & self._mask
        if len(token) == len(at) and np.array_equal(self._token[place], token):
            self._sent_ns[place] = at_ns
            self._unstamped.clear()
            return len(at)
        order = np.argsort(self._token[place], kind="stable")
        ordered = self._token[place][order]
        slot = np.searchsorted(ordered, token)
        if some(ordered[1:] == ordered[:-1]):
            # T1 tells few probes of one tick apart: equal ones are stamped in the order they left.
            slot += _before(token)
        known = slot < len(ordered)
        slot = np.minimum(slot, len(ordered) - 1)
        hit = known & (ordered[slot] == token)
        self._sent_ns[place[order[slot[hit]]]] = at_ns[hit]
        left = np.ones(len(at), np.bool_)
        left[order[slot[hit]]] = False
        # A driver that stamps late is waited for, one that never stamps is not.
        left &= self._launched_ns[place] > now - _STAMP_WAIT_NS
        self._unstamped = [(now, at[left])] if some(left) else []
        return int(hit.sum())

    def older_than(self, start: int, before_ns: int) -> Int64:
        """Positions from `start` on that were launched at or before that instant, in launch order."""
        start = max(start, self.tail)
        if start >= self.head or self._launched_ns[start & self._mask] > before_ns:
            return np.zeros(0, np.int64)
        low, high = start + 1, self.head
        while low < high:  # launch times only grow
            middle = (low + high) // 2
            if self._launched_ns[middle & self._mask] <= before_ns:
                low = middle + 1
            else:
                high = middle
        return np.arange(start, low)


def _before(token: Word) -> Int64:
    """How many equal ones come before each."""
    order = np.argsort(token, kind="stable")
    ordered = token[order]
    before = np.empty(len(token), np.int64)
    before[order] = np.arange(len(token)) - np.searchsorted(ordered, ordered)
    return before
