"""`bridgewatch check` and `bridgewatch schema`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from bridgewatch.cli.failures import FailedError, unknown
from bridgewatch.cli.options import ConfigArgument, LanguageOption, StateOption
from bridgewatch.cli.paper import console_for, look_for
from bridgewatch.model.phrases import phrase

_GAPS = 3  # the configuration is good, and somebody is missing


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(check)
    app.command()(schema)


def check(
    directory: ConfigArgument = Path("config"),
    state: StateOption = None,
    *,
    language: LanguageOption,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 3 for gaps in waves and the freeze too.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Show every warning and gap, and name every site.")
    ] = False,
) -> None:
    """Check a configuration: all errors with their places, or a summary of what would be watched.

    Then it proves that somebody on duty can be reached for every carrier and site of every event, and prints
    the gaps: those from check to closed, with which an event is NO-GO, and as warnings those in waves and the
    freeze. Events are as the daemon was ordered to take them, where one runs.

    Exits 0 when all is well, 3 when only gaps were found, and 1 for errors: mistakes, own staff whom only
    monitored egresses reach, a catch-all in which nobody can be reached.
    """
    from bridgewatch.cli.check_view import all_is_well, summary_table
    from bridgewatch.cli.coverage import shortened, tell_coverage
    from bridgewatch.cli.known import known
    from bridgewatch.cli.loading import loaded
    from bridgewatch.cli.moments import moment_ns
    from bridgewatch.cli.secrets import tell_secrets
    from bridgewatch.config.summary import summarize
    from bridgewatch.texts.duty import duty_words
    from bridgewatch.texts.phrases.tell import tell_mistake

    inventory = loaded(directory, language, every=every)
    summary, console = summarize(inventory), console_for()
    look = look_for(console, inventory, language)
    console.print(summary_table(summary, inventory, look))
    daemon = known(state)
    daemon.warn_of_plans("check", language)
    now_ns = moment_ns(None, inventory.timezone)
    words = duty_words(language)
    told = tell_coverage(inventory, daemon.orders, now_ns, look, directory, every=every)
    remarks = (tell_mistake(warning, language) for warning in summary.warnings)
    warnings = [*remarks, *told.warnings, *tell_secrets(inventory, language, every=every)]
    for warning in warnings:
        typer.echo(f"{words.warning}: {warning}")
    for gaps in (told.gaps, told.early):
        for gap in shortened(gaps, look, every=every):
            typer.echo(gap)
    if told.gaps:
        typer.echo(words.uncovered_count.format(len(told.gaps)))
    elif not told.errors:
        typer.echo(all_is_well(summary, inventory, len(warnings), len(told.early), language))
    for grave in told.errors:
        typer.echo(f"{words.error}: {grave}", err=True)
    if told.errors or told.gaps or (strict and told.early):
        raise typer.Exit(1 if told.errors else _GAPS)


def schema(
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="A kind of file, such as sites.")
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            metavar="DIR",
            readable=False,
            help="Write one file per kind there instead of printing.",
        ),
    ] = None,
    *,
    _language: LanguageOption,
) -> None:
    """Print the JSON Schema of one kind of file, or of all kinds by name."""
    from bridgewatch.config.schema import KINDS
    from bridgewatch.config.schema import schema as schema_of

    if kind is not None and kind not in KINDS:
        said = phrase("{kind} is no kind of file; known are {kinds}", kind=kind, kinds=", ".join(KINDS))
        raise unknown(said, kind, KINDS, "KIND")
    if write is not None:
        try:
            for name in (kind,) if kind else KINDS:
                (write / f"{name}.json").write_text(_as_text(schema_of(name)) + "\n", encoding="utf-8")
        except OSError as error:
            raise FailedError(error) from None
        return
    document = schema_of(kind) if kind else {name: schema_of(name) for name in KINDS}
    typer.echo(_as_text(document))


def _as_text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)
