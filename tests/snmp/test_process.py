"""The process that speaks SNMP, and the part of the daemon that keeps it."""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.app.counters import Counters
from bridgewatch.model.bandwidth import AgentState, CounterGap, SnmpSettings, Use
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.words import Family
from tests.snmp.snmpd import AUTH_KEY, COMMUNITY, PRIV_KEY, Snmpd
from tests.snmp.world import Secrets, inventory, link, settings, snmp

CONFIG = (
    f"rocommunity {COMMUNITY} 127.0.0.0/8",
    f"createUser noc SHA {AUTH_KEY} AES {PRIV_KEY}\nrouser noc priv",
)
PATIENCE = 60.0


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with Snmpd(tmp_path_factory.mktemp("agent"), *CONFIG) as running:
        yield running


async def lookup(host: str, family: Family) -> tuple[str, float]:
    """A resolver that knows one name."""
    if (host, family) == ("router.example", Family.V4):
        return "127.0.0.1", 60.0
    raise OSError("no such name")


class Watched:
    """Counters of an inventory while they are read."""

    def __init__(self, watched: Inventory) -> None:
        self.uses: list[Use] = []
        self.inventory = watched
        self.clock = SystemClock()
        self.counters = Counters(watched, self.clock, lookup, self._take)
        self._changed = asyncio.Event()

    def _take(self, uses: Sequence[Use]) -> None:
        self.uses += uses
        self._changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something to hold, for a while."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), 0.1)

    def columns(self):
        return self.counters.columns(self.inventory, self.clock.wall_ns())


@contextlib.asynccontextmanager
async def watching(watched: Inventory) -> AsyncIterator[Watched]:
    one = Watched(watched)
    running = asyncio.create_task(one.counters.run())
    try:
        yield one
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await one.counters.close()


def children() -> list[int]:
    """Our processes that speak SNMP."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == os.getpid() and b"bridgewatch.adapters.snmp.child" in words:
                found.append(int(folder.name))
    return found


def words_of(process: int) -> str:
    """Its command line, as everybody on this machine sees it."""
    return Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8")


def test_both_versions_are_read_and_what_cannot_be_is_said_once_by_its_name(
    agent: Snmpd, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = Secrets(tmp_path)
    lost = secrets.user("noc", AUTH_KEY, PRIV_KEY, name="lost")
    (tmp_path / "lost.priv").unlink()
    chosen = settings(
        secrets.community(COMMUNITY), secrets.user("noc", AUTH_KEY, PRIV_KEY, name="v3"), lost, interval=0.7
    )
    links = (
        link("wan", snmp("127.0.0.1", agent.port, "lo")),
        link("internet", snmp("router.example", agent.port, "lo", credentials="v3")),
        link("du-phong", None),
        link("khac", snmp("127.0.0.1", agent.port, "Gi0/1", credentials="v3")),
        link("mat-khoa", snmp("127.0.0.1", agent.port, "lo", credentials="lost")),
        link("khong-khoa", snmp("127.0.0.1", agent.port, "lo", credentials="nobodys")),
    )

    async def play() -> None:
        async with watching(inventory(links, chosen)) as watched:
            await watched.until(lambda: bool(np.isfinite(watched.columns().down[:2]).all()))
            columns = watched.columns()
            assert columns.oper_up.tolist() == [1, 1, -1, -1, -1, -1]
            answering, unknown = AgentState.ANSWERING, AgentState.UNKNOWN
            assert columns.agent.tolist() == [answering, answering, -1, answering, unknown, unknown]
            assert columns.gap[3] == CounterGap.MISSING
            assert columns.contract_down.tolist() == [20e6] * 6
            assert np.isfinite(columns.down).tolist() == [True, True, False, False, False, False]
            stats = watched.counters.stats()
            assert (stats.backend, stats.starts) == ("pysnmp", 1)
            assert stats.agents[AgentState.ANSWERING] == 2
            await reload(watched)

    async def reload(watched: Watched) -> None:
        after = inventory((links[3], links[0]), chosen)
        assert watched.counters.columns(after, 0) is None
        await watched.counters.prepare(after)
        watched.counters.adopt(after)
        watched.inventory = after
        assert np.isfinite(watched.columns().down).tolist() == [False, True]

    with caplog.at_level(logging.WARNING):
        asyncio.run(play())
    # An agent that has just started may not have filled its table yet; by the time of the figures it had.
    told = [record.getMessage() for record in caplog.records]
    said = sorted(text for text in told if "has no interface of name 'lo'" not in text)
    assert said[0] == "SNMP credentials lost: " + said[0].partition(": ")[2]
    assert "lost.priv" in said[0]
    assert said[1:] == [
        "SNMP credentials nobodys: there are none of this name",
        f"gialai-iape/khac: SNMP agent 127.0.0.1:{agent.port} has no interface of name 'Gi0/1'",
    ]
    assert not any(AUTH_KEY in text or COMMUNITY in text for text in said)


def test_wrong_keys_are_one_error_and_right_ones_are_tried_when_they_come(
    agent: Snmpd, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridgewatch.app.counters._SECRETS_SECONDS", 0.3)
    secrets = Secrets(tmp_path)
    wrong = settings(secrets.user("noc", "khong-dung-0650", PRIV_KEY), interval=0.2)

    async def play() -> None:
        links = (link("wan", snmp("127.0.0.1", agent.port, "lo")),)
        async with watching(inventory(links, wrong)) as watched:
            began_ns = watched.clock.wall_ns()
            await watched.until(lambda: watched.columns().agent[0] == AgentState.REFUSING)
            refused_ns = watched.columns().agent_since_wall_ns[0]
            assert began_ns < refused_ns < watched.clock.wall_ns()
            polls = watched.counters.stats().polls
            await watched.until(lambda: watched.counters.stats().polls >= polls + 2)
            secrets.write("default.auth", AUTH_KEY)
            await watched.until(lambda: watched.columns().agent[0] == AgentState.ANSWERING)
            assert watched.columns().agent_since_wall_ns[0] > refused_ns

    with caplog.at_level(logging.INFO, "bridgewatch.app"):
        asyncio.run(play())
    who = f"SNMP agent 127.0.0.1:{agent.port} of gialai-iape/wan"
    why = "the authentication key or protocol is not the one it has for this user"
    assert [record.getMessage() for record in caplog.records] == [
        f"{who} refuses credentials default: {why}",
        f"{who} answers again",
    ]


def test_a_process_that_dies_is_replaced_and_nothing_of_its_count_is_lost(
    agent: Snmpd, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    links = (link("wan", snmp("127.0.0.1", agent.port, "lo")),)

    async def play() -> None:
        chosen = settings(Secrets(tmp_path).community(COMMUNITY), interval=0.2)
        async with watching(inventory(links, chosen)) as watched:
            await watched.until(lambda: watched.counters.stats().polls >= 3)
            polls, (child,) = watched.counters.stats().polls, children()
            assert COMMUNITY not in words_of(child)
            killed_ns = watched.clock.wall_ns()
            os.kill(child, signal.SIGKILL)
            await watched.until(lambda: watched.counters.stats().starts == 2)
            await watched.until(lambda: watched.counters.stats().polls >= polls + 2)
            assert 0 < watched.columns().agent_since_wall_ns[0] < killed_ns  # it answered before, too
        assert children() == []

    with caplog.at_level(logging.WARNING):
        asyncio.run(play())
    assert [record.getMessage() for record in caplog.records] == [
        "the SNMP process died of signal 9; another starts in 1 s"
    ]


ORPHAN = """
import asyncio, sys
from pathlib import Path
from tests.snmp.test_process import Watched, children
from tests.snmp.world import Secrets, inventory, link, settings, snmp

async def main():
    chosen = settings(Secrets(Path(sys.argv[1])).community("khoa"), interval=0.2)
    watched = Watched(inventory((link("wan", snmp("127.0.0.1", 9, "lo")),), chosen))
    running = asyncio.create_task(watched.counters.run())
    await watched.until(lambda: watched.counters.stats().polls >= 1)
    print(*children(), flush=True)
    await running

asyncio.run(main())
"""


def test_the_process_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    with parent.stdout as said:
        child = int(said.readline())
        descriptor = os.pidfd_open(child)
        parent.kill()
        parent.wait(PATIENCE)
    try:
        with contextlib.closing(os.fdopen(descriptor)):
            assert asyncio.run(ended(descriptor))
    except ProcessLookupError:
        pass


async def ended(descriptor: int) -> bool:
    """Whether a process ends within our patience."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(descriptor, over.set)
    await asyncio.wait_for(over.wait(), PATIENCE)
    asyncio.get_running_loop().remove_reader(descriptor)
    return True


def test_without_anything_to_read_there_is_no_process() -> None:
    async def play() -> None:
        async with watching(inventory((link("wan", None),), SnmpSettings())) as watched:
            await watched.until(lambda: not watched.counters._to_plan.is_set())
            assert children() == []
            assert watched.counters.stats().starts == 0

    asyncio.run(play())
