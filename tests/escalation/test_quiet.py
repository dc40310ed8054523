"""Quiet hours by local clocks: when they end, and waits of which only the rest of the day counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.escalation.quiet import ends_ns, over_ns
from bridgewatch.core.oncall.zones import instant, local, ordinal
from bridgewatch.model.bandwidth import Window

HANOI, BERLIN = "Asia/Ho_Chi_Minh", "Europe/Berlin"
MINUTE = 60 * 10**9
HOUR = 60 * MINUTE
NIGHT, NOON = Window(20 * 60, 7 * 60), Window(12 * 60, 13 * 60 + 30)
DAY = ordinal("2026-11-26")


def at(clock: str, day: int = 0, zone: str = HANOI) -> int:
    hours, minutes = clock.split(":")
    return instant(zone, DAY + day, 60 * int(hours) + int(minutes))


@pytest.mark.parametrize(
    ("quiet", "now", "end"),
    [
        (NIGHT, at("19:59"), None),
        (NIGHT, at("20:00"), at("07:00", 1)),
        (NIGHT, at("03:00"), at("07:00")),
        (NIGHT, at("07:00"), None),
        (NOON, at("12:15"), at("13:30")),
        (NOON, at("11:00"), None),
    ],
)
def test_they_are_by_local_clocks_and_may_pass_midnight(quiet: Window, now: int, end: int | None) -> None:
    assert ends_ns(quiet, HANOI, now) == end


def test_a_wait_goes_on_in_the_morning() -> None:
    assert over_ns(NIGHT, HANOI, at("16:00"), 2 * HOUR) == at("18:00")
    assert over_ns(NIGHT, HANOI, at("18:00"), 4 * HOUR) == at("09:00", 1)
    assert over_ns(NIGHT, HANOI, at("16:00"), 4 * HOUR) == at("07:00", 1)
    assert over_ns(NIGHT, HANOI, at("23:00"), 0) == at("07:00", 1)
    assert over_ns(NIGHT, HANOI, at("07:00"), 30 * HOUR) == at("11:00", 2)


zones = st.sampled_from([HANOI, BERLIN])


@st.composite
def quiet_hours(draw: st.DrawFn) -> Window:
    starts = draw(st.integers(0, 1439))
    return Window(starts, (starts + draw(st.integers(1, 1380))) % 1440)


@settings(max_examples=60, deadline=None)
@given(zones, quiet_hours(), st.integers(0, 365 * 24 * 60), st.integers(0, 26 * 60))
def test_minute_by_minute_it_is_the_time_that_clocks_show(
    zone: str, quiet: Window, start: int, wait: int
) -> None:
    """Counted off minute by minute; of nights in which clocks change only the end is held against clocks."""
    from_ns = instant(zone, DAY, 0) + start * MINUTE
    over = over_ns(quiet, zone, from_ns, wait * MINUTE)
    assert ends_ns(quiet, zone, over) is None
    left, now_ns = wait, from_ns
    changed = False
    for _ in range(200 * 1440):
        asleep = is_quiet(quiet, zone, now_ns)
        if not left and not asleep:
            break
        left -= not asleep
        changed |= local(zone, now_ns).utcoffset() != local(zone, now_ns + MINUTE).utcoffset()
        now_ns += MINUTE
    assert over == now_ns or changed


def is_quiet(quiet: Window, zone: str, now_ns: int) -> bool:
    shown = local(zone, now_ns)
    minute = 60 * shown.hour + shown.minute
    if quiet.starts < quiet.ends:
        return quiet.starts <= minute < quiet.ends
    return minute >= quiet.starts or minute < quiet.ends
