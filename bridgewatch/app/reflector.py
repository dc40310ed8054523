"""Puts a reflector together: inherited or own sockets, the clock's discipline, the service manager."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from bridgewatch.adapters.clock_discipline import read_discipline
from bridgewatch.adapters.far_end.keeper import keep_far_end
from bridgewatch.adapters.far_end.settings import FarEndSettings
from bridgewatch.adapters.reflector.server import Server
from bridgewatch.adapters.reflector.sockets import open_sockets
from bridgewatch.adapters.systemd import Notifier, inherited_sockets
from bridgewatch.core.reflecting.allowlist import AllowList, Network
from bridgewatch.core.reflecting.reflection import Caps, Reflection
from bridgewatch.model.phrases import phrase


@dataclass(frozen=True, slots=True)
class ReflectorSettings:
    """What an operator says: where to listen (host, port), whom to answer, how fast and whether to count.

    `far_end`: where throughput tests end, too, for the same senders; None: nowhere.
    """

    listen: Sequence[tuple[str, int]]
    allow: Sequence[Network]
    caps: Caps
    stateful: bool
    far_end: FarEndSettings | None = None


def run_reflector(settings: ReflectorSettings) -> None:
    """Reflect until SIGTERM. Sockets of the service manager take the place of `listen`.

    Raises OSError when an address cannot be bound and ValueError when there is nothing to listen on.
    """
    sockets = inherited_sockets() or _open(settings.listen)
    if not sockets:
        raise ValueError(phrase("nowhere to listen: no --listen, and no socket from the service manager"))
    manager = Notifier()
    reflection = Reflection(AllowList(settings.allow), settings.caps, stateful=settings.stateful)
    try:
        asyncio.run(_serve(sockets, reflection, manager, settings.far_end))
    finally:
        manager.close()


async def _serve(
    sockets: Sequence[socket.socket],
    reflection: Reflection,
    manager: Notifier,
    far_end: FarEndSettings | None,
) -> None:
    keeping = asyncio.create_task(keep_far_end(far_end)) if far_end is not None else None
    try:
        await Server(sockets, reflection, manager, read_discipline).run()
    finally:
        if keeping is not None:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping


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
