"""Which files of a directory are configuration, and of what kind."""

from pathlib import Path, PurePath
from typing import Final, NamedTuple

from bridgewatch.config.errors import Finding, Mark, Problem, one_of
from bridgewatch.core.nearest import nearest
from bridgewatch.model.mistakes import NO_DIRECTORY
from bridgewatch.model.phrases import Phrase, Words, phrase

_SUFFIXES: Final = (".yaml", ".yml")
_SINGLE: Final = (
    "bridgewatch",
    "carriers",
    "profiles",
    "gateways",
    "contacts",
    "rosters",
    "policies",
    "watchdog",
    "bandwidth",
    "keys",
)
FOLDERS: Final = {"sites.d": "sites", "contacts.d": "contacts", "rosters.d": "rosters", "events.d": "events"}
"""The folders of configuration, and the kind of their files."""

_SITES: Final = "sites"
_WATCHDOG: Final = "watchdog"  # it makes a directory one that has no sites
_SET_ASIDE: Final = ("~", ".bak", ".orig", ".md")  # what people and editors leave beside a file on purpose


class ConfigFile(NamedTuple):
    """One file: `name` relative to the directory, `kind` a key of `schema.KINDS`."""

    name: str
    kind: str


class Listing(NamedTuple):
    """The files of a directory in reading order, what is wrong with their names, and what was passed over."""

    files: list[ConfigFile]
    problems: list[Finding]
    ignored: list[str]


def list_files(directory: Path) -> Listing:
    """What there is to read in `directory`.

    Subdirectories other than those of FOLDERS are somebody else's, hidden files an editor's.
    """
    if not directory.is_dir():
        return Listing([], [_finding("", NO_DIRECTORY, phrase("a directory with sites.d/*.yaml"))], [])
    top = _yaml_files(directory)
    files = [ConfigFile(path.name, path.stem) for path in top if path.stem in _SINGLE]
    misnamed = [path for path in top if path.stem not in _SINGLE]
    for folder, kind in FOLDERS.items():
        files += [ConfigFile(f"{folder}/{path.name}", kind) for path in _yaml_files(directory / folder)]
    ignored = _ignored(directory)
    problems = [_finding(path.name, phrase("a file that nobody reads"), _belongs(path)) for path in misnamed]
    problems += [
        _finding(name, phrase("the same file again"), phrase("one of .yaml and .yml"))
        for name in _twins(files)
    ]
    # Sites in the wrong place are one mistake: that the right one is empty needs no line of its own.
    misplaced = any(_meant(path) not in _SINGLE for path in misnamed)
    if not misplaced and not any(file.kind in {_SITES, _WATCHDOG} for file in files):
        found = _instead_of_sites(directory, ignored)
        problems.append(_finding("sites.d", found, phrase("at least one sites.d/*.yaml")))
    return Listing(files, problems, ignored)


def is_config(path: PurePath) -> bool:
    """Whether `list_files` looks at `path`, which is relative to the directory."""
    if path.suffix in _SUFFIXES and not path.name.startswith("."):
        return len(path.parts) == 1 or path.parent.as_posix() in FOLDERS
    return path.as_posix() in FOLDERS


def _meant(path: Path) -> str | None:
    """The kind of file that its name says, nearly."""
    return nearest(path.stem, (*_SINGLE, _SITES))


def _belongs(path: Path) -> Words:
    """Where what the file says belongs, as far as its name tells."""
    meant, sites = _meant(path), f"sites.d/{path.stem}.yaml"
    if meant in _SINGLE:
        return f"{meant}.yaml"
    if meant == _SITES:
        return phrase("{file} for sites", file=sites)
    others = one_of(f"{name}.yaml" for name in _SINGLE)
    return phrase("{file} for sites, else {others}", file=sites, others=others)


def _ignored(directory: Path) -> list[str]:
    """What looks like configuration and is not read, relative to `directory`."""
    beside = [path for path in _visible(directory) if _is_disguised(path.name)]
    inside = [path for folder in FOLDERS for path in _visible(directory / folder)]
    return [
        path.relative_to(directory).as_posix()
        for path in (*beside, *inside)
        if (path.suffix not in _SUFFIXES or path.is_dir()) and not path.name.lower().endswith(_SET_ASIDE)
    ]


def _is_disguised(name: str) -> bool:
    """Whether a name is one of ours but for case and suffix: `carriers.YAML`, `carriers.yaml.txt`."""
    stem, _, suffixes = name.lower().partition(".")
    return stem in _SINGLE and any(f".{suffix}" in _SUFFIXES for suffix in suffixes.split("."))


def _instead_of_sites(directory: Path, ignored: list[str]) -> Phrase:
    """What is there in place of files of sites."""
    unread = next((name for name in ignored if name.startswith("sites.d/")), None)
    if unread:
        return phrase("only {file}, which is not read", file=unread)
    folders = {path.name for path in _visible(directory) if path.is_dir()} - FOLDERS.keys()
    meant = next((name for name in sorted(folders) if nearest(name, FOLDERS) == "sites.d"), None)
    return phrase("a folder {folder} instead", folder=meant) if meant else phrase("no file")


def _twins(files: list[ConfigFile]) -> list[str]:
    """Single files that are there with both suffixes."""
    names = {file.name for file in files if "/" not in file.name}
    return sorted(name for name in names if name.endswith(".yml") and f"{name[:-4]}.yaml" in names)


def _yaml_files(directory: Path) -> list[Path]:
    return [path for path in _visible(directory) if path.suffix in _SUFFIXES and not path.is_dir()]


def _visible(directory: Path) -> list[Path]:
    """What an operator sees in a directory, in the order of the names; nothing if it is none."""
    members = directory.iterdir() if directory.is_dir() else ()
    return sorted(path for path in members if not path.name.startswith("."))


def _finding(name: str, found: Words, expected: Words) -> Finding:
    return Finding(name, Problem((), found, expected, mark=Mark(1, 1)))
