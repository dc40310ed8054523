"""GET /metrics: the page streamed slice by slice, so that neither memory nor the probing tick pays for it.

One slice is rendered per pass of the event loop, whoever asks: scrapes take turns, and between two slices the
loop ticks. Compression runs in a thread of its own and releases the interpreter lock. A scrape holds one
snapshot and one batch of text; the number of scrapes under way is bounded.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Final

from aiohttp import web
from isal import isal_zlib

from bridgewatch.model.snapshot import Snapshot
from bridgewatch.views.exposition.page import Page
from bridgewatch.views.web.negotiation import OPENMETRICS, TEXT, wants_gzip, wants_openmetrics

SCRAPES_AT_ONCE: Final = 4
SCRAPE_SECONDS: Final = 30.0  # a reader slower than that is cut off
_BATCH_OCTETS: Final = 256 * 1024
_GZIP: Final = 16 + isal_zlib.MAX_WBITS

_log = logging.getLogger(__name__)


class Scrapes:
    """Serves /metrics."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot
        self._page = Page()
        self._turn = asyncio.Lock()
        self._under_way = 0
        self._compression = ThreadPoolExecutor(1, thread_name_prefix="scrape-gzip")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one scrape; 503 while too many are under way."""
        if self._under_way >= SCRAPES_AT_ONCE:
            return web.Response(status=503, text="too many scrapes at once\n", headers={"Retry-After": "1"})
        self._under_way += 1
        try:
            async with asyncio.timeout(SCRAPE_SECONDS):
                return await self._answer(request)
        except TimeoutError:
            return _cut_off(request)
        finally:
            self._under_way -= 1

    async def close(self) -> None:
        """Let go of the compression thread."""
        self._compression.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        openmetrics = wants_openmetrics(request.headers.get("Accept", ""))
        gzip = wants_gzip(request.headers.get("Accept-Encoding", ""))
        slices = self._page.slices(self._snapshot(), openmetrics=openmetrics)
        response = web.StreamResponse(headers={"Vary": "Accept, Accept-Encoding"})
        response.headers["Content-Type"] = OPENMETRICS if openmetrics else TEXT
        if gzip:
            response.headers["Content-Encoding"] = "gzip"
        await response.prepare(request)
        if request.method != "HEAD":
            await self._stream(slices, response, gzip=gzip)
        return response

    async def _stream(self, slices: Iterator[bytes], response: web.StreamResponse, *, gzip: bool) -> None:
        """Write the page, as a gzip stream (RFC 1952) if asked.

        Level 1: the text is so repetitive that more buys little.
        """
        compressor = isal_zlib.compressobj(1, isal_zlib.DEFLATED, _GZIP) if gzip else None
        async with aclosing(self._batches(slices)) as batches:
            async for batch in batches:
                await response.write(
                    await self._compressed(batch, compressor.compress) if compressor else batch
                )
        if compressor:
            await response.write(compressor.flush())

    async def _batches(self, slices: Iterator[bytes]) -> AsyncGenerator[bytes]:
        """Slices, one per pass of the loop, joined to batches worth a system call."""
        batch: list[bytes] = []
        size = 0
        while (piece := await self._rendered(slices)) is not None:
            batch.append(piece)
            size += len(piece)
            if size >= _BATCH_OCTETS:
                yield b"".join(batch)
                batch, size = [], 0
        yield b"".join(batch)

    async def _rendered(self, slices: Iterator[bytes]) -> bytes | None:
        async with self._turn:
            piece = next(slices, None)
            await asyncio.sleep(0)  # the turn passes on only after a pass of the loop
            return piece

    async def _compressed(self, batch: bytes, compress: Callable[[bytes], bytes]) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._compression, compress, batch)


def _cut_off(request: web.Request) -> web.StreamResponse:
    """End a scrape that took too long so that its reader notices: without the end of the stream."""
    _log.warning("scrape from %s cut off after %.0f s", request.remote, SCRAPE_SECONDS)
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
