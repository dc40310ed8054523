"""Pydantic's findings in the words of the people who wrote the file."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bridgewatch.config.documents.base import TAG_MARK
from bridgewatch.config.errors import KeyPath, Problem, describe, one_of
from bridgewatch.config.hints import (
    WIDE_COLON,
    as_id,
    quoted_address,
    with_colon,
    without_lookalike,
)
from bridgewatch.config.scalars import ID_PATTERN, PATTERN_MEANINGS
from bridgewatch.config.schema import known_keys
from bridgewatch.core.nearest import nearest
from bridgewatch.model.mistakes import perhaps
from bridgewatch.model.phrases import Words, phrase

_KEY_MARK: Final = "[key]"  # pydantic's way to say that a key of a mapping is wrong, not its value
_A_MAPPING: Final = phrase("a mapping: lines of `key: value`")
_A_LIST: Final = phrase("a list: lines that begin with `- `, or [one, two]")
_LIKE_WHAT_IS_MISSING: Final = 0.4  # likeness that is enough where a key is missing anyway
_QUOTED: Final = re.compile(r"'([^']*)'")
_EXPECTED: Final = {
    "string_type": phrase("text"),
    "list_type": _A_LIST,
    "tuple_type": _A_LIST,
    "dict_type": _A_MAPPING,
    "model_type": _A_MAPPING,
    "model_attributes_type": _A_MAPPING,
    "union_tag_not_found": phrase("an address, {{icmp: ...}}, {{stamp: host:port}} or {{dialin: KEY}}"),
    "union_tag_invalid": phrase("an address, {{icmp: ...}} or {{stamp: host:port}}"),
}


def problems_of(kind: str, error: ValidationError) -> tuple[Problem, ...]:
    """One problem per finding in a file of `kind`."""
    details = error.errors(include_url=False)
    lacking: dict[KeyPath, list[str]] = {}
    for detail in details:
        if detail["type"] == "missing":
            *around, key = detail["loc"]
            lacking.setdefault(tuple(around), []).append(str(key))
    meant = {
        detail["loc"]: _meant(kind, detail["loc"], lacking)
        for detail in details
        if detail["type"] == "extra_forbidden"
    }
    # A mistyped key is one mistake: that the right one is missing needs no line of its own.
    renamed = {(*path[:-1], key) for path, key in meant.items()}
    return tuple(
        _problem(kind, detail, meant.get(detail["loc"]))
        for detail in details
        if detail["type"] != "missing" or detail["loc"] not in renamed
    )


def _meant(kind: str, path: KeyPath, lacking: Mapping[KeyPath, list[str]]) -> str | None:
    """The key that the unknown one at `path` was probably meant to be, first of all one that is missing."""
    *around, key = path
    missing = nearest(str(key), lacking.get(tuple(around), ()), _LIKE_WHAT_IS_MISSING)
    return missing or nearest(str(key), known_keys(kind, tuple(around)))


def _problem(kind: str, detail: ErrorDetails, meant: str | None) -> Problem:
    raw, value = detail["loc"], detail["input"]
    path = _own_path(raw)
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            expected = _meant_key(kind, detail, meant)
            found = phrase("the unknown key {key}", key=describe(str(raw[-1])))
            return Problem(path, found, expected, at_key=True)
        case "missing":
            return Problem(path, describe(None), phrase("the key {key}", key=str(raw[-1])))
        case "mistake":
            key = context["key"]
            member = () if key is None else key if isinstance(key, tuple) else (key,)
            expected = quoted_address(value, path) or without_lookalike(context["expected"], value)
            return Problem((*path, *member), context["found"] or describe(value), expected)
        case "model_type" if not path:
            expected = phrase("a mapping with {keys}", keys=one_of(known_keys(kind, ())))
            return Problem(path, describe(value), expected)
        case error_type:
            at_key = bool(raw) and raw[-1] == _KEY_MARK
            stated = _expected(error_type, context, value)
            expected = quoted_address(value, path) or without_lookalike(stated, value)
            return Problem(path, describe(value), expected, at_key=at_key)


def _meant_key(kind: str, detail: ErrorDetails, meant: str | None) -> Words:
    *around, last = detail["loc"]
    key, known = str(last), known_keys(kind, tuple(around))
    before, colon, after = key.replace(WIDE_COLON, ":").partition(":")
    if colon and before in known:
        return with_colon(before, after)
    return perhaps(meant) if meant else one_of(known)


def _own_path(raw: tuple[str | int, ...]) -> KeyPath:
    """`raw` without what pydantic added: union tags and key marks."""
    added = (part == _KEY_MARK or (isinstance(part, str) and part.startswith(TAG_MARK)) for part in raw)
    return tuple(part for part, is_added in zip(raw, added, strict=True) if not is_added)


def _expected(error_type: str, context: dict[str, Any], value: Any) -> Words:
    match error_type:
        case "enum" | "literal_error":
            return one_of(_QUOTED.findall(context["expected"]))
        case "string_pattern_mismatch":
            meaning = PATTERN_MEANINGS.get(context["pattern"], phrase("another form of text"))
            meant = as_id(str(value)) if context["pattern"] == ID_PATTERN else ""
            return phrase("{form}, as in {example}", form=meaning, example=meant) if meant else meaning
        case "too_long":
            return phrase("at most {count} entries", count=context["max_length"])
        case "too_short":
            return phrase("at least one entry")
        case _:
            return _EXPECTED.get(error_type, phrase("another value"))
