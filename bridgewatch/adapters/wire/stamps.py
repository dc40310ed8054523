"""Kernel time stamps: the clock they are read in, and the looped packets that carry the transmit ones."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.columns import every, some
from bridgewatch.model.ports import Clock
from bridgewatch.model.words import Family, ProbeKind

_STEP_NS: Final = 200_000
_READINGS: Final = 3
_IP_HEADER: Final = {Family.V4: 20, Family.V6: 40}
# Past the ICMP or UDP header, and what comes before T1.
_TOKEN_AFTER_IP: Final = {
    ProbeKind.ICMP: 8,
    ProbeKind.STAMP: 8 + 4,
    ProbeKind.STAMP_AUTHENTICATED: 8 + 16,
    ProbeKind.DIAL_IN: 8 + 16,
}
_LINK_HEADERS: Final = (14, 0, 18, 4, 16, 8)  # Ethernet, TUN, VLAN, ...: tried in this order


class WallOffset:
    """Follows wall - monotonic, in which kernel stamps (CLOCK_REALTIME) become monotonic instants.

    Rate corrections move both clocks alike, so the distance changes only by a step: it is kept as it is
    until it moves by more than 0.2 ms.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ns = self._read()

    def update(self) -> bool:
        """Read again; whether the wall clock stepped since the last call."""
        offset = self._read()
        if abs(offset - self.ns) <= _STEP_NS:
            return False
        self.ns = offset
        return True

    def _read(self) -> int:
        # Of three readings the one with the least time between its two monotonic reads was not preempted.
        best, width = 0, 1 << 62
        for _ in range(_READINGS):
            before = self._clock.monotonic_ns()
            wall = self._clock.wall_ns()
            after = self._clock.monotonic_ns()
            if after - before < width:
                best, width = wall - (before + after) // 2, after - before
            if width < _STEP_NS // 10:
                break
        return best


def looped_tokens(
    data: NDArray[np.uint8], length: NDArray[np.uint32], kind: ProbeKind, family: Family
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Tokens of transmitted packets looped back with all their headers, and which rows held one.

    The link header's length is not told; it is what is left when the IP header's own length is subtracted.
    """
    n = len(data)
    token = np.zeros(n, np.uint64)
    found = np.zeros(n, np.bool_)
    for link in _LINK_HEADERS:
        fits = ~found & _is_ip(data, length, link, family)
        if not some(fits):
            continue
        at = link + _IP_HEADER[family] + _TOKEN_AFTER_IP[kind]
        octets = data[:, at : at + 8] if every(fits) else data[fits, at : at + 8]
        token[fits] = np.ascontiguousarray(octets).view(np.uint64)[:, 0]
        found |= fits
        if every(found):
            break
    return token, found


def _is_ip(
    data: NDArray[np.uint8], length: NDArray[np.uint32], link: int, family: Family
) -> NDArray[np.bool_]:
    if family is Family.V4:
        claimed = data[:, link + 2].astype(np.int64) * 256 + data[:, link + 3]
        first = 0x45
        mask = 0xFF
    else:
        claimed = data[:, link + 4].astype(np.int64) * 256 + data[:, link + 5] + _IP_HEADER[family]
        first = 0x60
        mask = 0xF0
    fits: NDArray[np.bool_] = ((data[:, link] & mask) == first) & (claimed + link == length)
    return fits


def stamp_ns(control: NDArray[np.uint8], offset: int) -> NDArray[np.int64]:
    """The software stamp of SCM_TIMESTAMPING at `offset` of each row, in ns since 1970; 0 where none was."""
    pair = np.ascontiguousarray(control[:, offset : offset + 16]).view(np.int64)
    stamp: NDArray[np.int64] = pair[:, 0] * 1_000_000_000 + pair[:, 1]
    return stamp
