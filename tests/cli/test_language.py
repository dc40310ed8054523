"""Commands speak Vietnamese, unless somebody asks for English or has an English terminal."""

import pytest
from typer.testing import CliRunner

from bridgewatch.cli.main import app
from bridgewatch.cli.options import language_of
from bridgewatch.model.words import Language

_NOTHING = dict.fromkeys(("BRIDGEWATCH_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, Language.VI),
        ({"LANG": ""}, Language.VI),
        ({"LANG": "C"}, Language.VI),
        ({"LANG": "C.UTF-8"}, Language.VI),
        ({"LC_ALL": "POSIX"}, Language.VI),
        ({"LANG": "vi_VN.UTF-8"}, Language.VI),
        ({"LANG": "fr_FR.UTF-8"}, Language.VI),
        ({"LANG": "en_US.UTF-8"}, Language.EN),
        ({"LANG": "en"}, Language.EN),
        ({"LANG": "vi_VN", "LC_MESSAGES": "en_GB.UTF-8"}, Language.EN),
        ({"LANG": "en_US", "LC_MESSAGES": "en_GB", "LC_ALL": "C"}, Language.VI),
        ({"LANG": "en_US", "BRIDGEWATCH_LANGUAGE": "vi"}, Language.VI),
        ({"LANG": "vi_VN", "BRIDGEWATCH_LANGUAGE": "EN"}, Language.EN),
    ],
)
def test_the_language_is_vietnamese_unless_english_is_asked_for(
    environment: dict[str, str], language: Language
) -> None:
    assert language_of(environment) is language


@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        ([], {}, "Chưa có"),
        ([], {"LANG": "en_US.UTF-8"}, "There is"),
        (["--language", "vi"], {"LANG": "en_US.UTF-8", "BRIDGEWATCH_LANGUAGE": "en"}, "Chưa có"),
        (["--language", "en"], {"BRIDGEWATCH_LANGUAGE": "vi"}, "There is"),
    ],
)
def test_an_option_comes_before_the_environment(
    options: list[str], environment: dict[str, str], said: str, tmp_path: object
) -> None:
    result = CliRunner().invoke(
        app, ["token", "list", "--state", str(tmp_path), *options], env={**_NOTHING, **environment}
    )
    assert result.exit_code == 0
    assert said in result.stdout
