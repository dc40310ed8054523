"""What the daemon of a state directory knows that no file says: its orders, what it sees, and its files."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bridgewatch.cli.failures import tell
from bridgewatch.model.phrases import Words, phrase
from bridgewatch.model.words import Language

if TYPE_CHECKING:
    from bridgewatch.model.calendar import EventOrder
    from bridgewatch.model.ids import LinkId
    from bridgewatch.model.readiness import LinkSight

_FILES = Path("config")


@dataclass(frozen=True, slots=True)
class Known:
    """What the daemon told; where none did, `problem` says why.

    `config`: the directory it goes by. `asked`: its state directory was named. `traces`: nobody answers where
    somebody did once.
    """

    config: Path | None = None
    orders: "tuple[EventOrder, ...]" = ()
    sights: "Mapping[LinkId, LinkSight] | None" = None
    problem: Words = ""
    asked: bool = False
    traces: bool = False

    def files(self, given: Path | None) -> Path:
        """The directory of the configuration.

        It is the `given` one; else the daemon's, where that was asked for or there is no `config` here.
        """
        wanted = self.config if self.asked or not _FILES.is_dir() else None
        return given or wanted or _FILES

    def warn_of_plans(self, command: str, language: Language) -> None:
        """Say that events are taken as planned, where orders may have been given that nobody tells."""
        if self.problem and (self.asked or self.traces):
            said = phrase("{problem}: events are shown as planned", problem=self.problem)
            typer.echo(f"bridgewatch {command}: {tell(said, language)}", err=True)


def known(state: Path | None, *, sights: bool = False) -> Known:
    """Ask the daemon of `state`, by default the one of this host; what it sees of links if wanted."""
    from bridgewatch.adapters.control import SOCKET_NAME, NoDaemonError
    from bridgewatch.app.state import default_state_dir

    directory, asked = state or default_state_dir(), state is not None
    try:
        return replace(asyncio.run(_told(directory, sights=sights)), asked=asked)
    except (NoDaemonError, ValueError) as error:
        return Known(problem=error.args[0], asked=asked, traces=_is_there(directory / SOCKET_NAME))


async def _told(directory: Path, *, sights: bool) -> Known:
    from bridgewatch.adapters.control import ControlClient
    from bridgewatch.views.calendar import orders_from_json
    from bridgewatch.views.links import from_json

    async with ControlClient(directory) as client:
        config, orders = await client.get("/config"), await client.get("/orders")
        seen = from_json(await client.get("/links"))[1] if sights else None
    return Known(Path(str(config)), orders_from_json(orders), seen)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a directory that only its owner may look into
        return True
