"""`bridgewatch status`: how a running daemon sees the links."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgewatch.cli.failures import FailedError, UnfitError
from bridgewatch.cli.options import JsonOption, LanguageOption, StateOption
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from bridgewatch.adapters.control import ControlClient
    from bridgewatch.views.happenings import Happening
    from bridgewatch.views.status.report import StatusReport
    from bridgewatch.views.watchdog import WatchdogReport

_CANNOT_TELL = 2
_REFRESH_SECONDS = 1.0


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("status")(status)


def status(
    state: StateOption = None,
    *,
    language: LanguageOption,
    watch: Annotated[bool, typer.Option("--watch", help="Refresh every second until Ctrl-C.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show how the daemon on this host sees the links.

    With the --state of a watchdog: how the daemons stand that it watches. Exits 0 when all is well, 1 when
    something is wrong, 2 when that cannot be told.
    """
    from rich.console import Console

    from bridgewatch.adapters.control import NoDaemonError
    from bridgewatch.app.state import default_state_dir

    if watch and as_json:
        raise UnfitError(phrase("one report as JSON cannot be watched"), "--json")
    directory = state or default_state_dir()
    console = Console()
    report: StatusReport | WatchdogReport
    try:
        if as_json:
            report = asyncio.run(_print_json(directory))
        elif watch:
            report = asyncio.run(_watch(directory, console, language))
        else:
            report = asyncio.run(_print(directory, console, language))
    except (NoDaemonError, ValueError) as error:
        raise FailedError(error, _CANNOT_TELL) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    raise typer.Exit(int(report.verdict))


async def _ask(client: "ControlClient") -> "tuple[StatusReport, Sequence[Happening]]":
    from bridgewatch.views import happenings, watchdog
    from bridgewatch.views.status import report as reports

    values = await client.get("/status")
    if watchdog.is_watchdogs(values):
        raise ValueError(phrase("a watchdog has no view that refreshes; ask it without --watch"))
    report = reports.from_json(values)
    return report, happenings.from_json(await client.get("/events"))


async def _print_json(directory: Path) -> "StatusReport | WatchdogReport":
    from bridgewatch.adapters.control import ControlClient
    from bridgewatch.views import watchdog
    from bridgewatch.views.status import report as reports

    async with ControlClient(directory) as client:
        values = await client.get("/status")
    report = watchdog.from_json(values) if watchdog.is_watchdogs(values) else reports.from_json(values)
    typer.echo(json.dumps(values, ensure_ascii=False, indent=2))
    return report


async def _print(directory: Path, console: "Console", language: Language) -> "StatusReport | WatchdogReport":
    from dataclasses import replace

    from bridgewatch.adapters.control import ControlClient
    from bridgewatch.views import watchdog
    from bridgewatch.views.terminal.screen import is_bounded, look_of, paper
    from bridgewatch.views.terminal.watchdog import watchdog_paper

    look = look_of(console, language)
    report: StatusReport | WatchdogReport
    async with ControlClient(directory) as client:
        values = await client.get("/status")
        if watchdog.is_watchdogs(values):
            report = watchdog.from_json(values)
            lines = watchdog_paper(report, replace(look, timezone=report.timezone))
        else:
            report, recent = await _ask(client)
            lines = paper(report, recent, look, piped=not is_bounded(console))
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    return report


async def _watch(directory: Path, console: "Console", language: Language) -> "StatusReport":
    """Until Ctrl-C, which raises KeyboardInterrupt, or until the daemon ends, which raises NoDaemonError."""
    from bridgewatch.adapters.control import ControlClient
    from bridgewatch.views.terminal.watching import LiveWatch, PlainWatch

    live = console.is_terminal and not console.is_dumb_terminal
    async with ControlClient(directory) as client:
        with LiveWatch(console, language) if live else PlainWatch(console, language) as view:
            while True:
                view.shows(*await _ask(client))
                await asyncio.sleep(_REFRESH_SECONDS)
