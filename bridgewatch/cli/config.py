"""`bridgewatch check` and `bridgewatch schema`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from bridgewatch.cli.failures import FailedError, unknown
from bridgewatch.cli.options import ConfigArgument, LanguageOption
from bridgewatch.cli.paper import console_for, look_for
from bridgewatch.model.phrases import phrase


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
    from bridgewatch.cli.check_view import summary_table
    from bridgewatch.cli.coverage import tell_coverage
    from bridgewatch.cli.loading import loaded
    from bridgewatch.config.summary import summarize
    from bridgewatch.texts.duty import duty_words

    inventory = loaded(directory, language)
    summary, console = summarize(inventory), console_for()
    look = look_for(console, inventory, language)
    console.print(summary_table(summary, inventory, look))
    words, told = duty_words(language), tell_coverage(inventory, look)
    for warning in (*summary.warnings, *told.warnings, *told.gaps):
        typer.echo(f"{words.warning}: {warning}")
    for grave in told.errors:
        typer.echo(f"{words.error}: {grave}", err=True)
    if told.errors or (strict and told.gaps):
        raise typer.Exit(1)


def schema(
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="A kind of file, such as sites.")
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="DIR", help="Write one file per kind there instead of printing."),
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
