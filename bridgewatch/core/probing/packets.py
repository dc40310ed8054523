"""The probers behind one signature: build the packets of some rows, read what came back.

To add a prober: a codec module beside `echo` and `stamp`, a `ProbeKind`, and a branch in each function here.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.core.columns import every, places
from bridgewatch.core.probing import echo, stamp
from bridgewatch.core.probing.stamp_layout import AUTHENTICATED, OPEN
from bridgewatch.model.observations import Flag, Int8, Int32, Int64, Word
from bridgewatch.model.ports import Arrivals, Uint16
from bridgewatch.model.words import Family, ProbeKind

# Members of an Enum are looked up slowly in Python 3.11, and these are on the hot path.
ICMP: Final = ProbeKind.ICMP
STAMP: Final = ProbeKind.STAMP
STAMP_AUTHENTICATED: Final = ProbeKind.STAMP_AUTHENTICATED
DIAL_IN: Final = ProbeKind.DIAL_IN
SEQUENCE_BITS: Final = {ICMP: 16, STAMP: 32, STAMP_AUTHENTICATED: 32, DIAL_IN: 32}
LAYOUTS: Final = {STAMP: OPEN, STAMP_AUTHENTICATED: AUTHENTICATED, DIAL_IN: AUTHENTICATED}
_SESSIONS: Final = 0xFFFF
_CLOCK_SECONDS: Final = 0.001  # what T1 claims of a host clock nobody vouches for


@dataclass(frozen=True, slots=True)
class Shape:
    """What the packets of a path look like; paths of one shape are built together."""

    kind: ProbeKind
    family: Family
    size: int


@dataclass(frozen=True, slots=True)
class Answers:
    """Arrived packets of one kind that are well formed; all columns of equal length.

    `row` is the row of the Arrivals. STAMP only, None otherwise: the session id, the reflector's sequence, T2
    and T3 in wall ns.
    """

    row: Int64
    seq: Int64
    token: Word
    ssid: Uint16 | None
    reflected: Int64 | None
    t2_ns: Int64 | None
    t3_ns: Int64 | None


@dataclass(frozen=True, slots=True)
class Quotes:
    """What ICMP errors of one kind quoted of our packets. `seq` is -1 where not even that was quoted."""

    row: Int64
    seq: Int64
    has_token: Flag
    token: Word


def tokens(kind: ProbeKind, random: Word, wall_ns: int) -> Word:
    """Tokens for new probes from fresh random numbers: the nonce of an echo, T1 of a STAMP packet."""
    if kind is ICMP:
        return random
    t1 = stamp.timestamp(np.full(len(random), wall_ns), random.astype(np.uint16))
    return stamp.token(t1)


def nearest_size(kind: ProbeKind, size: int) -> int:
    """The nearest size not below `size` that a packet of this kind can have, octets."""
    return size if kind is ICMP else stamp.nearest_size(size, LAYOUTS[kind])


def session_ids(row: Int32) -> Uint16:
    """A session id for each row, never 0: two paths from one socket to one reflector are two sessions."""
    return (row % _SESSIONS + 1).astype(np.uint16)


def build(shape: Shape, ident: int, seq: Int64, token: Word, ssid: Uint16) -> Int8:
    """Packets [n, size] for the wire; authenticated ones are yet to be sealed."""
    if shape.kind is ICMP:
        return echo.build(shape.family, ident, seq, token, shape.size)
    error = stamp.sender_error(_CLOCK_SECONDS, synchronised=False)
    return stamp.build(seq, stamp.token(token), error, ssid, shape.size, LAYOUTS[shape.kind])


def answers(kind: ProbeKind, arrivals: Arrivals) -> Answers | None:
    """The well-formed answers of one kind, None if there are none."""
    mine = arrivals.kind == int(kind)
    count = int(np.count_nonzero(mine))
    if not count:
        return None
    whole = count == len(mine)
    rows = np.arange(count) if whole else places(mine)
    packet = arrivals.packet if whole else arrivals.packet[rows]
    length = arrivals.length if whole else arrivals.length[rows]
    if kind is ICMP:
        replies = echo.parse_replies(packet, length, arrivals.family if whole else arrivals.family[rows])
        found = Answers(rows, replies.seq.astype(np.int64), replies.nonce, None, None, None, None)
        valid = replies.valid
    else:
        reflected = stamp.parse_reflected(packet, length, LAYOUTS[kind])
        found = Answers(
            rows,
            reflected.sender_seq,
            reflected.token,
            reflected.ssid,
            reflected.seq,
            reflected.t2_ns,
            reflected.t3_ns,
        )
        valid = reflected.valid
    return found if every(valid) else _select(found, valid)


def quotes(kind: ProbeKind, arrivals: Arrivals) -> Quotes | None:
    """What ICMP errors about probes of one kind quoted, None if there are none."""
    if not len(arrivals.error_kind):
        return None
    rows = places(arrivals.error_kind == int(kind))
    if not len(rows):
        return None
    packet: Int8 = arrivals.error_packet[rows]
    length: Uint16 = arrivals.error_length[rows]
    if kind is ICMP:
        request = echo.parse_quoted(packet, length, arrivals.error_family[rows])
        kept = request.valid
        return Quotes(
            rows[kept], request.seq[kept].astype(np.int64), request.has_nonce[kept], request.nonce[kept]
        )
    probe = stamp.parse_quoted(packet, length, LAYOUTS[kind])
    return Quotes(rows, np.where(probe.has_seq, probe.seq, -1), probe.has_token, probe.token)


def _select(found: Answers, kept: Flag) -> Answers:
    return Answers(
        found.row[kept],
        found.seq[kept],
        found.token[kept],
        None if found.ssid is None else found.ssid[kept],
        *(None if column is None else column[kept] for column in (found.reflected, found.t2_ns, found.t3_ns)),
    )


class Shapes:
    """Which shape each row has."""

    def __init__(self) -> None:
        self._known: list[Shape] = []
        self._of: Int32 = np.zeros(1024, np.int32)

    def set(self, row: int, shape: Shape) -> None:
        """Remember the shape of a row."""
        if shape not in self._known:
            self._known.append(shape)
        if row >= len(self._of):
            self._of = np.concatenate([self._of, np.zeros(max(row + 1, len(self._of)), np.int32)])
        self._of[row] = self._known.index(shape)

    def groups(self, rows: Int32) -> list[tuple[Shape, Int64]]:
        """The selections of `rows` that share a shape."""
        if len(self._known) == 1:
            return [(self._known[0], np.arange(len(rows)))]
        numbers = self._of[rows]
        found = []
        for number, shape in enumerate(self._known):
            chosen = places(numbers == number)
            if len(chosen):
                found.append((shape, chosen))
        return found
