"""Ids and addresses that must differ, in whatever files they stand."""

from collections.abc import Iterator, Mapping
from typing import Final

from bridgewatch.config.errors import THAT, Finding, KeyPath, Place, Problem, describe
from bridgewatch.config.hosts import HostPort
from bridgewatch.config.names import Names
from bridgewatch.config.survey import Endpoint, Reserved, Survey
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import ProbeKind

_MANY: Final = 3  # repeated ids in one file: more are a copied file, which is one mistake
_ANOTHER_HOST: Final = phrase("another host")
_WHAT: Final = {"references": phrase("a reference"), "source": phrase("a source address")}

Copies = Mapping[tuple[str, KeyPath], Place]
"""Sites, by file and path, whose id another site has before them, and where that is."""


def copies_of(surveys: Mapping[str, Survey]) -> Copies:
    """The sites whose id was there before. `surveys` by file name, in reading order."""
    copies: dict[tuple[str, KeyPath], Place] = {}
    first: dict[str, Place] = {}
    for file, survey in surveys.items():
        for site in survey.sites:
            place = Place(file, site.path)
            if (before := first.setdefault(site.id, place)) is not place:
                copies[file, site.path] = Place(before.file, (*before.path, "id"))
    return copies


def repeated_ids(surveys: Mapping[str, Survey], copies: Copies) -> Iterator[Finding]:
    """A finding for every copy; of a file that was copied as a whole, one for all of it."""
    together: dict[tuple[str, str], list[KeyPath]] = {}
    for (file, path), first in copies.items():
        together.setdefault((file, first.file), []).append(path)
    ids = {(file, site.path): site.id for file, survey in surveys.items() for site in survey.sites if copies}
    for (file, _), paths in together.items():
        many = len(paths) > _MANY
        for path in paths[:1] if many else paths:
            found = phrase("the id {id} a second time", id=describe(ids[file, path]))
            if many:
                others = len(paths) - 1
                found = phrase("{found}, and {count} more ids of the same file", found=found, count=others)
            problem = Problem((*path, "id"), found, phrase("an id of its own"), other=copies[file, path])
            yield Finding(file, problem)


def repeated_endpoints(surveys: Mapping[str, Survey], copies: Copies, names: Names) -> Iterator[Finding]:
    """A reply must belong to one link: no two links share a target on the same way out.

    Nor may a link and a reference: a host inside the building is no proof of a link, and a host behind a
    link no witness of our own faults. The links of a copied site are copies too, and need no word.
    """
    # A link whose egress is in doubt is compared with those of its network.
    ways = {m: names.egress_of(m) or m.network for survey in surveys.values() for m in survey.mentions}
    own, findings = _reserved(names)
    yield from findings
    seen: dict[tuple[Endpoint, str | None], Place] = {}
    for file, survey in surveys.items():
        for link in survey.links:
            if copies and (file, link.path[:2]) in copies:
                continue
            way = ways[link.mention]
            for path, endpoint in link.endpoints:
                first = seen.setdefault((endpoint, way), place := Place(file, path))
                if first is not place:
                    found = phrase("the target {target} a second time", target=_shown(endpoint))
                    expected = phrase("a target of its own, or another egress")
                    yield Finding(file, Problem(path, found, expected, other=first))
                elif (reserved := own.get((endpoint.host, way))) is not None:
                    yield Finding(file, _taken(path, reserved, names.file))


def repeated_boxes(surveys: Mapping[str, Survey], copies: Copies) -> Iterator[Finding]:
    """Whose box calls in is told by its key, so no two links share one."""
    seen: dict[str, Place] = {}
    for file, survey in surveys.items():
        for use in survey.keys:
            if not use.dial_in or (file, use.path[:2]) in copies:
                continue
            first = seen.setdefault(use.key, place := Place(file, use.path))
            if first is not place:
                found = phrase("the key {key} a second time", key=describe(use.key))
                expected = phrase("a key of its own: it says whose box calls in")
                yield Finding(file, Problem(use.path, found, expected, other=first))


def _reserved(names: Names) -> tuple[dict[tuple[str, str | None], Reserved], list[Finding]]:
    """What each egress has for itself by host and egress, and the references that are repeated there."""
    own: dict[tuple[str, str | None], Reserved] = {}
    findings = []
    for reserved in names.reserved:
        first = own.setdefault((reserved.endpoint.host, reserved.egress), reserved)
        if first is not reserved and first.what != reserved.what:
            findings.append(Finding(names.file, _taken(reserved.path, first, names.file)))
        elif first is not reserved:
            found = phrase(
                "{what} a second time: {host}", what=_WHAT[reserved.what], host=reserved.endpoint.host
            )
            other = Place(names.file, first.path)
            findings.append(Finding(names.file, Problem(reserved.path, found, _ANOTHER_HOST, other=other)))
    return own, findings


def _taken(path: KeyPath, reserved: Reserved, file: str) -> Problem:
    found = phrase(
        "{host}, {what} of egress {egress}",
        host=reserved.endpoint.host,
        what=_WHAT[reserved.what],
        egress=reserved.egress,
    )
    return Problem(path, found, _ANOTHER_HOST, other=Place(file, reserved.path, THAT))


def _shown(endpoint: Endpoint) -> str:
    host, port = endpoint.host, endpoint.port
    return host if endpoint.kind is ProbeKind.ICMP else str(HostPort(host, port))
