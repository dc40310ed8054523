"""Directories of configuration for tests."""

from pathlib import Path
from textwrap import dedent

from bridgewatch.config.errors import ConfigError, ConfigErrors
from bridgewatch.config.loader import load

SITE = """
sites:
  - id: tinh
    name: UBND tỉnh
    level: province
    links:
      wan: {carrier: vnpt, target: 192.0.2.1}
"""


def write(directory: Path, **files: str) -> Path:
    """Write files; `sites`, `sites_b` and `events` go to their folders, as does `contacts_b`; others beside."""
    (directory / "sites.d").mkdir(exist_ok=True)
    for name, text in files.items():
        kind, numbered, _ = name.partition("_")
        folder = directory / f"{kind}.d" if numbered or kind in {"sites", "events"} else directory
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
    return directory


def errors_of(directory: Path) -> tuple[ConfigError, ...]:
    """The mistakes of a directory; none when it loads."""
    try:
        load(directory)
    except ConfigErrors as failure:
        return failure.errors
    return ()


def messages(directory: Path) -> list[str]:
    """The mistakes as shown, without the directory in front."""
    return [str(error).replace(f"{directory}/", "") for error in errors_of(directory)]
