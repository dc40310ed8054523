"""The throughput tests for those who look at them: which run, which wait for what, what became of others."""

from collections.abc import Collection, Iterator
from typing import Final

from bridgewatch.core.throughput.queue import Queue
from bridgewatch.core.throughput.state import Measured
from bridgewatch.model.commands import Hindered
from bridgewatch.model.desk import LinkTest
from bridgewatch.model.ids import LinkId, TestId
from bridgewatch.model.log import ThroughputAsked
from bridgewatch.model.snapshot import LinkTestCounts

_EXPLAINED: Final = 100  # waiting tests of which it is told what they wait for: finding that out takes time


def tests(queue: Queue, links: Collection[LinkId] | None, now_ns: int) -> list[LinkTest]:
    """Those of `links`, or all: running, waiting in their order, and over, the newest first."""
    state = queue.state

    def meant(asked: ThroughputAsked) -> bool:
        return links is None or asked.link in links

    running = [
        LinkTest(each.asked, began_ns=each.began_ns) for each in state.running.values() if meant(each.asked)
    ]
    waiting = [asked for asked in state.waiting.values() if meant(asked)]
    told = [_waiting(queue, asked, now_ns) for asked in waiting[:_EXPLAINED]]
    told += [LinkTest(asked) for asked in waiting[_EXPLAINED:]]
    over = sorted(
        {each.asked.test: each for each in _over(queue) if meant(each.asked)}.values(),
        key=lambda each: -each.ended.at_ns,
    )
    return [*running, *told, *(_ended(each) for each in over)]


def test(queue: Queue, name: TestId, now_ns: int) -> LinkTest | None:
    """One test, None where nothing is known of it."""
    state = queue.state
    if running := state.running.get(name):
        return LinkTest(running.asked, began_ns=running.began_ns)
    if asked := state.waiting.get(name):
        return _waiting(queue, asked, now_ns)
    over = state.over.get(name) or next((each for each in _over(queue) if each.asked.test == name), None)
    return _ended(over) if over is not None else None


def counts(queue: Queue) -> LinkTestCounts:
    """How many tests there are of each kind."""
    state = queue.state
    return LinkTestCounts(
        waiting=len(state.waiting),
        running=tuple(each.asked.link for each in state.running.values()),
        felt=queue.felt,
        ends=dict(state.ends),
        octets=state.octets,
    )


def _waiting(queue: Queue, asked: ThroughputAsked, now_ns: int) -> LinkTest:
    wait = queue.hindrance(asked, now_ns)
    hindered = Hindered(asked.link, wait.hindrance, wait.subject, wait.until_ns) if wait is not None else None
    return LinkTest(asked, hindered)


def _over(queue: Queue) -> Iterator[Measured]:
    yield from queue.state.over.values()
    for measured in queue.state.results.values():
        yield from measured


def _ended(over: Measured) -> LinkTest:
    return LinkTest(over.asked, results=over.ended.results, ended=over.ended)
