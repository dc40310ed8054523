"""The command `bridgewatch`: one group of commands per module."""

from typing import Annotated, Any

import typer

from bridgewatch import __version__
from bridgewatch.cli import (
    bandwidth,
    calendar,
    config,
    demo,
    duty,
    event,
    importing,
    incidents,
    notify_test,
    readiness,
    reflector,
    run,
    silence,
    status,
    token,
    watchdog,
)
from bridgewatch.cli.options import LanguageOption
from bridgewatch.cli.spoken import SpokenCommand, SpokenGroup
from bridgewatch.model.words import Language

app = typer.Typer(
    name="bridgewatch",
    cls=SpokenGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bridgewatch {__version__}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    *,
    language: LanguageOption,
) -> None:
    """Watch the WAN and Internet links of videoconference sites, and call whoever is on duty for them."""
    del version
    ctx.default_map = _for_all(ctx.command, language)


def _for_all(command: object, language: Language) -> dict[str, Any]:
    """The language as the default of `command` and all below it."""
    below = command.commands if isinstance(command, SpokenGroup) else {}
    return {"language": language} | {name: _for_all(one, language) for name, one in below.items()}


for group in (
    run,
    config,
    importing,
    calendar,
    duty,
    notify_test,
    readiness,
    status,
    incidents,
    silence,
    event,
    bandwidth,
    token,
    reflector,
    watchdog,
    demo,
):
    group.register(app)
for part in (app, *(below.typer_instance for below in app.registered_groups)):
    for command in part.registered_commands if part else ():
        command.cls = SpokenCommand


def main() -> None:
    """Entry point."""
    app()
