"""What the calendar command says, in both languages, with and without colours, and from real files."""

import dataclasses
import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from bridgewatch.cli.main import app
from bridgewatch.config.loader import load
from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.model.calendar import Event, EventOrder
from bridgewatch.model.ids import EventId
from bridgewatch.model.paging import Phase
from bridgewatch.model.words import CarriedBy, Language, Level
from bridgewatch.texts import times
from bridgewatch.texts.calendar import calendar_words
from bridgewatch.texts.people import tell_people
from bridgewatch.texts.symbols import symbol
from bridgewatch.texts.times import zone_of
from bridgewatch.views.calendar import CalendarReport, calendar, orders_from_json, orders_to_json
from bridgewatch.views.terminal.calendar import calendar_lines
from bridgewatch.views.terminal.look import Look, spelt
from tests.calendar.events import DAY, EIGHT, HOUR, SITES, TEN, VILLAGE, close, event, extend, with_events
from tests.cli.daemon import serving

MIDNIGHT = EIGHT - 8 * HOUR
ZONE = zone_of("Asia/Ho_Chi_Minh")
NAME = event().name


def report(now_ns: int, *events: Event, days: int = 7, orders=()) -> CalendarReport:
    inventory = with_events(VILLAGE, *events)
    return calendar(
        inventory, Agenda(inventory, orders), now_ns, MIDNIGHT - 3 * DAY, MIDNIGHT + (days - 3) * DAY
    )


def text(
    shown: CalendarReport, *, language: Language = Language.EN, width: int = 120, plain: bool = False
) -> str:
    look = Look(width, language, plain=plain)
    return "\n".join(spelt(line, look).plain.rstrip() for line in calendar_lines(shown, look))


def test_a_report_says_what_holds_now_and_what_comes_next():
    shown = report(EIGHT, event(sites=SITES, contacts_due_ns=EIGHT - DAY))
    (entry,) = shown.entries
    assert entry.stage.phase is Phase.LIVE
    assert (entry.stage.starts_ns, entry.stage.ends_ns) == (EIGHT, TEN + HOUR)
    assert [stage.phase for stage in entry.stages] == [
        Phase.PLANNED,
        Phase.WAVE,
        Phase.PLANNED,
        Phase.FREEZE,
        Phase.CHECK,
        Phase.LIVE,
        Phase.REPORT,
        Phase.NONE,
    ]
    assert entry.rooms == {Level.PROVINCE: 1, Level.COMMUNE: 5}
    assert sum(entry.links.values()) == len(VILLAGE.links) == 12
    assert (shown.change_ns, shown.changes) == (TEN + HOUR, (("hoi-nghi", Phase.REPORT),))
    assert shown.probes_per_second == pytest.approx(16 * 10)
    assert shown.probes_after == pytest.approx(16)


def test_orders_move_what_is_shown():
    shown = report(EIGHT + HOUR, event(), orders=[extend(EIGHT + 1, TEN + HOUR)])
    assert shown.change_ns == TEN + 2 * HOUR


@pytest.mark.parametrize(
    ("orders", "now_ns", "vietnamese", "english"),
    [
        ([], EIGHT, "đến khi đóng, muộn nhất 11:00", "live until closed, at the latest until 11:00"),
        ([], TEN + 2 * HOUR, "đã kết thúc 11:00, không ai đóng", "over since 11:00, closed by nobody"),
        ([close(EIGHT + HOUR)], EIGHT + 2 * HOUR, "An đã đóng 09:00", "closed 09:00 by An"),
        (
            [extend(EIGHT + 1, TEN + HOUR)],
            EIGHT + HOUR,
            "An đã kéo dài đến 11:00 · tính là đang họp đến khi đóng, muộn nhất 12:00",
            "extended to 11:00 by An · live until closed, at the latest until 12:00",
        ),
    ],
)
def test_who_closed_or_extended_an_event_is_told_with_its_time(orders, now_ns, vietnamese, english):
    shown = report(now_ns, event(), orders=orders)
    assert vietnamese in text(shown, language=Language.VI)
    assert english in text(shown)
    assert ("muộn nhất" in vietnamese) is ("muộn nhất" in text(shown, language=Language.VI))
    assert orders == [] or shown.entries[0].order == orders[-1]


def test_people_read_names_and_words_and_no_ids_but_the_one_that_commands_want():
    shown = text(report(EIGHT, event(sites=SITES)), language=Language.VI)
    assert [line.strip() for line in shown.splitlines() if "hoi-nghi " in f"{line} ".replace(NAME, "")] == [
        line.strip() for line in shown.splitlines() if line.startswith(f"{NAME}  hoi-nghi  ")
    ]
    assert "chính sách khi họp" in shown


def test_events_that_are_over_before_the_days_shown_are_left_out_and_cancelled_ones_are_named():
    old = event("old", starts_ns=EIGHT - 60 * DAY, ends_ns=TEN - 60 * DAY, waves=())
    gone = event("gone", cancelled=True)
    far = event("far", starts_ns=EIGHT + 300 * DAY, ends_ns=TEN + 300 * DAY, waves=())
    shown = report(EIGHT, far, old, gone)
    assert [entry.event.id for entry in shown.entries] == ["gone", "far"]
    assert "CANCELLED" in text(shown)
    assert "ĐÃ HỦY" in text(shown, language=Language.VI)


def test_the_picture_shows_each_phase_by_its_own_sign_at_its_own_time():
    shown = text(report(EIGHT, event(sites=SITES)), width=len(NAME) + 4 + 7 * 24)
    bar = next(line for line in shown.splitlines() if line.startswith(f"  {NAME} "))[len(NAME) + 3 :]
    assert bar[:56] == "·" * 32 + "≈" + "·" * 23, "one column is one hour"
    signs = [symbol(stage, plain=False) for stage in (Phase.FREEZE, Phase.CHECK, Phase.LIVE, Phase.REPORT)]
    assert bar[56:79] == signs[0] * 23
    assert bar[79:] == signs[1] + signs[2] * 3 + signs[3] * (7 * 24 - 83)


def test_the_present_is_marked_under_the_bars_and_among_the_phases():
    lines = text(report(EIGHT, event(sites=SITES)), width=len(NAME) + 4 + 7 * 24).splitlines()
    (mark,) = [line for line in lines if line.strip() == "▲"]
    assert mark.index("▲") == len(NAME) + 3 + 80
    (present,) = [line for line in lines if line.startswith("  > ")]
    assert "live" in present
    assert "10/s" in present
    assert "policy live" in present


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_bar_is_wider_than_the_terminal_and_days_stand_over_their_hours(language, width):
    lines = text(
        report(EIGHT, event(sites=SITES, carried_by=CarriedBy.WAN)), language=language, width=width
    ).splitlines()
    scale = next(line for line in lines if "│" in line)
    bar = next(line for line in lines if line.startswith(f"  {NAME} "))
    assert cell_len(scale) <= width
    assert cell_len(bar) <= width
    days = [datetime.fromtimestamp((MIDNIGHT - 3 * DAY) / 1e9, ZONE) + timedelta(days=n) for n in range(7)]
    shown = [label for label in (times.day(one, language) for one in days) if f"│{label}" in scale]
    assert len(shown) >= 3


def test_a_plain_terminal_gets_ascii_alone():
    shown = text(report(EIGHT, event(sites=SITES)), language=Language.VI, plain=True)
    assert shown.isascii()
    assert "+##__" in shown.replace(" ", "")


def test_more_probes_than_the_bound_are_said():
    inventory = with_events(VILLAGE, event(sites=SITES))
    inventory = replace(inventory, limits=replace(inventory.limits, sends_per_second=100))
    shown = calendar(inventory, Agenda(inventory), EIGHT, MIDNIGHT, MIDNIGHT + DAY)
    assert "more than the bound of 100 probes/s" in text(shown)


def test_without_events_it_says_so():
    shown = text(report(EIGHT))
    assert "No event in these days." in shown
    assert "Nothing changes any more." in shown


@pytest.mark.parametrize("plain", [True, False])
def test_phases_differ_in_shape_and_take_one_column(*, plain):
    shapes = [symbol(phase, plain=plain) for phase in Phase]
    assert len(set(shapes)) == len(shapes)
    assert all(cell_len(shape) == 1 for shape in shapes)
    assert all(shape.isascii() for shape in shapes) or not plain


def test_both_languages_have_all_words_and_fill_in_the_same_things():
    vi, en = (dataclasses.asdict(calendar_words(language)) for language in Language)
    for key in vi:
        assert vi[key], key
        assert _braces(vi[key]) == _braces(en[key]), key
        assert unicodedata.is_normalized("NFC", vi[key])


def _braces(words: str) -> set[str]:
    return {part.split("}")[0] for part in words.split("{")[1:]}


# From files


SITES_YAML = """\
sites:
  - id: tinh
    name: Điểm cầu UBND tỉnh
    level: province
    links: {wan: {carrier: vnpt, target: 192.0.2.1}}
  - id: xa
    name: Điểm cầu UBND xã
    level: commune
    parent: tinh
    carried_by: internet
    links:
      wan: {carrier: vnpt, target: 192.0.2.2}
      internet: {carrier: viettel, target: 192.0.2.3}
"""
EVENTS_YAML = """\
events:
  tiep-xuc-cu-tri:
    name: Hội nghị tiếp xúc cử tri
    sites: all
    starts: 2026-11-27T08:00
    ends: 2026-11-27T11:30
    carried_by: wan
    contacts_due: 2026-11-20T17:00
    waves:
      dot-1: {name: Đợt 1, starts: 2026-11-25T08:00, ends: 2026-11-25T11:00}
    phases:
      live: {interval: 20ms, profile: voice}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in (("sites.d", SITES_YAML), ("events.d", EVENTS_YAML)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "all.yaml").write_text(content, encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["calendar", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_events_of_real_files_rule_their_sites(folder):
    inventory = load(folder)
    agenda = Agenda(inventory)
    at = round(datetime(2026, 11, 27, 1, 0, tzinfo=UTC).timestamp()) * 10**9
    (tinh, xa) = (agenda.ruling(site, at) for site in inventory.sites)
    assert tinh == xa
    assert (xa.phase, xa.interval, xa.profile, xa.carried_by) == (Phase.LIVE, 0.02, "voice", CarriedBy.WAN)
    assert inventory.directory.policies[xa.policy].hold
    assert agenda.ruling(next(iter(inventory.sites)), at - 1).phase is Phase.CHECK


def test_the_command_shows_the_calendar_of_real_files(folder):
    code, shown, _ = run(folder, "--at", "2026-11-27T09:00", "--days", "3", "--language", "vi")
    assert code == 0
    assert "Hội nghị tiếp xúc cử tri" in shown
    assert tell_people(Phase.LIVE, Language.VI) in shown
    assert "50 gói/s" in shown
    assert "09:00 Th 6 27/11/2026" in shown
    assert "Đợt 1" in shown


def test_the_command_prints_json_with_local_times(folder):
    code, shown, _ = run(folder, "--at", "2026-11-27T02:00Z", "--json")
    values = json.loads(shown)
    assert code == 0
    assert values["now"] == "2026-11-27T09:00:00+07:00"
    assert values["next_change"] == "2026-11-27T12:30:00+07:00"
    assert values["changes"] == {"tiep-xuc-cu-tri": "report"}
    (told,) = values["events"]
    assert told["now"]["phase"] == "live"
    assert told["now"]["interval"] == 0.02
    assert told["contacts_due"] == "2026-11-20T17:00:00+07:00"
    assert told["rooms"] == {"province": 1, "commune": 1}
    assert told["links"] == {"vnpt": 2, "viettel": 1}
    assert [stage["waves"] for stage in told["stages"] if stage["phase"] == "wave"] == [["Đợt 1"]]


def test_a_time_that_is_none_is_refused_with_an_example(folder):
    code, _, said = run(folder, "--at", "sáng mai")
    assert code == 2
    assert "2026-11-25T08:00" in said


def test_mistakes_in_the_files_are_told_with_their_places(folder):
    (folder / "events.d" / "all.yaml").write_text(
        EVENTS_YAML.replace("sites: all", "sites: [gone]"), encoding="utf-8"
    )
    code, _, said = run(folder)
    assert code == 1
    assert "events.d/all.yaml:4" in said


def test_orders_that_the_daemon_was_given_are_taken_in(folder):
    closed_ns = round(datetime(2026, 11, 27, 2, 0, tzinfo=UTC).timestamp()) * 10**9
    order = EventOrder(EventId("tiep-xuc-cu-tri"), closed_ns, "An", close=True)
    (folder / "state").mkdir()
    with serving(folder / "state", {"/config": str(folder), "/orders": orders_to_json([order])}):
        code, shown, said = run("--at", "2026-11-27T09:00", "--json", "--state", folder / "state")
    assert (code, said) == (0, "")
    (told,) = json.loads(shown)["events"]
    assert told["now"]["phase"] == "report"
    assert told["order"] == {"at": "2026-11-27T09:00:00+07:00", "by": "An", "close": True, "ends": None}


def test_without_the_daemon_that_was_asked_for_events_are_shown_as_planned_and_that_is_said(folder):
    code, shown, said = run(folder, "--at", "2026-11-27T09:00", "--json", "--state", folder)
    assert code == 0
    assert json.loads(shown)["events"][0]["now"]["phase"] == "live"
    assert "events are shown as planned" in said


def test_orders_survive_the_way_over_the_socket_and_nothing_else_is_taken_for_one():
    orders = (extend(EIGHT, TEN), EventOrder(EventId("x"), 1, "An", close=True))
    assert orders_from_json(json.loads(json.dumps(orders_to_json(orders)))) == orders
    for strange in ({}, [{"event": "x"}], "x", None):
        with pytest.raises(ValueError, match="not a list of orders"):
            orders_from_json(strange)
