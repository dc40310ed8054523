"""What may have been meant by a name that nothing has."""

import difflib
from collections.abc import Iterable

from bridgewatch.model.phrases import Words, phrase


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be, whatever its case; None if none is near.

    Comparing with 20,000 names takes a few tenths of a second: it is for mistakes only.
    """
    spelt: dict[str, str] = {}
    for one in known:
        spelt.setdefault(one.casefold(), one)
    found = difflib.get_close_matches(name.casefold(), spelt, n=1)
    return spelt[found[0]] if found else None


def suggesting(said: Words, name: str, known: Iterable[str]) -> Words:
    """What is said of an unknown name, and what may have been meant by it."""
    meant = nearest(name, known)
    return said if meant is None else phrase("{said}; did you mean {meant}?", said=said, meant=meant)
