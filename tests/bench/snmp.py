"""A country of routers polled once a minute: what that costs, whether all are polled in time, and what it moves.

    python -m tests.bench.snmp [v2c] [fast] [v3] [ROUTERS] [SECONDS]    each backend alone, or some of them
    python -m tests.bench.snmp load [ROUTERS] [SECONDS]                 beside two probes a second a router (root)

CPU is user + system time: of the process that speaks SNMP, of the daemon beside it, and of the simulated
routers, which is nobody's cost. `late` polls began more than six seconds after they were due, or not at all.
"""

# ruff: noqa: T201 - a bench prints

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Container, Iterator
from pathlib import Path

import numpy as np

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.app.counters import Counters
from bridgewatch.model.bandwidth import Credentials
from bridgewatch.model.inventory import Inventory
from tests.bench import load
from tests.bench.probing import address, cpu_of
from tests.bench.routers import AUTH_KEY, COMMUNITY, NAMES, PRIV_KEY, RATES, USER
from tests.snmp.world import Secrets, inventory, link, settings, snmp

ROUTERS = 11_363
SECONDS = 180
PORT = 16_161
INTERVAL = 60.0
_FAMILIES = (
    "bridgewatch_snmp_polls_total",
    "bridgewatch_snmp_late_polls_total",
    "bridgewatch_snmp_timeouts_total",
    "bridgewatch_snmp_cpu_seconds_total",
)
_TARGETS = 62_500  # addresses that are probed, beyond those that `load` adds
_FIRST = 625_000  # of routers


@contextlib.contextmanager
def routers() -> Iterator[int]:
    """The simulated routers, while they run; the id of their process."""
    argv = [sys.executable, "-m", "tests.bench.routers", str(PORT)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if not process.stdout.readline():
                raise RuntimeError("the simulated routers do not listen")
            yield process.pid
        finally:
            process.kill()


def country(count: int, credentials: Credentials, *, fast: bool) -> Inventory:
    """So many routers with two links each."""
    links = []
    for number in range(count):
        host = address(_FIRST + number)
        for name, interface in zip(("wan", "internet"), NAMES.values(), strict=True):
            links.append(link(f"{name}-{number}", snmp(host, PORT, interface.decode())))
    return inventory(links, settings(credentials, interval=INTERVAL, fast=fast))


async def watch(watched: Inventory, seconds: float) -> dict[str, object]:
    """Have it read for a while, once it has settled; what that cost."""
    counters = Counters(watched, SystemClock(), None, lambda _: None)
    running = asyncio.create_task(counters.run())
    await settled(counters, watched)
    before, own, began = counters.stats(), time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    after, passed = counters.stats(), time.monotonic() - began
    columns = counters.columns(watched, 0)
    own = time.process_time() - own
    running.cancel()
    await asyncio.wait([running])
    assert columns is not None
    polls = max(1, after.polls - before.polls)
    true = np.tile(np.array(list(RATES.values())) * 8.0, len(columns.down) // 2)
    return {
        "backend": after.backend,
        "polls": polls,
        "requests": after.requests - before.requests,
        "timeouts": after.timeouts - before.timeouts,
        "late": after.late - before.late,
        "dropped": dict(after.dropped),
        "snmp_core_percent": round(100 * (after.cpu_seconds - before.cpu_seconds) / passed, 1),
        "snmp_us_per_router": round(1e6 * (after.cpu_seconds - before.cpu_seconds) / polls),
        "daemon_us_per_router": round(1e6 * own / polls),
        "oldest_reading_s": round(float(columns.age.max()), 1),
        "links_without_rate": int(np.isnan(columns.down).sum()),
        "worst_rate_error": round(float(np.nanmax(np.abs(columns.down / true - 1))), 4),
    }


async def settled(counters: Counters, watched: Inventory) -> None:
    """Until every link has a rate: walks and first readings cost more than what is measured. Ten minutes at most."""
    for _ in range(20):
        await asyncio.sleep(INTERVAL / 2)
        columns = counters.columns(watched, 0)
        if columns is not None and np.isfinite(columns.down).all():
            return


def alone(count: int, seconds: float, wanted: Container[str]) -> None:
    """Backends, one after the other."""
    with tempfile.TemporaryDirectory() as folder, routers() as farm:
        secrets = Secrets(Path(folder))
        community = secrets.community(COMMUNITY.decode())
        user = secrets.user(USER.decode(), AUTH_KEY.decode(), PRIV_KEY.decode())
        for kind, name, credentials, fast in (
            ("v2c", "v2c by pysnmp", community, False),
            ("fast", "v2c by gufo-snmp", community, True),
            ("v3", "v3 authPriv by pysnmp", user, False),
        ):
            if kind not in wanted:
                continue
            cpu = cpu_of(farm)
            found = asyncio.run(watch(country(count, credentials, fast=fast), seconds))
            found["routers_cpu_s"] = round(cpu_of(farm) - cpu, 1)
            print(f"{count:,} routers, {name}: {json.dumps(found)}", flush=True)


def add_counters(config: Path) -> None:
    """Two links for each site, both read from a router of its own."""
    (config / "khoa").write_bytes(COMMUNITY)
    (config / "bandwidth.yaml").write_text(
        f"snmp:\n  interval: {INTERVAL:.0f}s\n  credentials:\n"
        f"    default: {{version: 2c, community: {{file: {config / 'khoa'}}}}}\n",
        encoding="utf-8",
    )


def site(number: int) -> str:
    """One site of the country, as YAML."""
    links = "".join(
        f"      {name}: {{carrier: vnpt, target: {address(_TARGETS + 2 * number + place)}, contract: {{down: 20M, up: 20M}}, "
        f"snmp: {{host: {address(_FIRST + number)}, interface: {interface.decode()}, port: {PORT}}}}}\n"
        for place, (name, interface) in enumerate(zip(("wan", "internet"), NAMES.values(), strict=True))
    )
    return (
        f"  - id: s{number}\n    name: s{number}\n    level: province\n    unit: '{number}'\n"
        f"    carried_by: wan\n    links:\n{links}"
    )


def beside_probes(count: int, seconds: int) -> None:
    """The daemon under the load of a country, as `tests.bench.load` has it, with counters read meanwhile."""
    with routers() as farm:
        cpu = cpu_of(farm)
        load.install_sysctl()
        found = load.measure(count, seconds, write_config, _FAMILIES)
        found["routers_cpu_s"] = round(cpu_of(farm) - cpu, 1)
    print(json.dumps(found, indent=2))


def write_config(folder: Path, count: int) -> None:
    """The country's files."""
    load.probing.write_config(folder, 0)
    sites = "".join(site(number) for number in range(count))
    (folder / "sites.d" / "all.yaml").write_text(f"sites:\n{sites}", encoding="utf-8")
    add_counters(folder)


def main(*words: str) -> None:
    """As the words say."""
    numbers = [int(word) for word in words if word.isdecimal()]
    kinds = {word for word in words if not word.isdecimal()}
    count, seconds = (*numbers, *(ROUTERS, SECONDS)[len(numbers) :])
    if "load" in kinds:
        beside_probes(count, seconds)
    else:
        alone(count, seconds, kinds or {"v2c", "fast", "v3"})


if __name__ == "__main__":
    main(*sys.argv[1:])
