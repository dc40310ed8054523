"""Long work beside the probing loop: a step at a time, and the loop's turn after each."""

import asyncio
from typing import TypeVar

from bridgewatch.core.steps import Steps

_T = TypeVar("_T")


async def between_ticks(steps: Steps[_T]) -> _T:
    """Take all steps, letting the loop do what is due after each; the result. The first comes at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: _T = end.value
            return result
        await asyncio.sleep(0)
