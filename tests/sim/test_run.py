"""Clock, loop, engine and country together: probing on virtual time, as the daemon will."""

import asyncio

import numpy as np

from bridgewatch.model.inventory import Inventory
from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.country import Plan, country
from bridgewatch.sim.loop import run
from bridgewatch.sim.network import SimEngine
from bridgewatch.sim.weather import cut, spell
from bridgewatch.sim.world import World
from tests.sim.probes import MS, SECOND, endpoint, packets

INVENTORY = country(Plan(communes=11))


class Ticker:
    """Probes every path once a second, in ticks of `tick_ns`, each in the tick of its own phase."""

    def __init__(self, inventory: Inventory, clock: SimClock, engine: SimEngine, tick_ns: int) -> None:
        self.specs, self.clock, self.engine, self.tick_ns = inventory.paths, clock, engine, tick_ns
        self.phase = np.arange(len(self.specs)) % 10 * 100 * MS
        self.answered = np.zeros((len(self.specs), 1_000), np.int64)
        for row, spec in enumerate(self.specs):
            engine.assign(row, endpoint(spec))

    async def probe(self, seconds: int) -> None:
        start, before = self.clock.monotonic_ns(), -1
        while before < seconds * SECOND:
            now = self.clock.monotonic_ns() - start
            self.read()
            # Due since the last tick: (path, second) with before < second + phase <= now.
            count = (now - self.phase) // SECOND - (before - self.phase) // SECOND
            rows = np.flatnonzero(count)
            seqs = (now - self.phase[rows]) // SECOND
            assert (count[rows] == 1).all()
            keep = seqs < seconds
            self.engine.send(packets(self.specs, rows[keep].tolist(), seqs[keep].tolist()))
            before = now
            await asyncio.sleep(self.tick_ns / SECOND)

    def read(self) -> None:
        token = self.engine.poll().packet[:, 8:16].copy().view(np.uint64)[:, 0]
        np.add.at(self.answered, ((token >> 32).astype(int), (token & 0xFFFFFFFF).astype(int)), 1)


def probed(tick_ns: int, seconds: int = 60, seed: int = 5) -> tuple[np.ndarray, SimEngine]:
    """Replies by (path, sequence) of a run with a lossy site and a dead handover, and its engine."""
    clock = SimClock()
    start = clock.monotonic_ns()
    script = [
        spell("link:xa-00003/wan", 0, loss=0.3),
        cut("handover:viettel-internet-01", start + 20 * SECOND + 50 * MS, start + 40 * SECOND + 50 * MS),
    ]
    engine = SimEngine(clock, World.of(INVENTORY, seed=seed, script=script))
    ticker = Ticker(INVENTORY, clock, engine, tick_ns)

    async def main() -> None:
        await ticker.probe(seconds)
        await asyncio.sleep(5)
        ticker.read()

    run(main(), clock)
    return ticker.answered[:, :seconds], engine


def test_a_run_finds_what_the_script_says():
    answered, engine = probed(20 * MS)
    assert engine.truth.sent.tolist() == [60] * len(INVENTORY.paths)
    assert answered.sum(axis=1).tolist() == engine.truth.answered.tolist()
    by_owner = {path.key.owner: answered[row] for row, path in enumerate(INVENTORY.paths)}
    handed_over = {f"{i}" for i, link in INVENTORY.links.items() if link.handover == "viettel-internet-01"}
    assert len(handed_over) == 3
    for owner, replies in by_owner.items():
        if owner in handed_over:
            assert replies[:20].all()
            assert not replies[21:40].any()
            assert replies[41:].all()
        elif owner == "xa-00003/wan":
            assert 15 < replies.sum() < 45
        else:
            assert replies.all()


def test_a_probe_has_the_same_fate_at_any_tick():
    coarse, fine = probed(20 * MS)[0], probed(5 * MS)[0]
    assert (coarse == fine).all()


def test_another_seed_is_another_run():
    assert (probed(20 * MS)[0] != probed(20 * MS, seed=6)[0]).any()
