"""Broken YAML in words for people who write YAML and not parsers."""

import re
from collections.abc import Iterable
from typing import Final

from yaml import Mark as YamlMark
from yaml import MarkedYAMLError, YAMLError

from bridgewatch.config.errors import Mark, Problem, describe, name_of, shorten
from bridgewatch.config.hints import WIDE_COLON
from bridgewatch.config.hosts import family_of

_NO_COLON: Final = "could not find expected ':'"
_MEANINGS: Final = {
    _NO_COLON: ("a line without its `:`", "`key: value`"),
    "did not find expected key": (
        "something that does not fit its indentation",
        "a key in line with the others",
    ),
    "did not find expected '-' indicator": (
        "something that is not part of the list",
        "`- ` in line with the others",
    ),
    "mapping values are not allowed in this context": (
        "a second `:`, a wrong indentation, or a line above without `: `",
        "one `key: value` a line, with a space behind the colon; quote texts that contain `: `",
    ),
    "did not find expected node content": (
        "a sign of YAML's own where a value should begin",
        "a value; in quotes if it begins with such a sign",
    ),
    "found unexpected end of stream": ("a quote that is never closed", "the closing quote"),
    "did not find expected ',' or ']'": ("a list in brackets that is not closed", "`,` or `]`"),
    "did not find expected ',' or '}'": ("a mapping in braces that is not closed", "`,` or `}`"),
    "found character that cannot start any token": (
        "a character that no value can begin with",
        "the value in quotes",
    ),
}
# What was never closed, or never got its colon, is better shown where it began than where that came out.
_AT_BEGINNING: Final = frozenset(
    {message for message in _MEANINGS if "',' or" in message or "end of" in message} | {_NO_COLON}
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
        return Problem((), shorten(str(error)), "readable YAML", mark=Mark(1, 1))
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
        or Problem((), *_MEANINGS.get(message, (f"broken YAML ({message})", "readable YAML")), mark=mark)
    )


def _mark(mark: YamlMark) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if number <= len(lines) else ""


def _tab(mark: Mark, line: str) -> Problem | None:
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" not in indentation and line[mark.column - 1 : mark.column] != "\t":
        return None
    return Problem((), "a tab", "spaces; YAML does not indent with tabs", mark=mark)


def _foreign_space(lines: list[str]) -> Problem | None:
    """Indentation copied from a web page or a text processor: it looks like spaces, and YAML sees letters."""
    for number, line in enumerate(lines, 1):
        if match := _INDENTATION.match(line):
            found = f"the {name_of(match[1])} in the indentation"
            return Problem((), found, "ordinary spaces", mark=Mark(number, match.start(1) + 1))
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
                expected = f'the IPv6 address in quotes: "{text}"'
                return Problem((), f"{text} without quotes", expected, mark=Mark(number, start + 1))
    return None


def _missing_space(message: str, mark: Mark, line: str) -> Problem | None:
    match = _KEY_AND_VALUE.match(line)
    if message != _NO_COLON or match is None:
        return None
    found, expected = describe(line.strip()), f"`{match[1]}: {shorten(match[2])}`"
    return Problem((), found, f"{expected}, with a plain colon and a space behind it", mark=mark)
