"""Entries of the log as rows, and back. A row's body is JSON that any tool reads.

How a field is written follows from its type: enumerations by name, tuples as lists, values of classes as
objects; a number that is not finite as a string, because JSON has none. Every field is written, so that a
default may change without changing what is past.
"""

import json
import math
import types
import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Final, NamedTuple

from bridgewatch.adapters.store.errors import DamagedEntryError, StoreTooNewError
from bridgewatch.model.log import AnyEntry, Entry, IncidentEntry, MessageEntry
from bridgewatch.model.phrases import phrase

_Convert = Callable[[Any], Any]
_Forms = tuple[tuple[str, _Convert, _Convert], ...]


class Row(NamedTuple):
    """An entry as the store keeps it. `incident` and `message` are those it is of, not those it mentions."""

    at_ns: int
    kind: str
    incident: str | None
    message: str | None
    body: str


def encode(entry: AnyEntry) -> Row:
    """The row of an entry."""
    kind = type(entry).__name__
    incident = entry.incident if isinstance(entry, IncidentEntry) else None
    message = entry.message if isinstance(entry, MessageEntry) else None
    body = json.dumps(_written(entry, _BODIES[kind]), separators=(",", ":"))
    return Row(entry.at_ns, kind, incident, message, body)


def decode(row: Row) -> AnyEntry:
    """The entry of a row; fields that this program does not know are passed over.

    Raises StoreTooNewError for a kind or a word that it does not know or a field that it misses, and
    DamagedEntryError for a body that is no JSON object.
    """
    kind = _KINDS.get(row.kind)
    if kind is None:
        raise StoreTooNewError(
            phrase("the log has entries of a kind that this version does not know: {kind}", kind=row.kind)
        )
    try:
        values = json.loads(row.body)
    except ValueError as error:
        raise DamagedEntryError(f"the body of an entry {row.kind} is no JSON: {error}") from error
    if not isinstance(values, dict):
        raise DamagedEntryError(f"the body of an entry {row.kind} is no object")
    columns = {"at_ns": row.at_ns, "incident": row.incident, "message": row.message}
    own = {name: columns[name] for name in _columns(kind)}
    try:
        entry: AnyEntry = kind(**own, **_read(values, _BODIES[row.kind]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreTooNewError(
            phrase(
                "this version cannot read an entry {kind} of the log: {why}", kind=row.kind, why=repr(error)
            )
        ) from error
    return entry


def _written(value: object, forms: _Forms) -> dict[str, Any]:
    return {name: write(getattr(value, name)) for name, write, _ in forms}


def _read(values: dict[str, Any], forms: _Forms) -> dict[str, Any]:
    return {name: read(values[name]) for name, _, read in forms if name in values}


@cache
def _forms(kind: type[Any]) -> _Forms:
    """The fields of a class with how each is written and read."""
    hints = typing.get_type_hints(kind)
    return tuple((field.name, *_converters(hints[field.name])) for field in fields(kind))


def _converters(hint: Any) -> tuple[_Convert, _Convert]:
    """How a value of type `hint` is written and read. Raises TypeError for a type that no entry has had."""
    hint = getattr(hint, "__supertype__", hint)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union} and inner[1:] == (types.NoneType,):
        return _optional(inner[0])
    if origin is tuple:
        return _tuple(inner)
    if hint is float:
        return _finite, float
    if hint in {str, int, bool}:
        return _same, _same
    if isinstance(hint, type) and issubclass(hint, Enum):
        return lambda value: value.name, lambda name: hint[name]
    if is_dataclass(hint) and isinstance(hint, type):
        forms = _forms(hint)
        return lambda value: _written(value, forms), lambda values: hint(**_read(values, forms))
    raise TypeError(f"the store cannot keep values of the type {hint}")


def _same(value: Any) -> Any:
    return value


def _finite(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def _optional(hint: Any) -> tuple[_Convert, _Convert]:
    write, read = _converters(hint)
    return (
        lambda value: None if value is None else write(value),
        lambda value: None if value is None else read(value),
    )


def _tuple(inner: tuple[Any, ...]) -> tuple[_Convert, _Convert]:
    if inner[1:] == (Ellipsis,):
        write, read = _converters(inner[0])
        return lambda values: [write(one) for one in values], lambda values: tuple(map(read, values))
    places = [_converters(one) for one in inner]
    return (
        lambda values: [write(one) for (write, _), one in zip(places, values, strict=True)],
        lambda values: tuple(read(one) for (_, read), one in zip(places, values, strict=True)),
    )


@cache
def _columns(kind: type[Any]) -> tuple[str, ...]:
    """The fields that have columns of their own."""
    return tuple(
        field.name
        for base in (Entry, IncidentEntry, MessageEntry)
        if issubclass(kind, base)
        for field in fields(base)
        if base is Entry or field.name != "at_ns"
    )


_KINDS: Final[dict[str, Any]] = {kind.__name__: kind for kind in typing.get_args(AnyEntry)}
_BODIES: Final[dict[str, _Forms]] = {
    name: tuple(form for form in _forms(kind) if form[0] not in _columns(kind))
    for name, kind in _KINDS.items()
}
