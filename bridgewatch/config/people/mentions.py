"""What the files of people and events refer to, and where; read tolerantly from the tree.

A file with a mistake in one place still refers to the right things in all others.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from bridgewatch.config.errors import KeyPath
from bridgewatch.config.named import Named
from bridgewatch.config.tree import Node

_KEY: Final = "*"
"""Every value of a mapping."""

_EACH: Final = "-"
"""Every member of a list; a text stands for a list of one."""


class NameMention(NamedTuple):
    """A name that must exist."""

    path: KeyPath
    named: Named
    name: str


_EVENT: Final = ("events", _KEY)
_ROLE: Final = ("rosters", _KEY, _KEY)
_MENTIONS: Final[dict[str, dict[tuple[str, ...], Named]]] = {
    "bridgewatch": {("egresses", _KEY, "references", _EACH, "key"): Named.KEY},
    "gateways": {("gateways", _KEY, "egress"): Named.EGRESS},
    "contacts": {
        ("catch_all", _EACH): Named.CONTACT,
        ("contacts", _KEY, "carrier"): Named.CARRIER,
        ("contacts", _KEY, "channels", _EACH, "via"): Named.GATEWAY,
    },
    "rosters": {
        ("rosters", _KEY, "carrier"): Named.CARRIER,
        ("rosters", _KEY, "area"): Named.SITE,
        (*_ROLE, "always", _EACH): Named.CONTACT,
        (*_ROLE, "shifts", _EACH, "who", _EACH): Named.CONTACT,
        (*_ROLE, "rotation", "teams", _EACH, _EACH): Named.CONTACT,
        (*_ROLE, "overrides", _EACH, "who", _EACH): Named.CONTACT,
        (*_ROLE, "overrides", _EACH, "instead_of"): Named.CONTACT,
        (*_ROLE, "swaps", _EACH, "between", _EACH): Named.CONTACT,
    },
    "policies": {
        ("phases", _KEY): Named.POLICY,
        ("policies", _KEY, "like"): Named.SHIPPED,
    },
    "events": {
        (*_EVENT, "sites", _EACH): Named.SITE,
        (*_EVENT, "sites", _EACH, "area"): Named.SITE,
        (*_EVENT, "sites", _EACH, "carrier"): Named.CARRIER,
        (*_EVENT, "except", _EACH): Named.SITE,
        (*_EVENT, "except", _EACH, "area"): Named.SITE,
        (*_EVENT, "except", _EACH, "carrier"): Named.CARRIER,
        (*_EVENT, "hubs", _EACH): Named.SITE,
        (*_EVENT, "phases", _KEY, "profile"): Named.PROFILE,
        (*_EVENT, "phases", _KEY, "policy"): Named.POLICY,
    },
}


def mentions_of(kind: str, root: Node) -> tuple[NameMention, ...]:
    """Everything that a file of `kind` refers to."""
    return tuple(
        NameMention(path, named, name)
        for pattern, named in _MENTIONS.get(kind, {}).items()
        for path, name in _found(root, pattern)
        if not (path[-1] == "sites" and named is Named.SITE)  # the word `all`, or a mistake
    )


def _found(node: Node, pattern: tuple[str, ...], path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    if not pattern:
        if isinstance(node, str):
            yield path, str(node)
        return
    step, *rest = pattern
    members: list[tuple[KeyPath, Node]] = []
    match node:
        case dict() if step == _KEY:
            members = [((*path, key), value) for key, value in node.items()]
        case dict() if step != _EACH and step in node:
            members = [((*path, step), node[step])]
        case list() if step == _EACH:
            members = [((*path, index), value) for index, value in enumerate(node)]
        case str() if step == _EACH:
            members = [(path, node)]
    for where, member in members:
        yield from _found(member, tuple(rest), where)
