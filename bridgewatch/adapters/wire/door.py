"""A socket that the boxes of sites call: their words are taken out of what comes in, their replies stay."""

import contextlib
import socket
import struct
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.adapters.wire import control
from bridgewatch.adapters.wire.addresses import address_of
from bridgewatch.adapters.wire.channel import Channel, Drained, Octets, Received
from bridgewatch.adapters.wire.routes import Interfaces
from bridgewatch.adapters.wire.sockets import ProbeSocket
from bridgewatch.core.columns import places, some
from bridgewatch.core.dialin.packets import MAGIC, MAGIC_AT, SIZE
from bridgewatch.model.ports import Call
from bridgewatch.model.words import Family

_AT_ONCE: Final = 64  # words, a millisecond or two of work: a flood of them must not hold the tick
_WAITING: Final = 4_096  # the rest of a flood is dropped
_MAGIC: Final = np.frombuffer(MAGIC, np.uint8)
_V4_MAPPED: Final = 0xFFFF << 32
_LOW: Final = (1 << 64) - 1


@dataclass(slots=True)
class Words:
    """What was called at every door and is not looked at yet."""

    calls: list[Call] = field(default_factory=list)
    dropped: int = 0

    def take(self) -> list[Call]:
        """The first of them."""
        taken, self.calls = self.calls[:_AT_ONCE], self.calls[_AT_ONCE:]
        return taken


class Door(Channel):
    """Door `number`. ICMP errors say nothing here: any host before a NAT could have made them."""

    def __init__(self, probe_socket: ProbeSocket, interfaces: Interfaces, number: int, words: Words) -> None:
        super().__init__(probe_socket, interfaces)
        self._number = number
        self._words = words

    def _read_packets(self, n: int) -> Received:
        received = super()._read_packets(n)
        if received.packet.shape[1] < SIZE:
            return received
        words = (received.packet[:, MAGIC_AT] == _MAGIC).all(axis=1)
        if not some(words):
            return received
        self._take(received, places(words))
        kept = ~words
        return replace(
            received,
            source=received.source[kept],
            port=received.port[kept],
            interface=received.interface[kept],
            at_ns=received.at_ns[kept],
            packet=received.packet[kept],
            length=received.length[kept],
        )

    def _take(self, received: Received, rows: NDArray[np.intp]) -> None:
        calls = self._words.calls
        taken = rows[: max(0, _WAITING - len(calls))]
        self._words.dropped += len(rows) - len(taken)
        local = self._local(taken)
        for row, ours in zip(taken.tolist(), local, strict=True):
            high, low = received.source[row].tolist()
            packet = received.packet[row, : received.length[row]].tobytes()
            calls.append(Call(self._number, (high, low), int(received.port[row]), ours, packet))

    def _local(self, rows: NDArray[np.intp]) -> list[tuple[int, int]]:
        """Which address of ours each packet was sent to: the answer must leave from there."""
        found = [(0, 0)] * len(rows)
        octets, length = self._receiver.control[rows], self._receiver.control_length[rows]
        for chosen, offsets in control.layouts(octets, length):
            info = offsets.get(_PKTINFO[self.socket.family])
            if info is not None:
                for row in chosen.tolist():
                    found[row] = self._read_local(octets[row, info[0] :].tobytes())
        return found

    def _read_local(self, info: bytes) -> tuple[int, int]:
        if self.socket.family is Family.V4:
            return 0, _V4_MAPPED | int.from_bytes(info[8:12], "big")
        number = int.from_bytes(info[:16], "big")
        return number >> 64, number & _LOW

    def _read_rejections(self, rows: NDArray[np.intp], error: Octets, into: Drained) -> None:
        """Nothing is made of them."""

    def answer(self, word: Call) -> None:
        """Send one word."""
        host = str(address_of(word.address))
        if self.socket.family is Family.V4:
            data = struct.pack("=i4s4x", 0, address_of(word.local).packed)
        else:
            data = struct.pack("=16si", address_of(word.local).packed, 0)
        message = (*_PKTINFO[self.socket.family], data)
        for _ in range(2):  # with IP_RECVERR an earlier unreachable fails the next send, whoever it is for
            with contextlib.suppress(OSError):
                self.socket.socket.sendmsg([word.packet], [message], socket.MSG_DONTWAIT, (host, word.port))
                return


_PKTINFO: Final = {
    Family.V4: (control.SOL_IP, control.IP_PKTINFO),
    Family.V6: (control.SOL_IPV6, control.IPV6_PKTINFO),
}
