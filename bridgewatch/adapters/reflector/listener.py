"""One socket of a reflector: batches in, batches out."""

import errno
import socket
import time
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from bridgewatch.adapters.reflector.ancillary import Ancillary, AncillaryReader
from bridgewatch.adapters.reflector.sockets import prepare
from bridgewatch.adapters.wire.addresses import read_names
from bridgewatch.adapters.wire.mmsg import MSG_TRUNC, Receiver, Sender
from bridgewatch.adapters.wire.overflow import OverflowMeter
from bridgewatch.core.probing import stamp
from bridgewatch.core.probing.mac import Mac, seal
from bridgewatch.core.probing.stamp_layout import AUTHENTICATED, OPEN, Layout
from bridgewatch.core.probing.timestamps import ntp_now
from bridgewatch.core.reflecting.reflection import Judgement, Received, Reflection, Verdict
from bridgewatch.core.reflecting.slots import Rows
from bridgewatch.model.observations import Int8, Word

_ROWS: Final = 256
_WIDTH: Final = 2048  # more than an Ethernet frame holds; longer requests are refused and counted
_BATCHES: Final = 8  # a turn, after which other sockets and signals get theirs
_AT_ONCE: Final = 16  # replies a system call: T3 is read anew for each
_FORGET_NS: Final = 20.0
_NTP_PER_NS: Final = 2**32 / 1e9
_FULL: Final = frozenset({errno.EAGAIN, errno.ENOBUFS})


class ErrorEstimate(Protocol):
    """Says how far the clock can be trusted, as the field of a reply."""

    def __call__(self) -> int:
        """The error estimate at this moment."""
        ...


class Listener:
    """Answers what arrives on one socket, as `reflection` judges it.

    `counts` [Verdict] are packets by verdict and `last_source` whence the last of each refused kind came;
    `unsent` are replies the kernel refused, `overflows` requests its full buffer dropped.
    """

    def __init__(self, sock: socket.socket, reflection: Reflection, error_estimate: ErrorEstimate) -> None:
        self.socket: Final = sock
        self._family = prepare(sock)
        self._reflection = reflection
        self._error_estimate = error_estimate
        self._ancillary = AncillaryReader(self._family)
        self._receiver = Receiver(_ROWS, _WIDTH)
        self._sender = Sender(_ROWS, _WIDTH, self._ancillary.reply_size)
        self._sender.control_length[:] = self._ancillary.reply_size
        self._reply_ns = 0.0  # what sending one reply takes ...
        self._seal_ns = 0.0  # ... and before that sealing it
        self.counts = np.zeros(len(Verdict), np.int64)
        self.last_source: dict[Verdict, tuple[int, int]] = {}
        self.unsent = 0
        self.overflows = 0
        self._overflow = OverflowMeter(sock)
        self._read = 0  # packets the last turn brought up

    def serve(self) -> int:
        """Answer what the socket holds, up to a turn's worth; returns how many packets were read."""
        self.overflows += self._overflow.look(self._read)
        total = 0
        for _ in range(_BATCHES):
            count = self._receiver.receive(self.socket.fileno(), MSG_TRUNC)
            if count:
                self._answer(count)
                total += count
            if count < _ROWS:
                break
        self._read = total
        return total

    def _answer(self, count: int) -> None:
        receiver = self._receiver
        ancillary = self._ancillary.read(receiver.control[:count], receiver.control_length[:count])
        source, port = read_names(receiver.name[:count], self._family)
        longest = max(stamp.BASE_SIZE, min(int(receiver.length[:count].max()), _WIDTH))
        received = Received(
            source=source,
            port=port,
            answerable=ancillary.answerable,
            packet=receiver.data[:count, :longest],
            length=receiver.length[:count].astype(np.uint16),
            local=ancillary.local,
        )
        judgement = self._reflection.judge(received, time.monotonic_ns())
        self._note(judgement.verdict, source)
        answered = judgement.verdict == Verdict.ANSWERED
        sealed = np.zeros(count, np.bool_)
        sealed[list(judgement.macs)] = True
        for layout, rows in (
            (OPEN, np.flatnonzero(answered & ~sealed)),
            (AUTHENTICATED, np.flatnonzero(answered & sealed)),
        ):
            if len(rows):
                self._prepare(rows, layout, received, judgement, ancillary)
                macs = [judgement.macs[row] for row in rows.tolist()] if layout is AUTHENTICATED else []
                self._send(len(rows), layout, macs)

    def _note(self, verdict: Int8, source: Word) -> None:
        counted = np.bincount(verdict, minlength=len(Verdict))
        self.counts += counted
        for reason in np.flatnonzero(counted[1:]) + 1:
            last = np.flatnonzero(verdict == reason)[-1]
            self.last_source[Verdict(int(reason))] = (int(source[last, 0]), int(source[last, 1]))

    def _prepare(
        self, rows: Rows, layout: Layout, received: Received, judgement: Judgement, ancillary: Ancillary
    ) -> None:
        sender, receiver, count = self._sender, self._receiver, len(rows)
        sender.name[:count] = receiver.name[rows]
        sender.name_length[:count] = receiver.name_length[rows]
        sender.control[:count] = ancillary.reply_control[rows]
        stamped = ancillary.received_ns[rows]
        sender.length[:count] = stamp.reflect(
            received.packet[rows],
            received.length[rows],
            sender.data[:count],
            layout,
            seq=judgement.seq[rows],
            ssid=judgement.ssid[rows],
            t2_ns=np.where(stamped > 0, stamped, time.time_ns()),
            error_estimate=self._error_estimate(),
            sender_ttl=ancillary.ttl[rows],
        )

    def _send(self, count: int, layout: Layout, macs: Sequence[Mac]) -> None:
        start, t3 = 0, stamp.t3_column(self._sender.data, layout)
        while start < count:
            stop = min(start + _AT_ONCE, count)
            # All are sealed before the first leaves; the last one leaves later, by what the others take.
            sealing = (stop - start) * self._seal_ns if macs else 0.0
            later = ((np.arange(stop - start) * self._reply_ns + sealing) * _NTP_PER_NS).astype(np.uint64)
            began = time.time_ns()
            t3[start:stop] = later + np.uint64(ntp_now(began))
            if macs:
                seal(self._sender.data[start:stop], macs[start:stop])
                sealed = time.time_ns()
                self._seal_ns = _learnt(self._seal_ns, (sealed - began) / (stop - start))
                began = sealed
            sent, code = self._sender.send(self.socket.fileno(), start, stop)
            if sent:
                self._reply_ns = _learnt(self._reply_ns, (time.time_ns() - began) / sent)
                start += sent
            elif code in _FULL:
                self.unsent += count - start
                return
            else:  # this reply cannot leave (no route, a filter); the next may
                self.unsent += 1
                start += 1

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


def _learnt(known_ns: float, took_ns: float) -> float:
    # The fastest of late: a call during which this process was set aside says nothing about the next.
    return max(0.0, min(took_ns, known_ns + _FORGET_NS))
