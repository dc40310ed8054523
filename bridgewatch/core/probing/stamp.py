"""STAMP (RFC 8762 section 4) as columns, in open and, given that layout, in authenticated mode.

TWAMP-Light peers (RFC 5357 appendix I) fit into the open mode: their replies end after the sender's TTL.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.probing.stamp_layout import OPEN, TLV, Layout
from bridgewatch.core.probing.timestamps import (
    ErrorEstimates,
    decode_error,
    encode_error,
    ns_from_wire,
    ntp_from_ns,
)
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int64, Word
from bridgewatch.model.ports import Uint16

BASE_SIZE: Final = OPEN.size
MIN_REPLY: Final = OPEN.min_reply
MIN_REQUEST: Final = OPEN.min_request
MAX_SIZE: Final = 65_507
SALT_BITS: Final = 16
SALT_ERROR: Final = 2.0 ** (SALT_BITS - 32)  # seconds that a salted timestamp may be off, 15.3 us

_UNRECOGNISED: Final = 0x80  # U: set by the sender, cleared by a reflector that knows the type
_EXTRA_PADDING: Final = 1


@dataclass(frozen=True, slots=True)
class Reflected:
    """Reflected packets, one per row; where `valid` is false the numbers are 0 and the times NO_TIME.

    `t2_ns` and `t3_ns` are wall nanoseconds of the reflector's clock. `token` is the sender's T1 exactly as
    it came back, which is what tells one of our packets from another.
    """

    valid: Flag
    seq: Int64
    t3_ns: Int64
    error: ErrorEstimates
    ssid: Uint16
    t2_ns: Int64
    sender_seq: Int64
    token: Word
    sender_error: ErrorEstimates
    sender_ttl: Int8


@dataclass(frozen=True, slots=True)
class QuotedProbes:
    """What an ICMP error quoted of our probes, from behind the UDP header on."""

    has_seq: Flag
    seq: Int64
    has_token: Flag
    token: Word


@dataclass(frozen=True, slots=True)
class Requests:
    """The fields of a request a reflector looks at; `ssid` is 0 in requests too short to carry one."""

    seq: NDArray[np.uint32]
    ssid: Uint16
    is_reply: Flag


def timestamp(wall_ns: Int64, salt: NDArray[np.uint16]) -> Word:
    """T1 as NTP 32.32 whose lowest 16 bits are `salt`, random per probe.

    The salt makes a reply hard to forge from outside the path, for a known error of up to SALT_ERROR.
    """
    mask = np.uint64((1 << SALT_BITS) - 1)
    return (ntp_from_ns(wall_ns) & ~mask) | salt.astype(np.uint64)


def token(t1: Word) -> Word:
    """The eight octets of T1 on the wire, read as a native uint64."""
    return t1.astype(">u8").view(np.uint64)


def sender_error(clock_seconds: float, *, synchronised: bool) -> int:
    """The error estimate of a salted T1 on a clock known to `clock_seconds`."""
    return encode_error(clock_seconds + SALT_ERROR, synchronised=synchronised)


def build(
    seq: Int64, t1: Word, error_estimate: int | Uint16, ssid: int | Uint16, size: int, layout: Layout = OPEN
) -> Int8:
    """Test packets [n, size]: `size` is that of the layout, or more with an Extra Padding TLV (RFC 8972).

    The low 32 bits of `seq` go on the wire; the HMAC of an authenticated packet is left zero. Raises
    ValueError for another size.
    """
    padded = layout.size + TLV.itemsize
    if size != layout.size and not padded <= size <= MAX_SIZE:
        raise ValueError(f"a STAMP packet has {layout.size} or {padded} to {MAX_SIZE} octets, not {size}")
    packet = np.zeros((len(seq), size), np.uint8)
    base = packet[:, : layout.size].view(layout.sender)[:, 0]
    base["seq"] = seq & 0xFFFF_FFFF
    base["t1"] = t1
    base["error"] = error_estimate
    base["ssid"] = ssid
    if size > layout.size:
        _pad(packet, layout.size)
    return packet


def nearest_size(size: int, layout: Layout = OPEN) -> int:
    """The nearest size not below `size` that a packet can have."""
    if size <= layout.size:
        return layout.size
    return max(size, layout.size + TLV.itemsize)


def _pad(packet: Int8, start: int) -> None:
    end = start + TLV.itemsize
    header = packet[:, start:end].view(TLV)[:, 0]
    header["flags"] = _UNRECOGNISED
    header["type"] = _EXTRA_PADDING
    header["length"] = packet.shape[1] - end
    # A pattern rather than zeros: compressing links would flatter a line that is probed with zeros.
    packet[:, end:] = np.arange(end, packet.shape[1], dtype=np.int64).astype(np.uint8)


def parse_reflected(packet: Int8, length: Uint16, layout: Layout = OPEN) -> Reflected:
    """Read replies from `packet` [n, width]; the layout's `min_reply` octets make one valid.

    Reserved octets and TLVs are ignored (RFC 8762 section 4.3.1), and so is the HMAC: whose key it would be
    is known only when the probe is. A zero multiplier leaves a reply valid with an infinite error:
    TWAMP-Light reflectors send it, and the round trip does not need it.
    """
    valid = np.asarray(length >= layout.min_reply)
    base = _base(packet, layout.reflector)
    base[~valid] = np.zeros((), layout.reflector)
    error = decode_error(base["error"].astype(np.uint16))
    return Reflected(
        valid=valid,
        seq=base["seq"].astype(np.int64),
        t3_ns=np.where(valid, ns_from_wire(base["t3"].astype(np.uint64), error.ptp), NO_TIME),
        error=error,
        ssid=base["ssid"].astype(np.uint16),
        t2_ns=np.where(valid, ns_from_wire(base["t2"].astype(np.uint64), error.ptp), NO_TIME),
        sender_seq=base["sender_seq"].astype(np.int64),
        token=base["sender_t1"].copy().view(np.uint64),
        sender_error=decode_error(base["sender_error"].astype(np.uint16)),
        sender_ttl=base["sender_ttl"].copy(),
    )


def parse_quoted(packet: Int8, length: Uint16, layout: Layout = OPEN) -> QuotedProbes:
    """Read our own probes as ICMP errors quote them: often nothing, the sequence number, or all of it."""
    base = _base(packet, layout.sender)
    return QuotedProbes(
        has_seq=np.asarray(length >= layout.end("seq")),
        seq=base["seq"].astype(np.int64),
        has_token=np.asarray(length >= layout.end("t1")),
        token=base["t1"].copy().view(np.uint64),
    )


def parse_requests(packet: Int8, length: Uint16, layout: Layout = OPEN) -> Requests:
    """Read requests of at least `min_request` octets; whatever lies beyond `length` is not looked at.

    `is_reply` marks what another reflector must have sent: where it puts T2, a request has zeros, and T2 is
    an instant within a second of T3. Answering it would start two reflectors talking for ever.
    """
    base = _base(packet, layout.reflector)
    t2, t3 = base["t2"].astype(np.uint64), base["t3"].astype(np.uint64)
    apart = np.minimum(t2 - t3, t3 - t2)  # modulo 2^64; both formats count seconds in the upper half
    return Requests(
        seq=base["seq"].astype(np.uint32),
        ssid=np.where(length >= layout.end("ssid"), base["ssid"], 0).astype(np.uint16),
        is_reply=(length >= layout.min_reply) & (t2 != 0) & (apart < np.uint64(1 << 32)),
    )


def reflect(
    request: Int8,
    length: Uint16,
    reply: Int8,
    layout: Layout = OPEN,
    *,
    seq: NDArray[np.uint32],
    ssid: Uint16,
    t2_ns: Int64,
    error_estimate: int,
    sender_ttl: Int8,
) -> Uint16:
    """Write replies to `request` [n, width] into `reply` [n, width] and return their lengths.

    A reply is as long as its request, a short request is answered at base length (RFC 8762 section 4.6).
    What follows the base is copied unchanged, so TLVs keep the U flag that says nobody understood them.
    T3 is left zero: `write_t3` or `t3_column` set it, as late as can be.
    """
    reply[:, : layout.size] = 0
    base = reply[:, : layout.size].view(layout.reflector)[:, 0]
    asked = request[:, : layout.size].view(layout.sender)[:, 0]
    base["seq"] = seq
    base["error"] = error_estimate
    base["ssid"] = ssid
    base["t2"] = ntp_from_ns(t2_ns)
    base["sender_seq"] = asked["seq"]
    base["sender_t1"] = asked["t1"]
    base["sender_error"] = asked["error"]
    base["sender_ttl"] = sender_ttl
    longest = int(length.max(initial=layout.size))
    reply[:, layout.size : longest] = request[:, layout.size : longest]
    return np.maximum(length, layout.size).astype(np.uint16)


def write_t3(reply: Int8, t3_ns: Int64, layout: Layout = OPEN) -> None:
    """Stamp replies with the time they leave, wall nanoseconds."""
    t3_column(reply, layout)[:] = ntp_from_ns(t3_ns)


def t3_column(reply: Int8, layout: Layout = OPEN) -> Word:
    """The T3 of `reply` [n, width] as a writable view of its rows: NTP in, wire order out."""
    column: Word = reply[:, : layout.size].view(layout.reflector)[:, 0]["t3"]
    return column


def _base(packet: Int8, record: np.dtype[np.void]) -> NDArray[np.void]:
    base = np.zeros((len(packet), record.itemsize), np.uint8)
    width = min(record.itemsize, packet.shape[1])
    base[:, :width] = packet[:, :width]
    return base.view(record)[:, 0]
