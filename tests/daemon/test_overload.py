"""A line that is full, from real packets to an open incident: the router's agent is net-snmp's, behind the line.

vantage ---- router ~~~~ far        ~~~~ is shaped to what the room bought, which is more down than up

The agent counts into a table that it refreshes every 3 s, so the interval is a multiple of that: then every
reading is of as many refreshes, and exact.
"""

import contextlib
import itertools
import re
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from bridgewatch.model.bandwidth import UseState
from bridgewatch.model.words import Language
from bridgewatch.texts.bandwidth import tell_bandwidth
from tests.daemon.conference import Desk, Documents, person, write
from tests.daemon.daemon import Running
from tests.daemon.province import UP as LINK_UP
from tests.lab.line import plain_line
from tests.lab.topology import Lab
from tests.notify.gateways import HttpGateways
from tests.snmp.snmpd import COMMUNITY, Snmpd
from tests.snmp.truth import SAMPLE_SECONDS, Truth

pytestmark = [
    pytest.mark.root,
    pytest.mark.soak,
    pytest.mark.skipif(shutil.which("iperf3") is None, reason="needs Debian's package iperf3"),
]

LINK: Final = "hoi-truong/wan"
ROOM: Final = "203.0.113.1"
REFERENCES: Final = ["192.0.2.2", "198.51.100.1"]
DOWN, UP = 8_000_000, 4_000_000  # bit/s bought
INTERVAL: Final = 9.0
READINGS: Final = 5  # are looked at, and three make a state
OVER: Final = tell_bandwidth(UseState.OVER, Language.VI)
PAYLOAD: Final = 1_000
FRAME: Final = PAYLOAD + 8 + 20 + 14  # octets of UDP, IPv4 and Ethernet, as interfaces count


@dataclass
class Hall:
    """The room, what is sent over its line, what the daemon reads of it, and what the kernel counts."""

    lab: Lab
    desk: Desk
    truth: Truth
    ports: Iterator[int] = field(default_factory=lambda: itertools.count(5301))

    @property
    def daemon(self) -> Running:
        return self.desk.daemon

    @property
    def use(self) -> int:
        """What the metrics page says of the use of the link."""
        return int(self.daemon.series("bridgewatch_use_state")[LINK])

    @property
    def rates(self) -> dict[str, float]:
        """The last reading: bit/s by direction."""
        return self.daemon.series("bridgewatch_bandwidth_bits_per_second", "direction")

    @contextlib.contextmanager
    def load(self, direction: str, rate: float) -> Iterator[None]:
        """Send so many bit/s more, as interfaces count them, until the block ends."""
        port, way = str(next(self.ports)), ["-R"] if direction == "up" else []
        server = self.lab.popen("far", ["iperf3", "-s", "-B", ROOM, "-p", port, "--forceflush"])
        server.wait_for("listening")
        sent = str(round(rate * PAYLOAD / FRAME))
        argv = ["iperf3", "-c", ROOM, "-p", port, "-u", "-b", sent, "-l", str(PAYLOAD), *way]
        client = self.lab.popen("vantage", [*argv, "-t", "3600", "--forceflush"])
        client.wait_for("connected")
        try:
            yield
        finally:
            client.stop()
            server.stop()

    def read(self, count: int = 1) -> list[dict[str, float]]:
        """So many readings to come."""
        found = []
        for _ in range(count):
            last = self.rates
            self.daemon.until(lambda last=last: self.rates not in ({}, last), 3 * INTERVAL)
            found.append(self.rates)
        return found

    def truth_since(self, began_ns: int) -> float:
        """What went up the line since then, bit/s."""
        now_ns = time.monotonic_ns()
        time.sleep(2 * SAMPLE_SECONDS)  # until now has been counted, too
        return self.truth.between(began_ns, now_ns)[1] * 8e9 / (now_ns - began_ns)

    def incidents(self, *which: str) -> list[dict[str, Any]]:
        """Those of the whole run with `--all`, else those that are open."""
        return self.desk.asks("incidents", *which)["incidents"]


def configuration(agent: Snmpd, interface: str, hooks: str, community: Path) -> Documents:
    """One room of ours, read by its own router; whoever is to hear of its bandwidth hears at once, at any hour."""
    link = {
        "carrier": "vnpt",
        "target": ROOM,
        "contract": {"down": f"{DOWN // 1_000_000}M", "up": f"{UP // 1_000_000}M"},
        "snmp": {"host": agent.address, "port": agent.port, "interface": interface},
        "throughput": {"server": {"iperf3": f"{ROOM}:5201"}, "share": "95%"},
    }
    site = {"id": "hoi-truong", "name": "Hội trường", "level": "province", "links": {"wan": link}}
    return {
        "bridgewatch.yaml": {
            "vantage": "lab",
            "administrative_model": "2tier",
            "egresses": {"wan": {"networks": ["wan"], "references": REFERENCES}},
        },
        "sites.d/hoi-truong.yaml": {"sites": [site]},
        "bandwidth.yaml": {
            "snmp": {
                "interval": f"{INTERVAL:g}s",
                "credentials": {"default": {"version": "2c", "community": {"file": str(community)}}},
            },
            "tests": {"windows": ["00:00-12:00", "12:00-24:00"]},
        },
        "policies.yaml": {
            "policies": {"bandwidth": {"hold": {"note": "1s"}, "group": "0s", "quiet": "never"}},
        },
        "contacts.yaml": {
            "catch_all": ["own"],
            "contacts": {
                "own": person("Our duty", ("hook", "own")),
                "vnpt": person("VNPT duty", ("hook", "vnpt"), carrier="vnpt"),
            },
        },
        "rosters.yaml": {
            "rosters": {
                "own": {"own": True, "duty": {"always": "own"}},
                "vnpt": {"carrier": "vnpt", "duty": {"always": "vnpt"}},
            }
        },
        "gateways.yaml": {"gateways": {"hook": {"kind": "webhook", "url": f"{hooks}/hook/{{address}}"}}},
    }


@pytest.fixture
def hall(lab: Lab, tmp_path: Path) -> Iterator[Hall]:
    """The room, up, and its line shaped."""
    line = plain_line(lab)
    for end, rate in ((line.far.a, DOWN), (line.far.b, UP)):
        lab.rate(end, rate / 1e6, burst=5_000, latency=0.4)
    community = tmp_path / "community"
    community.write_text(f"{COMMUNITY}\n", encoding="utf-8")
    agent = Snmpd(
        tmp_path / "snmpd",
        f"rocommunity {COMMUNITY} 192.0.2.0/24",
        address=line.far.b.v4,
        prefix=["ip", "netns", "exec", lab.namespace("far")],
    )
    truth = Truth(lab, line.far.a)
    with contextlib.ExitStack() as stack:
        with lab.inside("vantage"):  # a thread stays in the network of the one that began it
            hooks = stack.enter_context(HttpGateways())
        stack.enter_context(agent)
        truth.start()
        stack.callback(truth.stop)
        write(tmp_path / "config", configuration(agent, line.far.b.device, hooks.url, community))
        daemon = Running(lab, tmp_path / "config")
        daemon.until(lambda: daemon.states() == {LINK: LINK_UP}, 30.0)
        yield Hall(lab, Desk(lab, daemon, hooks, "vantage"), truth)


def test_an_overload_opens_one_incident_with_its_figures_and_its_end_is_told(hall: Hall) -> None:
    desk = hall.desk
    with hall.load("down", 0.6 * DOWN), hall.load("up", 0.6 * UP):
        hall.read()
        below = hall.read(READINGS)
        for direction, rate in (("down", 0.6 * DOWN), ("up", 0.6 * UP)):
            assert sum(one[direction] for one in below) / READINGS == pytest.approx(rate, rel=0.1)
        assert hall.use == UseState.OK
        assert hall.incidents("--all") == []
        hall.read()
        time.sleep(INTERVAL / 2)  # a reading that saw half of it is below the limit, and so in no figure
        with hall.load("up", 0.35 * UP):
            began_ns = time.monotonic_ns()
            code, (page,) = desk.wait_pages("Hội trường", [["own"]], 8 * INTERVAL)
            true = hall.truth_since(began_ns)
            assert true == pytest.approx(0.95 * UP, rel=0.02)
            (incident,) = hall.incidents()
            assert (incident["code"], incident["kind"], incident["audience"]) == (code, "use", "own")
            shortfall = incident["shortfall"]
            assert (shortfall["link"], shortfall["direction"], shortfall["limit"]) == (LINK, "up", UP)
            assert shortfall["rate"] == pytest.approx(true, rel=0.03)
            (said,) = re.findall(r"up ([\d.]+) Mbit/s of 4 Mbit/s", page.text)
            assert float(said) * 1e6 == pytest.approx(true, rel=0.03)
            hall.read(READINGS)
            assert hall.use == UseState.OVER
            assert OVER in hall.daemon.page("/")
            assert [one["code"] for one in hall.incidents("--all")] == [code]
        with hall.load("up", 0.15 * UP):  # less than the limit; no calm line
            hall.daemon.until(lambda: hall.use == UseState.BUSY, (2 * READINGS + 2) * INTERVAL)
            desk.wait_told(code, "recovered", ["own"])
            assert OVER not in hall.daemon.page("/")
    assert [one["code"] for one in hall.incidents("--all")] == [code]
    entries = [line["entry"] for line in desk.asks("explain", code)["lines"]]
    for once in ("Noticed", "BandwidthTold", "Opened", "Called", "Recovered", "Informed"):
        assert entries.count(once) == 1
    assert [one.address for one in desk.hooks.accepted()] == ["own", "own"]


def test_a_test_of_ours_that_fills_the_line_opens_nothing_though_the_counters_see_it(hall: Hall) -> None:
    argv = [sys.executable, "-m", "bridgewatch", "reflector", "--allow", "192.0.2.0/24"]
    argv += ["--listen", f"{ROOM}:862", "--iperf3", f"{ROOM}:5201"]
    hall.lab.popen("far", argv).wait_for("serving iperf3", timeout=60)
    hall.read()
    argv = [sys.executable, "-m", "bridgewatch", "bandwidth", "run", LINK, "--direction", "up"]
    argv += ["--seconds", "50", "--state", str(hall.daemon.state)]
    running = hall.lab.popen("vantage", argv)
    full = [reading for reading in hall.read(READINGS) if reading["up"] > 0.8 * UP]
    assert len(full) > READINGS // 2  # enough of them, were they anybody else's
    running.wait(120.0)
    assert running.returncode == 0, running.output
    hall.read(READINGS)
    assert hall.use == UseState.OK
    assert hall.incidents("--all") == []
    assert hall.desk.hooks.received == []
