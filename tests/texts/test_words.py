"""The glossary is kept: one word for one thing, wherever people read."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "words.md"
PROSE = ("README.md", "docs/*.md", "config/**/*.yaml", "config/**/*.yml", "config/grafana/build.py")
TEXTS = ("bridgewatch/texts/**/*.py", "bridgewatch/views/**/*.py", "bridgewatch/texts/**/*.po")


class Row(NamedTuple):
    english: str
    vietnamese: str
    refused: tuple[str, ...]


def _rows() -> list[Row]:
    lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [
        Row(english, vietnamese, tuple(filter(None, refused.split(", "))))
        for english, vietnamese, _, refused in cells[2:]
    ]


@cache
def _said(file: Path) -> str:
    """What a file says to people, a string a line."""
    return "\n".join(_strings(file))


def _strings(file: Path) -> Iterator[str]:
    """The strings of a file, but for what is about the code itself."""
    if file.suffix == ".po":
        with file.open("rb") as source:
            for message in read_po(source, locale="vi"):
                yield from (str(part) for part in (message.id, message.string) if part)
        return
    tree = ast.parse(file.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def _files(*patterns: str) -> list[Path]:
    return [file for pattern in patterns for file in sorted(ROOT.glob(pattern)) if file != GLOSSARY]


def _finds(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


@pytest.mark.parametrize("row", [row for row in _rows() if row.refused], ids=lambda row: row.english)
def test_what_the_glossary_refuses_is_said_nowhere(row: Row) -> None:
    for word in row.refused:
        pattern = _finds(word)
        for file in _files(*TEXTS):
            assert not pattern.search(_said(file)), (word, file)
        if not word.isascii():  # an English word may have another meaning in prose
            for file in _files(*PROSE):
                assert not pattern.search(file.read_text(encoding="utf-8")), (word, file)


def test_every_row_has_both_languages_and_no_word_means_two_things() -> None:
    rows = _rows()
    assert len(rows) > 30
    for row in rows:
        assert row.english
        assert row.vietnamese
    for column in ("english", "vietnamese"):
        words = [word for row in rows for word in getattr(row, column).split(", ")]
        assert len(words) == len(set(words))
    refused = {word for row in rows for word in row.refused}
    assert not refused & {word for row in rows for word in (row.english, row.vietnamese)}
