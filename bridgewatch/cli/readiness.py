"""`bridgewatch readiness`: is every site ready for an event?"""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgewatch.cli.failures import UnfitError, tell, unknown
from bridgewatch.cli.options import ConfigOption, JsonOption, LanguageOption, StateOption
from bridgewatch.cli.paper import console_for, look_for
from bridgewatch.model.phrases import Words, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewatch.model.ids import EventId, LinkId
    from bridgewatch.model.inventory import Inventory
    from bridgewatch.model.readiness import LinkSight

_CANNOT_TELL = 2


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("readiness")(readiness)


def readiness(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The id of the event.")],
    seen: Annotated[
        str, typer.Option("--seen", metavar="TIME", help="How long a carrying link has to be up.")
    ] = "10m",
    directory: ConfigOption = Path("config"),
    state: StateOption = None,
    *,
    language: LanguageOption,
    every: Annotated[bool, typer.Option("--all", help="List the sites that are GO too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge each site of EVENT, GO, NO-GO or UNKNOWN, by its links as the daemon sees them and by rosters.

    Exits 0 when all is GO, 1 for a NO-GO, 2 when that cannot be told.
    """
    from bridgewatch.app.state import default_state_dir
    from bridgewatch.cli.loading import loaded
    from bridgewatch.cli.moments import moment_ns
    from bridgewatch.core.readiness.judge import judge
    from bridgewatch.views.readiness import to_json
    from bridgewatch.views.terminal.readiness import readiness as tables

    inventory = loaded(directory, language, _CANNOT_TELL)
    chosen = _event(event, inventory)
    sights, problem = asyncio.run(_sights(state or default_state_dir()))
    if problem:
        said = phrase("{problem}: nothing is known of any link", problem=problem)
        typer.echo(f"bridgewatch readiness: {tell(said, language)}", err=True)
    report = judge(inventory, chosen, sights, moment_ns(None, inventory.timezone), _seconds(seen))
    if as_json:
        typer.echo(json.dumps(to_json(report, inventory), ensure_ascii=False, indent=2))
    else:
        console = console_for()
        for part in tables(report, inventory, look_for(console, inventory, language), every=every):
            console.print(part, highlight=False)
    raise typer.Exit(int(report.verdict))


async def _sights(directory: Path) -> "tuple[Mapping[LinkId, LinkSight] | None, Words]":
    """What the daemon sees, or None and why that is not known."""
    from bridgewatch.adapters.control import ControlClient, NoDaemonError
    from bridgewatch.views.links import from_json

    try:
        async with ControlClient(directory) as client:
            _, sights = from_json(await client.get("/links"))
    except (NoDaemonError, ValueError) as error:
        return None, error.args[0]
    return sights, ""


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
