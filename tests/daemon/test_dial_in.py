"""A site behind a masquerading router in the lab: its box calls in, and its address changes in mid-run."""

import contextlib
import itertools
import random
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.daemon.conference import Desk, Documents, live_now, person, write
from tests.daemon.daemon import ROOT, Running
from tests.lab.process import Process
from tests.lab.topology import Lab
from tests.notify.gateways import HttpGateways

pytestmark = pytest.mark.root

KEY = "6a" * 32
DAEMON = "192.0.2.1"
PORT = 8862
OUTSIDE = "203.0.113.2/24"
LINK = "xa/internet"
_IP_TRANSPARENT = 19  # lets a socket have any address


class Stage:
    """A daemon, a carrier's router, a router that masquerades with ports of its own choice, and the box.

    `people` are asked for once the hosts are there.
    """

    def __init__(
        self,
        lab: Lab,
        directory: Path,
        *,
        interval: str = "100ms",
        more: str = "",
        people: Callable[[], Documents] = dict,
    ) -> None:
        self.lab, self.directory = lab, directory
        for name in ("vantage", "isp", "nat", "box"):
            lab.host(name, router=name in {"isp", "nat"})
        lab.link("vantage", "isp", "192.0.2.0/24")
        lab.link("isp", "nat", "203.0.113.0/24")
        self.line = lab.link("nat", "box", "198.51.100.0/24")
        lab.route("vantage", "default", "192.0.2.2")
        lab.route("nat", "default", "203.0.113.1")
        lab.route("box", "default", "198.51.100.1")
        rules = 'type nat hook postrouting priority srcnat\noifname "isp" masquerade random'
        lab.run("nat", ["nft", "-f", "-"], stdin=f"table ip nat {{\nchain out {{\n{rules}\n}}\n}}\n")
        self.addresses = itertools.cycle(["203.0.113.77/24", OUTSIDE])
        self.outside = OUTSIDE
        lab.run("nat", ["ip", "address", "del", OUTSIDE, "dev", "isp"])
        self._get(OUTSIDE)
        (directory / "sites.d").mkdir(parents=True)
        (directory / "key").write_text(KEY)
        (directory / "bridgewatch.yaml").write_text(
            f"dialin: {{listen: '{DAEMON}:{PORT}'}}\n"
            f"defaults: {{interval: {interval}}}\n"
            "egresses: {internet: {networks: [internet], references: [192.0.2.2]}}\n"
        )
        (directory / "keys.yaml").write_text(f"keys: {{xa-hop: {{file: {directory / 'key'}}}}}\n")
        (directory / "sites.d" / "sites.yaml").write_text(
            "sites:\n  - id: xa\n    name: Điểm cầu xã\n    level: commune\n"
            f"    links: {{internet: {{carrier: viettel, target: {{dialin: xa-hop}}{more}}}}}\n"
        )
        write(directory, people())
        self.daemon = Running(lab, directory)

    def _get(self, address: str) -> None:
        self.lab.run("nat", ["ip", "address", "add", address, "dev", "isp"])
        self.lab.run("nat", ["ip", "route", "replace", "default", "via", "203.0.113.1"])

    def call(self, *options: str) -> Process:
        """Start the box."""
        command = [sys.executable, "-m", "bridgewatch", "reflector", "--call", f"{DAEMON}:{PORT}"]
        command += ["--key-id", "xa-hop", "--key-file", str(self.directory / "key"), *options]
        return self.lab.popen("box", command, cwd=ROOT)

    def crash(self) -> None:
        """Kill the daemon once it has written down where the box is."""
        self.daemon.until(lambda: "xa-hop" in _text(self.daemon.state / "boxes.json"))
        self.daemon.process.signal(signal.SIGKILL)
        self.daemon.process.wait()

    def end(self) -> None:
        """End the daemon in order."""
        self.daemon.process.stop()

    def start_again(self) -> None:
        """Start the daemon on what it left."""
        self.daemon = Running(self.lab, self.directory)

    def change_address(self) -> None:
        """Give the router another address: the kernel forgets what it masqueraded as the former one."""
        former, self.outside = self.outside, next(self.addresses)
        self.lab.run("nat", ["ip", "address", "del", former, "dev", "isp"])
        self._get(self.outside)

    def figures(self) -> dict[str, float]:
        """The numbers of the link and of dial-in, of one page."""
        found = {}
        for line in self.daemon.page().splitlines():
            name, value = line.removeprefix("bridgewatch_").rpartition(" ")[::2]
            if f'link="{LINK}"' in name or "{" not in name:
                found[name.partition("{")[0]] = value
        return {name: float(value) for name, value in found.items() if name and not name.startswith("#")}

    def figure(self, name: str) -> float:
        """One of them."""
        return self.figures().get(name, 0.0)

    def until(self, name: str, value: float, seconds: float = 20.0) -> float:
        """Wait until a number is at least that; the seconds it took."""
        return self.daemon.until(lambda: self.figure(name) >= value, seconds)

    def goes_on(self) -> None:
        """Wait until three more probes came back."""
        self.until("probes_received_total", self.figure("probes_received_total") + 3)

    def has_lost_nothing(self, moves: int) -> None:
        """Wait until what was sent has its fate; only what the moves cost may not have come back."""
        self.daemon.until(lambda: self.undecided() <= 3)
        assert self.figure("probes_lost_total") == 0
        assert self.figure("probes_late_total") == 0
        assert moves <= self.figure("probes_local_error_total") <= moves * 15 * 10
        assert self.figure("dialin_sessions") == 1

    def test(self, code: int) -> str:
        """Have the line tested; what that says, and that it ends with `code`."""
        argv = [sys.executable, "-m", "bridgewatch", "bandwidth", "run", LINK, "--seconds", "5"]
        argv += ["--language", "en", "--state", str(self.daemon.state)]
        done = self.lab.run("vantage", argv, timeout=120, check=False)
        assert done.returncode == code, done.stdout + done.stderr + self.daemon.process.output
        return " ".join((done.stdout + done.stderr).split())

    def undecided(self) -> float:
        """How many probes have no fate yet."""
        found = self.figures()
        fates = ("received", "late", "lost", "unreachable", "local_error")
        return found["probes_sent_total"] - sum(found[f"probes_{fate}_total"] for fate in fates)

    def flood(self, capture: Path, count: int) -> None:
        """Send random packets, captured ones with a bit flipped, and captured ones as they were."""
        captured, ports = _seen(capture)
        chance = random.Random(1)
        with self.lab.inside("isp"):
            senders = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        senders[1].setsockopt(socket.IPPROTO_IP, _IP_TRANSPARENT, 1)
        senders[1].bind((self.outside.partition("/")[0], ports[-1]))
        for number in range(count):
            packet = bytearray(chance.choice(captured))
            match number % 3:
                case 0:
                    packet[:] = chance.randbytes(len(packet))
                case 1:
                    packet[chance.randrange(len(packet))] ^= 1 << chance.randrange(8)
            senders[number % 2].sendto(packet, (DAEMON, PORT))
            if number % 20 == 0:
                time.sleep(0.001)  # so that no queue of the lab is full
        for sender in senders:
            sender.close()


@pytest.fixture
def stage(lab: Lab, tmp_path: Path) -> Stage:
    """With the box not calling yet."""
    return Stage(lab, tmp_path / "config")


def test_a_box_whose_address_changes_is_followed_and_nobody_else_moves_it(stage: Stage) -> None:
    """Ten thousand forged and replayed packets in mid-run; what was under way to where it was is not lost.

    They come from another host, half of them from the address and port that the box has.
    """
    assert stage.daemon.states() == {LINK: 0}
    sniffed = stage.lab.popen(
        "isp", ["tcpdump", "-i", "nat", "-U", "-w", str(stage.directory / "seen.pcap"), "udp"]
    )
    sniffed.wait_for("listening on")
    stage.call("--interface", "nat")
    stage.until("probes_received_total", 30)
    sniffed.stop()
    stage.flood(stage.directory / "seen.pcap", 10_000)
    stage.goes_on()
    refused = stage.daemon.series("bridgewatch_dialin_refused_total", "reason")
    assert refused["bad_cookie"] > 0
    assert refused["bad_seal"] > 0
    assert (stage.figure("dialin_sessions"), stage.figure("dialin_moves_total")) == (1, 0)
    assert stage.daemon.process.output.count("its box called in") == 1
    stage.change_address()
    assert stage.until("dialin_moves_total", 1) < 15
    stage.goes_on()
    stage.daemon.until(lambda: stage.daemon.states() == {LINK: 1})
    stage.has_lost_nothing(moves=1)


@pytest.mark.soak
@pytest.mark.parametrize("interval", ["100ms", "1s"])
def test_a_box_that_moves_again_and_again_loses_nothing(lab: Lab, tmp_path: Path, interval: str) -> None:
    """Ten times, at either rate."""
    stage = Stage(lab, tmp_path / "config", interval=interval)
    stage.call()
    stage.until("probes_received_total", 10)
    for move in range(1, 11):
        stage.change_address()
        assert stage.until("dialin_moves_total", move) < 15
        stage.goes_on()
    stage.has_lost_nothing(moves=10)
    assert "-> down" not in stage.daemon.process.output


@pytest.mark.soak
def test_a_box_that_is_switched_off_is_down_and_up_again_after_it_called(stage: Stage) -> None:
    """Judged by its silence like any other link, while the reference is the witness."""
    box = stage.call()
    stage.daemon.until(lambda: stage.daemon.states() == {LINK: 1})
    box.stop()
    stage.daemon.until(lambda: stage.daemon.states() == {LINK: 4})
    stage.call()
    stage.daemon.until(lambda: stage.daemon.states() == {LINK: 1})


@contextlib.contextmanager
def on_duty(lab: Lab, directory: Path) -> Iterator[tuple[Stage, HttpGateways]]:
    """A stage with somebody who is paged at once, while a conference is live."""
    hooks = HttpGateways()
    with contextlib.ExitStack() as stack:

        def people() -> Documents:
            with lab.inside("vantage"):  # a thread stays in the network of the one that began it
                stack.enter_context(hooks)
            contacts = {
                "duty": person("Duty", ("hook", "duty"), carrier="viettel"),
                "own": person("Our duty", ("hook", "own")),
            }
            gateway = {"kind": "webhook", "url": f"{hooks.url}/hook/{{address}}"}
            return live_now({"hold": {"dark": "0s"}, "group": "0s"}, ["viettel"]) | {
                "contacts.yaml": {"catch_all": ["own"], "contacts": contacts},
                "rosters.yaml": {"rosters": {"viettel": {"carrier": "viettel", "duty": {"always": "duty"}}}},
                "gateways.yaml": {"gateways": {"hook": gateway}},
            }

        yield Stage(lab, directory, people=people), hooks


@pytest.mark.soak
def test_a_box_that_died_while_the_daemon_was_dead_too_is_paged(lab: Lab, tmp_path: Path) -> None:
    """And the incident's story says since when it has not called."""
    with on_duty(lab, tmp_path / "config") as (stage, hooks):
        box = stage.call()
        stage.daemon.until(lambda: stage.daemon.states() == {LINK: 1})
        stage.crash()
        box.signal(signal.SIGKILL)
        began = time.monotonic()
        stage.start_again()
        assert stage.daemon.states() == {LINK: 0}
        assert stage.figure("dialin_silent") == 1
        desk = Desk(lab, stage.daemon, hooks, "vantage")
        code, (page,) = desk.wait_pages("xã", [["duty"]], 60.0)
        assert page.monotonic - began > 30
        assert stage.daemon.states() == {LINK: 4}
        assert "has not called for" in desk.explain(code)
        (link,) = desk.asks("explain", code)["incident"]["links"]
        assert (link["box"]["calling"], link["box"]["awaited"]) == (False, True)
        stage.call()
        desk.wait_told(code, "recovered", ["duty"])


@pytest.mark.soak
def test_a_box_that_lived_on_while_the_daemon_was_dead_is_up_again_and_nobody_is_paged(
    lab: Lab, tmp_path: Path
) -> None:
    """Twice: after a crash, and after an orderly end."""
    with on_duty(lab, tmp_path / "config") as (stage, hooks):
        stage.call()
        for end in (stage.crash, stage.end):
            stage.daemon.until(lambda: stage.daemon.states() == {LINK: 1})
            end()
            stage.start_again()
            stage.daemon.until(lambda: stage.daemon.states() == {LINK: 1}, 30.0)
            time.sleep(45)
            assert stage.daemon.states() == {LINK: 1}
            assert "-> down" not in stage.daemon.process.output
        assert not hooks.received


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _seen(capture: Path) -> tuple[list[bytes], list[int]]:
    """Payloads and source ports of what went to the daemon, of Ethernet frames over IPv4."""
    octets, at, payloads, ports = capture.read_bytes(), 24, [], []
    while at < len(octets):
        length = int.from_bytes(octets[at + 8 : at + 12], sys.byteorder)
        frame = octets[at + 16 : at + 16 + length]
        if frame[36:38] == PORT.to_bytes(2, "big"):
            payloads.append(frame[42:])
            ports.append(int.from_bytes(frame[34:36], "big"))
        at += 16 + length
    return payloads, ports


@pytest.mark.soak
def test_a_box_that_is_given_another_address_itself_is_followed(stage: Stage) -> None:
    """By a router at the site, say: the socket it called by is good no more."""
    box = stage.call()
    stage.until("probes_received_total", 20)
    stage.lab.run("box", ["ip", "address", "del", "198.51.100.2/24", "dev", "nat"])
    stage.lab.run("box", ["ip", "address", "add", "198.51.100.9/24", "dev", "nat"])
    stage.lab.run("box", ["ip", "route", "replace", "default", "via", "198.51.100.1"])
    assert stage.until("dialin_moves_total", 1) < 15
    stage.goes_on()
    stage.has_lost_nothing(moves=1)
    assert box.returncode is None


@pytest.mark.soak
def test_a_line_that_was_cut_for_half_a_minute_goes_on_at_once(stage: Stage) -> None:
    """What was not answered meanwhile is lost, for nothing moved."""
    stage.call()
    stage.until("probes_received_total", 20)
    drop = stage.lab.drop("isp", "forward")
    stage.daemon.until(lambda: stage.daemon.states() == {LINK: 4})
    time.sleep(20)
    stage.lab.lift(drop)
    assert stage.daemon.until(lambda: stage.daemon.states() == {LINK: 1}) < 5
    stage.daemon.until(lambda: stage.undecided() <= 3)
    assert stage.figure("probes_lost_total") > 150
    assert stage.figure("probes_local_error_total") == 0


@pytest.mark.soak
@pytest.mark.skipif(shutil.which("iperf3") is None, reason="needs Debian's package iperf3")
def test_a_box_measures_its_line_where_the_daemon_asks_it_to(lab: Lab, tmp_path: Path) -> None:
    """Each direction as seen from the site, to the box's own server; one without a server refuses."""
    more = f", contract: {{down: 4M, up: 2M}}, throughput: {{server: {{iperf3: '{DAEMON}:5201'}}, share: 100%, windows: ['00:00-24:00']}}"
    stage = Stage(lab, tmp_path / "config", more=more)
    for end, rate in ((stage.line.a, 4), (stage.line.b, 2)):
        lab.rate(end, rate, burst=5_000, latency=0.2)
    server = [sys.executable, "-m", "bridgewatch", "reflector", "--allow", "203.0.113.0/24"]
    server += ["--listen", f"{DAEMON}:862", "--iperf3", f"{DAEMON}:5201"]
    lab.popen("vantage", server, cwd=ROOT).wait_for("serving iperf3", 60.0)
    box = stage.call()
    stage.daemon.until(lambda: stage.daemon.states() == {LINK: 1})
    assert "it was started without --test-server" in stage.test(code=1)
    box.stop()
    box = stage.call("--test-server", f"{DAEMON}:5201", "--interface", "nat")
    stage.daemon.until(lambda: box.output.count("connected") > 0)
    stage.test(code=0)
    told = stage.daemon.series("bridgewatch_throughput_bits_per_second", "direction")
    assert told["down"] == pytest.approx(4e6 * 0.956, rel=0.05)
    assert told["up"] == pytest.approx(2e6 * 0.956, rel=0.05)
    assert stage.figure("probes_lost_total") == 0
