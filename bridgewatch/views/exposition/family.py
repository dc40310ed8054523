"""What a metric family of the prepared page is: its name, type, unit and help, and which columns feed it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.observations import Int64, Real
from bridgewatch.model.snapshot import Snapshot
from bridgewatch.views.exposition.digits import Text, real, whole
from bridgewatch.views.exposition.labels import COUNTED, Layout, Subject, label_text

_Columns = TypeVar("_Columns")

Kind: TypeAlias = Literal["counter", "gauge", "summary", "histogram", "info"]
Column: TypeAlias = Callable[[Snapshot, Layout], NDArray[Any]]
Whole: TypeAlias = Callable[[Snapshot, Layout], Int64]
Reals: TypeAlias = Callable[[Snapshot, Layout], Real]


@dataclass(frozen=True, slots=True)
class Line:
    """One sample line of every row: its column, how that is written, what goes around the row's labels."""

    column: Column
    text: Callable[[NDArray[Any]], Text]
    suffix: str = ""
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric family. `name` goes without `_total` and `_info`; `unit`, if any, is how it ends."""

    name: str
    kind: Kind
    subject: Subject
    help: str
    lines: tuple[Line, ...]
    unit: str = ""


def count_line(column: Whole, suffix: str = "", **extra: str) -> Line:
    """A line of whole numbers; negative ones are absent."""
    return Line(column, whole, suffix, label_text(**extra))


def real_line(column: Reals, suffix: str = "", **extra: str) -> Line:
    """A line of reals; NaN is absent."""
    return Line(column, real, suffix, label_text(**extra))


def reader(
    columns: Callable[[Snapshot], _Columns | None], subject: Subject, absent: float
) -> Callable[[Callable[[_Columns], NDArray[Any]]], Column]:
    """Makes columns of those, one row per link, that a snapshot may be without: then all is absent.

    `subject` is LINK, or COUNTED for the rows of the links whose counters are read.
    """

    def read(column: Callable[[_Columns], NDArray[Any]]) -> Column:
        def chosen(snapshot: Snapshot, layout: Layout) -> NDArray[Any]:
            found = columns(snapshot)
            if found is None:
                return np.full(layout.rows(subject), absent)
            return column(found)[layout.counted] if subject is COUNTED else column(found)

        return chosen

    return read


def info_family(name: str, subject: Subject, help_: str) -> Family:
    """A family whose labels are what it says."""

    def ones(_: Snapshot, layout: Layout) -> Int64:
        return np.ones(layout.rows(subject), dtype=np.int64)

    return Family(name, "info", subject, help_, (count_line(ones, "_info"),))


def meanings(states: Iterable[IntEnum]) -> str:
    """`0 unknown, 1 up, ...`: what the numbers of a state metric mean."""
    return ", ".join(f"{state.value} {state.name.lower()}" for state in states)
