"""Checks between the files of people and events, and from them to everything else that has a name."""

from collections.abc import Iterator, Mapping
from typing import Final

from bridgewatch.config.errors import Finding, KeyPath, Place, Problem, describe
from bridgewatch.config.heartbeats import is_watchdogs
from bridgewatch.config.named import Named, unknown
from bridgewatch.config.names import Names
from bridgewatch.config.parse import Parsed, declared, files_of
from bridgewatch.config.people.addresses import check_addresses
from bridgewatch.config.people.orders import check_orders
from bridgewatch.config.people.own import check_people
from bridgewatch.config.people.shipped import SHIPPED_POLICIES, WATCHDOG
from bridgewatch.config.references import meant_ids
from bridgewatch.config.suggest import Suggestions
from bridgewatch.config.survey import Survey
from bridgewatch.model.phrases import phrase

_ONCE: Final = {"contacts": phrase("contact"), "rosters": phrase("roster"), "events": phrase("event")}
"""What may be spread over several files, by key, and what one of it is called."""

Wrong = Mapping[str, frozenset[KeyPath]]
"""The places of mistakes that are known already, by file: what follows from them is no mistake."""


def check_people_references(
    files: Mapping[str, Parsed], surveys: Mapping[str, Survey], names: Names, wrong: Wrong
) -> list[Finding]:
    """Everything that is wrong with people and events beyond the form of a value."""
    findings = [
        *_unknown(files, _known(files, surveys, names, wrong)),
        *_repeated(files),
        *check_addresses(files),
        *check_people(files, names.carriers),
        *check_orders(files, surveys, names.carriers),
    ]
    return [finding for finding in findings if finding.problem.path not in wrong.get(finding.file, ())]


def _known(
    files: Mapping[str, Parsed], surveys: Mapping[str, Survey], names: Names, wrong: Wrong
) -> dict[Named, frozenset[str] | None]:
    """What may be named; None where that cannot be told."""
    policies = declared(files, "policies")
    shipped = frozenset(map(str, SHIPPED_POLICIES)) | ({WATCHDOG.id} if is_watchdogs(files) else set())
    return {
        Named.CARRIER: names.carriers,
        Named.CONTACT: declared(files, "contacts"),
        Named.EGRESS: None if names.egresses is None else frozenset(names.egresses),
        Named.GATEWAY: declared(files, "gateways"),
        Named.KEY: names.keys,
        Named.POLICY: None if policies is None else policies | shipped,
        Named.PROFILE: names.profiles,
        Named.SHIPPED: shipped,
        Named.SITE: _known_sites(surveys, wrong),
    }


def _known_sites(surveys: Mapping[str, Survey], wrong: Wrong) -> frozenset[str] | None:
    if not all(survey.complete for survey in surveys.values()):
        return None
    declared_ids = {site.id for survey in surveys.values() for site in survey.sites}
    for file, survey in surveys.items():
        if wrong.get(file):
            declared_ids |= meant_ids(survey, wrong[file])
    return frozenset(declared_ids)


def _unknown(files: Mapping[str, Parsed], known: Mapping[Named, frozenset[str] | None]) -> Iterator[Finding]:
    suggest = Suggestions()
    for file, parsed in files.items():
        for path, named, name in parsed.mentions:
            candidates = known[named]
            if candidates is not None and name not in candidates:
                yield Finding(file, Problem(path, unknown(named, name), suggest.known(name, candidates)))


def _repeated(files: Mapping[str, Parsed]) -> Iterator[Finding]:
    """Within one file a key that is there twice is a mistake of its YAML; here it is in two files."""
    for key, thing in _ONCE.items():
        first: dict[str, str] = {}
        for file, parsed in files_of(files, key).items():
            members = parsed.root.get(key) if isinstance(parsed.root, dict) else None
            for name in members if isinstance(members, dict) else ():
                before = first.setdefault(name, file)
                if before != file:
                    path = (key, name)
                    found = phrase("the {thing} {name} a second time", thing=thing, name=describe(name))
                    expected, first_place = phrase("a name of its own"), Place(before, path)
                    yield Finding(file, Problem(path, found, expected, at_key=True, other=first_place))
