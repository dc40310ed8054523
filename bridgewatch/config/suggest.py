"""What may have been meant by names that nobody declares."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from bridgewatch.config.errors import one_of
from bridgewatch.core.nearest import nearest
from bridgewatch.model.mistakes import perhaps
from bridgewatch.model.phrases import Words, phrase

_FEW: Final = 12  # names that still fit into a message
_SUGGESTIONS: Final = 50  # comparing a name with a whole country takes 0.1 s or more, so not for every error


@dataclass(slots=True)
class Suggestions:
    """Remembers what it suggested: a wrong name is often written many times."""

    _given: dict[tuple[str, int], str | None] = field(default_factory=dict)

    def known(self, name: str, known: Collection[str]) -> Words:
        """What is right in place of `name`."""
        if not known:
            return phrase("none: nobody declares one")
        if meant := self.nearest(name, known):
            return perhaps(meant)
        if len(known) <= _FEW:
            return one_of(sorted(known))
        return phrase("one of the {count} known ones", count=len(known))

    def nearest(self, name: str, known: Collection[str]) -> str | None:
        """The known name nearest to `name`, if one is near."""
        if len(known) <= _FEW:
            return nearest(name, known)
        key = (name, id(known))
        if key not in self._given:
            self._given[key] = nearest(name, known) if len(self._given) < _SUGGESTIONS else None
        return self._given[key]
