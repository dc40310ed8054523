"""What is wrong in the files of a configuration, and what is allowed there but will disappoint."""

from dataclasses import dataclass

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
        return phrase("found {found}, expected {expected}", found=self.found, expected=self.expected)


@dataclass(frozen=True, slots=True)
class ConfigWarning(Placed):
    """What will disappoint, in a configuration that loads. `str` gives it in English."""

    text: Phrase

    def __str__(self) -> str:
        return f"{self.place} {self.text}"
