"""Whatever instant the process is killed at, and whatever fails meanwhile, nothing acknowledged is lost."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import select

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.store.store import FILE_NAME
from bridgewatch.adapters.store.tables import LOG
from tests.store.appender import SPOOL_OCTETS
from tests.store.entries import database, open_store


class Killed:
    """Lets children append and kills them; `acknowledged` is the last number of each batch that was.

    `url`: that of the server they append at, none for a file.
    """

    def __init__(self, directory: Path, seed: int, url: str | None = None) -> None:
        self._directory = directory
        self._url = url
        self._chance = random.Random(seed)
        self._next = 0
        self.acknowledged: list[int] = []

    def run(self, kills: int) -> None:
        where = [str(self._directory), *filter(None, [self._url])]
        command = [sys.executable, "-m", "tests.store.appender", *where]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for _ in range(kills):
                self._round(process.stdin, process.stdout)
            process.stdin.close()

    def _round(self, orders: IO[str], said: IO[str]) -> None:
        """One child's life: with luck, on a full disk, or beside somebody who locks the database."""
        limited = self._chance.choice([0, 0, self._chance.randrange(1, 12)])
        lives = self._chance.randrange(0, 15)
        locked = self._chance.random() < 0.2 and self._url is None
        with self._somebody_else() if locked else contextlib.nullcontext():
            orders.write(f"{self._next} {limited}\n")
            orders.flush()
            child = int(said.readline().split()[1])
            ended = sum(self._heard(said.readline()) for _ in range(lives))
            assert not ended
            os.kill(child, signal.SIGKILL)
        while not self._heard(said.readline()):
            pass
        # What was under way may be there or not: its numbers are not used again.
        self._next = (self.acknowledged[-1] if self.acknowledged else 0) + 100

    def _heard(self, line: str) -> bool:
        word, *number = line.split()
        if number:
            self.acknowledged.append(int(number[0]))
        return word == "over"

    @contextlib.contextmanager
    def _somebody_else(self) -> Iterator[None]:
        other = sqlite3.connect(self._directory / FILE_NAME, isolation_level=None, timeout=5)
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.rollback()
            other.close()


def logged(directory: Path) -> list[tuple[str, int]]:
    """The batch and the number of every entry, in the order of the log, after all was brought over."""
    store = open_store(directory, SystemClock(), SPOOL_OCTETS)
    store.open_entries()
    assert store.degraded is None
    store.close()
    engine = database(directory).reader()
    with engine.connect() as connection:
        rows = connection.execute(select(LOG.c.incident, LOG.c.body).order_by(LOG.c.sequence)).all()
    engine.dispose()
    return [(row.incident, int(row.body.split('"step":')[1].split(",")[0])) for row in rows]


def check(directory: Path, kills: int, seed: int, url: str | None = None) -> None:
    killed = Killed(directory, seed, url)
    killed.run(kills)
    found = logged(directory)
    numbers = [number for _, number in found]
    assert numbers == sorted(set(numbers)), "out of order, or twice"
    assert set(killed.acknowledged) <= set(numbers), "acknowledged and lost"
    for batch, size in Counter(batch for batch, _ in found).items():
        assert batch.endswith(f"-of-{size}"), "half a batch"
    assert len(killed.acknowledged) > kills


def test_25_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    check(tmp_path, 25, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_2000_kills_lose_nothing_and_double_nothing(tmp_path: Path, seed: int) -> None:
    check(tmp_path, 100, seed + 100)
