"""Names for what is made here: an instant, written so that people can read it out and files sort by it."""

from typing import Final

_DIGITS: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no letter looks like a digit
_BITS: Final = 5


def name(prefix: str, stamp_ns: int) -> str:
    """The name of what was made at `stamp_ns` (not negative); a stamp is used once per prefix."""
    digits = []
    while True:
        digits.append(_DIGITS[stamp_ns & ((1 << _BITS) - 1)])
        stamp_ns >>= _BITS
        if not stamp_ns:
            return prefix + "".join(reversed(digits))
