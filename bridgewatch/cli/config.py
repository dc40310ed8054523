"""`bridgewatch check` and `bridgewatch schema`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgewatch.cli.options import ConfigArgument, LanguageOption

if TYPE_CHECKING:
    from rich.table import Table

    from bridgewatch.config.summary import Summary

_EVENTS_SHOWN = 8


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(check)
    app.command()(schema)


def check(
    directory: ConfigArgument = Path("config"),
    *,
    language: LanguageOption,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for gaps in rosters too.")] = False,
) -> None:
    """Check a configuration: all errors with their places, or a summary of what would be watched.

    Then it proves that somebody on duty can be reached for every carrier and site of every event, from check
    to closed, and prints the gaps. Exits 1 for errors, for own staff whom only monitored egresses reach, and
    for a catch-all in which nobody can be reached.
    """
    from dataclasses import replace

    from rich.console import Console

    from bridgewatch.cli.coverage import tell_coverage
    from bridgewatch.config.errors import ConfigErrors
    from bridgewatch.config.loader import load
    from bridgewatch.config.summary import summarize
    from bridgewatch.texts.duty import duty_words
    from bridgewatch.views.terminal.screen import look_of

    try:
        inventory = load(directory)
    except ConfigErrors as failure:
        for error in failure.errors:
            typer.echo(str(error), err=True)
        count = len(failure.errors)
        typer.echo(
            f"{count} error{'s' if count > 1 else ''}: this configuration would not be put in force", err=True
        )
        raise typer.Exit(1) from None
    summary, console = summarize(inventory), Console()
    console.print(_table(summary))
    look = replace(look_of(console, language), timezone=inventory.timezone)
    words, told = duty_words(language), tell_coverage(inventory, look)
    for warning in (*summary.warnings, *told.warnings, *told.gaps):
        typer.echo(f"{words.warning}: {warning}")
    for grave in told.errors:
        typer.echo(f"{words.error}: {grave}", err=True)
    if told.errors or (strict and told.gaps):
        raise typer.Exit(1)


def schema(
    kind: Annotated[str | None, typer.Argument(help="A kind of file, such as sites.")] = None,
    write: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write one file per kind there instead of printing.")
    ] = None,
) -> None:
    """Print the JSON Schema of one kind of file, or of all kinds by name."""
    from bridgewatch.config.errors import one_of
    from bridgewatch.config.schema import KINDS
    from bridgewatch.config.schema import schema as schema_of

    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is not {one_of(KINDS)}", param_hint="KIND")
    if write is not None:
        for name in (kind,) if kind else KINDS:
            (write / f"{name}.json").write_text(_as_text(schema_of(name)) + "\n", encoding="utf-8")
        return
    document = schema_of(kind) if kind else {name: schema_of(name) for name in KINDS}
    typer.echo(_as_text(document))


def _as_text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)


def _table(summary: "Summary") -> "Table":
    from rich.table import Table

    what = "watchdog" if summary.watched else summary.model
    table = Table(title=f"{summary.vantage}: {what}", show_header=False, title_justify="left")
    table.add_column("what")
    table.add_column("how many", justify="right")
    if summary.watched:
        _add_watched(table, summary)
        return table
    for level, count in summary.rooms.items():
        table.add_row(f"sites, {level}", f"{count:,}")
    table.add_row("services", f"{summary.services:,}")
    table.add_section()
    for (network, carrier), count in summary.links.items():
        table.add_row(f"links, {network}, {carrier}", f"{count:,}")
    for name, count in (("paused", summary.paused), ("dialling in", summary.dial_in)):
        if count:
            table.add_row(f"links {name}", f"{count:,}")
    table.add_section()
    table.add_row("paths to links", f"{summary.paths - summary.references:,}")
    table.add_row("paths to references", f"{summary.references:,}")
    table.add_row("probes/s, references included", f"{summary.probes_per_second:,.1f}")
    table.add_row("bit/s each way, with references and IP headers", f"{summary.bits_per_second:,.0f}")
    if summary.contacts or summary.events:
        table.add_section()
        _add_people(table, summary)
    if summary.watchdogs:
        table.add_section()
        table.add_row("watchdogs that are sent heartbeats", f"{summary.watchdogs:,}")
    return table


def _add_watched(table: "Table", summary: "Summary") -> None:
    for vantage in summary.watched:
        table.add_row(f"heartbeats of {vantage}, paged after", f"{summary.after:g} s")
    table.add_section()
    _add_people(table, summary)


def _add_people(table: "Table", summary: "Summary") -> None:
    for carrier, count in summary.contacts.items():
        table.add_row(f"contacts, {carrier}" if carrier else "contacts, own and at the rooms", f"{count:,}")
    table.add_row("rosters", f"{summary.rosters:,}")
    for event, count in list(summary.events.items())[:_EVENTS_SHOWN]:
        table.add_row(f"sites of {event}", f"{count:,}")
    if (more := len(summary.events) - _EVENTS_SHOWN) > 0:
        table.add_row("more events", f"{more:,}")
