"""Plain letters for SMS: the part of the GSM 7-bit alphabet (3GPP TS 23.038) that needs no diacritics.

Characters of its extension table count twice, so they are replaced as well: one character is one septet.
"""

import unicodedata
from typing import Final

LIMIT: Final = 160  # characters of one SMS

_REPLACED: Final = str.maketrans(
    {
        "đ": "d",
        "Đ": "D",
        "[": "(",
        "{": "(",
        "]": ")",
        "}": ")",
        "\\": "/",
        "|": "/",
        "~": "-",
        "^": "",
        "`": "'",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u00b7": "-",
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2026": "...",
        "\u00a0": " ",
        "\u202f": " ",
    }
)
_UNKNOWN: Final = "?"


def plain(text: str) -> str:
    """`text` without diacritics, in one line; what has no plain letter becomes a question mark."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_REPLACED)).translate(_REPLACED)
    letters = (sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join("".join(sign if _known(sign) else _UNKNOWN for sign in letters).split())


def _known(sign: str) -> bool:
    return sign.isspace() or (" " <= sign <= "~" and sign not in "[]{}\\|~^`")


def clip(text: str, room: int) -> str:
    """The beginning of plain `text` within `room` characters, two dots where something is gone."""
    if len(text) <= room:
        return text
    return text[: max(0, room - 2)].rstrip(" ,.-") + ".."[: max(0, room)]
