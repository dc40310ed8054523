"""Where commands that print tables print them."""

from typing import TYPE_CHECKING

from bridgewatch.model.words import Language

if TYPE_CHECKING:
    from rich.console import Console

    from bridgewatch.model.inventory import Inventory
    from bridgewatch.views.terminal.look import Look

_PAPER_COLUMNS = 200  # a pipe has no width; names are not broken for it


def console_for() -> "Console":
    """The terminal, or a wide sheet where there is none and nobody says how wide it is."""
    from rich.console import Console

    from bridgewatch.views.terminal.screen import is_bounded

    console = Console()
    return console if is_bounded(console) else Console(width=_PAPER_COLUMNS)


def look_for(console: "Console", inventory: "Inventory", language: Language) -> "Look":
    """What can be shown there, in the inventory's time zone."""
    from dataclasses import replace

    from bridgewatch.views.terminal.screen import look_of

    return replace(look_of(console, language), width=console.width, timezone=inventory.timezone)
