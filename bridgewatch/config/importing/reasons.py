"""Why a line is not taken: everything that is wrong with it, so that it is mended at one go."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from bridgewatch.model.phrases import Words

_Arguments = ParamSpec("_Arguments")
_Made = TypeVar("_Made")


class RefusedError(Exception):
    """What a line says cannot be taken; `args` are the reasons."""

    def __init__(self, *reasons: Words) -> None:
        super().__init__(*reasons)


class Reasons:
    """Gathers reasons while the rest is looked at."""

    def __init__(self) -> None:
        self._found: dict[Words, None] = {}

    def add(self, *reasons: Words) -> None:
        """Note reasons; each is told once."""
        self._found |= dict.fromkeys(reasons)

    def of(
        self, step: Callable[_Arguments, _Made], *args: _Arguments.args, **kwargs: _Arguments.kwargs
    ) -> _Made | None:
        """What `step` makes; None where it refuses, and its reasons are noted."""
        try:
            return step(*args, **kwargs)
        except RefusedError as refused:
            self.add(*refused.args)
            return None

    def tell(self) -> None:
        """Raises RefusedError if there is any reason."""
        if self._found:
            raise RefusedError(*self._found)
