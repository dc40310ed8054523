"""Links of a known rate, shaped by tbf both ways: what comes out of a test is what they carry.

tbf counts octets of Ethernet frames of at most 1,514 octets. Of these TCP with timestamps carries 1,448 over
IPv4 and 1,428 over IPv6, which is 95.6 and 94.3 %; a datagram of 1,200 octets takes 1,242 or 1,262.
"""

import itertools
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridgewatch.adapters.throughput.wire import decode_said, encode_leg
from bridgewatch.model.bandwidth import Direction, Method, Throughput
from tests.lab.process import Process
from tests.lab.topology import Lab, Link
from tests.runners.legs import leg

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(shutil.which("iperf3") is None, reason="needs Debian's package iperf3"),
]

QUEUE = 0.050  # seconds at the rate of the link
BURST = 5_000  # octets
SHARE: Mapping[tuple[int, bool], float] = {
    (4, False): 1448 / 1514,
    (6, False): 1428 / 1514,
    (4, True): 1200 / 1242,
    (6, True): 1200 / 1262,
}


class Shaped:
    """A link of so many Mbit/s, both ways unless `up` is said, with the reflector in the room as the far end."""

    def __init__(self, lab: Lab, megabits: float, up: float | None = None) -> None:
        self._lab = lab
        self._megabits = {Direction.DOWN: megabits, Direction.UP: up or megabits}
        for name in ("vantage", "room"):
            # It fills the queue, as most senders do, and every namespace may choose it.
            lab.host(name, sysctls={"net.ipv4.tcp_congestion_control": "reno"})
        self.link: Link = lab.link("vantage", "room", "192.0.2.0/30", "2001:db8::/126")
        for end, direction in zip(self.link, Direction, strict=True):
            lab.rate(end, self._megabits[direction], burst=BURST, latency=QUEUE)
        known = ["--allow", "192.0.2.0/30", "--allow", "2001:db8::/126"]
        served = ["--listen", ":862", "--iperf3", ":5201", "--http", ":8080"]
        argv = [sys.executable, "-m", "bridgewatch", "reflector", *known, *served]
        lab.popen("room", argv).wait_for("serving HTTP", timeout=60)

    def test(self, method: Method, direction: Direction, seconds: float, family: int = 4) -> Throughput:
        child = self.begin(method, direction, seconds, family)
        child.wait_for(r'"direction"|"why"', timeout=seconds + 60)
        said = decode_said(child.output.strip().splitlines()[-1].encode())
        assert isinstance(said, Throughput), said
        return said

    def begin(self, method: Method, direction: Direction, seconds: float, family: int = 4) -> Process:
        near, far = (each.v4 if family == 4 else each.v6 for each in self.link)
        asked = leg(
            method,
            direction,
            host=far,
            url=f"http://{far if family == 4 else f'[{far}]'}:8080",
            download="/download?bytes=1000000000",
            upload="/upload",
            seconds=seconds,
            streams=4,
            rate=round(self._megabits[direction] * 1e6 * (1.1 if method is Method.UDP else 2.0)),
            at_site=False,
            source=near,
            interface=self.link.a.device,
        )
        child = self._lab.popen("vantage", [sys.executable, "-m", "bridgewatch.adapters.throughput.child"])
        child.say(encode_leg(asked).decode().strip())
        return child

    @property
    def carried(self) -> int:
        """Octets that have left the shapers, both ways."""
        return sum(self._lab.shaped(end)["bytes"] for end in self.link)

    def carries(self, method: Method, direction: Direction, family: int = 4) -> float:
        """bit/s of payload."""
        return self._megabits[direction] * 1e6 * SHARE[family, method is Method.UDP]

    @property
    def full(self) -> float:
        """Seconds that a packet waits in a queue that is full."""
        return QUEUE + BURST * 8 / (min(self._megabits.values()) * 1e6)


def delays(results: Iterable[Throughput], shaped: Shaped) -> None:
    for result in results:
        assert result.base_rtt is not None
        assert result.rtt is not None
        assert result.base_rtt < shaped.full / 4
        assert shaped.full / 4 < result.rtt < shaped.full * 1.5, result


def test_a_shaped_link_shows_its_rate_and_its_full_queue(lab: Lab) -> None:
    shaped = Shaped(lab, 20, up=8)
    with ThreadPoolExecutor() as pool:  # each way by itself
        legs = (Method.TCP, Method.HTTP), (Direction.DOWN, Direction.UP)
        results = list(pool.map(shaped.test, *legs, (1.0, 1.0)))
    for result in results:
        assert result.rate == pytest.approx(shaped.carries(result.method, result.direction), rel=0.15)


@pytest.mark.soak
@pytest.mark.parametrize("megabits", [20, 2])
@pytest.mark.parametrize("family", [4, 6])
def test_every_method_is_within_three_percent_each_way_and_sees_the_buffer_delay(
    lab: Lab, megabits: int, family: int
) -> None:
    shaped = Shaped(lab, megabits)
    results = [shaped.test(*each, 10.0, family) for each in itertools.product(Method, Direction)]
    for result in results:
        assert result.rate == pytest.approx(
            shaped.carries(result.method, result.direction, family), rel=0.03
        ), result
    delays(results, shaped)


@pytest.mark.soak
@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("method", list(Method))
def test_a_second_after_it_was_stopped_nothing_of_a_test_is_on_the_link(
    lab: Lab, method: Method, direction: Direction
) -> None:
    shaped = Shaped(lab, 2)
    child = shaped.begin(method, direction, 60.0)
    child.wait_for(r'"seconds":3', timeout=60)
    child.end_input()  # as when the daemon is killed: nobody is left to end it
    child.wait()
    time.sleep(1.0)
    before = shaped.carried
    time.sleep(1.0)
    assert shaped.carried - before < 2_000  # of 250,000 while it ran
