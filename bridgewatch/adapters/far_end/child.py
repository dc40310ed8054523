"""The process of the far end: reads its settings from stdin and serves until stdin closes."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from typing import Final

from pydantic import TypeAdapter

from bridgewatch.adapters.far_end.http import HttpFarEnd
from bridgewatch.adapters.far_end.iperf3 import CannotServeError, Iperf3Server
from bridgewatch.adapters.far_end.settings import FarEndSettings

log = logging.getLogger(__name__)


_NICE: Final = 5


def main() -> None:
    """Serve what stdin says. The keeper closes it, or dies, and the whole process group ends."""
    if os.getpgrp() != os.getpid():
        os.setpgrp()  # which shall be its own
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    with contextlib.suppress(OSError):
        os.nice(_NICE)  # probes are reflected by another process, which goes first
    settings = TypeAdapter(FarEndSettings).validate_json(sys.stdin.buffer.readline())
    try:
        asyncio.run(_serve(settings))
    except* (CannotServeError, OSError, ValueError) as failures:
        for failure in failures.exceptions:
            log.error("throughput tests are not served: %s", failure)  # noqa: TRY400
        sys.exit(1)


async def _serve(settings: FarEndSettings) -> None:
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _end_all)
    async with asyncio.TaskGroup() as group:
        for host, port in settings.iperf3:
            group.create_task(Iperf3Server(host, port, settings.allowed).run())
            log.info("serving iperf3 on %s:%d", host or "*", port)
        for host, port in settings.http:
            sockets = [_open(host, port)]
            group.create_task(HttpFarEnd(sockets, settings.allowed, settings.ceilings).run())
            log.info("serving HTTP on %s:%d", host or "*", port)


def _open(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet; "" is every address of both families."""
    family = socket.AF_INET if host and ":" not in host else socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(bool(host)))
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def _end_all() -> None:
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
