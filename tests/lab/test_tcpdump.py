"""Captures in the lab, and the readers of pcap files and packets against scapy and plain code."""

import struct

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import wrpcap

from tests.lab.line import Line, plain_line
from tests.lab.packets import HEAD, PAYLOAD, parse, words
from tests.lab.tcpdump import CAPTURE, Capture, read_capture, rtts

V4 = st.integers(0, 2**32 - 1).map(lambda n: ".".join(str(octet) for octet in n.to_bytes(4)))
V6 = st.integers(0, 2**32 - 1).map(lambda n: f"2001:db8:{n >> 16:x}:{n & 0xFFFF:x}::1")
WORD = st.integers(0, 65_535)
PAYLOADS = st.binary(max_size=80)


def head_of(packet):
    octets = bytes(packet)
    head = np.zeros((1, HEAD), np.uint8)
    head[0, : min(HEAD, len(octets))] = list(octets[:HEAD])
    return head, np.array([len(octets)])


def parsed(packet):
    return parse(*head_of(packet))[0]


@given(V4, V4, WORD, WORD, PAYLOADS, st.sampled_from([0, 8]), st.integers(0, 3))
def test_an_ipv4_echo_reads_as_scapy_wrote_it(source, destination, ident, seq, payload, kind, options):
    header = IP(src=source, dst=destination, options=[b"\x01\x01\x01\x01"] * options)
    row = parsed(header / ICMP(type=kind, id=ident, seq=seq) / Raw(payload))
    kept = payload[: HEAD - 28 - 4 * options][:PAYLOAD]
    assert (row["family"], row["protocol"], row["icmp_type"]) == (4, 1, kind)
    assert tuple(row["source"]) == words(source)
    assert tuple(row["destination"]) == words(destination)
    assert (row["ident"], row["seq"], row["payload_length"]) == (ident, seq, len(payload))
    assert bytes(row["payload"]) == kept.ljust(PAYLOAD, b"\0")
    assert row["token"] == struct.unpack("=Q", kept[:8].ljust(8, b"\0"))[0]


@given(V6, V6, WORD, WORD, PAYLOADS, st.sampled_from([ICMPv6EchoRequest, ICMPv6EchoReply]))
def test_an_ipv6_echo_reads_as_scapy_wrote_it(source, destination, ident, seq, payload, kind):
    row = parsed(IPv6(src=source, dst=destination) / kind(id=ident, seq=seq, data=payload))
    assert (row["family"], row["protocol"], row["icmp_type"]) == (6, 58, kind().type)
    assert (tuple(row["source"]), tuple(row["destination"])) == (words(source), words(destination))
    assert (row["ident"], row["seq"], row["payload_length"]) == (ident, seq, len(payload))
    assert bytes(row["payload"]) == payload[:PAYLOAD].ljust(PAYLOAD, b"\0")


@given(WORD, WORD, PAYLOADS, st.booleans())
def test_udp_reads_as_scapy_wrote_it(source_port, destination_port, payload, is_v6):
    outer = IPv6(src="2001:db8::1", dst="2001:db8::2") if is_v6 else IP(src="192.0.2.1", dst="192.0.2.2")
    row = parsed(outer / UDP(sport=source_port, dport=destination_port) / Raw(payload))
    assert (row["source_port"], row["destination_port"]) == (source_port, destination_port)
    assert (row["protocol"], row["icmp_type"], row["ident"]) == (17, -1, 0)
    assert bytes(row["payload"]) == payload[:PAYLOAD].ljust(PAYLOAD, b"\0")


@given(st.binary(max_size=120))
def test_any_octets_are_read_without_complaint(octets):
    assert parsed(octets)["family"] in (0, 4, 6)


def test_a_later_fragment_has_no_icmp_header():
    row = parsed(IP(src="192.0.2.1", dst="192.0.2.2", frag=10, proto=1) / Raw(bytes(range(64))))
    assert (row["family"], row["icmp_type"], row["payload_length"]) == (4, -1, 0)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 999_999_999), WORD, PAYLOADS), max_size=8),
    st.booleans(),
)
def test_a_pcap_file_reads_as_scapy_wrote_it(tmp_path_factory, rows, is_raw):
    path = tmp_path_factory.mktemp("pcap") / "some.pcap"
    packets = []
    for second, nano, seq, payload in rows:
        packet = IP(src="192.0.2.1", dst="192.0.2.2") / ICMP(type=8, id=7, seq=seq) / Raw(payload)
        packet = packet if is_raw else Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / packet
        packet.time = second + nano / 10**9
        packets.append(packet)
    wrpcap(str(path), packets, nano=True, linktype=101 if is_raw else 1)
    capture = read_capture(path)
    assert capture["seq"].tolist() == [row[2] for row in rows]
    assert capture["length"].tolist() == [len(bytes(packet)) for packet in packets]
    # scapy keeps time as a float: good to some hundred nanoseconds here.
    wanted = [second * 10**9 + nano for second, nano, _, _ in rows]
    assert np.abs(capture["time_ns"] - np.array(wanted, "i8")).max(initial=0) < 1000


def test_files_that_are_no_nanosecond_capture_are_refused(tmp_path):
    path = tmp_path / "bad.pcap"
    header = struct.Struct("=IHHiIII")
    for data, why in (
        (b"", "too short"),
        (header.pack(0xA1B2C3D4, 2, 4, 0, 0, 128, 1), "magic"),
        (header.pack(0xA1B23C4D, 2, 4, 0, 0, 128, 113), "link type"),
        (
            header.pack(0xA1B23C4D, 2, 4, 0, 0, 128, 1) + struct.pack("=IIII", 1, 1, 60, 60) + b"short",
            "middle",
        ),
    ):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=why):
            read_capture(path)


def capture_of(rows):
    """A capture of echoes: (time, is_reply, target, seq, token)."""
    capture = np.zeros(len(rows), CAPTURE)
    for at, (time_ns, is_reply, target, seq, token) in enumerate(rows):
        ends = ((0, 1), (1, target)) if not is_reply else ((1, target), (0, 1))
        capture[at]["time_ns"] = time_ns
        capture[at]["family"], capture[at]["protocol"] = 4, 1
        capture[at]["icmp_type"] = 0 if is_reply else 8
        capture[at]["source"], capture[at]["destination"] = ends
        capture[at]["seq"] = seq
        capture[at]["token"] = token
        capture[at]["payload"][:8] = np.frombuffer(struct.pack("=Q", token), np.uint8)
    return capture


SMALL = st.integers(0, 3)


@given(
    st.lists(st.tuples(SMALL, SMALL, SMALL), unique=True, max_size=12),
    st.lists(st.tuples(SMALL, SMALL, SMALL), max_size=20),
)
def test_probes_are_paired_as_a_plain_search_pairs_them(asked, answered):
    requests = [(at, False, *key) for at, key in enumerate(asked)]
    replies = [(1000 + at, True, *key) for at, key in enumerate(answered)]
    wanted = [
        (at, next(1000 + when for when, other in enumerate(answered) if other == key) - at)
        for at, key in enumerate(asked)
        if key in answered
    ]
    rows = rtts(capture_of(requests + replies))
    assert list(zip(rows["sent_ns"].tolist(), rows["rtt_ns"].tolist(), strict=True)) == wanted


def test_two_equal_requests_are_an_error():
    with pytest.raises(ValueError, match="look the same"):
        rtts(capture_of([(1, False, 1, 1, 1), (2, False, 1, 1, 1), (3, True, 1, 1, 1)]))


def stamp(time_ns, octets, *, is_reply):
    row = np.zeros(1, CAPTURE)
    here, there = ((0, 1), 40_000), ((0, 2), 862)
    row["family"], row["protocol"], row["icmp_type"], row["time_ns"] = 4, 17, -1, time_ns
    (row["source"], row["source_port"]), (row["destination"], row["destination_port"]) = (
        (there, here) if is_reply else (here, there)
    )
    row["payload"][0] = np.frombuffer(octets.ljust(PAYLOAD, b"\0")[:PAYLOAD], np.uint8)
    row["payload_length"] = 44
    return row


@pytest.mark.parametrize(("estimate", "unit"), [(0x8001, 2**32), (0xC001, 10**9)])
def test_a_stamp_reply_belongs_to_the_request_whose_sequence_and_t1_it_carries(estimate, unit):
    t1 = struct.pack("!II", 100, unit // 4)
    request = struct.pack("!I8sHH", 5, t1, 0x8001, 0)
    t3, t2 = struct.pack("!II", 201, 0), struct.pack("!II", 200, unit // 2)
    reply = struct.pack("!I8sHH8sI8s", 9, t3, estimate, 0, t2, 5, t1)
    stranger = struct.pack("!I8sHH8sI8s", 9, t3, estimate, 0, t2, 6, t1)
    (row,) = rtts(
        np.concatenate(
            [
                stamp(10, request, is_reply=False),
                stamp(20, stranger, is_reply=True),
                stamp(30, reply, is_reply=True),
                stamp(40, reply, is_reply=True),
            ]
        )
    )
    assert (row["seq"], row["sent_ns"], row["rtt_ns"], row["reflector_ns"]) == (5, 10, 20, 500_000_000)
    assert row["token"] == struct.unpack("=Q", t1)[0]
    assert (row["source_port"], row["destination_port"]) == (40_000, 862)


@pytest.mark.root
@pytest.mark.parametrize("family", [4, 6])
def test_every_ping_is_in_the_capture_with_an_rtt_no_longer_than_ping_says(lab, family):
    line = plain_line(lab)
    capture = Capture(lab, line.near.a)
    target = Line.targets(3, family=family)[2]
    ping = lab.run("vantage", ["ping", "-c", "20", "-i", "0.002", target])
    seen = capture.stop()
    rows = rtts(seen)
    said = [
        float(text.partition("time=")[2].split()[0]) for text in ping.stdout.splitlines() if "time=" in text
    ]
    assert rows["seq"].tolist() == list(range(1, 21))
    assert (rows["destination"] == words(target)).all()
    # The kernel stamps after ping has taken its own time and before ping reads it; ping prints three digits.
    assert (rows["rtt_ns"] <= (np.array(said) * 1.01 + 0.002) * 1e6).all()


@pytest.mark.root
def test_a_capture_holds_every_packet_of_a_burst(lab):
    line = plain_line(lab)
    capture = Capture(lab, line.near.a)
    targets = Line.targets(250)
    lab.run("vantage", ["fping", "-q", "-i", "0.1", "-p", "25", "-C", "8", *targets])
    assert len(rtts(capture.stop())) == 2000
