"""`make bench`: every figure side by side with what it is compared to, in one run. `BENCH=probing` runs one."""

# ruff: noqa: T201 - a bench prints, and runs its parts

import os
import subprocess
import sys

PARTS = ("probing", "scrape", "config", "reload", "phases", "incidents", "handout", "sealed", "dialin")
ROOT_PARTS = ("rtt", "cut", "page")  # real packets in namespaces

if os.geteuid() != 0:
    print(f"not root, so left out: {', '.join(ROOT_PARTS)}")

for part in sys.argv[1:] or (PARTS + ROOT_PARTS if os.geteuid() == 0 else PARTS):
    print(f"== {part}", flush=True)
    subprocess.run([sys.executable, "-m", f"tests.bench.{part}"], check=True)
