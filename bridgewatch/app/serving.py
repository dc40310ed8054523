"""What daemons have in common: parts that are kept up, doors that are closed at the end, local callers."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from typing import Final

from aiohttp import web

from bridgewatch.adapters.api.bearers import Caller, Right
from bridgewatch.adapters.control import user_of
from bridgewatch.adapters.systemd import Notifier

log = logging.getLogger(__name__)

Work = Callable[[], Coroutine[None, None, None]]
"""A part of a daemon: it is to run for ever."""

_RESTART_SECONDS: Final = 5.0
_STATUS_SECONDS: Final = 5.0


async def kept_up(name: str, work: Work) -> None:
    """Run `work` for ever: one part that fails must not take the others with it."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("%s failed and starts again in %.0f s", name, _RESTART_SECONDS)
        await asyncio.sleep(_RESTART_SECONDS)


@contextlib.contextmanager
def signals(stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[None]:
    """Let SIGTERM and SIGINT call `stop`, and SIGHUP `reload`, for as long as this is entered."""
    loop = asyncio.get_running_loop()
    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: reload}
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        for number in handlers:
            loop.remove_signal_handler(number)


@contextlib.asynccontextmanager
async def all_kept_up(parts: Mapping[str, Work]) -> AsyncIterator[None]:
    """Keep every part up, by name, for as long as this is entered."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(kept_up(name, work)) for name, work in parts.items()]
        yield
        for task in running:
            task.cancel()


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


async def serve(
    what: str, runner: web.AppRunner, where: tuple[str, int] | None, stack: contextlib.AsyncExitStack
) -> None:
    """Listen at (host, port) until `stack` is left, and say `what` is there. Raises OSError."""
    if where is None:
        log.info("%s: nowhere", what)
        return
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    host, port = where
    try:
        await web.TCPSite(runner, host or None, port).start()
    except OSError as error:
        raise OSError(error.errno, os.strerror(error.errno or 0), f"{host or '*'}:{port}") from error
    for address in runner.addresses:
        log.info("%s: %s", what, _url(*address[:2]))


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def local_caller(request: web.Request) -> Caller:
    """Whoever may open the control socket may do everything, under the name the kernel knows them by."""
    return Caller(user_of(request), frozenset(Right))
