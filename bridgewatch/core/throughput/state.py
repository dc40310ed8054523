"""The state of the throughput tests: a fold over the log. Nothing else changes it.

A test that ran when the daemon ended waits again as long as it is wanted. What it may have taken is booked.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from bridgewatch.model.bandwidth import ThroughputEnd
from bridgewatch.model.ids import LinkId, TestId
from bridgewatch.model.log import AnyEntry, ThroughputAsked, ThroughputBegan, ThroughputEnded

KEEP_NS: Final = 2 * 86_400 * 1_000_000_000  # a local day, however long a change of clocks makes it
RESULTS: Final = 8  # of each link
_FORGOTTEN_AT_ONCE: Final = 2  # of what is over, whenever something ends: more than come


@dataclass(frozen=True, slots=True)
class Running:
    """A test that began, and what is booked for it until it is over."""

    asked: ThroughputAsked
    began_ns: int
    octets: int


class Taking(NamedTuple):
    """Octets that a test took, and when it began: they count for that day."""

    at_ns: int
    octets: int


class Measured(NamedTuple):
    """A test that is over, and what became of it."""

    asked: ThroughputAsked
    ended: ThroughputEnded


@dataclass(slots=True)
class QueueState:
    """Tests that wait in the order they were asked for, those that run, and what became of the latest.

    `over`: what ended within KEEP_NS, in order; `results`: the latest that measured something, however long
    ago. `asked_ns`: when a test of the link was last asked for. `stamp_ns` is the instant in the last one's
    name.
    """

    waiting: dict[TestId, ThroughputAsked] = field(default_factory=dict)
    running: dict[TestId, Running] = field(default_factory=dict)
    results: dict[LinkId, deque[Measured]] = field(default_factory=dict)
    taken: dict[LinkId, list[Taking]] = field(default_factory=dict)
    asked_ns: dict[LinkId, int] = field(default_factory=dict)
    over: dict[TestId, Measured] = field(default_factory=dict)
    ends: Counter[ThroughputEnd] = field(default_factory=Counter)
    octets: int = 0
    stamp_ns: int = 0

    def apply(self, entry: AnyEntry) -> None:
        """Take in one entry; those that are not about tests pass."""
        match entry:
            case ThroughputAsked():
                self.waiting[entry.test] = entry
                self.asked_ns[entry.link] = entry.at_ns
                self.stamp_ns = self.next_stamp_ns(entry.at_ns)
            case ThroughputBegan():
                asked = self.waiting.pop(entry.test, None)
                if asked is not None:
                    self.running[entry.test] = Running(asked, entry.at_ns, entry.octets)
            case ThroughputEnded():
                self._ended(entry)
            case _:
                pass

    def next_stamp_ns(self, now_ns: int) -> int:
        """The instant to name the next test by: later than that of any other."""
        return max(now_ns, self.stamp_ns + 1)

    def spent(self, link: LinkId, since_ns: int) -> int:
        """Octets taken, or booked for what runs, by tests of the link that began at `since_ns` or later."""
        taken: Iterable[Taking] = self.taken.get(link, ())
        running = (each.octets for each in self.running.values() if each.asked.link == link)
        return sum(each.octets for each in taken if each.at_ns >= since_ns) + sum(running)

    def _ended(self, entry: ThroughputEnded) -> None:
        running = self.running.pop(entry.test, None)
        asked = running.asked if running is not None else self.waiting.pop(entry.test, None)
        if asked is None:
            return
        self.ends[entry.end] += 1
        self.octets += entry.octets
        if running is not None:
            self._book(asked.link, Taking(running.began_ns, entry.octets), entry.at_ns)
        if entry.results:
            self.results.setdefault(asked.link, deque(maxlen=RESULTS)).append(Measured(asked, entry))
        if entry.end is ThroughputEnd.INTERRUPTED and entry.at_ns < asked.latest_ns:
            self.waiting = {asked.test: asked, **self.waiting}
        else:
            self._remember(Measured(asked, entry))

    def _remember(self, ended: Measured) -> None:
        self.over[ended.asked.test] = ended
        for test, each in list(islice(self.over.items(), _FORGOTTEN_AT_ONCE)):
            if each.ended.at_ns <= ended.ended.at_ns - KEEP_NS:
                del self.over[test]

    def _book(self, link: LinkId, taking: Taking, now_ns: int) -> None:
        kept = [each for each in self.taken.get(link, ()) if each.at_ns > now_ns - KEEP_NS]
        self.taken[link] = [*kept, taking]
