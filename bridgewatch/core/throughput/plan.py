"""A plan of throughput tests before any of them starts: which runs when, how long it takes, what it costs.

It is found by letting the queue itself run through the nights in no time, every test as long and as large as
it may become. So the daemon begins none of them later, unless something else comes between.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.throughput.queue import Queue
from bridgewatch.core.throughput.state import Running
from bridgewatch.model.bandwidth import Hindrance
from bridgewatch.model.commands import AskThroughput, Hindered, Refusal
from bridgewatch.model.ids import LinkId, TestId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry, ThroughputEnded

_TURNS: Final = 1_000_000  # instants at which something happens; the tests of a whole country take 50,000
_SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A test as it would run. `octets` is the most that it takes."""

    link: LinkId
    begins_ns: int
    ends_ns: int
    octets: int


@dataclass(frozen=True, slots=True)
class ThroughputPlan:
    """Tests by their beginning, and why links would have none."""

    tests: tuple[PlannedTest, ...]
    refusals: tuple[tuple[str, Refusal], ...] = ()
    hindered: tuple[Hindered, ...] = ()

    @property
    def octets(self) -> int:
        """What it costs at most."""
        return sum(test.octets for test in self.tests)

    @property
    def ends_ns(self) -> int | None:
        """When the last test is over, None without any."""
        return max((test.ends_ns for test in self.tests), default=None)


def plan(
    command: AskThroughput,
    inventory: Inventory,
    agenda: Agenda,
    now_ns: int,
    queued: Iterable[AnyEntry] = (),
) -> ThroughputPlan:
    """What would become of `command` at `now_ns`, behind the tests that `queued` entries tell of."""
    queue = Queue(inventory, agenda, by_itself=False)
    for entry in queued:
        queue.apply(entry)
    asking = queue.ask(command, now_ns)
    wanted = {entry.test: entry.link for entry in asking.entries}
    tests: list[PlannedTest] = []
    hindered = list(asking.hindered)
    for ended, running in _run(queue, now_ns):
        link = wanted.get(ended.test)
        if link is None:
            continue
        if running is not None:
            tests.append(PlannedTest(link, running.began_ns, ended.at_ns, running.octets))
        else:
            hindered.append(Hindered(link, ended.hindrance or Hindrance.PATH_BUSY, ended.subject))
    tests.sort(key=lambda test: (test.begins_ns, test.link))
    return ThroughputPlan(tuple(tests), asking.refusals, tuple(hindered))


def _run(queue: Queue, now_ns: int) -> Iterator[tuple[ThroughputEnded, Running | None]]:
    """Every test that ends, with what it was while it ran, until none is left."""
    flying: list[tuple[int, TestId]] = []
    for _ in range(_TURNS):
        while entries := queue.advance(now_ns):
            yield from ((entry, None) for entry in entries if isinstance(entry, ThroughputEnded))
        for order in queue.due(now_ns):
            heappush(flying, (now_ns + round(order.seconds * _SECOND_NS), order.test))
        deadline_ns = queue.next_deadline_ns()
        if not queue.state.waiting and not flying:
            return
        if flying and (deadline_ns is None or flying[0][0] <= deadline_ns):
            now_ns, test = heappop(flying)
            yield from _land(queue, test, now_ns)
        elif deadline_ns is None:
            return
        else:
            now_ns = max(now_ns, deadline_ns)


def _land(queue: Queue, test: TestId, now_ns: int) -> Iterator[tuple[ThroughputEnded, Running | None]]:
    running = queue.state.running.get(test)
    if running is not None:
        for entry in queue.result(test, (), running.octets, "", now_ns):
            if isinstance(entry, ThroughputEnded):
                yield entry, running
