"""What heartbeats and their silence mean, by examples and by laws. Seconds of the watchdog's own clocks."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.heartbeats.judgement import ailment
from bridgewatch.core.heartbeats.register import SKEW_NS, Register
from bridgewatch.model.heartbeats import Heartbeat, Reception
from bridgewatch.model.paging import Why
from tests.watchdog.beats import SECOND, WALL, WELL, beat

AFTER = 60.0
SKEW = SKEW_NS // SECOND


@dataclass
class Dog:
    """A register whose clocks run together."""

    register: Register = field(default_factory=lambda: Register(["nha"], AFTER, 0))
    wall_ns: int = WALL  # at monotonic 0

    def hears(self, second: float, heartbeat: Heartbeat) -> Reception:
        return self.register.take(heartbeat, self.at(second), self.wall_ns + self.at(second))

    def beat(self, second: float, sequence: int = 1, **more: object) -> Reception:
        return self.hears(second, beat(sequence, sent_ns=WALL + self.at(second), **more))

    def says(self, second: float) -> Why | str | None:
        """Why people are paged, None if all is well, and `unknown`."""
        (standing,) = self.register.standings(self.at(second))
        return standing.why if standing.settled else "unknown"

    @staticmethod
    def at(second: float) -> int:
        return round(second * SECOND)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"looked": 9.9}, None),
        ({"looked": 10.0, "probing": False}, Why.PROBING_STANDS),
        ({"turned": 29.9}, None),
        ({"turned": 30.0}, Why.OUTBOX_STANDS),
        ({"oldest": 299.0, "delivered": 10_000.0}, None),
        ({"oldest": 300.0, "delivered": 300.0, "outbox": 1}, Why.OUTBOX_STANDS),
        # A contact whom nothing reaches, while others get their messages: the daemon pages somebody else.
        ({"oldest": 4000.0, "delivered": 20.0, "outbox": 1}, None),
        ({"oldest": None, "delivered": 90_000.0}, None),
        ({"looked": 40.0, "turned": 40.0}, Why.PROBING_STANDS),
        ({"unstored": 12, "degraded": 500.0, "failures": 3}, None),
    ],
)
def test_what_a_heartbeat_says_of_its_daemon(changes, why):
    found = ailment(beat(**changes).vitals)
    assert (found.why if found else None) is why
    if found:
        assert found.age >= found.limit


def test_it_waits_its_time_before_it_says_anything():
    dog = Dog()
    assert dog.says(0) == dog.says(59.9) == "unknown"
    assert dog.says(60) is Why.HEARTBEAT_MISSING


def test_silence_is_paged_after_its_time_and_a_heartbeat_ends_it():
    dog = Dog()
    assert dog.beat(3) is Reception.ACCEPTED
    assert dog.says(3) is None
    assert dog.says(62.9) is None
    assert dog.says(63) is Why.HEARTBEAT_MISSING
    assert dog.beat(500, 2) is Reception.ACCEPTED
    assert dog.says(500) is None


def test_one_lost_heartbeat_means_nothing_however_short_the_silence_that_is_granted():
    dog = Dog(Register(["nha"], 10.0, 0))
    dog.beat(0)  # the next is due after 15 s
    assert dog.says(29.9) is None
    assert dog.says(30) is Why.HEARTBEAT_MISSING


def test_a_daemon_that_says_goodbye_has_the_time_that_it_asked_for():
    dog = Dog()
    dog.beat(0)
    dog.beat(10, 2, back_within=300.0)
    assert dog.says(10) == dog.says(309.9) == "unknown"
    assert dog.says(310) is Why.HEARTBEAT_MISSING


def test_a_short_goodbye_takes_nothing_from_the_silence_that_is_always_granted():
    dog = Dog()
    dog.beat(0, back_within=5.0)
    assert dog.says(59.9) == "unknown"
    assert dog.says(60) is Why.HEARTBEAT_MISSING


def test_who_is_back_early_is_watched_as_always():
    dog = Dog()
    dog.beat(0, back_within=300.0)
    dog.beat(20, boot="second")
    assert dog.says(20) is None
    assert dog.says(80) is Why.HEARTBEAT_MISSING


def test_each_heartbeat_counts_once():
    dog = Dog()
    assert dog.beat(0, 5) is Reception.ACCEPTED
    assert dog.beat(1, 5) is Reception.REPLAYED
    assert dog.beat(1, 4) is Reception.REPLAYED
    assert dog.beat(1, 6) is Reception.ACCEPTED


def test_a_heartbeat_of_a_former_start_never_counts_again():
    dog = Dog()
    dog.beat(0, 100, boot="first")
    assert dog.beat(2, 1, boot="second") is Reception.ACCEPTED
    assert dog.beat(3, 101, boot="first") is Reception.REPLAYED
    assert dog.beat(4, 2, boot="second") is Reception.ACCEPTED


def test_a_former_start_is_known_for_longer_than_its_heartbeats_are_fresh():
    dog = Dog()
    dog.beat(0, 1, boot="first")
    old = beat(2, boot="first", sent_ns=WALL + dog.at(SKEW))  # the daemon's clock was ahead
    for second in range(15, 4 * SKEW, 15):
        dog.beat(second, second, boot="second")
        assert dog.hears(second, old) in {Reception.REPLAYED, Reception.STALE}


@pytest.mark.parametrize("apart", [SKEW + 1, -SKEW - 1])
def test_clocks_too_far_apart_are_told(apart):
    dog = Dog()
    assert dog.hears(0, beat(sent_ns=WALL + apart * SECOND)) is Reception.STALE
    assert (
        dog.hears(0, beat(sent_ns=WALL + (apart - (1 if apart > 0 else -1)) * SECOND)) is Reception.ACCEPTED
    )


def test_a_daemon_whose_clock_is_set_back_goes_on_and_so_does_one_that_starts_anew_then():
    dog = Dog()
    dog.hears(0, beat(1, sent_ns=WALL + 200 * SECOND))
    assert dog.hears(15, beat(2, sent_ns=WALL - 100 * SECOND)) is Reception.ACCEPTED
    assert dog.hears(30, beat(1, boot="second", sent_ns=WALL - 85 * SECOND)) is Reception.ACCEPTED


def test_whoever_is_not_watched_is_nobody():
    dog = Dog()
    assert dog.beat(0, vantage="ai") is Reception.FORGED
    assert dog.says(60) is Why.HEARTBEAT_MISSING


def test_other_daemons_of_a_reload_are_waited_for_and_the_ones_that_stay_are_known():
    dog = Dog()
    dog.beat(100)
    dog.register.adopt(["nha", "xa"], AFTER, dog.at(110))
    nha, xa = dog.register.standings(dog.at(110))
    assert (nha.settled, nha.why, xa.settled) == (True, None, False)
    nha, xa = dog.register.standings(dog.at(170))
    assert (nha.why, xa.why) == (Why.HEARTBEAT_MISSING, Why.HEARTBEAT_MISSING)
    dog.register.adopt(["xa"], AFTER, dog.at(171))
    assert [one.vantage for one in dog.register.standings(dog.at(171))] == ["xa"]


def restarted(dog: Dog, second: float) -> Dog:
    """Another run, whose monotonic clock begins elsewhere, on what the first one remembered."""
    wall_ns = dog.wall_ns + dog.at(second)
    remembered = dog.register.remembered(dog.at(second), wall_ns)
    other = Dog(Register(["nha"], AFTER, 0), wall_ns)
    other.register.recall(remembered, 0, wall_ns)
    return other


def test_a_restart_forgets_no_heartbeat_and_waits_its_time_again():
    dog = Dog()
    dog.beat(0, 7)
    other = restarted(dog, 30)
    assert other.says(59.9) == "unknown"
    assert other.says(60) is Why.HEARTBEAT_MISSING
    assert other.hears(1, beat(7)) is Reception.REPLAYED
    assert other.hears(1, beat(8, sent_ns=WALL + 31 * SECOND)) is Reception.ACCEPTED


def test_a_restart_remembers_that_a_daemon_is_excused():
    dog = Dog()
    dog.beat(0, back_within=300.0)
    other = restarted(dog, 100)
    assert other.says(199.9) == "unknown"
    assert other.says(200) is Why.HEARTBEAT_MISSING


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 40),  # seconds since the event before
        st.sampled_from(["beat", "beat", "beat", "replay", "forge", "stop", "ill", "reboot", "restart"]),
    ),
    max_size=40,
)


@given(EVENTS)
def test_what_it_says_is_what_a_plain_reading_of_the_accepted_heartbeats_says(events):
    """Replays and forgeries change nothing; neither does a restart but for the time it waits."""
    dog, offset = Dog(), 0
    sequence, boot, second = 0, 0, 0
    last: tuple[int, str] | None = None  # when, and what it said
    began, excused, sent = 0, 0, []
    for gap, what in events:
        second += gap
        here = second - offset
        if what in {"beat", "stop", "ill"}:
            sequence += 1
            back = 120.0 if what == "stop" else None
            heartbeat = beat(
                sequence,
                boot=str(boot),
                sent_ns=WALL + second * SECOND,
                back_within=back,
                looked=99.0 if what == "ill" else 0.0,
            )
            assert dog.hears(here, heartbeat) is Reception.ACCEPTED
            sent.append(heartbeat)
            last, excused = (second, what), second + 120 if what == "stop" else 0
        elif what == "reboot":
            boot, sequence = boot + 1, 0
        elif what == "restart":
            dog, offset, began, last = restarted(dog, here), second, second, None
        elif what == "forge":
            assert dog.beat(here, vantage="gia") is Reception.FORGED
        elif sent:
            for old in sent[-3:]:
                assert dog.hears(here, old) in {Reception.REPLAYED, Reception.STALE}
        assert dog.says(second - offset) == plain(second, last, began, excused)


def plain(second: int, last: tuple[int, str] | None, began: int, excused: int) -> Why | str | None:
    since = last[0] if last else began
    if second - since >= AFTER and second >= excused:
        return Why.HEARTBEAT_MISSING
    if last is None or last[1] == "stop":
        return "unknown"
    return Why.PROBING_STANDS if last[1] == "ill" else None


def test_the_vitals_of_the_tests_are_well():
    assert ailment(WELL) is None
