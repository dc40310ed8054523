"""Which files of a directory are configuration, and of what kind."""

from pathlib import Path, PurePath
from typing import Final, NamedTuple

from bridgewatch.config.errors import Mark, Problem, one_of
from bridgewatch.config.hints import nearest

UNUSED: Final = "unused"
"""The kind of files that a later version reads: today their YAML is checked and nothing else."""

_SUFFIXES: Final = (".yaml", ".yml")
_SINGLE: Final = {
    "bridgewatch": "bridgewatch",
    "carriers": "carriers",
    "profiles": "profiles",
    "contacts": UNUSED,
    "rosters": UNUSED,
    "policies": UNUSED,
}
_FOLDERS: Final = {"sites.d": "sites", "events.d": UNUSED}


class ConfigFile(NamedTuple):
    """One file: `name` relative to the directory, `kind` a key of `schema.KINDS` or UNUSED."""

    name: str
    kind: str


def list_files(directory: Path) -> tuple[list[ConfigFile], list[tuple[str, Problem]]]:
    """The files of `directory` in reading order, and what is wrong with their names.

    Subdirectories other than sites.d and events.d are somebody else's, hidden files an editor's.
    """
    if not directory.is_dir():
        return [], [("", _problem("no directory", "a directory with sites.d/*.yaml"))]
    files: list[ConfigFile] = []
    problems: list[tuple[str, Problem]] = []
    for path in _yaml_files(directory):
        if path.stem in _SINGLE:
            files.append(ConfigFile(path.name, _SINGLE[path.stem]))
        else:
            meant = nearest(path.stem, _SINGLE)
            names = f"{meant}.yaml" if meant else one_of(f"{name}.yaml" for name in _SINGLE)
            problems.append((path.name, _problem("a file that nobody reads", names)))
    for folder, kind in _FOLDERS.items():
        files += [ConfigFile(f"{folder}/{path.name}", kind) for path in _yaml_files(directory / folder)]
    problems += [(name, _problem("the same file again", "one of .yaml and .yml")) for name in _twins(files)]
    if not any(file.kind == "sites" for file in files):
        problems.append(("sites.d", _problem("no file", "at least one sites.d/*.yaml")))
    return files, problems


def is_config(path: PurePath) -> bool:
    """Whether `list_files` looks at `path`, which is relative to the directory."""
    if path.suffix in _SUFFIXES and not path.name.startswith("."):
        return len(path.parts) == 1 or path.parent.as_posix() in _FOLDERS
    return path.as_posix() in _FOLDERS


def _twins(files: list[ConfigFile]) -> list[str]:
    """Single files that are there with both suffixes."""
    names = {file.name for file in files if "/" not in file.name}
    return sorted(name for name in names if name.endswith(".yml") and f"{name[:-4]}.yaml" in names)


def _yaml_files(directory: Path) -> list[Path]:
    if not directory.is_dir():
        return []
    found = (path for path in directory.iterdir() if path.suffix in _SUFFIXES)
    return sorted(path for path in found if not path.name.startswith(".") and not path.is_dir())


def _problem(found: str, expected: str) -> Problem:
    return Problem((), found, expected, mark=Mark(1, 1))
