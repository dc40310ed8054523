"""What may have been meant by something that is wrong. Called for mistakes only, so it may take its time."""

import re
import unicodedata
from typing import Any, Final

from bridgewatch.config.characters import name_of
from bridgewatch.config.errors import KeyPath
from bridgewatch.config.hosts import family_of
from bridgewatch.model.phrases import Phrase, Words, phrase

WIDE_COLON: Final = "\uff1a"
"""What an input method for East Asian text writes for a colon."""

# Whatever stands between letters and digits, but for hyphens alone: an id is its own nearest id.
_NOT_IN_IDS: Final = re.compile(r"[^a-z0-9]*[^a-z0-9-][^a-z0-9]*")
_ID_LENGTH: Final = 64
_LOOKED_AT: Final = 200  # characters of a wrong value: a hostile one has millions
_LOOKALIKES: Final = frozenset({"Cf", "Zs", "Zl", "Zp", "Pi", "Pf"})  # unseen, spaces, typographic quotes


def as_id(text: str) -> str:
    """The id nearest to a name: `Xã Ia Pê` gives `xa-ia-pe`; '' if no letter or digit is in it."""
    letters = unicodedata.normalize("NFKD", text[:_LOOKED_AT].lower().replace("đ", "d"))
    plain = letters.encode("ascii", "ignore").decode()
    return _NOT_IN_IDS.sub("-", plain).strip("-")[:_ID_LENGTH].rstrip("-")


def quoted_address(value: Any, path: KeyPath) -> Phrase | None:
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
    return in_quotes(text)


def with_colon(key: str, value: str) -> Phrase:
    """How to write a key and its value."""
    return phrase("`{key}: {value}`, with a plain colon and a space behind it", key=key, value=value)


def in_quotes(address: str) -> Phrase:
    """How to write an IPv6 address."""
    return phrase("the IPv6 address in quotes: {address}", address=f'"{address}"')


def without_lookalike(expected: Words, value: Any) -> Words:
    """`expected`, and the first character of `value` that looks like nothing or like another one."""
    text = value[:_LOOKED_AT] if isinstance(value, str) else ""
    odd = next((c for c in text if c != " " and unicodedata.category(c) in _LOOKALIKES), None)
    if odd is None:
        return expected
    return phrase("{expected}, without the {character}", expected=expected, character=name_of(odd))
