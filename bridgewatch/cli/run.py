"""`bridgewatch run`: the daemon."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from bridgewatch.cli.daemons import log_to_stderr, place, run_to_end
from bridgewatch.cli.failures import FailedError
from bridgewatch.cli.options import ConfigArgument, LanguageOption, StateOption
from bridgewatch.model.phrases import phrase

_DEFAULT_LISTEN = "127.0.0.1:9640"
_DEFAULT_ANSWERS = "127.0.0.1:9641"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("run")(run)


def run(
    directory: ConfigArgument = Path("config"),
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
    state: StateOption = None,
    *,
    language: LanguageOption,
    portable: Annotated[
        bool,
        typer.Option("--portable", help="Probe through aioping: few links, availability and RTT only."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Log what is only of use to developers.")
    ] = False,
) -> None:
    """Watch the links of a configuration until SIGTERM. SIGHUP or a saved file reloads it."""
    metrics_at = place(listen, _DEFAULT_LISTEN, "--listen")
    answers_at = place(answers, _DEFAULT_ANSWERS, "--answers")
    if portable and find_spec("aioping") is None:
        raise FailedError(phrase("--portable needs aioping: pip install bridgewatch[portable]"))

    from bridgewatch.app.daemon import Daemon, Options
    from bridgewatch.app.state import default_state_dir

    log_to_stderr(verbose=verbose)
    options = Options(directory, metrics_at, state or default_state_dir(), portable, answers_at)

    async def main() -> None:
        await Daemon(options).run()

    run_to_end(main, language)
