"""A file that is not there: said once, in place of every name that it would declare."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from bridgewatch.config.errors import THAT, Finding, Mark, Place, Problem
from bridgewatch.config.named import Named, kind_of, name_in
from bridgewatch.config.parse import Parsed, declared, files_of
from bridgewatch.config.people.own import NO_CATCH_ALL
from bridgewatch.model.phrases import phrase

_FEW: Final = 3  # unknown names beside known ones that are rather mistyped than missing
_KINDS: Final = {Named.CONTACT: "contacts", Named.GATEWAY: "gateways"}
_FOLDERS: Final = {"contacts": "contacts.d"}


def tell_absent_files(findings: Iterable[Finding], files: Mapping[str, Parsed]) -> list[Finding]:
    """The findings, with one that names the file in place of all that follow from its absence.

    `files` are those that are there, by name.
    """
    kept = list(findings)
    if not (files_of(files, "sites") or files_of(files, "watchdog")):  # which is a finding already
        kept = [finding for finding in kept if kind_of(finding.problem.found) is not Named.SITE]
    for named, kind in _KINDS.items():
        unknown = [finding for finding in kept if kind_of(finding.problem.found) is named]
        missing = _missing(kind, files)
        if not unknown or missing is None:
            continue
        headless = [finding for finding in kept if finding.problem.found == NO_CATCH_ALL]
        names = list(dict.fromkeys(name_in(finding.problem.found) for finding in unknown))
        if _all_gone(names, declared(files, kind) or (), headless):
            gone = {*map(id, unknown), *map(id, headless)}
            kept = [finding for finding in kept if id(finding) not in gone]
            kept.append(_absent(missing, named, len(names), unknown[0]))
    return kept


def _missing(kind: str, files: Mapping[str, Parsed]) -> str | None:
    """Where more things of that kind would be declared: the file, or else the folder beside it."""
    there = list(files_of(files, kind))
    if all("/" in name for name in there):
        return f"{kind}.yaml"
    folder = _FOLDERS.get(kind)
    return folder if folder is not None and not any("/" in name for name in there) else None


def _all_gone(names: Collection[str], known: Collection[str], headless: Collection[Finding]) -> bool:
    """Whether names are unknown because of a file, and not one by one because they are mistyped."""
    return not known or (len(names) > _FEW and (bool(headless) or len(names) > len(known)))


def _absent(file: str, named: Named, count: int, first: Finding) -> Finding:
    name = name_in(first.problem.found)
    expected = {
        Named.CONTACT: phrase(
            "the contacts that others name: {count}, such as {name}", count=count, name=name
        ),
        Named.GATEWAY: phrase(
            "the gateways that others name: {count}, such as {name}", count=count, name=name
        ),
    }[named]
    place = Place(first.file, first.problem.path, THAT)
    return Finding(file, Problem((), phrase("no file"), expected, mark=Mark(1, 1), other=place))
