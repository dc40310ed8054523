"""`who`, `roster` and `check` from the outside, on the sample configuration and on a broken copy of it."""

import json
import re
import shutil
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from rich.cells import cell_len
from typer.testing import CliRunner

from bridgewatch.cli.main import app
from bridgewatch.config.loader import load
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.ids import ContactId, EventId
from bridgewatch.views.calendar import orders_to_json
from tests.cli.daemon import serving

SAMPLE = Path(__file__).parents[2] / "config"
EVENT = "tiep-xuc-cu-tri-2026-12"
LINK = "gialai-iape/wan"
CONTACTS = load(SAMPLE).directory.contacts


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(autouse=True)
def _before_the_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands read the clock; the sample has dates."""
    now = datetime(2026, 11, 25, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    clock = SimpleNamespace(time_ns=lambda: round(now.timestamp()) * 10**9)
    monkeypatch.setattr("bridgewatch.cli.moments.time", clock)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The sample with VNPT's duty off from 09:00 to 10:00 on the day, and nobody for Viettel's rescue."""
    copy = tmp_path / "config"
    shutil.copytree(SAMPLE, copy)
    rosters = copy / "rosters.yaml"
    text = rosters.read_text(encoding="utf-8")
    text = text.replace("    rescue: {always: viettel-ung-cuu}\n", "")
    text = text.replace(
        "          to: 2026-12-15T14:00\n",
        "          to: 2026-12-15T09:00\n",
    ).replace("from: 07:00, to: 19:00, who: vnpt-truc-1", "from: 10:00, to: 19:00, who: vnpt-truc-1")
    rosters.write_text(text, encoding="utf-8")
    return copy


def test_who_tells_every_step_and_why() -> None:
    code, text, _ = run("who", LINK, "--event", EVENT, "--config", str(SAMPLE))
    assert code == 0
    assert "site dark" in text
    assert "policy live" in text
    assert "event Tiếp xúc cử tri" in text
    assert re.search(r"duty · VNPT \(vnpt-iape\) +goi-dien → \(tin-nhan\) +on duty  ", text)
    assert re.search(r"telegram → modem-sim\* +on duty, until \d\d:\d\d Tue 15 Dec", text), (
        "one is not watched"
    )
    assert "on duty now" not in text


def test_who_and_roster_name_the_number_to_call() -> None:
    _, who, _ = run("who", LINK, "--event", EVENT, "--config", str(SAMPLE))
    _, roster, _ = run("roster", "--config", str(SAMPLE), "--from", "2026-12-15T00:00", "--days", "1")
    phone = CONTACTS[ContactId("vnpt-iape")].phone
    assert phone
    assert phone in who
    assert phone in roster


def test_who_calls_the_catch_all_again_because_nobody_answered_and_not_because_nobody_was_found() -> None:
    for language, said, unsaid in (
        ("en", "nobody has answered", "nobody else was found"),
        ("vi", "chưa ai xác nhận", "không có ai khác để gọi"),
    ):
        _, text, _ = run("who", LINK, "--config", str(SAMPLE), "--language", language)
        again = text[text.index("↻") :]
        assert said in again
        assert unsaid not in text


def test_who_in_vietnamese() -> None:
    _, text, _ = run("who", LINK, "--config", str(SAMPLE), "--language", "vi", "--at", "2026-12-15T08:00")
    assert "trong ca trực" in text
    assert "trực · đơn vị vận hành (ttcntt)" in text
    assert "chính sách khi họp" in text


def test_who_as_json_is_what_the_table_says() -> None:
    code, text, _ = run("who", LINK, "--event", EVENT, "--config", str(SAMPLE), "--json")
    told = json.loads(text)
    assert code == 0
    assert (told["policy"], told["phase"], told["urgency"], told["hold"]) == ("live", "live", "dark", 5.0)
    assert told["at"] == "2026-12-15T08:00:00+07:00"
    first = told["steps"][0]["calls"][0]["people"][0]
    assert (first["contact"], first["roster"], first["why"]) == ("vnpt-iape", "vnpt-iape/duty", "on-duty")
    assert first["phone"] == CONTACTS[first["contact"]].phone
    assert first["channels"][0] == {"gateway": "goi-dien", "egress": "internet", "answers": ["voice"]}


def test_who_exits_1_where_a_step_finds_nobody_and_shows_it(broken: Path) -> None:
    link = "gialai-iape/internet"
    code, text, _ = run("who", link, "--at", "2026-12-15T08:00", "--config", str(broken))
    assert code == 1
    assert "!! NOBODY" in text
    assert "no roster has this role there" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gialai-iape/wam",), "did you mean gialai-iape/wan"),
        ((LINK, "--event", "tiep-xuc"), "no event"),
        (("gialai-uar/wan", "--event", EVENT), "takes no part"),
        ((LINK, "--at", "sometime"), "is no time such as"),
    ],
)
def test_who_says_what_it_does_not_know(arguments: tuple[str, ...], said: str) -> None:
    code, _, errors = run("who", *arguments, "--config", str(SAMPLE))
    assert code == 2
    assert said in " ".join(errors.replace("│", " ").split())


def test_roster_shows_the_days_and_who_stands_in() -> None:
    code, text, _ = run(
        "roster",
        "--config",
        str(SAMPLE),
        "--from",
        "2026-12-19T00:00",
        "--days",
        "2",
        "--roster",
        "vnpt-gialai",
    )
    assert code == 0
    assert "stands in" in text
    assert "vnpt-gialai/lead" in text
    assert "viettel" not in text


def test_a_gap_of_a_roster_stands_out_in_words(broken: Path) -> None:
    _, text, _ = run("roster", "--config", str(broken), "--from", "2026-12-15T00:00", "--days", "1")
    line = next(line for line in text.splitlines() if "NOBODY" in line)
    assert "09:00 Tue 15 Dec 2026" in line
    assert "10:00 Tue 15 Dec 2026" in line


def test_a_roster_beyond_its_office_hours_says_who_covers_it_and_cries_only_where_nobody_does(
    tmp_path: Path,
) -> None:
    copy = tmp_path / "config"
    shutil.copytree(SAMPLE, copy)
    rosters = copy / "rosters.yaml"
    text = rosters.read_text(encoding="utf-8").replace(
        "duty: {always: vnpt-iape}",
        "duty: {shifts: [{days: mon-fri, from: 07:00, to: 17:00, who: vnpt-iape}]}\n"
        "    rescue: {shifts: [{days: mon-fri, from: 07:00, to: 17:00, who: vnpt-iape}]}",
    )
    rosters.write_text(text.replace("    rescue: {always: vnpt-ung-cuu}", "    #"), encoding="utf-8")
    given = ["roster", "--config", str(copy), "--from", "2026-12-07T00:00", "--days", "1"]
    given += ["--roster", "vnpt-iape"]
    _, text, _ = run(*given)
    night, day, early, evening, *rescue = (line for line in text.splitlines() if " 2026 " in line)
    assert "covered by Trực kỹ thuật VNPT, ca 2 (vnpt-truc-2) of vnpt-gialai" in night
    assert "(vnpt-iape)" in day
    assert "(vnpt-truc-1) of vnpt-gialai" in early
    assert "(vnpt-truc-2) of vnpt-gialai" in evening
    assert sum("!! NOBODY" in line for line in rescue) == 2
    assert (
        "gọi Trực kỹ thuật VNPT, ca 2 (vnpt-truc-2) theo lịch vnpt-gialai"
        in run(*given, "--language", "vi")[1]
    )


def test_roster_of_one_contact() -> None:
    _, text, _ = run("roster", "--config", str(SAMPLE), "--contact", "ksor-ha", "--from", "2026-12-14T00:00")
    assert "ttcntt/duty" in text
    assert "vnpt" not in text
    code, _, errors = run("roster", "--config", str(SAMPLE), "--contact", "ksor")
    assert code == 2
    assert "no contact" in errors


def test_roster_as_a_calendar(tmp_path: Path) -> None:
    file = tmp_path / "truc.ics"
    code, text, _ = run("roster", "--config", str(SAMPLE), "--ics", str(file), "--contact", "vnpt-truc-1")
    events = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    assert len(events) >= 7
    assert (code, text) == (0, f"shifts written to {file}: {len(events)}\n")
    code, _, errors = run("roster", "--config", str(SAMPLE), "--ics", str(tmp_path / "no" / "x.ics"))
    assert code == 1
    assert "x.ics" in errors


def blocks(text: str, grade: str) -> list[str]:
    """What `check` says of gaps of that grade in duty: a line, and those that are indented below it."""
    return re.findall(rf"^{grade}: .*\n(?: {{4}}.*\n)+", text, re.MULTILINE)


def test_check_of_the_sample_finds_no_gap_and_says_so() -> None:
    code, text, errors = run("check", str(SAMPLE), "--strict")
    assert (code, errors) == (0, "")
    assert EVENT not in "\n".join(line for line in text.splitlines() if line.startswith("warning"))
    last = text.splitlines()[-1]
    assert last.startswith("No mistakes found (Sites: 40, conference services: 1; links: 82; events with ")
    assert "; events with somebody on duty throughout: 1; warnings: " in last
    assert "Không thấy sai sót (Điểm cầu: 40" in run("check", str(SAMPLE), "--language", "vi")[1]
    assert (
        run("check", str(SAMPLE / "watchdog"))[1].splitlines()[-1].startswith("No mistakes found (warnings: ")
    )


def test_check_prints_each_gap_once_and_exactly_and_exits_3(broken: Path) -> None:
    code, text, _ = run("check", str(broken))
    assert code == 3
    duty, rescue = blocks(text, "gap")
    assert duty.startswith(f"gap: {broken}/rosters.yaml:11:3: rosters.vnpt-gialai: duty of VNPT: nobody")
    assert EVENT in duty
    assert "    from 09:00 to 10:00 Tue 15 Dec 2026 (live)\n" in duty
    assert "    called in step 1; when a site seems to be without power, called in step 2\n" in duty
    assert "    from 07:00 to 12:30 Tue 15 Dec 2026 (check, live)\n" in rescue
    assert ": rescue of Viettel: no roster has this role there\n" in rescue
    assert "    called in step 3\n" in rescue
    assert text.splitlines()[-1] == "gaps between check and closed: 2"
    code, vietnamese, _ = run("check", str(broken), "--language", "vi")
    assert code == 3
    assert "thiếu trực: " in vietnamese
    assert "không có ai trực" in vietnamese


def test_check_names_every_site_of_a_gap_when_asked(broken: Path) -> None:
    few, every = (run("check", str(broken), *more)[1] for more in ((), ("--all",)))
    assert "more (--all)" in few
    assert "more (--all)" not in every
    [duty] = [one for one in blocks(every, "gap") if "duty of VNPT" in one]
    [sites] = re.findall(r"^    (\d+) sites: (.*)$", duty, re.MULTILINE)
    assert len(sites[1].split(", ")) == int(sites[0])


def test_gaps_before_the_check_are_warnings_of_their_phase_unless_it_is_strict(tmp_path: Path) -> None:
    copy = tmp_path / "config"
    shutil.copytree(SAMPLE, copy)
    rosters = copy / "rosters.yaml"
    whole = "        - {days: daily, from: 07:00, to: 19:00, who: vnpt-truc-1}\n"
    text = rosters.read_text(encoding="utf-8")
    assert whole in text
    parts = [whole.replace("19:00", "09:00"), whole.replace("07:00", "09:30")]
    rosters.write_text(text.replace(whole, "".join(parts)), encoding="utf-8")
    code, text, _ = run("check", str(copy))
    told = blocks(text, "warning")
    assert code == 0
    assert len(told) == 1
    for line in told:
        assert EVENT in line
        assert re.findall(r"from (\S+) to (\S+ \w+ \d+ Dec) 2026 \(([\w ]+)\)", line) == [
            ("09:00", "09:30 Tue 8 Dec", "rehearsal wave"),
            ("09:00", "09:30 Fri 11 Dec", "rehearsal wave"),
            ("09:00", "09:30 Mon 14 Dec", "freeze"),
        ]
    assert run("check", str(copy), "--strict")[0] == 3
    code, text, _ = run("readiness", EVENT, "--config", str(copy))
    assert code == 2  # no daemon answers; the roster would do
    assert all(line.strip() in text for one in told for line in one.splitlines()[1:])


def test_an_event_that_the_daemon_was_told_to_close_has_no_gap_any_more(broken: Path, tmp_path: Path) -> None:
    order = EventOrder(EventId(EVENT), load(broken).events[EventId(EVENT)].starts_ns, "An", close=True)
    pages = {"/config": str(broken), "/orders": orders_to_json([order])}
    with serving(tmp_path, pages):
        code, text, _ = run("check", str(broken), "--state", str(tmp_path))
        _, told, _ = run("who", LINK, "--at", "2026-12-15T09:00", "--state", str(tmp_path), "--json")
    assert code == 3
    (gap,) = blocks(text, "gap")
    assert "to 08:00 Tue 15 Dec 2026 (check)" in gap
    assert json.loads(told)["phase"] == "report"


def test_check_fails_for_own_staff_whom_only_monitored_egresses_reach(tmp_path: Path) -> None:
    copy = tmp_path / "config"
    shutil.copytree(SAMPLE, copy)
    contacts = copy / "contacts.yaml"
    text = contacts.read_text(encoding="utf-8").replace('      - {via: modem-sim, to: "0100000002"}\n', "")
    contacts.write_text(text, encoding="utf-8")
    code, _, errors = run("check", str(copy))
    assert code == 1
    assert "ksor-ha" in errors
    assert "egresses that are watched" in errors


@pytest.mark.parametrize("columns", [80, 100, 132])
@pytest.mark.parametrize("command", [("who", LINK, "--config"), ("calendar",)])
def test_what_is_piped_fits_the_columns_that_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for language in ("vi", "en"):
        _, text, _ = run(*command, str(SAMPLE), "--language", language)
        assert max(map(cell_len, text.splitlines())) <= columns


def test_no_id_is_broken_in_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, text, _ = run("who", LINK, "--config", str(SAMPLE), "--language", "vi")
    for name in ("(vnpt-lanh-dao)", "(lanh-dao-ttcntt)", "(vnpt-gialai)", "modem-sim*"):
        assert name in text
