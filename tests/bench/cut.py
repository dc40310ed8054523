"""How soon the page says so: `python -m tests.bench.cut [--interval 1s] [--repeat N] [--delay SECONDS]`.

Needs root. The real daemon in the lab watches 40 links; one of them is cut by nft at its router, over and over,
then the whole uplink. Prints how long from the cut until `/metrics` said `down` (or `blind`), and how long from
the restoration until all were up again. The page is asked without pause, so a figure contains one scrape.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.daemon.province import BLIND, DOWN, UP, Province, links, plan_of, targets, watched
from tests.lab.topology import Lab

_SPREAD = 0.37  # of a second between repetitions, so that cuts fall anywhere between two probes


def cut_links(lab: Lab, province: Province, repeat: int) -> tuple[list[float], list[float]]:
    """Seconds from cut to `down` and from restoration to `up`, one link after the other."""
    downs, ups = [], []
    daemon = province.daemon
    ids, addresses = links(province.plan, "wan"), targets(province.plan, "wan")
    for turn in range(repeat):
        victim, address = ids[turn % len(ids)], addresses[turn % len(ids)]
        time.sleep(_SPREAD)
        began = time.monotonic()
        drop = lab.drop("wan", "forward", addresses=[address])
        daemon.until(lambda link=victim: daemon.states()[link] == DOWN)
        downs.append(time.monotonic() - began)
        began = time.monotonic()
        lab.lift(drop)
        daemon.until(lambda link=victim: daemon.states()[link] == UP)
        ups.append(time.monotonic() - began)
    return downs, ups


def cut_uplink(lab: Lab, province: Province, repeat: int) -> tuple[list[float], list[float], int]:
    """Seconds from the egress's cut to all blind, from its return to all up; links ever seen down."""
    blinds, backs, down = [], [], set()
    daemon, ours = province.daemon, links(province.plan, "wan")

    def all_are(state: int) -> bool:
        states = daemon.states()
        down.update(link for link, found in states.items() if found == DOWN)
        return {states[link] for link in ours} == {state}

    for _ in range(repeat):
        time.sleep(_SPREAD)
        began = time.monotonic()
        drop = lab.drop("wan", "prerouting")
        daemon.until(lambda: all_are(BLIND))
        blinds.append(time.monotonic() - began)
        began = time.monotonic()
        lab.lift(drop)
        daemon.until(lambda: all_are(UP))
        backs.append(time.monotonic() - began)
    return blinds, backs, len(down)


def _say(what: str, seconds: list[float]) -> None:
    middle, most = np.median(seconds), max(seconds)
    sys.stdout.write(f"  {what:34} median {middle:6.2f}  max {most:6.2f} s  ({len(seconds)} times)\n")


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--interval", nargs="*", default=["100ms", "1s"])
    parser.add_argument("--repeat", type=int, default=10)
    parser.add_argument("--delay", type=float, default=0.030, help="seconds each way")
    parser.add_argument("--family", type=int, default=4)
    chosen = parser.parse_args()
    for interval in chosen.interval:
        with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as lab:
            plan = plan_of(chosen.family, wan=30, internet=10, interval=interval)
            province = watched(lab, Path(folder), plan, delay=chosen.delay)
            sys.stdout.write(
                f"a probe every {interval}, RTT {2e3 * chosen.delay:.0f} ms, IPv{chosen.family}\n"
            )
            downs, ups = cut_links(lab, province, chosen.repeat)
            _say("link cut -> down", downs)
            _say("link restored -> up", ups)
            blinds, backs, down = cut_uplink(lab, province, max(1, chosen.repeat // 3))
            _say("own egress cut -> all blind", blinds)
            _say("own egress restored -> all up", backs)
            sys.stdout.write(f"  links seen down while our own egress was cut: {down}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
