"""How exact the round trips are: `python -m tests.bench.rtt [--load N] [--seconds N] [--delay S ...]`.

Needs root. In the lab the engine and the pipeline probe 200 targets through the forwarder at 5/s each, and at
full load thousands of others on a neighbour beside them, while the loop is stalled for 200 ms once a second.
tcpdump at the vantage's interface is the witness: the error is our round trip minus tcpdump's, and for STAMP
tcpdump's with the reflector's own T3 - T2 taken off. Prints p50, p99 and the most of |error|.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.inventory import Limits, PathSpec
from bridgewatch.model.observations import NO_TIME
from bridgewatch.model.words import Outcome, ProbeKind
from tests.lab.line import Line, impaired_line
from tests.lab.tcpdump import Capture, rtts
from tests.lab.topology import Lab
from tests.wire.far_end import reflector
from tests.wire.rig import Rig, spec
from tests.wire.truth import Key, names

MEASURED = 200
PERIOD = 0.2  # seconds between probes of one measured target
STALL = 0.2
CROWD = "2001:db8:99::/64"


def measured_paths(kind: ProbeKind) -> list[PathSpec]:
    """Those that pass the forwarder and the witness."""
    return [
        spec(number, address, kind=kind, interval=PERIOD)
        for number, address in enumerate(Line.targets(MEASURED))
    ]


def crowd(lab: Lab, rate: int) -> list[PathSpec]:
    """`rate` probes a second to a neighbour that owns as many addresses, past the witness."""
    lab.host("crowd")
    link = lab.link("vantage", "crowd", "2001:db8:98::/64")
    lab.answer("crowd", CROWD)
    lab.route("vantage", CROWD, link.b.v6)
    return [spec(MEASURED + n, f"2001:db8:99::{n + 1:x}", interval=1.0) for n in range(rate)]


def measure(folder: Path, kind: ProbeKind, delay: float, load: int, seconds: float) -> None:
    """One run; prints its figures."""
    with Lab(folder) as lab:
        line = impaired_line(lab)
        if kind is ProbeKind.STAMP:
            reflector(lab)
        line.far.impair(delay=delay)
        ours = measured_paths(kind)
        others = crowd(lab, load) if load else []
        with lab.inside("vantage"), Rig([*ours, *others], limits=Limits()) as rig:
            rig.run(1.0)
            capture = Capture(lab, line.near.a, immediate=False)
            for _ in range(round(seconds)):
                rig.stall = STALL
                rig.run(1.0)
            rig.settle()
        _report(rig, ours, capture.stop(), kind, delay, load)


def _report(
    rig: Rig, ours: list[PathSpec], seen: NDArray[np.void], kind: ProbeKind, delay: float, load: int
) -> None:
    witness = {
        Key(int(row["destination"][1]), int(row["token"])): row["rtt_ns"] - row["reflector_ns"]
        for row in rtts(seen)
    }
    probes = rig.probes()
    fates = np.bincount(probes["outcome"], minlength=len(Outcome)).tolist()
    mine = probes[np.isin(probes["path"], [rig.rows[path.key] for path in ours])]
    mine = mine[(mine["outcome"] == Outcome.REPLY) & (mine["rtt_ns"] != NO_TIME)]
    pairs = [
        (row["rtt_ns"], witness[key])
        for key, row in zip(names(rig, mine), mine, strict=True)
        if key in witness
    ]
    told, true = np.array(pairs, np.int64).T
    error = np.abs(told - true) / 1e3
    p50, p90, p99, most = np.quantile(error, (0.5, 0.9, 0.99, 1.0))
    sys.stdout.write(
        f"{kind.name.lower():5} {1e3 * delay:3.0f} ms each way, {len(probes):7} probes in all at {load}/s beside: "
        f"{len(error)} compared, |error| p50 {p50:5.1f}  p90 {p90:5.1f}  p99 {p99:5.1f}  max {most:6.1f} us; "
        f"fates {dict(zip([o.name.lower() for o in Outcome], fates, strict=True))}\n"
    )
    sys.stdout.flush()


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--load", type=int, default=10_000, help="other probes a second")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--delay", type=float, nargs="*", default=[0.0025, 0.040], help="seconds each way")
    parser.add_argument("--kind", nargs="*", default=["icmp", "stamp"])
    chosen = parser.parse_args()
    for kind in chosen.kind:
        for delay in chosen.delay:
            with tempfile.TemporaryDirectory() as folder:
                measure(Path(folder), ProbeKind[kind.upper()], delay, chosen.load, chosen.seconds)


if __name__ == "__main__":
    main()
