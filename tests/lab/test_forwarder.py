"""The forwarder against other witnesses: what its log says is what ping, tcpdump and the kernel saw."""

import socket
import struct

import numpy as np
import pytest

from tests.lab.echoes import fping
from tests.lab.forwarder_log import Done, waits_ns, wall_offset_ns
from tests.lab.impaired_link import select_way
from tests.lab.impairment import Distribution, Impairment
from tests.lab.line import Line, impaired_line
from tests.lab.namespaces import LabError
from tests.lab.packets import echo_replies, echo_requests
from tests.lab.tcpdump import Capture, rtts

pytestmark = pytest.mark.root
FAMILIES = pytest.mark.parametrize("family", [4, 6])


def warm(lab, *, family=4):
    """Let every host find its neighbours first."""
    fping(lab, "vantage", Line.targets(1, family=family))


def echoes_in(log):
    """Without what hosts say of their own accord (IGMP, MLD)."""
    return np.sort(np.concatenate([echo_requests(log), echo_replies(log)]), order="number")


def has(log, flag):
    return (log["done"] & flag) != 0


@FAMILIES
def test_no_packet_leaves_before_its_delay_and_none_is_missing(lab, family):
    line = impaired_line(lab, forward=Impairment(delay=0.005), backward=Impairment(delay=0.080))
    warm(lab, family=family)
    echoes = fping(lab, "vantage", Line.targets(100, family=family), each=2)
    log = echoes_in(line.far.settled_log())
    assert echoes.missing == 0
    assert len(log) == 2 * (1 + 200)
    for forward, delay_ns in ((True, 5_000_000), (False, 80_000_000)):
        way = select_way(log, forward=forward)
        assert (way["due_ns"] - way["in_ns"] == delay_ns).all()
        assert (way["out_ns"] >= way["due_ns"]).all()


@FAMILIES
def test_the_rtt_seen_by_tcpdump_is_made_of_the_waits_in_the_log(lab, family):
    jitter = Impairment(delay=0.010, jitter=0.003, distribution=Distribution.GAMMA, keep_order=False)
    line = impaired_line(lab, forward=jitter, backward=jitter)
    warm(lab, family=family)
    capture = Capture(lab, line.near.a)
    fping(lab, "vantage", Line.targets(100, family=family), each=3)
    probes = rtts(capture.stop())
    rest = probes["rtt_ns"] - waits_ns(probes, line.far.settled_log())
    assert len(probes) == 300
    # The rest is the way through the kernel: never negative, and nothing beside the delay of 20 ms.
    assert rest.min() >= 0
    assert np.median(rest) < 5_000_000


def test_duplicates_in_the_log_are_those_that_ping_reports(lab):
    line = impaired_line(lab)
    warm(lab)
    line.far.impair_backward(duplicate=0.3)
    ping = lab.run("vantage", ["ping", "-q", "-c", "100", "-i", "0.002", Line.targets(1)[0]])
    copies = has(echoes_in(line.far.settled_log()), Done.COPY).sum()
    # ping stops at its hundredth answer: a copy of the last one may come too late to be counted.
    assert "100 received" in ping.stdout
    reported = int(ping.stdout.partition("+")[2].split()[0])
    assert copies > 0
    assert copies - reported in (0, 1)


@FAMILIES
def test_packets_arrive_in_the_order_of_the_log_even_when_held_back(lab, family):
    line = impaired_line(lab, backward=Impairment(delay=0.002, reorder=0.1, hold=0.005))
    warm(lab, family=family)
    skipped = len(line.far.settled_log())
    capture = Capture(lab, line.near.a)
    fping(lab, "vantage", Line.targets(100, family=family), each=2)
    seen = capture.stop()
    log = echo_replies(line.far.settled_log()[skipped:])
    replies = echo_replies(seen)
    columns = ["source", "ident", "seq", "token"]
    assert len(replies) == 200
    assert (replies[columns] == log[np.argsort(log["out_ns"], kind="stable")][columns]).all()
    overtaken = np.maximum.accumulate(log["number"]) > log["number"]
    assert overtaken.any()
    assert has(log[overtaken], Done.HELD).all()


def test_a_jittery_way_keeps_its_order_unless_told_otherwise(lab):
    line = impaired_line(lab, forward=Impairment(delay=0.010, jitter=0.003))
    fping(lab, "vantage", Line.targets(200))
    kept = select_way(line.far.settled_log(), forward=True)
    line.far.impair_forward(keep_order=False)
    fping(lab, "vantage", Line.targets(200))
    mixed = select_way(line.far.settled_log(), forward=True)[len(kept) :]
    assert (np.diff(kept["number"].astype(int)) > 0).all()
    assert (np.diff(mixed["number"].astype(int)) < 0).any()


@pytest.mark.parametrize(("family", "counter"), [(4, "IcmpInCsumErrors"), (6, "Icmp6InCsumErrors")])
def test_a_wrong_checksum_is_dropped_by_the_far_kernel_as_the_log_says(lab, family, counter):
    line = impaired_line(lab)
    warm(lab, family=family)
    line.far.impair_forward(corrupt=0.2)
    echoes = fping(lab, "vantage", Line.targets(100, family=family), each=2, timeout_ms=200)
    log = line.far.settled_log()
    wrong = log[has(log, Done.BAD_CHECKSUM)]
    stopped = int(lab.run("far", ["nstat", "-asz", counter]).stdout.split()[-2])
    assert (wrong["out_ns"] > 0).all()
    assert has(wrong, Done.CORRUPTED).all()
    assert 0 < len(wrong) == stopped
    assert echoes.missing == len(wrong)


@FAMILIES
def test_corruption_with_a_mended_checksum_reaches_the_far_end(lab, family):
    line = impaired_line(lab)
    warm(lab, family=family)
    line.far.impair_forward(corrupt=0.5, fix_checksum=True, spare=8)
    capture = Capture(lab, line.far.b)
    lab.run("vantage", ["ping", "-q", "-c", "40", "-i", "0.002", Line.targets(1, family=family)[0]])
    seen = capture.stop()
    log = echo_requests(line.far.settled_log())[1:]  # but the one that warmed
    requests = echo_requests(seen)
    assert 0 < has(log, Done.CORRUPTED).sum() < 40
    assert not has(log, Done.BAD_CHECKSUM).any()
    assert len(echo_replies(seen)) == len(requests) == len(log) == 40
    assert requests["token"].tolist() == log["token"].tolist()  # the first 8 octets are spared
    differ = (requests["payload"] != log["payload"]).any(axis=1)
    assert has(log[differ], Done.CORRUPTED).all()
    assert differ.any()


@FAMILIES
@pytest.mark.parametrize("way", ["forward", "backward"])
def test_lost_packets_in_the_log_are_those_that_fping_misses(lab, family, way):
    line = impaired_line(lab)
    warm(lab, family=family)
    getattr(line.far, f"impair_{way}")(loss=0.1)
    echoes = fping(lab, "vantage", Line.targets(100, family=family), each=3, timeout_ms=300)
    log = echoes_in(line.far.settled_log())
    lost = log[has(log, Done.LOST)]
    assert 0 < len(lost) == echoes.missing
    assert (lost["out_ns"] == 0).all()
    assert (lost["direction"] == (way == "backward")).all()


def test_a_blackout_takes_every_packet_until_it_ends(lab):
    line = impaired_line(lab)
    warm(lab)
    line.far.impair(blackout=True)
    assert fping(lab, "vantage", Line.targets(20), timeout_ms=100).missing == 20
    line.far.impair(blackout=False)
    assert fping(lab, "vantage", Line.targets(20)).missing == 0
    assert has(echoes_in(line.far.settled_log()), Done.BLACKOUT).sum() == 20


def test_the_same_seed_spoils_the_same_packets(lab, tmp_path):
    lab.host("vantage")
    lab.host("far")
    spoilt = []
    for number, name in enumerate(("one", "two"), start=1):
        link = lab.impaired_link(
            "vantage", "far", f"198.51.100.{number * 16}/28", name=name, forward=Impairment(loss=0.3), seed=7
        )
        fping(lab, "vantage", [link.b.v4], each=50, timeout_ms=50)
        spoilt.append(np.flatnonzero(has(select_way(link.settled_log(), forward=True)[:50], Done.LOST)))
    assert len(spoilt[0]) > 0
    assert spoilt[0].tolist() == spoilt[1].tolist()


def test_what_the_queue_before_the_forwarder_loses_is_counted(lab):
    line = impaired_line(lab)
    warm(lab)
    lab.run("router", ["ip", "link", "set", line.far.a.device, "txqueuelen", "8"])
    line.far.freeze()
    missing = fping(lab, "vantage", Line.targets(20), timeout_ms=50).missing
    line.far.thaw()
    arrived = len(echo_requests(line.far.settled_log())) - 1
    assert missing == 20
    # The kernel's own packets (neighbours, IPv6) may be lost beside them: a handful in so short a time.
    assert 0 < 20 - arrived <= lab.queue_drops(line.far.a) <= 20 - arrived + 6


def test_a_raw_socket_is_given_an_ipv4_reply_with_a_wrong_checksum(lab):
    """Why a prober must test the checksum itself: the kernel's ICMP drops the packet, but only after that."""
    line = impaired_line(lab)
    warm(lab)
    line.far.impair_backward(corrupt=1.0)
    with lab.inside("vantage"):
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    with raw:
        raw.settimeout(10.0)
        fping(lab, "vantage", Line.targets(1), timeout_ms=50)
        reply = raw.recv(2048)[20:]
    total = sum(struct.unpack(f"!{len(reply) // 2}H", reply))
    assert reply[0] == 0
    assert total % 0xFFFF != 0  # RFC 1071: of a right packet the sum is zero in ones' complement
    assert has(echo_replies(line.far.settled_log()), Done.BAD_CHECKSUM).sum() == 1


def test_what_waits_at_the_end_is_logged_as_abandoned(lab):
    line = impaired_line(lab)
    warm(lab)
    line.far.impair_forward(delay=60.0)
    fping(lab, "vantage", Line.targets(3), timeout_ms=50)
    assert not has(line.far.log(), Done.ABANDONED).any()
    line.far.stop()
    left = echoes_in(line.far.log())
    assert has(left, Done.ABANDONED).sum() == 3
    assert (left["out_ns"][has(left, Done.ABANDONED)] == 0).all()


def test_a_device_that_is_down_refuses_packets_and_the_log_says_so(lab):
    line = impaired_line(lab)
    warm(lab)
    lab.down(line.far.b)
    fping(lab, "vantage", Line.targets(3), timeout_ms=50)
    log = echoes_in(line.far.settled_log())
    assert has(log, Done.REFUSED).sum() == 3
    lab.up(line.far.b)
    assert fping(lab, "vantage", Line.targets(3)).missing == 0


def test_impossible_settings_change_nothing(lab):
    line = impaired_line(lab)
    with pytest.raises(ValueError, match="ratio"):
        line.far.impair(loss=1.5)
    with pytest.raises(TypeError):
        line.far.impair(los=0.5)
    assert fping(lab, "vantage", Line.targets(3)).missing == 0


def test_a_second_link_of_the_same_device_name_is_refused(lab):
    impaired_line(lab)
    with pytest.raises((LabError, OSError)):
        lab.impaired_link("router", "far", "203.0.113.0/30")


def test_the_logs_times_become_wall_times_by_its_offset(lab):
    line = impaired_line(lab)
    capture = Capture(lab, line.far.a)
    warm(lab)
    (request,) = (packet for packet in capture.stop() if packet["icmp_type"] == 8)
    (logged,) = (row for row in line.far.settled_log() if row["icmp_type"] == 8)
    assert abs(logged["in_ns"] + wall_offset_ns(line.far.log_path) - request["time_ns"]) < 1_000_000_000
