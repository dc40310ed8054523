"""Which files of a directory are configuration, and of what kind."""

from pathlib import Path, PurePath
from typing import Final, NamedTuple

from bridgewatch.config.errors import Finding, Mark, Problem, one_of
from bridgewatch.config.hints import nearest

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
)
_FOLDERS: Final = {"sites.d": "sites", "contacts.d": "contacts", "rosters.d": "rosters", "events.d": "events"}
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

    Subdirectories other than those of _FOLDERS are somebody else's, hidden files an editor's.
    """
    if not directory.is_dir():
        return Listing([], [_finding("", "no directory", "a directory with sites.d/*.yaml")], [])
    top = _yaml_files(directory)
    files = [ConfigFile(path.name, path.stem) for path in top if path.stem in _SINGLE]
    misnamed = {path.name: _meant(path) for path in top if path.stem not in _SINGLE}
    for folder, kind in _FOLDERS.items():
        files += [ConfigFile(f"{folder}/{path.name}", kind) for path in _yaml_files(directory / folder)]
    ignored = _ignored(directory)
    problems = [_finding(name, "a file that nobody reads", meant) for name, meant in misnamed.items()]
    problems += [_finding(name, "the same file again", "one of .yaml and .yml") for name in _twins(files)]
    # Sites in the wrong place are one mistake: that the right one is empty needs no line of its own.
    misplaced = any(meant.startswith("sites.d") for meant in misnamed.values())
    if not misplaced and not any(file.kind in {_SITES, _WATCHDOG} for file in files):
        found = _instead_of_sites(directory, ignored)
        problems.append(_finding("sites.d", found, "at least one sites.d/*.yaml"))
    return Listing(files, problems, ignored)


def is_config(path: PurePath) -> bool:
    """Whether `list_files` looks at `path`, which is relative to the directory."""
    if path.suffix in _SUFFIXES and not path.name.startswith("."):
        return len(path.parts) == 1 or path.parent.as_posix() in _FOLDERS
    return path.as_posix() in _FOLDERS


def _meant(path: Path) -> str:
    """Where what the file says belongs, as far as its name tells."""
    meant = nearest(path.stem, (*_SINGLE, _SITES))
    if meant in _SINGLE:
        return f"{meant}.yaml"
    sites = f"sites.d/{path.stem}.yaml for sites"
    return sites if meant else f"{sites}, else {one_of(f'{name}.yaml' for name in _SINGLE)}"


def _ignored(directory: Path) -> list[str]:
    """What looks like configuration and is not read, relative to `directory`."""
    beside = [path for path in _visible(directory) if _is_disguised(path.name)]
    inside = [path for folder in _FOLDERS for path in _visible(directory / folder)]
    return [
        path.relative_to(directory).as_posix()
        for path in (*beside, *inside)
        if (path.suffix not in _SUFFIXES or path.is_dir()) and not path.name.lower().endswith(_SET_ASIDE)
    ]


def _is_disguised(name: str) -> bool:
    """Whether a name is one of ours but for case and suffix: `carriers.YAML`, `carriers.yaml.txt`."""
    stem, _, suffixes = name.lower().partition(".")
    return stem in _SINGLE and any(f".{suffix}" in _SUFFIXES for suffix in suffixes.split("."))


def _instead_of_sites(directory: Path, ignored: list[str]) -> str:
    """What is there in place of files of sites."""
    unread = next((name for name in ignored if name.startswith("sites.d/")), None)
    if unread:
        return f"only {unread}, which is not read"
    folders = {path.name for path in _visible(directory) if path.is_dir()} - _FOLDERS.keys()
    meant = next((name for name in sorted(folders) if nearest(name, _FOLDERS) == "sites.d"), None)
    return f"a folder {meant} instead" if meant else "no file"


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


def _finding(name: str, found: str, expected: str) -> Finding:
    return Finding(name, Problem((), found, expected, mark=Mark(1, 1)))
