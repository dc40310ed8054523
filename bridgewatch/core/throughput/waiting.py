"""Tests that wait, ordered so that a quiet turn looks at none of them and a busy one at those that have room.

What is kept here is the waiting tests of the state, arranged; it can be made anew from them at any time.
"""

from collections.abc import Iterable
from typing import NamedTuple

from bridgewatch.core.deadlines import Deadlines
from bridgewatch.core.throughput.shares import Share, Shares
from bridgewatch.model.ids import TestId
from bridgewatch.model.log import ThroughputAsked


class Crowd(NamedTuple):
    """What a group of tests has in common: the egress, and the share that is furthest from their sites."""

    egress: Share
    top: Share


class Waiting:
    """Waiting tests by what many of them need, each group in the order they were asked for."""

    def __init__(self, shares: Shares, waiting: Iterable[ThroughputAsked]) -> None:
        self._shares = shares
        self._crowd: dict[TestId, Crowd] = {}
        self._starts = Deadlines()
        self._ends = Deadlines()
        self._asked: dict[TestId, ThroughputAsked] = {}
        self.groups: dict[Crowd, dict[TestId, ThroughputAsked]] = {}
        for asked in waiting:
            self.add(asked)

    def add(self, asked: ThroughputAsked) -> None:
        """A test waits from now on; it is in no group before its earliest instant has come."""
        self._asked[asked.test] = asked
        self._starts.set(asked.test, asked.earliest_ns)
        self._ends.set(asked.test, asked.latest_ns)

    def remove(self, test: TestId) -> None:
        """It waits no longer."""
        self._asked.pop(test, None)
        self._starts.set(test, None)
        self._ends.set(test, None)
        crowd = self._crowd.pop(test, None)
        if crowd is not None:
            del self.groups[crowd][test]

    def ripen(self, now_ns: int) -> None:
        """Put the tests whose earliest instant has come into their groups."""
        for name in self._starts.take(now_ns):
            asked = self._asked[TestId(name)]
            shares = self._shares.of_link(asked.link)
            if shares:
                crowd = self._crowd[asked.test] = Crowd(shares[-1], shares[-2])
                self.groups.setdefault(crowd, {})[asked.test] = asked

    def expired(self, now_ns: int) -> list[TestId]:
        """The tests that are no longer wanted, each told once."""
        return [TestId(name) for name in self._ends.take(now_ns)]

    def next_ns(self) -> int | None:
        """When the next of them becomes ripe or expires, None if none waits."""
        due = [instant for instant in (self._starts.next_ns(), self._ends.next_ns()) if instant is not None]
        return min(due, default=None)
