"""How full a link is, by several readings."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.bandwidth.use import Usage
from bridgewatch.model.bandwidth import Direction, Judgement, Use, UseState
from bridgewatch.model.ids import LinkId

JUDGEMENT = Judgement()
BOUGHT = 100_000_000
SECOND = 10**9
_LINK = LinkId("xa/wan")


def states(down: Sequence[float], up: Sequence[float] | None = None) -> list[str]:
    """The state after each reading, of these shares of what was bought."""
    usage, found = Usage(), []
    for number, share in enumerate(down, 1):
        back = up[number - 1] if up is not None else 0.0
        use = Use(_LINK, number * 60 * SECOND, 60.0, down=share * BOUGHT, up=back * BOUGHT)
        usage.take(use, BOUGHT, BOUGHT, JUDGEMENT)
        found.append(usage.state.name)
    return found


def test_three_of_five_readings_make_it_over_and_five_below_end_it() -> None:
    assert states([0.1, 0.9, 0.1, 0.9, 0.9]) == ["UNKNOWN", "UNKNOWN", "OK", "OK", "OVER"]
    assert states([0.9] * 5 + [0.1] * 6)[4:] == [*["OVER"] * 5, "OK", "OK"]
    assert states([0.9, 0.9, 0.9])[-1] == "OVER"


def test_one_full_minute_is_no_verdict() -> None:
    assert set(states([0.2, 1.0, 0.2, 0.2, 0.2, 0.2, 1.0, 0.2])[2:]) == {"OK"}


def test_seventy_per_cent_is_busy_and_eighty_over() -> None:
    assert states([0.7] * 5)[-1] == "BUSY"
    assert states([0.8] * 5)[-1] == "OVER"
    assert states([0.69] * 5)[-1] == "OK"
    assert states([0.9] * 5 + [0.75] * 5)[-1] == "BUSY"


def test_readings_of_one_direction_count_together_and_not_those_of_both() -> None:
    assert states([0.9, 0.0, 0.9, 0.0, 0.0], [0.0, 0.9, 0.0, 0.9, 0.0])[-1] == "OK"
    assert states([0.0] * 5, [0.9] * 5)[-1] == "OVER"


def test_a_link_that_hovers_about_the_limit_is_told_of_once() -> None:
    found = states([0.9, 0.9, 0.9, *([0.79, 0.81] * 20)])
    assert found[2:] == ["OVER"] * len(found[2:])


def test_readings_of_long_ago_do_not_count_with_those_of_now() -> None:
    usage = Usage()
    for at in (60, 120, 10_000, 10_060):
        usage.take(Use(_LINK, at * SECOND, 60.0, down=BOUGHT, up=0.0), BOUGHT, BOUGHT, JUDGEMENT)
    assert usage.state is UseState.UNKNOWN


def test_it_tells_the_fuller_direction_and_how_full_that_usually_is() -> None:
    usage = Usage()
    for number, share in enumerate([0.9, 0.2, 0.95, 0.1, 0.85], 1):
        use = Use(_LINK, number * 60 * SECOND, 60.0, down=0.3 * BOUGHT, up=share * BOUGHT)
        usage.take(use, BOUGHT, BOUGHT, JUDGEMENT)
    direction, rate = usage.fullest(BOUGHT, BOUGHT)
    assert direction is Direction.UP
    assert rate == pytest.approx(0.85 * BOUGHT)
    assert usage.fullest(BOUGHT // 10, 10 * BOUGHT)[0] is Direction.DOWN


shares = st.floats(0, 1.5)


@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=40))
def test_over_and_busy_are_earned_by_most_and_left_by_none(readings: list[tuple[float, float]]) -> None:
    """The rule in other words, by the whole history."""
    down, up = zip(*readings, strict=True)
    found = states(down, up)

    def most(level: float, end: int) -> bool:
        last = [each[max(0, end - 5) : end] for each in (down, up)]
        return any(sum(share >= level for share in some) >= 3 for some in last)

    def none(level: float, end: int) -> bool:
        last = [share for each in (down, up) for share in each[end - 5 : end]]
        return end >= 5 and max(last) < level

    over = busy = False
    for end in range(1, len(readings) + 1):
        over = most(0.8, end) or (over and not none(0.8, end))
        busy = over or most(0.7, end) or (busy and not none(0.7, end))
        expected = "OVER" if over else "BUSY" if busy else "OK" if end >= 3 else "UNKNOWN"
        assert found[end - 1] == expected
