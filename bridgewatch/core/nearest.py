"""What may have been meant by a name that nothing has."""

import difflib
import unicodedata
from collections.abc import Iterable

from bridgewatch.model.phrases import Words, phrase


def nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known name that `name` was probably meant to be, whatever its case and marks; None if none is near.

    That is one much alike, or else the only one that begins so; `likeness` is how much of both has to be the
    same, from 0 to 1. Comparing with 20,000 names takes a few tenths of a second: it is for mistakes only.
    """
    spelt: dict[str, str] = {}
    for one in known:
        spelt.setdefault(_plain(one), one)
    plain = _plain(name)
    found = difflib.get_close_matches(plain, spelt, n=1, cutoff=likeness)
    if not found:
        letters = _run_together(plain)
        begun = [one for one in spelt if letters and _run_together(one).startswith(letters)]
        found = begun if len(begun) == 1 else []
    return spelt[found[0]] if found else None


def suggesting(said: Words, name: str, known: Iterable[str]) -> Words:
    """What is said of an unknown name, and what may have been meant by it."""
    meant = nearest(name, known)
    return said if meant is None else phrase("{said}; did you mean {meant}?", said=said, meant=meant)


def _run_together(plain: str) -> str:
    return "".join(filter(str.isalnum, plain))


def _plain(name: str) -> str:
    """`Phòng họp` as `phong hop`."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
