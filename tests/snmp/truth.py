"""What the kernel counts on an interface, beside what its agent says of it."""

import json
import threading
import time
from bisect import bisect_left

from tests.lab.namespaces import command
from tests.lab.topology import End, Lab

SAMPLE_SECONDS = 0.1


class Truth(threading.Thread):
    """Reads the kernel's counters of an interface ten times a second. From a site behind it, out is down."""

    def __init__(self, lab: Lab, end: End) -> None:
        super().__init__(daemon=True)
        self._argv = ["ip", "-n", lab.namespace(end.host), "-s", "-j", "link", "show", "dev", end.device]
        self._ended = threading.Event()
        self._times: list[int] = []
        self._counts: list[tuple[int, int]] = []

    def run(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            before_ns = time.monotonic_ns()
            (state,) = json.loads(command(self._argv))
            self._times.append((before_ns + time.monotonic_ns()) // 2)
            stats = state["stats64"]
            self._counts.append((stats["tx"]["bytes"], stats["rx"]["bytes"]))

    def stop(self) -> None:
        self._ended.set()
        self.join(10)

    def at(self, at_ns: float) -> tuple[int, int]:
        """What was counted by then, to the next sample."""
        return self._counts[min(bisect_left(self._times, at_ns), len(self._times) - 1)]

    def between(self, start_ns: float, end_ns: float) -> tuple[int, int]:
        """Octets of down and up."""
        return tuple(after - before for before, after in zip(self.at(start_ns), self.at(end_ns), strict=True))
