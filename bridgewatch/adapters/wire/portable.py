"""The portable engine: aioping, for systems without `sendmmsg` and for tiny installs.

It says whether a target answers and how long that took, nothing more. aioping takes a socket and a look-up
per ping, checks neither the sender's address nor a nonce, and beyond some fifty pings in flight its loss
figures are its own; so the ceiling below is enforced and what does not fit is a local error, never loss.
STAMP, source addresses, interfaces, DSCP and sizes are refused as local errors too.

aioping is GPL-2.0: nothing but this file imports it, and only where the operator chose this engine.
"""

import asyncio
import errno
import logging
import socket
from dataclasses import dataclass
from typing import Final

import aioping
import numpy as np

from bridgewatch.adapters.wire.addresses import halves
from bridgewatch.adapters.wire.stamps import WallOffset
from bridgewatch.core.probing.checksum import internet_checksum
from bridgewatch.model.ports import Arrivals, Clock, Endpoint, SendBatch, SendReport
from bridgewatch.model.words import Family, ProbeKind

log = logging.getLogger(__name__)

MAX_IN_FLIGHT: Final = 50
_SOCKET_FAMILY: Final = {Family.V4: socket.AF_INET, Family.V6: socket.AF_INET6}
_REPLY_TYPE: Final = {Family.V4: 0, Family.V6: 129}


@dataclass(frozen=True, slots=True)
class _Reply:
    endpoint: Endpoint
    request: bytes
    token: int
    sent_ns: int
    at_ns: int


class PortableEngine:
    """Implements `Engine` with aioping; needs a running event loop."""

    name = f"portable (aioping, at most {MAX_IN_FLIGHT} in flight; availability and RTT only)"
    echo_ident = 0
    backlog = 1_000_000  # aioping reads each socket by itself

    def __init__(self, clock: Clock, *, timeout: float) -> None:
        self._clock = clock
        self._timeout = timeout
        self._wall = WallOffset(clock)
        self._endpoints: dict[int, Endpoint] = {}
        self._pings: set[asyncio.Task[None]] = set()
        self._replies: list[_Reply] = []

    def assign(self, path: int, endpoint: Endpoint) -> int:
        """Route row `path`; see `Engine.assign`."""
        halves(endpoint.address)  # raises ValueError unless it is numeric
        self._endpoints[path] = endpoint
        return 0

    def release(self, path: int) -> None:
        """Forget row `path`."""
        self._endpoints.pop(path, None)

    def send(self, batch: SendBatch) -> SendReport:
        """Start a ping per row as far as the ceiling allows; the rest is refused with EAGAIN."""
        failed = np.zeros(len(batch.path), np.int32)
        for number, path in enumerate(batch.path):
            endpoint = self._endpoints.get(int(path))
            failed[number] = self._refusal(endpoint)
            if endpoint is None or failed[number]:
                continue
            request = batch.packet[number, : batch.length[number]].tobytes()
            task = asyncio.create_task(self._ping(endpoint, request, int(batch.token[number])))
            self._pings.add(task)
            task.add_done_callback(self._pings.discard)
        return SendReport(failed, self._clock.monotonic_ns())

    def _refusal(self, endpoint: Endpoint | None) -> int:
        if endpoint is None:
            return errno.EDESTADDRREQ
        if endpoint.kind is not ProbeKind.ICMP or endpoint.source or endpoint.interface or endpoint.dscp:
            return errno.EPROTONOSUPPORT
        return errno.EAGAIN if len(self._pings) >= MAX_IN_FLIGHT else 0

    async def _ping(self, endpoint: Endpoint, request: bytes, token: int) -> None:
        try:
            async with asyncio.timeout(self._timeout + 1):
                seconds = await aioping.ping(
                    endpoint.address, timeout=self._timeout, family=_SOCKET_FAMILY[endpoint.family]
                )
        except (OSError, ValueError) as error:  # ValueError: a packet that is not an echo reply
            log.debug("ping of %s: %s", endpoint.address, error)
            return
        now = self._clock.monotonic_ns()
        self._replies.append(_Reply(endpoint, request, token, now - round(seconds * 1e9), now))

    def poll(self) -> Arrivals:
        """What aioping has reported, as if the packets themselves had come."""
        replies, self._replies = self._replies, []
        stepped = self._wall.update()
        n = len(replies)
        width = max((len(reply.request) for reply in replies), default=0)
        packet = np.zeros((n, width), np.uint8)
        for row, reply in zip(packet, replies, strict=True):
            _write_reply(row[: len(reply.request)], reply)
        nothing = np.zeros(0, np.uint8)
        return Arrivals(
            kind=np.full(n, ProbeKind.ICMP, np.uint8),
            family=np.array([reply.endpoint.family for reply in replies], np.uint8),
            source=np.array([halves(r.endpoint.address) for r in replies], np.uint64).reshape(n, 2),
            port=np.zeros(n, np.uint16),
            interface=np.zeros(n, np.int32),
            at_ns=np.array([reply.at_ns for reply in replies], np.int64),
            packet=packet,
            length=np.array([len(reply.request) for reply in replies], np.uint16),
            tx_token=np.array([reply.token for reply in replies], np.uint64),
            tx_at_ns=np.array([reply.sent_ns for reply in replies], np.int64),
            error_kind=nothing,
            error_family=nothing,
            error_destination=np.zeros((0, 2), np.uint64),
            error_port=np.zeros(0, np.uint16),
            error_source=np.zeros((0, 2), np.uint64),
            error_port_closed=np.zeros(0, np.bool_),
            error_packet=np.zeros((0, 0), np.uint8),
            error_length=np.zeros(0, np.uint16),
            overflows=0,
            wall_offset_ns=self._wall.ns,
            stepped=stepped,
        )

    def close(self) -> None:
        """Abandon what is in flight."""
        for task in self._pings:
            task.cancel()


def _write_reply(row: np.ndarray[tuple[int], np.dtype[np.uint8]], reply: _Reply) -> None:
    row[:] = np.frombuffer(reply.request, np.uint8)
    row[0] = _REPLY_TYPE[reply.endpoint.family]
    if reply.endpoint.family is Family.V4:
        row[2:4] = 0
        row[2:4] = np.array(internet_checksum(row[None, :]), ">u2").view(np.uint8)
