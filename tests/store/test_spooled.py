"""While the database fails the spool carries the log, and afterwards all of it is there once and in order."""

import contextlib
import json
import time
import zlib
from pathlib import Path

import pytest

from bridgewatch.adapters.store.errors import SpoolFullError, StoreTooNewError
from bridgewatch.adapters.store.spool import Spool
from bridgewatch.adapters.store.spooled import SpooledStore, _record
from bridgewatch.adapters.store.sqlite import SqliteFile
from bridgewatch.adapters.store.store import FILE_NAME, SqlStore, new_batch
from bridgewatch.model.ids import ContactId, IncidentId, MessageId
from bridgewatch.model.log import Composed, Folded
from bridgewatch.model.paging import MessageKind, Urgency, Why
from bridgewatch.model.ports import StoreUnavailableError
from bridgewatch.sim.clock import SimClock
from tests.store.entries import SECOND, bare, called, noticed, open_store
from tests.store.test_failures import locked

I1 = IncidentId("i1")


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def store(tmp_path: Path, clock: SimClock) -> SpooledStore:
    store = open_store(tmp_path, clock)
    store.append([noticed("i1")])
    return store


def numbers(entries: object) -> list[int]:
    """Which of the calls are there, in order."""
    return [entry.step for entry in entries if hasattr(entry, "step")]  # type: ignore[attr-defined]


def test_a_healthy_store_leaves_the_spool_alone(tmp_path: Path, store: SpooledStore) -> None:
    before = (tmp_path / "spool").read_bytes()
    store.append([called("i1", 0)])
    assert store.degraded is None
    assert store.reconcile()
    assert (tmp_path / "spool").read_bytes() == before


def test_pages_go_on_through_the_spool_and_all_is_brought_over_afterwards(
    tmp_path: Path, store: SpooledStore, clock: SimClock, caplog: pytest.LogCaptureFixture
) -> None:
    with locked(tmp_path / FILE_NAME):
        for number in range(3):
            store.append([called("i1", number)])
        degraded = store.degraded
        assert degraded is not None
        assert (degraded.entries, degraded.since_ns) == (3, clock.wall_ns())
        assert "locked by another process" in degraded.reason
        assert 0 < degraded.used < 0.01
        assert numbers(store.open_entries()) == [0, 1, 2]
        assert numbers(store.story(I1)) == [0, 1, 2]
        assert numbers(bare(tmp_path).open_entries()) == []
    assert sum("pages go on through the spool" in record.message for record in caplog.records) == 1
    clock.advance(SECOND)
    store.append([called("i1", 3)])
    assert store.degraded is None
    assert "has everything that lay in the spool" in caplog.text
    assert numbers(bare(tmp_path).open_entries()) == [0, 1, 2, 3]


def test_a_database_that_fails_is_noticed_though_nothing_is_appended(
    tmp_path: Path, store: SpooledStore, clock: SimClock
) -> None:
    store.try_out()
    assert store.degraded is None
    with locked(tmp_path / FILE_NAME):
        store.try_out()
        assert store.degraded is not None
        assert store.degraded.entries == 0
    clock.advance(SECOND)
    assert store.reconcile()
    assert store.degraded is None


def test_while_it_fails_the_database_is_tried_once_a_second_and_no_page_waits_for_it(
    tmp_path: Path, store: SpooledStore, clock: SimClock
) -> None:
    with locked(tmp_path / FILE_NAME):
        store.append([called("i1", 0)])
        started = time.perf_counter()
        for number in range(1, 20):
            store.append([called("i1", number)])
        assert time.perf_counter() - started < 0.3  # one wait for the lock alone is 0.4 s
    store.append([called("i1", 20)])
    assert store.degraded is not None
    clock.advance(SECOND)
    assert store.reconcile()
    assert numbers(store.open_entries()) == list(range(21))


def test_what_lies_in_the_spool_is_there_after_a_restart(
    tmp_path: Path, store: SpooledStore, clock: SimClock
) -> None:
    with locked(tmp_path / FILE_NAME):
        store.append([called("i1", 0)])
        again = open_store(tmp_path, clock)
        assert again.degraded is not None
        assert numbers(again.open_entries()) == [0]
        again.append([called("i1", 1)])
    last = open_store(tmp_path, clock)
    assert numbers(last.open_entries()) == [0, 1]
    assert last.degraded is None
    assert numbers(bare(tmp_path).open_entries()) == [0, 1]


def test_a_kill_between_taking_in_and_emptying_the_spool_doubles_nothing(
    tmp_path: Path, store: SpooledStore, clock: SimClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: Spool) -> None:
        raise KeyboardInterrupt

    with locked(tmp_path / FILE_NAME):
        for number in range(0, 1200, 10):
            store.append([called("i1", each) for each in range(number, number + 10)])
    with monkeypatch.context() as patched:
        patched.setattr(Spool, "clear", die)
        again = open_store(tmp_path, clock)
        with pytest.raises(KeyboardInterrupt):
            again.open_entries()
    assert numbers(bare(tmp_path).open_entries()) == list(range(1200))
    again = open_store(tmp_path, clock)
    again.append([called("i1", 1200)])
    assert again.degraded is None
    assert numbers(again.open_entries()) == list(range(1201))


def test_a_commit_that_failed_and_survived_all_the_same_is_not_taken_in_twice(
    tmp_path: Path, store: SpooledStore, clock: SimClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error at the last instant says nothing of what is on the platter after a restart."""
    take = SqlStore.take

    def commit_and_fail(self: SqlStore, *batches: object, **how: bool) -> None:
        take(self, *batches, **how)  # type: ignore[arg-type]
        raise StoreUnavailableError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(SqlStore, "take", commit_and_fail)
        store.append([called("i1", 0)])
    assert store.degraded is not None
    assert numbers(store.open_entries()) == [0]
    assert numbers(open_store(tmp_path, clock).open_entries()) == [0]
    assert numbers(bare(tmp_path).open_entries()) == [0]


def test_a_spool_that_cannot_be_emptied_keeps_the_order_and_doubles_nothing(
    tmp_path: Path, store: SpooledStore, clock: SimClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Spool) -> None:
        raise StoreUnavailableError("the spool cannot be used: Input/output error")

    with locked(tmp_path / FILE_NAME):
        store.append([called("i1", 0)])
    with monkeypatch.context() as patched:
        patched.setattr(Spool, "clear", fail)
        for number in (1, 2):
            clock.advance(SECOND)
            store.append([called("i1", number)])
        assert store.degraded is not None
    clock.advance(SECOND)
    store.append([called("i1", 3)])
    assert store.degraded is None
    assert numbers(bare(tmp_path).open_entries()) == [0, 1, 2, 3]


def test_a_full_spool_is_an_error_that_loses_nothing_that_was_acknowledged(
    tmp_path: Path, clock: SimClock
) -> None:
    store = open_store(tmp_path, clock, 16_384)
    store.append([noticed("i1")])
    kept = 0
    with locked(tmp_path / FILE_NAME):
        with contextlib.suppress(SpoolFullError):
            while kept < 1000:
                store.append([called("i1", kept)])
                kept += 1
        assert 20 < kept < 200
        with pytest.raises(SpoolFullError, match="full"):
            store.append([called("i1", kept)])
    store.append([called("i1", kept)])  # there is room only in the database: it is tried at once
    assert store.degraded is None
    assert numbers(bare(tmp_path).open_entries()) == list(range(kept + 1))


def test_without_a_spool_the_failure_of_the_database_is_told(
    tmp_path: Path, clock: SimClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = SpooledStore(
        SqlStore(SqliteFile(tmp_path / FILE_NAME), clock), Spool(tmp_path / "no" / "spool", clock), clock
    )
    assert "nothing can be kept" in caplog.text
    store.append([noticed("i1")])
    with locked(tmp_path / FILE_NAME), pytest.raises(StoreUnavailableError, match="spool"):
        store.append([called("i1", 0)])
    clock.advance(SECOND)
    store.append([called("i1", 1)])
    assert store.degraded is None
    assert numbers(store.open_entries()) == [1]


def test_a_store_that_is_damaged_while_it_runs_goes_on_in_a_new_one_with_all_that_came(
    tmp_path: Path, store: SpooledStore, clock: SimClock
) -> None:
    def write_rubbish() -> None:
        with (tmp_path / FILE_NAME).open("r+b") as file:
            file.write(b"\xff" * 40_960)
        for beside in ("-wal", "-shm"):
            (tmp_path / f"{FILE_NAME}{beside}").unlink(missing_ok=True)

    store._store.close()
    write_rubbish()
    store.append([called("i1", 0)])
    assert store.degraded is not None
    assert "damaged" in store.degraded.reason
    clock.advance(SECOND)
    store.append([called("i1", 1)])
    assert store.degraded is None
    assert numbers(store.story(I1)) == [0, 1]
    assert list(tmp_path.glob(f"{FILE_NAME}.damaged-*"))


def test_a_story_that_is_partly_in_the_spool_is_whole(tmp_path: Path, store: SpooledStore) -> None:
    page = Composed(
        at_ns=1,
        message=MessageId("m1"),
        contact=ContactId("truc-vnpt"),
        kind=MessageKind.PAGE,
        incidents=(I1,),
        urgency=Urgency.DARK,
    )
    folded = Folded(at_ns=2, incident=IncidentId("i2"), into=I1, why=Why.BEHIND_ROOT)
    with locked(tmp_path / FILE_NAME):
        store.append([page, noticed("i2"), folded, called("i2", 0), called("i1", 0)])
        assert store.story(I1) == [noticed("i1"), page, folded, called("i1", 0)]
    store.reconcile()
    assert store.story(I1) == [noticed("i1"), page, folded, called("i1", 0)]


def test_a_spool_of_a_newer_program_is_refused(tmp_path: Path, store: SpooledStore, clock: SimClock) -> None:
    batch, rows = json.loads(zlib.decompress(_record(new_batch([called("i1", 0)]))))
    rows[0][1] = "Dreamt"
    store._spool.append(zlib.compress(json.dumps([batch, rows]).encode()))
    with pytest.raises(StoreTooNewError):
        open_store(tmp_path, clock)


def test_much_in_the_spool_is_brought_over_bit_by_bit_while_pages_go_on(
    tmp_path: Path, store: SpooledStore, clock: SimClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real clock moves during the work; here every write takes a fifth of a second."""
    take = SqlStore.take

    def slow(self: SqlStore, batches: list[object], *, keep_ids: bool = False) -> None:
        clock.advance(SECOND // 5)
        take(self, batches, keep_ids=keep_ids)  # type: ignore[arg-type]

    with locked(tmp_path / FILE_NAME):
        for number in range(0, 2000, 50):
            store.append([called("i1", each) for each in range(number, number + 50)])
    with monkeypatch.context() as patched:
        patched.setattr(SqlStore, "take", slow)
        clock.advance(SECOND)
        rounds = 0
        while not store.reconcile():
            store.append([called("i1", 2000 + rounds)])
            rounds += 1
            assert rounds < 20
    assert rounds > 1
    assert numbers(bare(tmp_path).open_entries()) == list(range(2000 + rounds))
