"""How fast octets came of late, and a limit on how fast they may."""

from collections import deque
from typing import Final

from bridgewatch.model.ports import ThroughputProgress

_BITS: Final = 8
_SPAN: Final = 1.0  # seconds that a present rate is of
_STARTED: Final = 20_000  # octets; fewer are a handshake
_BURST: Final = 0.05  # seconds' worth that may go at once


class Pace:
    """Counts to progress. Times in seconds, of any origin."""

    def __init__(self) -> None:
        self._counts: deque[tuple[float, int]] = deque()
        self._began: tuple[float, int] | None = None

    def at(self, now: float, octets: int) -> ThroughputProgress | None:
        """How far it is with so many octets in all; None before they flow."""
        if self._began is None:
            if octets < _STARTED:
                return None
            self._began = (now, octets)
        self._counts.append((now, octets))
        while len(self._counts) > 2 and now - self._counts[1][0] >= _SPAN:  # noqa: PLR2004
            self._counts.popleft()
        then, before = self._counts[0]
        rate = (octets - before) * _BITS / (now - then) if now > then else 0.0
        return ThroughputProgress(octets, now - self._began[0], rate)


class Limit:
    """A rate that is never passed by more than a short burst, however many streams share it."""

    def __init__(self, rate: float, now: float) -> None:
        self._seconds = _BITS / rate  # of one octet
        self._due = now

    def wait(self, octets: int, now: float) -> float:
        """How many seconds to pause after so many octets."""
        self._due = max(self._due, now - _BURST) + octets * self._seconds
        return max(0.0, self._due - now)
