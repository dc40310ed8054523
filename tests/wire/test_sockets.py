"""Probes leave as configured, by whom they may, and come back with the kernel's stamps."""

import contextlib
import os
from collections.abc import Iterator

import numpy as np
import pytest

from bridgewatch.model.words import Outcome
from tests.lab.line import Line, plain_line
from tests.lab.packets import words
from tests.lab.tcpdump import Capture, rtts
from tests.lab.topology import End
from tests.wire.far_end import reflector
from tests.wire.kinds import BOTH_FAMILIES, CROSSED_KINDS, EVERY_KIND, ICMP, STAMP
from tests.wire.rig import Rig, count, spec
from tests.wire.truth import Key, names
from tests.wire.two_ways import two_ways_out

pytestmark = pytest.mark.root

NOBODY = 65_534
AGREEMENT_NS = 1_000_000  # in the middle; generous for a busy machine, `tests/bench/rtt.py` measures
CLOCKS_NS = 1_000_000  # stamps are wall clock: how far they may be from monotonic readings


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Nobody, without any capability, in this whole process for a while."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def far_paths(kind, family, count=10, **wanted):
    targets = enumerate(Line.targets(count, family=family))
    return [spec(number, address, kind=kind, **wanted) for number, address in targets]


@EVERY_KIND
def test_every_probe_is_stamped_twice_by_the_kernel_and_its_round_trip_is_what_tcpdump_saw(lab, kind, family):
    line = plain_line(lab)
    if kind is STAMP:
        reflector(lab)
    capture = Capture(lab, line.near.a)
    with lab.inside("vantage"), Rig(far_paths(kind, family)) as rig:
        rig.run(0.6)
        rig.settle()
    witness = {
        Key(int(row["destination"][1]), int(row["token"])): row["rtt_ns"] - row["reflector_ns"]
        for row in rtts(capture.stop())
    }
    probes = rig.probes()
    assert count(probes, Outcome.REPLY) == len(probes) >= 50
    called = {
        token: report.sent_ns
        for launch, report in rig.ledger.launches
        for token in launch.batch.token.tolist()
    }
    assert rig.ledger.stamped.keys() == called.keys()
    assert all(at_ns >= called[token] - CLOCKS_NS for token, at_ns in rig.ledger.stamped.items())
    error_ns = probes["rtt_ns"] - np.array([witness[key] for key in names(rig, probes)], np.int64)
    assert np.median(np.abs(error_ns)) <= AGREEMENT_NS


@BOTH_FAMILIES
def test_without_any_privilege_echoes_go_through_ping_sockets(lab, family):
    plain_line(lab)
    lab.sysctl("vantage", {"net.ipv4.ping_group_range": "0 2147483647"})
    with lab.inside("vantage"), unprivileged():
        rig = Rig(far_paths(ICMP, family))
        with rig:
            assert rig.engine.name == f"batch (icmp{family} unprivileged)"
            rig.run(0.6)
            rig.settle()
    probes = rig.probes()
    assert len(probes) > 30
    assert count(probes, Outcome.REPLY) == len(probes)
    assert rig.watch.prober.unmatched == 0


def test_where_not_even_that_is_allowed_probes_are_local_errors_and_stamp_goes_on(lab):
    plain_line(lab)
    reflector(lab)
    lab.sysctl("vantage", {"net.ipv4.ping_group_range": "1 0"})
    paths = [spec(0, Line.targets(1)[0]), spec(1, Line.targets(2)[1], kind=STAMP)]
    with lab.inside("vantage"), unprivileged():
        rig = Rig(paths)
        with rig:
            assert "icmp4 not permitted" in rig.engine.name
            rig.run(0.5)
            rig.settle()
    probes = rig.probes()
    assert set(probes["outcome"][probes["path"] == rig.rows[paths[0].key]]) == {Outcome.LOCAL_ERROR}
    assert set(probes["outcome"][probes["path"] == rig.rows[paths[1].key]]) == {Outcome.REPLY}


@CROSSED_KINDS
def test_source_class_and_size_are_on_the_wire_as_configured(lab, kind, family):
    dscp, size = 46, 1200
    line = plain_line(lab)
    reflector(lab)
    source = "192.0.2.77" if family == 4 else "2001:db8:1::77"
    prefix = "32" if family == 4 else "128"
    lab.run(
        "vantage", ["ip", "address", "add", f"{source}/{prefix}", "dev", "router", *["nodad"][: family // 6]]
    )
    octets = {4: f"ip[1] = {dscp << 2}", 6: f"ip6[0:2] & 0xff0 = {dscp << 6}"}[family]
    capture = Capture(lab, line.near.a, f"src host {source} and {octets}")
    with lab.inside("vantage"), Rig(far_paths(kind, family, 4, source=source, dscp=dscp, size=size)) as rig:
        rig.run(0.4)
        rig.settle()
    seen = capture.stop()
    probes = rig.probes()
    assert count(probes, Outcome.REPLY) == len(probes) > 0
    requests = seen[np.isin(seen["icmp_type"], (8, 128)) | (seen["destination_port"] == 862)]
    assert len(requests) == len(probes)
    assert set(requests["payload_length"].tolist()) == {size - 8 if kind is ICMP else size}
    assert (requests["source"] == words(source)).all()


@CROSSED_KINDS
def test_the_largest_packet_an_operator_may_ask_for_goes_out_and_comes_back(lab, kind, family):
    plain_line(lab)
    reflector(lab)
    small, large = Line.targets(2, family=family)
    paths = [spec(0, small, kind=kind), spec(1, large, kind=kind, size=9000)]
    with lab.inside("vantage"), Rig(paths) as rig:
        rig.run(0.4)
        rig.settle()
    probes = rig.probes()
    is_large = probes["path"] == rig.rows[paths[1].key]
    assert count(probes[~is_large], Outcome.REPLY) == np.count_nonzero(~is_large) > 0
    if kind is ICMP:
        assert count(probes[is_large], Outcome.REPLY) == np.count_nonzero(is_large) > 0


@CROSSED_KINDS
def test_a_wan_probe_never_leaves_by_the_internet_whatever_routing_prefers(lab, kind, family):
    two_ways_out(lab)
    reflector(lab, host="site", allow=("192.0.2.0/24", "2001:db8::/32"))
    wan, free = Line.targets(2, family=family)
    capture = Capture(lab, End("vantage", "internet", "", ""), name="internet")
    paths = [spec(0, wan, kind=kind, interface="wan"), spec(1, free, kind=kind)]
    with lab.inside("vantage"), Rig(paths) as rig:
        rig.run(0.5)
        rig.settle()
    seen = capture.stop()
    probes = rig.probes()
    assert count(probes, Outcome.REPLY) == len(probes)
    targets = {tuple(row) for row in seen["destination"].tolist()}
    assert tuple(words(wan)) not in targets
    assert tuple(words(free)) in targets


@CROSSED_KINDS
def test_a_reply_that_comes_in_by_another_interface_is_not_believed(lab, kind, family):
    ways = two_ways_out(lab)
    # Replies to the WAN address come home by the Internet.
    home, via, vantage = {
        4: ("192.0.2.65", ways["internet"].far.a.v4, ways["internet"].near.a.v4),
        6: ("2001:db8:1::1", ways["internet"].far.a.v6, ways["internet"].near.a.v6),
    }[family]
    prefix = "32" if family == 4 else "128"
    lab.route("site", f"{home}/{prefix}", via)
    lab.route("internet", f"{home}/{prefix}", vantage)
    reflector(lab, host="site", allow=("192.0.2.0/24", "2001:db8::/32"))
    strict, free = Line.targets(2, family=family)
    paths = [
        spec(0, strict, kind=kind, interface="wan"),
        spec(1, free, kind=kind, source=home),
    ]
    with lab.inside("vantage"), Rig(paths) as rig:
        rig.run(0.5)
        rig.settle()
    probes = rig.probes()
    fates = {path: set(probes["outcome"][probes["path"] == rig.rows[paths[path].key]]) for path in (0, 1)}
    assert fates == {0: {Outcome.LOST}, 1: {Outcome.REPLY}}
    assert rig.watch.prober.unmatched == count(probes, Outcome.LOST)
