"""The Vietnamese catalogues are complete, in step with the code, and keep every brace."""

import ast
import string
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bridgewatch
from bridgewatch.model.words import Language
from bridgewatch.texts.catalogue import catalogue
from tests.texts.help_texts import help_texts

_PACKAGE = Path(bridgewatch.__file__).parent
_TEXTS = _PACKAGE / "texts"
_SAYS = {"say", "count", "phrase"}
_Messages = set[str | tuple[str, ...]]


def _catalogue(room: str) -> Catalog:
    with (_TEXTS / room / "vi.po").open("rb") as file:
        return read_po(file, locale="vi")


def _messages() -> _Messages:
    found = extract_from_dir(_TEXTS / "messages", keywords={"say": None, "count": (1, 2)})
    return {message for _, _, message, _, _ in found}


@cache
def _phrases() -> _Messages:
    found = extract_from_dir(_PACKAGE, keywords={"phrase": None})
    return {message for _, _, message, _, _ in found}


_IN_CODE: dict[str, Callable[[], _Messages]] = {
    "messages": _messages,
    "phrases": _phrases,
    "help": lambda: set(help_texts()),
}
rooms = pytest.mark.parametrize("room", _IN_CODE)


@rooms
def test_a_catalogue_has_what_the_code_says_and_nothing_else(room: str) -> None:
    assert {message.id for message in _catalogue(room) if message.id} == _IN_CODE[room]()


def test_nothing_is_said_where_the_catalogues_cannot_see_it() -> None:
    """Babel does not look into f-strings: a call in one would stay English."""
    for file in _PACKAGE.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        tree = ast.parse(text if file.parent.name == "messages" or "phrase(" in text else "")
        inside = [
            part
            for joined in ast.walk(tree)
            if isinstance(joined, ast.JoinedStr)
            for part in ast.walk(joined)
            if isinstance(part, ast.Call) and _called(part) in _SAYS and len(part.args) == 1
        ]
        assert not inside, file


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


@rooms
def test_every_message_is_translated_and_none_is_a_guess(room: str) -> None:
    for message in _catalogue(room):
        if message.id:
            assert not message.fuzzy
            translated = message.string if isinstance(message.string, str) else "".join(message.string)
            assert translated, message.id


@rooms
def test_a_translation_has_the_braces_of_its_message(room: str) -> None:
    for message in _catalogue(room):
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        translated = message.string if isinstance(message.string, str) else message.string[0]
        assert _braces(translated) == _braces(source), source


def test_the_catalogues_are_loaded_from_the_source_itself() -> None:
    assert catalogue("messages", Language.VI).gettext("URGENT") == "KHẨN"
    assert catalogue("messages", Language.EN).gettext("URGENT") == "URGENT"
    assert not list(_TEXTS.rglob("*.mo"))
    project = _PACKAGE.parent / "pyproject.toml"
    shipped = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    assert "texts/*/*.po" in shipped["bridgewatch"]


def _braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
