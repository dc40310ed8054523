"""The TUN forwarder: a process between two namespaces that spoils the packets it moves, and logs each of them.

Run by `ImpairedLink` as `python -m tests.lab.forwarder JSON`. It is handed two TUN descriptors; what it reads
from the first leaves by the second (forward) and the other way round (backward). It takes one JSON object per
line on stdin and answers each with one on stdout:

    {"set": [IMPAIRMENT, IMPAIRMENT]}   both directions, in force for every packet read from now on
    {"flush": true}                     answered when the log file holds every fate sealed so far
    {"settle": true}                    the same, once no packet is waiting

At the end of stdin it stops: what still waits is logged as abandoned.

Delays are kept by the kernel's timers, not by spinning. `python -m tests.lab.measure` on the 2-core reference
machine, 4,000 packets/s: 0.04 ms late at the median, 0.15 ms at p99; 6,000/s: 0.04 and 0.4 ms, half a core.
"""

import contextlib
import gc
import heapq
import json
import os
import select
import sys
import time
from pathlib import Path
from typing import Any, Final

from tests.lab.corruption import flip
from tests.lab.forwarder_log import BACKWARD, FORWARD, Done, LogWriter, read_log
from tests.lab.impairment import Fate, Impairment, Way

__all__ = ["Forwarder", "read_log"]

BATCH: Final = 16  # packets read before due ones are looked after again
LARGEST: Final = 65_535

# What waits: due, a serial that breaks ties in order of arrival, in, number, direction, done, as it came, as it goes.
Waiting = tuple[int, int, int, int, int, int, bytes, bytes]


class Forwarder:
    """Moves packets between two TUN descriptors by way of a queue ordered by due time."""

    def __init__(self, tuns: tuple[int, int], ways: tuple[Way, Way], log: LogWriter) -> None:
        self._tuns = tuns
        self._ways = ways
        self._log = log
        self._queue: list[Waiting] = []
        self._serial = 0
        self._arrivals = 0

    @property
    def waiting(self) -> int:
        """How many packets are on their way."""
        return len(self._queue)

    def set(self, settings: tuple[Impairment, Impairment]) -> None:
        """Change both directions for the packets to come."""
        for way, chosen in zip(self._ways, settings, strict=True):
            way.settings = chosen

    def timeout(self) -> float | None:
        """Seconds until the next packet is due."""
        if not self._queue:
            return None
        return max(0.0, (self._queue[0][0] - time.monotonic_ns()) / 1e9)

    def read(self, direction: int) -> None:
        """Take in some of the packets that wait at the near end of a direction."""
        tun = self._tuns[direction]
        for _ in range(BATCH):
            try:
                packet = os.read(tun, LARGEST)
            except BlockingIOError:
                return
            self._admit(direction, packet, time.monotonic_ns())

    def release(self) -> None:
        """Send what is due."""
        queue = self._queue
        while queue and queue[0][0] <= time.monotonic_ns():
            due_ns, _, in_ns, number, direction, done, came, goes = heapq.heappop(queue)
            out_ns = time.monotonic_ns()
            try:
                os.write(self._tuns[1 - direction], goes)
            except OSError:
                out_ns, done = 0, done | Done.REFUSED
            self._log.add(in_ns, due_ns, out_ns, number, direction, done, came)

    def abandon(self) -> None:
        """Give up what still waits."""
        while self._queue:
            due_ns, _, in_ns, number, direction, done, came, _ = heapq.heappop(self._queue)
            self._log.add(in_ns, due_ns, 0, number, direction, done | Done.ABANDONED, came)

    def _admit(self, direction: int, packet: bytes, now_ns: int) -> None:
        way = self._ways[direction]
        fate = way.fate(now_ns)
        number = self._arrivals
        self._arrivals += 1
        if way.settings.blackout or fate.lost:
            done = Done.BLACKOUT if way.settings.blackout else Done.LOST
            self._log.add(now_ns, fate.due_ns, 0, number, direction, done, packet)
            return
        goes, done = _spoil(packet, fate, way.settings)
        self._enqueue(fate.due_ns, now_ns, number, direction, done, packet, goes)
        if fate.duplicated:
            self._enqueue(fate.due_ns, now_ns, number, direction, done | Done.COPY, packet, goes)

    def _enqueue(self, due_ns: int, *rest: Any) -> None:
        heapq.heappush(self._queue, (due_ns, self._serial, *rest))
        self._serial += 1


def _spoil(packet: bytes, fate: Fate, settings: Impairment) -> tuple[bytes, int]:
    """The packet as it will go, and what was done to it."""
    done = int(Done.HELD) if fate.held else 0  # plain integers: IntFlag is slow
    if not fate.corrupted:
        return packet, done
    flipped = flip(packet, fate.bit, spare=settings.spare, fix_checksum=settings.fix_checksum)
    if flipped is None:
        return packet, done
    done |= int(Done.CORRUPTED)
    return flipped.packet, done if flipped.checksum_fits else done | int(Done.BAD_CHECKSUM)


class Control:
    """Reads commands from stdin, answers on stdout."""

    def __init__(self, forwarder: Forwarder, log: LogWriter) -> None:
        self._forwarder = forwarder
        self._log = log
        self._partial = b""
        self._settling = False

    def read(self) -> bool:
        """Obey the commands that have come; False at the end of stdin."""
        data = os.read(0, LARGEST)
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._obey(json.loads(line))
        return bool(data)

    def settle(self) -> None:
        """Answer who waits for silence, when nothing has just come and nothing is on its way."""
        if self._settling and not self._forwarder.waiting:
            self._settling = False
            self._flush()

    def _obey(self, order: dict[str, Any]) -> None:
        if "set" in order:
            self._set(order["set"])
        elif "flush" in order:
            self._flush()
        else:
            self._settling = bool(order["settle"])

    def _set(self, documents: list[dict[str, Any]]) -> None:
        try:
            forward, backward = map(Impairment.from_json, documents)
        except (TypeError, ValueError) as error:
            _answer({"ok": False, "error": str(error)})
            return
        self._forwarder.set((forward, backward))
        _answer({"ok": True})

    def _flush(self) -> None:
        self._log.flush()
        _answer({"ok": True})


def _answer(document: dict[str, Any]) -> None:
    os.write(1, json.dumps(document).encode() + b"\n")


def _be_prompt() -> None:
    """Wake when due, whatever else runs: no timer slack, ahead of ordinary processes, no collector pauses."""
    Path("/proc/self/timerslack_ns").write_text("1")
    with contextlib.suppress(PermissionError):  # a cgroup may forbid it; then it is only less exact
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    gc.collect()
    gc.freeze()
    gc.disable()


def _run(tuns: tuple[int, int], forwarder: Forwarder, control: Control) -> None:
    near, far = tuns
    while True:  # until stdin ends, and it ends with the test run at the latest
        # select takes microseconds; epoll would round up to milliseconds.
        ready, _, _ = select.select([near, far, 0], [], [], forwarder.timeout())
        forwarder.release()
        if near in ready:
            forwarder.read(FORWARD)
        if far in ready:
            forwarder.read(BACKWARD)
        if 0 in ready and not control.read():
            return
        if near not in ready and far not in ready:
            control.settle()


def main(argument: str) -> None:
    """Run with settings in JSON: tuns [fd, fd], log path, seed, impairments [{}, {}]."""
    wanted = json.loads(argument)
    near, far = wanted["tuns"]
    for tun in (near, far):
        os.set_blocking(tun, False)
    log = LogWriter(Path(wanted["log"]), time.time_ns() - time.monotonic_ns())
    forward, backward = (
        Way(Impairment.from_json(document), (wanted["seed"] << 1) + direction)
        for direction, document in enumerate(wanted["impairments"])
    )
    forwarder = Forwarder((near, far), (forward, backward), log)
    control = Control(forwarder, log)
    _be_prompt()
    _answer({"ok": True, "ready": True})
    try:
        _run((near, far), forwarder, control)
    finally:
        forwarder.abandon()
        log.close()


if __name__ == "__main__":
    main(sys.argv[1])
