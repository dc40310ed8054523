"""Loads the configuration for a command, or ends it with every mistake."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bridgewatch.cli.failures import FailedError
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import Language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewatch.config.errors import ConfigErrors
    from bridgewatch.model.inventory import Inventory
    from bridgewatch.model.mistakes import ConfigError


def loaded(directory: Path, language: Language, code: int = 1, *, every: bool = False) -> "Inventory":
    """The inventory of `directory`. Raises FailedError with `code` after every mistake was told.

    `every`: with every warning, and not the first of those alike.
    """
    from bridgewatch.config.errors import ConfigErrors
    from bridgewatch.config.loader import load

    try:
        return load(directory, every=every)
    except ConfigErrors as failure:
        raise mistaken(failure, language, code) from None


def mistaken(failure: "ConfigErrors", language: Language, code: int = 1) -> FailedError:
    """How a command ends that cannot go on with these mistakes; they are told here."""
    tell_mistakes(failure.errors, language)
    return FailedError(phrase("mistakes in the configuration: {count}", count=len(failure.errors)), code)


def tell_mistakes(mistakes: "Iterable[ConfigError]", language: Language) -> None:
    """Print every mistake with its place."""
    from bridgewatch.texts.phrases.tell import tell_mistake

    for mistake in mistakes:
        typer.echo(tell_mistake(mistake, language), err=True)
