"""What a STAMP reflector answers, and with which sequence number.

It must not be worth abusing (RFC 8762 section 6): only known senders get an answer, at a capped rate, and an
answer is longer than its request only when that lacks the base size. The shortest request answered is the 14
octets of TWAMP-Light without padding, because RFC 8762 section 4.6 asks for it; the 30 octets gained there
reach known senders only.

Senders with a key may authenticate (RFC 8762 section 4.4): what they sealed is verified before anything is
remembered of it, and has shares and sessions that nobody else can use up or advance. A replayed packet is
genuine; it costs one of its sender's answers and counts like a copy that the network made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.probing import stamp
from bridgewatch.core.probing.mac import NOBODY, Mac, sealed_by
from bridgewatch.core.probing.stamp_layout import AUTHENTICATED
from bridgewatch.core.reflecting.allowlist import AllowList
from bridgewatch.core.reflecting.keys import KeyTable
from bridgewatch.core.reflecting.slots import Key, Rows, Slots
from bridgewatch.core.reflecting.token_buckets import TokenBuckets
from bridgewatch.model.observations import Flag, Int8, Int64, Word
from bridgewatch.model.ports import Uint16

Uint32 = NDArray[np.uint32]

MAX_BATCH: Final = 1024
_SENDERS: Final = 4096
_SESSIONS: Final = 32_768
_IDLE_NS: Final = 900 * 1_000_000_000
_WRAP: Final = 0xFFFF_FFFF


@unique
class Verdict(IntEnum):
    """What becomes of a packet that reached the reflector."""

    ANSWERED = 0
    STRANGER = 1  # its source is in no allowed network
    UNANSWERABLE = 2  # sent to a group or broadcast address, or from port 0
    TOO_SHORT = 3
    TOO_LONG = 4  # no buffer holds all of it, and a cut answer would measure another size
    REPLY = 5  # another reflector's reply: answering would never end
    SENDER_RATE = 6  # its sender is over its share
    TOTAL_RATE = 7  # all senders together are over the cap
    BAD_HMAC = 8  # long enough to be authenticated, and none of its sender's keys sealed it
    UNAUTHENTICATED = 9  # not sealed, and only sealed ones are answered


@dataclass(frozen=True, slots=True)
class Caps:
    """Packets answered per second, per sender address and in all; a second's worth may come at once."""

    per_sender: int = 1_000
    total: int = 50_000


@dataclass(frozen=True, slots=True)
class Received:
    """Packets as they came in, one row each.

    `source` as in `Arrivals.source`; `answerable` is false for what was sent to a group or broadcast address;
    `length` is what was sent, which may be more than the width of `packet`; `local` tells the addresses that
    were asked apart.
    """

    source: Word  # [n, 2]
    port: Uint16
    answerable: Flag
    packet: Int8  # [n, width]
    length: Uint16
    local: Word  # [n, 2]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One row per packet; `seq` (the reflector's) and `ssid` are for those answered.

    `macs` are the keys, by row, of those that are authenticated: their answers are to be as well.
    """

    verdict: Int8
    seq: Uint32
    ssid: Uint16
    macs: Mapping[int, Mac]


class Reflection:
    """The memory of a reflector: how fast each sender asks and how far each session has counted.

    A stateful reflector numbers the replies of a session from 0, which lets the sender tell forward from
    return loss; a stateless one repeats the sender's number (RFC 8762 section 4.2). A session is a source
    address and port, an address of ours and an SSID: a vantage that probes two of our addresses from one
    socket has two. Both tables are bounded and only packets that are answered enter the sessions.

    `sealed_only` answers nothing but authenticated packets.
    """

    def __init__(
        self,
        allowed: AllowList,
        caps: Caps,
        *,
        stateful: bool,
        keys: KeyTable | None = None,
        sealed_only: bool = False,
    ) -> None:
        self._allowed = allowed
        self._keys = keys or KeyTable()
        self._sealed_only = sealed_only
        self._senders = Slots(_SENDERS, _IDLE_NS)
        self._share = TokenBuckets(_SENDERS, caps.per_sender, caps.per_sender)
        self._total = TokenBuckets(1, caps.total, caps.total)
        self._stateful = stateful
        self._sessions = Slots(_SESSIONS, _IDLE_NS)
        self._reflected = np.zeros(_SESSIONS, np.int64)

    @property
    def sessions(self) -> int:
        """How many sessions are remembered."""
        return len(self._sessions)

    def know(self, keys: KeyTable) -> None:
        """Verify with these keys from now on."""
        self._keys = keys

    def judge(self, received: Received, now_ns: int) -> Judgement:
        """Decide on up to MAX_BATCH packets in the order they came, at monotonic `now_ns`."""
        source, port, length = received.source, received.port, received.length
        asked = stamp.parse_requests(received.packet, length)
        verdict = np.full(len(length), Verdict.ANSWERED, np.uint8)
        # The last reason that holds is the first one said: nothing more is told of a stranger.
        verdict[asked.is_reply] = Verdict.REPLY
        verdict[length > received.packet.shape[1]] = Verdict.TOO_LONG
        verdict[length < stamp.MIN_REQUEST] = Verdict.TOO_SHORT
        verdict[~received.answerable | (port == 0)] = Verdict.UNANSWERABLE
        verdict[~self._allowed.admits(source)] = Verdict.STRANGER
        macs = self._authenticate(received, verdict)
        seq, ssid, proven = asked.seq, asked.ssid, np.zeros(len(length), np.uint64)
        if macs:
            rows = np.fromiter(macs, np.intp, len(macs))
            sealed = stamp.parse_requests(received.packet[rows], length[rows], AUTHENTICATED)
            seq[rows], ssid[rows], proven[rows] = sealed.seq, sealed.ssid, 1
            verdict[rows[sealed.is_reply]] = Verdict.REPLY
        self._cap(source, proven, verdict, now_ns)
        if self._stateful:
            seq = self._count(received, ssid, proven, verdict, now_ns)
        return Judgement(verdict, seq, ssid, macs)

    def _authenticate(self, received: Received, verdict: Int8) -> dict[int, Mac]:
        """The keys that sealed packets, by row. Those that should be sealed and are not get their verdict."""
        macs: dict[int, Mac] = {}
        if self._keys:
            whole = (verdict == Verdict.ANSWERED) & (received.length >= AUTHENTICATED.size)
            rows = np.flatnonzero(whole)
            keys = self._keys.of(received.source[rows])
            if any(keys):
                fitting = sealed_by(received.packet[rows], keys).tolist()
                for row, candidates, number in zip(rows.tolist(), keys, fitting, strict=True):
                    if number != NOBODY:
                        macs[row] = candidates[number]
                    elif candidates:
                        verdict[row] = Verdict.BAD_HMAC
        if self._sealed_only:
            bare = verdict == Verdict.ANSWERED
            bare[list(macs)] = False
            verdict[bare] = Verdict.UNAUTHENTICATED
        return macs

    def _cap(self, source: Word, proven: Word, verdict: Int8, now_ns: int) -> None:
        rows = np.flatnonzero(verdict == Verdict.ANSWERED)
        groups = _group(source[rows, 0], source[rows, 1], proven[rows])
        claim = self._senders.claim(groups.keys, now_ns)
        self._share.fill(claim.row[claim.fresh], now_ns)
        granted = self._share.take(claim.row, groups.size, now_ns)
        within = groups.rank < granted[groups.of]
        verdict[rows[~within]] = Verdict.SENDER_RATE
        rows = rows[within]
        room = self._total.take(np.zeros(1, np.intp), np.array([len(rows)]), now_ns)[0]
        verdict[rows[room:]] = Verdict.TOTAL_RATE

    def _count(self, received: Received, ssid: Uint16, proven: Word, verdict: Int8, now_ns: int) -> Uint32:
        rows = np.flatnonzero(verdict == Verdict.ANSWERED)
        source, local = received.source[rows], received.local[rows]
        session = received.port[rows].astype(np.uint64) << np.uint64(16) | ssid[rows].astype(np.uint64)
        groups = _group(source[:, 0], source[:, 1], local[:, 0], local[:, 1], session, proven[rows])
        claim = self._sessions.claim(groups.keys, now_ns)
        self._reflected[claim.row[claim.fresh]] = 0
        seq = np.zeros(len(verdict), np.uint32)
        seq[rows] = (self._reflected[claim.row[groups.of]] + groups.rank) & _WRAP
        self._reflected[claim.row] += groups.size
        return seq


class _Groups(NamedTuple):
    """Distinct keys and how often each occurs; for each row its key and its place among those alike."""

    keys: list[Key]
    size: Int64
    of: Rows
    rank: Rows


def _group(*columns: Word) -> _Groups:
    """Group rows by their values in all `columns`, keeping the order of arrival within a group.

    A dictionary, not a sort: batches are small when it matters, and then every numpy call counts.
    """
    index: dict[Key, int] = {}
    size: list[int] = []
    of: list[int] = []
    rank: list[int] = []
    for key in zip(*(column.tolist() for column in columns), strict=True):
        group = index.setdefault(key, len(size))
        if group == len(size):
            size.append(0)
        of.append(group)
        rank.append(size[group])
        size[group] += 1
    return _Groups(list(index), np.array(size, np.int64), np.array(of, np.intp), np.array(rank, np.intp))
