"""Broken YAML in words for people who write YAML and not parsers."""

import re
from collections.abc import Iterable
from typing import Final

from yaml import Mark as YamlMark
from yaml import MarkedYAMLError, YAMLError

from bridgewatch.config.characters import name_of
from bridgewatch.config.errors import Mark, Problem, describe, one_of, shorten
from bridgewatch.config.hints import WIDE_COLON, in_quotes, with_colon
from bridgewatch.config.hosts import family_of
from bridgewatch.model.phrases import Phrase, phrase

_READABLE: Final = phrase("readable YAML")
_IN_QUOTES: Final = phrase("the value in quotes")
_OPEN_QUOTE: Final = (phrase("a quote that is never closed"), phrase("the closing quote"))

_NO_COLON: Final = "could not find expected ':'"
_MEANINGS: Final = {
    _NO_COLON: (phrase("a line without its `:`"), phrase("`key: value`")),
    "did not find expected key": (
        phrase("something that does not fit its indentation"),
        phrase("a key in line with the others"),
    ),
    "did not find expected '-' indicator": (
        phrase("something that is not part of the list"),
        phrase("`- ` in line with the others"),
    ),
    "block sequence entries are not allowed in this context": (
        phrase("a `- ` where no list can begin"),
        phrase("the list on lines of its own"),
    ),
    "mapping values are not allowed in this context": (
        phrase("a second `:`, a wrong indentation, or a line above without `: `"),
        phrase("one `key: value` a line, with a space behind the colon; quote texts that contain `: `"),
    ),
    "did not find expected node content": (
        phrase("a sign of YAML's own where a value should begin"),
        phrase("a value; in quotes if it begins with such a sign"),
    ),
    "did not find expected alphabetic or numeric character": (
        phrase("a sign of YAML's own where a value should begin"),
        _IN_QUOTES,
    ),
    "found character that cannot start any token": (
        phrase("a character that no value can begin with"),
        _IN_QUOTES,
    ),
    "found unknown escape character": (
        phrase("a backslash in double quotes that means nothing"),
        phrase("single quotes, or the backslash twice"),
    ),
    "did not find expected comment or line break": (
        phrase("text in the line of `|` or `>`"),
        phrase("the text on the lines below"),
    ),
    "did not find expected <document start>": (
        phrase("something behind the end of what the file says"),
        phrase("nothing more"),
    ),
    "found unexpected end of stream": _OPEN_QUOTE,
    "found unexpected document indicator": _OPEN_QUOTE,
    "did not find expected ',' or ']'": (
        phrase("a list in brackets that is not closed"),
        one_of(("`,`", "`]`")),
    ),
    "did not find expected ',' or '}'": (
        phrase("a mapping in braces that is not closed"),
        one_of(("`,`", "`}`")),
    ),
}
# What was never closed, or never got its colon, is better shown where it began than where that came out.
_AT_BEGINNING: Final = frozenset(
    {message for message in _MEANINGS if "',' or" in message or message.startswith("found unexpected")}
    | {_NO_COLON}
)

_KEY_AND_VALUE: Final = re.compile(rf"\s*(?:- +)*([\w-]+)[:{WIDE_COLON}]\s*(\S.*)")
_INDENTATION: Final = re.compile(r"[ \t]*(?![ \t])([^\S\r\n]|[\u200b\ufeff])")
# An address, maybe in brackets and with a port, that neither a quote nor more of the same stands before.
_ADDRESS: Final = re.compile(
    r"""(?<![\w:."'\[])(?P<open>\[?)(?P<address>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?P<port>\]:\d+)?"""
)
_REACH: Final = 1_000  # characters of a line that are searched for an address


def syntax_problem(error: YAMLError, data: bytes) -> Problem:
    """What the parser stumbled over in `data`, as its author would call it."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Problem((), shorten(str(error)), _READABLE, mark=Mark(1, 1))
    message = str(error.problem)
    begins = error.context_mark if message in _AT_BEGINNING else None
    mark = _mark(begins or error.problem_mark)
    lines = data.decode().split("\n")
    places = sorted({mark.line, _mark(error.problem_mark).line})
    return (
        _tab(mark, _line(lines, mark.line))
        or _foreign_space(lines[: places[-1]])
        or _bare_address((number, _line(lines, number)) for number in places)
        or _missing_space(message, mark, _line(lines, mark.line))
        or Problem((), *_MEANINGS.get(message) or _untold(message), mark=mark)
    )


def _untold(message: str) -> tuple[Phrase, Phrase]:
    return phrase("broken YAML ({parser})", parser=message), _READABLE


def _mark(mark: YamlMark) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if number <= len(lines) else ""


def _tab(mark: Mark, line: str) -> Problem | None:
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" not in indentation and line[mark.column - 1 : mark.column] != "\t":
        return None
    return Problem((), phrase("a tab"), phrase("spaces; YAML does not indent with tabs"), mark=mark)


def _foreign_space(lines: list[str]) -> Problem | None:
    """Indentation copied from a web page or a text processor: it looks like spaces, and YAML sees letters."""
    for number, line in enumerate(lines, 1):
        if match := _INDENTATION.match(line):
            found = phrase("the {character} in the indentation", character=name_of(match[1]))
            return Problem((), found, phrase("ordinary spaces"), mark=Mark(number, match.start(1) + 1))
    return None


def _bare_address(lines: Iterable[tuple[int, str]]) -> Problem | None:
    """An IPv6 address whose colons or brackets YAML takes for its own."""
    for number, line in lines:
        for match in _ADDRESS.finditer(line[:_REACH]):
            address, port = match["address"], match["port"]
            ambiguous = address.startswith(":") or address.endswith(":") or port
            if ambiguous and ":" in address and family_of(address):
                text = f"[{address}{port}" if port else address
                start = match.start() if port else match.start("address")
                found = phrase("{address} without quotes", address=text)
                return Problem((), found, in_quotes(text), mark=Mark(number, start + 1))
    return None


def _missing_space(message: str, mark: Mark, line: str) -> Problem | None:
    match = _KEY_AND_VALUE.match(line)
    if message != _NO_COLON or match is None:
        return None
    return Problem((), describe(line.strip()), with_colon(match[1], shorten(match[2])), mark=mark)
