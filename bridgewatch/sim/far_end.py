"""What targets answer, octet by octet: echo replies, and reflected STAMP packets of a far clock."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.probing import stamp
from bridgewatch.core.probing.mac import NOBODY, Mac, seal, sealed_by
from bridgewatch.core.probing.stamp_layout import AUTHENTICATED, Layout
from bridgewatch.core.probing.timestamps import encode_error
from bridgewatch.model.observations import Flag, Int8, Int32, Int64
from bridgewatch.model.ports import Uint16

_V4_REPLY: Final = 0
_V6_REPLY: Final = 129
_V4_REQUEST_WORD: Final = 0x0800
_REPLY_TTL: Final = 250  # five routers away
_CLOCK_ERROR_S: Final = 1e-6
REFUSALS_AT_ONCE: Final = 6  # what Linux hosts do: icmp_ratelimit, a second each, six in reserve
_SECOND_NS: Final = 1_000_000_000


def echo_replies(request: Int8, v4: Flag) -> Int8:
    """Replies [n, width] to echo requests [n, width], right ones, of which `v4` [n] are IPv4.

    Over IPv4 the checksum is updated for the type that changed from 8 to 0 by RFC 1624 eqn. 3,
    HC' = ~(~HC + ~m + m'). An ICMPv6 checksum is the kernel's business on both sides: zero.
    """
    reply = request.copy()
    reply[:, 0] = np.where(v4, _V4_REPLY, _V6_REPLY)
    old = request[:, 2].astype(np.uint32) << 8 | request[:, 3]
    total = (~old & 0xFFFF) + (~_V4_REQUEST_WORD & 0xFFFF)
    checksum = np.where(v4, ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF, 0)
    reply[:, 2], reply[:, 3] = checksum >> 8, checksum & 0xFF
    return reply


class Reflectors:
    """One STAMP reflector per path: stateless ones copy the sequence number, stateful ones count.

    Those of the paths (rows) in `macs` are authenticated.
    """

    def __init__(self, stateful: Flag, synchronised: Flag, macs: Mapping[int, Mac]) -> None:
        self._stateful = stateful
        self._macs = macs
        self._count: Int64 = np.zeros(len(stateful), np.int64)
        self._synchronised = synchronised

    def restart(self, path: int) -> None:
        """The reflector of `path` was restarted: it counts from 0 again."""
        self._count[path] = 0

    def genuine(self, path: Int32, request: Int8) -> Flag:
        """Which authenticated requests [n, ...] the key of their path sealed."""
        told = sealed_by(request, [(self._macs[row],) if row in self._macs else () for row in path.tolist()])
        genuine: Flag = told != NOBODY
        return genuine

    def reflect(
        self, path: Int32, request: Int8, length: Uint16, t2_ns: Int64, t3_ns: Int64, layout: Layout
    ) -> tuple[Int8, Uint16]:
        """Replies [n, width] to requests of that layout and their lengths, counted in the order given.

        T2 and T3 are wall times of the far clock. A reply is as long as its request, at least that of its
        layout.
        """
        seq = stamp.parse_requests(request, length, layout)
        number = np.where(self._stateful[path], self._next(path), seq.seq).astype(np.uint32)
        reply = np.zeros((len(path), max(request.shape[1], layout.size)), np.uint8)
        lengths = np.zeros(len(path), np.uint16)
        for synchronised in (False, True):
            rows = np.flatnonzero(self._synchronised[path] == synchronised)
            if not len(rows):
                continue
            answer = reply[rows]
            lengths[rows] = stamp.reflect(
                request[rows],
                length[rows],
                answer,
                layout,
                seq=number[rows],
                ssid=seq.ssid[rows],
                t2_ns=t2_ns[rows],
                error_estimate=encode_error(_CLOCK_ERROR_S, synchronised=synchronised),
                sender_ttl=np.full(len(rows), _REPLY_TTL, np.uint8),
            )
            stamp.write_t3(answer, t3_ns[rows], layout)
            if layout is AUTHENTICATED:
                seal(answer, [self._macs[row] for row in path[rows].tolist()])
            reply[rows] = answer
        return reply, lengths

    def _next(self, path: Int32) -> Int64:
        """The number of each packet in its reflector's count; a path may come more than once."""
        number = self._count[path] + _earlier_of_same(path)
        np.maximum.at(self._count, path, number + 1)
        return number


class Refusals:
    """How often the hosts of stopped reflectors say so: once a second, and some at once after a rest."""

    def __init__(self) -> None:
        self._spare: dict[int, tuple[float, int]] = {}  # by path: how many it has left, as of when

    def told(self, path: Int32, at_ns: Int64) -> Flag:
        """Which packets [n] that come to those hosts then are refused and not only dropped."""
        told = np.zeros(len(path), np.bool_)
        for number, (row, now) in enumerate(zip(path.tolist(), at_ns.tolist(), strict=True)):
            spare, since_ns = self._spare.get(row, (REFUSALS_AT_ONCE, now))
            spare = min(REFUSALS_AT_ONCE, spare + max(0, now - since_ns) / _SECOND_NS)
            told[number] = spare >= 1
            self._spare[row] = (spare - bool(told[number]), max(now, since_ns))
        return told


def _earlier_of_same(path: Int32) -> NDArray[np.intp]:
    """How many earlier rows of the batch have the same path."""
    order = np.argsort(path, kind="stable")
    ordered = path[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    lengths = np.diff(np.append(starts, len(path)))
    earlier = np.empty(len(path), np.intp)
    earlier[order] = np.arange(len(path)) - np.repeat(starts, lengths)
    return earlier
