"""The whole watchdog on virtual time: who is paged when, and what recovery is told."""

import random

import pytest

from bridgewatch.config.loader import load
from bridgewatch.model.heartbeats import Answered
from bridgewatch.model.paging import MessageKind
from tests.config.files import write
from tests.watchdog.nights import SECOND, Night, ails, block, play, unblock

PAGE, TAKEN, RECOVERED = MessageKind.PAGE, MessageKind.TAKEN, MessageKind.RECOVERED


def test_a_quiet_night_pages_nobody(tmp_path):
    night = play(tmp_path, 2 * 3600)
    assert night.got == []
    assert night.answers.count(Answered.ACCEPTED) == len(night.answers) == 2 * 240


@pytest.mark.parametrize("killed", [100.0, 104.9, 105.0, 105.1, 119.9])
def test_a_daemon_that_is_killed_is_paged_between_45_and_75_seconds_later(tmp_path, killed):
    night = play(tmp_path, 300, (killed, Night.kill_daemon))
    (page,) = night.pages()
    assert killed + 45 <= page <= killed + 63  # 60 s after the last heartbeat, a look, and the delivery
    (got,) = night.got
    assert "nha" in got.title
    assert "no heartbeat comes any more" in got.body
    assert "canh" in got.body
    assert "1 minute ago" in got.body or "1 minute 1 second ago" in got.body


def test_a_heartbeat_that_is_blocked_is_paged_the_same_and_both_sides_know(tmp_path):
    night = play(tmp_path, 400, (100, block), (300, unblock))
    (page,) = night.pages()
    assert 145 <= page <= 163
    assert night.told() == [("an", PAGE), ("an", RECOVERED)]
    assert 300 <= night.got[-1].at <= 322
    assert night.pulse is not None
    (heard,) = night.pulse.heard()
    assert heard.answered is Answered.ACCEPTED
    assert heard.counts[Answered.FAILED] == 13
    assert heard.counts[Answered.ACCEPTED] == len(night.answers) - 13


def test_a_daemon_that_is_back_is_told_as_recovery_to_all_who_were_paged(tmp_path):
    night = play(tmp_path, 800, (100, Night.kill_daemon), (600, Night.start_daemon))
    assert night.told() == [("an", PAGE), ("binh", PAGE), ("an", RECOVERED), ("binh", RECOVERED)]
    assert night.got[1].at - night.got[0].at == pytest.approx(300, abs=1)


def test_nobody_is_called_any_more_once_somebody_has_it(tmp_path):
    night = play(tmp_path, 2000, (100, Night.kill_daemon), (200, Night.acknowledge))
    assert night.told() == [("an", PAGE), ("an", TAKEN)]


@pytest.mark.parametrize(
    ("vitals", "clause"),
    [
        ({"looked": 30.0, "probing": False}, "probing stands still"),
        ({"turned": 31.0}, "the outbox stands still"),
        ({"oldest": 301.0, "delivered": 400.0, "outbox": 3}, "the outbox stands still"),
    ],
)
def test_a_heartbeat_that_says_what_stands_pages_at_once_and_recovery_is_told(tmp_path, vitals, clause):
    night = play(tmp_path, 400, (100, ails(**vitals)), (200, ails()))
    assert night.told() == [("an", PAGE), ("an", RECOVERED)]
    page, recovery = night.got
    assert 100 <= page.at <= 117
    assert clause in page.body
    assert 200 <= recovery.at <= 222


def test_probing_that_stands_and_a_daemon_that_then_dies_are_one_incident(tmp_path):
    night = play(
        tmp_path,
        500,
        (100, ails(looked=30.0)),
        (150, Night.kill_daemon),
        (350, ails()),
        (350, Night.start_daemon),
    )
    assert night.told() == [("an", PAGE), ("an", RECOVERED)]


def test_an_orderly_stop_has_five_minutes(tmp_path):
    night = play(tmp_path, 600, (100, Night.stop_daemon), (390, Night.start_daemon))
    assert night.got == []


def test_an_orderly_stop_that_lasts_longer_is_paged_then(tmp_path):
    night = play(tmp_path, 600, (100, Night.stop_daemon))
    (page,) = night.pages()
    assert 400 <= page <= 402


def test_a_crash_loop_of_the_daemon_is_no_silence(tmp_path):
    acts = []
    for second in range(50, 550, 10):
        acts += [(second, Night.kill_daemon), (second + 2, Night.start_daemon)]
    night = play(tmp_path, 700, *acts)
    assert night.got == []
    assert set(night.answers) == {Answered.ACCEPTED}


def test_a_watchdog_that_starts_beside_a_dead_daemon_waits_its_time(tmp_path):
    night = play(tmp_path, 400, (1, Night.kill_daemon), (100, Night.restart_dog))
    assert len(night.pages()) == 1
    assert 60 <= night.pages()[0] <= 62


def test_a_watchdog_that_is_killed_pages_nobody_twice_and_forgets_no_recovery(tmp_path):
    night = play(
        tmp_path,
        900,
        (100, Night.kill_daemon),
        (200, Night.restart_dog),
        (210, Night.acknowledge),
        (300, Night.restart_dog),
        (700, Night.start_daemon),
    )
    assert night.told() == [("an", PAGE), ("an", TAKEN), ("an", RECOVERED)]


def test_a_daemon_that_came_back_while_the_watchdog_was_down_is_told_as_recovery(tmp_path):
    night = play(
        tmp_path,
        600,
        (100, Night.kill_daemon),
        (200, Night.kill_dog),
        (210, Night.start_daemon),
        (300, Night.start_dog),
    )
    assert night.told() == [("an", PAGE), ("an", RECOVERED)]


def test_a_restart_of_the_watchdog_keeps_the_excuse_of_a_daemon(tmp_path):
    night = play(tmp_path, 600, (100, Night.stop_daemon), (200, Night.restart_dog), (390, Night.start_daemon))
    assert night.got == []


def test_a_daemon_that_is_not_watched_any_more_ends_its_incident(tmp_path):
    other = "daemons: {xa: {key: {env: KEY}}}\n"
    night = play(
        tmp_path, 280, (100, Night.kill_daemon), (240, lambda night: night.configure_dog(watchdog=other))
    )
    assert night.told()[:2] == [("an", PAGE), ("an", RECOVERED)]


def test_so_does_one_that_is_gone_from_the_configuration_when_the_watchdog_starts(tmp_path):
    async def start_with_another(night: Night) -> None:
        await night.kill_dog()
        night.dog = load(write(night.folder / "dog", watchdog="daemons: {xa: {key: {env: KEY}}}\n"))
        await night.start_dog()

    night = play(tmp_path, 235, (100, Night.kill_daemon), (200, start_with_another))
    assert night.told() == [("an", PAGE), ("an", RECOVERED)]


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_wall_clock_that_is_set_on_both_boxes_is_no_silence(tmp_path, hours):
    night = play(tmp_path, 400, (100, lambda night: night.clock.step_wall(hours * 3600 * SECOND)))
    assert night.got == []


@pytest.mark.parametrize("seed", range(3))
def test_outages_by_chance_each_long_one_is_paged_once_and_no_short_one_ever(tmp_path, seed):
    chance = random.Random(seed)
    acts, second, long = [], 100.0, []
    for _ in range(12):
        lasts = chance.choice([chance.uniform(1, 40), chance.uniform(90, 250)])
        begin, end = (Night.kill_daemon, Night.start_daemon) if chance.random() < 0.5 else (block, unblock)
        acts += [(second, begin), (second + lasts, end)]
        long += [second] if lasts >= 90 else []
        second += lasts + 600
    night = play(tmp_path, second, *acts)
    pages = night.pages()
    assert len(pages) == len(long)
    for began, page in zip(long, pages, strict=True):
        assert began + 40 <= page <= began + 75
    assert night.told().count(("an", RECOVERED)) == len(long)
