"""Timestamps on the wire and how far to trust them.

NTP 32.32 (RFC 5905 section 6), truncated PTP (RFC 8186), the error estimate (RFC 4656 section 4.1.2).
Inside, an instant is int64 nanoseconds since 1970 in UTC; on the wire it is 64 bits, held here as uint64.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.model.observations import Flag, Int64, Real, Word
from bridgewatch.model.ports import Uint16

NTP_TO_UNIX: Final = 2_208_988_800  # seconds from 1900 to 1970
_SECOND: Final = 1_000_000_000
_ERA: Final = 1 << 32
_HALF: Final = 1 << 31

SYNCHRONISED: Final = 0x8000
PTP: Final = 0x4000
_SCALE_MAX: Final = 63
_MULTIPLIER_MAX: Final = 255


@dataclass(frozen=True, slots=True)
class ErrorEstimates:
    """Decoded error estimates. `seconds` is infinite where the multiplier is 0, which RFC 4656 forbids."""

    synchronised: Flag
    ptp: Flag
    seconds: Real


def ntp_from_ns(ns: Int64) -> Word:
    """Nanoseconds since 1970 as NTP 32.32, to the nearest 2^-32 s; seconds wrap every 2^32 (next in 2036)."""
    seconds, rest = np.divmod(np.asarray(ns, np.int64), _SECOND)
    fraction = ((rest.astype(np.uint64) << np.uint64(32)) + np.uint64(_SECOND // 2)) // np.uint64(_SECOND)
    era_seconds = ((seconds + NTP_TO_UNIX) % _ERA).astype(np.uint64)
    return (era_seconds << np.uint64(32)) | fraction


def ntp_now(ns: int) -> int:
    """One instant as NTP 32.32, as `ntp_from_ns` gives it: for stamps that must not wait for an array."""
    seconds, rest = divmod(ns, _SECOND)
    return (seconds + NTP_TO_UNIX) % _ERA << 32 | ((rest << 32) + _SECOND // 2) // _SECOND


def ns_from_ntp(ntp: Word) -> Int64:
    """NTP 32.32 as nanoseconds since 1970, to the nearest one; the inverse of `ntp_from_ns`.

    RFC 4330 section 3: with the top bit set the second lies in 1968 to 2036, else in 2036 to 2104.
    """
    ntp = np.asarray(ntp, np.uint64)
    seconds = (ntp >> np.uint64(32)).astype(np.int64)
    seconds += np.where(seconds < _HALF, _ERA, 0) - NTP_TO_UNIX
    fraction = ntp & np.uint64(0xFFFF_FFFF)
    return seconds * _SECOND + ((fraction * np.uint64(_SECOND) + np.uint64(_HALF)) >> np.uint64(32)).astype(
        np.int64
    )


def ns_from_ptp(ptp: Word) -> Int64:
    """Truncated PTP (32-bit seconds, 32-bit nanoseconds) as nanoseconds since 1970.

    PTP counts TAI; the leap seconds to UTC are the sender's affair and are not taken off. Variation and
    T3 - T2 do not see them; an absolute one-way delay would.
    """
    ptp = np.asarray(ptp, np.uint64)
    return (ptp >> np.uint64(32)).astype(np.int64) * _SECOND + (ptp & np.uint64(0xFFFF_FFFF)).astype(np.int64)


def ptp_from_ns(ns: Int64) -> Word:
    """Nanoseconds since 1970 as truncated PTP; the inverse of `ns_from_ptp`."""
    seconds, rest = np.divmod(np.asarray(ns, np.int64), _SECOND)
    return ((seconds % _ERA).astype(np.uint64) << np.uint64(32)) | rest.astype(np.uint64)


def ns_from_wire(stamp: Word, ptp: Flag) -> Int64:
    """64-bit stamps as nanoseconds since 1970, each in the format its Z flag names."""
    return np.where(ptp, ns_from_ptp(stamp), ns_from_ntp(stamp))


def encode_error(seconds: float, *, synchronised: bool) -> int:
    """The smallest error estimate that is at least `seconds` (NTP format, Z = 0).

    seconds = multiplier * 2^(scale - 32). What is beyond 255 * 2^31 s saturates; a multiplier is never 0.
    """
    units = max(math.ldexp(max(seconds, 0.0), 32), 1.0) if math.isfinite(seconds) else math.inf
    flag = SYNCHRONISED if synchronised else 0
    if units > math.ldexp(_MULTIPLIER_MAX, _SCALE_MAX):
        return flag | _SCALE_MAX << 8 | _MULTIPLIER_MAX
    scale = max(0, math.frexp(units)[1] - 8)
    multiplier = math.ceil(math.ldexp(units, -scale))
    if multiplier > _MULTIPLIER_MAX:  # rounding up left the octet
        scale, multiplier = scale + 1, (multiplier + 1) // 2
    return flag | scale << 8 | multiplier


def decode_error(estimate: Uint16) -> ErrorEstimates:
    """Error estimates as columns: S, Z and the bound in seconds."""
    estimate = np.asarray(estimate, np.uint16)
    multiplier = (estimate & 0xFF).astype(np.float64)
    scale = ((estimate >> 8) & _SCALE_MAX).astype(np.int32)
    seconds = np.where(multiplier > 0, np.ldexp(multiplier, scale - 32), np.inf)
    return ErrorEstimates((estimate & SYNCHRONISED) != 0, (estimate & PTP) != 0, seconds)
