"""Sentences in no language yet: what is found deep inside is worded where somebody reads it.

A message is written in English where it is found, as a key of the catalogue `texts/phrases`, so that the code
reads as what it says. `make texts` collects the messages, which is why the argument of `phrase` is a literal.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final


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

_PACKED: Final = "["  # how a packed phrase begins


def phrase(message: str, /, **values: Value) -> Phrase:
    """A phrase to be said later. Braces that stand for nothing are doubled in `message`."""
    # A subclass of str, such as an enumeration's member, is its text and nothing else to whoever says it.
    plain = (one if isinstance(one, int | Phrase) else str(one) for one in values.values())
    return Phrase(message, tuple(zip(values, plain, strict=True)))


def packed(words: Words) -> str:
    """A phrase as one text that a log can keep, to be said when it is read; other words as they are.

    Words of others that look like a packed phrase are packed as what they said: their braces mean nothing.
    """
    if not isinstance(words, Phrase):
        if not words.startswith(_PACKED):
            return words
        words = Phrase("{words}", (("words", words),))
    return json.dumps(_listed(words), ensure_ascii=False)


def unpacked(text: str) -> Words:
    """The inverse; text that is no phrase is said as it is."""
    if not text.startswith(_PACKED):
        return text
    try:
        found = _from_listed(json.loads(text))
        str(found)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return text
    return found if isinstance(found, Phrase) else text


def _listed(words: Phrase) -> list[Any]:
    values = {name: _listed(value) if isinstance(value, Phrase) else value for name, value in words.values}
    return [words.message, values]


def _from_listed(listed: Any) -> Value:
    """Raises ValueError, TypeError or AttributeError for anything else."""
    if isinstance(listed, int | str):
        return listed
    message, values = listed
    if not isinstance(message, str):
        raise TypeError(message)
    return Phrase(message, tuple((name, _from_listed(value)) for name, value in values.items()))
