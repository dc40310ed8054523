"""The reflector as a service: sockets, signals and a word to the service manager now and then."""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address
from typing import Final, Protocol

import numpy as np

from bridgewatch.adapters.reflector.listener import Listener
from bridgewatch.adapters.reflector.refusals import Refusals, summary
from bridgewatch.core.probing.timestamps import encode_error
from bridgewatch.core.reflecting.reflection import Reflection, Verdict
from bridgewatch.model.hosts import with_port
from bridgewatch.model.observations import Int64

log = logging.getLogger(__name__)

# Seconds from reading T3 to the wire: 9 us in the middle at 50,000 packets/s, 45 us with caches gone cold.
STAMPING_ERROR: Final = 100e-6
_ROUND_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 0.005
_WORTH_A_TURN: Final = 64  # packets


class Manager(Protocol):
    """The service manager, as far as a reflector talks to it."""

    @property
    def watchdog_seconds(self) -> float | None:
        """How often it wants to hear from us, None for never."""
        ...

    def ready(self, status: str) -> None:
        """Start-up is complete."""
        ...

    def status(self, status: str) -> None:
        """One line for people."""
        ...

    def stopping(self) -> None:
        """The end begins."""
        ...

    def watchdog(self) -> None:
        """Alive."""
        ...


class _Pump:
    """Turns a socket's readiness into turns of work, and many packets into one turn.

    A turn costs nearly the same for one packet as for dozens, so after a small one the next waits a pause;
    an idle socket is watched by the event loop. The pause lies between T2 and T3, which the sender subtracts.
    """

    def __init__(self, listener: Listener, loop: asyncio.AbstractEventLoop) -> None:
        self._listener = listener
        self._loop = loop
        self._next: asyncio.Handle | None = None
        self._wait()

    def _wait(self) -> None:
        self._next = None
        self._loop.add_reader(self._listener.socket.fileno(), self._wake)

    def _wake(self) -> None:
        self._loop.remove_reader(self._listener.socket.fileno())
        self._turn()

    def _turn(self) -> None:
        count = self._listener.serve()
        if count >= _WORTH_A_TURN:
            self._next = self._loop.call_soon(self._turn)
        elif count:
            self._next = self._loop.call_later(_PAUSE_SECONDS, self._turn)
        else:
            self._wait()

    def close(self) -> None:
        """Answer what has arrived and close the socket."""
        if self._next is None:
            self._loop.remove_reader(self._listener.socket.fileno())
        else:
            self._next.cancel()
        self._listener.serve()
        self._listener.close()


class Server:
    """Reflects on all `sockets` until it is told to stop.

    `discipline` tells whether the wall clock is synchronised and its greatest error in seconds; `reread`
    takes in again what may have changed while serving.
    """

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        reflection: Reflection,
        manager: Manager,
        discipline: Callable[[], tuple[bool, float]],
        reread: Callable[[], None] | None = None,
    ) -> None:
        self._reflection = reflection
        self._manager = manager
        self._discipline = discipline
        self._reread = reread or (lambda: None)
        self._error_estimate = 0
        self._refusals = Refusals()
        self._listeners = [Listener(sock, reflection, lambda: self._error_estimate) for sock in sockets]
        self._stop = asyncio.Event()

    @property
    def counts(self) -> Int64:
        """Packets by verdict since the start."""
        total = np.zeros(len(Verdict), np.int64)
        for listener in self._listeners:
            total += listener.counts
        return total

    def summary(self) -> str:
        """The counters as one line."""
        unsent = sum(listener.unsent for listener in self._listeners)
        overflows = sum(listener.overflows for listener in self._listeners)
        return summary(self.counts, self._reflection.sessions, unsent, overflows)

    def stop(self) -> None:
        """End `run` after what has already arrived is answered."""
        self._stop.set()

    async def run(self) -> None:
        """Serve until `stop`, SIGTERM or SIGINT; SIGHUP takes in changes and SIGUSR1 logs the counters."""
        loop = asyncio.get_running_loop()
        self._read_clock()
        pumps = [_Pump(listener, loop) for listener in self._listeners]
        log.info("reflecting on %s", ", ".join(_name(listener.socket) for listener in self._listeners))
        handlers = {
            signal.SIGTERM: self.stop,
            signal.SIGINT: self.stop,
            signal.SIGHUP: self._reread,
            signal.SIGUSR1: self._log_counters,
        }
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            self._manager.ready(self.summary())
            await self._rounds()
        finally:
            self._manager.stopping()
            for number in handlers:
                loop.remove_signal_handler(number)
            for pump in pumps:
                pump.close()
            self._log_counters()

    async def _rounds(self) -> None:
        watchdog = self._manager.watchdog_seconds
        period = min(_ROUND_SECONDS, watchdog / 2) if watchdog else _ROUND_SECONDS
        while not self._stop.is_set():
            self._round()
            try:
                await asyncio.wait_for(self._stop.wait(), period)
            except TimeoutError:
                continue

    def _round(self) -> None:
        self._read_clock()
        for change in self._refusals.look(self.counts, time.monotonic_ns()):
            if change.began:
                log.warning("%s, last from %s", change, self._last_source(change.verdict))
            else:
                log.info("%s", change)
        self._manager.watchdog()
        self._manager.status(self.summary())

    def _read_clock(self) -> None:
        synchronised, error = self._discipline()
        self._error_estimate = encode_error(error + STAMPING_ERROR, synchronised=synchronised)

    def _last_source(self, verdict: Verdict) -> str:
        sources = [
            listener.last_source[verdict] for listener in self._listeners if verdict in listener.last_source
        ]
        address = IPv6Address(sources[-1][0] << 64 | sources[-1][1])
        return str(address.ipv4_mapped or address)

    def _log_counters(self) -> None:
        log.info("%s", self.summary())


def _name(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return with_port(host, port)
