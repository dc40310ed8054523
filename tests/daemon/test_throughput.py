"""Throughput tests of the real daemon over a link of a known rate, with iperf3 at its far end.

vantage ---- router ~~~~ far        ~~~~ is shaped both ways: 4 Mbit/s with a queue of 0.4 s
"""

import json
import shutil
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridgewatch.model.words import LinkState
from tests.daemon.conference import Documents, write
from tests.daemon.daemon import Running
from tests.daemon.province import DOWN, UP
from tests.lab.line import plain_line
from tests.lab.process import Process
from tests.lab.topology import Lab

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(shutil.which("iperf3") is None, reason="needs Debian's package iperf3"),
]

DEGRADED = int(LinkState.DEGRADED)
MEGABITS = 4
QUEUE = 0.4
FAR = "203.0.113.1"
REFERENCES = ["192.0.2.2", "198.51.100.1"]


class Town:
    """One room behind the shaped link, its far end, and the daemon that watches and tests it."""

    def __init__(self, lab: Lab, directory: Path, *more: Documents, share: str = "95%") -> None:
        self.lab, self.line = lab, plain_line(lab)
        for name in ("vantage", "far"):
            lab.sysctl(name, {"net.ipv4.tcp_congestion_control": "reno"})  # it fills the queue
        for end in (self.line.far.a, self.line.far.b):
            lab.rate(end, MEGABITS, burst=5_000, latency=QUEUE)
        argv = [sys.executable, "-m", "bridgewatch", "reflector", "--allow", "192.0.2.0/24"]
        argv += ["--listen", f"{FAR}:862", "--iperf3", f"{FAR}:5201"]
        lab.popen("far", argv).wait_for("serving iperf3", timeout=60)
        write(directory / "config", town(share), *more)
        self.daemon = Running(lab, directory / "config")

    def bridgewatch(self, *arguments: str, code: int = 0) -> str:
        """What a command says, and that it ends with `code`."""
        argv = [sys.executable, "-m", "bridgewatch", *arguments]
        done = self.lab.run(
            "vantage",
            [*argv, "--state", str(self.daemon.state), "--language", "en"],
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def begin(self, seconds: int) -> Process:
        """A test of the link, both ways one after the other, left to itself."""
        argv = [sys.executable, "-m", "bridgewatch", "bandwidth", "run", "hoi-truong/wan"]
        argv += ["--seconds", str(seconds), "--language", "en", "--state", str(self.daemon.state)]
        begun = self.lab.popen("vantage", argv)
        self.daemon.until(lambda: self.tested)
        return begun

    @property
    def tested(self) -> bool:
        return bool(self.daemon.series("bridgewatch_throughput_test_running"))

    @property
    def state(self) -> int:
        return self.daemon.states()["hoi-truong/wan"]

    @property
    def loaded(self) -> bool:
        """Whether probes wait in a queue."""
        return self.daemon.series("bridgewatch_rtt_seconds").get("hoi-truong/wan", 0.0) > QUEUE / 4


def town(share: str) -> Documents:
    links = {
        "wan": {
            "carrier": "vnpt",
            "target": FAR,
            "contract": {"down": f"{MEGABITS}M", "up": f"{MEGABITS}M"},
            "throughput": {"server": {"iperf3": f"{FAR}:5201"}, "share": share},
        }
    }
    site = {"id": "hoi-truong", "name": "Hội trường", "level": "province", "links": links}
    return {
        "bridgewatch.yaml": {
            "vantage": "lab",
            "administrative_model": "2tier",
            "defaults": {"interval": "100ms"},
            "egresses": {"wan": {"networks": ["wan"], "references": REFERENCES}},
        },
        "bandwidth.yaml": {"tests": {"windows": ["00:00-12:00", "12:00-24:00"]}},
        "sites.d/hoi-truong.yaml": {"sites": [site]},
    }


def conference(starts_in: timedelta, **changes: object) -> Documents:
    now = datetime.now(UTC)
    event = {
        "name": "Tiếp xúc cử tri",
        "sites": "all",
        "starts": f"{now + starts_in:%Y-%m-%dT%H:%MZ}",
        "ends": f"{now + starts_in + timedelta(hours=3):%Y-%m-%dT%H:%MZ}",
        "carried_by": "wan",
        **changes,
    }
    return {"events.d/now.yaml": {"events": {"tiep-xuc": event}}}


def test_a_link_is_tested_on_demand_and_its_probes_are_marked_meanwhile(lab: Lab, tmp_path: Path) -> None:
    town = Town(lab, tmp_path)
    town.daemon.until(lambda: town.state == UP, 30.0)
    running = town.begin(3)
    running.wait(120.0)
    assert running.returncode == 0, running.output
    assert "done" in running.output
    [told] = json.loads(town.bridgewatch("bandwidth", "results", "--json"))
    assert [result["direction"] for result in told["results"]] == ["down", "up"]
    for result in told["results"]:
        assert result["rate"] == pytest.approx(MEGABITS * 1e6 * 0.95 * 1448 / 1500, rel=0.1)
    town.daemon.until(lambda: not town.tested)
    assert town.daemon.series("bridgewatch_throughput_tests_total", "end") == {"done": 1.0}
    assert town.state == UP


@pytest.mark.soak
def test_in_a_live_conference_a_test_is_refused_whoever_asks(lab: Lab, tmp_path: Path) -> None:
    town = Town(lab, tmp_path, conference(timedelta(hours=-1)))
    plain = ("bandwidth", "run", "hoi-truong/wan")
    assert "is live (hoi-truong)" in town.bridgewatch(*plain, code=1)
    forced = (*plain, "--force", "--by", "Giám đốc", "--reason", "tôi muốn thế")
    assert "is live (hoi-truong)" in town.bridgewatch(*forced, code=1)
    assert town.bridgewatch("bandwidth", "queue") == "No test runs or waits.\n"


@pytest.mark.soak
def test_in_freeze_it_takes_a_name_and_a_reason_and_both_are_recorded(lab: Lab, tmp_path: Path) -> None:
    town = Town(lab, tmp_path, conference(timedelta(hours=5), freeze="24h", check="60m"))
    town.daemon.until(lambda: town.state == UP, 30.0)
    plain = ("bandwidth", "run", "hoi-truong/wan", "--seconds", "2", "--direction", "down")
    assert "in freeze" in town.bridgewatch(*plain, code=1)
    assert "--by" in town.bridgewatch(*plain, "--force", "--reason", "nghi nghẽn", code=2)
    assert "--reason" in town.bridgewatch(*plain, "--force", "--by", "Lan", code=2)
    town.bridgewatch(*plain, "--force", "--by", "Lan", "--reason", "nghi nghẽn trước giờ họp")
    told = town.bridgewatch("bandwidth", "results")
    assert "Lan" in told
    assert "nghi nghẽn trước giờ họp" in told
    assert "against the rules: nghi nghẽn trước giờ họp" in town.daemon.process.output


@pytest.mark.soak
def test_a_test_that_is_cancelled_is_off_the_link_within_a_second(lab: Lab, tmp_path: Path) -> None:
    town = Town(lab, tmp_path)
    town.daemon.until(lambda: town.state == UP, 30.0)
    running = town.begin(30)
    town.daemon.until(lambda: lab.shaped(town.line.far.a)["bytes"] > 500_000)
    [told] = json.loads(town.bridgewatch("bandwidth", "queue", "--json"))
    town.bridgewatch("bandwidth", "cancel", told["id"], "--by", "Lan")
    running.wait(120.0)
    assert running.returncode == 1
    assert "aborted: Lan" in running.output
    before = lab.shaped(town.line.far.a)["bytes"]
    time.sleep(1.0)
    assert lab.shaped(town.line.far.a)["bytes"] - before < 20_000  # probes; a test takes 500,000


@pytest.mark.soak
def test_a_test_that_fills_the_link_opens_nothing_and_the_same_load_without_one_does(
    lab: Lab, tmp_path: Path
) -> None:
    town = Town(lab, tmp_path, share="200%")
    town.daemon.until(lambda: town.state == UP, 30.0)
    running = town.begin(40)
    town.daemon.until(lambda: town.loaded, 30.0)
    states = set()
    while town.tested:
        states.add(town.state)
        time.sleep(0.2)
    running.wait(120.0)
    assert DEGRADED not in states
    assert DOWN not in states
    load = ["iperf3", "-c", FAR, "-t", "60", "-P", "4", "-R"]
    time.sleep(25.0)  # the windows hold nothing of the test any more
    assert town.state == UP
    lab.popen("far", ["iperf3", "-s", "--forceflush", "-1", "-p", "5301", "-B", FAR]).wait_for(
        "listening", timeout=30
    )
    lab.popen("vantage", [*load, "-p", "5301"])
    town.daemon.until(lambda: town.state == DEGRADED, 60.0)


@pytest.mark.soak
def test_a_cut_during_a_test_is_down_as_fast_as_one_without(lab: Lab, tmp_path: Path) -> None:
    town = Town(lab, tmp_path, share="200%")
    town.daemon.until(lambda: town.state == UP, 30.0)
    took = []
    for tested in (
        True,
        False,
    ):  # a link that was down a moment ago is not tested; a third cut would be flapping
        running = town.begin(30) if tested else None
        if tested:
            town.daemon.until(lambda: town.loaded, 30.0)
        drop = lab.drop("router", "forward", addresses=[FAR])
        began = time.monotonic()
        town.daemon.until(lambda: town.state == DOWN)
        took.append(time.monotonic() - began)
        lab.lift(drop)
        town.daemon.until(lambda: town.state == UP, 30.0)
        if running is not None:
            running.wait(120.0)
    loaded, plain = took
    assert loaded < plain + QUEUE + 0.3, took  # what stands in the buffer still arrives
