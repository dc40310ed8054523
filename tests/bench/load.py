"""The daemon under the load of a country, as a user with CAP_NET_RAW only, scraped every 5 s, reloaded once.

    python -m tests.bench.load [PATHS] [SECONDS]        (root: it installs the shipped sysctl and drops to nobody)

CPU and memory are the daemon's own process; the echo replies are the kernel's work in the sender's context.
"""

# ruff: noqa: T201 - a bench prints

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench import probing
from tests.bench.probing import address, cpu_of, wait_until_ready, write_config

ROOT = Path(__file__).parents[2]
ADDED = 500
SCRAPE_SECONDS = 5
ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
RAW_ONLY = ["--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw", "--bounding-set=-all,+net_raw"]


def install_sysctl() -> None:
    """What the package's sysctl.d file would have set at boot."""
    subprocess.run(["sysctl", "-q", "-p", str(ROOT / "systemd" / "bridgewatch.sysctl.conf")], check=True)


class Scraper(threading.Thread):
    """Prometheus as far as the daemon can tell: OpenMetrics, gzip, every 5 s."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.seconds: list[float] = []
        self.octets = 0

    def run(self) -> None:
        """Scrape until `ended`."""
        while not self.ended.wait(SCRAPE_SECONDS):
            request = urllib.request.Request(
                f"http://127.0.0.1:{probing.PORT}/metrics",
                headers={"Accept": ACCEPT, "Accept-Encoding": "gzip"},
            )
            began = time.monotonic()
            with urllib.request.urlopen(request, timeout=30) as page:
                self.octets = len(page.read())
            self.seconds.append(time.monotonic() - began)


def add_links(config: Path, first: int) -> None:
    """One save that adds 500 sites."""
    sites = [
        f"  - {{id: s{i}, name: s{i}, level: province, unit: '{i}', carried_by: wan, "
        f"links: {{wan: {{carrier: vnpt, target: {address(i)}}}}}}}\n"
        for i in range(first, first + ADDED)
    ]
    (config / "sites.d" / "more.yaml").write_text("sites:\n" + "".join(sites), encoding="utf-8")


def sums() -> dict[str, float]:
    """Every family of /metrics summed over its series, by name."""
    with urllib.request.urlopen(f"http://127.0.0.1:{probing.PORT}/metrics", timeout=30) as page:
        text = page.read().decode()
    found: dict[str, float] = {}
    for line in text.splitlines():
        if not line.startswith("#") and "quantile" not in line and "_bucket" not in line:
            name = line.partition("{")[0].partition(" ")[0]
            found[name] = found.get(name, 0.0) + float(line.rsplit(" ", 1)[1])
    return found


def lateness() -> dict[str, int]:
    """The cumulative histogram of send lateness, by bound."""
    with urllib.request.urlopen(f"http://127.0.0.1:{probing.PORT}/metrics", timeout=30) as page:
        lines = [line for line in page.read().decode().splitlines() if "send_lateness_seconds_bucket" in line]
    return {line.split('le="')[1].split('"')[0]: int(float(line.rsplit(" ", 1)[1])) for line in lines}


def peak_rss(pid: int) -> int:
    """Peak resident memory in octets."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def measure(
    paths: int,
    seconds: int,
    write: Callable[[Path, int], None] = write_config,
    families: Sequence[str] = (),
) -> dict[str, object]:
    """Run, scrape, reload, and account for every probe; and for what `families` rose by meanwhile.

    `write` writes the configuration, into a folder, of so many paths.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        write(folder / "config", paths)
        (folder / "state").mkdir()
        shutil.chown(folder / "state", 65534, 65534)
        argv = [*USER, *RAW_ONLY, sys.executable, "-m", "bridgewatch", "run", str(folder / "config")]
        argv += ["--answers", "none"]
        argv += ["--listen", f"127.0.0.1:{probing.PORT}", "--state", str(folder / "state")]
        with (folder / "log").open("wb") as log:
            daemon = subprocess.Popen(argv, stderr=log, cwd=ROOT)
        try:
            return _account(daemon.pid, folder, paths, seconds, families)
        finally:
            daemon.terminate()
            daemon.wait(30)
            print((folder / "log").read_text(encoding="utf-8")[-2000:], file=sys.stderr)


def _account(pid: int, folder: Path, paths: int, seconds: int, families: Sequence[str]) -> dict[str, object]:
    wait_until_ready()
    time.sleep(15)  # start-up, and the first scrape's layout, are not the steady state
    sums()
    scraper = Scraper()
    before, late, cpu, began = sums(), lateness(), cpu_of(pid), time.monotonic()
    scraper.start()
    reloaded = False
    while (passed := time.monotonic() - began) < seconds:
        time.sleep(min(10.0, seconds - passed))
        with urllib.request.urlopen(f"http://127.0.0.1:{probing.PORT}/healthz", timeout=5):
            pass
        if passed > seconds / 2 and not reloaded:
            add_links(folder / "config", paths)
            reloaded = True
    spent, passed = cpu_of(pid) - cpu, time.monotonic() - began
    after, late_after = sums(), lateness()
    scraper.ended.set()
    scraper.join(30)
    moved = {bound: late_after[bound] - late[bound] for bound in late}
    return {
        "paths": paths,
        "seconds": round(passed),
        **{
            key: round(after[f"bridgewatch_probes_{key}_total"] - before[f"bridgewatch_probes_{key}_total"])
            for key in ("sent", "received", "lost", "late", "unreachable", "local_error")
        },
        "receive_overflows": round(after["bridgewatch_receive_overflows_total"]),
        "links_after_reload": round(after["bridgewatch_link_info"]),
        "lateness_within": {bound: round(count / moved["+Inf"], 5) for bound, count in moved.items()},
        "lateness_max_ms_at_most": 1e3
        * min(float(bound) for bound, count in moved.items() if count == moved["+Inf"]),
        "core_percent": round(100 * spent / passed, 1),
        "us_per_probe": round(
            1e6
            * spent
            / max(1, after["bridgewatch_probes_sent_total"] - before["bridgewatch_probes_sent_total"]),
            1,
        ),
        "peak_rss_mib": round(peak_rss(pid) / 2**20),
        "scrapes": len(scraper.seconds),
        "scrape_seconds_max": round(max(scraper.seconds, default=0.0), 2),
        "scrape_octets_gzip": scraper.octets,
        **{name: round(after[name] - before[name], 2) for name in families},
    }


def main(paths: int = 22_726, seconds: int = 600) -> None:
    """Print the account as JSON."""
    if os.geteuid() != 0:
        raise SystemExit("needs root, to install the sysctl and to drop to nobody with CAP_NET_RAW")
    install_sysctl()
    print(json.dumps(measure(paths, seconds), indent=2))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
