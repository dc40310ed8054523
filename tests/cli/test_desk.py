"""The NOC's commands from the outside: what they do, what they print, how they end."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from bridgewatch.model.commands import (
    Acknowledge,
    AskHelp,
    Decline,
    LiftSilence,
    OrderEvent,
    Resolve,
    SetSilence,
)
from bridgewatch.model.desk import Stage
from bridgewatch.model.ids import CarrierId, EventId, IncidentId, SilenceId, SiteId
from bridgewatch.model.paging import AckWay, FaultKind, PastIncident
from bridgewatch.model.words import Language
from bridgewatch.texts.desk import desk_words
from tests.answers.desk import AN, NOW_NS, ONE, THREE, TWO
from tests.api.test_tale import STORY
from tests.cli.daemon import ME, bridgewatch, daemon

HOUR_NS = 3600 * 10**9
WIDEST = 120  # columns of a pipe


def test_incidents_are_listed_with_who_has_them(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        told = replace(desk.standings[TWO].told, taken_by="Trần Thị Bình", links_total=7, dark=("A", "B"))
        desk.standings[TWO] = replace(desk.standings[TWO], told=told, stage=Stage.TAKEN)
        code, text, _ = bridgewatch(tmp_path, "incidents")
    assert code == 0
    for words in ("Open incidents: 3", "K7P", "calling", "08:38:00", "7 min 0 s", "Ia Pê", "nobody yet"):
        assert words in text
    assert "called: Nguyễn Văn An (+84901000001)" in text
    for words in ("Trần Thị Bình", "taken", "7 links", "2 sites dark", "step 2 at 08:46:00"):
        assert words in text


def test_the_table_is_vietnamese_on_demand_and_fits_what_it_is_printed_on(tmp_path: Path) -> None:
    with daemon(tmp_path):
        code, text, _ = bridgewatch(tmp_path, "incidents", "--language", "vi")
    assert code == 0
    assert "Sự cố đang mở: 3" in text
    assert "đang gọi" in text
    assert "đường truyền mất kết nối" in text
    assert max(map(len, text.splitlines())) <= WIDEST


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_what_is_piped_fits_the_columns_that_are_asked_for(tmp_path: Path, columns: int) -> None:
    with daemon(tmp_path) as desk:
        desk.stories[ONE] = STORY
        for command in (("incidents",), ("explain", "K7P")):
            for language in Language:
                _, text, _ = bridgewatch(tmp_path, *command, "--language", language, COLUMNS=str(columns))
                assert columns // 2 < max(map(cell_len, text.splitlines())) <= columns


def test_nothing_open_is_said_in_one_line(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        for incident in (ONE, TWO, THREE):
            desk.over(incident)
        assert bridgewatch(tmp_path, "incidents")[1] == "No incident is open.\n"
        assert "over" in bridgewatch(tmp_path, "incidents", "--all")[1]


def past(number: int, days_ago: int, **more: str | int | None) -> PastIncident:
    began_ns = NOW_NS - days_ago * 24 * HOUR_NS
    whole = PastIncident(
        id=IncidentId(f"i{number}"),
        code=f"C{number}",
        kind=FaultKind.LINK,
        subject=f"xa-{number}/wan",
        began_ns=began_ns,
        opened_ns=began_ns,
        recovered_ns=began_ns + HOUR_NS,
        closed_ns=began_ns + HOUR_NS,
        folded_into=None,
    )
    return replace(whole, **more)


def test_incidents_of_a_time_are_listed_however_long_they_are_over(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        desk.log = [past(number, 10 * number) for number in range(1, 6)]
        code, text, _ = bridgewatch(tmp_path, "incidents", "--since", "2026-10-20", "--until", "2026-11-10")
        listed = bridgewatch(
            tmp_path, "incidents", "--since", "2026-10-20", "--until", "2026-11-10", "--json"
        )
        none = bridgewatch(tmp_path, "incidents", "--until", "2026-01-01")
    assert code == 0
    assert re.findall(r"^C\d", text, re.MULTILINE) == ["C2", "C3"]
    assert "Incidents from 00:00 Tue 20 Oct 2026 to 00:00 Tue 10 Nov 2026: 2" in text
    assert "xa-2/wan" in text
    assert "(1 h 0 min)" in text
    assert [one["id"] for one in json.loads(listed[1])["incidents"]] == ["i2", "i3"]
    assert none[:2] == (0, "There was no incident before 00:00 Thu 1 Jan 2026.\n")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--since", "08:50"], "Incidents since 08:50 Tue 24 Nov 2026: 1"),
        (["--since", "07:00"], "There was no incident since 07:00 Wed 25 Nov 2026."),
        (
            ["--since", "22:00", "--until", "07:00"],
            "There was no incident from 22:00 Tue 24 Nov 2026 to 07:00 Wed 25 Nov 2026.",
        ),
        (
            ["--since", "22/11/2026", "--until", "24/11/2026"],
            "Incidents from 00:00 Sun 22 Nov 2026 to 00:00 Tue 24 Nov",
        ),
        (
            ["--since", "2026-11-20", "--until", "08:00"],
            "Incidents from 00:00 Fri 20 Nov 2026 to 08:00 Wed 25 Nov",
        ),
        (
            ["--since", "08:00", "--until", "11:30"],
            "no incident from 08:00 Wed 25 Nov 2026 to 11:30 Wed 25 Nov",
        ),
        (["--until", "11:30", "--language", "vi"], "Sự cố trước 11:30 Th 3 24/11/2026: 2"),
    ],
)
def test_the_time_that_is_listed_is_named_as_it_was_read(tmp_path: Path, asked: list[str], told: str) -> None:
    with daemon(tmp_path) as desk:  # at 08:45 of the 25th
        desk.log = [past(1, 1), past(2, 2)]
        assert told in " ".join(bridgewatch(tmp_path, "incidents", *asked, COLUMNS="120")[1].split())


def test_what_explains_a_past_incident_is_named_by_its_code(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        roots = (IncidentId("i8"), ONE, IncidentId("i9"))  # in the list, on the desk, and forgotten
        children = [past(number, number, folded_into=root) for number, root in enumerate(roots, 1)]
        desk.log = [*children, past(8, 8)]
        lines = bridgewatch(tmp_path, "incidents", "--since", "2026-11-01")[1].splitlines()[1:4]
        told = json.loads(bridgewatch(tmp_path, "incidents", "--since", "2026-11-01", "--json")[1])
    for line, root in zip(lines, ("C8", "K7P", "i9"), strict=True):
        assert f"into incident {root}" in line
    assert [(one["into"], one["into_code"]) for one in told["incidents"]] == [
        ("i8", "C8"),
        ("i1", "K7P"),
        ("i9", None),
        (None, None),
    ]


def test_of_a_muted_incident_is_told_until_when_by_whom_and_by_which_silence(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        desk.stories[ONE] = STORY
        bridgewatch(tmp_path, "silence", "add", "--link", "gialai-iape/wan", "--for", "2h", "--note", "x")
        muted = {"stage": Stage.MUTED, "silence": SilenceId("s1")}
        desk.standings[ONE] = replace(desk.standings[ONE], **muted)
        for command in (["incidents"], ["explain", "K7P"]):
            text = " ".join(bridgewatch(tmp_path, *command)[1].split())
            assert text.count(f"silenced until 10:45 25 Nov by {ME} (silence s1)") == 1
        desk.silence.clear()  # it ended between the two answers
        assert bridgewatch(tmp_path, "incidents")[0] == 0


def test_more_incidents_than_are_asked_for_are_paged_by_the_time_that_is_told(tmp_path: Path) -> None:
    seen, until = [], ["--until", "2026-11-25T08:45"]
    with daemon(tmp_path) as desk:
        desk.log = [past(number, number) for number in range(1, 8)]
        twin = desk.log[2].began_ns + 5_000  # in the same millisecond as the third, across the end of a page
        desk.log[3] = replace(desk.log[3], began_ns=twin - 2_000)
        desk.log[2] = replace(desk.log[2], began_ns=twin)
        for _ in range(5):
            _, text, _ = bridgewatch(tmp_path, "incidents", *until, "--most", "3")
            seen += re.findall(r"^C\d", text, re.MULTILINE)
            until = re.findall(r"--until \S+", text)
            if not until:
                break
            until = until[0].split()
    assert seen == [f"C{number}" for number in range(1, 8)]


def test_what_became_of_a_past_incident_is_told(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        folded = past(2, 2, folded_into=IncidentId("i9"))
        desk.log = [past(1, 1, opened_ns=None), folded, past(3, 3, recovered_ns=None, closed_ns=None)]
        quiet, under, lasting = bridgewatch(tmp_path, "incidents", "--since", "2026-11-01")[1].splitlines()[
            1:
        ]
    assert "nobody was paged" in quiet
    assert "i9" in under
    assert "not over" in lasting


def test_a_past_incident_is_called_as_people_call_its_subject_today(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        link = next(iter(desk.inventory.links.values()))
        desk.log = [past(1, 1, subject=link.id), past(2, 2, subject="gone/wan")]
        text = bridgewatch(tmp_path, "incidents", "--since", "2026-11-01")[1]
        told = json.loads(bridgewatch(tmp_path, "incidents", "--since", "2026-11-01", "--json")[1])
    name = desk.inventory.sites[link.site].name
    assert name in text
    assert link.id in text
    assert text.count("gone/wan") == 1
    assert [(one["subject"], one["name"]) for one in told["incidents"]] == [
        (link.id, name),
        ("gone/wan", "gone/wan"),
    ]


@pytest.mark.parametrize("option", ["--since", "--until"])
def test_a_time_that_is_none_is_refused_with_examples(tmp_path: Path, option: str) -> None:
    with daemon(tmp_path):
        code, _, errors = bridgewatch(tmp_path, "incidents", option, "gestern")
    assert code == 1
    assert "'gestern' is no time such as" in errors


def test_json_is_the_answer_of_the_daemon(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        desk.stories[ONE] = STORY
        listed = json.loads(bridgewatch(tmp_path, "incidents", "--json")[1])
        assert [incident["code"] for incident in listed["incidents"]] == ["K7P", "M2Q", "X9T"]
        told = json.loads(bridgewatch(tmp_path, "explain", "K7P", "--json")[1])
        assert len(told["lines"]) == len(STORY)
        assert json.loads(bridgewatch(tmp_path, "silence", "list", "--json")[1])["silences"] == []
        assert json.loads(bridgewatch(tmp_path, "ack", "K7P", "--json")[1])["changed"]
        code, text, errors = bridgewatch(tmp_path, "ack", "K7P", "--json")
        assert (code, json.loads(text)["code"]) == (1, "already-taken")
        assert errors.startswith("bridgewatch ack: ")


def test_the_desk_takes_an_incident_itself_or_for_somebody_who_phoned(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        assert bridgewatch(tmp_path, "ack", "k7p") == (0, f"K7P: {ME} has it.\n", "")
        code, text, _ = bridgewatch(
            tmp_path, "ack", "i2", "--for", "binh", "--via", "phone", "--by", "Chị Hoa", "--language", "vi"
        )
        assert code == 0
        assert "nhận xử lý" in text
        mine, hers = desk.commands
        assert mine == Acknowledge(actor=ME, incidents=(ONE,), way=AckWay.DESK)
        assert isinstance(hers, Acknowledge)
        assert (hers.actor, hers.way, hers.contact) == (f"Chị Hoa ({ME})", AckWay.PHONE, "binh")


def test_who_had_it_and_declines_is_told_that_nobody_has_it_now(tmp_path: Path) -> None:
    said = "K7P: an is not called again. Nobody has it now, the next step is being called.\n"
    with daemon(tmp_path):
        assert bridgewatch(tmp_path, "ack", "K7P", "--for", "an")[0] == 0
        assert bridgewatch(tmp_path, "decline", "K7P", "--for", "an")[1] == said
        assert bridgewatch(tmp_path, "decline", "M2Q", "--for", "an")[1] == "M2Q: an is not called again.\n"


@pytest.mark.parametrize("command", ["ack", "help"])
def test_root_is_asked_whose_answer_it_is_and_told_what_to_type(tmp_path: Path, command: str) -> None:
    with daemon(tmp_path, user="root") as desk:
        code, _, errors = bridgewatch(tmp_path, command, "K7P")
        assert (code, desk.commands) == (1, [])
        assert "--for CONTACT (called were an)" in errors
        assert "--by NAME" in errors
        code, _, errors = bridgewatch(tmp_path, command, "K7P", "--language", "vi")
        assert (code, desk.commands) == (1, [])
        assert "--for ĐẦU_MỐI (đã gọi: an)" in errors
        assert bridgewatch(tmp_path, command, "K7P", "--for", "an")[0] == 0
        assert bridgewatch(tmp_path, command, "M2Q", "--by", "Hoa")[0] == 0
        assert bridgewatch(tmp_path, command, "M2Q", SUDO_USER="hoa")[2].count("--for") == 0
        assert [one.actor for one in desk.commands[:2]] == ["root", "Hoa (root)"]


def test_root_says_who_closes_an_incident(tmp_path: Path) -> None:
    with daemon(tmp_path, user="root") as desk:
        code, _, errors = bridgewatch(tmp_path, "resolve", "K7P")
        assert (code, desk.commands) == (1, [])
        assert "--by NAME" in errors
        assert bridgewatch(tmp_path, "resolve", "K7P", "--by", "Hoa")[0] == 0
        assert [one.actor for one in desk.commands] == ["Hoa (root)"]


def test_who_answers_and_was_not_called_is_taken_at_their_word_and_that_is_said(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        code, text, _ = bridgewatch(tmp_path, "ack", "K7P", "--for", "binh")
        assert (code, len(desk.commands)) == (0, 1)
        assert text.splitlines()[1] == "K7P: Trần Thị Bình was not called for it; noted all the same."
        assert "not called" not in bridgewatch(tmp_path, "ack", "M2Q", "--for", "an")[1]


def test_whoever_became_another_user_is_named_all_the_same(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        bridgewatch(tmp_path, "ack", "K7P", SUDO_USER="hoa")
        assert desk.commands[0].actor == f"hoa ({ME})"


def test_what_somebody_has_is_refused_and_named(tmp_path: Path) -> None:
    with daemon(tmp_path):
        bridgewatch(tmp_path, "ack", "K7P", "--by", "Hoa")
        code, text, errors = bridgewatch(tmp_path, "ack", "K7P", "--by", "Lan")
    assert (code, text) == (1, "")
    assert errors == f"bridgewatch ack: K7P: somebody has it already (Hoa ({ME}))\n"


def test_several_incidents_in_one_command(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        assert bridgewatch(tmp_path, "ack", "K7P", "M2Q")[0] == 0
        assert desk.takers() == {ONE: ME, TWO: ME, THREE: None}


def test_help_decline_and_resolve(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        assert bridgewatch(tmp_path, "help", "K7P")[1] == "K7P: the next step is being called.\n"
        assert bridgewatch(tmp_path, "decline", "K7P", "--for", "an")[1] == "K7P: an is not called again.\n"
        assert bridgewatch(tmp_path, "resolve", "K7P", "--note", "đo nhầm")[1] == "K7P: closed.\n"
        assert [type(command) for command in desk.commands] == [AskHelp, Decline, Resolve]
        assert desk.commands[2] == Resolve(actor=ME, incidents=(ONE,), note="đo nhầm")
        code, _, errors = bridgewatch(tmp_path, "decline", "M2Q")
        assert code == 2
        assert "--for" in errors
        assert bridgewatch(tmp_path, "decline", "X9T", "--for", str(AN))[0] == 1


def test_silences_end_and_can_be_seen_and_lifted(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        code, text, _ = bridgewatch(
            tmp_path, "silence", "add", "--link", "gialai-iape/wan", "--for", "2h", "--note", "kéo cáp"
        )
        assert code == 0
        assert text.splitlines() == [
            "Silence s1 is set and holds now.",
            "Covers: gialai-iape/wan",
            "From 08:45 Wed 25 Nov 2026 to 10:45 Wed 25 Nov 2026 (2 h 0 min)",
        ]
        (command,) = desk.commands
        assert isinstance(command, SetSilence)
        assert (command.starts_ns, command.ends_ns) == (NOW_NS, NOW_NS + 2 * HOUR_NS)
        code, text, _ = bridgewatch(tmp_path, "silence", "list")
        for words in ("Silences: 1", "s1", "gialai-iape/wan", "08:45 25 Nov - 10:45 25 Nov", "kéo cáp", ME):
            assert words in text
        assert bridgewatch(tmp_path, "silence", "lift", "s1")[1] == "Silence s1 is lifted.\n"
        assert isinstance(desk.commands[-1], LiftSilence)
        assert bridgewatch(tmp_path, "silence", "list")[1] == "There is no silence.\n"


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (
            ["--from", "02:00", "--to", "04:00"],
            (
                "it does not hold yet. Covers: {name} "
                "From 02:00 Thu 26 Nov 2026 to 04:00 Thu 26 Nov 2026 (2 h 0 min)"
            ),
        ),
        (
            ["--from", "02:00", "--to", "01:00"],
            (
                "it does not hold yet. Covers: {name} "
                "From 02:00 Thu 26 Nov 2026 to 01:00 Fri 27 Nov 2026 (23 h 0 min)"
            ),
        ),
        (
            ["--from", "08:42", "--to", "09:30"],
            "holds now. Covers: {name} From 08:42 Wed 25 Nov 2026 to 09:30 Wed 25 Nov 2026 (48 min 0 s)",
        ),
        (
            ["--to", "02:00", "--language", "vi"],
            (
                "có hiệu lực ngay. Phạm vi: {name} "
                "Từ 08:45 Th 4 25/11/2026 đến 02:00 Th 5 26/11/2026 (17 giờ 15 phút)"
            ),
        ),
    ],
)
def test_the_times_of_planned_work_are_the_next_ones_and_are_told(
    tmp_path: Path, times: list[str], told: str
) -> None:
    with daemon(tmp_path) as desk:  # at 08:45
        site = next(iter(desk.inventory.sites.values()))
        code, text, _ = bridgewatch(tmp_path, "silence", "add", "--site", site.id, *times, "--note", "x")
    assert code == 0
    assert told.format(name=site.name) in " ".join(text.split())


@pytest.mark.parametrize("columns", [40, 60, 80])
@pytest.mark.parametrize("language", Language)
def test_the_id_of_a_silence_is_whole_at_any_width(tmp_path: Path, columns: int, language: Language) -> None:
    names = ["s1htv8k2q4zt", "s1htv8k2q4zw"]
    with daemon(tmp_path) as desk:
        bridgewatch(
            tmp_path, "silence", "add", "--link", "gialai-iape/wan", "--for", "2h", "--note", "kéo cáp"
        )
        one = desk.silence.pop(SilenceId("s1"))
        desk.silence = {SilenceId(name): replace(one, silence=SilenceId(name)) for name in names}
        _, text, _ = bridgewatch(tmp_path, "silence", "list", "--language", language, COLUMNS=str(columns))
    assert re.findall(r"s1\w+", text) == names
    assert "…" not in text
    assert max(map(cell_len, text.splitlines())) <= columns
    for words in ("gialai-iape/wan", "08:45", "10:45", ME):
        assert words in text


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--link", "a/wan", "--note", "x"], "a silence without an end is forgotten"),
        (["--for", "2h", "--note", "x"], "name one of link, site, carrier and area"),
        (["--link", "a/wan", "--for", "soon", "--note", "x"], "'soon' is no duration"),
        (
            ["--link", "a/wan", "--from", "10:00", "--to", "2026-11-25 09:00", "--note", "x"],
            (
                "it must end after it begins, and in the future "
                "(read as: from 10:00 Wed 25 Nov 2026 to 09:00 Wed 25 Nov 2026)"
            ),
        ),
        (
            ["--area", "gialai-ubnd", "--for", "2h", "--note", "x"],
            (
                "it covers a live event; only with --force "
                "(read as: from 08:45 Wed 25 Nov 2026 to 10:45 Wed 25 Nov 2026)"
            ),
        ),
    ],
)
def test_a_silence_that_cannot_be_is_refused_with_the_reason(
    tmp_path: Path, options: list[str], says: str
) -> None:
    with daemon(tmp_path) as desk:
        code, _, errors = bridgewatch(tmp_path, "silence", "add", *options)
        assert code == 1
        assert says in errors
        assert desk.silence == {}


def test_a_carrier_in_an_area_over_a_live_event_by_force(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        code, text, _ = bridgewatch(
            tmp_path,
            *("silence", "add", "--carrier", "vnpt", "--area", "gialai-ubnd", "--for", "30m"),
            *("--note", "x", "--force"),
        )
        assert code == 0
        assert "Covers: VNPT, gialai-ubnd and all below it\n" in text
        (command,) = desk.commands
        assert isinstance(command, SetSilence)
        assert (command.carrier, command.area, command.forced) == (
            CarrierId("vnpt"),
            SiteId("gialai-ubnd"),
            True,
        )


def test_events_are_closed_and_extended(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        code, text, _ = bridgewatch(tmp_path, "event", "extend", "tiep-xuc-cu-tri", "--to", "11:30")
        assert (code, text) == (0, "Event tiep-xuc-cu-tri: it goes on until 11:30 Wed 25 Nov 2026.\n")
        code, text, errors = bridgewatch(tmp_path, "event", "extend", "tiep-xuc-cu-tri", "--to", "09:15")
        assert (code, text) == (1, "")
        assert "that is no extension: the event goes on until 09:45 Wed 25 Nov 2026 as it is" in errors
        desk.commands.pop()
        assert bridgewatch(tmp_path, "event", "close", "tiep-xuc-cu-tri")[0] == 0
        assert bridgewatch(tmp_path, "event", "close", "other")[0] == 1
        assert desk.commands[1] == OrderEvent(actor=ME, event=EventId("tiep-xuc-cu-tri"), close=True)


@pytest.mark.parametrize("language", Language)
def test_explain_tells_the_whole_story_in_order(tmp_path: Path, language: Language) -> None:
    with daemon(tmp_path) as desk:
        desk.stories[ONE] = STORY
        code, text, _ = bridgewatch(tmp_path, "explain", "K7P", "--language", language)
    assert code == 0
    plain = " ".join(text.split())
    facts = {
        Language.EN: (
            "8 probes in a row unanswered (8 needed)",
            "call Nguyễn Văn An",
            "HTTP 500",
            "has it, by phone",
        ),
        Language.VI: (
            "8 gói đo liên tiếp không phản hồi (cần 8)",
            "gọi Nguyễn Văn An",
            "HTTP 500",
            "nhận xử lý, báo qua điện thoại",
        ),
    }[language]
    places = [plain.index(fact) for fact in facts]
    assert places == sorted(places)
    assert max(map(len, text.splitlines())) <= WIDEST


def test_no_daemon_exits_2_and_names_the_directory(tmp_path: Path) -> None:
    for command in (
        ["incidents"],
        ["explain", "K7P"],
        ["ack", "K7P"],
        ["silence", "list"],
        ["event", "close", "e"],
        ["rotate-keys"],
    ):
        code, text, errors = bridgewatch(tmp_path, *command)
        assert (code, text) == (2, "")
        assert str(tmp_path) in errors


def test_an_unknown_incident_is_refused_in_the_readers_language(tmp_path: Path) -> None:
    with daemon(tmp_path):
        assert bridgewatch(tmp_path, "ack", "a/../b")[0] == 1
        code, _, errors = bridgewatch(tmp_path, "explain", "nope", "--language", "vi")
    assert (code, errors) == (1, "bridgewatch explain: nope: không có sự cố này\n")


def test_tokens_are_made_listed_and_removed_without_a_daemon(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    code, token, _ = bridgewatch(folder, "token", "add", "grafana", "--may", "read", "--may", "answer")
    assert code == 0
    assert token.startswith("bw_")
    code, text, _ = bridgewatch(folder, "token", "list")
    assert "grafana" in text
    assert "answer, read" in text
    assert token.strip() not in text + (folder / "api-tokens.json").read_text()
    assert json.loads(bridgewatch(folder, "token", "list", "--json")[1])[0]["name"] == "grafana"
    assert bridgewatch(folder, "token", "add", "grafana", "--may", "read")[0] == 1
    assert bridgewatch(folder, "token", "add", "x", "--may", "everything")[0] == 2
    assert bridgewatch(folder, "token", "remove", "grafana")[0] == 0
    assert bridgewatch(folder, "token", "remove", "grafana")[0] == 1
    assert "answers nobody" in bridgewatch(folder, "token", "list")[1]


def test_keys_are_rotated_by_the_daemon(tmp_path: Path) -> None:
    with daemon(tmp_path):
        assert "open links: 2" in bridgewatch(tmp_path, "rotate-keys")[1]
        code, text, _ = bridgewatch(tmp_path, "rotate-keys", "--forget")
    assert code == 0
    assert "open links: 1" in text
    assert "open no longer" in text


def test_both_languages_have_words_of_their_own() -> None:
    assert desk_words(Language.VI) != desk_words(Language.EN)
