"""One probe socket with its buffers: sends rows, drains both of its queues into columns."""

import errno
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.adapters.wire import control, stamps
from bridgewatch.adapters.wire.addresses import read_names
from bridgewatch.adapters.wire.mmsg import MSG_ERRQUEUE, MSG_TRUNC, Receiver, Sender
from bridgewatch.adapters.wire.overflow import OverflowMeter
from bridgewatch.adapters.wire.routes import CONTROL_SIZE, Interfaces, Routes
from bridgewatch.adapters.wire.sockets import ProbeSocket
from bridgewatch.core.columns import every, some
from bridgewatch.model.ports import SendBatch
from bridgewatch.model.words import Family, ProbeKind

_BATCH: Final = 1024  # as many as one call takes (UIO_MAXIOV); columns are read once per call
_WIDTH: Final = 2048
_HEADERS: Final = (
    128  # what the kernel may put before a packet: link, IP and UDP headers, an IPv4 header's options
)
_POLL_BATCHES: Final = 64  # a flood must not hold the tick: the rest waits for the next one
_ORIGIN_ICMP: Final = 2
_ORIGIN_ICMP6: Final = 3
_ORIGIN_TIMESTAMPING: Final = 4
_UNREACHABLE: Final = {Family.V4: (3, 11), Family.V6: (1, 3)}  # destination unreachable, time exceeded
_PORT_UNREACHABLE: Final = {Family.V4: 3, Family.V6: 4}  # codes of the first
_V4_FRAGMENTATION_NEEDED: Final = 4
_OFFENDER: Final = 16  # behind `sock_extended_err`: the address of who sent the error
_IP_HEADER_WORDS: Final = 5
_GIVE_UP: Final = frozenset({errno.EAGAIN, errno.EBADF, errno.ENOTSOCK})

Octets = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Received:
    """Packets of one receive call, from their ICMP or STAMP header on."""

    channel: ProbeSocket
    source: NDArray[np.uint64]
    port: NDArray[np.uint16]
    interface: NDArray[np.int32]
    at_ns: NDArray[np.int64]
    packet: Octets
    length: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Rejected:
    """ICMP errors about our probes: who sent each, and what was quoted."""

    channel: ProbeSocket
    destination: NDArray[np.uint64]
    port: NDArray[np.uint16]
    offender: NDArray[np.uint64]
    port_closed: NDArray[np.bool_]
    packet: Octets
    length: NDArray[np.uint16]


@dataclass(slots=True)
class Drained:
    """What the queues held, in parts."""

    received: list[Received] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    tokens: list[NDArray[np.uint64]] = field(default_factory=list)
    token_ns: list[NDArray[np.int64]] = field(default_factory=list)
    overflows: int = 0


class Channel:
    """A socket's sending and receiving sides. Stamps come out as ns since 1970, 0 where there was none."""

    def __init__(self, probe_socket: ProbeSocket, interfaces: Interfaces) -> None:
        self.socket = probe_socket
        self._interfaces = interfaces
        self._make_buffers(_WIDTH)
        self._overflow = OverflowMeter(probe_socket.socket)
        self._read = 0  # packets the last reading brought up

    def _make_buffers(self, width: int) -> None:
        self._width = width
        self._sender = Sender(_BATCH, width, CONTROL_SIZE)
        self._receiver = Receiver(_BATCH, width)
        self._errors = Receiver(_BATCH, width)

    def send(
        self, batch: SendBatch, routes: Routes, rows: NDArray[np.intp], into: Drained
    ) -> NDArray[np.int32]:
        """Send those rows of the batch; errno per row."""
        if (needed := batch.packet.shape[1] + _HEADERS) > self._width:
            # A reply is as long as its request, so there is room for both from the first one on.
            self._make_buffers(1 << (needed - 1).bit_length())
        failed = np.zeros(len(rows), np.int32)
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            self._fill(batch, routes, part)
            self._send_filled(len(part), failed[start : start + _BATCH], into)
        return failed

    def _fill(self, batch: SendBatch, routes: Routes, rows: NDArray[np.intp]) -> None:
        sender, n = self._sender, len(rows)
        path = batch.path[rows]
        sender.name[:n] = routes.name[path]
        sender.name_length[:n] = routes.name_length[path]
        control_length = routes.control_length[path]
        sender.control_length[:n] = control_length
        if some(control_length != 0):  # most links need no source and no mark: leave cold memory alone
            sender.control[:n] = routes.control[path]
        sender.data[:n, : batch.packet.shape[1]] = batch.packet[rows]
        sender.length[:n] = batch.length[rows]

    def _send_filled(self, n: int, failed: NDArray[np.int32], into: Drained) -> None:
        at, retried = 0, False
        while at < n:
            sent, code = self._sender.send(self.socket.fd, at, n)
            if sent:
                at, retried = at + sent, False
            elif code in _GIVE_UP:
                failed[at:] = code
                return
            elif not retried:
                # With IP_RECVERR an earlier unreachable fails the next send, whoever it is for.
                self.drain_errors(into)
                retried = True
            else:
                failed[at] = code
                at, retried = at + 1, False

    def drain(self, into: Drained) -> None:
        """Read both queues."""
        # Before either queue is read; transmit stamps that wait in the error queue take their share of it.
        into.overflows += self._overflow.look(self._read)
        # Transmit stamps first: a reply is matched when its own is already there.
        self.drain_errors(into)
        self._drain_packets(into)

    def drain_errors(self, into: Drained) -> None:
        """Read the error queue: transmit stamps and ICMP errors."""
        for _ in range(_POLL_BATCHES):
            n = self._errors.receive(self.socket.fd, MSG_ERRQUEUE)
            if n:
                self._read_errors(n, into)
            if n < _BATCH:
                return

    def _drain_packets(self, into: Drained) -> None:
        """Read the receive queue."""
        self._read = 0
        for _ in range(_POLL_BATCHES):
            n = self._receiver.receive(self.socket.fd)
            self._read += n
            if n:
                into.received.append(self._read_packets(n))
            if n < _BATCH:
                return

    def _read_packets(self, n: int) -> Received:
        receiver, family = self._receiver, self.socket.family
        at_ns = np.zeros(n, np.int64)
        index = np.zeros(n, np.int32)
        info, info_index = _PKTINFO[family]
        for rows, offsets in control.layouts(receiver.control[:n], receiver.control_length[:n]):
            octets = receiver.control[:n] if len(rows) == n else receiver.control[rows]
            if (found := offsets.get((control.SOL_SOCKET, control.SO_TIMESTAMPING))) is not None:
                at_ns[rows] = stamps.stamp_ns(octets, found[0])
            if (found := offsets.get(info)) is not None:
                index[rows] = _int32(octets, found[0] + info_index)
        source, port = read_names(receiver.name[:n], family)
        if self.socket.kind is ProbeKind.ICMP:
            port[:] = 0  # a RAW IPv6 socket reports the protocol there
        packet, length = self._strip(n)
        return Received(self.socket, source, port, self._interfaces.to_ids(index), at_ns, packet, length)

    def _strip(self, n: int) -> tuple[Octets, NDArray[np.uint16]]:
        """Copies of the packets without IP header, as wide as the longest of them; zeros behind each."""
        data, length = self._receiver.data[:n], self._receiver.length[:n].astype(np.int64)
        length[(self._receiver.flags[:n] & MSG_TRUNC) != 0] = 0
        if self.socket.ip_header:
            words = data[:, 0] & 0x0F
            plain = every(words == _IP_HEADER_WORDS)
            header = 4 * words.astype(np.int64)
            packet = (
                data[:, 20:]
                if plain
                else np.stack([np.roll(row, -int(h)) for row, h in zip(data, header, strict=True)])
            )
            length = np.maximum(length - header, 0)
        else:
            packet = data
        return _cut(packet, length)

    def _read_errors(self, n: int, into: Drained) -> None:
        receiver, family = self._errors, self.socket.family
        level_type = _RECVERR[family]
        for rows, offsets in control.layouts(receiver.control[:n], receiver.control_length[:n]):
            error = offsets.get(level_type)
            if error is None:
                continue
            octets = receiver.control[:n] if len(rows) == n else receiver.control[rows]
            origin = octets[:, error[0] + 4]
            stamped = origin == _ORIGIN_TIMESTAMPING
            stamp = offsets.get((control.SOL_SOCKET, control.SO_TIMESTAMPING))
            if stamp is not None and every(stamped):
                self._read_stamps(rows, stamps.stamp_ns(octets, stamp[0]), into)
            elif stamp is not None and some(stamped):
                self._read_stamps(rows[stamped], stamps.stamp_ns(octets[stamped], stamp[0]), into)
            if not every(stamped):
                rejects = _is_rejection(octets, error[0], family)
                self._read_rejections(rows[rejects], octets[rejects, error[0] :], into)

    def _read_stamps(self, rows: NDArray[np.intp], at_ns: NDArray[np.int64], into: Drained) -> None:
        everything = len(rows) and rows[-1] - rows[0] + 1 == len(rows)
        chosen = slice(rows[0], rows[-1] + 1) if everything else rows
        token, found = stamps.looped_tokens(
            self._errors.data[chosen], self._errors.length[chosen], self.socket.kind, self.socket.family
        )
        into.tokens.append(token if every(found) else token[found])
        into.token_ns.append(at_ns if every(found) else at_ns[found])

    def _read_rejections(self, rows: NDArray[np.intp], error: Octets, into: Drained) -> None:
        """`error` [rows, ...] holds the `sock_extended_err` of each, and behind it who sent it."""
        if not len(rows):
            return
        family = self.socket.family
        destination, port = read_names(self._errors.name[rows], family)
        if self.socket.kind is ProbeKind.ICMP:
            port[:] = 0
        offender, _ = read_names(error[:, _OFFENDER:], family)
        closed = (error[:, 5] == _UNREACHABLE[family][0]) & (error[:, 6] == _PORT_UNREACHABLE[family])
        packet, length = _cut(self._errors.data[rows], self._errors.length[rows].astype(np.int64))
        into.rejected.append(Rejected(self.socket, destination, port, offender, closed, packet, length))

    def close(self) -> None:
        """Close the socket."""
        self.socket.socket.close()


_PKTINFO: Final = {
    Family.V4: ((control.SOL_IP, control.IP_PKTINFO), 0),
    Family.V6: ((control.SOL_IPV6, control.IPV6_PKTINFO), 16),
}
_RECVERR: Final = {
    Family.V4: (control.SOL_IP, control.IP_RECVERR),
    Family.V6: (control.SOL_IPV6, control.IPV6_RECVERR),
}


def _is_rejection(octets: Octets, at: int, family: Family) -> NDArray[np.bool_]:
    """Rows whose `sock_extended_err` at `at` says that a router or host gave the probe up."""
    origin, kind, code = octets[:, at + 4], octets[:, at + 5], octets[:, at + 6]
    from_icmp = origin == (_ORIGIN_ICMP if family is Family.V4 else _ORIGIN_ICMP6)
    rejects: NDArray[np.bool_] = from_icmp & np.isin(kind, _UNREACHABLE[family])
    if family is Family.V4:
        rejects &= ~((kind == _UNREACHABLE[family][0]) & (code == _V4_FRAGMENTATION_NEEDED))
    return rejects


def _cut(packet: Octets, length: NDArray[np.int64]) -> tuple[Octets, NDArray[np.uint16]]:
    longest = int(length.max(initial=0))
    cut = packet[:, :longest].copy()
    if some(length != longest):
        cut[np.arange(longest) >= length[:, None]] = 0
    return cut, length.astype(np.uint16)


def _int32(octets: Octets, offset: int) -> NDArray[np.int32]:
    return np.ascontiguousarray(octets[:, offset : offset + 4]).view(np.int32)[:, 0]
