"""Puts a reflector together: inherited or own sockets, the clock's discipline, the service manager."""

import asyncio
import contextlib
import logging
import os
import socket
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bridgewatch.adapters.clock_discipline import read_discipline
from bridgewatch.adapters.dialin.keeper import CallSettings
from bridgewatch.adapters.far_end.keeper import keep_far_end
from bridgewatch.adapters.far_end.settings import FarEndSettings
from bridgewatch.adapters.reflector.server import Server
from bridgewatch.adapters.reflector.sockets import open_sockets
from bridgewatch.adapters.systemd import Notifier, inherited_sockets
from bridgewatch.app.box_tests import BoxLimits
from bridgewatch.app.calls import Calls, serve_calls
from bridgewatch.core.reflecting.allowlist import AllowList, Network
from bridgewatch.core.reflecting.keys import KeyTable, read_keys
from bridgewatch.core.reflecting.reflection import Caps, Reflection
from bridgewatch.model.phrases import phrase

log = logging.getLogger(__name__)

_LARGEST: Final = 1_048_576  # octets; a file of keys that is larger is none


@dataclass(frozen=True, slots=True)
class ReflectorSettings:
    """What an operator says: where to listen (host, port), whom to answer, how fast and whether to count.

    `keys`: a file of networks and the keys that senders there authenticate with; `sealed_only`: answer
    authenticated packets alone.
    `far_end`: where throughput tests end, too, for the same senders; None: nowhere.
    `calls`: whom this box calls, to be probed back through the call; with them it need not listen. `tests`:
    the throughput tests that may be asked of it through a call; None: none.
    """

    listen: Sequence[tuple[str, int]]
    allow: Sequence[Network]
    caps: Caps
    stateful: bool
    far_end: FarEndSettings | None = None
    keys: Path | None = None
    sealed_only: bool = False
    calls: Sequence[CallSettings] = ()
    tests: BoxLimits | None = None


def run_reflector(settings: ReflectorSettings) -> None:
    """Reflect until SIGTERM. Sockets of the service manager take the place of `listen`.

    Raises OSError when an address cannot be bound or the keys cannot be read, ValueError when there is
    nothing to listen on and nobody to call or the keys are none, and NotPermittedError of a call.
    """
    keys = KeyTable() if settings.keys is None else _read_keys(settings.keys)
    sockets = inherited_sockets() or _open(settings.listen)
    calls = Calls(settings.calls, settings.tests) if settings.calls else None
    if not sockets and calls is None:
        raise ValueError(phrase("nowhere to listen: no --listen, and no socket from the service manager"))
    manager = Notifier()
    reflection = Reflection(
        AllowList(settings.allow),
        settings.caps,
        stateful=settings.stateful,
        keys=keys,
        sealed_only=settings.sealed_only,
    )
    try:
        if sockets:
            asyncio.run(_serve(sockets, reflection, manager, settings, calls))
        elif calls is not None:
            asyncio.run(serve_calls(calls, manager))
    finally:
        manager.close()


async def _serve(
    sockets: Sequence[socket.socket],
    reflection: Reflection,
    manager: Notifier,
    settings: ReflectorSettings,
    calls: Calls | None,
) -> None:
    far_end = settings.far_end
    keeping = [asyncio.create_task(keep_far_end(far_end))] if far_end is not None else []
    if calls is not None:
        keeping.append(asyncio.create_task(calls.run()))
    try:
        reread = None if settings.keys is None else partial(_reread_keys, settings.keys, reflection)
        await Server(sockets, reflection, manager, read_discipline, reread).run()
    finally:
        for task in keeping:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _read_keys(path: Path) -> KeyTable:
    """Raises OSError and ValueError, neither of which tells a key."""
    with path.open("rb") as file:
        if file.seekable() and os.fstat(file.fileno()).st_mode & (stat.S_IROTH | stat.S_IWOTH):
            log.warning("everybody on this host can read the keys in %s", path)
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(phrase("{file}: too large for a file of keys", file=str(path)))
    try:
        keys = read_keys(content.decode())
        table = KeyTable(keys)
    except UnicodeDecodeError:
        raise ValueError(phrase("{file}: not a text", file=str(path))) from None
    except ValueError as error:
        raise ValueError(phrase("{file}: {what}", file=str(path), what=error.args[0])) from None
    log.info("keys of %d networks read from %s", len({network for network, _ in keys}), path)
    return table


def _reread_keys(path: Path, reflection: Reflection) -> None:
    try:
        reflection.know(_read_keys(path))
    except (OSError, ValueError) as error:
        log.warning("the keys stay as they were: %s", error)


def _open(listen: Sequence[tuple[str, int]]) -> list[socket.socket]:
    opened: list[socket.socket] = []
    for host, port in listen:
        try:
            opened += open_sockets(host, port)
        except OSError as error:
            for sock in opened:
                sock.close()
            raise OSError(error.errno, error.strerror, f"{host or '*'}:{port}") from None
    return opened
