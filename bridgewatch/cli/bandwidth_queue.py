"""Tests that the daemon has queued, as the entries that its queue was made of: a plan comes behind them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from bridgewatch.adapters.api.throughput_forms import TestTold
from bridgewatch.model.ids import LinkId, TestId
from bridgewatch.model.log import AnyEntry, ThroughputAsked

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def entries(tests: Iterable[TestTold]) -> Iterator[AnyEntry]:
    """Those that run are taken as waiting before all others: how far they are makes little difference."""
    for test in tests:
        yield ThroughputAsked(
            at_ns=_ns(test.asked),
            test=TestId(test.id),
            link=LinkId(test.link),
            methods=tuple(test.methods),
            directions=tuple(test.directions),
            earliest_ns=_ns(test.earliest),
            latest_ns=_ns(test.latest),
            seconds=test.seconds,
            streams=test.streams,
            rate=test.rate,
            actor=test.by,
            note=test.note,
            forced=test.forced,
            plan=test.plan,
        )


def _ns(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
