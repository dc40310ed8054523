"""Faults of our own host: probing goes on, nothing is loss, the reason is known; and A's trouble is not B's."""

import errno
import socket
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.wire import channel as channels
from bridgewatch.adapters.wire import stamps
from bridgewatch.adapters.wire.addresses import halves
from bridgewatch.adapters.wire.batch import BatchEngine
from bridgewatch.model.inventory import PathSpec
from bridgewatch.model.observations import NO_TIME
from bridgewatch.model.words import Outcome
from tests.lab import namespaces
from tests.lab.line import NEAR, Line, plain_line
from tests.lab.tcpdump import Capture
from tests.wire.far_end import reflector
from tests.wire.kinds import BOTH_FAMILIES, CROSSED_KINDS, EVERY_KIND, STAMP
from tests.wire.rig import SECOND, Rig, count, spec

pytestmark = pytest.mark.root


def of(rig: Rig, path: PathSpec) -> NDArray[np.void]:
    """The probes of one path."""
    probes = rig.probes()
    return probes[probes["path"] == rig.rows[path.key]]


def fates(rig: Rig, path: PathSpec) -> set[Outcome]:
    return {Outcome(fate) for fate in of(rig, path)["outcome"]}


def refusals(rig: Rig, path: PathSpec) -> set[int]:
    return set(of(rig, path)["errno"].tolist())


def run_until_answered(rig: Rig, paths: Sequence[PathSpec], seconds: float) -> None:
    """Tick until the newest decided probe of each path was a reply."""
    for _ in range(round(seconds / 0.05)):
        rig.run(0.05)
        newest = [of(rig, path)["outcome"] for path in paths]
        if all(len(fate) and (fate[fate != 255][-1:] == Outcome.REPLY).all() for fate in newest):
            return
    raise AssertionError(f"no replies again within {seconds} s")


@CROSSED_KINDS
def test_what_our_own_firewall_refuses_is_a_local_error_of_that_path_alone(lab, kind, family):
    plain_line(lab)
    reflector(lab)
    barred, free = (
        spec(n, address, kind=kind, interval=0.05) for n, address in enumerate(Line.targets(2, family=family))
    )
    drop = lab.drop("vantage", "output", addresses=[barred.host])
    with lab.inside("vantage"), Rig([barred, free]) as rig:
        rig.run(0.4)
        lab.lift(drop)
        rig.run(0.4)
        rig.settle()
    assert fates(rig, free) == {Outcome.REPLY}
    assert fates(rig, barred) == {Outcome.LOCAL_ERROR, Outcome.REPLY}
    assert refusals(rig, barred) == {errno.EPERM, 0}
    refused = of(rig, barred)
    assert ((refused["errno"] != 0) == (refused["outcome"] == Outcome.LOCAL_ERROR)).all()
    assert lab.dropped(drop) == 2 * np.count_nonzero(refused["errno"])  # each is tried again once


@BOTH_FAMILIES
def test_without_a_route_probes_are_local_errors_until_there_is_one(lab, family):
    lab.host("vantage")
    lab.host("far")
    link = lab.link("vantage", "far", *NEAR)
    lab.answer("far", "203.0.113.0/24", "2001:db8:77::/64")
    near = spec(0, link.b.v4 if family == 4 else link.b.v6, interval=0.05)
    beyond = spec(1, Line.targets(1, family=family)[0], interval=0.05)
    with lab.inside("vantage"), Rig([near, beyond]) as rig:
        rig.run(0.3)
        lab.route("vantage", "default", near.host)
        rig.run(0.3)
        rig.settle()
    assert fates(rig, near) == {Outcome.REPLY}
    assert fates(rig, beyond) == {Outcome.LOCAL_ERROR, Outcome.REPLY}
    assert refusals(rig, beyond) == {errno.ENETUNREACH, 0}


def test_what_our_own_full_queue_drops_is_a_local_error(lab):
    line = plain_line(lab)
    paths = [spec(n, address, size=1400, interval=0.05) for n, address in enumerate(Line.targets(40))]
    with lab.inside("vantage"), Rig(paths) as rig:
        rig.run(0.2)
        lab.rate(line.near.a, 0.5, burst=3_000, latency=0.001)
        rig.run(0.5)
        rig.sending = False
        rig.run(0.2)  # the shaper empties: what it holds dies with it
        assert lab.shaped(line.near.a)["qlen"] == 0
        lab.rate(line.near.a, None)
        rig.sending = True
        rig.run(0.2)
        rig.settle()
    probes = rig.probes()
    assert set(probes["errno"].tolist()) == {0, errno.ENOBUFS}
    assert count(probes, Outcome.LOST) == count(probes, Outcome.LATE) == 0
    assert count(probes, Outcome.LOCAL_ERROR) == np.count_nonzero(probes["errno"])


@BOTH_FAMILIES
def test_an_interface_that_vanishes_and_returns_under_another_index_is_probed_again(lab, family):
    lab.host("vantage")
    lab.host("far")
    subnets = ("192.0.2.0/26", "2001:db8:1::/64")
    link = lab.link("vantage", "far", *subnets)
    other = lab.link("vantage", "far", "192.0.2.64/26", "2001:db8:2::/64", name="other")
    bound, free, witness = (
        spec(n, end.v4 if family == 4 else end.v6, interval=0.05, interface=interface)
        for n, (end, interface) in enumerate([(link.b, "far"), (link.b, None), (other.b, "other")])
    )
    with lab.inside("vantage"), Rig([bound, free, witness]) as rig:
        before = socket.if_nametoindex("far")
        rig.run(0.3)
        namespaces.command(["ip", "-n", lab.namespace("vantage"), "link", "delete", "far"])
        rig.run(1.3)
        lab.link("vantage", "far", *subnets)
        assert socket.if_nametoindex("far") != before
        run_until_answered(rig, [bound, free], 5.0)
        rig.settle()
    assert fates(rig, witness) == {Outcome.REPLY}
    assert errno.ENODEV in refusals(rig, bound)
    assert refusals(rig, free) == {0, errno.ENETUNREACH}
    for path in (bound, free):
        # A probe that left in the instant of the deletion was taken by the kernel and died with the device.
        assert count(of(rig, path), Outcome.LOST) <= 1
        assert fates(rig, path) <= {Outcome.REPLY, Outcome.LOCAL_ERROR, Outcome.LOST}


@CROSSED_KINDS
def test_an_unreachable_target_never_costs_another_one_a_probe(lab, kind, family):
    line = plain_line(lab)
    reflector(lab)
    good = Line.targets(20, family=family)
    closed = {4: "203.0.113.240/28", 6: "2001:db8:77::f0/124"}[family]
    via = "-4" if family == 4 else "-6"
    lab.run("router", ["ip", via, "route", "add", "unreachable", closed])
    lab.sysctl("router", {"net.ipv4.icmp_ratelimit": "0", "net.ipv6.icmp.ratelimit": "0"})
    bad = [closed.replace("240/28", f"{240 + n}").replace("f0/124", f"f{n:x}") for n in range(10)]
    paths = [spec(n, address, kind=kind, interval=0.05) for n, address in enumerate([*good, *bad])]
    capture = Capture(lab, line.near.a, "icmp[0] = 3 or icmp6[0] = 1")
    with lab.inside("vantage"), Rig(paths) as rig:
        rig.run(0.6)
        rig.settle()
    probes = rig.probes()
    assert not probes["errno"].any()
    assert {fate for path in paths[:20] for fate in fates(rig, path)} == {Outcome.REPLY}
    # Routers limit how many they send; each that came is told.
    assert count(probes, Outcome.UNREACHABLE) == len(capture.stop()) > 0
    assert {fate for path in paths[20:] for fate in fates(rig, path)} <= {Outcome.UNREACHABLE, Outcome.LOST}


@BOTH_FAMILIES
def test_a_closed_stamp_port_is_unreachable_and_its_neighbour_is_fine(lab, family):
    plain_line(lab)
    reflector(lab)
    address = Line.targets(1, family=family)[0]
    open_port = spec(0, address, kind=STAMP, interval=0.05)
    closed = spec(1, address, kind=STAMP, interval=0.05, port=863)
    lab.sysctl("far", {"net.ipv4.icmp_ratelimit": "0", "net.ipv6.icmp.ratelimit": "0"})
    with lab.inside("vantage"), Rig([open_port, closed]) as rig:
        rig.run(0.5)
        rig.settle()
    assert fates(rig, open_port) == {Outcome.REPLY}
    assert fates(rig, closed) == {Outcome.UNREACHABLE}


ICMP_WORDS = {4: "icmp", 6: "icmpv6"}
REJECT = """
table inet closed {{
    chain forward {{
        type filter hook forward priority filter;
        udp dport 863 reject with {} type port-unreachable
    }}
}}
"""


@pytest.mark.parametrize("family", [4, pytest.param(6, marks=pytest.mark.soak)])
def test_a_target_that_refuses_is_told_from_a_router_that_says_the_same_of_it(lab, family):
    line = plain_line(lab)
    target = line.far.b.v4 if family == 4 else line.far.b.v6
    closed, rejected = (spec(n, target, kind=STAMP, interval=0.1, port=862 + n) for n in range(2))
    lab.run("router", ["nft", "--file", "-"], stdin=REJECT.format(ICMP_WORDS[family]))
    with lab.inside("vantage"), Rig([closed, rejected]) as rig:
        rig.run(0.5)
        rig.settle()
    told = [one for one in rig.ledger.observations if len(one.error_path)]
    for path, refuses in ((closed, True), (rejected, False)):
        mine = np.concatenate([one.error_path for one in told]) == rig.rows[path.key]
        source, refusal, proven = (
            np.concatenate([getattr(one, name) for one in told])[mine]
            for name in ("error_source", "error_refusal", "error_proven")
        )
        assert len(refusal) > 0
        assert set(refusal.tolist()) == {refuses}
        assert {tuple(sender) == halves(target) for sender in source.tolist()} == {refuses}
        assert proven.all()
        assert fates(rig, path) <= {Outcome.UNREACHABLE, Outcome.LOST}


SMALL_BUFFER = 2048  # holds a handful of replies


def shrink_buffers(engine: BatchEngine) -> None:
    for channel in engine._channels:
        if channel:
            channel.socket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)


@EVERY_KIND
def test_what_our_own_receive_buffer_drops_is_never_loss(lab, kind, family):
    plain_line(lab)
    reflector(lab)
    paths = [spec(n, address, kind=kind) for n, address in enumerate(Line.targets(100, family=family))]
    with lab.inside("vantage"), Rig(paths, prepare=shrink_buffers) as rig:
        rig.run(0.3)
        rig.stall = 0.1  # an injected fault: a burst follows
        rig.run(0.3)
        rig.settle()
    probes = rig.probes()
    assert not probes["errno"].any()
    assert rig.ledger.overflows > 0
    assert count(probes, Outcome.LOST) == 0
    assert 0 < count(probes, Outcome.LOCAL_ERROR) <= rig.ledger.overflows
    assert rig.watch.prober.overflows == rig.ledger.overflows


class SteppingClock:
    """The host's clocks, of which the wall clock can be stepped; kernel stamps follow through `stamp_ns`."""

    def __init__(self) -> None:
        self.shift_ns = 0
        self._stepped_ns = 0

    def step(self, shift_ns: int) -> None:
        self.shift_ns = shift_ns
        self._stepped_ns = SystemClock.wall_ns()

    @staticmethod
    def monotonic_ns() -> int:
        return SystemClock.monotonic_ns()

    def wall_ns(self) -> int:
        return SystemClock.wall_ns() + self.shift_ns

    def stamp_ns(self, control: NDArray[np.uint8], offset: int) -> NDArray[np.int64]:
        """What the kernel would have written: stamps taken before the step keep their time."""
        taken = KERNEL_STAMP(control, offset)
        return np.where(taken >= self._stepped_ns, taken + self.shift_ns, taken)


KERNEL_STAMP = stamps.stamp_ns


@pytest.mark.parametrize("shift", [3600, -0.05])
def test_a_step_of_the_wall_clock_voids_round_trips_and_loses_nothing(lab, monkeypatch, shift):
    plain_line(lab)
    clock = SteppingClock()
    monkeypatch.setattr(channels.stamps, "stamp_ns", clock.stamp_ns)
    paths = [spec(n, address, interval=0.02) for n, address in enumerate(Line.targets(20))]
    with lab.inside("vantage"), Rig(paths, clock=clock) as rig:
        rig.run(0.3)
        clock.step(round(shift * SECOND))
        stepped_ns = clock.monotonic_ns()
        rig.run(0.3)
        rig.settle()
    probes = rig.probes()
    assert rig.watch.prober.clock_steps == 1
    assert count(probes, Outcome.REPLY) == len(probes)
    timed = probes[probes["rtt_ns"] != NO_TIME]
    assert len(timed) < len(probes)  # the probes that were in flight
    assert (timed["rtt_ns"] < 40_000_000).all()
    after = probes[probes["sent_ns"] > stepped_ns + SECOND // 10]
    assert len(after) > 0
    assert (after["rtt_ns"] != NO_TIME).all()
    assert not any(told.quiet_path.size for told in rig.ledger.observations)
