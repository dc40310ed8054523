"""An interface under iperf3's load in the lab, read by net-snmp over version 3, beside what `ip -s` counts."""

import json
import shutil
import sys
import time
from dataclasses import dataclass

import pytest

from bridgewatch.model.bandwidth import CounterGap
from tests.lab.process import Process
from tests.lab.topology import Lab
from tests.snmp.snmpd import AUTH_KEY, PRIV_KEY, Snmpd
from tests.snmp.truth import SAMPLE_SECONDS, Truth

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(shutil.which("iperf3") is None, reason="needs Debian's package iperf3"),
]

DOWN, UP = 8_000_000, 3_000_000  # bit/s of UDP payload
REFRESH = 3.2  # seconds: net-snmp counts into a table that it refreshes every 3 s


@dataclass
class Told:
    """One rate, and the same by `ip -s`, in octets of down and up."""

    at_ns: int
    seconds: float
    octets: tuple[float, float]


@dataclass
class Course:
    """What was told while the load ran, and the truth beside it."""

    truth: Truth
    told: list[Told]


def play(lab: Lab, *, interval: float, readings: int) -> Course:
    """Load the link of a room both ways, and have it read until there are so many rates."""
    for name in ("vantage", "router", "room"):
        lab.host(name, router=name == "router")
    near = lab.link("vantage", "router", "192.0.2.0/30")
    far = lab.link("router", "room", "198.51.100.0/30")
    lab.route("vantage", "198.51.100.0/30", near.b.v4)
    lab.route("room", "192.0.2.0/30", far.a.v4)
    folder = lab.directory / "snmpd"
    agent = Snmpd(
        folder,
        f"createUser noc SHA {AUTH_KEY} AES {PRIV_KEY}\nrouser noc priv",
        address=near.b.v4,
        prefix=["ip", "netns", "exec", lab.namespace("router")],
    )
    for port, way, rate in ((5201, [], DOWN), (5202, ["-R"], UP)):
        lab.popen("room", ["iperf3", "-s", "-p", str(port), "--forceflush"]).wait_for("listening")
        load = ["iperf3", "-c", far.b.v4, "-p", str(port), "-u", "-b", str(rate), "-l", "1000", *way]
        lab.popen("vantage", [*load, "-t", "3600", "--forceflush"]).wait_for("connected")
    truth = Truth(lab, far.a)
    truth.start()
    try:
        with agent:
            arguments = [near.b.v4, str(agent.port), far.a.device, str(interval), str(folder / "secrets")]
            reader = lab.popen("vantage", [sys.executable, "-m", "tests.snmp.reader", *arguments])
            told = [rate_of(reader, 3 * interval + 30) for _ in range(readings)]
            time.sleep(2 * SAMPLE_SECONDS)  # the truth of the last instant
    finally:
        truth.stop()
    return Course(truth, told)


def rate_of(reader: Process, timeout: float) -> Told:
    """The next rate that is told; before it there may be readings without one."""
    for _ in range(5):
        use = json.loads(reader.wait_for(r"^\{", timeout).string)
        if use["gap"] == CounterGap.NONE:
            octets = tuple(use[way] * use["seconds"] / 8 for way in ("down", "up"))
            return Told(use["at_ns"], use["seconds"], octets)
        assert use["gap"] in {CounterGap.FIRST, CounterGap.REPEATED}
    raise AssertionError("no rate in five readings")


def test_what_is_told_went_over_the_interface_between_two_refreshes_of_its_agent(lab: Lab) -> None:
    course = play(lab, interval=3.5, readings=1)
    for told in course.told:
        start_ns, end_ns, lag_ns = told.at_ns - told.seconds * 1e9, told.at_ns, REFRESH * 1e9
        least = course.truth.between(start_ns, end_ns - lag_ns)
        most = course.truth.between(start_ns - lag_ns, end_ns)
        for way in (0, 1):
            assert least[way] <= told.octets[way] <= most[way]


@pytest.mark.soak
def test_ten_minutes_are_within_a_percent_of_the_kernels_counters_and_each_within_six(lab: Lab) -> None:
    course = play(lab, interval=60.0, readings=10)
    for told in course.told:
        true = course.truth.between(told.at_ns - told.seconds * 1e9, told.at_ns)
        assert told.octets == pytest.approx(true, rel=0.06)
    began_ns = course.told[0].at_ns - course.told[0].seconds * 1e9
    true = course.truth.between(began_ns, course.told[-1].at_ns)
    summed = tuple(sum(told.octets[way] for told in course.told) for way in (0, 1))
    assert summed == pytest.approx(true, rel=0.01)
