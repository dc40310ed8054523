"""What would be written of a list, and why the rest would not."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bridgewatch.model.phrases import Phrase, Words

Value = dict[str, Any]
"""A site, link or contact as the tree of a file would hold it."""


class Refusal(NamedTuple):
    """Why a line, or part of it, is not taken. `line` as people find it: `12`, or `Sheet 12`."""

    line: str
    reason: Words


class Taken(NamedTuple):
    """What a line gives: `what` is a site, link or contact, and `told` what would be written of it."""

    line: str
    what: Phrase
    told: Words


class Counts(NamedTuple):
    """Each line of a list once: all of it is taken, or part of it, or nothing, or it says nothing new."""

    whole: int
    part: int
    refused: int
    idle: int


@dataclass(slots=True)
class Draft:
    """What would be written. `lines` is how many the list has; `unread` are headers that mean nothing here.

    `adopted` are the sites that name no parent and get `parent`, the only one that there can be.
    """

    sites: dict[str, Value] = field(default_factory=dict)
    contacts: dict[str, Value] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    parent: str = ""
    adopted: list[str] = field(default_factory=list)
    lines: int = 0

    def counts(self) -> Counts:
        """What became of the lines; together they are all."""
        taken, refused = ({row.line for row in rows} for rows in (self.taken, self.refused))
        return Counts(
            len(taken - refused),
            len(taken & refused),
            len(refused - taken),
            self.lines - len(taken | refused),
        )
