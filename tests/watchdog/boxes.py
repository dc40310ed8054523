"""Two boxes: a real daemon and a real watchdog with a real webhook, as processes on one host or in the lab."""

import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self
from urllib.error import URLError
from urllib.request import urlopen

from tests.lab.process import Process
from tests.notify.gateways import HttpGateways, Received
from tests.watchdog.beats import KEY

ROOT: Final = Path(__file__).parents[2]
READY_SECONDS: Final = 30.0
Spawn = Callable[[str, list[str]], Process]
"""Starts a command on a box: `nha` or `canh`."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def spawn_here(_: str, argv: list[str]) -> Process:
    return Process(argv, cwd=ROOT, env={**os.environ, "HEARTBEAT_KEY": KEY})


class Boxes:
    """The daemon probes a port that nobody has. `after` seconds of silence are four heartbeats."""

    def __init__(
        self,
        folder: Path,
        gateways: HttpGateways,
        after: float,
        *,
        dog: str = "127.0.0.1",
        spawn: Spawn = spawn_here,
    ) -> None:
        self.after = after
        self._folder = folder
        self._gateways = gateways
        self._dog, self._spawn = dog, spawn
        self._listen = free_port()
        self._metrics = free_port()
        self.daemon: Process | None = None
        self.watchdog: Process | None = None
        for name in ("nha/sites.d", "canh"):
            (folder / name).mkdir(parents=True)
        self.aim(self._listen)
        target = f'{{stamp: "127.0.0.1:{free_port()}"}}'
        _replace(
            folder / "nha/sites.d/sites.yaml",
            "sites:\n  - id: tinh\n    name: UBND tỉnh\n    level: province\n"
            f"    links: {{wan: {{carrier: vnpt, target: {target}}}}}\n",
        )
        _replace(
            folder / "canh/watchdog.yaml",
            f"after: {after:g}s\ndaemons: {{nha: {{key: {{env: HEARTBEAT_KEY}}}}}}\n",
        )
        _replace(folder / "canh/policies.yaml", "policies: {watchdog: {group: 0s}}\n")
        _replace(
            folder / "canh/gateways.yaml",
            f'gateways: {{hook: {{kind: webhook, url: "{gateways.url}/hook/{{address}}", answers: []}}}}\n',
        )
        _replace(
            folder / "canh/contacts.yaml",
            "catch_all: an\ncontacts: {an: {name: An, language: en, channels: [{via: hook, to: an}]}}\n",
        )

    def __enter__(self) -> Self:
        # A watchdog waits no longer for its first heartbeat than for any other, and a start takes seconds.
        self._spawn_daemon().wait_for("bridgewatch .* watches ", READY_SECONDS)
        self.start_watchdog()
        self._wait_until_heard()
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self.daemon, self.watchdog):
            if process is not None and process.returncode is None:
                process.stop()

    def aim(self, port: int) -> None:
        """Have the heartbeats sent to that port of the watchdog's box; a running daemon follows."""
        _replace(
            self._folder / "nha/bridgewatch.yaml",
            f"vantage: nha\nwatchdog: {{url: 'http://{self._dog}:{port}', key: {{env: HEARTBEAT_KEY}}, "
            f"every: {self.after / 4:g}s}}\n",
        )

    def block(self) -> None:
        """Nobody listens where the heartbeats go."""
        self.aim(free_port())

    def unblock(self) -> None:
        self.aim(self._listen)

    def start_daemon(self) -> None:
        """Start it; it is heard once this returns."""
        self._spawn_daemon()
        self._wait_until_heard()

    def _wait_until_heard(self) -> None:
        assert self.daemon is not None
        self.daemon.wait_for("accepts our heartbeats", READY_SECONDS)

    def _spawn_daemon(self) -> Process:
        argv = ["run", str(self._folder / "nha"), "--state", str(self._folder / "nha-state")]
        argv += ["--listen", f"127.0.0.1:{self._metrics}", "--answers", "none"]
        self.daemon = self._spawn("nha", [sys.executable, "-m", "bridgewatch", *argv])
        return self.daemon

    def start_watchdog(self) -> None:
        argv = ["watchdog", str(self._folder / "canh"), "--state", str(self._folder / "canh-state")]
        argv += ["--listen", f"{self._dog}:{self._listen}", "--answers", "none"]
        self.watchdog = self._spawn("canh", [sys.executable, "-m", "bridgewatch", *argv])
        self.watchdog.wait_for("watches over nha", READY_SECONDS)

    def kill_daemon(self) -> float:
        """SIGKILL; when, monotonic."""
        assert self.daemon is not None
        self.daemon.signal(signal.SIGKILL)
        at = time.monotonic()
        assert self.daemon.wait() == -signal.SIGKILL
        return at

    def wait(self, kind: str, number: int, seconds: float) -> Received:
        """The message with that number, 1 first, of that kind."""

        def wanted(received: list[Received]) -> list[Received]:
            return [one for one in received if one.body["kind"] == kind]

        received = self._gateways.wait_for(lambda got: len(wanted(got)) >= number, seconds)
        return wanted(received)[number - 1]

    def kinds(self) -> list[str]:
        return [one.body["kind"] for one in self._gateways.accepted()]

    def metric(self, side: str, name: str) -> dict[str, float]:
        """A family of the daemon's page (`nha`) or the watchdog's (`canh`), by its labels."""
        port = self._metrics if side == "nha" else self._listen
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        samples = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE)
        return {labels: float(value) for labels, value in samples}

    def until(self, holds: Callable[[], Any], seconds: float = 10.0) -> None:
        """Poll until it holds. AssertionError when it never does."""
        ends = time.monotonic() + seconds
        while not self._holds(holds):
            assert time.monotonic() < ends, f"never within {seconds} s"
            time.sleep(0.02)

    @staticmethod
    def _holds(holds: Callable[[], Any]) -> bool:
        try:
            return bool(holds())
        except URLError:
            return False


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
