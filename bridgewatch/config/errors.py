"""What is wrong in a file while its line is not looked up yet; `model.mistakes` has what becomes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pydantic_core import PydanticCustomError

from bridgewatch.model.mistakes import ConfigError
from bridgewatch.model.phrases import Phrase, Words, phrase

KeyPath = tuple[str | int, ...]
"""The way from the top of a file to a value: mapping keys and list indices."""

_SHOWN: Final = 60  # characters of a wrong value worth repeating to its author


class Mark(NamedTuple):
    """A place in a text, counted from one as editors do."""

    line: int
    column: int


class ConfigErrors(Exception):  # noqa: N818 - it is a list of errors, and reads so where it is caught
    """Every mistake of a directory, sorted by place. The running configuration stays in force."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        once = dict.fromkeys(errors)
        self.errors: tuple[ConfigError, ...] = tuple(
            sorted(once, key=lambda error: (error.file, error.line, error.column, error.key))
        )
        super().__init__("\n".join(map(str, self.errors)))


SAME_FILE: Final = ""
FIRST: Final = phrase("the first")
THAT: Final = phrase("that")


class Place(NamedTuple):
    """A value in one of the files (or SAME_FILE), by path; its line is looked up only when it is shown."""

    file: str
    path: KeyPath
    what: Phrase = FIRST


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake whose place is still a key path.

    Looking up lines costs a second parse, so it is done for files with mistakes only. `mark` is set where
    the line is known at once; `other` names the first place when two places contradict each other.
    """

    path: KeyPath
    found: Words
    expected: Words
    at_key: bool = False
    mark: Mark | None = None
    other: Place | None = None


class Finding(NamedTuple):
    """A problem and the file it is in."""

    file: str
    problem: Problem


class Remark(NamedTuple):
    """A warning: what is allowed but will disappoint, and where it is said. `path` is () for a whole file.

    `likewise`: of many that say the same of different things, all but this one.
    """

    file: str
    path: KeyPath
    text: Phrase
    likewise: tuple["Remark", ...] = ()


def key_text(path: KeyPath) -> str:
    """A key path as people write it: `sites[3].links.wan.carrier`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return shorten(text, 4 * _SHOWN)


def shorten(text: str, limit: int = _SHOWN) -> str:
    """`text`, cut to `limit` characters: a hostile value must not become a hostile message."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def describe(value: Any) -> Words:
    """A wrong value in words."""
    match value:
        case None:
            return phrase("nothing")
        case dict():
            return phrase("a mapping") if value else phrase("an empty mapping")
        case list():
            return phrase("a list") if value else phrase("an empty list")
        case str():
            return repr(shorten(str(value)))
        case _:
            return shorten(repr(value))


def one_of(names: Iterable[str]) -> Words:
    """`a`, `a or b`, `a, b or c`; there is one at least."""
    *most, last = map(str, names)
    return phrase("{several} or {last}", several=", ".join(most), last=last) if most else last


def mistake(
    expected: Words, found: Words | None = None, key: str | int | KeyPath | None = None
) -> PydanticCustomError:
    """An error to raise from a validator.

    `found` stands for the value where that says too little; `key` is the member of the value to point at, or
    the way to one within it.
    """
    return PydanticCustomError("mistake", "{expected}", {"expected": expected, "found": found, "key": key})
