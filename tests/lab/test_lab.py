"""The lab itself: hosts see each other, faults do what they say and are counted, nothing is left behind."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab import namespaces
from tests.lab.echoes import Echoes, fping
from tests.lab.impaired_link import ImpairedLink
from tests.lab.impairment import Impairment
from tests.lab.line import Line, impaired_line, plain_line
from tests.lab.namespaces import LabError
from tests.lab.tcpdump import Capture
from tests.lab.topology import Lab

pytestmark = pytest.mark.root
FAMILIES = pytest.mark.parametrize("family", [4, 6])


def near_and_far(lab, *, subnets=("192.0.2.0/24", "2001:db8:1::/64")):
    lab.host("vantage")
    lab.host("far")
    return lab.link("vantage", "far", *subnets)


@FAMILIES
def test_two_hundred_targets_of_one_far_host_all_answer(lab, family):
    plain_line(lab)
    assert fping(lab, "vantage", Line.targets(200, family=family)) == Echoes(200, 200)


@FAMILIES
@pytest.mark.parametrize("hook", ["forward", "postrouting"])
def test_random_loss_takes_exactly_the_packets_fping_misses(lab, family, hook):
    plain_line(lab)
    fping(lab, "vantage", Line.targets(1, family=family))
    drop = lab.loss("router", 0.05, hook)
    echoes = fping(lab, "vantage", Line.targets(100, family=family), each=10)
    assert 0 < lab.dropped(drop) == echoes.missing


def test_loss_can_be_put_on_the_replies_alone(lab):
    plain_line(lab)
    requests = lab.loss("router", 0.0, match="icmp type echo-request")
    replies = lab.loss("router", 1.0, match="icmp type echo-reply")
    assert fping(lab, "vantage", Line.targets(5), timeout_ms=50).missing == 5
    assert (lab.dropped(requests), lab.dropped(replies)) == (0, 5)


def test_a_set_of_addresses_goes_dark_and_the_others_answer(lab):
    plain_line(lab)
    targets = [*Line.targets(6), *Line.targets(6, family=6)]
    drop = lab.drop("router", "forward", addresses=["203.0.113.4/31", "2001:db8:77::1"])
    assert fping(lab, "vantage", targets, timeout_ms=50).missing == lab.dropped(drop) == 3


def test_a_lifted_drop_lets_packets_through_and_keeps_its_count(lab):
    plain_line(lab)
    first = lab.drop("router", "forward")
    second = lab.drop("router", "forward")
    fping(lab, "vantage", Line.targets(3), timeout_ms=50)
    assert (lab.dropped(first), lab.dropped(second)) == (0, 3)
    lab.lift(second)
    fping(lab, "vantage", Line.targets(4), timeout_ms=50)
    lab.lift(first)
    assert fping(lab, "vantage", Line.targets(5)).missing == 0
    assert (lab.dropped(first), lab.dropped(second)) == (4, 3)


def test_a_drop_on_the_way_out_is_told_to_the_sender(lab):
    near_and_far(lab)
    lab.drop("vantage", "output", match="udp dport 862")
    with lab.inside("vantage"), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        with pytest.raises(PermissionError):
            sender.sendto(b"x", ("192.0.2.2", 862))
        assert sender.sendto(b"x", ("192.0.2.2", 863)) == 1


@pytest.mark.parametrize("ratio", [-0.1, 1.1])
def test_a_ratio_of_loss_outside_its_range_is_refused(lab, ratio):
    lab.host("vantage")
    with pytest.raises(ValueError, match=r"0 \.\.\. 1"):
        lab.loss("vantage", ratio, "output")


@FAMILIES
@pytest.mark.parametrize("at", ["vantage", "router", "far"])
def test_an_interface_taken_down_and_up_again_carries_as_before(lab, family, at):
    line = plain_line(lab)
    end = {"vantage": line.near.a, "router": line.far.a, "far": line.far.b}[at]
    targets = Line.targets(2, family=family)
    lab.down(end)
    assert lab.run("vantage", ["fping", "-r", "0", "-t", "50", *targets], check=False).returncode != 0
    lab.up(end)
    assert fping(lab, "vantage", targets).missing == 0


def test_a_shaper_never_passes_more_than_its_rate_and_bucket(lab):
    link = near_and_far(lab)
    with lab.inside("far"):
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with lab.inside("vantage"):
        source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sink, source:
        sink.bind((link.b.v4, 5001))
        source.connect((link.b.v4, 5001))
        source.send(b"first")  # finds the neighbour
        lab.rate(link.a, 20.0, burst=15_000, latency=10.0)
        capture = Capture(lab, link.b, "udp dst port 5001")
        for _ in range(300):
            source.send(bytes(1400))
        for _ in range(100_000):  # what the shaper holds leaves as time goes by
            if lab.shaped(link.a)["backlog"] == 0:
                break
        packets = capture.stop()
    assert len(packets) == 300
    assert lab.shaped(link.a)["drops"] == 0
    seconds = (packets["time_ns"][-1] - packets["time_ns"][0]) / 1e9
    bits = int(packets["length"].sum()) * 8
    assert bits <= 1.02 * (20e6 * seconds + 15_000 * 8)
    lab.rate(link.a, None)
    with pytest.raises(LabError):
        lab.rate(link.a, None)


def test_a_slow_shaper_drops_what_waits_too_long(lab):
    link = near_and_far(lab)
    lab.rate(link.a, 1.0, burst=5_000, latency=0.010)
    with lab.inside("vantage"), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source:
        for _ in range(50):
            source.sendto(bytes(1400), (link.b.v4, 5001))
    assert lab.shaped(link.a)["drops"] > 0


def test_a_page_is_fetched_from_inside_a_host(lab, tmp_path):
    near_and_far(lab)
    (tmp_path / "metrics").write_text("bridgewatch_link_up 1\n")
    argv = [sys.executable, "-u", "-m", "http.server", "--bind", "192.0.2.2", "9640"]
    server = lab.popen("far", argv, cwd=tmp_path)
    server.wait_for("Serving HTTP")
    page = lab.fetch("vantage", "http://192.0.2.2:9640/metrics")
    assert (page.status, page.text) == (200, "bridgewatch_link_up 1\n")
    assert lab.fetch("far", "http://192.0.2.2:9640/nothing").status == 404
    with pytest.raises(OSError, match=r"."):
        lab.fetch("vantage", "http://127.0.0.1:9640/metrics")
    assert server.stop() == -signal.SIGTERM
    assert "GET /nothing" in server.output


def test_a_thread_comes_home_even_when_its_work_inside_fails(lab):
    def network():
        return Path("/proc/thread-self/ns/net").readlink()

    def fail_inside():
        with lab.inside("vantage"):
            assert network() != home
            raise ZeroDivisionError

    lab.host("vantage")
    home = network()
    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert network() == home


def test_a_command_that_fails_says_what_it_printed(lab):
    lab.host("vantage")
    with pytest.raises(LabError, match="no such table"):
        lab.run("vantage", ["sh", "-c", "echo no such table >&2; exit 3"])
    assert lab.run("vantage", ["false"], check=False).returncode == 1


def test_a_process_that_ends_before_it_says_the_word_is_an_error(lab):
    lab.host("vantage")
    process = lab.popen("vantage", ["echo", "good morning"])
    assert process.wait_for("good (.*)")[1] == "morning"
    with pytest.raises(LabError, match="ended before"):
        process.wait_for("good night")
    assert process.wait() == 0


def test_addresses_outside_the_documentation_ranges_are_refused(lab):
    lab.host("vantage")
    lab.host("far")
    for subnet in ("127.0.0.0/8", "::1/128", "0.0.0.0/0"):
        with pytest.raises(ValueError, match="documentation"):
            lab.link("vantage", "far", subnet)


def test_two_labs_with_the_same_hosts_do_not_touch(lab, tmp_path):
    near_and_far(lab)
    with Lab(tmp_path) as other:
        near_and_far(other)
        other.drop("vantage", "output")
        assert fping(lab, "vantage", ["192.0.2.2"]).missing == 0
    assert fping(lab, "vantage", ["192.0.2.2"]).missing == 0


def test_teardown_leaves_no_namespace_and_no_process(lab, tmp_path):
    with Lab(tmp_path) as other:
        line = impaired_line(other)
        daemon = other.popen("vantage", ["sh", "-c", "trap '' TERM; echo stubborn; exec sleep 1000"])
        daemon.wait_for("stubborn")
        orphan = int(other.run("far", ["sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!"]).stdout)
        Capture(other, line.near.a)
        prefix = other.namespace("")
        assert len(namespaces.names(prefix)) == 3
        daemon.stop(timeout=0.1)
    assert namespaces.names(prefix) == []
    assert daemon.returncode == -signal.SIGKILL
    assert not is_running(orphan)


def is_running(pid):
    """A killed process may stay a zombie until its parent looks."""
    stat = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(stat) and not stat.startswith("Z")


def test_a_failed_set_up_leaves_nothing_either(lab, tmp_path):
    prefixes = []

    def fail_to_set_up():
        with Lab(tmp_path) as other:
            prefixes.append(other.namespace(""))
            near_and_far(other)
            other.impaired_link("vantage", "far", "198.51.100.0/24", name="tun")
            assert len(namespaces.names(prefixes[0])) == 2
            other.run("vantage", ["false"])

    with pytest.raises(LabError):
        fail_to_set_up()
    assert namespaces.names(prefixes[0]) == []


def test_an_impossible_link_leaves_no_device(lab):
    link = near_and_far(lab)
    with pytest.raises((LabError, OSError)):
        lab.impaired_link("vantage", "far", "198.51.100.0/24")  # those device names are taken
    assert fping(lab, "vantage", [link.b.v4]).missing == 0


def test_what_a_dead_run_left_is_swept_and_what_a_living_one_has_stays(lab):
    with subprocess.Popen(["true"]) as dead:
        pass
    left = f"bwlab-{dead.pid}-1-1-vantage"
    reused = f"bwlab-{os.getpid()}-1-1-vantage"  # a process of that number lives, but began at another time
    for name in (left, reused):
        namespaces.command(["ip", "netns", "add", name])
    argv = ["ip", "netns", "exec", left, "sleep", "1000"]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as sleeper:
        lab.host("vantage")
        namespaces.sweep()  # or, a moment earlier, that of another run
        assert sleeper.wait() == -signal.SIGKILL
    assert not {left, reused} & set(namespaces.names())
    assert lab.namespace("vantage") in namespaces.names()


def test_an_impaired_link_without_settings_is_a_plain_link(lab):
    line = impaired_line(lab)
    assert isinstance(line.far, ImpairedLink)
    assert line.far.a.device == "far"
    assert Impairment() == Impairment.from_json({})
    assert fping(lab, "vantage", [*Line.targets(50), *Line.targets(50, family=6)], each=2) == Echoes(200, 200)
