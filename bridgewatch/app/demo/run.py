"""Plays the script: far ends in a child process, the real daemon and phones in this one, a stage for all."""

import asyncio
import os
import resource
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Protocol

from bridgewatch.adapters.control import ControlClient, NoDaemonError
from bridgewatch.app.daemon import Daemon, Options
from bridgewatch.app.demo.account import Account
from bridgewatch.app.demo.calls import Calls
from bridgewatch.app.demo.cast import EVENT, Setting
from bridgewatch.app.demo.far_ends import DemoError, FarEnds
from bridgewatch.app.demo.keys import ACKNOWLEDGE
from bridgewatch.app.demo.phones import Letter, Phones
from bridgewatch.app.demo.province import Province, make_province
from bridgewatch.app.demo.script import Act, Script, make_script, plan
from bridgewatch.core.readiness.judge import judge
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.phrases import phrase
from bridgewatch.model.readiness import EventReadiness, Readiness
from bridgewatch.model.words import Language, LinkState
from bridgewatch.views.happenings import Happening
from bridgewatch.views.links import from_json
from bridgewatch.views.status.report import Reporter, StatusReport

_STATE: Final = "state"
_FRAME_SECONDS: Final = 0.25
_READY_SECONDS: Final = 10.0
REQUIRED: Final = 2.0  # seconds that a link has to be up to be ready for the event; ten minutes outside plays
_SETTLE_SECONDS: Final = 2.0  # after the last act: every probe's fate is known (Tmax 0.5 s and 1 s of linger)


class Stage(Protocol):
    """Shows the play."""

    def opens(self, province: Province, script: Script) -> None:
        """Before anything is probed."""
        ...

    def begins(self, act: Act) -> None:
        """Something goes wrong now."""
        ...

    def ends(self, act: Act) -> None:
        """And now it is over."""
        ...

    def shows(self, scene: "Scene") -> None:
        """How things stand, some times a second; `news` and `letters` are new since the last scene."""
        ...

    def pressed(self) -> str:
        """The keys that the viewer pressed since the last call."""
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """One look at the daemon: `at` seconds of the script (before it begins, negative)."""

    at: float
    report: StatusReport
    inventory: Inventory
    recent: Sequence[Happening]
    news: Sequence[Happening]
    letters: Sequence[Letter]
    account: Account
    calls: Calls


@dataclass(slots=True)
class Outcome:
    """What the summary tells. CPU in seconds; times in seconds since the process started."""

    account: Account
    calls: Calls
    script: Script
    inventory: Inventory
    before: EventReadiness
    after: EventReadiness
    interrupted: bool = False
    first_probe: float = 0.0
    probed_for: float = 0.0
    sent: int = 0
    received: int = 0
    lost: int = 0
    dropped: int = 0
    cpu: float = 0.0
    links: int = 0
    report: StatusReport | None = None
    failures: list[str] = field(default_factory=list)


async def play(far_ends: FarEnds, duration: float, stage: Stage, language: Language) -> Outcome:
    """Play a demo of `duration` seconds. Raises DemoError where it cannot."""
    async with Phones() as phones:
        setting = Setting(phones.port, _free_port(), int(time.time()), language)
        province = make_province(await far_ends.port(), setting, icmp=_icmp_allowed())
        script = make_script(province, duration)
        far_ends.order({"usual": {address: asdict(weather) for address, weather in script.usual.items()}})
        stage.opens(province, script)
        with tempfile.TemporaryDirectory(prefix="bridgewatch-demo-") as folder:
            province.write(Path(folder) / "config")
            async with _daemon(Path(folder), setting.answers) as (daemon, running):
                play = _Play(
                    daemon, running, far_ends, province, script, stage, phones, Path(folder) / _STATE
                )
                outcome = await play.run()
        account = await far_ends.end()
    outcome.dropped = sum(line["lost"] for line in account.values())
    return outcome


def _free_port() -> int:
    """A TCP port of loopback that nobody listens at: links must say it before anybody does."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@asynccontextmanager
async def _daemon(folder: Path, answers: int) -> AsyncIterator[tuple[Daemon, "asyncio.Task[None]"]]:
    """The daemon as `bridgewatch run` starts it, its own pages on any port."""
    options = Options(folder / "config", ("127.0.0.1", 0), folder / _STATE, answers=("127.0.0.1", answers))
    daemon = Daemon(options)
    running = asyncio.create_task(daemon.run())
    try:
        yield daemon, running
    finally:
        daemon.stop()
        await running


class _Play:
    """One performance."""

    def __init__(
        self,
        daemon: Daemon,
        running: "asyncio.Task[None]",
        far_ends: FarEnds,
        province: Province,
        script: Script,
        stage: Stage,
        phones: Phones,
        state_dir: Path,
    ) -> None:
        self._daemon = daemon
        self._running = running
        self._far_ends = far_ends
        self._province = province
        self._script = script
        self._stage = stage
        self._phones = phones
        self._state_dir = state_dir
        self._reporter = Reporter()
        self._shown = 0
        self._last: Happening | None = None
        self._begun: set[str] = set()
        self._ended: set[str] = set()
        self._cpu = 0.0

    async def run(self) -> Outcome:
        """From the first probe to the last fate."""
        ready = asyncio.create_task(self._daemon.ready.wait())
        await asyncio.wait(
            {ready, self._running}, return_when=asyncio.FIRST_COMPLETED, timeout=_READY_SECONDS
        )
        ready.cancel()
        first_probe = await self._first_probe()
        before = await self._readiness()
        await self._all_up()
        self._news()
        self._cpu = time.process_time()
        start_ns, start_wall_ns = time.monotonic_ns(), time.time_ns()
        self._far_ends.order(plan(self._script, self._province, start_ns))
        account = Account(self._script, start_wall_ns)
        calls = Calls(self._script, start_wall_ns, self._phones)
        await self._perform(account, calls, start_ns)
        seconds = (time.monotonic_ns() - start_ns) / 1e9
        after = before if self._running.done() else await self._readiness()
        outcome = Outcome(
            account,
            calls,
            self._script,
            self._daemon.snapshot().inventory,
            before,
            after,
            first_probe=first_probe,
        )
        self._sum_up(outcome, seconds)
        return outcome

    async def _readiness(self) -> EventReadiness:
        """What `bridgewatch readiness` says of the event now, asked as it asks."""
        try:
            async with ControlClient(self._state_dir) as client:
                now_ns, sights = from_json(await client.get("/links"))
        except (NoDaemonError, ValueError) as error:
            raise DemoError(error.args[0]) from None
        return judge(self._daemon.snapshot().inventory, EVENT, sights, now_ns, REQUIRED)

    async def _first_probe(self) -> float:
        """Seconds from the start of this process to its first probe."""
        while not self._running.done():
            if self._daemon.ready.is_set() and int(self._daemon.snapshot().links.sent.sum()):
                return time.time() - _started_wall()
            await asyncio.sleep(0.01)
        await self._running  # raises what ended it
        raise DemoError(phrase("the daemon ended before its first probe"))

    async def _all_up(self) -> None:
        for _ in range(round(_READY_SECONDS / 0.05)):
            snapshot = self._daemon.snapshot()
            if (snapshot.links.state == LinkState.UP).all() or self._running.done():
                return
            await asyncio.sleep(0.05)
        report = self._reporter(self._daemon.snapshot())
        down = ", ".join(one.link for one in report.troubles[:5])
        raise DemoError(phrase("some links of the healthy province never came up: {links}", links=down))

    async def _perform(self, account: Account, calls: Calls, start_ns: int) -> None:
        length = self._script.duration + _SETTLE_SECONDS
        while not self._running.done():
            at = (time.monotonic_ns() - start_ns) / 1e9
            if at >= length:
                return
            self._announce(at)
            news = self._news()
            if at < self._script.duration:  # what comes after is the curtain
                account.hear(news)
            self._stage.shows(self._scene(at, news, account, calls))
            if ACKNOWLEDGE in self._stage.pressed():
                self._phones.press()
            spent = (time.monotonic_ns() - start_ns) / 1e9 - at
            await asyncio.wait({self._running}, timeout=max(0.0, _FRAME_SECONDS - spent))

    def _announce(self, at: float) -> None:
        for act in self._script.acts:
            if at >= act.start and act.key not in self._begun:
                self._begun.add(act.key)
                self._stage.begins(act)
            if at >= act.end and act.key not in self._ended:
                self._ended.add(act.key)
                if act.end < self._script.duration:
                    self._stage.ends(act)

    def _news(self) -> list[Happening]:
        """What happened since the last call, in order."""
        news: list[Happening] = []
        for one in reversed(self._daemon.recent_events()):
            if one is self._last:
                break
            news.append(one)
        news.reverse()
        self._last = news[-1] if news else self._last
        return news

    def _scene(self, at: float, news: Sequence[Happening], account: Account, calls: Calls) -> Scene:
        snapshot = self._daemon.snapshot()
        paging = snapshot.people.paging if snapshot.people is not None else None
        calls.look(paging.incidents if paging is not None else ())
        return Scene(
            at,
            self._reporter(snapshot, paging),
            snapshot.inventory,
            self._daemon.recent_events(),
            news,
            self._letters(),
            account,
            calls,
        )

    def _letters(self) -> Sequence[Letter]:
        """What arrived since the last call."""
        letters = self._phones.letters[self._shown :]
        self._shown += len(letters)
        return letters

    def _sum_up(self, outcome: Outcome, seconds: float) -> None:
        snapshot = self._daemon.snapshot()
        columns = snapshot.links
        outcome.interrupted = self._running.done()
        outcome.probed_for = seconds
        outcome.cpu = time.process_time() - self._cpu
        outcome.links = len(snapshot.inventory.links)
        outcome.sent = int(columns.sent.sum())
        outcome.received = int(columns.received.sum())
        outcome.lost = int(columns.lost.sum())
        outcome.report = self._reporter(snapshot)
        outcome.failures = [*outcome.account.failures(), *outcome.calls.failures(), *_unready(outcome)]


def _unready(outcome: Outcome) -> list[str]:
    """Links that have just been met make no event ready, and all is over at the end."""
    wrong = []
    if outcome.before.verdict is not Readiness.UNKNOWN:
        wrong.append(f"readiness before: {outcome.before.verdict.name}")
    if outcome.after.verdict is not Readiness.GO:
        sites = ", ".join(site.site for site in outcome.after.sites if site.verdict is not Readiness.GO)
        wrong.append(f"readiness after: {outcome.after.verdict.name} {sites}")
    return wrong


def _icmp_allowed() -> bool:
    """Whether this user may send ICMP echo, one way or the other."""
    for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
        with suppress(OSError), socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP):
            return True
    return False


def _started_wall() -> float:
    """When this process was started, in seconds since 1970."""
    with open("/proc/self/stat", encoding="ascii") as stat:  # noqa: PTH123 - no real file
        ticks = int(stat.read().rpartition(")")[2].split()[19])
    since_boot = ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot)


def peak_mebibytes() -> float:
    """The most memory this process has had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
