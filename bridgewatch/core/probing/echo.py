"""ICMP echo (RFC 792, RFC 4443 section 4) as columns: build requests, read replies and quoted requests.

Octets 8-15, the first of the payload, are a probe's nonce. It is written and read in native order: nobody but
this host ever looks at it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.probing.checksum import internet_checksum
from bridgewatch.model.observations import Flag, Int8, Int64, Word
from bridgewatch.model.ports import Uint16
from bridgewatch.model.words import Family

HEADER: Final = 8
MIN_SIZE: Final = 16  # header and nonce
MAX_SIZE: Final = 65_507

_LAYOUT: Final = np.dtype(
    [("type", "u1"), ("code", "u1"), ("checksum", ">u2"), ("ident", ">u2"), ("seq", ">u2"), ("nonce", "=u8")]
)
_REQUEST: Final = {Family.V4: 8, Family.V6: 128}
_REPLY: Final = {Family.V4: 0, Family.V6: 129}


@dataclass(frozen=True, slots=True)
class Replies:
    """One row per packet; the other columns mean something only where `valid`. `seq` is 0 to 65535."""

    valid: Flag
    ident: Uint16
    seq: Uint16
    nonce: Word


@dataclass(frozen=True, slots=True)
class QuotedRequests:
    """What an ICMP error quoted of our requests.

    Routers may quote as little as the ICMP header, so `nonce` counts only where `has_nonce`.
    """

    valid: Flag
    ident: Uint16
    seq: Uint16
    has_nonce: Flag
    nonce: Word


def build(family: Family, ident: int, seq: Int64, nonce: Word, size: int) -> Int8:
    """Echo requests [n, size], `size` octets of ICMP message each (16 to 65507).

    The low 16 bits of `seq` go on the wire. ICMPv6 checksums cover the addresses, so they are left zero for
    the kernel (RFC 3542 section 3.1). Raises ValueError for another size.
    """
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise ValueError(f"an echo request has {MIN_SIZE} to {MAX_SIZE} octets, not {size}")
    packet = np.empty((len(seq), size), np.uint8)
    # A pattern rather than zeros: compressing links would flatter a line that is probed with zeros.
    packet[:, MIN_SIZE:] = np.arange(MIN_SIZE, size, dtype=np.int64).astype(np.uint8)
    head = packet[:, :MIN_SIZE].view(_LAYOUT)[:, 0]
    head["type"] = _REQUEST[family]
    head["code"] = 0
    head["checksum"] = 0
    head["ident"] = ident
    head["seq"] = seq & 0xFFFF
    head["nonce"] = nonce
    if family is Family.V4:
        head["checksum"] = internet_checksum(packet)
    return packet


def parse_replies(packet: Int8, length: Uint16, family: Family | NDArray[np.uint8]) -> Replies:
    """Read echo replies from `packet` [n, width], whose octets beyond `length` are zero.

    `family` is one for all, or one per row. A reply has the reply's type, code 0, room for a nonce and, over
    IPv4, a right checksum (over IPv6 the kernel has already checked it).
    """
    v4, head = _families(family, len(packet)), _head(packet)
    valid = (length >= MIN_SIZE) & (head["type"] == _per_family(_REPLY, v4)) & (head["code"] == 0)
    checked = np.flatnonzero(valid & v4)
    if len(checked):
        longest = int(length[checked].max())
        valid[checked] = internet_checksum(packet[checked, :longest]) == 0
    return Replies(
        valid, head["ident"].astype(np.uint16), head["seq"].astype(np.uint16), head["nonce"].copy()
    )


def parse_quoted(packet: Int8, length: Uint16, family: Family | NDArray[np.uint8]) -> QuotedRequests:
    """Read our own requests as ICMP errors quote them; 8 octets are enough for ident and sequence.

    `packet` [n, width] starts at the quoted ICMP header. Checksums are not looked at: the quote is cut, and
    a NAT on the way may have changed it.
    """
    v4, head = _families(family, len(packet)), _head(packet)
    valid = (length >= HEADER) & (head["type"] == _per_family(_REQUEST, v4)) & (head["code"] == 0)
    return QuotedRequests(
        valid,
        _native(head["ident"]),
        _native(head["seq"]),
        valid & (length >= MIN_SIZE),
        head["nonce"].copy(),
    )


def _families(family: Family | NDArray[np.uint8], rows: int) -> Flag:
    return np.broadcast_to(np.asarray(family) == Family.V4, rows)


def _per_family(types: dict[Family, int], v4: Flag) -> NDArray[np.int64]:
    return np.where(v4, types[Family.V4], types[Family.V6])


def _native(field: NDArray[np.uint16]) -> Uint16:
    return field.astype(np.uint16)


def _head(packet: Int8) -> NDArray[np.void]:
    head = np.zeros((len(packet), MIN_SIZE), np.uint8)
    width = min(MIN_SIZE, packet.shape[1])
    head[:, :width] = packet[:, :width]
    return head.view(_LAYOUT)[:, 0]
