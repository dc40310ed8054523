"""The far ends of every line of the demo, in a process of their own: one socket, many loopback addresses.

Reads JSON lines from standard input: first the usual weather by address, then the spells of the script.
Answers STAMP as a stateful reflector whose lines delay, queue, lose and cut. Ends when its input ends, or
after a minute without a packet, and tells what it did. It answers loopback only.

Delays are exact whatever this process suffers: T2 and T3 stand for the instants at the far end of the line,
so that whatever a reply waits here too long counts as the reflector's own time (RFC 8762 section 4.3.1).
"""

import heapq
import json
import os
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from bridgewatch.adapters.reflector.ancillary import Ancillary, AncillaryReader
from bridgewatch.adapters.reflector.sockets import prepare
from bridgewatch.adapters.wire.mmsg import Octets, Receiver, Sender
from bridgewatch.app.demo.lines import Line, Spell, Weather
from bridgewatch.core.probing import stamp
from bridgewatch.core.probing.timestamps import encode_error, ntp_from_ns
from bridgewatch.model.observations import Int64
from bridgewatch.model.ports import Uint16

_ROWS: Final = 256
_WIDTH: Final = 2048
_LOOPBACK: Final = 127
_ASKED: Final = slice(20, 24)  # in the reply's control: the local address, which is the one that was asked
_PORT: Final = slice(2, 4)  # in a sockaddr_in, as the address below
_SOURCE: Final = slice(4, 8)
_LONELY_SECONDS: Final = 60.0
_CLOCK_SECONDS: Final = 0.001
_READ: Final = 65_536


@dataclass(order=True, slots=True)
class Reply:
    """A reply on its way back; `due_ns` is when it arrives, monotonic."""

    due_ns: int
    order: int
    backward_ns: int = field(compare=False)
    name: Octets = field(compare=False)
    control: Octets = field(compare=False)
    packet: Octets = field(compare=False)


class FarEnd:
    """Answers what arrives on one UDP socket of any address."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._ancillary = AncillaryReader(prepare(sock))
        self._receiver = Receiver(_ROWS, _WIDTH)
        self._sender = Sender(_ROWS, _WIDTH, self._ancillary.reply_size)
        self._sender.control_length[:] = self._ancillary.reply_size
        self._error = encode_error(_CLOCK_SECONDS, synchronised=False)
        self._replies: list[Reply] = []
        self._count = 0
        self._lines: dict[bytes, Line] = {}

    def obey(self, order: dict[str, Any]) -> None:
        """Take the usual weather, or the spells, by address."""
        for address, weather in order.get("usual", {}).items():
            self._lines[socket.inet_aton(address)] = Line(Weather(**weather))
        for spell in order.get("spells", ()):
            line = self._lines[socket.inet_aton(spell["address"])]
            line.spells.append(Spell(spell["from_ns"], spell["to_ns"], Weather(**spell["weather"])))

    def account(self) -> dict[str, dict[str, int]]:
        """What happened, by address."""
        return {
            socket.inet_ntoa(address): {"asked": line.asked, "answered": line.answered, "lost": line.lost}
            for address, line in self._lines.items()
        }

    def patience_ms(self, now_ns: int) -> int:
        """How long nothing is due."""
        if not self._replies:
            return 1000
        return max(0, -((now_ns - self._replies[0].due_ns) // 1_000_000))

    def serve(self) -> int:
        """Read what arrived, send what is due; returns how many packets arrived."""
        count = self._receiver.receive(self._socket.fileno())
        if count:
            self._read(count)
        self._send(time.monotonic_ns())
        return count

    def _read(self, count: int) -> None:
        receiver = self._receiver
        ancillary = self._ancillary.read(receiver.control[:count], receiver.control_length[:count])
        wall_ns, now_ns = time.time_ns(), time.monotonic_ns()
        received_ns = np.where(ancillary.received_ns > 0, ancillary.received_ns, wall_ns)
        rows, fates = self._judge(count, ancillary, now_ns)
        if not rows:
            return
        chosen = np.array(rows)
        ways: Int64 = np.array(fates, np.int64)
        length = receiver.length[chosen].astype(np.uint16)
        packet = self._reflect(chosen, length, ways, received_ns[chosen], ancillary)
        for index, row in enumerate(rows):
            waited_ns = max(0, wall_ns - int(received_ns[row]))
            _, forward_ns, backward_ns = fates[index]
            self._count += 1
            reply = Reply(
                now_ns - waited_ns + forward_ns + backward_ns,
                self._count,
                backward_ns,
                receiver.name[row].copy(),
                ancillary.reply_control[row].copy(),
                packet[index, : max(int(length[index]), stamp.BASE_SIZE)],
            )
            heapq.heappush(self._replies, reply)

    def _judge(
        self, count: int, ancillary: Ancillary, now_ns: int
    ) -> tuple[list[int], list[tuple[int, int, int]]]:
        """Rows to answer, and of each: sequence number, ns there, ns back."""
        receiver, rows, fates = self._receiver, [], []
        for row in range(count):
            name, length = receiver.name[row], int(receiver.length[row])
            line = self._lines.get(ancillary.reply_control[row, _ASKED].tobytes())
            if line is None or name[_SOURCE][0] != _LOOPBACK or length < stamp.MIN_REQUEST:
                continue
            fate = line.meet(now_ns, name[_PORT].tobytes() + name[_SOURCE].tobytes())
            if fate is not None:
                rows.append(row)
                fates.append(fate)
        return rows, fates

    def _reflect(
        self, rows: Int64, length: Uint16, ways: Int64, received_ns: Int64, ancillary: Ancillary
    ) -> Octets:
        request = self._receiver.data[rows]
        reply = np.zeros_like(request)
        stamp.reflect(
            request,
            length,
            reply,
            seq=ways[:, 0].astype(np.uint32),
            ssid=stamp.parse_requests(request, length).ssid,
            t2_ns=received_ns + ways[:, 1],
            error_estimate=self._error,
            sender_ttl=ancillary.ttl[rows],
        )
        return reply

    def _send(self, now_ns: int) -> None:
        due: list[Reply] = []
        while self._replies and self._replies[0].due_ns <= now_ns and len(due) < _ROWS:
            due.append(heapq.heappop(self._replies))
        if not due:
            return
        sender = self._sender
        for row, reply in enumerate(due):
            sender.name[row] = reply.name
            sender.name_length[row] = 16
            sender.control[row] = reply.control
            sender.data[row, : len(reply.packet)] = reply.packet
            sender.length[row] = len(reply.packet)
        back_ns = np.array([reply.backward_ns for reply in due], np.int64)
        stamp.t3_column(sender.data[: len(due)])[:] = ntp_from_ns(time.time_ns() - back_ns)
        sent = 0
        while sent < len(due):  # what the kernel refuses is skipped: it would be one lost packet
            accepted, _ = sender.send(self._socket.fileno(), sent, len(due))
            sent += max(accepted, 1)


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the demo closes our input
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", 0))  # noqa: S104 - every loopback address; others are not answered
        far_end = FarEnd(sock)
        _tell({"port": sock.getsockname()[1]})
        _serve(far_end, sock)
        _tell({"account": far_end.account(), "cpu_seconds": time.process_time()})


def _serve(far_end: FarEnd, sock: socket.socket) -> None:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    poll.register(sys.stdin, select.POLLIN)
    heard, orders = time.monotonic(), b""
    while time.monotonic() - heard < _LONELY_SECONDS:
        ready = dict(poll.poll(far_end.patience_ms(time.monotonic_ns())))
        if sys.stdin.fileno() in ready:
            # Not through the buffered reader: what it holds back, poll cannot see.
            octets = os.read(sys.stdin.fileno(), _READ)
            if not octets:
                return
            *whole, orders = (orders + octets).split(b"\n")
            for order in whole:
                far_end.obey(json.loads(order))
        if far_end.serve():
            heard = time.monotonic()


def _tell(values: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
