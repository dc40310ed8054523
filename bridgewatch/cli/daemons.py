"""What the commands that run for long have in common: where they listen, how they log, how they fail."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine

from bridgewatch.cli.failures import FailedError
from bridgewatch.cli.listen import host_and_port
from bridgewatch.cli.loading import mistaken
from bridgewatch.model.words import Language


def place(text: str, example: str, option: str) -> tuple[str, int] | None:
    """`HOST:PORT`, or None for `none`. Raises UnfitError, naming `example`."""
    return None if text == "none" else host_and_port(text, example, option)


def run_to_end(main: Callable[[], Coroutine[None, None, None]], language: Language) -> None:
    """Run a daemon. Raises FailedError where it cannot start."""
    from bridgewatch.adapters.answers.keys import KeysError
    from bridgewatch.adapters.control import AlreadyRunningError
    from bridgewatch.adapters.store.errors import StoreTooNewError, UnfitServerError
    from bridgewatch.config.errors import ConfigErrors

    try:
        asyncio.run(main())
    except ConfigErrors as failure:
        raise mistaken(failure, language) from None
    except (OSError, AlreadyRunningError, KeysError, StoreTooNewError, UnfitServerError) as error:
        raise FailedError(error) from None


def log_to_stderr(*, verbose: bool) -> None:
    """Log as a daemon does."""
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
