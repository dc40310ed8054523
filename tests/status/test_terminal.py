"""The terminal view fits where it is shown and says the same without colours."""

import io
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from bridgewatch.model.words import EgressState, Language, LinkState, Reason, SiteState
from bridgewatch.views.happenings import Happening, grouped, happening
from bridgewatch.views.status.report import StatusReport, report
from bridgewatch.views.terminal.look import Look, cell, fit, hanging
from bridgewatch.views.terminal.screen import look_of, paper, screen
from bridgewatch.views.terminal.sections import happening as told_happening
from bridgewatch.views.terminal.watching import LiveWatch, PlainWatch
from tests.exposition.synthetic import WALL_NS, synthetic_snapshot

SMALL = report(synthetic_snapshot(80))
WELL = report(synthetic_snapshot(80, healthy=True))
NATIONAL = report(synthetic_snapshot(22_726))
SECOND = 1_000_000_000
RECENT = (
    happening(WALL_NS - SECOND, "a/wan", LinkState.UP, LinkState.DOWN, Reason.SILENT_WITH_WITNESS),
    happening(WALL_NS, "a", SiteState.OK, SiteState.DARK, Reason.NONE, name="Điểm cầu UBND xã Khe Đá"),
    happening(WALL_NS, "wan", EgressState.OK, EgressState.DARK, Reason.NO_WITNESS),
)

WHY = [reason for reason in Reason if reason is not Reason.NONE]  # as many as can be


def drawn(told: StatusReport, width: int, height: int, look: Look) -> list[str]:
    """The screen as the lines a terminal of that size would hold."""
    console = Console(file=io.StringIO(), width=width, height=height)
    console.print(screen(told, RECENT, look, height))
    return console.file.getvalue().splitlines()


@settings(deadline=None)
@given(
    st.integers(60, 160),
    st.integers(24, 60),
    st.sampled_from([SMALL, WELL, NATIONAL]),
    st.sampled_from(Language),
)
def test_a_screen_never_exceeds_its_terminal(
    width: int, height: int, told: StatusReport, language: Language
) -> None:
    lines = drawn(told, width, height, Look(width, language))
    assert len(lines) <= height
    assert max(Text(line).cell_len for line in lines) <= width


@pytest.mark.parametrize("told", [SMALL, WELL, NATIONAL])
def test_80_by_24_shows_every_part(told: StatusReport) -> None:
    text = "\n".join(drawn(told, 80, 24, Look(80)))
    for part in (
        "bridgewatch",
        "Sites",
        "Carriers",
        "Links that need attention",
        "What happened",
        "Daemon",
        "Egress",
    ):
        assert part in text


def test_the_newest_change_is_last_and_says_why() -> None:
    lines = [line.plain for line in paper(SMALL, RECENT, Look(120))]
    at = lines.index("What happened")
    assert lines[at + 1].endswith("✖ a/wan down · no answer, while others on the same egress answer")
    assert "Điểm cầu UBND xã Khe Đá dark" in lines[at + 2]
    assert "Egress wan dark · nothing answers on this egress of the vantage" in lines[at + 3]


def test_a_pipe_cuts_no_names_and_leaves_no_blanks_at_line_ends() -> None:
    look = look_of(Console(file=io.StringIO(), width=80), Language.EN)
    long = replace(SMALL.troubles[0], link="song-may-rung-thong/internet")
    lines = [line.plain for line in paper(replace(SMALL, troubles=(long,)), RECENT, look)]
    assert any("song-may-rung-thong/internet ✖ down" in line for line in lines)
    assert all(line == line.rstrip() for line in lines)


def test_times_are_shown_in_the_zone_of_the_inventory() -> None:
    told = replace(SMALL, timezone="Asia/Ho_Chi_Minh")
    assert "21:13:20" in paper(told, RECENT, Look(80))[0].plain
    assert "14:13:20" in paper(replace(told, timezone="UTC"), RECENT, Look(80))[0].plain


def test_the_errors_of_a_failed_reload_stand_at_the_top() -> None:
    lines = [line.plain for line in paper(SMALL, RECENT, Look(80))]
    assert "CONFIGURATION FAILED TO LOAD" in lines[2]
    place = "    sites.d/gia-lai.yaml:3:9: sites[0].level:"
    assert lines[3] == f"{place} found 'xa', expected commune"
    vietnamese = [line.plain for line in paper(SMALL, RECENT, Look(80, language=Language.VI))]
    assert vietnamese[3] == f"{place} thấy 'xa', cần commune"
    assert not any("CONFIGURATION" in line.plain for line in paper(WELL, RECENT, Look(80)))


def test_every_link_in_trouble_is_on_paper_and_those_left_out_of_a_screen_are_counted() -> None:
    on_paper = "\n".join(line.plain for line in paper(SMALL, RECENT, Look(80)))
    assert all(one.link in on_paper for one in SMALL.troubles)
    lines = drawn(SMALL, 80, 24, Look(80))
    start = next(number for number, line in enumerate(lines) if line.startswith("Links that need"))
    end = next(number for number, line in enumerate(lines) if line.startswith("What happened"))
    shown = sum("/" in line for line in lines[start + 1 : end - 1])
    assert shown >= 3
    assert lines[end - 1].strip() == f"and {len(SMALL.troubles) - shown} more"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_screen_says_why_in_full_below_each_link(width: int, language: Language) -> None:
    look = Look(width, language)
    troubles = [replace(one, reason=why) for one, why in zip(SMALL.troubles, WHY, strict=False)]
    told = replace(SMALL, troubles=tuple(troubles), more=0)
    lines = [line.rstrip() for line in drawn(told, width, 100, look)]
    for one in troubles:
        at = next(number for number, line in enumerate(lines) if line.startswith(f"  {one.link} "))
        assert look.tell(one.state) in lines[at]
        assert one.carrier in lines[at] or width < 80
        below = " ".join(line.strip() for line in lines[at + 1 : at + 3])
        assert below.startswith(look.tell(one.reason))


def test_a_wide_screen_and_a_pipe_have_a_line_for_each_link() -> None:
    for lines in (
        drawn(SMALL, 160, 100, Look(160)),
        [line.plain for line in paper(SMALL, RECENT, Look(60, Language.VI))],
    ):
        rows = [line for line in lines if re.match(r"  \S+/(wan|internet) +\S", line)]
        assert len(rows) == len(SMALL.troubles)


@pytest.mark.parametrize("language", Language)
def test_on_a_terminal_all_of_it_fits_the_width(language: Language) -> None:
    lines = [line.plain for line in paper(SMALL, RECENT, Look(80, language), piped=False)]
    assert max(map(cell_len, lines)) <= 80
    assert {one.link for one in SMALL.troubles} <= {
        line.split()[0] for line in lines if line.startswith("  ")
    }


def test_carriers_share_a_line_where_rows_are_few() -> None:
    low, high = drawn(SMALL, 80, 24, Look(80)), drawn(SMALL, 80, 48, Look(80))
    assert "  VNPT ✖ 2/16 · Viettel ✖ 2/16 · FPT ✖ 2/16 · MobiFone ✖ 2/16 · CMC ✖ 2/16" in "\n".join(low)
    assert any(line.startswith("  VNPT  ") for line in high)


def test_figures_from_before_an_outage_are_not_shown_as_present() -> None:
    one = next(one for one in report(synthetic_snapshot(8)).troubles if one.state is LinkState.DEGRADED)
    told = replace(
        SMALL, troubles=(replace(one, state=LinkState.DOWN), replace(one, link="other/wan")), more=0
    )
    down, degraded = [
        line.plain for line in paper(told, RECENT, Look(80)) if "/wan " in line.plain or "net" in line.plain
    ][:2]
    assert "4 %" in degraded
    assert "%" not in down


def test_an_ascii_terminal_gets_ascii_symbols() -> None:
    look = Look(80, Language.VI, plain=True)
    text = "\n".join(line.plain for line in paper(SMALL, RECENT, look))
    assert text.isascii()
    assert "X Diem cau UBND xa Khe Da mat ket noi" in text


def test_a_pipe_gets_no_escape_codes() -> None:
    console = Console(file=io.StringIO(), width=80)
    for line in paper(SMALL, RECENT, Look(80)):
        console.print(line)
    assert "\x1b" not in console.file.getvalue()


def test_no_color_keeps_every_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=True)
    console.print(screen(SMALL, RECENT, Look(80), 24))
    codes = re.findall(r"\x1b\[([0-9;]*)m", console.file.getvalue())
    assert set(codes) <= {"0", "1"}  # bold is no colour
    assert "✖ down" in re.sub(r"\x1b\[[0-9;]*m", "", console.file.getvalue())


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_cell_has_exactly_its_width(text: str, width: int) -> None:
    text = "".join(letter for letter in text if letter.isprintable())
    assert cell(text, width).cell_len == width
    assert fit(Text(text), width).cell_len == width


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min 0 s"), (7_500, "2 h 5 min"), (90_000, "1 d 1 h"), (-3, "0 s")],
)
def test_durations_have_two_units(seconds: float, text: str) -> None:
    assert Look().duration(seconds) == text


def test_a_long_line_hangs_from_its_indent() -> None:
    lines = hanging(Text("    one two three four"), 14)
    assert [line.plain.rstrip() for line in lines] == ["    one two", "    three four"]
    assert [line.plain for line in hanging(Text("  short"), 14)] == ["  short"]


def watched(*scenes: tuple[StatusReport, tuple[Happening, ...]]) -> list[list[str]]:
    """What a plain watch prints at each of the scenes."""
    console = Console(file=io.StringIO(), width=80)
    printed: list[list[str]] = []
    with PlainWatch(console, Language.EN) as view:
        for told, recent in scenes:
            before = len(console.file.getvalue())
            view.shows(told, recent)
            printed.append(console.file.getvalue()[before:].splitlines())
    return printed


def test_a_plain_watch_says_each_change_once() -> None:
    first, same, then = watched((WELL, RECENT[:1]), (WELL, RECENT[:1]), (WELL, RECENT))
    assert "every link is up" in first[0]
    assert same == []
    assert len(then) == 2
    assert "Khe Đá" in then[0]


def test_a_plain_watch_says_when_the_verdict_changes() -> None:
    _, then = watched((WELL, ()), (SMALL, ()))
    assert "down" in then[0]
    assert "CONFIGURATION FAILED" in then[1]


def test_a_live_watch_gives_the_terminal_back() -> None:
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=True)
    with LiveWatch(console, Language.EN) as view:
        view.shows(SMALL, RECENT)
    text = console.file.getvalue()
    assert text.count("\x1b[?1049h") == text.count("\x1b[?1049l") == 1


@pytest.mark.parametrize("width", range(60, 220, 7))
def test_links_that_fall_together_are_named_as_far_as_there_is_room_and_two_of_them_always(
    width: int,
) -> None:
    links = [f"xa-{number}/wan" for number in range(9)]
    fallen = [
        happening(WALL_NS, link, LinkState.UP, LinkState.DOWN, Reason.SILENT_WITH_WITNESS) for link in links
    ]
    [group] = grouped(fallen)
    line = told_happening(group, Look(width)).plain
    shown = [link for link in links if link in line]
    assert shown == links[: len(shown)]
    assert len(shown) >= 2
    assert len(shown) == 2 or cell_len(line) <= width
    assert ("..." in line) == (len(shown) < len(links))
    if len(shown) < len(links):
        assert cell_len(line) + len(", xa-0/wan") > width
