"""A change of phase of a whole country while it is probed: when the new rate is in force, and what sends lose.

    python -m tests.bench.phases [SITES]

Every site takes part in one event that goes from planned (1/s) to live (1.25/s each, just within the bound on
sends, which would make them late by itself) at a full minute, and is taken away by a saved file a minute later.
What is printed of lateness and lag is the most of the minute of the change.
"""

# ruff: noqa: T201 - a bench prints, and runs the daemon it measures

import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import probing
from tests.bench.probing import wait_until_ready
from tests.bench.reload import DAEMON, SITES, account, page, value
from tests.config.generate import write_country

WARM_UP = 20  # the maxima are of the last minute, and a start is not the steady state
FOLLOW_SECONDS = 40  # so that the minute of the maxima still holds the change
EVENT = """\
events:
  toan-quoc:
    {{name: Toàn quốc, sites: all, starts: "{starts}", ends: "{ends}", freeze: 0s, check: 0s,
     phases: {{live: {{interval: 800ms}}}}}}
"""


class Log:
    """What the daemon logged about its event, with the time each line came."""

    def __init__(self, daemon: "subprocess.Popen[str]") -> None:
        self.lines: list[tuple[float, str]] = []
        self._daemon = daemon
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._daemon.stderr or ():
            if "event toan-quoc" in line:
                self.lines.append((time.time(), line.strip()))

    def wait(self, text: str, seconds: float) -> tuple[float, str]:
        """The first line with `text`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [line for line in self.lines if text in line[1]]
            if found:
                return found[0]
            time.sleep(0.05)
        raise TimeoutError(f"the daemon never said {text!r}: {self.lines}")


@contextmanager
def running(config: Path, state: Path) -> Iterator["subprocess.Popen[str]"]:
    """The daemon on that configuration."""
    argv = [sys.executable, "-m", "bridgewatch", "run", str(config), "--answers", "none"]
    argv += ["--listen", f"127.0.0.1:{probing.PORT}", "--state", str(state)]
    daemon = subprocess.Popen(argv, stderr=subprocess.PIPE, encoding="utf-8")
    try:
        yield daemon
    finally:
        daemon.terminate()
        daemon.wait(30)


def schedule(config: Path) -> float:
    """Write the event; it starts at the first full minute after the warm-up. Its start in seconds since 1970."""
    starts = (int(time.time() + WARM_UP) // 60 + 1) * 60
    (config / "events.d").mkdir(exist_ok=True)
    (config / "events.d" / "all.yaml").write_text(
        EVENT.format(starts=_utc(starts), ends=_utc(starts + 3600)), encoding="utf-8"
    )
    return starts


def _utc(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%MZ}"


def tell(title: str, seconds: float, line: str) -> None:
    """One change."""
    own = re.search(r"within (\S+) s", line)
    time.sleep(FOLLOW_SECONDS)
    text = page()
    late, lag = (
        value(text, f"bridgewatch_{name}_max_seconds") * 1e3 for name in ("send_lateness", "loop_lag")
    )
    print(
        f"  {title:16} in force {seconds:5.2f} s after (by its own log {own[1] if own else '?'} s), "
        f"send lateness max {late:6.1f} ms, loop lag max {lag:6.1f} ms",
        flush=True,
    )


def main(sites: int = SITES) -> None:
    """Run the daemon through the change, print the figures."""
    with tempfile.TemporaryDirectory() as name:
        config, state = Path(name) / "config", Path(name) / "state"
        write_country(config, sites=sites, stamp=False)
        (config / "bridgewatch.yaml").write_text(DAEMON, encoding="utf-8")
        starts = schedule(config)
        with running(config, state) as daemon:
            log = Log(daemon)
            wait_until_ready()
            print(f"{sites:,} sites, {2 * sites:,} links, all of them in one event", flush=True)
            at, line = log.wait("planned -> live", starts - time.time() + 60)
            tell("planned -> live", at - starts, line)
            (config / "events.d" / "all.yaml").unlink()
            saved = time.time()
            at, line = log.wait("live -> none", 60)
            tell("file taken away", at - saved, line)
            print(f"  {account(state)}")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
