"""What is wrong in a file, and where: `file:line:column: key.path: what was found, what was expected`."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pydantic_core import PydanticCustomError

KeyPath = tuple[str | int, ...]
"""The way from the top of a file to a value: mapping keys and list indices."""

_SHOWN: Final = 60  # characters of a wrong value worth repeating to its author


class Mark(NamedTuple):
    """A place in a text, counted from one as editors do."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class ConfigError:
    """One mistake, ready to be shown. `key` is '' where the file itself is wrong."""

    file: str
    line: int
    column: int
    key: str
    found: str
    expected: str

    def __str__(self) -> str:
        key = f" {self.key}:" if self.key else ""
        return f"{self.file}:{self.line}:{self.column}:{key} found {self.found}, expected {self.expected}"


class ConfigErrors(Exception):  # noqa: N818 - it is a list of errors, and reads so where it is caught
    """Every mistake of a directory, sorted by place. The running configuration stays in force."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        self.errors: tuple[ConfigError, ...] = tuple(sorted(set(errors)))
        super().__init__("\n".join(map(str, self.errors)))


SAME_FILE: Final = ""


class Place(NamedTuple):
    """A value in one of the files (or SAME_FILE), by path; its line is looked up only when it is shown."""

    file: str
    path: KeyPath
    what: str = "the first"


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake whose place is still a key path.

    Looking up lines costs a second parse, so it is done for files with mistakes only. `mark` is set where
    the line is known at once; `other` names the first place when two places contradict each other.
    """

    path: KeyPath
    found: str
    expected: str
    at_key: bool = False
    mark: Mark | None = None
    other: Place | None = None


class Finding(NamedTuple):
    """A problem and the file it is in."""

    file: str
    problem: Problem


class Remark(NamedTuple):
    """A warning: what is allowed but will disappoint, and where it is said. `path` is () for a whole file."""

    file: str
    path: KeyPath
    text: str


def key_text(path: KeyPath) -> str:
    """A key path as people write it: `sites[3].links.wan.carrier`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return shorten(text, 4 * _SHOWN)


def shorten(text: str, limit: int = _SHOWN) -> str:
    """`text`, cut to `limit` characters: a hostile value must not become a hostile message."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def describe(value: Any) -> str:
    """A wrong value in words."""
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str():
            return repr(shorten(str(value)))
        case _:
            return shorten(repr(value))


def name_of(character: str) -> str:
    """A character that the eye does not tell from another: `no-break space (U+00A0)`."""
    return f"{unicodedata.name(character, 'character').lower()} (U+{ord(character):04X})"


def one_of(names: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *most, last = list(names) or ["nothing"]
    return f"{', '.join(most)} or {last}" if most else last


def mistake(expected: str, found: str | None = None, key: str | None = None) -> PydanticCustomError:
    """An error to raise from a validator.

    `found` stands for the value where that says too little; `key` is the member of the value to point at.
    """
    return PydanticCustomError("mistake", "{expected}", {"expected": expected, "found": found, "key": key})
