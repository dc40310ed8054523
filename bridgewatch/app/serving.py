"""What daemons have in common: parts that are kept up, doors that are closed at the end, local callers."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Final

from aiohttp import web

from bridgewatch.adapters.api.bearers import Caller, Right
from bridgewatch.adapters.control import user_of
from bridgewatch.adapters.systemd import Notifier

log = logging.getLogger(__name__)

_RESTART_SECONDS: Final = 5.0
_STATUS_SECONDS: Final = 5.0


async def kept_up(name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run `work` for ever: one part that fails must not take the others with it."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("%s failed and starts again in %.0f s", name, _RESTART_SECONDS)
        await asyncio.sleep(_RESTART_SECONDS)


async def tell_manager(
    manager: Notifier, alive: Callable[[], tuple[bool, str]], headline: Callable[[], str]
) -> None:
    """Tie the service manager's watchdog to `alive`, and keep its status line fresh, until cancelled."""
    period = min(_STATUS_SECONDS, (manager.watchdog_seconds or _STATUS_SECONDS) / 2)
    while True:
        await asyncio.sleep(period)
        good, why = alive()
        if good:
            manager.watchdog()
            manager.status(headline())
        else:
            log.error("%s", why)


async def serve(runner: web.AppRunner, where: tuple[str, int], stack: contextlib.AsyncExitStack) -> None:
    """Listen at (host, port) until `stack` is left. Raises OSError."""
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    host, port = where
    try:
        await web.TCPSite(runner, host or None, port).start()
    except OSError as error:
        raise OSError(error.errno, f"cannot listen at {host or '*'}:{port}: {error.strerror}") from error


def local_caller(request: web.Request) -> Caller:
    """Whoever may open the control socket may do everything, under the name the kernel knows them by."""
    return Caller(user_of(request), frozenset(Right))
