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
    """Write files; `sites` and `sites_b` go to sites.d, everything else beside it."""
    (directory / "sites.d").mkdir(exist_ok=True)
    for name, text in files.items():
        folder = directory / "sites.d" if name.startswith("sites") else directory
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
