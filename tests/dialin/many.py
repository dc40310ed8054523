"""A daemon's probing with one door on loopback, and as many boxes as are wanted, which call it."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.wire.batch import BatchEngine
from bridgewatch.app.station import Station
from bridgewatch.model.ids import KeyId
from bridgewatch.model.inventory import DialInSettings, Inventory, Limits, PathSpec
from bridgewatch.model.snapshot import ConfigStats
from bridgewatch.model.words import ProbeKind
from tests.dialin.boxes import key, key_id
from tests.wire.rig import inventory, spec

PORT = 28_863


class Figures(NamedTuple):
    """What a run came to. CPU in seconds, of this process; probes are those of the run alone."""

    connected: float  # seconds until every box had called
    sent: int
    received: int
    lost: int
    cpu: float
    seconds: float
    refused: int


def called(number: int, interval: float) -> PathSpec:
    """The path of a box."""
    plain = spec(number, "127.0.0.1", kind=ProbeKind.DIAL_IN, interval=interval, stateful=True)
    return replace(plain, host=key_id(number), port=0, size=112)


def watched(count: int, interval: float) -> Inventory:
    """So many links whose boxes call."""
    plain = inventory([called(number, interval) for number in range(count)], Limits())
    links = {
        name: replace(link, dial_in=key_id(number)) for number, (name, link) in enumerate(plain.links.items())
    }
    return replace(plain, links=links, dial_in=DialInSettings((("127.0.0.1", PORT),)))


def keys_of(count: int) -> dict[KeyId, bytes]:
    """The keys of their boxes."""
    return {key_id(number): key(number) for number in range(count)}


@contextlib.contextmanager
def boxes(count: int, *, first: int = 0) -> Iterator[int]:
    """Let those from `first` on, as if there were so many, call; the pid of the process that they are."""
    options = [str(PORT), str(count), str(first)]
    child = subprocess.Popen([sys.executable, "-m", "tests.dialin.boxes", *options])
    try:
        yield child.pid
    finally:
        child.kill()
        child.wait(30)


async def run(count: int, *, interval: float, seconds: float) -> Figures:
    """Probe so many boxes through their calls."""
    clock, keys = SystemClock(), keys_of(count)
    engine = BatchEngine(clock, echo_ident=1)
    station = Station(
        watched(count, interval), engine, clock, nobody, seed=1, read_keys=lambda _: keys, doors=engine
    )
    ticking = asyncio.create_task(station.ticker.run())
    began = time.monotonic()
    with boxes(count):
        while _stats(station).sessions < count:
            assert time.monotonic() < began + 60, f"only {_stats(station).sessions} of {count} called"
            await asyncio.sleep(0.05)
        connected = time.monotonic() - began
        await asyncio.sleep(1.0)
        before, cpu, started = station.watch.counters(), time.process_time(), time.monotonic()
        sent, received = int(before.sent.sum()), int(before.received.sum())
        await asyncio.sleep(seconds)
        counters = station.watch.counters()
        cpu, took = time.process_time() - cpu, time.monotonic() - started
        sent, received = int(counters.sent.sum()) - sent, int(counters.received.sum()) - received
        lost = int(counters.lost.sum())
        stats = _stats(station)
    ticking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ticking
    await station.close()
    assert np.count_nonzero(counters.received) == count
    return Figures(connected, sent, received, lost, cpu, took, sum(stats.refused.values()))


def _stats(station: Station):
    return station.snapshot(ConfigStats(0, True, 0.0, 0, 0, ())).dial_in


async def nobody(host: str, _: object) -> tuple[str, float]:
    """A lookup that knows no name."""
    raise OSError(f"{host} is not to be looked up")
