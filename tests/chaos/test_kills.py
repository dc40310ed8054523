"""Whatever instant the daemon is killed at: no page is lost, none is doubled but by a kill, nothing forgotten."""

import random
import time
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from bridgewatch.adapters.answers.press import Press
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import Acknowledged, AnyEntry
from bridgewatch.model.paging import ASKING
from tests.chaos.daemon import look_at_log
from tests.chaos.faults import locked
from tests.chaos.judge import Judge
from tests.chaos.killer import Killer
from tests.chaos.people import API, People, Promise
from tests.chaos.province import Gateways, Province
from tests.chaos.receivers import Letter, Mails, Post, Webhooks, manners
from tests.chaos.stage import Stage

LATEST_STEP: Final = 3.0  # seconds: two cores run these tests, the daemon and whatever else there is
_NS: Final = 1_000_000_000


class Chaos:
    """A province in a storm, gateways that fail, people who answer, and a daemon that is killed."""

    def __init__(self, directory: Path, seed: int, carriers: int, stack: ExitStack) -> None:
        self.seed = seed
        self._chance = random.Random(seed)
        self.post = Post()
        moody, good = Webhooks(self.post, manners(seed)), Webhooks(self.post)
        refusals = random.Random(seed + 1)
        mail = Mails(self.post, lambda: refusals.random() < 0.2)
        for server in (moody, good, mail):
            stack.enter_context(server)
        # Every second world has so low a ceiling that most pages leave as digests.
        digests = {"ceiling": 4, "digest": "10s"} if seed % 2 == 0 else {}
        province = Province(carriers, timing=digests)
        gateways = _gateways(province, moody, good, mail)
        self.stage = Stage(directory, province, gateways, self.post, stack)
        self.daemon = self.stage.daemon
        self.people = stack.enter_context(People(self.daemon, seed, 0.3, self.stage.links))
        self.killer = Killer(self.daemon, self._chance)
        self.post.hear = self._hear

    def _hear(self, letter: Letter) -> float | None:
        self.people.hear(letter)
        return self.killer.hear(letter)

    def rage(self, kills: int, look_share: float, locked_share: float) -> None:
        """Storms, and a kill in each; the last one comes when all lines are whole again.

        In some lives it is seen whether the state is as before, in some the store is locked all the time.
        """
        stage, daemon = self.stage, self.daemon
        for _ in range(kills - 1):
            stage.far.storm(self._chance, stage.links, 1.5, 0.35)
            looks = self._chance.random() < look_share and daemon.lives
            locks = self._chance.random() < locked_share and daemon.lives
            # Of a locked store one cannot see what happened since: that lies in the spool.
            before = Judge().read(look_at_log(daemon.state)) if looks and not locks else Judge()
            with locked(daemon.state) if locks else nullcontext():
                self.killer.one_life(partial(self._remembers, before))
        self.people.rest()
        daemon.start()
        time.sleep(max(0.0, stage.far.quiet_at - time.monotonic()))
        daemon.kill()  # the next one knows no link that flaps
        daemon.bury()
        daemon.start()

    def _remembers(self, before: Judge) -> None:
        """What was open is open under the same code, and who had it has it, unless something happened since."""
        _, told = self.daemon.ask("GET", f"{API}/incidents")
        known = {one["id"]: one for one in told["incidents"]}
        after = Judge().read(look_at_log(self.daemon.state))
        for name, case in before.broken().items():
            if after.cases[name] == case:
                assert known[name]["code"] == case.noticed.code
                assert known[name]["step"] == (case.step if case.step >= 0 else None)
                assert (known[name]["taken"] is None) == (case.taken is None)


def _gateways(province: Province, moody: Webhooks, good: Webhooks, mail: Mails) -> Gateways:
    """Every second channel is another gateway, for the first fails now and then."""
    hook = {"kind": "webhook", "form": "long", "answers": ["link"]}
    smtp = {"kind": "mail", "host": "127.0.0.1", "port": mail.port, "tls": "none", "from": "noc@example.org"}
    channels = {}
    for contact in province.contacts():
        by_mail, by_moody, by_good = ("thu", f"{contact}@example.org"), ("moody", contact), ("good", contact)
        channels[contact] = {
            "truc": [by_moody, by_good],
            "truong": [by_mail, by_moody],
            "dao": [by_good, by_mail],
        }[contact.rpartition("-")[2]]
    return Gateways(
        {
            "good": {**hook, "url": f"{good.url}/hook/{{address}}", "timeout": "5s"},
            "moody": {**hook, "url": f"{moody.url}/hook/{{address}}", "timeout": "2s"},
            "thu": {**smtp, "timeout": "5s"},
        },
        channels,
    )


def check_promises(promises: Sequence[Promise], judge: Judge, log: Sequence[AnyEntry]) -> None:
    """What somebody was told is taken was taken, or over."""
    answers = {entry.message: entry for entry in log if isinstance(entry, Acknowledged) and entry.message}
    for promise in promises:
        if promise.press is not Press.ACKNOWLEDGE or promise.message in answers:
            continue
        about = (
            judge.incidents_of(promise.message) if promise.message else {IncidentId(str(promise.incident))}
        )
        before, after = (
            Judge().read(entry for entry in log if entry.at_ns <= at_ns)
            for at_ns in (promise.begun_ns, promise.told_ns)
        )
        forgotten = {
            name for name in about if not (before.is_over_or_taken(name) or after.is_over_or_taken(name))
        }
        assert not forgotten, f"{promise} was forgotten: {forgotten}"


def report(chaos: Chaos, judge: Judge, repeats: int, seconds: float) -> str:
    """The figures of one run."""
    letters, lives = chaos.post.letters, chaos.daemon.lives
    pages = {name: page for name, page in judge.pages.items() if page.kind in ASKING}
    first = {letter.message: letter.wall_ns for letter in reversed(letters)}
    delays = sorted(
        sum(life.overlap_ns(page.composed_ns, first[name]) for life in lives) / _NS
        for name, page in pages.items()
        if name in first
    )
    starts = sorted((life.ready_ns - life.spawned_ns) / _NS for life in lives if life.ready_ns is not None)
    kills = ", ".join(f"{count} {when}" for when, count in sorted(chaos.killer.counts.items()))
    return (
        f"seed {chaos.seed}: {len(chaos.daemon.kills_ns)} kills ({kills}); {len(judge.cases)} incidents, "
        f"{len(pages)} pages, {len(judge.pages)} messages, {len(letters)} letters, {repeats} of them repeated; "
        f"page to gateway p50 {delays[len(delays) // 2]:.2f} s, worst {delays[-1]:.2f} s "
        f"of a daemon that runs; latest step {judge.latest_step_ns / _NS:.2f} s; answers {dict(chaos.people.counts)}; "
        f"start-up p50 {starts[len(starts) // 2]:.2f} s; {seconds:.0f} s in all"
    )


def run(
    directory: Path, seed: int, kills: int, carriers: int, look_share: float, locked_share: float
) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        chaos = Chaos(directory, seed, carriers, stack)
        chaos.rage(kills, look_share, locked_share)
        chaos.stage.until_settled()
        judge, log = chaos.stage.verdict()
        repeats = judge.check_letters(chaos.post.letters, chaos.daemon.kills_ns)
        check_promises(chaos.people.promises, judge, log)
        print(report(chaos, judge, repeats, time.monotonic() - began))  # noqa: T201 - the figures
        assert len(chaos.daemon.kills_ns) == kills
        assert judge.latest_step_ns <= LATEST_STEP * _NS
        assert judge.counts["Called"] > kills


@pytest.mark.timeout(900)  # each start is seconds of a core
def test_15_kills_lose_no_page_and_forget_nothing(tmp_path: Path) -> None:
    run(tmp_path, seed=3, kills=15, carriers=8, look_share=0.4, locked_share=0.0)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(101, 111))
def test_500_kills_lose_no_page_and_forget_nothing(tmp_path: Path, seed: int) -> None:
    run(tmp_path, seed=seed, kills=50, carriers=10, look_share=0.2, locked_share=0.15)
