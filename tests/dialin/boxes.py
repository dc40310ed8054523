"""Many boxes in one process, each with a socket of its own: `python -m tests.dialin.boxes PORT END [FIRST]`.

They do as `bridgewatch reflector --call` does, without names, interfaces and logs.
"""

import hashlib
import heapq
import resource
import selectors
import socket
import sys
import time

from bridgewatch.adapters.dialin.sockets import Way, open_call, receive
from bridgewatch.core.dialin.caller import Caller
from bridgewatch.core.dialin.reflecting import reflect
from bridgewatch.model.ids import KeyId


def key_id(number: int) -> KeyId:
    """The id of a box's key."""
    return KeyId(f"box-{number}")


def key(number: int) -> bytes:
    """The key of a box."""
    return hashlib.sha256(b"box %d" % number).digest()


class Box:
    """One of them."""

    def __init__(self, number: int, port: int) -> None:
        self.socket = open_call(Way(), ("127.0.0.1", port))
        self.caller = Caller(key_id(number), key(number), b"seed %d" % number, time.monotonic_ns())

    def speak(self) -> None:
        """Say what is due."""
        for packet in self.caller.due(time.monotonic_ns()):
            self._send(packet)

    def listen(self) -> None:
        """Answer what came."""
        while (packet := receive(self.socket)) is not None:
            taken = self.caller.take(packet.octets, time.monotonic_ns())
            for word in taken.words:
                self._send(word)
            if taken.reflect is not None:
                now = time.time_ns()
                stamps = {"t2_ns": packet.at_ns or now, "t3_ns": now, "error_estimate": 1, "sender_ttl": 64}
                self._send(reflect(packet.octets, taken.reflect, **stamps))

    def _send(self, packet: bytes) -> None:
        try:
            self.socket.send(packet, socket.MSG_DONTWAIT)
        except (ConnectionRefusedError, BlockingIOError):
            return


def main(port: int, end: int, first: int = 0) -> None:
    """Until killed, those with the numbers from `first` until before `end`."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    selector = selectors.DefaultSelector()
    boxes = [Box(number, port) for number in range(first, end)]
    for number, box in enumerate(boxes):
        selector.register(box.socket, selectors.EVENT_READ, number)
    due = [(box.caller.deadline, number) for number, box in enumerate(boxes)]
    heapq.heapify(due)
    while True:
        wait = max(0.0, (due[0][0] - time.monotonic_ns()) / 1e9)
        for ready, _ in selector.select(wait):
            box = boxes[ready.data]
            before = box.caller.deadline
            box.listen()
            if box.caller.deadline < before:
                heapq.heappush(due, (box.caller.deadline, ready.data))
        now = time.monotonic_ns()
        while due[0][0] <= now:
            _, number = heapq.heappop(due)
            boxes[number].speak()
            heapq.heappush(due, (max(boxes[number].caller.deadline, now + 1), number))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
