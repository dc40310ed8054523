"""`bridgewatch readiness`: is every site ready for an event?"""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from bridgewatch.cli.failures import UnfitError, tell, unknown
from bridgewatch.cli.options import FilesOption, JsonOption, LanguageOption, StateOption
from bridgewatch.cli.paper import console_for, look_for
from bridgewatch.model.phrases import phrase

if TYPE_CHECKING:
    from bridgewatch.model.ids import EventId
    from bridgewatch.model.inventory import Inventory

_CANNOT_TELL = 2


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("readiness")(readiness)


def readiness(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The id of the event.")],
    seen: Annotated[
        str, typer.Option("--seen", metavar="DURATION", help="How long a carrying link has to be up.")
    ] = "10m",
    directory: FilesOption = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    every: Annotated[bool, typer.Option("--all", help="List the sites that are GO too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge each site of EVENT, GO, NO-GO or UNKNOWN, by its links as the daemon sees them and by rosters.

    Exits 0 when all is GO, 1 for a NO-GO, 2 when that cannot be told.
    """
    from bridgewatch.cli.known import known
    from bridgewatch.cli.loading import loaded
    from bridgewatch.cli.moments import moment_ns
    from bridgewatch.core.readiness.judge import judge
    from bridgewatch.views.readiness import to_json
    from bridgewatch.views.terminal.readiness import readiness as tables

    daemon = known(state, sights=True)
    inventory = loaded(daemon.files(directory), language, _CANNOT_TELL)
    chosen = _event(event, inventory)
    if daemon.problem:
        said = phrase("{problem}: nothing is known of any link", problem=daemon.problem)
        typer.echo(f"bridgewatch readiness: {tell(said, language)}", err=True)
    now_ns = moment_ns(None, inventory.timezone)
    report = judge(inventory, chosen, daemon.sights, now_ns, _seconds(seen), daemon.orders)
    if as_json:
        typer.echo(json.dumps(to_json(report, inventory), ensure_ascii=False, indent=2))
    else:
        console = console_for()
        for part in tables(report, inventory, look_for(console, inventory, language), every=every):
            console.print(part, highlight=False)
    raise typer.Exit(int(report.verdict))


def _seconds(text: str) -> float:
    from pydantic_core import PydanticCustomError

    from bridgewatch.config.scalars import Duration

    try:
        return Duration(0, 86_400, "10m, 90s or 1h").parse(text)
    except PydanticCustomError:
        raise UnfitError(
            phrase("{text} is no duration such as 10m, 90s or 1h", text=repr(text)), "--seen"
        ) from None


def _event(name: str, inventory: "Inventory") -> "EventId":
    found = next((event for event in inventory.events if event == name), None)
    if found is None:
        raise unknown(phrase("there is no event {name}", name=name), name, inventory.events, "EVENT")
    return found
