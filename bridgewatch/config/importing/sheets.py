"""A file to the sheets in it: CSV with the separators and encodings of offices here, or a workbook."""

import codecs
import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridgewatch.config.errors import Problem
from bridgewatch.config.importing.cells import (
    MAX_COLUMNS,
    MAX_LINES,
    Line,
    Sheet,
    UnreadableError,
    cell_of,
)
from bridgewatch.config.importing.columns import known_headers
from bridgewatch.config.source import Bounds, read_bytes
from bridgewatch.model.phrases import Phrase, phrase

if TYPE_CHECKING:
    from _csv import Reader

_SEPARATORS: Final = (",", ";", "\t")
_SECONDS: Final = 120.0
_HEAD: Final = 20  # lines among which the headers are looked for


def read_list(path: Path) -> list[Sheet]:
    """The sheets of a .csv or .xlsx file. Raises UnreadableError."""
    suffix = path.suffix.lower()
    if suffix not in {".csv", ".xlsx"}:
        raise UnreadableError(phrase("a list is a file named *.csv or *.xlsx"))
    data = read_bytes(path, Bounds())
    if isinstance(data, Problem):
        raise UnreadableError(
            phrase("found {found}, expected {expected}", found=data.found, expected=data.expected)
        )
    return [_csv(data)] if suffix == ".csv" else _workbook(path)


def _csv(data: bytes) -> Sheet:
    text = _decoded(data)
    head = text.splitlines()[:_HEAD]
    try:
        separator = max(_SEPARATORS, key=lambda one: known_headers(csv.reader(head, delimiter=one)))
        return Sheet("", tuple(_csv_lines(csv.reader(io.StringIO(text, newline=""), delimiter=separator))))
    except csv.Error as error:
        raise UnreadableError(phrase("no CSV ({why})", why=str(error))) from None


def _csv_lines(reader: "Reader") -> Iterator[Line]:
    """Lines by the number of the line in the file that they begin at: a text in quotes may have several."""
    before = 0
    for count, row in enumerate(reader):
        if count == MAX_LINES:
            raise UnreadableError(phrase("more than {count} lines", count=MAX_LINES))
        yield Line(before + 1, tuple(map(cell_of, row[:MAX_COLUMNS])))
        before = reader.line_num


def _decoded(data: bytes) -> str:
    """The text. Excel writes UTF-8 with a mark, UTF-16 as "Unicode text", else the code page of Windows."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode(data, "utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode(data, "cp1258")


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableError(
            phrase("text that is neither UTF-8 nor Windows-1258: save it as CSV UTF-8")
        ) from None


def _workbook(path: Path) -> list[Sheet]:
    command = [sys.executable, "-P", "-m", "bridgewatch.config.importing.child", str(path.absolute())]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and a path that is one argument
            command,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"RUST_BACKTRACE": "0"},
        )
    except subprocess.TimeoutExpired:
        raise UnreadableError(phrase("it takes longer to read than a list does")) from None
    if done.returncode == 1:
        raise UnreadableError(_reason(done.stderr.decode(errors="replace")))
    if done.returncode != 0:
        raise UnreadableError(phrase("reading it takes more memory or time than a list does"))
    return [_sheet(line) for line in done.stdout.decode().splitlines()]


def _reason(said: str) -> Phrase:
    """What the child said as its last word."""
    try:
        message, values = json.loads(said.strip().splitlines()[-1])
        return Phrase(message, tuple(values.items()))
    except (ValueError, IndexError):
        return phrase("no workbook that can be read")


def _sheet(answer: str) -> Sheet:
    name, first, rows = json.loads(answer)
    return Sheet(name, tuple(_numbered(rows, first)))


def _numbered(rows: Iterable[list[str | float]], first: int) -> Iterable[Line]:
    return (Line(number, tuple(map(cell_of, row))) for number, row in enumerate(rows, first))
