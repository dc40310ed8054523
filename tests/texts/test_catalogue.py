"""The Vietnamese catalogue is complete, in step with the code, and keeps every brace."""

import ast
import string
import tomllib
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bridgewatch.texts.messages
from bridgewatch.model.words import Language
from bridgewatch.texts.catalogue import catalogue

_ROOM = Path(bridgewatch.texts.messages.__file__).parent


def _catalogue() -> Catalog:
    with (_ROOM / "vi.po").open("rb") as file:
        return read_po(file, locale="vi")


def _in_code() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(_ROOM, keywords={"say": None, "count": (1, 2)})
    return {message for _, _, message, _, _ in found}


def test_the_catalogue_has_what_the_code_says_and_nothing_else() -> None:
    assert {message.id for message in _catalogue() if message.id} == _in_code()


def test_nothing_is_said_where_the_catalogue_cannot_see_it() -> None:
    """Babel does not look into f-strings: a call in one would stay English."""
    for file in _ROOM.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        inside = [
            part
            for joined in ast.walk(tree)
            if isinstance(joined, ast.JoinedStr)
            for part in ast.walk(joined)
            if isinstance(part, ast.Attribute) and part.attr in {"say", "count"}
        ]
        assert not inside, file.name


def test_every_message_is_translated_and_none_is_a_guess() -> None:
    for message in _catalogue():
        if message.id:
            assert not message.fuzzy
            translated = message.string if isinstance(message.string, str) else "".join(message.string)
            assert translated, message.id


def test_a_translation_has_the_braces_of_its_message() -> None:
    for message in _catalogue():
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        translated = message.string if isinstance(message.string, str) else message.string[0]
        assert _braces(translated) == _braces(source), source


def test_the_catalogue_is_loaded_from_the_source_itself() -> None:
    assert catalogue("messages", Language.VI).gettext("URGENT") == "KHẨN"
    assert catalogue("messages", Language.EN).gettext("URGENT") == "URGENT"
    assert not list(_ROOM.glob("*.mo"))
    project = Path(bridgewatch.__file__).parent.parent / "pyproject.toml"
    shipped = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    assert "texts/*/*.po" in shipped["bridgewatch"]


def _braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
