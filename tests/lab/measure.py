"""How exact the forwarder is on this machine: `python -m tests.lab.measure [--rate N] [--seconds N]`.

Needs root and fping. Prints, per direction, how late packets left, and how the RTT that tcpdump saw at the
vantage differs from the sum of both waits in the log: what the log does not know.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.lab.forwarder_log import waits_ns
from tests.lab.impaired_link import select_way
from tests.lab.line import Line, impaired_line
from tests.lab.tcpdump import Capture, rtts
from tests.lab.topology import Lab

TARGETS = 250


def measure(folder: Path, rate: int, seconds: int, delay: float) -> None:
    """Send echo requests at a steady rate through `delay` seconds each way, print the errors."""
    with Lab(folder) as lab:
        line = impaired_line(lab)
        fping = ["fping", "-q", "-C", "1", "-i", "0.1", *Line.targets(TARGETS)]
        lab.run("vantage", fping)  # neighbours known, code warm
        line.far.impair(delay=delay)
        before = len(line.far.log())
        capture = Capture(lab, line.near.a)
        period = TARGETS * 1000 / rate
        probes = str(max(1, round(seconds * 1000 / period)))
        lab.run("vantage", [*fping[:2], "-C", probes, "-p", str(period), "-i", str(1000 / rate), *fping[6:]])
        probed = rtts(capture.stop())
        log = line.far.settled_log()[before:]
        cpu = line.far.cpu_seconds()
    _report(probed, log, delay, cpu)


def _report(probed: NDArray[np.void], log: NDArray[np.void], delay: float, cpu: float) -> None:
    span = (probed["sent_ns"][-1] - probed["sent_ns"][0]) / 1e9
    _say(f"{len(log)} packets, {len(probed)} probes answered, {len(probed) / span:.0f}/s, {cpu:.2f} s of CPU")
    for name, forward in (("forward", True), ("backward", False)):
        way = select_way(log, forward=forward)
        _quantiles(f"{name}: late by", (way["out_ns"] - way["due_ns"]) / 1e3)
    _quantiles("RTT seen - 2 x delay", probed["rtt_ns"] / 1e3 - 2e6 * delay)
    _quantiles("RTT seen - sum of waits in the log", (probed["rtt_ns"] - waits_ns(probed, log)) / 1e3)


def _quantiles(what: str, micros: NDArray[np.float64]) -> None:
    p50, p90, p99, most = np.quantile(micros, (0.5, 0.9, 0.99, 1.0))
    _say(f"  {what:36} p50 {p50:7.0f}  p90 {p90:7.0f}  p99 {p99:7.0f}  max {most:7.0f} us")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rate", type=int, default=2500, help="probes per second; each is two packets")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--delay", type=float, default=0.020, help="seconds each way")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), arguments.rate, arguments.seconds, arguments.delay)


if __name__ == "__main__":
    main()
