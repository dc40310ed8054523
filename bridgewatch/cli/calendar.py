"""`bridgewatch calendar`: which events there are, what holds now, and what comes next."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgewatch.cli.failures import tell
from bridgewatch.cli.options import ConfigArgument, JsonOption, LanguageOption, StateOption
from bridgewatch.model.phrases import Words, phrase

if TYPE_CHECKING:
    from bridgewatch.model.calendar import EventOrder

_MOST_DAYS = 366


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("calendar")(calendar)


def calendar(
    directory: ConfigArgument = Path("config"),
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="As of then: 2026-11-25T08:00, or 08:00.")
    ] = None,
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=1, max=_MOST_DAYS, help="How many days to show.")
    ] = 7,
    state: StateOption = None,
    *,
    language: LanguageOption,
    as_json: JsonOption = False,
) -> None:
    """Show the events of a configuration: phases, rates, policies, who takes part, and what comes next.

    Reads the files, and of the daemon the orders it was given. Where none runs, events that were closed or
    extended are shown as planned.
    """
    from datetime import timedelta

    from rich.console import Console

    from bridgewatch.app.state import default_state_dir
    from bridgewatch.cli.loading import loaded
    from bridgewatch.cli.moments import moment_ns
    from bridgewatch.core.calendar.agenda import Agenda
    from bridgewatch.texts.times import instant_of, zone_of
    from bridgewatch.views import calendar as views
    from bridgewatch.views.terminal.calendar import calendar_lines
    from bridgewatch.views.terminal.look import spelt
    from bridgewatch.views.terminal.screen import look_of

    inventory = loaded(directory, language)
    orders, problem = asyncio.run(_orders(state or default_state_dir()))
    if problem and state is not None:
        said = phrase("{problem}: events are shown as planned", problem=problem)
        typer.echo(f"bridgewatch calendar: {tell(said, language)}", err=True)
    agenda = Agenda(inventory, orders)
    now_ns, zone = moment_ns(at, inventory.timezone), zone_of(inventory.timezone)
    midnight = instant_of(now_ns, zone).replace(hour=0, minute=0, second=0)
    from_ns, until_ns = (
        round((midnight + timedelta(days=number)).timestamp()) * 1_000_000_000 for number in (0, days)
    )
    report = views.calendar(inventory, agenda, now_ns, from_ns, until_ns)
    if as_json:
        typer.echo(json.dumps(views.to_json(report, zone), ensure_ascii=False, indent=2))
        return
    console = Console()
    look = look_of(console, language)
    for line in calendar_lines(report, look):
        line.rstrip()
        console.print(spelt(line, look), soft_wrap=True, highlight=False, markup=False)


async def _orders(directory: Path) -> "tuple[tuple[EventOrder, ...], Words]":
    """The orders that the daemon goes by, or none and why they are not known."""
    from bridgewatch.adapters.control import ControlClient, NoDaemonError
    from bridgewatch.views.calendar import orders_from_json

    try:
        async with ControlClient(directory) as client:
            return orders_from_json(await client.get("/orders")), ""
    except (NoDaemonError, ValueError) as error:
        return (), error.args[0]
