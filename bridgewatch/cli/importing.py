"""`bridgewatch import`: sites and contacts from a plain list."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bridgewatch.cli.directory import CONFIG_OPTION
from bridgewatch.cli.failures import FailedError, UnfitError, tell
from bridgewatch.cli.loading import tell_mistakes
from bridgewatch.cli.options import LanguageOption
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import Language

if TYPE_CHECKING:
    from bridgewatch.config.importing.draft import Draft

_CATCH_ALL: Final = """\
catch_all: [truc]
contacts:
  truc:
    name: Bàn trực
    channels:
      - {via: GATEWAY, to: ADDRESS}"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("import")(import_list)


def import_list(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", readable=False, help="The list: a .csv or .xlsx file.")
    ] = None,
    into: Annotated[
        Path,
        typer.Option(
            CONFIG_OPTION, "--into", metavar="DIR", readable=False, help="Directory of the configuration."
        ),
    ] = Path("config"),
    template: Annotated[
        Path | None,
        typer.Option(
            "--template", metavar="FILE.xlsx", readable=False, help="Write an empty list there instead."
        ),
    ] = None,
    *,
    language: LanguageOption,
    write: Annotated[
        bool, typer.Option("--write", help="Write the files; without it they are only shown.")
    ] = False,
) -> None:
    """Bring in sites and contacts from a list, one line a link or contact; a dry run unless --write is given.

    Ends with 1 if any line was refused or nothing can be written.
    """
    if template is not None:
        _write_template(template, language)
        return
    if file is None:
        raise UnfitError(phrase("a list to read, or --template"), "FILE")
    _import(file, into, language, write=write)


def _import(file: Path, into: Path, language: Language, *, write: bool) -> None:
    from bridgewatch.config.errors import ConfigErrors
    from bridgewatch.config.importing.cells import UnreadableError
    from bridgewatch.config.importing.existing import read_existing
    from bridgewatch.config.importing.judging import draft_of
    from bridgewatch.config.importing.sheets import read_list

    try:
        existing = read_existing(into)
        draft = draft_of(read_list(file), existing)
    except UnreadableError as reason:
        raise FailedError(phrase("{file}: {why}", file=str(file), why=reason.args[0])) from None
    except ConfigErrors as failure:
        tell_mistakes(failure.errors, language)
        raise FailedError(
            phrase("{directory} has mistakes of its own: mend them first", directory=str(into))
        ) from None
    _show(draft, language)
    if draft.contacts and not existing.catch_all:
        raise FailedError(
            phrase(
                "nothing was written: with contacts there must be some of our own who are called when nobody "
                "else can be; write {file} first, such as\n\n{example}",
                file=str(into / "contacts.yaml"),
                example=_CATCH_ALL,
            )
        )
    _put(draft, file, into, language, write=write)
    if draft.refused:
        raise typer.Exit(1)


def _show(draft: "Draft", language: Language) -> None:
    from rich.table import Table
    from rich.text import Text

    from bridgewatch.cli.paper import console_for
    from bridgewatch.views.terminal.look import spelt
    from bridgewatch.views.terminal.screen import look_of

    console = console_for()
    look = look_of(console, language)
    taken = phrase(
        "taken, by line (sites: {sites}, links: {links}, contacts: {contacts})",
        sites=len(draft.sites),
        links=sum(len(site.get("links", ())) for site in draft.sites.values()),
        contacts=len(draft.contacts),
    )
    refused = phrase("refused, by line")
    for title, rows in ((taken, draft.taken), (refused, draft.refused)):
        if rows:
            table = Table(title=tell(title, language), title_justify="left", show_header=False)
            table.add_column(justify="right")
            for row in rows:
                table.add_row(*(spelt(Text(tell(cell, language)), look) for cell in row))
            console.print(table)
    counts = draft.counts()
    lines = phrase(
        "lines: {lines}; taken: {whole}, in part: {part}, refused: {refused}, nothing new: {idle}",
        lines=draft.lines,
        whole=counts.whole,
        part=counts.part,
        refused=counts.refused,
        idle=counts.idle,
    )
    typer.echo(tell(lines, language))
    if draft.adopted:
        adopted = phrase(
            "sites whose line names no parent, put below {parent}: {count}",
            parent=draft.parent,
            count=len(draft.adopted),
        )
        typer.echo(tell(adopted, language))
    if draft.unread:
        unread = phrase("columns that are not read: {columns}", columns=", ".join(draft.unread))
        typer.echo(tell(unread, language))


def _put(draft: "Draft", file: Path, into: Path, language: Language, *, write: bool) -> None:
    from bridgewatch.config.importing.existing import mistakes_with
    from bridgewatch.config.importing.writing import files_of, free_name

    name = free_name(into, file)
    files = files_of(draft, file.name, name)
    if not files:
        typer.echo(tell(phrase("nothing to write"), language))
        return
    if mistakes := mistakes_with(into, files):
        tell_mistakes(mistakes, language)
        raise FailedError(phrase("nothing was written: the configuration would have these mistakes"))
    for path, text in files.items():
        where = str(into / path)
        if write:
            _write(into / path, text)
        said = (
            phrase("{file} is written", file=where)
            if write
            else phrase("{file} would be written", file=where)
        )
        typer.echo(tell(said, language))
    if not write:
        typer.echo(tell(phrase("nothing was written: add --write to do it"), language))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise FailedError(error) from None


def _write_template(path: Path, language: Language) -> None:
    from bridgewatch.config.importing.template import write_template

    if path.suffix.lower() != ".xlsx":
        raise UnfitError(phrase("a file named *.xlsx"), "--template")
    try:
        write_template(path)
    except OSError as error:
        raise FailedError(error) from None
    typer.echo(tell(phrase("{file} is written", file=str(path)), language))
