"""The daemon's side: what its heartbeats say, to whom, and how often."""

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest

from bridgewatch.app.pulse import BACK_WITHIN, Pulse
from bridgewatch.app.vitals import VitalSigns
from bridgewatch.core.heartbeats.judgement import ailment
from bridgewatch.model.heartbeats import Answered, Heartbeat, Heartbeats, Watchdog
from bridgewatch.model.paging import Delivery, Phase, Why
from bridgewatch.model.secret import Secret, SecretSource
from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.loop import run
from tests.watchdog.beats import SECOND, WELL

KEY = Secret(SecretSource.ENVIRONMENT, "KEY")
NEAR, FAR = Watchdog("http://near", KEY), Watchdog("http://far", KEY, 5.0)
START = 1_000 * SECOND


class Line:
    """Keeps what was sent and when; what is in `dead` answers nobody within five seconds."""

    def __init__(self, *watchdogs: Watchdog) -> None:
        self.clock = SimClock(monotonic_ns=START)
        self.inventory: Any = SimpleNamespace(vantage="nha", heartbeats=Heartbeats(watchdogs))
        self.sent: list[tuple[float, str, Heartbeat]] = []
        self.dead: set[str] = set()
        self.pulse = Pulse(lambda: self.inventory, lambda: WELL, self.send, self.clock)

    async def send(self, watchdog: Watchdog, beat: Heartbeat) -> tuple[Answered, str]:
        self.sent.append(((self.clock.monotonic_ns() - START) / SECOND, watchdog.url, beat))
        if watchdog.url in self.dead:
            await asyncio.sleep(min(5.0, watchdog.every))
            return Answered.FAILED, "no answer"
        return Answered.ACCEPTED, ""

    def runs(self, until: float, *acts: tuple[float, Any]) -> None:
        async def main() -> None:
            task = asyncio.create_task(self.pulse.run())
            for second, act in (*acts, (until, lambda: None)):
                await asyncio.sleep(second - (self.clock.monotonic_ns() - START) / SECOND)
                done = act()
                if done is not None:
                    await done
            assert not task.done()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        run(main(), self.clock)

    def times(self, url: str) -> list[float]:
        return [at for at, to, _ in self.sent if to == url]


def test_every_watchdog_is_told_at_its_own_pace_from_the_start() -> None:
    line = Line(NEAR, FAR)
    line.runs(61)
    assert line.times(NEAR.url) == pytest.approx([0, 15, 30, 45, 60])
    assert line.times(FAR.url) == pytest.approx(range(0, 61, 5))


def test_one_that_is_dead_delays_no_other() -> None:
    line = Line(NEAR, FAR)
    line.dead = {FAR.url}
    line.runs(61)
    assert line.times(NEAR.url) == pytest.approx([0, 15, 30, 45, 60])
    near, far = line.pulse.heard()
    assert (near.answered, near.counts, near.why) == (Answered.ACCEPTED, {Answered.ACCEPTED: 5}, "")
    assert (far.answered, far.accepted_ns, far.why) == (Answered.FAILED, None, "no answer")


def test_no_two_heartbeats_are_the_same_and_each_start_has_a_name_of_its_own() -> None:
    one, other = Line(NEAR, FAR), Line(NEAR)
    one.runs(61)
    other.runs(61)
    beats = [beat for _, _, beat in (*one.sent, *other.sent)]
    assert len({(beat.boot, beat.sequence) for beat in beats}) == len(beats)
    assert len({beat.boot for beat in beats}) == 2
    assert [beat.sequence for _, _, beat in one.sent] == sorted(beat.sequence for _, _, beat in one.sent)


def test_another_configuration_is_followed_within_a_second() -> None:
    line = Line(NEAR)

    def swap() -> None:
        line.inventory = SimpleNamespace(vantage="xa", heartbeats=Heartbeats((FAR,)))

    line.runs(30, (20, swap))
    assert line.times(NEAR.url) == pytest.approx([0, 15])
    assert 20 <= line.times(FAR.url)[0] <= 21
    assert line.sent[-1][2].vantage == "xa"
    assert [heard.url for heard in line.pulse.heard()] == [FAR.url]


def test_without_a_watchdog_nothing_is_sent_and_nothing_waits() -> None:
    line = Line()
    line.runs(100, (50, line.pulse.farewell))
    assert line.sent == []
    assert line.pulse.heard() == ()


def test_the_last_heartbeat_says_when_the_daemon_is_back_and_holds_no_stop_up() -> None:
    line = Line(NEAR, FAR)
    line.runs(50)
    line.dead = {FAR.url}
    began_ns = line.clock.monotonic_ns()
    run(line.pulse.farewell(), line.clock)
    assert line.clock.monotonic_ns() - began_ns <= 2 * SECOND
    last = {url: beat for _, url, beat in line.sent}
    assert last[NEAR.url].back_within == last[FAR.url].back_within == BACK_WITHIN == 300.0


def test_a_change_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    line = Line(NEAR)
    with caplog.at_level(logging.INFO):
        line.runs(200, (50, lambda: line.dead.add(NEAR.url)), (120, line.dead.clear))
    assert [record.levelname for record in caplog.records] == ["INFO", "ERROR", "INFO"]


class Signs:
    """The parts of a daemon as far as its vitals look at them."""

    def __init__(self) -> None:
        self.clock = SimClock(monotonic_ns=START)
        self.ticker = SimpleNamespace(ticked_ns=START)
        self.paging = SimpleNamespace(notifications={}, outbox_depth=0, outbox_oldest_ns=None)
        self.stats = SimpleNamespace(turned_ns=START, failures=0, unstored=0)
        self.store = SimpleNamespace(degraded=None)
        self.phases = SimpleNamespace(phases={})
        pager = SimpleNamespace(snapshot=self.paging, stats=lambda: self.stats)
        station: Any = SimpleNamespace(ticker=self.ticker, is_alive=lambda: (True, ""))
        people: Any = SimpleNamespace(pager=pager, store=self.store)
        phases: Any = self.phases
        self.signs = VitalSigns(station, people, phases, self.clock)

    def after(self, seconds: float) -> Any:
        self.clock.advance(round(seconds * SECOND))
        return self.signs()


def test_ages_are_counted_from_the_last_look_turn_and_delivery() -> None:
    parts = Signs()
    vitals = parts.after(40)
    assert (vitals.looked, vitals.turned, vitals.delivered, vitals.oldest) == (40, 40, 40, None)
    parts.ticker.ticked_ns = parts.stats.turned_ns = parts.clock.monotonic_ns()
    parts.paging.notifications = {("hook", Delivery.DELIVERED): 1, ("hook", Delivery.FAILED): 7}
    vitals = parts.after(5)
    assert (vitals.looked, vitals.turned, vitals.delivered) == (5, 5, 0)
    parts.paging.notifications["hook", Delivery.FAILED] = 9
    assert parts.after(5).delivered == 5


def test_what_is_older_than_the_daemon_is_no_older_than_it() -> None:
    parts = Signs()
    parts.ticker.ticked_ns = parts.stats.turned_ns = START - 100 * SECOND  # made long before it was begun
    parts.paging.outbox_oldest_ns = parts.clock.wall_ns() - 10_000 * SECOND  # by an earlier run
    vitals = parts.after(1)
    assert (vitals.looked, vitals.turned, vitals.oldest) == (1, 1, 10_001)
    assert ailment(vitals) is None
    parts.ticker.ticked_ns = parts.stats.turned_ns = parts.clock.monotonic_ns() + 400 * SECOND
    found = ailment(parts.after(400))
    assert found is not None
    assert found.why is Why.OUTBOX_STANDS


def test_a_wall_clock_that_is_set_makes_nothing_older_than_it_can_be() -> None:
    parts = Signs()
    parts.paging.outbox_oldest_ns = parts.clock.wall_ns()
    parts.clock.step_wall(-3600 * SECOND)
    assert parts.after(1).oldest == 0
    parts.clock.step_wall(2 * 3600 * SECOND)
    parts.ticker.ticked_ns = parts.stats.turned_ns = parts.clock.monotonic_ns()
    assert ailment(parts.after(1)) is None


def test_the_store_and_live_events_are_told() -> None:
    parts = Signs()
    parts.store.degraded = SimpleNamespace(since_ns=parts.clock.wall_ns())
    parts.phases.phases = {"hop": Phase.LIVE, "thu": Phase.WAVE}
    vitals = parts.after(7)
    assert (vitals.degraded, vitals.live) == (7, ("hop",))
