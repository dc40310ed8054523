"""Keeps one call up: resolves the daemon's name, opens sockets, and gives packets and time to the caller."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, cast

from bridgewatch.adapters.dialin.sockets import SocketAddress, Way, open_call, receive, send, source_of
from bridgewatch.core.dialin.caller import Asked, Caller
from bridgewatch.core.dialin.reflecting import reflect
from bridgewatch.model.ids import KeyId

log = logging.getLogger(__name__)

_AGAIN_SECONDS: Final = 2.0
_RESOLVE_SECONDS: Final = 10.0
_SAME_SOCKET: Final = 8  # greetings by one socket: a NAT may hold on to a way that is none any more
_AT_ONCE: Final = 64  # packets, after which others get their turn
_NS: Final = 1e9


@dataclass(frozen=True, slots=True)
class CallSettings:
    """Whom to call (host, port), as whose box, and which way."""

    host: str
    port: int
    key_id: KeyId
    key: bytes = field(repr=False)
    way: Way

    def __str__(self) -> str:
        return f"{self.host}:{self.port} as {self.key_id} by {self.way}"


class CallKeeper:
    """One call. `seed` is fresh entropy; `error_estimate` says how far this host's clock can be trusted."""

    def __init__(self, settings: CallSettings, seed: bytes, error_estimate: Callable[[], int]) -> None:
        self._settings = settings
        self._error_estimate = error_estimate
        self._on_asked: Callable[[Asked], None] = lambda _: None
        self._socket: socket.socket | None = None
        self._caller = Caller(settings.key_id, settings.key, seed, time.monotonic_ns())
        self._turn = count()
        self._told = ""
        self._connected = False
        self._reopen = False
        self._wake = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether the daemon has taken the call and is heard."""
        return self._caller.connected

    def __str__(self) -> str:
        return f"{self._settings}: {'connected' if self.connected else 'calling'}"

    def hear(self, on_asked: Callable[[Asked], None]) -> None:
        """Give `on_asked` the throughput tests that the daemon wants of this box."""
        self._on_asked = on_asked

    def tell(self, body: bytes) -> None:
        """Tell the daemon of a throughput test; as long as there is no way to, it is lost."""
        word = self._caller.tell(body)
        if word is not None and self._socket is not None:
            with contextlib.suppress(OSError):
                send(self._socket, word)

    async def run(self) -> None:
        """Keep the call up until cancelled. Raises NotPermittedError."""
        while True:
            try:
                opened = open_call(self._settings.way, await self._target())
            except OSError as error:
                self._tell(str(error))
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            try:
                await self._keep(opened)
            except OSError as error:
                self._tell(str(error))
                await asyncio.sleep(_AGAIN_SECONDS)
            finally:
                self._socket = None
                asyncio.get_running_loop().remove_reader(opened)
                opened.close()

    async def _target(self) -> SocketAddress:
        """One of the addresses of the daemon's name; each time the next. Raises OSError."""
        loop, called = asyncio.get_running_loop(), self._settings
        look_up = loop.getaddrinfo(called.host, called.port, family=called.way.family, type=socket.SOCK_DGRAM)
        found = await asyncio.wait_for(look_up, _RESOLVE_SECONDS)
        addresses = cast("Sequence[SocketAddress]", [entry[4] for entry in found])
        return addresses[next(self._turn) % len(addresses)]

    async def _keep(self, opened: socket.socket) -> None:
        """Call by that socket until another is wanted. Raises OSError when it is good no more."""
        loop, source = asyncio.get_running_loop(), source_of(opened)
        self._reopen, self._socket = False, opened
        loop.add_reader(opened, self._read, opened)
        while not self._reopen:
            greeted, now = self._caller.attempts, time.monotonic_ns()
            if self._caller.doubtful and now >= self._caller.deadline and self._is_stale(opened, source):
                return
            for packet in self._caller.due(now):
                send(opened, packet)
            self._note()
            if self._caller.attempts > greeted and self._caller.attempts % _SAME_SOCKET == 0:
                return
            self._wake.clear()
            wait = (self._caller.deadline - time.monotonic_ns()) / _NS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(0.0, wait))

    def _is_stale(self, opened: socket.socket, source: str) -> bool:
        """Whether this host would send from another address by now. Raises OSError."""
        with open_call(self._settings.way, opened.getpeername()) as fresh:
            return source_of(fresh) != source

    def _read(self, opened: socket.socket) -> None:
        deadline = self._caller.deadline
        try:
            for _ in range(_AT_ONCE):
                packet = receive(opened)
                if packet is None:
                    break
                taken = self._caller.take(packet.octets, time.monotonic_ns())
                for word in taken.words:
                    send(opened, word)
                if taken.asked is not None:
                    self._on_asked(taken.asked)
                if taken.reflect is not None:
                    now = time.time_ns()
                    reply = reflect(
                        packet.octets,
                        taken.reflect,
                        t2_ns=packet.at_ns or now,
                        t3_ns=now,
                        error_estimate=self._error_estimate(),
                        sender_ttl=packet.ttl,
                    )
                    send(opened, reply, packet.traffic_class)
        except OSError as error:
            self._tell(str(error))
            self._reopen = True
        self._note()
        if self._reopen or self._caller.deadline < deadline:
            self._wake.set()

    def _note(self) -> None:
        connected = self._caller.connected
        if connected == self._connected:
            return
        self._connected = connected
        if connected:
            self._told = ""
            log.info("%s", self)
        else:
            log.warning("%s: the daemon is not heard any more; calling again", self._settings)

    def _tell(self, what: str) -> None:
        if what != self._told:
            self._told = what
            log.warning("%s: %s", self._settings, what)
