"""Takes each sequence number once, in whatever order they come (RFC 4303 section 3.4.3)."""

from typing import Final

WIDTH: Final = 1024
_MASK: Final = (1 << WIDTH) - 1


class Window:
    """Takes every number once; those more than WIDTH behind the newest are taken for old.

    With `bits`, numbers are counts modulo that power of two, as STAMP's are.
    """

    __slots__ = ("_bits", "_highest", "_seen")

    def __init__(self, bits: int = 64) -> None:
        self._bits = bits
        self._highest = -1
        self._seen = 0  # bit n: the number n below the highest was taken

    def take(self, seq: int) -> bool:
        """Take a number; False if it was taken before or is old."""
        behind = self._behind(seq)
        if behind >= WIDTH or (behind >= 0 and self._seen >> behind & 1):
            return False
        if behind < 0:
            self._seen = (self._seen << min(-behind, WIDTH) | 1) & _MASK
            self._highest = seq
        else:
            self._seen |= 1 << behind
        return True

    def is_newest(self, seq: int) -> bool:
        """Whether nothing newer was taken."""
        return seq == self._highest

    def _behind(self, seq: int) -> int:
        if self._highest < 0:
            return -1
        half = 1 << self._bits - 1
        return (self._highest - seq + half) % (2 * half) - half
