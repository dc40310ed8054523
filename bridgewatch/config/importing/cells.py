"""A list as it stands in a file: sheets, lines and cells, before anything is understood."""

import unicodedata
from typing import Final, NamedTuple

MAX_LINES: Final = 50_000
MAX_COLUMNS: Final = 100
MAX_CELL: Final = 1_000  # characters
MAX_TEXT: Final = 64 * 2**20  # characters of a whole file


class UnreadableError(Exception):
    """The file is no list that can be read; a phrase says why."""


class Cell(NamedTuple):
    """What a cell says. `number`: it is one in the sheet, so that zeros in front of it are lost."""

    text: str
    number: bool = False


class Line(NamedTuple):
    """One line of a sheet, by the number that people see in front of it."""

    number: int
    cells: tuple[Cell, ...]


class Sheet(NamedTuple):
    """One sheet of a workbook, or a whole CSV file, whose name is ''."""

    name: str
    lines: tuple[Line, ...]


def cell_of(value: str | float) -> Cell:
    """A cell, tidied: spaces of all kinds as one, nothing unseen, names in one normal form."""
    if not isinstance(value, str):
        return Cell(str(int(value)) if value == int(value) else repr(value), number=True)
    seen = "".join(c for c in value[:MAX_CELL] if unicodedata.category(c) != "Cf")
    return Cell(" ".join(unicodedata.normalize("NFC", seen).split()))
