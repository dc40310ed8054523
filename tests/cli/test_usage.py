"""Help and usage errors, in both languages, at the width of any terminal."""

import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from bridgewatch.cli.main import app
from bridgewatch.model.words import Language

PROGRAM = get_command(app)
assert isinstance(PROGRAM, TyperGroup)
COMMANDS = [
    path
    for name, command in PROGRAM.commands.items()
    for path in ([[name, below] for below in getattr(command, "commands", ())] or [[name]])
]


def run(*arguments: str, columns: int = 80, **environment: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": str(columns), **environment})
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("language", Language)
def test_every_help_fits_its_terminal_and_says_what_each_option_means(
    language: Language, columns: int
) -> None:
    usage = {Language.VI: "Cách dùng: ", Language.EN: "Usage: "}[language]
    for path in [[], *COMMANDS]:
        code, text, _ = run(*path, "--help", "--language", language, columns=columns)
        assert code == 0
        assert text.startswith(usage)
        assert max(map(cell_len, text.splitlines())) <= columns
        assert "<" not in text  # types that only the library knows


def test_help_is_told_in_the_language_of_the_environment() -> None:
    assert run("who", "--help", BRIDGEWATCH_LANGUAGE="vi")[1].startswith("Cách dùng: ")
    assert run("--language", "vi", "who", "--help")[1].startswith("Cách dùng: ")
    assert run("who", "--help", "--language=vi")[1].startswith("Cách dùng: ")


def test_a_program_or_a_group_alone_shows_its_commands_and_is_an_error() -> None:
    for path, listed in (([], "notify-test"), (["silence"], "lift"), (["token"], "remove")):
        code, text, errors = run(*path)
        assert (code, text) == (2, "")
        assert f"\n  {listed}" in errors


def test_help_of_nothing_says_how_to_find_the_commands() -> None:
    code, _, errors = run("help", BRIDGEWATCH_LANGUAGE="en")
    assert code == 2
    assert "`bridgewatch --help`" in errors


@pytest.mark.parametrize(
    ("arguments", "english", "vietnamese"),
    [
        (["whoo"], "there is no command whoo; did you mean 'who'?", "không có lệnh whoo; có phải là 'who'?"),
        (["zzz"], "there is no command zzz", "không có lệnh zzz"),
        (
            ["silence", "ad"],
            "there is no command ad; did you mean 'add'?",
            "không có lệnh ad; có phải là 'add'?",
        ),
        (["who"], "the argument LINK is missing", "thiếu tham số LINK"),
        (["silence", "add"], "the option --note is missing", "thiếu tùy chọn --note"),
        (["who", "a/b", "c"], "too many arguments: c", "thừa tham số: c"),
        (
            ["roster", "--dys", "3"],
            "there is no option --dys; did you mean --days, --ics?",
            "không có tùy chọn --dys; có phải là --days, --ics?",
        ),
        (["roster", "--zzz"], "there is no option --zzz", "không có tùy chọn --zzz"),
        (["roster", "--days", "x"], "--days: expected a whole number", "--days: cần một số nguyên"),
        (["roster", "--days", "999"], "--days: expected 366 at most", "--days: tối đa là 366"),
        (["roster", "--days", "0"], "--days: expected 1 at least", "--days: tối thiểu là 1"),
        (["roster", "--days"], "the option --days needs a value", "tùy chọn --days cần một giá trị"),
        (["demo", "--duration", "x"], "--duration: expected a number", "--duration: cần một số"),
        (
            ["check", "--strict=1"],
            "the option --strict takes no value",
            "tùy chọn --strict không nhận giá trị",
        ),
        (
            ["who", "a/b", "--fault", "x"],
            "--fault: 'x' is none of 'carrier', 'room', 'own'",
            "--fault: 'x' không phải là một trong 'carrier', 'room', 'own'",
        ),
        (
            ["run", "--listen", "9640"],
            "--listen: 9640 is not HOST:PORT, such as 127.0.0.1:9640; IPv6 goes in brackets",
            "--listen: 9640 không có dạng HOST:PORT, ví dụ 127.0.0.1:9640; IPv6 đặt trong ngoặc vuông",
        ),
        (
            ["schema", "site"],
            "did you mean sites?",
            "có phải là sites?",
        ),
        (
            ["token", "add", "x", "--may", "write"],
            "--may: 'write' is none of read, answer, silence and all",
            "--may: 'write' không phải là một trong read, answer, silence, all",
        ),
    ],
)
def test_a_mistake_on_the_command_line_is_told_with_the_way_to_the_help(
    arguments: list[str], english: str, vietnamese: str
) -> None:
    for language, message, see in (
        (Language.EN, english, "Help: "),
        (Language.VI, vietnamese, "Xem hướng dẫn: "),
    ):
        code, text, errors = run(*arguments, BRIDGEWATCH_LANGUAGE=language)
        assert (code, text) == (2, "")
        usage, *told, help_line = errors.splitlines()
        assert usage.startswith({Language.EN: "Usage: ", Language.VI: "Cách dùng: "}[language])
        assert " ".join(told).endswith(message)
        assert help_line.startswith(see)
        assert help_line.endswith(" --help")


def test_an_unknown_language_is_refused_in_the_one_of_the_environment() -> None:
    code, _, errors = run("check", "--language", "fr", BRIDGEWATCH_LANGUAGE="vi")
    assert code == 2
    assert "--language: 'fr' không phải là một trong 'vi', 'en'" in errors


@pytest.mark.parametrize(("language", "said"), [("en", "No such file or directory"), ("vi", "không có tệp")])
def test_what_the_system_refuses_is_told_without_a_traceback(language: str, said: str) -> None:
    code, _, errors = run("schema", "sites", "--write", "/nonexistent/x", "--language", language)
    assert code == 1
    assert errors.endswith(
        f"schema: /nonexistent/x/sites.json: {said}{' hoặc thư mục này' * (language == 'vi')}\n"
    )


def test_no_path_is_judged_by_the_library_which_speaks_english_only() -> None:
    pending: list[object] = [PROGRAM]
    judged = []
    while pending:
        command = pending.pop()
        pending += getattr(command, "commands", {}).values()
        paths = [param for param in command.params if param.type_descriptor.is_path]
        judged += [param.name for param in paths if param.type_descriptor.parameter_info.readable]
    assert judged == []


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    command = f"{sys.executable} -m bridgewatch schema | head -c 10"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""


@pytest.mark.parametrize("given", [["DIR"], ["--config", "DIR"], ["--config=DIR"]])
@pytest.mark.parametrize("command", ["check", "calendar"])
def test_the_directory_is_an_option_of_every_command_and_the_argument_of_some(
    command: str, given: list[str]
) -> None:
    code, text, errors = run(command, *(one.replace("DIR", "config") for one in given))
    assert (code, errors) == (0, "")
    assert "ttdl-tinh" in text


def test_a_directory_twice_is_one_too_many() -> None:
    code, _, errors = run("check", "config", "--config", "config", "--language", "en")
    assert code == 2
    assert "too many arguments: config" in errors


@pytest.mark.parametrize(
    "command", [["who", "gialai-iape/wan"], ["roster"], ["notify-test", "ksor-ha"], ["import", "list.csv"]]
)
def test_a_directory_given_as_an_argument_too_many_is_told_its_option(command: list[str]) -> None:
    code, _, errors = run(*command, "config", "--language", "en")
    assert code == 2
    assert errors.startswith("Usage: ")
    assert (
        "Error: --config: the directory of the configuration follows this option: --config config" in errors
    )


def test_import_takes_its_directory_by_the_option_of_all_others(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("Tên điểm cầu;Cấp\nUBND tỉnh X;tỉnh\n", encoding="utf-8")
    for option in ("--config", "--into"):
        code, text, _ = run("import", str(tmp_path / "list.csv"), option, str(tmp_path / "new"))
        assert code == 0
        assert f"{tmp_path}/new/sites.d/list.yaml" in text
