"""What is waited for: instants by name, the earliest first.

Setting and taking cost the logarithm of what waits, so that a quiet turn looks at one entry of a heap and at
nothing else. An instant that was moved stays in the heap and is passed over when its turn comes.
"""

from heapq import heapify, heappop, heappush
from typing import Final

_SLACK: Final = 64  # superseded instants that are put up with


class Deadlines:
    """One instant (ns) per name."""

    def __init__(self) -> None:
        self._at: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def set(self, name: str, at_ns: int | None) -> None:
        """Wait for `at_ns` under `name`, instead of what was waited for before; None: for nothing."""
        if at_ns is None:
            self._at.pop(name, None)
        elif self._at.get(name) != at_ns:
            self._at[name] = at_ns
            heappush(self._heap, (at_ns, name))
        if len(self._heap) > 2 * len(self._at) + _SLACK:
            self._heap = [(at_ns, name) for name, at_ns in self._at.items()]
            heapify(self._heap)

    def next_ns(self) -> int | None:
        """The earliest instant, None if nothing is waited for."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, now_ns: int) -> list[str]:
        """The names whose instants have come, earliest first, by name among equals. They wait no longer."""
        taken = []
        while (at_ns := self.next_ns()) is not None and at_ns <= now_ns:
            _, name = heappop(self._heap)
            del self._at[name]
            taken.append(name)
        return taken

    def clear(self) -> None:
        """Wait for nothing."""
        self._at.clear()
        self._heap.clear()
