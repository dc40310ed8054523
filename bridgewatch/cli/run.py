"""`bridgewatch run`: the daemon."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bridgewatch.cli.listen import host_and_port

_DEFAULT_LISTEN = "127.0.0.1:9640"
_DEFAULT_ANSWERS = "127.0.0.1:9641"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("run")(run)


def run(
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Directory of the configuration.")
    ] = Path("config"),
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where /metrics is served; 'none' for nowhere.")
    ] = _DEFAULT_LISTEN,
    answers: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Where the links in messages and the gateways' reports are served; 'none' for nowhere.",
        ),
    ] = _DEFAULT_ANSWERS,
    state: Annotated[
        Path | None, typer.Option(metavar="DIR", help="State directory; its control socket serves `status`.")
    ] = None,
    *,
    portable: Annotated[
        bool,
        typer.Option("--portable", help="Probe through aioping: few links, availability and RTT only."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Log what is only of use to developers.")
    ] = False,
) -> None:
    """Watch the links of a configuration until SIGTERM. SIGHUP or a saved file reloads it."""
    from bridgewatch.adapters.answers.keys import KeysError
    from bridgewatch.adapters.control import AlreadyRunningError
    from bridgewatch.adapters.store.errors import StoreTooNewError
    from bridgewatch.app.daemon import Daemon, Options
    from bridgewatch.app.state import default_state_dir
    from bridgewatch.config.errors import ConfigErrors

    _log_to_stderr(verbose=verbose)
    os.umask(0o077)  # what is kept names people and their numbers
    options = Options(
        directory,
        _place(listen, _DEFAULT_LISTEN),
        state or default_state_dir(),
        portable,
        _place(answers, _DEFAULT_ANSWERS),
    )

    async def main() -> None:
        await Daemon(options).run()

    try:
        asyncio.run(main())
    except ConfigErrors as failure:
        for error in failure.errors:
            typer.echo(str(error), err=True)
        typer.echo(f"bridgewatch run: mistakes in the configuration: {len(failure.errors)}", err=True)
        raise typer.Exit(1) from None
    except (OSError, AlreadyRunningError, KeysError, StoreTooNewError) as error:
        typer.echo(f"bridgewatch run: {error}", err=True)
        raise typer.Exit(1) from error


def _place(text: str, example: str) -> tuple[str, int] | None:
    return None if text == "none" else host_and_port(text, example)


def _log_to_stderr(*, verbose: bool) -> None:
    # Under the service manager the journal writes the time itself.
    clock = "" if "JOURNAL_STREAM" in os.environ else "%(asctime)s "
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose else logging.INFO,
        format=f"{clock}%(levelname)s %(message)s",
    )
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
