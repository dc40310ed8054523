"""Authenticated STAMP packets written from the tables of RFC 8762 with nothing of ours: what ours must equal."""

import hashlib
import hmac
import struct


def sealed(key: bytes, covered: bytes) -> bytes:
    """Octets 0 to 95 and their HMAC (section 4.4)."""
    assert len(covered) == 96
    return covered + hmac.new(key, covered, hashlib.sha256).digest()[:16]


def request(key: bytes, *, seq: int, t1: int, error: int, ssid: int) -> bytes:
    """Section 4.2.2: sequence, 12 octets of zeros, timestamp, error estimate, and RFC 8972's session id."""
    return sealed(key, struct.pack(">I12xQHH68x", seq, t1, error, ssid))


def reply(
    key: bytes,
    *,
    seq: int,
    t3: int,
    error: int,
    ssid: int,
    t2: int,
    sender_seq: int,
    sender_t1: int,
    sender_error: int,
    ttl: int,
) -> bytes:
    """Section 4.3.2: the same for the reflector, then what it received, each part padded to 16 octets."""
    own = struct.pack(">I12xQHH4xQ8x", seq, t3, error, ssid, t2)
    return sealed(key, own + struct.pack(">I12xQH6xB15x", sender_seq, sender_t1, sender_error, ttl))


def answer(key: bytes, asked: bytes, *, seq: int = 0, ssid: int | None = None, at: int = 1 << 32) -> bytes:
    """The reply of a plain reflector to an authenticated request."""
    sender_seq, sender_t1, sender_error, sender_ssid = struct.unpack(">I12xQHH", asked[:28])
    return reply(
        key,
        seq=seq,
        t3=at + 1,
        error=0x0101,
        ssid=sender_ssid if ssid is None else ssid,
        t2=at,
        sender_seq=sender_seq,
        sender_t1=sender_t1,
        sender_error=sender_error,
        ttl=255,
    )


def flipped(packet: bytes, bit: int) -> bytes:
    """The packet with one bit changed."""
    octets = bytearray(packet)
    octets[bit // 8] ^= 0x80 >> bit % 8
    return bytes(octets)
