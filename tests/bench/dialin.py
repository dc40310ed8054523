"""CPU of probing boxes through their calls: one socket of the daemon's, on loopback.

    python -m tests.bench.dialin [--boxes N] [--interval SECONDS] [--seconds S]

The figures are user and system time of the daemon's side; the boxes are one other process.
"""

import argparse
import asyncio
import sys

from tests.dialin.many import run


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--boxes", type=int, default=2_000)
    parser.add_argument("--interval", type=float, default=0.5)
    parser.add_argument("--seconds", type=float, default=10.0)
    chosen = parser.parse_args()
    found = asyncio.run(run(chosen.boxes, interval=chosen.interval, seconds=chosen.seconds))
    sys.stdout.write(
        f"{chosen.boxes} boxes called within {found.connected:.1f} s; {found.sent / found.seconds:.0f} probes/s, "
        f"{1e6 * found.cpu / found.sent:.1f} us of CPU a probe, {found.cpu / found.seconds:.0%} of a core; "
        f"lost {found.lost} of {found.sent}, refused {found.refused}\n"
    )


if __name__ == "__main__":
    main()
