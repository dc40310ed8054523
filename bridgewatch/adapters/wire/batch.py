"""The batch engine: every packet of a tick in a handful of system calls, stamped by the kernel."""

import errno
import logging
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from bridgewatch.adapters.wire.channel import Channel, Drained, Received, Rejected
from bridgewatch.adapters.wire.door import Door, Words
from bridgewatch.adapters.wire.overflow import SKB_OVERHEAD
from bridgewatch.adapters.wire.routes import UNROUTED, Interfaces, Routes
from bridgewatch.adapters.wire.sockets import ProbeSocket, open_door, open_echo, open_udp
from bridgewatch.adapters.wire.stamps import WallOffset
from bridgewatch.core.columns import places, some
from bridgewatch.model.ports import Arrivals, Call, Clock, Endpoint, SendBatch, SendReport
from bridgewatch.model.words import Family, ProbeKind

log = logging.getLogger(__name__)

_REFRESH_NS: Final = 1_000_000_000
_CHANNELS: Final = (
    (ProbeKind.ICMP, Family.V4),
    (ProbeKind.ICMP, Family.V6),
    (ProbeKind.STAMP, Family.V4),
    (ProbeKind.STAMP, Family.V6),
    (ProbeKind.STAMP_AUTHENTICATED, Family.V4),
    (ProbeKind.STAMP_AUTHENTICATED, Family.V6),
)
_T = TypeVar("_T", bound=np.generic)


class BatchEngine:
    """Implements `Engine` and `DialInPort` on Linux.

    One socket per family and kind, opened at its first path, and one more for each door.
    """

    def __init__(self, clock: Clock, *, echo_ident: int) -> None:
        self.echo_ident = echo_ident
        self._clock = clock
        self._wall = WallOffset(clock)
        self._routes = Routes(Interfaces())
        self._channels: list[Channel | None] = [None] * len(_CHANNELS)
        self._refused_channels: dict[int, int] = {}
        self._doors: list[Door] = []  # the channels beyond those
        self._words = Words()
        self._pending = Drained()
        self._refresh_at = 0

    @property
    def name(self) -> str:
        """What was chosen, for people: `batch (icmp4 raw, stamp4 udp)`."""
        parts = [_describe(channel.socket) for channel in self._channels if channel]
        parts += [f"{_label(*_CHANNELS[number])} not permitted" for number in self._refused_channels]
        return f"batch ({', '.join(parts) or 'no socket yet'})"

    def stall_budget(self) -> dict[str, int]:
        """Replies each socket can hold while nobody reads it."""
        return {
            _label(channel.socket.kind, channel.socket.family): channel.socket.receive_buffer // SKB_OVERHEAD
            for channel in self._channels
            if channel
        }

    @property
    def backlog(self) -> int:
        """Packets the smallest socket holds unpolled."""
        return min(self.stall_budget().values(), default=0)

    def assign(self, path: int, endpoint: Endpoint) -> int:
        """Route row `path`; see `Engine.assign`."""
        if endpoint.kind is ProbeKind.DIAL_IN:
            return self._routes.set(path, endpoint, len(_CHANNELS) + endpoint.door)
        number = _CHANNELS.index((endpoint.kind, endpoint.family))
        self._open(number)
        return self._routes.set(path, endpoint, number)

    def _open(self, number: int) -> None:
        if self._channels[number] or number in self._refused_channels:
            return
        kind, family = _CHANNELS[number]
        try:
            opened = open_echo(family, self.echo_ident) if kind is ProbeKind.ICMP else open_udp(family, kind)
        except OSError as error:
            # Its paths report this errno as local errors; the other kinds go on.
            self._refused_channels[number] = error.errno or errno.EPERM
            log.warning("no %s socket: %s", _label(kind, family), error.strerror)
            return
        self._channels[number] = Channel(opened, self._routes.interfaces)
        log.info("probing %s with %s", _label(kind, family), _describe(opened))

    def open_doors(self, listen: Sequence[tuple[str, int]]) -> None:
        """Listen where boxes call; see `DialInPort.open_doors`."""
        for host, port in listen:
            opened = open_door(host, port)
            door = Door(opened, self._routes.interfaces, len(self._doors), self._words)
            self._doors.append(door)
            self._channels.append(door)

    def calls(self) -> Sequence[Call]:
        """The next words; see `DialInPort.calls`."""
        return self._words.take()

    @property
    def calls_dropped(self) -> int:
        """Words of floods that were not looked at."""
        return self._words.dropped

    def answer(self, words: Iterable[Call]) -> None:
        """Send words to boxes."""
        for word in words:
            self._doors[word.door].answer(word)

    def release(self, path: int) -> None:
        """Forget row `path`."""
        self._routes.drop(path)

    def send(self, batch: SendBatch) -> SendReport:
        """Hand the batch to the kernel; see `Engine.send`."""
        failed = np.zeros(len(batch.path), np.int32)
        channel_of = self._routes.channel[batch.path]
        absent = self._routes.absent[batch.path]
        any_absent = some(absent)
        sent_ns = self._clock.monotonic_ns()
        for number in range(len(self._channels)):
            mine = channel_of == number
            if any_absent:
                mine &= ~absent
            rows = places(mine)
            if not len(rows):
                continue
            channel = self._channels[number]
            if channel is None:
                failed[rows] = self._refused_channels[number]
            else:
                failed[rows] = channel.send(batch, self._routes, rows, self._pending)
        if any_absent:
            failed[absent] = errno.ENODEV
        failed[channel_of == UNROUTED] = errno.EDESTADDRREQ
        return SendReport(failed, sent_ns)

    def poll(self) -> Arrivals:
        """Drain both queues of every socket; see `Engine.poll`."""
        now = self._clock.monotonic_ns()
        if now >= self._refresh_at:
            self._refresh_at = now + _REFRESH_NS
            self._routes.refresh()
        drained, self._pending = self._pending, Drained()
        for channel in self._channels:
            if channel:
                channel.drain(drained)
        # Read behind the stamps: a step that fell among them is known before any is compared.
        stepped = self._wall.update()
        return self._arrivals(drained, now, stepped=stepped)

    def _arrivals(self, drained: Drained, now: int, *, stepped: bool) -> Arrivals:
        received, rejected = drained.received, drained.rejected
        stamp = _join([part.at_ns for part in received], np.int64)
        # A stamp taken around a step belongs to neither side of it, so the poll's own instant stands in.
        at_ns = np.where((stamp == 0) | stepped, now, stamp - self._wall.ns)
        return Arrivals(
            kind=_spread(received, "kind"),
            family=_spread(received, "family"),
            source=_join([part.source for part in received], np.uint64, 2),
            port=_join([part.port for part in received], np.uint16),
            interface=_join([part.interface for part in received], np.int32),
            at_ns=at_ns,
            packet=_stack([part.packet for part in received]),
            length=_join([part.length for part in received], np.uint16),
            tx_token=_join(drained.tokens, np.uint64),
            tx_at_ns=_join(drained.token_ns, np.int64) - self._wall.ns,
            error_kind=_spread(rejected, "kind"),
            error_family=_spread(rejected, "family"),
            error_destination=_join([part.destination for part in rejected], np.uint64, 2),
            error_port=_join([part.port for part in rejected], np.uint16),
            error_source=_join([part.offender for part in rejected], np.uint64, 2),
            error_port_closed=_join([part.port_closed for part in rejected], np.bool_),
            error_packet=_stack([part.packet for part in rejected]),
            error_length=_join([part.length for part in rejected], np.uint16),
            overflows=drained.overflows,
            wall_offset_ns=self._wall.ns,
            stepped=stepped,
        )

    def close(self) -> None:
        """Close the sockets."""
        for channel in self._channels:
            if channel:
                channel.close()
        self._channels = [None] * len(_CHANNELS)
        self._doors.clear()


def _label(kind: ProbeKind, family: Family) -> str:
    return f"{kind.name.lower().replace('_', ' ')}{int(family)}"


def _describe(opened: ProbeSocket) -> str:
    how = "raw" if opened.raw else "unprivileged" if opened.kind is ProbeKind.ICMP else "udp"
    return f"{_label(opened.kind, opened.family)} {how}"


def _join(parts: Sequence[NDArray[_T]], dtype: type[_T], columns: int = 0) -> NDArray[_T]:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return np.zeros((0, columns) if columns else 0, dtype)
    return np.concatenate(parts)


def _stack(parts: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    if len(parts) == 1:
        return parts[0]
    width = max((part.shape[1] for part in parts), default=0)
    stacked = np.zeros((sum(len(part) for part in parts), width), np.uint8)
    at = 0
    for part in parts:
        stacked[at : at + len(part), : part.shape[1]] = part
        at += len(part)
    return stacked


def _spread(parts: Sequence[Received] | Sequence[Rejected], word: str) -> NDArray[np.uint8]:
    return np.repeat(
        np.array([getattr(part.channel, word) for part in parts], np.uint8),
        [len(part.packet) for part in parts],
    )
