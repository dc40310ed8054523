"""Directories of configuration for tests; whatever is said of one is heard in both languages."""

from pathlib import Path
from textwrap import dedent

from bridgewatch.config.errors import ConfigErrors
from bridgewatch.config.loader import load
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.mistakes import ConfigError, ConfigWarning
from bridgewatch.model.phrases import Phrase
from bridgewatch.model.words import Language
from bridgewatch.texts.catalogue import catalogue
from bridgewatch.texts.phrases.tell import tell_mistake

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
        for error in failure.errors:
            check_told(error)
        return failure.errors
    return ()


def messages(directory: Path) -> list[str]:
    """The mistakes as shown in English, without the directory in front."""
    return [str(error).replace(f"{directory}/", "") for error in errors_of(directory)]


def warnings_of(inventory: Inventory, directory: Path) -> list[str]:
    """The warnings as shown in English, without the directory in front."""
    for warning in inventory.warnings:
        check_told(warning)
    return [str(warning).replace(f"{directory}/", "") for warning in inventory.warnings]


def check_told(mistake: ConfigError | ConfigWarning) -> None:
    """Every part of what is said of a place reads in both languages, and the place is the same in both."""
    assert tell_mistake(mistake, Language.EN) == str(mistake)
    vietnamese = tell_mistake(mistake, Language.VI)
    assert vietnamese.startswith(f"{mistake.place} ")
    assert vietnamese != str(mistake)
    check_phrase(mistake.text)


def check_phrase(phrase: Phrase) -> None:
    """The catalogue has it, and all phrases in it."""
    assert phrase.message in catalogue("phrases", Language.VI)._catalog
    for _, value in phrase.values:
        if isinstance(value, Phrase):
            check_phrase(value)
