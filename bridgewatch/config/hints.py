"""What may have been meant by something that is wrong. Called for mistakes only, so it may take its time."""

import difflib
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

from bridgewatch.config.errors import KeyPath, name_of
from bridgewatch.config.hosts import family_of

WIDE_COLON: Final = "\uff1a"
"""What an input method for East Asian text writes for a colon."""

# Whatever stands between letters and digits, but for hyphens alone: an id is its own nearest id.
_NOT_IN_IDS: Final = re.compile(r"[^a-z0-9]*[^a-z0-9-][^a-z0-9]*")
_ID_LENGTH: Final = 64
_LOOKED_AT: Final = 200  # characters of a wrong value: a hostile one has millions
_LOOKALIKES: Final = frozenset({"Cf", "Zs", "Zl", "Zp", "Pi", "Pf"})  # unseen, spaces, typographic quotes


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be."""
    return next(iter(difflib.get_close_matches(name.lower(), list(known), n=1)), None)


def as_id(text: str) -> str:
    """The id nearest to a name: `Xã Ia Pê` gives `xa-ia-pe`; '' if no letter or digit is in it."""
    letters = unicodedata.normalize("NFKD", text[:_LOOKED_AT].lower().replace("đ", "d"))
    plain = letters.encode("ascii", "ignore").decode()
    return _NOT_IN_IDS.sub("-", plain).strip("-")[:_ID_LENGTH].rstrip("-")


def quoted_address(value: Any, path: KeyPath) -> str | None:
    """What to write at `path` if `value` is what YAML makes of an IPv6 address without quotes."""
    match value:
        case [str(text)]:
            candidates = [text]
        case dict() if len(value) == 1:
            ((key, inside),) = value.items()
            candidates = [key, f"{key}:"] if inside is None else []
        case _:
            return None
    address = next((text for text in candidates if ":" in text and family_of(text)), None)
    if address is None:
        return None
    text = f"[{address}]" if path[-1:] == ("stamp",) else address
    return f'the IPv6 address in quotes: "{text}"'


def without_lookalike(value: Any) -> str:
    """Names the first character of `value` that looks like nothing or like another one, or ''."""
    text = value[:_LOOKED_AT] if isinstance(value, str) else ""
    odd = next((c for c in text if c != " " and unicodedata.category(c) in _LOOKALIKES), None)
    return f", without the {name_of(odd)}" if odd else ""
