"""What the store keeps in reach of throughput tests, and what leaves it."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.adapters.store import link_tests
from bridgewatch.core.throughput import state
from bridgewatch.core.throughput.state import KEEP_NS, QueueState
from bridgewatch.model.bandwidth import Direction, Method, Throughput, ThroughputEnd
from bridgewatch.model.ids import LinkId, TestId
from bridgewatch.model.log import AnyEntry, ThroughputAsked, ThroughputBegan, ThroughputEnded
from tests.store.entries import HOUR, SECOND, bare, emptied, noticed
from tests.store.test_retention import counted, prune

DAY = 24 * HOUR
LINKS = [LinkId("gialai-iape-wan"), LinkId("hcm-mcu")]
RESULT = Throughput(Direction.DOWN, Method.TCP, 19e6, 25_000_000, 10.0)


def asked(test: str, link: LinkId, at_ns: int, wanted: int = DAY) -> ThroughputAsked:
    return ThroughputAsked(
        at_ns=at_ns,
        test=TestId(test),
        link=link,
        methods=(Method.TCP,),
        directions=(Direction.DOWN,),
        earliest_ns=at_ns,
        latest_ns=at_ns + wanted,
        seconds=10.0,
        streams=4,
        actor="noc",
    )


def began(test: str, at_ns: int) -> ThroughputBegan:
    return ThroughputBegan(at_ns=at_ns, test=TestId(test), octets=30_000_000)


def ended(test: str, at_ns: int, end: ThroughputEnd = ThroughputEnd.DONE) -> ThroughputEnded:
    results = (RESULT,) if end is ThroughputEnd.DONE else ()
    return ThroughputEnded(at_ns=at_ns, test=TestId(test), end=end, results=results, octets=25_000_000)


@st.composite
def histories(draw: st.DrawFn) -> list[AnyEntry]:
    """Tests of two links as the queue writes them, hours and months apart."""
    queue, history, at_ns = QueueState(), [], 0

    def write(entry: AnyEntry) -> None:
        queue.apply(entry)
        history.append(entry)

    for number in range(draw(st.integers(0, 40))):
        at_ns += draw(st.sampled_from([0, SECOND, HOUR, 20 * HOUR, 60 * HOUR, 100 * DAY]))
        kind = draw(st.sampled_from(["ask", "begin", "end", "end"]))
        if kind == "ask":
            wanted = draw(st.sampled_from([HOUR, 30 * DAY]))
            write(asked(f"t{number}", draw(st.sampled_from(LINKS)), at_ns, wanted))
        elif kind == "begin" and queue.waiting:
            write(began(next(iter(queue.waiting)), at_ns))
        elif kind == "end" and queue.running:
            ways = [ThroughputEnd.DONE, ThroughputEnd.DONE, ThroughputEnd.FAILED, ThroughputEnd.INTERRUPTED]
            write(ended(next(iter(queue.running)), at_ns, draw(st.sampled_from(ways))))
        elif kind == "end" and queue.waiting:
            write(ended(next(iter(queue.waiting)), at_ns, ThroughputEnd.EXPIRED))
    return history


def told(entries: Sequence[AnyEntry], now_ns: int) -> object:
    """Everything that the queue goes by at an instant."""
    queue = QueueState()
    for entry in entries:
        queue.apply(entry)
    spent = [queue.spent(link, now_ns - KEEP_NS + HOUR) for link in LINKS]
    results = {link: list(measured) for link, measured in queue.results.items()}
    return (
        list(queue.waiting.items()),
        queue.running,
        results,
        queue.asked_ns,
        queue.next_stamp_ns(now_ns + HOUR),
        spent,
    )


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@settings(max_examples=60, deadline=None)
@given(history=histories(), cut=st.integers(0, 40))
def test_the_queue_is_the_same_whatever_was_forgotten_and_whenever(
    directory: Path, history: list[AnyEntry], cut: int
) -> None:
    store = emptied(directory)
    store.append(history[:cut])
    prune(store, keep_ns=link_tests.ENDED_NS)
    store.append(history[cut:])
    prune(store, keep_ns=link_tests.ENDED_NS)
    now_ns = history[-1].at_ns if history else 0
    assert told(store.open_entries(), now_ns) == told(history, now_ns)
    store.close()


def test_the_store_keeps_no_less_than_the_queue_goes_by() -> None:
    assert link_tests.RESULTS >= state.RESULTS
    assert link_tests.ENDED_NS >= KEEP_NS


def test_a_year_of_weekly_tests_keeps_a_few_in_reach_and_archives_the_rest(tmp_path: Path) -> None:
    store = bare(tmp_path)
    history: list[AnyEntry] = []
    for week in range(52):
        at_ns = week * 7 * DAY
        history += [asked(f"t{week}", LINKS[0], at_ns), began(f"t{week}", at_ns), ended(f"t{week}", at_ns)]
    store.append(history)
    assert len(store.open_entries()) == 3 * link_tests.RESULTS
    keep_ns = 100 * DAY
    assert prune(store, keep_ns) > 0
    last_ns = history[-1].at_ns
    kept = [entry for entry in history if entry.at_ns > last_ns - keep_ns]
    assert counted(tmp_path) == len(kept)
    lines = [
        json.loads(line)
        for path in sorted((tmp_path / "archive").glob("*/*.jsonl.gz"))
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]
    assert len(lines) == len(history) - len(kept)
    assert {line["of"] for line in lines} == {f"t{week}" for week in range(52)} - {
        entry.test for entry in kept if isinstance(entry, ThroughputAsked)
    }
    store.close()


def test_a_test_that_was_interrupted_and_is_wanted_still_is_in_reach_however_long_that_was(
    tmp_path: Path,
) -> None:
    store = bare(tmp_path)
    patient = [asked("t1", LINKS[0], 0, wanted=300 * DAY), began("t1", 1)]
    hasty = [asked("t2", LINKS[1], 0, wanted=2), began("t2", 1)]
    broken_off = [ended(test, 5, ThroughputEnd.INTERRUPTED) for test in ("t1", "t2")]
    later = [asked("t3", LINKS[1], 200 * DAY), noticed("i1", 200 * DAY)]
    store.append([*patient, *hasty, *broken_off, *later])
    assert store.open_entries() == [*patient, broken_off[0], *later]
    store.close()
