"""What a gateway is told to do, and what it received."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """Answer once with this instead of behaving: an HTTP status and a JSON body, or an SMTP reply."""

    status: int
    body: Mapping[str, Any] | str = field(default_factory=dict)


@dataclass(frozen=True)
class Hang:
    """Say nothing until `release()`; then behave."""


Act = Answer | Hang


@dataclass(frozen=True)
class Received:
    """One message that was asked to be delivered. `accepted`: the gateway took it."""

    gateway: str
    address: str
    text: str
    accepted: bool
    id: str | None  # the stable id, where the gateway has a field for one
    headers: Mapping[str, str] = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)
    monotonic: float


class Book:
    """Received messages in order, and what is yet to be played. For several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._received: list[Received] = []
        self._scripts: defaultdict[str, deque[Act]] = defaultdict(deque)
        self.hanging = 0

    def script(self, gateway: str, *acts: Act) -> None:
        with self._changed:
            self._scripts[gateway].extend(acts)

    def next_act(self, gateway: str) -> Act | None:
        with self._changed:
            return self._scripts[gateway].popleft() if self._scripts[gateway] else None

    def note(self, received: Received) -> None:
        with self._changed:
            self._received.append(received)
            self._changed.notify_all()

    def note_hanging(self, by: int) -> None:
        with self._changed:
            self.hanging += by
            self._changed.notify_all()

    @property
    def received(self) -> list[Received]:
        with self._changed:
            return list(self._received)

    def accepted(self, gateway: str | None = None) -> list[Received]:
        return [one for one in self.received if one.accepted and gateway in (None, one.gateway)]

    def wait(self, count: int, timeout: float = 10.0) -> list[Received]:
        """What was accepted, once it is `count` or more."""
        return self._wait(self.accepted, lambda got: len(got) >= count, timeout)

    def wait_for(self, enough: Callable[[list[Received]], bool], timeout: float = 10.0) -> list[Received]:
        """What was accepted, once it is `enough`."""
        return self._wait(self.accepted, enough, timeout)

    def wait_hanging(self, count: int, timeout: float = 10.0) -> None:
        """Until so many requests hang at the same time."""
        self._wait(lambda: self.hanging, lambda hanging: hanging >= count, timeout)

    def wait_hanging_over(self, timeout: float = 10.0) -> None:
        """Until nothing hangs any more."""
        self._wait(lambda: self.hanging, lambda hanging: hanging == 0, timeout)

    def _wait(self, look: Callable[[], Any], enough: Callable[[Any], bool], timeout: float) -> Any:
        ends = time.monotonic() + timeout
        with self._changed:
            while not enough(seen := look()):
                if not self._changed.wait(ends - time.monotonic()):
                    raise AssertionError(f"not within {timeout} s; so far: {seen}")
            return seen
