"""Whose people stand where: our own in the catch-all, a carrier's on its rosters."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from bridgewatch.config.errors import Finding, Problem, describe
from bridgewatch.config.named import Named
from bridgewatch.config.parse import Parsed, files_of
from bridgewatch.config.survey import mapping_of
from bridgewatch.config.tree import Node
from bridgewatch.model.mistakes import perhaps
from bridgewatch.model.phrases import Phrase, phrase

_CATCH_ALL: Final = "catch_all"
NO_CATCH_ALL: Final = phrase("contacts and no `catch_all`")


class _Person(NamedTuple):
    carrier: str | None
    reachable: bool


def check_people(files: Mapping[str, Parsed], carriers: frozenset[str] | None) -> Iterator[Finding]:
    """Findings for people in the wrong place. A name that nobody declares is another one's business."""
    people = _people(files, carriers)
    yield from _catch_all(files, people)
    yield from _rosters(files, people, carriers)


def _people(files: Mapping[str, Parsed], carriers: frozenset[str] | None) -> dict[str, _Person]:
    people: dict[str, _Person] = {}
    for parsed in files_of(files, "contacts").values():
        unclear = parsed.unclear("contacts")
        for name, contact in mapping_of(mapping_of(parsed.root).get("contacts")).items():
            carrier = mapping_of(contact).get("carrier")
            if carrier is None or _is_known(carrier, carriers):
                people[name] = _Person(carrier, name in unclear or bool(mapping_of(contact).get("channels")))
    return people


def _is_known(carrier: Node, carriers: frozenset[str] | None) -> bool:
    return isinstance(carrier, str) and (carriers is None or carrier in carriers)


def _catch_all(files: Mapping[str, Parsed], people: Mapping[str, _Person]) -> Iterator[Finding]:
    contacts = files_of(files, "contacts")
    stated = [
        (file, path, name)
        for file, parsed in contacts.items()
        for path, named, name in parsed.mentions
        if named is Named.CONTACT and path[0] == _CATCH_ALL
    ]
    unclear = any(
        not parsed.complete
        or any(
            problem.expected == perhaps(_CATCH_ALL) or problem.path[:1] == (_CATCH_ALL,)
            for problem in parsed.problems
        )
        for parsed in contacts.values()
    )
    if people and not stated and not unclear:
        missing = Problem(
            (),
            NO_CATCH_ALL,
            phrase("`catch_all:` with our own contacts who are called last"),
        )
        yield Finding(next(iter(contacts)), missing)
    for file, path, name in stated:
        person = people.get(name)
        if person is not None and person.carrier is not None:
            expected = phrase("one of our own contacts")
            yield Finding(file, Problem(path, _is_of(name, person.carrier), expected))
        elif person is not None and not person.reachable:
            found = phrase("{contact}, who has no channel", contact=describe(name))
            yield Finding(file, Problem(path, found, phrase("a contact who can be reached")))


def _rosters(
    files: Mapping[str, Parsed], people: Mapping[str, _Person], carriers: frozenset[str] | None
) -> Iterator[Finding]:
    for file, parsed in files_of(files, "rosters").items():
        rosters = mapping_of(mapping_of(parsed.root).get("rosters"))
        for path, named, name in parsed.mentions:
            carrier = mapping_of(rosters.get(str(path[1]))).get("carrier")
            person = people.get(name)
            if named is not Named.CONTACT or person is None or carrier is None:
                continue
            if _is_known(carrier, carriers) and person.carrier not in {None, carrier}:
                expected = phrase("a contact of {carrier}", carrier=carrier)
                yield Finding(file, Problem(path, _is_of(name, person.carrier), expected))


def _is_of(contact: str, carrier: str) -> Phrase:
    return phrase("{contact}, who is of {carrier}", contact=describe(contact), carrier=carrier)
