"""STAMP: octet by octet as scapy and the tables of RFC 8762 and 8972 have it."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.contrib.stamp import (
    ErrorEstimate,
    STAMPSessionReflectorTestUnauthenticated,
    STAMPSessionSenderTestUnauthenticated,
    STAMPTestTLV,
)

from bridgewatch.core.probing import stamp
from bridgewatch.core.probing.timestamps import ntp_from_ns, ptp_from_ns
from bridgewatch.model.observations import NO_TIME

NOW = 1_900_000_000_123_456_789
u16, u32, u64 = (st.integers(0, 2**bits - 1) for bits in (16, 32, 64))
sizes = st.one_of(st.just(44), st.integers(48, 200))


def column(kind, *values):
    return np.array(values, kind)


def scapy_estimate(number: int) -> ErrorEstimate:
    return ErrorEstimate(
        S=number >> 15, Z=number >> 14 & 1, scale=number >> 8 & 0x3F, multiplier=number & 0xFF
    )


def scapy_time(number: int, estimate: int) -> float | int:
    """Scapy takes NTP as a float of seconds (exact here: 20 binary places) and PTP as an integer."""
    return number if estimate & 0x4000 else number / 2**32


exact_times = st.integers(0, 2**52 - 1).map(lambda number: number << 12)


def reflect(request, length, *, seq=0, ssid=0, t2_ns=NOW, t3_ns=NOW, error=0x0101, ttl=64, width=None):
    rows = len(request)
    reply = np.full((rows, width or request.shape[1]), 0xEE, np.uint8)
    size = stamp.reflect(
        request,
        length,
        reply,
        seq=np.broadcast_to(np.uint32(seq), rows),
        ssid=np.broadcast_to(np.uint16(ssid), rows),
        t2_ns=np.full(rows, t2_ns),
        error_estimate=error,
        sender_ttl=np.full(rows, ttl, np.uint8),
    )
    stamp.write_t3(reply, np.full(rows, t3_ns))
    return reply, size


@given(u32, exact_times, u16, u16)
def test_a_base_request_equals_scapys_octet_by_octet(seq, t1, error, ssid):
    error &= 0xBFFF  # our senders speak NTP
    packet = stamp.build(column(np.int64, seq), column(np.uint64, t1), error, ssid, 44)

    expected = STAMPSessionSenderTestUnauthenticated(
        seq=seq, ts=scapy_time(t1, error), err_estimate=scapy_estimate(error), ssid=ssid
    )
    assert packet[0].tobytes() == bytes(expected)


@given(st.integers(48, 200))
def test_a_longer_request_carries_one_extra_padding_tlv(size):
    packet = stamp.build(column(np.int64, 1), column(np.uint64, 2 << 32), 0x0101, 3, size)

    read = STAMPSessionSenderTestUnauthenticated(packet[0].tobytes())
    assert len(packet[0]) == size
    assert [(int(tlv.flags), tlv.type, tlv.len) for tlv in read.tlv_objects] == [(0x80, 1, size - 48)]
    assert isinstance(read.tlv_objects[0], STAMPTestTLV)


@pytest.mark.parametrize("size", [0, 43, 45, 47, 65_508])
def test_a_size_without_room_for_base_or_padding_is_refused(size):
    with pytest.raises(ValueError, match="octets"):
        stamp.build(column(np.int64, 1), column(np.uint64, 1), 1, 0, size)


@given(
    seq=u32,
    sender_seq=u32,
    t1=exact_times,
    sender_error=u16,
    error=u16,
    ssid=u16,
    ttl=st.integers(0, 255),
    processing=st.integers(0, 10**9),
)
def test_a_reply_equals_scapys_octet_by_octet(
    *, seq, sender_seq, t1, sender_error, error, ssid, ttl, processing
):
    error &= 0xBFFF
    sender_error &= 0xBFFF
    t2 = NOW // 10**9 * 10**9 + 500_000_000  # binary fractions that a float holds exactly
    t3 = t2 + processing // 250_000_000 * 250_000_000
    request = stamp.build(column(np.int64, sender_seq), column(np.uint64, t1), sender_error, ssid, 44)

    reply, _ = reflect(
        request, column(np.uint16, 44), seq=seq, ssid=ssid, t2_ns=t2, t3_ns=t3, error=error, ttl=ttl
    )

    expected = STAMPSessionReflectorTestUnauthenticated(
        seq=seq,
        ts=int(ntp_from_ns(column(np.int64, t3))[0]) / 2**32,
        err_estimate=scapy_estimate(error),
        ssid=ssid,
        ts_rx=int(ntp_from_ns(column(np.int64, t2))[0]) / 2**32,
        seq_sender=sender_seq,
        ts_sender=scapy_time(t1, sender_error),
        err_estimate_sender=scapy_estimate(sender_error),
        ttl_sender=ttl,
    )
    assert reply[0].tobytes() == bytes(expected)


@given(seq=u32, sender_seq=u32, t1=u64, sender_error=u16, error=u16, ssid=u16, ttl=st.integers(0, 255))
def test_a_reply_lies_as_the_table_of_the_rfc_says(*, seq, sender_seq, t1, sender_error, error, ssid, ttl):
    request = stamp.build(column(np.int64, sender_seq), column(np.uint64, t1), sender_error, ssid, 44)

    reply, size = reflect(request, column(np.uint16, 44), seq=seq, ssid=ssid, error=error, ttl=ttl)

    ntp = int(ntp_from_ns(column(np.int64, NOW))[0])
    assert reply[0].tobytes() == struct.pack(
        "!IQHHQIQHHB3x", seq, ntp, error, ssid, ntp, sender_seq, t1, sender_error, 0, ttl
    )
    assert size.tolist() == [44]


@given(
    seq=u32,
    sender_seq=u32,
    t1=u64,
    sender_error=u16,
    ssid=u16,
    ttl=st.integers(0, 255),
    size=st.sampled_from([41, 44, 48, 100]),
)
def test_what_a_reflector_wrote_is_what_the_sender_reads(
    *, seq, sender_seq, t1, sender_error, ssid, ttl, size
):
    request = stamp.build(column(np.int64, sender_seq), column(np.uint64, t1), sender_error, ssid, 44)
    reply, _ = reflect(request, column(np.uint16, 44), seq=seq, ssid=ssid, t3_ns=NOW + 4321, ttl=ttl)
    packet = np.zeros((1, size), np.uint8)
    packet[0, : min(size, 44)] = reply[0, : min(size, 44)]

    read = stamp.parse_reflected(packet, column(np.uint16, size))

    assert read.valid.tolist() == [True]
    assert read.seq.tolist() == [seq]
    assert read.sender_seq.tolist() == [sender_seq]
    assert read.token.tolist() == stamp.token(column(np.uint64, t1)).tolist()
    assert read.ssid.tolist() == [ssid]
    assert read.sender_ttl.tolist() == [ttl]
    assert (read.t3_ns - read.t2_ns).tolist() == [4321]
    assert read.t2_ns.tolist() == [NOW]


def test_the_token_is_what_the_wire_carries_read_natively():
    t1 = stamp.timestamp(column(np.int64, NOW), column(np.uint16, 0xBEEF))

    packet = stamp.build(column(np.int64, 1), t1, 0x0101, 0, 44)

    assert stamp.token(t1).tobytes() == packet[0, 4:12].tobytes()


@given(st.integers(0, 2**62), u16)
def test_a_salted_timestamp_is_off_by_less_than_it_says(ns, salt):
    salted = int(stamp.timestamp(column(np.int64, ns), column(np.uint16, salt))[0])
    plain = int(ntp_from_ns(column(np.int64, ns))[0])

    assert salted & 0xFFFF == salt
    assert abs(salted - plain) / 2**32 < stamp.SALT_ERROR


def test_the_error_estimate_owns_up_to_the_salt():
    estimate = stamp.sender_error(0.0, synchronised=True)

    assert estimate & 0x8000
    assert (estimate & 0xFF) * 2.0 ** ((estimate >> 8 & 0x3F) - 32) >= 2.0**-16


def test_a_ptp_reflectors_times_are_read_as_ptp():
    ptp = int(ptp_from_ns(column(np.int64, NOW))[0])
    reply = struct.pack("!IQHHQIQHHB3x", 9, ptp + 1000, 0xC101, 0, ptp, 1, 2, 0x0101, 0, 60)

    read = stamp.parse_reflected(np.frombuffer(reply, np.uint8)[None, :], column(np.uint16, 44))

    assert read.error.ptp.tolist() == [True]
    assert read.t2_ns.tolist() == [NOW]
    assert read.t3_ns.tolist() == [NOW + 1000]


def test_a_twamp_light_reply_of_41_octets_is_accepted_and_one_octet_less_is_not():
    request = stamp.build(column(np.int64, 7), column(np.uint64, 8), 0x0101, 0, 44)
    reply, _ = reflect(request, column(np.uint16, 44))

    for size, valid in ((41, True), (40, False)):
        read = stamp.parse_reflected(reply[:, :size], column(np.uint16, size))
        assert read.valid.tolist() == [valid]
    assert read.t2_ns.tolist() == [NO_TIME]
    assert read.sender_seq.tolist() == [0]


def test_a_zero_multiplier_is_an_infinite_error_not_a_lost_reply():
    request = stamp.build(column(np.int64, 7), column(np.uint64, 8), 0x0101, 0, 44)
    reply, _ = reflect(request, column(np.uint16, 44), error=0)

    read = stamp.parse_reflected(reply, column(np.uint16, 44))

    assert read.valid.all()
    assert np.isinf(read.error.seconds).all()


@given(st.integers(14, 200), st.integers(0, 255))
def test_a_reply_is_as_long_as_its_request_and_never_shorter_than_the_base(size, filler):
    request = np.full((1, 256), filler, np.uint8)

    reply, length = reflect(request, column(np.uint16, size), width=256)

    assert length.tolist() == [max(size, 44)]
    assert reply[0, 44:size].tolist() == request[0, 44:size].tolist()


def test_reserved_octets_of_a_request_do_not_come_back():
    request = np.full((1, 44), 0xFF, np.uint8)

    reply, _ = reflect(request, column(np.uint16, 44))

    assert reply[0, 38:40].tolist() == [0, 0]
    assert reply[0, 41:44].tolist() == [0, 0, 0]


def test_octets_left_over_from_an_earlier_packet_are_not_part_of_a_short_request():
    buffer = np.full((2, 64), 0xAA, np.uint8)

    asked = stamp.parse_requests(buffer, column(np.uint16, 14, 16))

    assert asked.ssid.tolist() == [0, 0xAAAA]


def test_a_reply_of_another_reflector_is_known_for_one():
    request = stamp.build(column(np.int64, 7), column(np.uint64, 8 << 32), 0x0101, 5, 44)
    length = column(np.uint16, 44)
    reply, _ = reflect(request, length, t2_ns=NOW, t3_ns=NOW + 999_000_000)
    old, _ = reflect(request, length, t2_ns=NOW, t3_ns=NOW + 2_000_000_000)
    zeros = np.zeros((1, 44), np.uint8)

    packets = np.concatenate([request, reply, old, zeros])

    assert stamp.parse_requests(packets, np.repeat(length, 4)).is_reply.tolist() == [
        False,
        True,
        False,
        False,
    ]


def test_a_quote_tells_as_much_as_it_holds():
    t1 = column(np.uint64, 0x0102030405060708)
    request = stamp.build(column(np.int64, 0xFFFF_FFFF), t1, 0x0101, 5, 44)
    packet = np.repeat(request, 4, axis=0)
    length = column(np.uint16, 0, 4, 11, 12)
    for row, size in enumerate(length):
        packet[row, size:] = 0

    quoted = stamp.parse_quoted(packet, length)

    assert quoted.has_seq.tolist() == [False, True, True, True]
    assert quoted.seq[1:].tolist() == [0xFFFF_FFFF] * 3
    assert quoted.has_token.tolist() == [False, False, False, True]
    assert quoted.token[3] == stamp.token(t1)[0]


@given(st.lists(st.binary(max_size=90), max_size=12), st.integers(0, 90))
def test_any_octets_at_all_are_read_without_complaint(packets, width):
    width = max([width, *map(len, packets)])
    packet = np.zeros((len(packets), width), np.uint8)
    for row, octets in enumerate(packets):
        packet[row, : len(octets)] = list(octets)
    length = np.array([len(octets) for octets in packets], np.uint16)

    read = stamp.parse_reflected(packet, length)

    assert read.valid.tolist() == [len(octets) >= 41 for octets in packets]
    assert len(stamp.parse_quoted(packet, length).token) == len(packets)
    assert len(stamp.parse_requests(packet, length).ssid) == len(packets)
