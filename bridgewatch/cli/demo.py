"""`bridgewatch demo`: a province on loopback, with trouble."""

import asyncio
import logging
import queue
from logging.handlers import QueueHandler
from typing import TYPE_CHECKING, Annotated

import typer

from bridgewatch.cli.failures import FailedError
from bridgewatch.cli.options import LanguageOption
from bridgewatch.model.words import Language

if TYPE_CHECKING:
    from rich.console import Console

    from bridgewatch.app.demo.far_ends import FarEnds
    from bridgewatch.app.demo.run import Outcome

_SHORTEST = 20.0  # what loss needs to be proven
_INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("demo")(demo)


def demo(
    duration: Annotated[
        float, typer.Option("--duration", min=_SHORTEST, metavar="SECONDS", help="How long the demo plays.")
    ] = 60.0,
    *,
    language: LanguageOption,
) -> None:
    """Watch a simulated province: real packets on loopback, scripted trouble, and who is called for it.

    On a terminal the key `a` acknowledges the newest page; else somebody on duty does, a little later. Needs
    no root, no network and no server. Exits 0 when everything injected was found and nothing else, and the
    right people were told of it and nobody else.
    """
    from bridgewatch.app.demo.far_ends import DemoError, FarEnds

    with FarEnds() as far_ends:  # first: it starts while this process is still importing
        from rich.console import Console

        console = Console()
        try:
            outcome = _play(far_ends, console, duration, language)
        except DemoError as error:
            raise FailedError(error) from None
        except KeyboardInterrupt:
            raise typer.Exit(_INTERRUPTED) from None
    if outcome.interrupted:
        raise typer.Exit(_INTERRUPTED)
    raise typer.Exit(1 if outcome.failures else 0)


def _play(far_ends: "FarEnds", console: "Console", duration: float, language: Language) -> "Outcome":
    from rich.text import Text

    from bridgewatch.app.demo.run import play
    from bridgewatch.app.demo.stage import LiveStage, PlainStage
    from bridgewatch.app.demo.telling import summary
    from bridgewatch.views.terminal.look import hanging, spelt
    from bridgewatch.views.terminal.screen import is_bounded, look_of

    look = look_of(console, language)
    kept: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    logging.basicConfig(level=logging.WARNING, handlers=[QueueHandler(kept)])  # not across the live screen
    live = console.is_terminal and not console.is_dumb_terminal
    with LiveStage(console, look) if live else PlainStage(console, look) as stage:
        outcome = asyncio.run(play(far_ends, duration, stage, language))
    while not kept.empty():
        typer.echo(kept.get().getMessage(), err=True)
    for piece in summary(outcome, look):
        if not isinstance(piece, Text):
            console.print(piece, highlight=False)
            continue
        for part in hanging(piece, console.width) if is_bounded(console) else [piece]:
            console.print(spelt(part, look), soft_wrap=True, highlight=False, markup=False)
    return outcome
