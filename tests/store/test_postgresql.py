"""The log in PostgreSQL: the same as in a file, and whatever can happen to a server."""

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

pytest.importorskip("psycopg", reason="psycopg or libpq is not installed", exc_type=ImportError)

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.store import spool
from bridgewatch.adapters.store.errors import UnfitServerError
from bridgewatch.adapters.store.postgresql import PostgresServer
from bridgewatch.adapters.store.server_store import ServerStore
from bridgewatch.adapters.store.spool import Spool
from bridgewatch.adapters.store.spooled import SpooledStore
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.ports import StoreUnavailableError
from bridgewatch.sim.clock import SimClock
from tests.store import entries
from tests.store.entries import bare, called, noticed, open_store
from tests.store.server import PROGRAMS, OnServer, Server, server
from tests.store.test_kill import check
from tests.store.test_open_entries import (  # noqa: F401 - run here again, on a server
    test_an_incident_that_comes_up_again_is_needed_again,
    test_silences_last_until_they_end_and_orders_about_events_for_ever,
)
from tests.store.test_retention import (  # noqa: F401
    test_what_is_long_over_leaves_the_log_and_lies_in_files_that_any_tool_reads,
)
from tests.store.test_store import (  # noqa: F401
    test_a_story_has_messages_children_and_silences_and_nothing_of_others,
    test_an_id_that_comes_twice_does_not_keep_the_log_from_growing,
    test_appended_entries_come_back_in_order_also_in_the_next_process,
    test_incidents_are_listed_by_state_time_and_code,
    test_the_tables_are_those_that_the_steps_of_the_schema_make,
)

I1 = IncidentId("i1")
pytestmark = pytest.mark.skipif(PROGRAMS is None, reason="Debian's postgresql is not installed")


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    assert PROGRAMS is not None
    with server(PROGRAMS) as started:
        yield started


@pytest.fixture(scope="module")
def place(running: Server) -> OnServer:
    return OnServer(running)


@pytest.fixture(autouse=True)
def on_a_server(place: OnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "PLACE", place)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ServerStore]:
    made = bare(tmp_path)
    assert isinstance(made, ServerStore)
    made.append([noticed("i1")])
    yield made
    made.close()


def refused(store: ServerStore, why: str) -> None:
    with pytest.raises(StoreUnavailableError, match=why):
        store.append([called("i1", 7)])


def test_a_server_that_dies_is_an_error_until_it_is_back(running: Server, store: ServerStore) -> None:
    running.kill()
    refused(store, "cannot be used: ")
    refused(store, "refused|No such file")
    with pytest.raises(StoreUnavailableError):
        store.story(I1)
    running.start()
    store.append([called("i1", 8)])
    assert store.story(I1) == [noticed("i1"), called("i1", 8)]


def test_a_server_that_says_nothing_is_not_waited_for(
    running: Server, place: OnServer, tmp_path: Path, store: ServerStore
) -> None:
    """What it was told before it froze comes to its end, and is known by its id then."""
    store.close()
    prompt = ServerStore(place.database(tmp_path), SimClock(), write_seconds=0.1)
    prompt.open_entries()
    kept = SpooledStore(prompt, Spool(tmp_path / spool.FILE_NAME, SimClock()), SystemClock())
    with running.frozen():
        kept.append([called("i1", 8)])
        first = prompt._under_way
        for number in range(9, 100):
            kept.append([called("i1", number)])
        assert prompt._under_way is first, "only the first one waits"
        assert kept.degraded is not None
        assert "does not answer" in kept.degraded.reason
        assert kept.degraded.entries == 92
    until(kept.reconcile)
    assert kept.story(I1) == [noticed("i1"), *(called("i1", number) for number in range(8, 100))]
    kept.close()


def test_a_daemon_does_not_wait_for_a_silent_server_when_it_ends(running: Server, store: ServerStore) -> None:
    store._write_seconds = 0.1
    with running.frozen():
        refused(store, "does not answer within 0.1 s")
        store.close()
    until(lambda: not store._is_under_way())


def test_only_one_daemon_writes(place: OnServer, tmp_path: Path, store: ServerStore) -> None:
    other = ServerStore(place.database(tmp_path), SimClock())
    with pytest.raises(StoreUnavailableError, match="another daemon writes to it"):
        other.open_entries()
    refused(other, "another daemon writes to it")
    assert other.story(I1) == [noticed("i1")]
    store.close()
    assert other.open_entries() == [noticed("i1")]
    other.close()


def test_a_database_that_is_read_only_can_be_read(running: Server, place: OnServer, tmp_path: Path) -> None:
    store = bare(tmp_path)
    store.append([noticed("i1")])
    store.close()
    name = place.name(tmp_path)
    running.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert store.open_entries() == [noticed("i1")]
    with pytest.raises(StoreUnavailableError, match="read-only transaction"):
        store.append([called("i1", 7)])
    store.close()


def test_a_commit_is_on_the_platter_whatever_the_server_is_used_to(
    running: Server, place: OnServer, tmp_path: Path
) -> None:
    database = place.database(tmp_path)
    running.sql(f"ALTER DATABASE {place.name(tmp_path)} SET synchronous_commit = off")
    engine = database.writer()
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
    engine.dispose()
    assert found == "on"


def test_a_password_is_read_when_it_is_needed_and_never_told(
    running: Server, place: OnServer, tmp_path: Path
) -> None:
    database = place.name(tmp_path)
    running.sql("CREATE ROLE guarded LOGIN PASSWORD 'rat-geheim' IN ROLE bridgewatch")
    running.demand_password("guarded")
    words = iter(["wrong-geheim", "rat-geheim", "rat-geheim"])
    store = ServerStore(PostgresServer(running.url(database, "guarded"), lambda: next(words)), SimClock())
    with pytest.raises(StoreUnavailableError, match="password authentication failed") as failure:
        store.open_entries()
    assert "geheim" not in f"{failure.value}{failure.value.__cause__!r}{store._database.__dict__}"
    assert store.open_entries() == []
    store.close()


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UnfitServerError, match=r"install bridgewatch\[postgresql\] and libpq5"):
        PostgresServer("postgresql://b@db.example/b", lambda: None)


def test_a_url_that_is_none_is_told_as_such() -> None:
    with pytest.raises(UnfitServerError, match='the url of the store: invalid URI query parameter: "colour"'):
        PostgresServer("postgresql://b@db.example/b?colour=blue", lambda: None)


def storm(running: Server, tmp_path: Path, kills: int, seed: int) -> None:
    """The server is killed while somebody appends: nothing is lost, nothing doubled, all in order."""
    chance = random.Random(seed)
    kept = open_store(tmp_path, SystemClock())
    kept.open_entries()
    acknowledged: list[int] = []
    enough = threading.Event()

    def append() -> None:
        for number in count():
            if enough.is_set():
                return
            kept.append([called("i1", number)])
            acknowledged.append(number)

    appending = threading.Thread(target=append)
    appending.start()
    try:
        for _ in range(kills):
            reached = len(acknowledged) + chance.randrange(1, 60)
            until(lambda reached=reached: len(acknowledged) >= reached)  # type: ignore[misc]
            running.kill()
            reached = len(acknowledged) + chance.randrange(1, 60)
            until(lambda reached=reached: len(acknowledged) >= reached)  # type: ignore[misc]
            running.start()
            until(lambda: kept.degraded is None)
    finally:
        enough.set()
        appending.join()
    until(kept.reconcile)
    steps = [getattr(entry, "step", None) for entry in kept.story(I1)]
    kept.close()
    assert steps == acknowledged == [*range(len(acknowledged))]


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not true():
        assert time.monotonic() < ends, "never"
        time.sleep(0.005)


def test_a_server_killed_amid_appends_loses_and_doubles_nothing(running: Server, tmp_path: Path) -> None:
    storm(running, tmp_path, kills=2, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_a_daemon_killed_amid_appends_loses_and_doubles_nothing(
    running: Server, place: OnServer, tmp_path: Path, seed: int
) -> None:
    check(tmp_path, 100, seed, running.url(place.name(tmp_path)))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_a_server_killed_a_hundred_times_loses_and_doubles_nothing(
    running: Server, tmp_path: Path, seed: int
) -> None:
    storm(running, tmp_path, kills=5, seed=seed + 100)
