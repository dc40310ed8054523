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


@dataclass(slots=True)
class Draft:
    """What would be written. `unread` are headers that mean nothing here.

    `adopted` are the sites that name no parent and get `parent`, the only one that there can be.
    """

    sites: dict[str, Value] = field(default_factory=dict)
    contacts: dict[str, Value] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    parent: str = ""
    adopted: list[str] = field(default_factory=list)
