"""Names for characters that the eye does not tell from others."""

import unicodedata
from typing import Final

from bridgewatch.model.phrases import Words, phrase

_NAMES: Final = {
    "\u00a0": phrase("no-break space (U+00A0)"),
    "\u200b": phrase("zero width space (U+200B)"),
    "\u2018": phrase("left single quotation mark (U+2018)"),
    "\u2019": phrase("right single quotation mark (U+2019)"),
    "\u201c": phrase("left double quotation mark (U+201C)"),
    "\u201d": phrase("right double quotation mark (U+201D)"),
    "\u202f": phrase("narrow no-break space (U+202F)"),
    "\u3000": phrase("ideographic space (U+3000)"),
    "\ufeff": phrase("zero width no-break space (U+FEFF)"),
}
"""Those that web pages, text processors and input methods leave behind."""


def name_of(character: str) -> Words:
    """What a character is called; those that nobody meets have their English name in every language."""
    rare = f"{unicodedata.name(character, 'character').lower()} (U+{ord(character):04X})"
    return _NAMES.get(character, rare)
