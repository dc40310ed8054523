"""What is wrong in the files of a configuration, and what is allowed there but will disappoint."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.phrases import Phrase, Words, phrase


@dataclass(frozen=True, slots=True)
class Placed:
    """Something to say of a place in a file, counted from one as editors do.

    `key` is the way to the value there as people write it, `sites[3].links.wan`; '' means the file itself.
    """

    file: str
    line: int
    column: int
    key: str

    @property
    def place(self) -> str:
        """`file:line:column: key:`, the same in every language."""
        key = f" {self.key}:" if self.key else ""
        return f"{self.file}:{self.line}:{self.column}:{key}"


def perhaps(meant: Words) -> Phrase:
    """What may have been meant by an unknown name: a question, because nobody can know that it was."""
    return phrase("did you mean {meant}?", meant=meant)


_QUESTION: Final = perhaps("").message

NO_DIRECTORY: Final = phrase("no such directory")
"""Found in place of a whole configuration."""


def mistaken(found: Words, expected: Words) -> Phrase:
    """What was found, and what was expected in its place or may have been meant."""
    if isinstance(expected, Phrase) and expected.message == _QUESTION:
        return phrase("found {found}; {question}", found=found, question=expected)
    if found == NO_DIRECTORY:
        return phrase("there is no such directory; expected {expected}", expected=expected)
    return phrase("found {found}, expected {expected}", found=found, expected=expected)


@dataclass(frozen=True, slots=True)
class ConfigError(Placed):
    """One mistake. `str` gives it in English, for logs."""

    found: Words
    expected: Words

    def __str__(self) -> str:
        return f"{self.place} {self.text}"

    @property
    def text(self) -> Phrase:
        """What is said of the place."""
        return mistaken(self.found, self.expected)


@dataclass(frozen=True, slots=True)
class ConfigWarning(Placed):
    """What will disappoint, in a configuration that loads. `str` gives it in English."""

    text: Phrase

    def __str__(self) -> str:
        return f"{self.place} {self.text}"
