"""`bridgewatch import`: sites and contacts from a plain list."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bridgewatch.config.importing.draft import Draft

_NO_CATCH_ALL = """\
nothing was written: with contacts there must be some of our own who are called when nobody else can be.
Write {} first:

catch_all: [truc]
contacts:
  truc:
    name: Our own desk
    channels:
      - {{via: GATEWAY, to: ADDRESS}}    # a gateway of gateways.yaml"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("import")(import_list)


def import_list(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The list: a .csv or .xlsx file.")
    ] = None,
    into: Annotated[
        Path, typer.Option("--into", metavar="DIR", help="Directory of the configuration.")
    ] = Path("config"),
    template: Annotated[
        Path | None,
        typer.Option("--template", metavar="FILE.xlsx", help="Write an empty list there instead."),
    ] = None,
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Write the files; without it they are only shown.")
    ] = False,
) -> None:
    """Bring in sites and contacts from a list, one line a link or contact; a dry run unless --write is given.

    Ends with 1 if any line was refused or nothing can be written.
    """
    from bridgewatch.config.errors import ConfigErrors
    from bridgewatch.config.importing.cells import UnreadableError
    from bridgewatch.config.importing.existing import read_existing
    from bridgewatch.config.importing.judging import draft_of
    from bridgewatch.config.importing.sheets import read_list

    if template is not None:
        _write_template(template)
        return
    if file is None:
        raise typer.BadParameter("a list to read, or --template", param_hint="FILE")
    try:
        existing = read_existing(into)
        draft = draft_of(read_list(file), existing)
    except UnreadableError as reason:
        typer.echo(f"{file}: {reason}", err=True)
        raise typer.Exit(1) from None
    except ConfigErrors as failure:
        for error in failure.errors:
            typer.echo(str(error), err=True)
        typer.echo(f"{into} has mistakes of its own: mend them first", err=True)
        raise typer.Exit(1) from None
    _show(draft)
    if draft.contacts and not existing.catch_all:
        typer.echo(_NO_CATCH_ALL.format(into / "contacts.yaml"), err=True)
        raise typer.Exit(1)
    _put(draft, file, into, write=write)
    if draft.refused:
        raise typer.Exit(1)


def _show(draft: "Draft") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    for title, rows in (("would be written", draft.taken), ("refused", draft.refused)):
        if rows:
            table = Table(title=f"{title}: {len(rows):,}", title_justify="left", show_header=False)
            table.add_column("line", justify="right")
            for row in rows:
                table.add_row(*map(escape, row))
            console.print(table)
    if draft.unread:
        typer.echo(f"columns that are not read: {', '.join(draft.unread)}")


def _put(draft: "Draft", file: Path, into: Path, *, write: bool) -> None:
    from bridgewatch.config.importing.existing import mistakes_with
    from bridgewatch.config.importing.writing import files_of, free_name

    name = free_name(into, file)
    files = files_of(draft, file.name, name)
    if not files:
        typer.echo("nothing to write")
        return
    mistakes = mistakes_with(into, files)
    for mistake in mistakes:
        typer.echo(str(mistake), err=True)
    if mistakes:
        typer.echo("nothing was written: the configuration would have these mistakes", err=True)
        raise typer.Exit(1)
    for path, text in files.items():
        if write:
            _write(into / path, text)
        typer.echo(f"{'wrote' if write else 'would write'} {into / path}")
    if not write:
        typer.echo("nothing was written: add --write to do it")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        typer.echo(f"{path}: {error.strerror}", err=True)
        raise typer.Exit(1) from None


def _write_template(path: Path) -> None:
    from bridgewatch.config.importing.template import write_template

    if path.suffix.lower() != ".xlsx":
        raise typer.BadParameter("a file named *.xlsx", param_hint="--template")
    try:
        write_template(path)
    except OSError as error:
        typer.echo(f"{path}: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"wrote {path}")
