"""A leg by HTTP: several streams that get, or post, until the time is over.

What is got counts by octets of bodies as they are read, what is posted by those that the far end's TCP has
confirmed: what merely lies in our send buffers has not gone over the link. Nothing is decompressed, no body
is kept, and a redirect is followed to the same host only.
"""

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

import aiohttp
from yarl import URL

from bridgewatch.adapters.throughput.confirmed import Confirmed
from bridgewatch.adapters.throughput.pace import Limit, Pace
from bridgewatch.adapters.throughput.rtt import Handshakes, Loaded, base_rtt
from bridgewatch.adapters.throughput.sockets import Way, resolve, way_of
from bridgewatch.model.bandwidth import MTU_SHARE, WARM_UP, Leg, Throughput
from bridgewatch.model.phrases import Phrase, phrase
from bridgewatch.model.ports import ThroughputError, ThroughputProgress

_BITS: Final = 8
_READ_BUFFER: Final = 262_144
_LEAST_READ: Final = 4096
_BLOCK: Final = 65_536  # octets handed over at once; fewer on a slow link
_BLOCK_SECONDS: Final = 0.02
_POST_SECONDS: Final = 4.0  # of the leg's rate in the body of one POST
_SMALLEST_POST: Final = 262_144
_LARGEST_POST: Final = 67_108_864
_TICK: Final = 0.1
_CONNECT_SECONDS: Final = 4.0
_STALL_SECONDS: Final = 4.0
_REDIRECTS: Final = 3
_REST: Final = 0.02  # seconds between requests of one stream, should a server's files be empty
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_PORTS: Final = {"http": 80, "https": 443}
_REFUSALS: Final = {
    401: phrase("the server wants a password"),
    403: phrase("the server refuses us: it may not know us"),
    404: phrase("the server has no such file"),
    405: phrase("the server takes no uploads there"),
    411: phrase("the server takes no uploads there"),
    413: phrase("the server takes no uploads of this size"),
    429: phrase("the server has had enough of us for now"),
    503: phrase("the server is busy"),
}


async def run_http(leg: Leg, on_progress: Callable[[ThroughputProgress], None]) -> Throughput:
    """Run one leg to its end. Raises ThroughputError."""
    way = way_of(leg)
    path = leg.server.download if leg.receives else leg.server.upload
    url = URL(leg.server.url + path)
    if url.scheme not in _PORTS or not url.host:
        raise ThroughputError(phrase("the server's URL is no http:// or https:// one"))
    port = url.port or _PORTS[url.scheme]
    family, address = await resolve(url.host, port, way)
    handshakes = Handshakes(family, address, port, way)
    base = await base_rtt(handshakes)
    transfer = _Transfer(leg, url, way, family)
    loaded = Loaded(handshakes)
    try:
        return await transfer.run(loaded, base, on_progress)
    finally:
        await loaded.stop()


class _Transfer:
    """The streams of one leg and what they have moved."""

    def __init__(self, leg: Leg, url: URL, way: Way, family: socket.AddressFamily) -> None:
        self._leg = leg
        self._url = url
        self._way = way
        self._family = family
        self._read = 0
        self._redirected = 0
        self._confirmed = Confirmed()
        # The rate is of IP packets, headers included, as contracts are.
        self._limit = Limit(leg.rate * MTU_SHARE, time.monotonic())
        per_stream = leg.rate / _BITS / leg.streams
        self._largest = min(_READ_BUFFER, max(_LEAST_READ, int(per_stream * _BLOCK_SECONDS)))
        self._post = min(_LARGEST_POST, max(_SMALLEST_POST, int(per_stream * _POST_SECONDS)))
        self._block = b"\x5a" * min(_BLOCK, max(1500, int(per_stream * _BLOCK_SECONDS)))

    async def run(
        self, loaded: Loaded, base: float | None, on_progress: Callable[[ThroughputProgress], None]
    ) -> Throughput:
        connector = aiohttp.TCPConnector(
            limit=0, family=self._family, socket_factory=self._socket, use_dns_cache=True
        )
        session = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=self._largest,
            headers={"Accept-Encoding": "identity", "User-Agent": "bridgewatch"},
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=_CONNECT_SECONDS, sock_read=self._leg.seconds + _STALL_SECONDS
            ),
            trust_env=False,
        )
        async with session:
            streams = [asyncio.create_task(self._stream(session)) for _ in range(self._leg.streams)]
            try:
                return await self._measure(streams, loaded, base, on_progress)
            finally:
                for stream in streams:
                    stream.cancel()
                await asyncio.gather(*streams, return_exceptions=True)
                self._confirmed.close()

    async def _measure(
        self,
        streams: list[asyncio.Task[None]],
        loaded: Loaded,
        base: float | None,
        on_progress: Callable[[ThroughputProgress], None],
    ) -> Throughput:
        pace, start, moved = Pace(), None, time.monotonic()
        before = 0
        while True:
            failed, _ = await asyncio.wait(streams, timeout=_TICK, return_when=asyncio.FIRST_COMPLETED)
            for stream in failed:
                await stream  # it never ends but by failing
            now, octets = time.monotonic(), self._octets()
            if octets > before:
                before, moved = octets, now
            elif now - moved > _STALL_SECONDS:
                cut = phrase("nothing arrives any more: the link may be cut")
                raise ThroughputError(cut if before else phrase("the server does not answer"))
            told = pace.at(now, octets)
            if told is None:
                continue
            on_progress(told)
            if start is None and told.seconds >= WARM_UP:
                start = (now, octets)
                self._confirmed.begin()
                loaded.start()
            if start is not None and now - start[0] >= self._leg.seconds:
                return self._result(octets, octets - start[1], now - start[0], base, loaded.mean)

    def _result(
        self, octets: int, measured: int, seconds: float, base: float | None, rtt: float | None
    ) -> Throughput:
        sends = not self._leg.receives
        return Throughput(
            direction=self._leg.direction,
            method=self._leg.method,
            rate=measured * _BITS / seconds,
            octets=octets,
            seconds=seconds,
            streams=self._leg.streams,
            efficiency=self._confirmed.efficiency if sends else None,
            base_rtt=base,
            rtt=rtt,
        )

    def _octets(self) -> int:
        return self._read if self._leg.receives else self._confirmed.octets()

    def _socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        sock = socket.socket(info[0], info[1], info[2])
        try:
            self._way.bind(sock)
            # What is still to be sent when it is closed, or we are killed, shall not go over the link.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            sock.close()
            raise
        self._confirmed.add(sock)
        return sock

    async def _stream(self, session: aiohttp.ClientSession) -> None:
        transfer = self._download if self._leg.receives else self._upload
        url = self._url
        try:
            while True:
                moved = await transfer(session, url)
                url = moved or url
                await asyncio.sleep(_REST)
        except aiohttp.ClientConnectorCertificateError:
            raise ThroughputError(phrase("the server's certificate is not to be trusted")) from None
        except aiohttp.ClientSSLError:
            raise ThroughputError(phrase("the server speaks no TLS that is to be trusted")) from None
        except aiohttp.ClientConnectorError as error:
            raise ThroughputError(_unreachable(error.os_error)) from None
        except TimeoutError:
            raise ThroughputError(phrase("the server does not answer")) from None
        except aiohttp.ClientPayloadError:
            raise ThroughputError(phrase("the server broke the transfer off")) from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise ThroughputError(phrase("the server broke the transfer off, or speaks no HTTP")) from None

    async def _download(self, session: aiohttp.ClientSession, url: URL) -> URL | None:
        async with session.get(url, allow_redirects=False) as answer:
            if moved := self._check(answer):
                return moved
            while block := await answer.content.read(self._largest):
                self._read += len(block)
                if pause := self._limit.wait(len(block), time.monotonic()):
                    await asyncio.sleep(pause)
        return None

    async def _upload(self, session: aiohttp.ClientSession, url: URL) -> URL | None:
        headers = {"Content-Length": str(self._post), "Content-Type": "application/octet-stream"}
        async with session.post(url, data=self._body(), headers=headers, allow_redirects=False) as answer:
            moved = self._check(answer)
            with contextlib.suppress(aiohttp.ClientPayloadError):
                await answer.content.read(_BLOCK)
        return moved

    async def _body(self) -> AsyncIterator[bytes]:
        left = self._post
        while left > 0:
            block = self._block[:left]
            yield block
            left -= len(block)
            if pause := self._limit.wait(len(block), time.monotonic()):
                await asyncio.sleep(pause)

    def _check(self, answer: aiohttp.ClientResponse) -> URL | None:
        """Where to go instead, if the server says so."""
        if answer.status in _MOVED and "Location" in answer.headers:
            moved = answer.url.join(URL(answer.headers["Location"]))
            if moved.host != self._url.host or moved.scheme not in {answer.url.scheme, "https"}:
                raise ThroughputError(phrase("the server sends us to another one, where we do not follow"))
            self._redirected += 1
            if self._redirected > _REDIRECTS * self._leg.streams:
                raise ThroughputError(phrase("the server sends us round in circles"))
            return moved
        if not answer.ok:
            raise ThroughputError(_refusal(answer.status))
        return None


def _refusal(status: int) -> Phrase:
    return _REFUSALS.get(status) or phrase("the server answers {status}", status=str(status))


def _unreachable(error: OSError) -> Phrase:
    match error:
        case ConnectionRefusedError():
            return phrase("the server refuses connections")
        case TimeoutError():
            return phrase("the server does not answer")
        case _:
            return phrase("the server cannot be reached: {cause}", cause=error.strerror or str(error))
