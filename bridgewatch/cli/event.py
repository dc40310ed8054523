"""`bridgewatch event close | extend`: a conference that ends otherwise than planned."""

from typing import Annotated
from urllib.parse import quote

import typer

from bridgewatch.cli.desk import EXITS, Asking, ByOption
from bridgewatch.cli.options import JsonOption, LanguageOption, StateOption
from bridgewatch.cli.spoken import SpokenGroup

_Event = Annotated[str, typer.Argument(metavar="EVENT", help="The event's id, as in events.d.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(
        cls=SpokenGroup, help="Close a live event, or let it end later.", no_args_is_help=True
    )
    group.command("close", epilog=EXITS)(close)
    group.command("extend", epilog=EXITS)(extend)
    app.add_typer(group, name="event")


def close(
    event: _Event,
    by: ByOption = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    as_json: JsonOption = False,
) -> None:
    """End a live event: its rates, thresholds and policy end now."""
    asking = Asking(state, language, by, as_json)
    _order(asking, f"/events/{quote(event, safe='')}/close", None, event)


def extend(
    event: _Event,
    ends: Annotated[str, typer.Option("--to", metavar="TIME", help="The new end, such as 11:30, local.")],
    by: ByOption = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    as_json: JsonOption = False,
) -> None:
    """Let a live event go on for longer than planned."""
    asking = Asking(state, language, by, as_json)
    _order(asking, f"/events/{quote(event, safe='')}/extend", {"ends": ends}, event)


def _order(asking: Asking, path: str, body: object, event: str) -> None:
    from bridgewatch.adapters.api.forms import OutcomeTold
    from bridgewatch.cli.desk_view import Paper
    from bridgewatch.texts.times import weekday_moment

    value = asking.ask("POST", path, body)
    if asking.as_json:
        asking.print_json(value)
        return
    paper = Paper(asking.language)
    ends = OutcomeTold.model_validate(value).ends
    if ends is None:
        paper.print(paper.text(paper.words.event_closed.format(event)))
    else:
        paper.print(
            paper.text(paper.words.event_extended.format(event, weekday_moment(ends, paper.language)))
        )
