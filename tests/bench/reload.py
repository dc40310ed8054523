"""A reload of a whole country while it is probed: when it is live, and what it does to the sends meanwhile.

    python -m tests.bench.reload [SITES] [SECONDS]

One file of 63 is saved three times: with new names, with another interval, with 250 sites more. Each time it
prints how long the daemon took to show the change and to give the first page after it, and the most that sends
were late and the loop was behind in the minute of the save and in the minute before. SECONDS is how long it
rests before each save: the daemon's own maxima are of the last 50 to 60 seconds.
"""

# ruff: noqa: T201 - a bench prints, and runs the daemon it measures

import http.client
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import probing
from tests.bench.probing import wait_until_ready
from tests.config.generate import loopback, write_country

SITES = 11_363
SECONDS = 65
WARM_UP = 15
FOLLOW_SECONDS = 30
ADDED_SITES = 250
POLL_SECONDS = 0.1
TIME_LIMIT = 30.0
DAEMON = """\
vantage: bench
egresses: {main: {networks: [wan, internet], references: [127.250.0.1, 127.250.0.2]}}
"""


@dataclass(frozen=True)
class Outcome:
    """What one save did. Seconds."""

    live: float  # from the save until the daemon says that it is in force
    shown: float  # from the save until its first page is complete
    lateness: float
    lag: float


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over the control socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("bridgewatch")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


def status(state: Path) -> dict[str, Any]:
    """What `bridgewatch status --json` prints."""
    connection = _UnixConnection(state / "control.sock")
    try:
        connection.request("GET", "/status")
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        return answer
    finally:
        connection.close()


def page() -> str:
    """The page of metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{probing.PORT}/metrics", timeout=30) as answer:
        text: str = answer.read().decode()
        return text


def value(text: str, name: str) -> float:
    """The one sample of a family without labels."""
    return float(text.rsplit(f"\n{name} ", 1)[1].split("\n", 1)[0])


def rename(text: str) -> str:
    """Another name for every site; no path differs."""
    return text.replace("Điểm cầu", "Hội trường")


def slow_down(text: str) -> str:
    """Another interval for every link."""
    return text.replace("        carrier: ", "        interval: 2s\n        carrier: ")


def grow(text: str) -> str:
    """250 sites, 500 links more."""
    last = text[text.rindex("  - id:") :]
    targets = re.findall(r"target: (\S+)", last)
    more = []
    for number in range(ADDED_SITES):
        site = last.replace("-xa-", f"-moi-{number}-").replace('unit: "', f'unit: "9{number:03}')
        for place, target in enumerate(targets):
            site = re.sub(
                rf"target: {re.escape(target)}\b", f"target: {loopback(30_000 + 2 * number + place)}", site
            )
        more.append(site)
    return text + "".join(more)


SAVES: dict[str, Callable[[str], str]] = {
    "names of 180 sites": rename,
    "interval of 360 links": slow_down,
    "500 links more": grow,
}


def save(file: Path, change: Callable[[str], str], state: Path) -> Outcome:
    """Save a changed file and follow what comes of it."""
    text = change(file.read_text(encoding="utf-8"))
    before = status(state)["config"]["loaded_wall_ns"]
    fresh = file.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    began = time.monotonic()
    fresh.replace(file)
    while (config := status(state)["config"])["loaded_wall_ns"] == before:
        if time.monotonic() - began > TIME_LIMIT or config["errors"]:
            raise RuntimeError(f"the save did not come into force: {config}")
        time.sleep(POLL_SECONDS)
    live = time.monotonic() - began
    page()
    shown = time.monotonic() - began
    time.sleep(FOLLOW_SECONDS)
    after = page()
    return Outcome(
        live,
        shown,
        value(after, "bridgewatch_send_lateness_max_seconds"),
        value(after, "bridgewatch_loop_lag_max_seconds"),
    )


def account(state: Path) -> str:
    """Whether anything was lost over all that."""
    total = {
        name: round(
            sum(
                map(float, re.findall(rf"^bridgewatch_probes_{name}_total{{.*}} (\S+)", page(), re.MULTILINE))
            )
        )
        for name in ("sent", "lost", "late", "local_error")
    }
    return f"links {status(state)['links']}, " + ", ".join(f"{n:,} {name}" for name, n in total.items())


def main(sites: int = SITES, seconds: float = SECONDS) -> None:
    """Run the daemon, save three times, print the figures."""
    with tempfile.TemporaryDirectory() as name:
        config, state = Path(name) / "config", Path(name) / "state"
        files = write_country(config, sites=sites, stamp=False)
        (config / "bridgewatch.yaml").write_text(DAEMON, encoding="utf-8")
        argv = [sys.executable, "-m", "bridgewatch", "run", str(config), "--answers", "none"]
        argv += ["--listen", f"127.0.0.1:{probing.PORT}", "--state", str(state)]
        daemon = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
        try:
            wait_until_ready()
            time.sleep(WARM_UP)
            page()  # start-up, and the first page's layout, are not the steady state
            print(f"{sites:,} sites in {len(files)} files, {2 * sites:,} links once a second, one file saved")
            for title, change in SAVES.items():
                time.sleep(seconds)
                calm = page()
                found = save(files[7], change, state)
                print(
                    f"  {title:22} live after {found.live:5.2f} s (goal: 1), page complete after "
                    f"{found.shown:5.2f} s; send lateness max {found.lateness * 1e3:6.1f} ms "
                    f"(goal: 150), loop lag max {found.lag * 1e3:6.1f} ms; before: "
                    f"{value(calm, 'bridgewatch_send_lateness_max_seconds') * 1e3:.1f} and "
                    f"{value(calm, 'bridgewatch_loop_lag_max_seconds') * 1e3:.1f} ms",
                    flush=True,
                )
            print(f"  {account(state)}")
        finally:
            daemon.terminate()
            daemon.wait(30)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
