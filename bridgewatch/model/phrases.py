"""Sentences in no language yet: what is found deep inside is worded where somebody reads it.

A message is written in English where it is found, as a key of the catalogue `texts/phrases`, so that the code
reads as what it says. `make texts` collects the messages, which is why the argument of `phrase` is a literal.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """A message, and what its braces stand for.

    Among the values, a phrase is said in the same language, a whole number is a count, and a text is said as
    it is: what somebody wrote, the name of a key, a number that is to be written so. `str` gives the English.
    """

    message: str
    values: tuple[tuple[str, "Value"], ...] = ()

    def __str__(self) -> str:
        return self.said(str, "{:,}".format)

    def said(self, translated: Callable[[str], str], counted: Callable[[int], str]) -> str:
        """The sentence in the language of `translated` messages and `counted` numbers."""

        def value(one: Value) -> str:
            match one:
                case Phrase():
                    return one.said(translated, counted)
                case int():
                    return counted(one)
                case _:
                    return one

        return translated(self.message).format(**{name: value(one) for name, one in self.values})


Words = str | Phrase
"""Something said: a phrase, or what is the same in every language."""

Value = int | Words


def phrase(message: str, /, **values: Value) -> Phrase:
    """A phrase to be said later. Braces that stand for nothing are doubled in `message`."""
    # A subclass of str, such as an enumeration's member, is its text and nothing else to whoever says it.
    plain = (one if isinstance(one, int | Phrase) else str(one) for one in values.values())
    return Phrase(message, tuple(zip(values, plain, strict=True)))
