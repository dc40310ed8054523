"""Throughput tests of a pager in virtual time, carried out by a runner that only waits."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bridgewatch.app.pager import Pager
from bridgewatch.app.throughput import LinkTests
from bridgewatch.core.paging import Paging
from bridgewatch.model.bandwidth import Leg, Throughput, ThroughputEnd
from bridgewatch.model.commands import AskThroughput, CancelThroughput, Verdict
from bridgewatch.model.delivery import Text
from bridgewatch.model.ids import LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry, ThroughputAsked, ThroughputBegan, ThroughputEnded
from bridgewatch.model.phrases import phrase, unpacked
from bridgewatch.model.ports import ThroughputError, ThroughputProgress
from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.country import Plan, country
from bridgewatch.sim.loop import run
from tests.app.test_pager import Log, Post
from tests.calendar.events import EIGHT, HOUR, SECOND, event, with_events
from tests.throughput.nights import measurable

VILLAGE = with_events(measurable(country(Plan(communes=3))))
LINK = next(iter(VILLAGE.links))


@dataclass
class Waiting:
    """A runner that takes each leg's time, a million octets a second; `fails` says which leg comes to nothing."""

    log: Log
    fails: str = ""
    legs: list[Leg] = field(default_factory=list)
    ended: list[Leg] = field(default_factory=list)

    async def run(self, leg: Leg, on_progress: Callable[[ThroughputProgress], None]) -> Throughput:
        assert self.log.of(ThroughputBegan)  # stored before it is on the link
        self.legs.append(leg)
        try:
            for second in range(1, int(leg.seconds) + 1):
                await asyncio.sleep(1.0)
                on_progress(ThroughputProgress(second * 1_000_000, float(second), 8e6))
                if leg.direction.value == self.fails:
                    raise ThroughputError(phrase("the server refused the test"))
        finally:
            self.ended.append(leg)
        octets = int(leg.seconds) * 1_000_000
        return Throughput(leg.direction, leg.method, 8e6, octets, leg.seconds)


@dataclass
class House:
    """A pager with link tests."""

    inventory: Inventory = VILLAGE
    fails: str = ""

    def __post_init__(self) -> None:
        self.log, self.clock = Log(), SimClock(0, EIGHT)
        self.runner = Waiting(self.log, self.fails)
        self.tests = LinkTests(self.runner, self._decide)
        self.pager = self._pager()

    def _decide(self, what: Callable[[Paging, int], Sequence[AnyEntry]]) -> None:
        self.pager.decide(what)

    def _pager(self) -> Pager:
        return Pager(
            self.inventory,
            self.clock,
            self.log,
            Post(self.log),
            lambda *_: Text("", "text"),
            on_orders=lambda _: None,
            on_tests=self.tests.take,
        )

    async def ask(self, *links: LinkId) -> Verdict:
        now_ns = self.clock.wall_ns()
        return await self.pager.command(
            AskThroughput(actor="An", links=links or (LINK,), earliest_ns=now_ns, latest_ns=now_ns + HOUR)
        )

    def play(self, seconds: float, *acts: Callable[[], object]) -> None:
        """Acts one after the other, so many seconds apart; what an act awaits is awaited."""

        async def night() -> None:
            await self.pager.start()
            running = asyncio.create_task(self.pager.run())
            for act in acts:
                said = act()
                if asyncio.iscoroutine(said):
                    await said
                await asyncio.sleep(seconds)
            await self.tests.close()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        run(night(), self.clock)

    def ends(self) -> list[ThroughputEnded]:
        return [entry for entry in self.log.entries if isinstance(entry, ThroughputEnded)]


def test_a_test_is_stored_before_it_is_on_the_link_and_its_results_after() -> None:
    house = House()
    house.play(60.0, house.ask)
    (ended,) = house.ends()
    assert (ended.end, ended.octets) == (ThroughputEnd.DONE, 20_000_000)
    assert [result.direction.value for result in ended.results] == ["down", "up"]
    assert not house.tests.running


def test_a_leg_that_comes_to_nothing_ends_the_test_with_its_reason_and_what_it_took() -> None:
    house = House(fails="up")
    house.play(60.0, house.ask)
    (ended,) = house.ends()
    assert ended.end is ThroughputEnd.FAILED
    assert unpacked(ended.detail) == phrase("the server refused the test")
    assert ended.octets == 11_000_000
    assert len(ended.results) == 1


def test_a_test_is_watched_while_it_runs() -> None:
    house = House()
    seen: list[tuple[str, int]] = []

    def look() -> None:
        (test,) = house.tests.running.values()
        assert test.leg is not None
        seen.append((test.leg.direction.value, test.octets))

    house.play(4.6, house.ask, look, look, look)
    assert seen == [("down", 4_000_000), ("down", 9_000_000), ("up", 13_000_000)]


def test_a_cancelled_test_is_off_the_link_within_a_second_and_booked_with_what_it_took() -> None:
    house = House()

    async def cancel() -> None:
        (test,) = house.tests.running
        verdict = await house.pager.command(CancelThroughput(actor="Bình", tests=(test,)))
        assert verdict.stopping == (test,)

    house.play(3.5, house.ask, cancel)
    (ended,) = house.ends()
    assert (ended.end, ended.actor, ended.octets) == (ThroughputEnd.ABORTED, "Bình", 3_000_000)
    assert ended.at_ns - EIGHT < 4.5 * SECOND
    assert len(house.runner.ended) == 1


def test_a_site_whose_meeting_is_moved_upon_a_test_has_its_link_back_within_a_second() -> None:
    house = House()
    site = VILLAGE.links[LINK].site
    meeting = event(sites=[site], starts_ns=EIGHT + 30 * SECOND, ends_ns=EIGHT + HOUR)
    house.play(3.5, house.ask, lambda: house.pager.adopt(with_events(VILLAGE, meeting)))
    (ended,) = house.ends()
    assert (ended.end, ended.subject) == (ThroughputEnd.ABORTED, site)
    assert ended.at_ns - EIGHT < 4.5 * SECOND


def test_a_daemon_that_ends_leaves_the_link_and_the_next_start_finds_out() -> None:
    house = House()
    house.play(3.5, house.ask)
    assert len(house.runner.ended) == 1
    assert not house.ends()
    house.pager = house._pager()
    house.play(60.0, lambda: None)
    assert [ended.end for ended in house.ends()] == [ThroughputEnd.INTERRUPTED, ThroughputEnd.DONE]
    assert len(house.log.of(ThroughputAsked)) == 1
    assert house.ends()[0].octets > 20_000_000  # all that was booked for it
