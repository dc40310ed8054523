"""The process that opens a spreadsheet: `python -m bridgewatch.config.importing.child FILE`.

A few bytes of a workbook can ask for more memory than there is, so it is read here, under limits, and what is
found is bounded again. Formulas are not evaluated: what a cell says is what it showed when it was saved.
Prints one JSON line a sheet: its name, the number of its first line, and its lines; where that cannot be, the
message and the values of a phrase that says why, on standard error.
"""

import datetime as dt
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from python_calamine import CalamineError, PasswordError, load_workbook

from bridgewatch.config.importing.cells import MAX_CELL, MAX_COLUMNS, MAX_LINES, MAX_TEXT
from bridgewatch.model.phrases import Phrase, phrase

_MEMORY: Final = 2**29  # octets of address space
_SECONDS: Final = 60  # of CPU
_MAX_SHEETS: Final = 50


def main(path: str) -> None:
    """Print the sheets; exit with 1 and a reason on standard error where that cannot be."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    left = MAX_TEXT
    try:
        workbook = load_workbook(path)
        for name in workbook.sheet_names[:_MAX_SHEETS]:
            sheet = workbook.get_sheet_by_name(name)
            first = (sheet.start or (0, 0))[0] + 1
            lines: list[list[str | float]] = []
            for line in _lines(sheet.iter_rows()):
                left -= sum(len(cell) for cell in line if isinstance(cell, str))
                if left < 0 or len(lines) == MAX_LINES:
                    _fail(phrase("more than {count} lines, or more text than a list has", count=MAX_LINES))
                lines.append(line)
            sys.stdout.write(json.dumps([name, first, lines]) + "\n")
    except MemoryError:
        _fail(phrase("reading it takes more memory than a list does"))
    except PasswordError:
        _fail(phrase("it is protected by a password"))
    except (CalamineError, OSError, ValueError) as error:
        _fail(phrase("no workbook that can be read ({why})", why=str(error)[:100]))


def _fail(said: Phrase) -> NoReturn:
    sys.exit(json.dumps([said.message, dict(said.values)]))


def _lines(rows: Iterator[list[Any]]) -> Iterator[list[str | float]]:
    for row in rows:
        yield [_cell(value) for value in row[:MAX_COLUMNS]]


def _cell(value: Any) -> str | float:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value if abs(value) < 1e18 else repr(value)  # noqa: PLR2004 - beyond it no code or phone
        case str():
            return value[:MAX_CELL]
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return str(value)[:MAX_CELL]


if __name__ == "__main__":
    main(sys.argv[1])
