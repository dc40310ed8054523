"""Pydantic's findings in the words of the people who wrote the file."""

from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bridgewatch.config.documents.base import TAG_MARK
from bridgewatch.config.errors import KeyPath, Problem, describe, one_of
from bridgewatch.config.hints import WIDE_COLON, as_id, nearest, quoted_address, without_lookalike
from bridgewatch.config.scalars import ID_PATTERN, PATTERN_MEANINGS
from bridgewatch.config.schema import known_keys

_KEY_MARK: Final = "[key]"  # pydantic's way to say that a key of a mapping is wrong, not its value
_EXPECTED: Final = {
    "string_type": "text",
    "list_type": "a list: lines that begin with `- `, or [one, two]",
    "dict_type": "a mapping: lines of `key: value`",
    "model_type": "a mapping: lines of `key: value`",
    "model_attributes_type": "a mapping: lines of `key: value`",
    "union_tag_not_found": "an address, {icmp: ...}, {stamp: host:port} or {dialin: KEY}",
    "union_tag_invalid": "an address, {icmp: ...} or {stamp: host:port}",
}


def problems_of(kind: str, error: ValidationError) -> tuple[Problem, ...]:
    """One problem per finding in a file of `kind`."""
    details = error.errors(include_url=False)
    renamed = {
        (*detail["loc"][:-1], _meant(kind, detail))
        for detail in details
        if detail["type"] == "extra_forbidden"
    }
    # A mistyped key is one mistake: that the right one is missing needs no line of its own.
    return tuple(
        _problem(kind, detail)
        for detail in details
        if detail["type"] != "missing" or detail["loc"] not in renamed
    )


def _meant(kind: str, detail: ErrorDetails) -> str | None:
    """The key that an unknown one was probably meant to be."""
    *around, key = detail["loc"]
    return nearest(str(key), known_keys(kind, tuple(around)))


def _problem(kind: str, detail: ErrorDetails) -> Problem:
    raw, value = detail["loc"], detail["input"]
    path = _own_path(raw)
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            expected = _meant_key(kind, detail)
            return Problem(path, f"the unknown key {describe(str(raw[-1]))}", expected, at_key=True)
        case "missing":
            return Problem(path, "nothing", f"the key {raw[-1]}")
        case "mistake":
            member = (context["key"],) if context["key"] else ()
            expected = quoted_address(value, path) or context["expected"] + without_lookalike(value)
            return Problem((*path, *member), context["found"] or describe(value), expected)
        case "model_type" if not path:
            return Problem(path, describe(value), f"a mapping with {one_of(known_keys(kind, ()))}")
        case error_type:
            at_key = bool(raw) and raw[-1] == _KEY_MARK
            expected = quoted_address(value, path) or _expected(
                error_type, context, value
            ) + without_lookalike(value)
            return Problem(path, describe(value), expected, at_key=at_key)


def _meant_key(kind: str, detail: ErrorDetails) -> str:
    *around, last = detail["loc"]
    key, known = str(last), known_keys(kind, tuple(around))
    before, colon, after = key.replace(WIDE_COLON, ":").partition(":")
    if colon and before in known:
        return f"`{before}: {after}`, with a plain colon and a space behind it"
    return _meant(kind, detail) or one_of(known)


def _own_path(raw: tuple[str | int, ...]) -> KeyPath:
    """`raw` without what pydantic added: union tags and key marks."""
    added = (part == _KEY_MARK or (isinstance(part, str) and part.startswith(TAG_MARK)) for part in raw)
    return tuple(part for part, is_added in zip(raw, added, strict=True) if not is_added)


def _expected(error_type: str, context: dict[str, Any], value: Any) -> str:
    match error_type:
        case "enum" | "literal_error":
            return str(context["expected"]).replace("'", "")
        case "string_pattern_mismatch":
            meaning = PATTERN_MEANINGS.get(context["pattern"], "another form of text")
            meant = as_id(str(value)) if context["pattern"] == ID_PATTERN else ""
            return f"{meaning}, as in {meant}" if meant else meaning
        case "too_long":
            return f"at most {context['max_length']} entries"
        case "too_short":
            return f"at least {context['min_length']} entry"
        case _:
            return _EXPECTED.get(error_type, "another value")
