"""One mistake, one line: a wrong name is often written many times, or missing in one place."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from bridgewatch.config.errors import Finding

_SHARED: Final = frozenset({"carrier", "profile", "egress", "parent", "via"})
"""Keys whose values many sites and links have in common."""

_FEW: Final = 3


def fold(findings: Iterable[Finding]) -> list[Finding]:
    """Of findings that say the same of a shared name more than a few times only the first, with the count."""
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        path, found, expected = finding.problem.path, finding.problem.found, finding.problem.expected
        shared = path[-1:] and path[-1] in _SHARED
        groups.setdefault((path[-1], found, expected) if shared else number, []).append(finding)
    return [finding for group in groups.values() for finding in _folded(group)]


def _folded(group: list[Finding]) -> list[Finding]:
    if len(group) <= _FEW:
        return group
    file, problem = group[0]
    found = f"{problem.found}, here and at {len(group) - 1:,} more places"
    return [Finding(file, replace(problem, found=found))]
