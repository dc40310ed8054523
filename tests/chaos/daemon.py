"""`bridgewatch run` as an ordinary process: started, asked, killed, and started again on what it left."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.store import spool, store
from bridgewatch.adapters.store.log_reader import LogReader
from bridgewatch.adapters.store.spool import Spool
from bridgewatch.adapters.store.spooled import SpooledStore
from bridgewatch.adapters.store.sqlite import SqliteFile
from bridgewatch.adapters.store.store import SqlStore
from bridgewatch.model.log import AnyEntry
from tests.chaos.province import ROOT
from tests.lab.process import Process

READY_SECONDS: Final = 30.0
_SAMPLE: Final = re.compile(r"^(bridgewatch_\w+)(?:\{(.*)\})? (\S+)$")
_READY: Final = re.compile(r"(\S+ \S+) INFO bridgewatch .* watches ")
_LINK: Final = re.compile(r'link="([^"]+)"')


@dataclass
class Life:
    """One run of the daemon. Wall-clock nanoseconds; `ready_ns` None: killed before it was ready."""

    number: int
    spawned_ns: int
    ready_ns: int | None = None
    ended_ns: int | None = None

    def overlap_ns(self, from_ns: int, to_ns: int) -> int:
        """How much of a span it was there, with every door open."""
        if self.ready_ns is None:
            return 0
        ended_ns = to_ns if self.ended_ns is None else min(self.ended_ns, to_ns)
        return max(0, ended_ns - max(self.ready_ns, from_ns))


class Daemon:
    """One configuration and one state directory, and the daemon that has them now."""

    def __init__(self, config: Path, state: Path, answers_port: int, metrics_port: int) -> None:
        self._config, self.state = config, state
        self._answers_port, self._metrics_port = answers_port, metrics_port
        self._process: Process | None = None
        self._killing = threading.Lock()
        self.killed = threading.Event()
        self.lives: list[Life] = []
        self.said = ""  # by all lives that are over

    def spawn(self) -> Life:
        """Begin another life."""
        argv = [sys.executable, "-m", "bridgewatch", "run", str(self._config), "--state", str(self.state)]
        argv += [
            "--listen",
            f"127.0.0.1:{self._metrics_port}",
            "--answers",
            f"127.0.0.1:{self._answers_port}",
        ]
        # Where the journal keeps the time, the daemon does not say it.
        env = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
        process = Process(argv, cwd=ROOT, env=env)
        with self._killing:
            life = Life(len(self.lives), time.time_ns())
            self.lives.append(life)
            self._process = process
            self.killed.clear()
        return life

    def start(self) -> Life:
        """Begin another life, and wait until every door is open."""
        life = self.spawn()
        self.wait_until_ready()
        return life

    def wait_until_ready(self) -> None:
        """Until it says what it watches. LabError if it ends before."""
        assert self._process is not None
        self._process.wait_for(_READY.pattern, READY_SECONDS)
        self._note_ready()

    def _note_ready(self) -> None:
        """By its own clock: a busy machine hears of it later."""
        assert self._process is not None
        if (found := _READY.search(self._process.output)) is not None:
            said = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S,%f").astimezone()
            self.lives[-1].ready_ns = round(said.timestamp() * 1000) * 1_000_000

    @property
    def kills_ns(self) -> list[int]:
        """When each life so far was killed, on the wall clock."""
        return [life.ended_ns for life in self.lives if life.ended_ns is not None]

    @property
    def pid(self) -> int:
        """Of the present life."""
        assert self._process is not None
        return self._process.pid

    @property
    def output(self) -> str:
        """What the present life said."""
        return self._process.output if self._process is not None else ""

    def kill(self, life: int | None = None) -> None:
        """SIGKILL, now, the present life or that one only. From any thread; again, it changes nothing."""
        with self._killing:
            if self._process is None or self.killed.is_set() or life not in (None, self.lives[-1].number):
                return
            # Not through Popen: its lock may be held by whoever waits for the end.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
            self.lives[-1].ended_ns = time.time_ns()
            self.killed.set()

    def bury(self) -> None:
        """Reap the one that was killed. It must not have ended in another way."""
        assert self._process is not None
        assert self.killed.is_set()
        code = self._process.wait()
        self._note_ready()
        self.said += self._process.output
        assert code == -signal.SIGKILL, self._process.output[-3000:]

    def stop(self) -> None:
        """End it as a service manager would."""
        if self._process is not None and not self.killed.is_set():
            self._process.stop()
            self.said += self._process.output

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Ask over the control socket. OSError or HTTPException when nobody answers."""
        connection = _Local(self.state / "control.sock")
        try:
            headers = {
                "Content-Type": "application/json",
                "X-On-Behalf-Of": "NOC",
            }  # whoever runs the test may be root
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            with connection.getresponse() as answer:
                content = answer.read()
                return answer.status, json.loads(content) if content else None
        finally:
            connection.close()

    def metrics(self) -> dict[str, float]:
        """All samples: those of links by `name link`, the others by their whole name and labels."""
        with urlopen(f"http://127.0.0.1:{self._metrics_port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found = {}
        for line in text.splitlines():
            if sample := _SAMPLE.match(line):
                link = _LINK.search(sample[2] or "")
                labels = f" {link[1]}" if link else f"{{{sample[2]}}}" if sample[2] else ""
                found[f"{sample[1]}{labels}"] = float(sample[3])
        return found


class _Local(http.client.HTTPConnection):
    """HTTP on a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("bridgewatch", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def look_at_log(state: Path) -> Sequence[AnyEntry]:
    """Everything in the store, whether a daemon runs or not."""
    reader = LogReader(SqliteFile(state / store.FILE_NAME))
    try:
        return reader.open_entries()
    finally:
        reader.close()


def read_log(state: Path) -> Sequence[AnyEntry]:
    """Everything in store and spool, of a daemon that does not run."""
    clock = SystemClock()
    kept = SpooledStore(
        SqlStore(SqliteFile(state / store.FILE_NAME), clock), Spool(state / spool.FILE_NAME, clock), clock
    )
    try:
        return kept.open_entries()
    finally:
        kept.close()
