"""How soon a person hears of a cut: `python -m tests.bench.page [--cuts N] [--storms N] [--delay SECONDS]`.

Needs root. The real daemon in the lab watches links that are live, under a policy without a hold. One is cut by
nft at its router, over and over; the figure ends when a real webhook has the message. Then the same during storms:
200 links of other carriers, each with a contact of its own, fall in the very instant of the first cut and stay
down, and the mail server that their messages go to takes connections and never answers.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tests.daemon.alarm import STORM, Alarm, Timing, alarm
from tests.lab.topology import Lab

_IN_A_STORM = 10  # cuts


def calm(cuts: int, delay: float) -> list[Timing]:
    """One cut after the other, nothing else being wrong."""
    with _watched(cuts, storm=False, delay=delay) as there:
        return [there.cut() for _ in range(cuts)]


def storm(cuts: int) -> list[Timing]:
    """The first cut in the instant of the storm, the others while it lasts."""
    with _watched(cuts, storm=True) as there:
        timings = [there.storm(), *(there.cut() for _ in range(cuts - 1))]
        _check(there)
        return timings


@contextlib.contextmanager
def _watched(links: int, *, storm: bool, delay: float | None = None) -> Iterator[Alarm]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Lab(Path(folder)) as lab,
        alarm(lab, Path(folder), links=links, storm=storm, delay=delay) as there,
    ):
        yield there


def _check(there: Alarm) -> None:
    """That it was a storm: so many incidents, and mail that hangs."""
    there.mail.wait_hanging(1)
    if (found := there.incidents()) <= STORM:
        raise AssertionError(f"{found} incidents were open")


def _say(what: str, timings: Sequence[Timing]) -> None:
    told = [timing.told for timing in timings]
    sys.stdout.write(
        f"  {what:32} median {np.median(told):5.2f}  max {max(told):5.2f} s  ({len(told)} times)\n"
    )
    parts = {
        "until a probe goes unanswered": [timing.silent for timing in timings],
        "until it is down and decided": [timing.decided - timing.silent for timing in timings],
        "until the webhook has it": [timing.told - timing.decided for timing in timings],
    }
    for part, seconds in parts.items():
        sys.stdout.write(f"    {part:30} median {np.median(seconds):5.2f}  max {max(seconds):5.2f}\n")
    sys.stdout.flush()


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--storms", type=int, default=2)
    parser.add_argument("--delay", type=float, default=0.030, help="seconds each way; none in storms")
    chosen = parser.parse_args()
    sys.stdout.write("live, 10 probes/s, paged without a hold: from the cut to the message at a webhook\n")
    _say("one link", calm(chosen.cuts, chosen.delay))
    stormy = [timing for _ in range(chosen.storms) for timing in storm(_IN_A_STORM)]
    if stormy:
        _say(f"with {STORM} others, mail hanging", stormy)


if __name__ == "__main__":
    main()
