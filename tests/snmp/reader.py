"""Reads one interface with the daemon's own part, and prints what it comes to: a JSON object a line.

    python -m tests.snmp.reader HOST PORT INTERFACE INTERVAL FOLDER

FOLDER is for the secrets. Ends when its input does.
"""

# ruff: noqa: T201 - a child process that tells its parent

import asyncio
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.app.counters import Counters
from bridgewatch.model.bandwidth import Use
from tests.snmp.snmpd import AUTH_KEY, PRIV_KEY
from tests.snmp.test_process import lookup
from tests.snmp.world import Secrets, inventory, link, settings, snmp


def show(uses: Sequence[Use]) -> None:
    for use in uses:
        print(json.dumps(dataclasses.asdict(use)), flush=True)


async def main(host: str, port: str, interface: str, interval: str, folder: str) -> None:
    chosen = settings(Secrets(Path(folder)).user("noc", AUTH_KEY, PRIV_KEY), interval=float(interval))
    links = (link("wan", snmp(host, int(port), interface, facing_site=True)),)
    counters = Counters(inventory(links, chosen), SystemClock(), lookup, show)
    running = asyncio.create_task(counters.run())
    await asyncio.to_thread(sys.stdin.read)
    running.cancel()
    await asyncio.wait([running])


asyncio.run(main(*sys.argv[1:]))
