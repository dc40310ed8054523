"""CPU per probe of the whole daemon beside fping and the Python libraries, same targets, in one run.

    python -m tests.bench.probing [PATHS] [SECONDS]

Every figure is user + system time of the named process and its children; the echo replies are the kernel's own
work on loopback, done in the context of the sender, and so part of every tool's figure alike.
"""

# ruff: noqa: T201 - a bench prints, and runs the peers it measures

import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PATHS = 6_000
SECONDS = 30
WARM_UP = 12
PORT = 9_741
LIBRARY_PROBES = 3_000


@dataclass(frozen=True)
class Cost:
    """What probing cost: probes sent, replies seen, CPU seconds."""

    name: str
    sent: int
    received: int
    cpu: float

    @property
    def per_probe(self) -> float:
        """Microseconds of CPU per probe."""
        return self.cpu / max(1, self.sent) * 1e6


def address(number: int) -> str:
    """The loopback address of target `number`."""
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"


def measure_daemon(paths: int, seconds: int) -> Cost:
    """`bridgewatch run` as a process of its own, judging and all, scraped twice for its counters."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        write_config(config, paths)
        argv = [sys.executable, "-m", "bridgewatch", "run", str(config), "--answers", "none"]
        argv += ["--listen", f"127.0.0.1:{PORT}", "--state", f"{folder}/state"]
        daemon = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
        try:
            wait_until_ready()
            time.sleep(WARM_UP)
            before, cpu = counters(), cpu_of(daemon.pid)
            time.sleep(seconds)
            cpu = cpu_of(daemon.pid) - cpu
            after = counters()
        finally:
            daemon.terminate()
            daemon.wait(30)
    return Cost("bridgewatch, the whole daemon", after[0] - before[0], after[1] - before[1], cpu)


def write_config(folder: Path, paths: int) -> None:
    """One site per target, all on loopback."""
    (folder / "sites.d").mkdir(parents=True)
    sites = [
        f"  - {{id: s{i}, name: s{i}, level: province, unit: '{i}', carried_by: wan, "
        f"links: {{wan: {{carrier: vnpt, target: {address(i)}}}}}}}\n"
        for i in range(paths)
    ]
    (folder / "sites.d" / "all.yaml").write_text("sites:\n" + "".join(sites), encoding="utf-8")
    (folder / "carriers.yaml").write_text("carriers: {vnpt: {name: VNPT}}\n", encoding="utf-8")
    (folder / "bridgewatch.yaml").write_text(
        "vantage: bench\negresses:\n  main: {networks: [wan, internet], references: [127.250.0.1, 127.250.0.2]}\n",
        encoding="utf-8",
    )


def wait_until_ready() -> None:
    """Until the first fates are known, at most a minute."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the daemon did not become ready")


def counters() -> tuple[int, int]:
    """Probes sent and received over all links."""
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=30) as page:
        lines = page.read().decode().splitlines()

    def total(name: str) -> int:
        return round(sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name + "{")))

    return total("bridgewatch_probes_sent_total"), total("bridgewatch_probes_received_total")


def cpu_of(pid: int) -> float:
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_child(name: str, argv: list[str], *, stdin: str = "") -> Cost:
    """A command that prints `sent received` last."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=300, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    sent, received = (int(word) for word in done.stdout.split()[-2:])
    return Cost(name, sent, received, cpu)


def measure_fping(paths: int, seconds: int) -> Cost:
    """fping over all targets, each once a second."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    argv = ["fping", "-q", "-c", str(seconds), "-p", "1000", "-i", f"{1000 / paths:.4f}", "-t", "900"]
    done = subprocess.run(
        argv,
        input="\n".join(address(i) for i in range(paths)),
        capture_output=True,
        text=True,
        timeout=seconds + 120,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    sent = received = 0
    for line in done.stderr.splitlines():
        if "xmt/rcv/%loss" in line:
            numbers = line.split("= ", 1)[1].split("/")
            sent, received = sent + int(numbers[0]), received + int(numbers[1])
    return Cost("fping", sent, received, cpu)


def measure_library(name: str, in_flight: int) -> Cost:
    """One of the Python libraries with that many pings at once."""
    argv = [sys.executable, "-m", "tests.bench.libraries", name, str(LIBRARY_PROBES), str(in_flight)]
    return measure_child(f"{name}, {in_flight} in flight", argv)


def main(paths: int = PATHS, seconds: int = SECONDS) -> None:
    """Measure one after the other and print a table with ratios."""
    runs: list[Callable[[], Cost]] = [
        lambda: measure_daemon(paths, seconds),
        lambda: measure_fping(paths, seconds),
        lambda: measure_library("gufo-ping", 50),
        lambda: measure_library("icmplib", 50),
        lambda: measure_library("aioping", 50),
    ]
    print(
        f"{paths} targets on loopback, a probe a second each, {seconds} s; libraries: {LIBRARY_PROBES} pings"
    )
    costs = []
    for run in runs:
        costs.append(run())
        cost = costs[-1]
        print(
            f"  {cost.name:32} {cost.sent:9,} sent {cost.received:9,} received {cost.per_probe:8.1f} us CPU/probe"
        )
    ours, fping = costs[0].per_probe, costs[1].per_probe
    print(f"  bridgewatch / fping = {ours / fping:.2f} (goal: at most 0.60)")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
