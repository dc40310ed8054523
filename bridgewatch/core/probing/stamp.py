"""STAMP in open mode (RFC 8762 section 4, with the session id of RFC 8972 section 3) as columns.

A layout is a numpy record of big-endian fields: the tables of the RFC, and the only place where octet numbers
live. TWAMP-Light peers (RFC 5357 appendix I) fit in: their replies end after the sender's TTL.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.probing.timestamps import (
    ErrorEstimates,
    decode_error,
    encode_error,
    ns_from_wire,
    ntp_from_ns,
)
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int64, Word
from bridgewatch.model.ports import Uint16

BASE_SIZE: Final = 44
MIN_REPLY: Final = 41  # TWAMP-Light ends at the sender's TTL
MIN_REQUEST: Final = 14  # TWAMP-Light without padding: sequence, timestamp, error estimate
MAX_SIZE: Final = 65_507
SALT_BITS: Final = 16
SALT_ERROR: Final = 2.0 ** (SALT_BITS - 32)  # seconds that a salted timestamp may be off, 15.3 us

_SENDER: Final = np.dtype(
    [("seq", ">u4"), ("t1", ">u8"), ("error", ">u2"), ("ssid", ">u2"), ("must_be_zero", "u1", 28)]
)
_SEQ_END, _T1_END, _SSID_END = 4, 12, 16  # octets that make these fields of a sender packet whole
_REFLECTOR: Final = np.dtype(
    [
        ("seq", ">u4"),
        ("t3", ">u8"),
        ("error", ">u2"),
        ("ssid", ">u2"),
        ("t2", ">u8"),
        ("sender_seq", ">u4"),
        ("sender_t1", ">u8"),
        ("sender_error", ">u2"),
        ("must_be_zero", "u1", 2),
        ("sender_ttl", "u1"),
        ("must_be_zero_2", "u1", 3),
    ]
)
_TLV: Final = np.dtype([("flags", "u1"), ("type", "u1"), ("length", ">u2")])
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


def build(seq: Int64, t1: Word, error_estimate: int | Uint16, ssid: int | Uint16, size: int) -> Int8:
    """Test packets [n, size]: `size` is 44 octets, or 48 and more with an Extra Padding TLV (RFC 8972).

    The low 32 bits of `seq` go on the wire. Raises ValueError for another size.
    """
    if size != BASE_SIZE and not BASE_SIZE + _TLV.itemsize <= size <= MAX_SIZE:
        raise ValueError(f"a STAMP packet has 44 or 48 to {MAX_SIZE} octets, not {size}")
    packet = np.zeros((len(seq), size), np.uint8)
    base = packet[:, :BASE_SIZE].view(_SENDER)[:, 0]
    base["seq"] = seq & 0xFFFF_FFFF
    base["t1"] = t1
    base["error"] = error_estimate
    base["ssid"] = ssid
    if size > BASE_SIZE:
        _pad(packet)
    return packet


def _pad(packet: Int8) -> None:
    end = BASE_SIZE + _TLV.itemsize
    header = packet[:, BASE_SIZE:end].view(_TLV)[:, 0]
    header["flags"] = _UNRECOGNISED
    header["type"] = _EXTRA_PADDING
    header["length"] = packet.shape[1] - end
    # A pattern rather than zeros: compressing links would flatter a line that is probed with zeros.
    packet[:, end:] = np.arange(end, packet.shape[1], dtype=np.int64).astype(np.uint8)


def parse_reflected(packet: Int8, length: Uint16) -> Reflected:
    """Read replies from `packet` [n, width]; 41 octets make one valid.

    Reserved octets and TLVs are ignored (RFC 8762 section 4.3.1). A zero multiplier leaves a reply valid with
    an infinite error: TWAMP-Light reflectors send it, and the round trip does not need it.
    """
    valid = np.asarray(length >= MIN_REPLY)
    base = _base(packet, _REFLECTOR)
    base[~valid] = np.zeros((), _REFLECTOR)
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


def parse_quoted(packet: Int8, length: Uint16) -> QuotedProbes:
    """Read our own probes as ICMP errors quote them: often nothing, the sequence number, or all of it."""
    base = _base(packet, _SENDER)
    return QuotedProbes(
        has_seq=np.asarray(length >= _SEQ_END),
        seq=base["seq"].astype(np.int64),
        has_token=np.asarray(length >= _T1_END),
        token=base["t1"].copy().view(np.uint64),
    )


def parse_requests(packet: Int8, length: Uint16) -> Requests:
    """Read requests of at least MIN_REQUEST octets; whatever lies beyond `length` is not looked at.

    `is_reply` marks what another reflector must have sent: its octets 16-23, zero in a request, are an
    instant within a second of octets 4-11. Answering it would start two reflectors talking for ever.
    """
    base = _base(packet, _REFLECTOR)
    t2, t3 = base["t2"].astype(np.uint64), base["t3"].astype(np.uint64)
    apart = np.minimum(t2 - t3, t3 - t2)  # modulo 2^64; both formats count seconds in the upper half
    return Requests(
        seq=base["seq"].astype(np.uint32),
        ssid=np.where(length >= _SSID_END, base["ssid"], 0).astype(np.uint16),
        is_reply=(length >= MIN_REPLY) & (t2 != 0) & (apart < np.uint64(1 << 32)),
    )


def reflect(
    request: Int8,
    length: Uint16,
    reply: Int8,
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
    base, asked = reply[:, :BASE_SIZE].view(_REFLECTOR)[:, 0], request[:, :BASE_SIZE].view(_SENDER)[:, 0]
    base["seq"] = seq
    base["t3"] = 0
    base["error"] = error_estimate
    base["ssid"] = ssid
    base["t2"] = ntp_from_ns(t2_ns)
    base["sender_seq"] = asked["seq"]
    base["sender_t1"] = asked["t1"]
    base["sender_error"] = asked["error"]
    base["sender_ttl"] = sender_ttl
    base["must_be_zero"] = 0
    base["must_be_zero_2"] = 0
    longest = int(length.max(initial=BASE_SIZE))
    reply[:, BASE_SIZE:longest] = request[:, BASE_SIZE:longest]
    return np.maximum(length, BASE_SIZE).astype(np.uint16)


def write_t3(reply: Int8, t3_ns: Int64) -> None:
    """Stamp replies with the time they leave, wall nanoseconds."""
    t3_column(reply)[:] = ntp_from_ns(t3_ns)


def t3_column(reply: Int8) -> Word:
    """The T3 of `reply` [n, width] as a writable view of its rows: NTP in, wire order out."""
    column: Word = reply[:, :BASE_SIZE].view(_REFLECTOR)[:, 0]["t3"]
    return column


def _base(packet: Int8, layout: np.dtype[np.void]) -> NDArray[np.void]:
    base = np.zeros((len(packet), BASE_SIZE), np.uint8)
    width = min(BASE_SIZE, packet.shape[1])
    base[:, :width] = packet[:, :width]
    return base.view(layout)[:, 0]
