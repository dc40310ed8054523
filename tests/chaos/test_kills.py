"""Whatever instant the daemon is killed at: no page is lost, none is doubled but by a kill, nothing forgotten."""

import random
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from bridgewatch.adapters.answers.press import Press
from bridgewatch.model.log import Acknowledged, AnyEntry, Declined, HelpAsked
from bridgewatch.model.paging import ASKING
from tests.chaos.daemon import Daemon, look_at_log, read_log
from tests.chaos.judge import Judge
from tests.chaos.killer import Killer
from tests.chaos.people import API, People, Promise
from tests.chaos.province import FarEnds, Gateways, Province, free_port
from tests.chaos.receivers import Letter, Mails, Post, Webhooks, manners

SETTLE_SECONDS: Final = 60.0
LATEST_STEP: Final = 3.0  # seconds: two cores run these tests, the daemon and whatever else there is
_NS: Final = 1_000_000_000


@dataclass(frozen=True)
class Ends:
    """How it ended, for the judges."""

    log: Sequence[AnyEntry]
    judge: Judge
    letters: Sequence[Letter]
    promises: Sequence[Promise]
    kills_ns: Sequence[int]


class Chaos:
    """A province in a storm, gateways that fail, people who answer, and a daemon that is killed."""

    def __init__(self, directory: Path, seed: int, carriers: int, stack: ExitStack) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.province = Province(carriers)
        self.links = list(self.province.addresses)
        self.far = stack.enter_context(FarEnds(self.province))
        self.post = Post()
        moody, good = Webhooks(self.post, manners(seed)), Webhooks(self.post)
        refusals = random.Random(seed + 1)
        mail = Mails(self.post, lambda: refusals.random() < 0.2)
        for server in (moody, good, mail):
            stack.enter_context(server)
        answers_port = free_port()
        gateways = self._gateways(moody, good, mail)
        self.province.write(
            directory / "config", gateways, probe_port=self.far.port, answers_port=answers_port
        )
        self.daemon = Daemon(directory / "config", directory / "state", answers_port, free_port())
        stack.callback(self.daemon.stop)
        self.people = stack.enter_context(People(self.daemon, seed, 0.3, self.links))
        self.killer = Killer(self.daemon, self.chance)
        self.post.hear = self._hear

    def _gateways(self, moody: Webhooks, good: Webhooks, mail: Mails) -> Gateways:
        hook = {"kind": "webhook", "form": "long", "answers": ["link"]}
        smtp = {
            "kind": "mail",
            "host": "127.0.0.1",
            "port": mail.port,
            "tls": "none",
            "from": "noc@example.org",
        }
        channels = {}
        for contact in self.province.contacts():
            by_mail = "thu", f"{contact}@example.org"
            channels[contact] = {
                "truc": [("that-thuong", contact), ("tot", contact)],
                "truong": [by_mail, ("that-thuong", contact)],
                "dao": [("tot", contact), by_mail],
            }[contact.rpartition("-")[2]]
        return Gateways(
            {
                "tot": {**hook, "url": f"{good.url}/hook/{{address}}", "timeout": "5s"},
                "that-thuong": {**hook, "url": f"{moody.url}/hook/{{address}}", "timeout": "2s"},
                "thu": {**smtp, "timeout": "5s"},
            },
            channels,
        )

    def _hear(self, letter: Letter) -> float | None:
        self.people.hear(letter)
        return self.killer.hear(letter)

    def rage(self, kills: int, look_share: float) -> None:
        """Storms, and as many lives less one; the last one ends when all is over but the telling."""
        for _ in range(kills - 1):
            self.far.storm(self.chance, self.links, 1.5, 0.35)
            looks = self.chance.random() < look_share and self.daemon.lives
            before = Judge().read(look_at_log(self.daemon.state)) if looks else Judge()
            self.killer.one_life(lambda before=before: self._remembers(before))
        self.people.rest()
        self.daemon.start()
        time.sleep(max(0.0, self.far.quiet_at - time.monotonic()))  # until the last line is whole
        self.daemon.kill()
        self.daemon.bury()

    def _remembers(self, before: Judge) -> None:
        """What was open is open under the same code, and who had it has it, unless something happened since."""
        _, told = self.daemon.ask("GET", f"{API}/incidents")
        known = {one["id"]: one for one in told["incidents"]}
        log = look_at_log(self.daemon.state)
        after = Judge().read(log)
        for name, case in before.broken().items():
            if after.cases[name] == case:
                assert known[name]["code"] == case.noticed.code
                taken = known[name]["taken"]
                assert (taken is None) == (case.taken is None)
                assert known[name]["step"] == (case.step if case.step >= 0 else None)

    def settle(self) -> Ends:
        """A last life, until everybody was told everything."""
        self.daemon.start()
        ends = time.monotonic() + SETTLE_SECONDS
        while (restless := Judge().read(look_at_log(self.daemon.state)).restless) and time.monotonic() < ends:
            time.sleep(0.5)
        self.daemon.stop()
        assert not restless, f"{restless[:20]}\n{self.daemon.output[-3000:]}"
        log = read_log(self.daemon.state)
        kills_ns = [life.ended_ns for life in self.daemon.lives if life.ended_ns is not None]
        judge = Judge(self.daemon.lives).read(log)
        return Ends(log, judge, self.post.letters, self.people.promises, kills_ns)


def check_promises(ends: Ends) -> None:
    """What somebody was told is in force was in force."""
    answered = {
        (entry.message, type(entry))
        for entry in ends.log
        if isinstance(entry, Acknowledged | HelpAsked | Declined)
    }
    kinds = {Press.ACKNOWLEDGE: Acknowledged, Press.HELP: HelpAsked, Press.DECLINE: Declined}
    for promise in ends.promises:
        if promise.message is not None and (promise.message, kinds[promise.press]) in answered:
            continue
        incidents = ends.judge.incidents_of(promise.message) if promise.message else {promise.incident}
        until = Judge().read(entry for entry in ends.log if entry.at_ns <= promise.told_ns)
        if promise.press is Press.ACKNOWLEDGE:
            open_ones = {name for name in incidents if not until.is_over_or_taken(name)}
            assert not open_ones, f"{promise} was forgotten: {open_ones}"


def report(chaos: Chaos, ends: Ends, repeats: int, began: float) -> str:
    """The figures of one run."""
    called = {}
    delays = []
    pages = {name: page for name, page in ends.judge.pages.items() if page.kind in ASKING}
    for letter in ends.letters:
        page = pages.get(letter.message)
        if page is not None and letter.message not in called:
            called[letter.message] = letter
            delays.append((letter.wall_ns - page.composed_ns) / _NS)
    delays.sort()
    return (
        f"seed {chaos.seed}: {len(ends.kills_ns)} kills {dict(chaos.killer.counts)}, "
        f"{len(ends.judge.cases)} incidents, {len(pages)} pages, {len(ends.judge.pages)} messages, "
        f"{len(ends.letters)} letters, {repeats} repeated, "
        f"page to gateway p50 {delays[len(delays) // 2]:.2f} s, worst {delays[-1]:.2f} s with the time between lives; "
        f"latest step {ends.judge.latest_step_ns / _NS:.2f} s; answers {dict(chaos.people.counts)}, "
        f"{time.monotonic() - began:.0f} s"
    )


def run(directory: Path, seed: int, kills: int, carriers: int, look_share: float) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        chaos = Chaos(directory, seed, carriers, stack)
        chaos.rage(kills, look_share)
        ends = chaos.settle()
        repeats = ends.judge.check_letters(ends.letters, ends.kills_ns)
        check_promises(ends)
        print(report(chaos, ends, repeats, began))  # noqa: T201 - the figures
        (directory / "said").write_text(chaos.daemon.said, encoding="utf-8")
        assert "could not be decided" not in chaos.daemon.said
        assert ends.judge.latest_step_ns <= LATEST_STEP * _NS
        assert ends.judge.counts["Called"] > kills


def test_25_kills_lose_no_page_and_forget_nothing(tmp_path: Path) -> None:
    run(tmp_path, seed=3, kills=25, carriers=8, look_share=0.4)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(101, 111))
def test_500_kills_lose_no_page_and_forget_nothing(tmp_path: Path, seed: int) -> None:
    run(tmp_path, seed=seed, kills=50, carriers=10, look_share=0.2)
