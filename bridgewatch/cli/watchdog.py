"""`bridgewatch watchdog`: the daemon that watches the daemon, on another box."""

from pathlib import Path
from typing import Annotated

import typer

from bridgewatch.cli.daemons import log_to_stderr, place, run_to_end
from bridgewatch.cli.directory import DIRECTORY
from bridgewatch.cli.listen import host_and_port
from bridgewatch.cli.options import LanguageOption

_DEFAULT_LISTEN = "127.0.0.1:9642"
_DEFAULT_ANSWERS = "127.0.0.1:9643"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("watchdog")(watchdog)


def watchdog(
    directory: Annotated[
        Path,
        typer.Argument(
            metavar=DIRECTORY,
            readable=False,
            help="Directory of the watchdog's configuration; also as --config DIR.",
        ),
    ] = Path("config/watchdog"),
    listen: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Where heartbeats come in, and /metrics and /healthz are served; :9642 for every address.",
        ),
    ] = _DEFAULT_LISTEN,
    answers: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Where the links in its messages and the gateways' reports are served; 'none' for nowhere.",
        ),
    ] = _DEFAULT_ANSWERS,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="DIR",
            readable=False,
            show_default="/var/lib/bridgewatch-watchdog as root, else ~/.local/state/bridgewatch-watchdog",
            help="State directory, none that a daemon has.",
        ),
    ] = None,
    *,
    language: LanguageOption,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Log what is only of use to developers.")
    ] = False,
) -> None:
    """Page people of its own when a daemon elsewhere is silent, or says that it stands still.

    SIGHUP or a saved file reloads its configuration. `status`, `incidents`, `ack` and the other commands take
    its --state.
    """
    heartbeats_at = host_and_port(listen, _DEFAULT_LISTEN, "--listen")
    answers_at = place(answers, _DEFAULT_ANSWERS, "--answers")

    from bridgewatch.app.state import default_state_dir
    from bridgewatch.app.watchdog.daemon import WatchdogDaemon, WatchdogOptions

    log_to_stderr(verbose=verbose)
    state_dir = state or default_state_dir(name="bridgewatch-watchdog")
    options = WatchdogOptions(directory, heartbeats_at, state_dir, answers_at)

    async def main() -> None:
        await WatchdogDaemon(options).run()

    run_to_end(main, language)
