"""Flips one bit in the payload of one packet, and mends its checksum if wanted."""

from typing import Final, NamedTuple

_CHECKSUM_AT: Final = {1: 2, 58: 2, 17: 6}  # octets into the ICMP, ICMPv6 and UDP header
_UDP: Final = 17
_HEADER: Final = 8
_WORD: Final = 0xFFFF


class Flipped(NamedTuple):
    """A packet with one bit flipped, and whether its receiver's checksum test lets it pass."""

    packet: bytes
    checksum_fits: bool


class _Transport(NamedTuple):
    protocol: int
    start: int
    end: int


def flip(packet: bytes, draw: float, *, spare: int = 0, fix_checksum: bool = False) -> Flipped | None:
    """Flip one bit of the ICMP or UDP payload; `draw` (0 <= draw < 1) chooses which.

    The first `spare` octets of the payload are left alone. With `fix_checksum` the checksum fits again
    (RFC 1624, equation 3). None means that there is no bit to flip: another protocol, a fragment, no payload
    beyond what is spared.
    """
    where = _transport(packet)
    if where is None:
        return None
    first = where.start + _HEADER + spare
    if first >= where.end:
        return None
    octet, bit = divmod(int(draw * (where.end - first) * 8), 8)
    spoilt = bytearray(packet)
    spoilt[first + octet] ^= 1 << bit
    # A UDP checksum of zero says that the sender made none: nothing to fix, nothing to fail.
    at = where.start + _CHECKSUM_AT[where.protocol]
    unchecked = where.protocol == _UDP and packet[at : at + 2] == b"\0\0"
    if fix_checksum and not unchecked:
        spoilt[at : at + 2] = _fixed(packet, spoilt, where, first + octet)
    return Flipped(bytes(spoilt), fix_checksum or unchecked)


def _transport(packet: bytes) -> _Transport | None:
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20:
        fragment = int.from_bytes(packet[6:8]) & 0x3FFF  # more fragments, or an offset
        protocol, start = packet[9], (packet[0] & 0x0F) * 4
        end = int.from_bytes(packet[2:4])
    elif version == 6 and len(packet) >= 40:
        fragment, protocol, start = 0, packet[6], 40
        end = start + int.from_bytes(packet[4:6])
    else:
        return None
    if fragment or protocol not in _CHECKSUM_AT or not start + _HEADER <= end <= len(packet):
        return None
    return _Transport(protocol, start, end)


def _fixed(packet: bytes, spoilt: bytes, where: _Transport, changed: int) -> bytes:
    """The checksum after the octet at `changed` has changed."""
    at = where.start + _CHECKSUM_AT[where.protocol]
    # Words are counted from the transport header; an odd last octet is the high half of its word.
    word = slice(changed - (changed - where.start) % 2, where.end)
    before, after = (int.from_bytes(data[word][:2].ljust(2, b"\0")) for data in (packet, spoilt))
    total = (~int.from_bytes(packet[at : at + 2]) & _WORD) + (~before & _WORD) + after
    total = (total & _WORD) + (total >> 16)
    total = (total & _WORD) + (total >> 16)
    fixed = ~total & _WORD
    if where.protocol == _UDP and fixed == 0:
        fixed = _WORD
    return fixed.to_bytes(2)
