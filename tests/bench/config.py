"""Loading a whole country beside bare PyYAML on the same files, in one run.

    python -m tests.bench.config [SITES]

CPU seconds of this process; the garbage collector is off for both, as it is in the daemon's loading child.
"""

# ruff: noqa: T201 - a bench prints

import gc
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from bridgewatch.config.loader import Cache
from tests.config.generate import write_country

SITES = 11_363
ROUNDS = 3


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def main(sites: int = SITES) -> None:
    """Measure in turn, print medians and their ratio, and what one changed file costs."""
    gc.disable()
    with tempfile.TemporaryDirectory() as folder:
        files = write_country(Path(folder), sites=sites)
        octets = sum(file.stat().st_size for file in files)
        bare, ours = [], []
        for _ in range(ROUNDS):
            bare.append(cpu(lambda: [yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in files]))
            ours.append(cpu(lambda: Cache().load(Path(folder))))
        cache = Cache()
        cache.load(Path(folder))
        files[0].write_text(files[0].read_text(encoding="utf-8") + "# saved again\n", encoding="utf-8")
        again = cpu(lambda: cache.load(Path(folder)))
    bare_median, ours_median = sorted(bare)[ROUNDS // 2], sorted(ours)[ROUNDS // 2]
    print(f"{sites:,} sites in {len(files)} files, {octets / 1e6:.1f} MB")
    print(
        f"  bare CSafeLoader {bare_median:.2f} s CPU; bridgewatch, checked and resolved {ours_median:.2f} s CPU"
    )
    print(f"  ratio {ours_median / bare_median:.2f} (goal: at most 1.60); one changed file {again:.2f} s CPU")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
