"""Loads the configuration for a command, or ends it with every mistake."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bridgewatch.model.inventory import Inventory


def loaded(directory: Path, code: int = 1) -> "Inventory":
    """The inventory of `directory`. Raises typer.Exit with `code` after printing what is wrong."""
    from bridgewatch.config.errors import ConfigErrors
    from bridgewatch.config.loader import load

    try:
        return load(directory)
    except ConfigErrors as failure:
        for error in failure.errors:
            typer.echo(str(error), err=True)
        raise typer.Exit(code) from None
