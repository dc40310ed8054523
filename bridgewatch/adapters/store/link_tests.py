"""Throughput tests in the store: which of them the present state needs, and which are long over.

The queue is a fold over what belongs to tests that wait or run, to those that ended lately, whose octets
count for their day, to the latest of each link that measured something, and to the one of each link that was
asked for last, after which the next regular one is due.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Select,
    Text,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from bridgewatch.adapters.store.archive import Story
from bridgewatch.adapters.store.rows import as_row, numbered
from bridgewatch.adapters.store.tables import LEAVING, LOG, TEST_ENTRIES, TESTS
from bridgewatch.model.bandwidth import ThroughputEnd
from bridgewatch.model.log import ThroughputAsked, ThroughputEnded, ThroughputEntry

ENDED_NS: Final = 50 * 3600 * 10**9
"""How long any test that is over stays in reach: two days, and as long as a change of clocks may add."""
RESULTS: Final = 8
"""Of how many tests of each link the results stay in reach, however old they are."""

Numbered = tuple[int, ThroughputEntry]


def note(connection: Connection, entries: Sequence[Numbered]) -> None:
    """Take in entries about tests, with their numbers, in order."""
    if not entries:
        return
    asked = [(sequence, entry) for sequence, entry in entries if isinstance(entry, ThroughputAsked)]
    if asked:
        _ask(connection, [entry for _, entry in asked])
    rows = [{"sequence": sequence, "test": entry.test} for sequence, entry in entries]
    connection.execute(insert(TEST_ENTRIES), rows)
    for sequence, entry in entries:
        if isinstance(entry, ThroughputEnded):
            _end(connection, sequence, entry)


def _ask(connection: Connection, asked: Sequence[ThroughputAsked]) -> None:
    """Of each link only the test that was asked for last is the latest."""
    latest = {entry.link: entry.test for entry in asked}
    former = update(TESTS).where(TESTS.c.link == bindparam("of"), TESTS.c.latest).values(latest=False)
    connection.execute(former, [{"of": link} for link in latest])
    given = {column.name: bindparam(column.name, type_=column.type) for column in TESTS.columns}
    there = select(1).where(TESTS.c.id == given["id"]).exists()
    once = insert(TESTS).from_select([*given], select(*given.values()).where(~there))
    connection.execute(
        once,
        [
            {
                "id": entry.test,
                "link": entry.link,
                "at_ns": entry.at_ns,
                "wanted_until_ns": entry.latest_ns,
                "latest": latest[entry.link] == entry.test,
                "measured": None,
                "forget_ns": None,
            }
            for entry in {entry.test: entry for entry in asked}.values()
        ],
    )


def _end(connection: Connection, sequence: int, entry: ThroughputEnded) -> None:
    """One that was interrupted waits again as long as it is wanted."""
    over_ns = entry.at_ns + ENDED_NS
    values: dict[str, Any] = {"forget_ns": over_ns}
    if entry.end is ThroughputEnd.INTERRUPTED:
        values["forget_ns"] = case((TESTS.c.wanted_until_ns > entry.at_ns, null()), else_=literal(over_ns))
    if entry.results:
        values["measured"] = sequence
    ended = update(TESTS).where(TESTS.c.id == entry.test).values(values)
    connection.execute(ended)
    if entry.results:
        _keep_latest(connection, entry)


def _keep_latest(connection: Connection, entry: ThroughputEnded) -> None:
    link = select(TESTS.c.link).where(TESTS.c.id == entry.test).scalar_subquery()
    others = TESTS.alias()
    oldest = (
        select(others.c.measured)
        .where(others.c.link == link, others.c.measured.is_not(None))
        .order_by(others.c.measured.desc())
        .limit(1)
        .offset(RESULTS - 1)
        .scalar_subquery()
    )
    superseded = update(TESTS).where(TESTS.c.link == link, TESTS.c.measured < oldest)
    connection.execute(superseded.values(measured=None))


def needed(now_ns: int) -> Select[Any]:
    """The numbers of the entries about tests that the present state needs."""
    kept = or_(
        TESTS.c.forget_ns.is_(None), TESTS.c.forget_ns > now_ns, TESTS.c.latest, TESTS.c.measured.is_not(None)
    )
    return (
        select(TEST_ENTRIES.c.sequence)
        .join(TESTS, TESTS.c.id == TEST_ENTRIES.c.test)
        .where(kept, TESTS.c.forget_ns.is_(None) | (TESTS.c.forget_ns != LEAVING))
    )


def leaving(connection: Connection, until_ns: int, most: int) -> list[Story]:
    """The stories of some tests that the present state of `until_ns` did without already."""
    over = (
        select(TESTS.c.id, TESTS.c.at_ns)
        .where(TESTS.c.forget_ns > LEAVING, TESTS.c.forget_ns <= until_ns)
        .where(~TESTS.c.latest, TESTS.c.measured.is_(None))
        .order_by(TESTS.c.forget_ns, TESTS.c.id)
        .limit(most)
    )
    return [
        Story(test.id, test.at_ns, [as_row(row) for row in connection.execute(numbered(_entries(test.id)))])
        for test in connection.execute(over).all()
    ]


def mark(connection: Connection, archived: Iterable[str]) -> None:
    """These lie in the archive; what the log has of them is to be deleted."""
    marked = update(TESTS).where(TESTS.c.id.in_([*archived]), TESTS.c.forget_ns > LEAVING)
    connection.execute(marked.values(forget_ns=LEAVING))


def let_go(connection: Connection, room: int) -> int:
    """Delete about `room` entries of what is marked; how many were."""
    marked = select(TESTS.c.id).where(TESTS.c.forget_ns == LEAVING).limit(max(1, room // 3))
    tests = [*connection.execute(marked).scalars()]
    if not tests:
        return 0
    sequences = [
        *connection.execute(select(TEST_ENTRIES.c.sequence).where(TEST_ENTRIES.c.test.in_(tests))).scalars()
    ]
    connection.execute(delete(TEST_ENTRIES).where(TEST_ENTRIES.c.test.in_(tests)))
    connection.execute(delete(LOG).where(LOG.c.sequence.in_(sequences)))
    connection.execute(delete(TESTS).where(TESTS.c.id.in_(tests)))
    return len(sequences)


def has_marked(connection: Connection) -> bool:
    """Whether anything is to be deleted."""
    marked = select(func.count()).select_from(TESTS).where(TESTS.c.forget_ns == LEAVING)
    return bool(connection.execute(marked).scalar())


def _entries(test: str) -> Select[Any]:
    return select(TEST_ENTRIES.c.sequence).where(TEST_ENTRIES.c.test == literal(test, Text))
