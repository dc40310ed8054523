"""`bridgewatch token add | list | remove` and `bridgewatch rotate-keys`: who may ask, and the links' keys."""

from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bridgewatch.cli.desk import CANNOT_TELL, EXITS, REFUSED, Asking
from bridgewatch.cli.failures import FailedError, UnfitError, tell
from bridgewatch.cli.options import JsonOption, LanguageOption, StateOption
from bridgewatch.cli.spoken import SpokenGroup
from bridgewatch.model.phrases import phrase

if TYPE_CHECKING:
    from bridgewatch.adapters.api.bearers import Bearers

_T = TypeVar("_T")

_EXITS = "Exits 0 when it was done, 1 when it was refused, 2 when the state directory cannot be used."


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(
        cls=SpokenGroup, help="Tokens of the HTTP API; without any it answers nobody.", no_args_is_help=True
    )
    group.command("add", epilog=_EXITS)(add)
    group.command("list", epilog=_EXITS)(show)
    group.command("remove", epilog=_EXITS)(remove)
    app.add_typer(group, name="token")
    app.command("rotate-keys", epilog=EXITS)(rotate_keys)


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who will hold it; it stands in the log.")],
    may: Annotated[
        list[str],
        typer.Option(
            "--may", metavar="RIGHT", help="What it may do: read, answer, silence or all. May be repeated."
        ),
    ],
    state: StateOption = None,
    *,
    _language: LanguageOption,
) -> None:
    """Make a token and print it, this once; only its hash is kept."""
    import time

    from bridgewatch.adapters.api.bearers import Right

    for right in may:
        if right not in list(Right):
            said = phrase("{right} is none of read, answer, silence and all", right=repr(right))
            raise UnfitError(said, "--may")
    bearers = _bearers(state, make=True)
    typer.echo(_tried(lambda: bearers.add(name, map(Right, may), time.time_ns())))


def show(state: StateOption = None, *, language: LanguageOption, as_json: JsonOption = False) -> None:
    """List the tokens: their names and what they may do, never themselves."""
    from bridgewatch.adapters.api.times import at
    from bridgewatch.cli.desk_view import Paper

    held = _tried(_bearers(state).all)
    if as_json:
        asking = Asking(state, language)
        asking.print_json([bearer.model_dump(mode="json", exclude={"sha256"}) for bearer in held])
        return
    paper = Paper(language)
    words = paper.words
    paper.print(paper.text(words.bearers.format(len(held)) if held else words.no_bearer, "bold"))
    if held:
        table = paper.table([words.bearer, words.may, words.made])
        for bearer in held:
            made = f"{at(bearer.made_ns, UTC).astimezone():%Y-%m-%d %H:%M}"
            table.add_row(paper.text(bearer.name), ", ".join(bearer.may), made)
        paper.print(table)


def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `token list` shows it.")],
    state: StateOption = None,
    *,
    language: LanguageOption,
) -> None:
    """Let a token open nothing from now on."""
    bearers = _bearers(state)
    _tried(lambda: bearers.remove(name))
    typer.echo(tell(phrase("Token {name} opens nothing from now on.", name=name), language))


def rotate_keys(
    state: StateOption = None,
    *,
    language: LanguageOption,
    forget: Annotated[
        bool,
        typer.Option("--forget", help="Links that were sent before open no longer: for a key that leaked."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Sign the links in messages with a new key; older ones open until they expire."""
    from bridgewatch.cli.desk_view import Paper

    asking = Asking(state, language, as_json=as_json)
    value = asking.ask("POST", "/keys/rotate", query={"forget": "1"} if forget else None)
    if as_json:
        asking.print_json(value)
        return
    paper = Paper(language)
    paper.print(paper.text(paper.words.keys_rotated.format(value["keys"])))
    if forget:
        paper.print(paper.text(paper.words.keys_forgotten))


def _bearers(state: Path | None, *, make: bool = False) -> "Bearers":
    from bridgewatch.adapters.api.bearers import Bearers
    from bridgewatch.app.state import default_state_dir

    directory = state or default_state_dir()
    if make:
        _tried(lambda: directory.mkdir(parents=True, exist_ok=True))
    return Bearers(directory)


def _tried(work: Callable[[], _T]) -> _T:
    """What `work` returns, or the end of the command."""
    from bridgewatch.adapters.api.bearers import BearersError

    try:
        return work()
    except BearersError as error:
        raise FailedError(error, REFUSED) from None
    except OSError as error:
        raise FailedError(error, CANNOT_TELL) from None
