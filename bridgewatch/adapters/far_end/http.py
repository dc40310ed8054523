"""A source and a sink by HTTP: `GET /download?bytes=N` and `POST /upload`, and LibreSpeed's names for both.

Strangers are dropped by the kernel. Known senders are held to their ceilings; a connection lives for one
test, however slowly it asks.
"""

import asyncio
import logging
import socket
import time
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from bridgewatch.adapters.far_end.ceilings import Ceilings, Ledger
from bridgewatch.adapters.far_end.socket_filter import Network, attach

LONGEST_CONNECTION: Final = 120.0  # seconds
MOST_OCTETS: Final = 1 << 30  # of one answer, or one body
_DEFAULT: Final = 25_000_000
_MEBI: Final = 1 << 20  # LibreSpeed's ckSize
_BLOCK: Final = b"\x5a\xa5\x3c\xc3" * 16_384
_DIGITS: Final = 12
_BACKLOG: Final = 128
_ACCESS: Final = logging.getLogger(f"{__name__}.access")
_ACCESS.setLevel(logging.WARNING)  # a line a request says nothing


class HttpFarEnd:
    """Serves on `sockets`, which it filters and closes."""

    def __init__(
        self, sockets: Sequence[socket.socket], allowed: Sequence[Network], ceilings: Ceilings
    ) -> None:
        self._sockets = sockets
        self._allowed = allowed
        self._ledger = Ledger(ceilings)

    async def run(self) -> None:
        """Serve until cancelled. Raises OSError or ValueError when the kernel takes no filter."""
        loop = asyncio.get_running_loop()
        server = web.Server(self._handle)
        listening = []
        for sock in self._sockets:
            attach(sock, self._allowed)
            sock.listen(_BACKLOG)
            listening.append(
                await loop.create_server(lambda: _Connection(server, loop, self._ledger), sock=sock)
            )
        try:
            await asyncio.Event().wait()
        finally:
            for each in listening:
                each.close()
            await server.shutdown(1.0)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except ConnectionError:  # a test is over when its client hangs up
            return web.Response()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        match request.method, request.path:
            case "GET", "/download":
                return await self._source(request, _number(request, "bytes", 1))
            case "GET", "/garbage.php":
                return await self._source(request, _number(request, "ckSize", _MEBI))
            case "POST", "/upload" | "/empty.php":
                return await self._sink(request)
            case "GET" | "HEAD", "/empty.php":
                return web.Response()
        return web.Response(status=404)

    async def _source(self, request: web.BaseRequest, octets: int) -> web.StreamResponse:
        sender = _sender(request.transport)
        if self._ledger.left(sender, time.monotonic()) < octets:
            return web.Response(status=429)
        answer = web.StreamResponse(headers={"Cache-Control": "no-store"})
        answer.content_length = octets
        answer.content_type = "application/octet-stream"
        await answer.prepare(request)
        while octets > 0:
            block = _BLOCK[:octets]
            octets -= len(block)
            pause = self._ledger.take(sender, len(block), time.monotonic())
            await answer.write(block)
            await asyncio.sleep(pause)
        await answer.write_eof()
        return answer

    async def _sink(self, request: web.BaseRequest) -> web.StreamResponse:
        sender, most = _sender(request.transport), min(MOST_OCTETS, request.content_length or MOST_OCTETS)
        if self._ledger.left(sender, time.monotonic()) < most or (request.content_length or 0) > most:
            return _last(web.Response(status=429 if most < MOST_OCTETS else 413))
        taken = 0
        async for block in request.content.iter_any():
            taken += len(block)
            pause = self._ledger.take(sender, len(block), time.monotonic())
            if taken > most:
                return _last(web.Response(status=413))
            await asyncio.sleep(pause)
        return web.Response()


class _Connection(RequestHandler):
    """One that counts against its sender's, and does not live for ever."""

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop, ledger: Ledger) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=_ACCESS,
            keepalive_timeout=15.0,
            lingering_time=1.0,
            max_line_size=2048,
            max_field_size=2048,
        )
        self._ledger = ledger
        self._from = ""
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if not isinstance(transport, asyncio.Transport):
            return
        sender = _sender(transport)
        if not self._ledger.connect(sender, time.monotonic()):
            transport.abort()
            return
        self._from = sender
        self._end = asyncio.get_running_loop().call_later(LONGEST_CONNECTION, transport.abort)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        if self._end is not None:
            self._end.cancel()
            self._ledger.disconnect(self._from, time.monotonic())


def _last(answer: web.Response) -> web.Response:
    """What remains of the body is not wanted."""
    answer.force_close()
    return answer


def _number(request: web.BaseRequest, key: str, unit: int) -> int:
    """How many octets are asked for, within what is given."""
    text = request.query.get(key, "")
    if not text.isascii() or not text.isdecimal() or len(text) > _DIGITS:
        return _DEFAULT
    return min(int(text) * unit, MOST_OCTETS)


def _sender(transport: asyncio.BaseTransport | None) -> str:
    """The numeric address of the peer; IPv4 is the same through a socket of either family."""
    peer = transport.get_extra_info("peername") if transport is not None else None
    if not peer:
        return ""
    address = ip_address(peer[0].partition("%")[0])
    return str(getattr(address, "ipv4_mapped", None) or address)
