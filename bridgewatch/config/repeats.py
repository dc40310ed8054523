"""One mistake, one line: a wrong name is often written many times, or missing in one place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from bridgewatch.config.errors import Finding, KeyPath, Remark
from bridgewatch.model.phrases import phrase

_PEOPLE: Final = {"contacts", "who", "always", "teams", "policy"}
_PLACES: Final = {"carrier", "profile", "egress", "parent", "via", "area"}
_BANDWIDTH: Final = {"credentials", "server", "methods", "key"}
_SHARED: Final = _PEOPLE | _PLACES | _BANDWIDTH
"""Keys whose values many sites, links, contacts or rosters have in common."""

_FEW: Final = 3


def fold(findings: Iterable[Finding]) -> list[Finding]:
    """Of findings that say the same of a shared name more than a few times only the first, with the count."""
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        path, found, expected = finding.problem.path, finding.problem.found, finding.problem.expected
        key = _key(path)
        groups.setdefault((key, found, expected) if key in _SHARED else number, []).append(finding)
    return [finding for group in groups.values() for finding in _folded(group)]


def first_of_many(remarks: Sequence[Remark]) -> Sequence[Remark]:
    """Of remarks that say the same of different things, when they are many, the first with all others."""
    if len(remarks) <= _FEW:
        return remarks
    first, *others = remarks
    return [first._replace(likewise=tuple(others))]


def spread(remarks: Iterable[Remark], *, every: bool) -> Iterator[Remark]:
    """One remark for many, with their count; or `every` one."""
    for remark in remarks:
        if not remark.likewise:
            yield remark
        elif every:
            yield from (remark._replace(likewise=()), *remark.likewise)
        else:
            text = phrase(
                "{text} ({count} more likewise: `check --all` shows them)",
                text=remark.text,
                count=len(remark.likewise),
            )
            yield Remark(remark.file, remark.path, text)


def _key(path: KeyPath) -> str | None:
    """The key whose value, or a member of it, is wrong."""
    return next((part for part in reversed(path) if isinstance(part, str)), None)


def _folded(group: list[Finding]) -> list[Finding]:
    if len(group) <= _FEW:
        return group
    file, problem = group[0]
    found = phrase("{found}, here and at {count} more places", found=problem.found, count=len(group) - 1)
    return [Finding(file, replace(problem, found=found))]
