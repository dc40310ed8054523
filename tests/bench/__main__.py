"""`make bench`: every figure side by side with what it is compared to, in one run. `BENCH=probing` runs one."""

# ruff: noqa: T201 - a bench prints, and runs its parts

import subprocess
import sys

PARTS = ("probing", "scrape", "config")

for part in sys.argv[1:] or PARTS:
    print(f"== {part}", flush=True)
    subprocess.run([sys.executable, "-m", f"tests.bench.{part}"], check=True)
