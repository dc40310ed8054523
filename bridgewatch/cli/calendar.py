"""`bridgewatch calendar`: which events there are, what holds now, and what comes next."""

import json
from typing import Annotated

import typer

from bridgewatch.cli.options import FilesArgument, JsonOption, LanguageOption, StateOption

_MOST_DAYS = 366


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("calendar")(calendar)


def calendar(
    directory: FilesArgument = None,
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

    from bridgewatch.cli.known import known
    from bridgewatch.cli.loading import loaded
    from bridgewatch.cli.moments import moment_ns
    from bridgewatch.core.calendar.agenda import Agenda
    from bridgewatch.texts.times import instant_of, zone_of
    from bridgewatch.views import calendar as views
    from bridgewatch.views.terminal.calendar import calendar_lines
    from bridgewatch.views.terminal.look import hanging, spelt
    from bridgewatch.views.terminal.screen import is_bounded, look_of

    daemon = known(state)
    inventory = loaded(daemon.files(directory), language)
    daemon.warn_of_plans("calendar", language)
    agenda = Agenda(inventory, daemon.orders)
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
        for part in hanging(line, console.width) if is_bounded(console) else [line]:
            part.rstrip()
            console.print(spelt(part, look), soft_wrap=True, highlight=False, markup=False)
