"""The command `bridgewatch`: one group of commands per module."""

import typer

from bridgewatch import __version__
from bridgewatch.cli import (
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

app = typer.Typer(
    name="bridgewatch",
    help="Watches the WAN and Internet links of videoconference sites.",
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
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Options of the program as a whole."""
    del version


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
    token,
    reflector,
    watchdog,
    demo,
):
    group.register(app)


def main() -> None:
    """Entry point."""
    app()
