"""`bridgewatch silence add | list | lift`: planned work, and other times at which nobody is to be called."""

from typing import Annotated
from urllib.parse import quote

import typer

from bridgewatch.cli.desk import EXITS, Asking, ByOption
from bridgewatch.cli.options import JsonOption, LanguageOption, StateOption
from bridgewatch.cli.spoken import SpokenGroup


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(
        cls=SpokenGroup,
        help="Announce planned work: nobody is called for what it covers.",
        no_args_is_help=True,
    )
    group.command("add", epilog=EXITS)(add)
    group.command("list", epilog=EXITS)(show)
    group.command("lift", epilog=EXITS)(lift)
    app.add_typer(group, name="silence")


def add(
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why.")],
    link: Annotated[str | None, typer.Option(metavar="SITE/LINK", help="One link.")] = None,
    site: Annotated[str | None, typer.Option(metavar="SITE", help="A site with its links.")] = None,
    carrier: Annotated[str | None, typer.Option(metavar="CARRIER", help="A carrier's links.")] = None,
    area: Annotated[
        str | None,
        typer.Option(metavar="SITE", help="A site and all below it; with --carrier, its links there."),
    ] = None,
    starts: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Now unless it is said; 02:00 is the next one."),
    ] = None,
    ends: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="TIME",
            help="Such as 02:00, the first one after --from, or '2026-11-26 02:00'; local.",
        ),
    ] = None,
    lasts: Annotated[str | None, typer.Option("--for", metavar="DURATION", help="Such as 30m or 2h.")] = None,
    by: ByOption = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    force: Annotated[bool, typer.Option("--force", help="Also over a live event.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Announce planned work on a link, a site, a carrier or an area.

    It must end: --to or --for. Measuring goes on, what recovers is told to those who were called, and what is
    still broken at the end pages at once.
    """
    from bridgewatch.adapters.api.forms import OutcomeTold
    from bridgewatch.cli.desk_view import Paper
    from bridgewatch.cli.silence_view import silence_set

    asking = Asking(state, language, by, as_json)
    given = {
        "link": link,
        "site": site,
        "carrier": carrier,
        "area": area,
        "starts": starts,
        "ends": ends,
        "lasts": lasts,
        "note": note,
        "force": force,
    }
    value = asking.ask("POST", "/silences", {key: one for key, one in given.items() if one is not None})
    if as_json:
        asking.print_json(value)
        return
    paper = Paper(language)
    if (planned := OutcomeTold.model_validate(value).planned) is not None:
        paper.print(*silence_set(planned, paper))


def show(state: StateOption = None, *, language: LanguageOption, as_json: JsonOption = False) -> None:
    """List the silences that hold or are to come."""
    from bridgewatch.adapters.api.silence_forms import SilencesTold
    from bridgewatch.cli.desk_view import Paper
    from bridgewatch.cli.silence_view import silences_list

    asking = Asking(state, language, as_json=as_json)
    value = asking.ask("GET", "/silences")
    if as_json:
        asking.print_json(value)
        return
    silences, paper = SilencesTold.model_validate(value).silences, Paper(language)
    words = paper.words
    paper.print(paper.text(words.silences.format(len(silences)) if silences else words.no_silence, "bold"))
    if silences:
        paper.print(*silences_list(silences, paper))


def lift(
    silence: Annotated[str, typer.Argument(metavar="ID", help="As `silence list` shows it.")],
    by: ByOption = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    as_json: JsonOption = False,
) -> None:
    """End a silence now: what is broken under it pages at once."""
    from bridgewatch.cli.desk_view import Paper

    asking = Asking(state, language, by, as_json)
    value = asking.ask("DELETE", f"/silences/{quote(silence, safe='')}")
    if as_json:
        asking.print_json(value)
        return
    paper = Paper(language)
    paper.print(paper.text(paper.words.silence_lifted.format(silence)))
