"""One file: its bytes to a document, a survey and a list of problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from bridgewatch.config.defaults import DEFAULT_EGRESS, OWN_CARRIER, SHIPPED_PROFILES
from bridgewatch.config.documents.base import Document
from bridgewatch.config.errors import Mark, Problem
from bridgewatch.config.explain import problems_of
from bridgewatch.config.files import ConfigFile
from bridgewatch.config.names import Names
from bridgewatch.config.people.mentions import NameMention, mentions_of
from bridgewatch.config.schema import KINDS
from bridgewatch.config.source import Bounds, check_bytes, read_bytes
from bridgewatch.config.survey import (
    Survey,
    mapping_of,
    survey_default_profile,
    survey_egresses,
    survey_names,
    survey_reserved,
    survey_servers,
    survey_sites,
)
from bridgewatch.config.tree import Node, Tree, read_tree
from bridgewatch.model.mistakes import perhaps
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import AdministrativeModel


@dataclass(frozen=True, slots=True)
class Parsed:
    """What became of one file. `document` is None if anything in it is wrong.

    `data` stays, to look up lines and to see whether the file has changed; the tree stays only for the kinds
    that are small.
    """

    kind: str
    data: bytes
    problems: tuple[Problem, ...]
    complete: bool
    document: Document | None = None
    root: Node = None
    survey: Survey = field(default_factory=Survey)
    mentions: tuple[NameMention, ...] = ()

    def unclear(self, key: str) -> frozenset[str | int]:
        """What of the things under `key` has a mistake in it: what it does not say, it may have meant to."""
        paths = (problem.path for problem in self.problems)
        return frozenset(path[1] for path in paths if len(path) > 1 and path[0] == key)


_MANY: Final = 20_000  # mistakes in one file: more than a real one has, even with all its names wrong
_HEAD: Final = 100
_ABSENT: Final = Parsed("", b"", (), complete=True)


def parse_file(path: Path, file: ConfigFile, before: Parsed | None, bounds: Bounds) -> Parsed:
    """Parse the file at `path`, or return `before` if it says the same."""
    data = read_bytes(path, bounds)
    if isinstance(data, Problem):
        return _unreadable(file.kind, b"", data)
    if before is not None and before.data == data and before.complete:
        return before
    text = check_bytes(data)
    if isinstance(text, Problem):
        return _unreadable(file.kind, data, text)
    return _parse(file.kind, data, read_tree(text, bounds))


def names_of(files: Mapping[str, Parsed]) -> Names:
    """What the references of these files may name."""
    daemon, carriers, profiles, bandwidth = (
        file_of(files, kind) for kind in ("bridgewatch", "carriers", "profiles", "bandwidth")
    )
    egresses = survey_egresses(daemon.root) or {DEFAULT_EGRESS.id: DEFAULT_EGRESS.networks}
    own_carriers = survey_names(carriers.root, "carriers") | {OWN_CARRIER.id}
    own_profiles = survey_names(profiles.root, "profiles") | SHIPPED_PROFILES.keys()
    all_carriers = carriers is not _ABSENT and _says(carriers, "carriers")
    return Names(
        file=next((name for name, parsed in files.items() if parsed is daemon), ""),
        model=_model(daemon),
        carriers=own_carriers if all_carriers else None,
        profiles=own_profiles if _says(profiles, "profiles") else None,
        egresses=egresses if _says(daemon, "egresses") else None,
        default_profile=survey_default_profile(daemon.root),
        reserved=survey_reserved(daemon.root),
        contacts=declared(files, "contacts") if files_of(files, "contacts") else None,
        credentials=_credentials(bandwidth),
        servers=survey_servers(bandwidth.root) if _says(bandwidth, "servers") else None,
        keys=_keys(file_of(files, "keys")),
    )


def _credentials(bandwidth: Parsed) -> frozenset[str] | None:
    # A key of a wrong name beside them may be meant to be theirs.
    unclear = any(problem.path[:1] == ("snmp",) and len(problem.path) == 2 for problem in bandwidth.problems)  # noqa: PLR2004
    if unclear or not _says(bandwidth, "snmp"):
        return None
    return survey_names(mapping_of(bandwidth.root).get("snmp"), "credentials")


def _keys(keys: Parsed) -> frozenset[str] | None:
    unclear = any(len(problem.path) == 1 for problem in keys.problems)  # the keys themselves, maybe
    if keys is _ABSENT or unclear or not _says(keys, "keys") or "directory" in mapping_of(keys.root):
        return None
    return survey_names(keys.root, "keys")


def declared(files: Mapping[str, Parsed], kind: str) -> frozenset[str] | None:
    """The names that all files of `kind` declare under the key of that name; None if one does not say it."""
    several = files_of(files, kind).values()
    if not all(_says(parsed, kind) for parsed in several):
        return None
    return frozenset().union(*(survey_names(parsed.root, kind) for parsed in several))


def files_of(files: Mapping[str, Parsed], kind: str) -> dict[str, Parsed]:
    """The files of that kind, by name, in reading order."""
    return {name: parsed for name, parsed in files.items() if parsed.kind == kind}


def _says(parsed: Parsed, key: str) -> bool:
    """Whether the file says what belongs under `key`: not if it, or what was meant to be it, is wrong."""
    return parsed.complete and not any(
        problem.path in {(), (key,)} or problem.expected == perhaps(key) for problem in parsed.problems
    )


def file_of(files: Mapping[str, Parsed], kind: str) -> Parsed:
    """The one file of that kind, or an empty one."""
    return next((parsed for parsed in files.values() if parsed.kind == kind), _ABSENT)


def _parse(kind: str, data: bytes, tree: Tree) -> Parsed:
    document, problems = _validate(kind, tree) if tree.complete else (None, ())
    is_sites = kind == "sites"
    return Parsed(
        kind,
        data,
        tree.problems + problems,
        tree.complete,
        document=None if tree.problems else document,
        root=None if is_sites else tree.root,
        survey=survey_sites(tree.root, complete=tree.complete) if is_sites else Survey(),
        mentions=mentions_of(kind, tree.root),
    )


def _validate(kind: str, tree: Tree) -> tuple[Document | None, tuple[Problem, ...]]:
    try:
        # An empty file, or one that holds comments only, leaves everything at its default.
        return KINDS[kind].model_validate({} if tree.root is None else tree.root), ()
    except ValidationError as error:
        count = error.error_count()
        if count <= _MANY:
            return None, problems_of(kind, error)
    # Explaining a million mistakes takes gigabytes; those of the first members say what is going on.
    found, expected = phrase("{count} mistakes in one file", count=count), phrase("a file of this kind")
    many = Problem((), found, expected, mark=Mark(1, 1))
    return None, (many, *_problems_of_head(kind, tree.root))


def _problems_of_head(kind: str, root: Node) -> tuple[Problem, ...]:
    """The problems of the first members of every list, if they are few enough to be shown."""
    members = root.items() if isinstance(root, dict) else ()
    head = {key: value[:_HEAD] if isinstance(value, list) else value for key, value in members}
    try:
        KINDS[kind].model_validate(head)
    except ValidationError as error:
        return problems_of(kind, error) if error.error_count() <= _MANY else ()
    return ()


def _unreadable(kind: str, data: bytes, problem: Problem) -> Parsed:
    return Parsed(kind, data, (problem,), complete=False, survey=Survey(complete=False))


def _model(daemon: Parsed) -> AdministrativeModel | None:
    if not daemon.complete:
        return None
    stated = daemon.root.get("administrative_model") if isinstance(daemon.root, dict) else None
    try:
        return AdministrativeModel(stated or AdministrativeModel.TWO_TIER)
    except ValueError:
        return None
