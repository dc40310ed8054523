"""Long work in short steps, so that whoever has it done may do something more urgent between two of them.

A function that returns `Steps` does nothing by itself: its caller takes one step after the other, whenever
there is time, and may give up between any two. The steps say nothing; the result comes with the last.
"""

from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

_T = TypeVar("_T")

Steps = Generator[None, None, _T]

LOOKED_AT: Final = 1024  # things per step that are only looked at: one to two milliseconds
MADE: Final = 128  # things per step that are made anew


def finish(steps: Steps[_T]) -> _T:
    """Take all steps at once; the result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: _T = end.value
            return result


def portions(things: Iterable[_T], size: int = LOOKED_AT) -> Iterator[tuple[_T, ...]]:
    """`things` in order, `size` at a time. What they are taken from must not change meanwhile."""
    remaining = iter(things)
    while portion := tuple(islice(remaining, size)):
        yield portion
