"""Round trips before and during a test, by packets of our own: RFC 6349 sections 3.2 and 4.2.

ICMP echo where the far end is an iperf3 server, which a stray connection would disturb; TCP handshakes where
it is an HTTP server, which may hide behind a firewall that lets no echo through. Both wait in the queue that
the test fills, whichever direction that is. The kernel measures handshakes; of echoes the error is that of a
process that has little else to do.
"""

import asyncio
import contextlib
import secrets
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from statistics import fmean
from types import TracebackType
from typing import Final, Self

from bridgewatch.adapters.throughput.sockets import Way
from bridgewatch.adapters.throughput.tcp_info import tcp_info

Probe = Callable[[], Awaitable[float | None]]

BASE_SECONDS: Final = 0.8
_BASE_EVERY: Final = 0.1
_LOADED_EVERY: Final = 0.25
_TIMEOUT: Final = 3.0
_LEAST: Final = 4  # replies that a mean is made of
_ECHO: Final = struct.Struct("!BBHHH")
_SEQUENCE: Final = struct.Struct("!I")
_NONCE_OCTETS: Final = 12
_ECHO_TYPE: Final = {socket.AF_INET: 8, socket.AF_INET6: 128}
_PROTOCOL: Final = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}


class Samples:
    """Asks again and again in the background; answers may come in any order."""

    def __init__(self, probe: Probe, every: float) -> None:
        self._probe = probe
        self._every = every
        self._asked: set[asyncio.Task[None]] = set()
        self.rtts: list[float] = []
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            task = asyncio.create_task(self._ask())
            self._asked.add(task)
            task.add_done_callback(self._asked.discard)
            await asyncio.sleep(self._every)

    async def _ask(self) -> None:
        rtt = await self._probe()
        if rtt is not None:
            self.rtts.append(rtt)

    async def stop(self) -> None:
        """What is not answered yet never will be."""
        tasks = [self._task, *self._asked]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def base_rtt(probe: Probe) -> float | None:
    """The shortest of some round trips over a link at rest, seconds; None: nobody answers."""
    samples = Samples(probe, _BASE_EVERY)
    try:
        await asyncio.sleep(BASE_SECONDS)
    finally:
        await samples.stop()
    return min(samples.rtts, default=None)


class Loaded:
    """Round trips while a test runs: `start` when its warm-up is over."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._samples: Samples | None = None

    def start(self) -> None:
        """Begin to ask."""
        self._samples = self._samples or Samples(self._probe, _LOADED_EVERY)

    async def stop(self) -> None:
        """Ask no more."""
        if self._samples is not None:
            await self._samples.stop()

    @property
    def mean(self) -> float | None:
        """Seconds; None: too few answers to say."""
        rtts = self._samples.rtts if self._samples is not None else []
        return fmean(rtts) if len(rtts) >= _LEAST else None


class Handshakes:
    """Round trips by connecting and closing at once."""

    def __init__(self, family: socket.AddressFamily, address: str, port: int, way: Way) -> None:
        self._family = family
        self._address = (address, port)
        self._way = way

    async def __call__(self) -> float | None:
        """Seconds; None: no answer, or one to a packet that was sent again."""
        loop = asyncio.get_running_loop()
        with socket.socket(self._family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as sock:
            try:
                self._way.bind(sock)
                async with asyncio.timeout(_TIMEOUT):
                    await loop.sock_connect(sock, self._address)
                info = tcp_info(sock)
            except OSError:  # a TimeoutError is one
                return None
        return info.rtt if info.rtt > 0 and not info.resends else None


class Echoes:
    """Round trips by ICMP echo; where neither kind of socket is allowed, none."""

    def __init__(self, family: socket.AddressFamily, address: str, way: Way) -> None:
        self._type = _ECHO_TYPE[family]
        self._nonce = secrets.token_bytes(_NONCE_OCTETS)
        self._waiting: dict[int, tuple[float, asyncio.Future[float]]] = {}
        self._sequence = 0
        self._socket = _open(family, address, way)

    async def __aenter__(self) -> Self:
        if self._socket is not None:
            asyncio.get_running_loop().add_reader(self._socket, self._read)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()

    async def __call__(self) -> float | None:
        """Seconds; None: no answer."""
        if self._socket is None:
            return None
        number, self._sequence = self._sequence, self._sequence + 1
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        payload = self._nonce + _SEQUENCE.pack(number)
        self._waiting[number] = (time.perf_counter(), future)
        try:
            self._socket.send(_echo(self._type, number, payload))
            async with asyncio.timeout(_TIMEOUT):
                return await future
        except OSError:  # a TimeoutError is one
            return None
        finally:
            del self._waiting[number]

    def _read(self) -> None:
        now = time.perf_counter()
        while self._socket is not None:
            try:
                packet = self._socket.recv(2048)
            except OSError:
                return
            # Wherever the header ends (a raw socket of IPv4 gives it, too), the nonce is ours alone.
            _, nonce, rest = packet.partition(self._nonce)
            if not nonce or len(rest) < _SEQUENCE.size or self._is_request(packet):
                continue
            sent, future = self._waiting.get(_SEQUENCE.unpack_from(rest)[0], (0.0, None))
            if future is not None and not future.done():
                future.set_result(now - sent)

    def _is_request(self, packet: bytes) -> bool:
        """Over loopback a raw socket sees its own requests, too."""
        header = len(packet) - _ECHO.size - _NONCE_OCTETS - _SEQUENCE.size
        return header < 0 or packet[header] == self._type


def _open(family: socket.AddressFamily, address: str, way: Way) -> socket.socket | None:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        with contextlib.suppress(OSError):
            sock = socket.socket(family, kind, _PROTOCOL[family])
            try:
                sock.setblocking(False)
                way.bind(sock)
                sock.connect((address, 0))
            except OSError:
                sock.close()
                raise
            return sock
    return None


def _echo(kind: int, number: int, payload: bytes) -> bytes:
    """A request; the kernel writes the checksum of ICMPv6, and both of datagram sockets."""
    ident, sequence = 0x6277, number & 0xFFFF
    packet = _ECHO.pack(kind, 0, 0, ident, sequence) + payload
    words = struct.unpack(f"!{len(packet) // 2}H", packet)
    total = sum(words)
    while total > 0xFFFF:  # noqa: PLR2004
        total = (total & 0xFFFF) + (total >> 16)
    return _ECHO.pack(kind, 0, ~total & 0xFFFF, ident, sequence) + payload
