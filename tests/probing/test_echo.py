"""ICMP echo: what is built is what scapy would build; what is read is only what is whole and right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP
from scapy.layers.inet6 import ICMPv6EchoRequest
from scapy.packet import Raw

from bridgewatch.core.probing import echo
from bridgewatch.core.probing.checksum import internet_checksum
from bridgewatch.model.words import Family


def words(*values: int) -> np.ndarray:
    return np.array(values, np.uint64)


def rows(*packets: bytes, width: int = 128) -> tuple[np.ndarray, np.ndarray]:
    packet = np.array([list(octets.ljust(width, b"\0")) for octets in packets], np.uint8)
    return packet, np.array([len(octets) for octets in packets], np.uint16)


def reply_to(request: np.ndarray, family: Family) -> np.ndarray:
    reply = request.copy()
    reply[:, 0] = {Family.V4: 0, Family.V6: 129}[family]
    reply[:, 2:4] = 0
    if family is Family.V4:
        reply[:, 2:4] = internet_checksum(reply).astype(">u2")[:, None].view(np.uint8)
    return reply


ident = st.integers(0, 0xFFFF)
nonces = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=8)
sizes = st.integers(echo.MIN_SIZE, 128)
families = st.sampled_from(list(Family))


@given(ident, st.integers(0, 2**40), st.integers(0, 2**64 - 1), sizes)
def test_an_ipv4_request_equals_scapys_octet_by_octet(ident, seq, nonce, size):
    packet = echo.build(Family.V4, ident, np.array([seq]), words(nonce), size)

    payload = packet[0, echo.HEADER :].tobytes()
    assert packet[0].tobytes() == bytes(ICMP(type=8, id=ident, seq=seq & 0xFFFF) / Raw(payload))
    assert payload[:8] == words(nonce).tobytes()


@given(ident, st.integers(0, 0xFFFF), sizes)
def test_an_ipv6_request_equals_scapys_except_for_the_kernels_checksum(ident, seq, size):
    packet = echo.build(Family.V6, ident, np.array([seq]), words(7), size)

    payload = packet[0, echo.HEADER :].tobytes()
    assert packet[0].tobytes() == bytes(ICMPv6EchoRequest(id=ident, seq=seq, cksum=0, data=payload))


@given(families, ident, nonces, sizes)
def test_a_reply_gives_back_ident_sequence_and_nonce(family, ident, nonces, size):
    seq = np.arange(len(nonces)) + 65_530
    reply = reply_to(echo.build(family, ident, seq, words(*nonces), size), family)

    read = echo.parse_replies(reply, np.full(len(nonces), size, np.uint16), family)

    assert read.valid.all()
    assert read.ident.tolist() == [ident] * len(nonces)
    assert read.seq.tolist() == (seq & 0xFFFF).tolist()
    assert read.nonce.tolist() == nonces


@given(st.integers(0, 63), st.integers(1, 255))
def test_one_changed_octet_of_an_ipv4_reply_makes_it_invalid(position, change):
    reply = reply_to(echo.build(Family.V4, 5, np.array([6]), words(7), 64), Family.V4)
    reply[0, position] ^= change

    assert not echo.parse_replies(reply, np.array([64], np.uint16), Family.V4).valid.any()


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        (Family.V4, {0: 8}),
        (Family.V6, {0: 128}),
        (Family.V4, {0: 3}),
        (Family.V6, {0: 0}),
        (Family.V6, {1: 1}),
    ],
    ids=["own request v4", "own request v6", "an error", "v4 type over v6", "strange code"],
)
def test_another_type_or_code_is_no_reply(family, changes):
    reply = reply_to(echo.build(family, 5, np.array([6]), words(7), 64), family)
    for position, value in changes.items():
        reply[0, position] = value
    if family is Family.V4:
        reply[:, 2:4] = 0
        reply[:, 2:4] = internet_checksum(reply).astype(">u2")[:, None].view(np.uint8)

    assert not echo.parse_replies(reply, np.array([64], np.uint16), family).valid.any()


def test_a_reply_too_short_for_a_nonce_is_not_one_of_ours():
    packet, length = rows(bytes(ICMP(type=0, id=1, seq=2) / Raw(b"1234567")))

    assert not echo.parse_replies(packet, length, Family.V4).valid.any()


def test_both_families_are_read_in_one_batch():
    v4 = reply_to(echo.build(Family.V4, 5, np.array([6]), words(7), 64), Family.V4)
    v6 = reply_to(echo.build(Family.V6, 5, np.array([8]), words(9), 64), Family.V6)

    read = echo.parse_replies(np.concatenate([v4, v6]), np.full(2, 64, np.uint16), np.array([4, 6], np.uint8))

    assert read.valid.tolist() == [True, True]
    assert read.nonce.tolist() == [7, 9]


def test_an_odd_reply_is_checked_to_its_last_octet():
    reply = reply_to(echo.build(Family.V4, 5, np.array([6]), words(7), 65), Family.V4)
    broken = reply.copy()
    broken[0, 64] ^= 1

    assert echo.parse_replies(reply, np.array([65], np.uint16), Family.V4).valid.all()
    assert not echo.parse_replies(broken, np.array([65], np.uint16), Family.V4).valid.any()


@pytest.mark.parametrize("family", list(Family))
def test_a_quote_of_eight_octets_tells_ident_and_sequence_but_no_nonce(family):
    request = echo.build(family, 0x1234, np.array([0x5678]), words(99), 64)
    packet, length = rows(request[0, :8].tobytes(), request[0].tobytes(), request[0, :7].tobytes())

    quoted = echo.parse_quoted(packet, length, family)

    assert quoted.valid.tolist() == [True, True, False]
    assert quoted.has_nonce.tolist() == [False, True, False]
    assert quoted.ident[:2].tolist() == [0x1234] * 2
    assert quoted.seq[:2].tolist() == [0x5678] * 2
    assert int(quoted.nonce[1]) == 99


def test_a_quoted_reply_was_not_sent_by_us():
    reply = reply_to(echo.build(Family.V4, 5, np.array([6]), words(7), 64), Family.V4)

    assert not echo.parse_quoted(reply, np.array([64], np.uint16), Family.V4).valid.any()


@pytest.mark.parametrize("size", [0, 15, 65_508])
def test_a_size_that_cannot_carry_a_probe_is_refused(size):
    with pytest.raises(ValueError, match="octets"):
        echo.build(Family.V4, 1, np.array([1]), words(1), size)


@given(st.lists(st.binary(max_size=90), max_size=12), st.integers(0, 90), families)
def test_any_octets_at_all_are_read_without_complaint(packets, width, family):
    width = max([width, *map(len, packets)])
    packet = np.zeros((len(packets), width), np.uint8)
    for row, octets in enumerate(packets):
        packet[row, : len(octets)] = list(octets)
    length = np.array([len(octets) for octets in packets], np.uint16)

    assert len(echo.parse_replies(packet, length, family).valid) == len(packets)
    assert len(echo.parse_quoted(packet, length, family).valid) == len(packets)
