"""How a plan reads on a terminal: its bars, and the time that is left out between them."""

from datetime import UTC, datetime

import pytest
from rich.text import Text

from bridgewatch.core.throughput.plan import PlannedTest, ThroughputPlan
from bridgewatch.model.ids import LinkId
from bridgewatch.model.words import Language
from bridgewatch.sim.country import Plan, country
from bridgewatch.views.terminal.look import Look
from bridgewatch.views.terminal.throughput_plan import plan_lines

NS = 10**9
VILLAGE = country(Plan(communes=3))
LINK = LinkId(next(iter(VILLAGE.links)))
NIGHT_NS = int(datetime(2026, 11, 9, 22, tzinfo=UTC).timestamp()) * NS


def bars(hours: list[int], language: Language = Language.EN) -> list[str]:
    """The lines between the title of the bars and the next one, of tests that begin so many hours later."""
    begins = [NIGHT_NS + hour * 3_600 * NS for hour in hours]
    tests = tuple(PlannedTest(LINK, begins_ns, begins_ns + 30 * NS, 1_000) for begins_ns in begins)
    plan = ThroughputPlan(tests)
    look = Look(width=80, language=language, timezone="UTC")
    lines = [part.plain for part in plan_lines(plan, VILLAGE, look) if isinstance(part, Text)]
    return lines[lines.index("") + 1 : lines.index("", lines.index("") + 1)]


def test_a_night_is_a_bar_an_hour_and_dots_where_hours_are_left_out() -> None:
    assert bars([0, 0, 1, 24]) == [
        "Tests that begin in each hour",
        "   22:00 9 Nov " + "█" * 30 + " 2",
        "   23:00 9 Nov " + "█" * 15 + " 1",
        "  ...",
        "  22:00 10 Nov " + "█" * 15 + " 1",
    ]


@pytest.mark.parametrize(
    ("language", "title", "label"),
    [
        (Language.EN, "Tests that begin on each day", "9 Nov"),
        (Language.VI, "Số phép đo bắt đầu trong từng ngày", "09/11"),
    ],
)
def test_what_takes_longer_than_two_days_is_a_bar_a_day(language: Language, title: str, label: str) -> None:
    lines = bars(list(range(60)), language)
    assert lines[0] == title
    assert label in lines[1]
    assert [line.split()[-1] for line in lines[1:]] == ["2", "24", "24", "10"]
