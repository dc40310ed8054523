"""What leaves the log is missed by nobody: not by the present state, not by whoever asks for a story."""

import gzip
import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bridgewatch.adapters.store import archive, retention, writing
from bridgewatch.adapters.store.archive import Archive
from bridgewatch.adapters.store.log_reader import LogReader
from bridgewatch.adapters.store.store import SqlStore
from bridgewatch.adapters.store.tables import LOG, MENTIONS, MESSAGES
from bridgewatch.core.paging import Paging
from bridgewatch.model.ids import IncidentId, MessageId, SilenceId
from bridgewatch.model.log import (
    AnyEntry,
    Closed,
    Composed,
    Folded,
    IncidentEntry,
    MessageEntry,
    Muted,
    Noticed,
)
from bridgewatch.model.paging import Why
from bridgewatch.model.ports import StoreUnavailableError
from tests.chain.month.run import alive
from tests.paging.worlds import House
from tests.store.entries import HOUR, SECOND, bare, called, database, emptied, noticed
from tests.store.test_failures import no_file_grows_beyond
from tests.store.test_open_entries import _made, histories, silence
from tests.store.test_restart import StoredHouse, act, house

KEEP = writing.KEPT_NS + HOUR
I1, I2, I3 = IncidentId("i1"), IncidentId("i2"), IncidentId("i3")


def prune(store: SqlStore, keep_ns: int = KEEP) -> int:
    """Everything that can leave; how many incidents did."""
    left = 0
    for _ in range(100):
        archived = store.archive(keep_ns)
        more = store.forget(archived)
        for _ in range(1000):
            if not more:
                break
            more = store.forget(())
        assert not more, "portions that never end"
        if not archived:
            return left
        left += len(archived)
    raise AssertionError("incidents that never leave")


def counted(directory: Path, table: str = "log") -> int:
    tables = {"log": LOG, "messages": MESSAGES, "mentions": MENTIONS}
    engine = database(directory).reader()
    with engine.connect() as connection:
        found = connection.execute(select(func.count()).select_from(tables[table])).scalar_one()
    engine.dispose()
    return int(found)


def told(directory: Path) -> dict[str, object]:
    """Everything that anybody can be told."""
    log = LogReader(database(directory), Archive(directory / archive.FOLDER))
    listed = log.incidents()
    found: dict[str, object] = {one.id: log.story(one.id) for one in listed}
    found |= {f"code {one.code}": [each.id for each in log.find(one.code)] for one in listed}
    found["open"] = log.open_entries()
    found["listed"] = [(one.id, one.opened_ns, one.closed_ns, one.folded_into) for one in listed]
    log.close()
    return found


def plausible(history: Sequence[AnyEntry]) -> list[AnyEntry]:
    """Without what nobody would write: about incidents that have been over for more than a day."""
    noticed: set[str] = set()
    over: dict[str, int] = {}
    into: dict[str, str] = {}
    about: dict[str, tuple[str, ...]] = {}

    def ended(incident: str) -> int | None:
        for _ in range(len(into) + 1):
            if incident in over or incident not in into:
                return over.get(incident)
            incident = into[incident]
        return 0  # folded into itself

    def gone(incident: str, at_ns: int) -> bool:
        since_ns = ended(incident)
        return incident not in noticed or (since_ns is not None and since_ns + writing.KEPT_NS <= at_ns)

    kept: list[AnyEntry] = []
    for entry in history:
        match entry:
            case Noticed():
                noticed.add(entry.incident)
            case Composed():
                if any(gone(incident, entry.at_ns) for incident in entry.incidents):
                    continue
                about[entry.message] = entry.incidents
            case MessageEntry():
                if all(gone(incident, entry.at_ns) for incident in about.get(entry.message, ())):
                    continue
            case IncidentEntry() if gone(entry.incident, entry.at_ns):
                continue
            case Folded():
                if ended(entry.into) is not None or entry.into not in noticed or entry.into == entry.incident:
                    continue
                into[entry.incident] = entry.into
            case Closed():
                over[entry.incident] = entry.at_ns
            case _:
                pass
        kept.append(entry)
    return kept


@pytest.fixture(scope="module")
def directories(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return tmp_path_factory.mktemp("pruned"), tmp_path_factory.mktemp("whole")


@settings(max_examples=15, deadline=None)
@given(history=histories(), cuts=st.lists(st.integers(0, 25), max_size=3))
def test_whatever_leaves_and_whenever_everybody_is_told_the_same(
    directories: tuple[Path, Path], history: list[AnyEntry], cuts: list[int]
) -> None:
    history = plausible(history)
    pruned, whole = (emptied(directory) for directory in directories)
    whole.append(history)
    done = 0
    for cut in sorted(cuts):
        pruned.append(history[done:cut])
        done = max(done, cut)
        prune(pruned)
    pruned.append(history[done:])
    prune(pruned)
    assert told(directories[0]) == told(directories[1])
    pruned.close()
    whole.close()


def test_what_is_long_over_leaves_the_log_and_lies_in_files_that_any_tool_reads(tmp_path: Path) -> None:
    store = bare(tmp_path)
    began = 1_742_000_000 * SECOND  # in March 2025
    muted = silence("s1", began + HOUR)
    own = [
        noticed("i1", began),
        Muted(at_ns=began + 1, incident=I1, silence=SilenceId("s1")),
        _made("composed", began + 2, I1, I1, MessageId("m1")),
        _made("delivered", began + 3, I1, I1, MessageId("m1")),
        Closed(at_ns=began + 4, incident=I1, why=Why.RECOVERED),
    ]
    store.append([muted, *own, noticed("i2", began + KEEP)])
    assert prune(store) == 0
    store.append([called("i2", 0, began + KEEP + 4)])
    assert prune(store) == 1
    assert [counted(tmp_path, table) for table in ("log", "messages", "mentions")] == [3, 0, 0]
    assert store.story(I1) == [muted, *own]
    assert store.find("i1") == I1
    (file,) = (tmp_path / archive.FOLDER).rglob("*.jsonl.gz")
    assert file.parent.name == "2025-03"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    assert [line["kind"] for line in lines] == [type(entry).__name__ for entry in store.story(I1)]
    assert {line["of"] for line in lines} == {"i1"}
    store.close()


def test_what_is_needed_stays_however_old_it_is(tmp_path: Path) -> None:
    """What is open with all that it explains, what a message of these days is about, what was noticed last."""
    store = bare(tmp_path)
    store.append(
        [
            noticed("root"),
            noticed("child"),
            Folded(at_ns=1, incident=IncidentId("child"), into=IncidentId("root"), why=Why.BEHIND_ROOT),
            noticed("told"),
            Closed(at_ns=2, incident=IncidentId("told"), why=Why.RECOVERED),
            noticed("last"),
            Closed(at_ns=3, incident=IncidentId("last"), why=Why.RECOVERED),
            _made("composed", 2 * KEEP, IncidentId("told"), IncidentId("root"), MessageId("m1")),
        ]
    )
    before = told(tmp_path)
    assert prune(store) == 0
    store.append(
        [
            Closed(at_ns=2 * KEEP, incident=IncidentId("root"), why=Why.RECOVERED),
            Closed(at_ns=2 * KEEP, incident=IncidentId("child"), why=Why.FOLDED),
            called("last", 0, 4 * KEEP),
        ]
    )
    assert prune(store) == 3  # first the root, then what was folded into it
    after = told(tmp_path)
    assert after["last"] == [*before["last"], called("last", 0, 4 * KEEP)]  # type: ignore[misc]
    assert [type(entry) for entry in store.story(IncidentId("root"))] == [Noticed, Folded, Composed, Closed]
    store.close()


def test_a_kill_at_any_instant_leaves_what_the_next_call_goes_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PORTION", 2)
    store = bare(tmp_path)
    store.append([noticed("i1"), *(called("i1", number) for number in range(5))])
    store.append([_made("composed", 1, I1, I1, MessageId(f"m{number}")) for number in range(5)])
    store.append([Closed(at_ns=2, incident=I1, why=Why.RECOVERED), noticed("i2", 2 * KEEP)])
    story = store.story(I1)
    assert store.archive(KEEP) == [I1]
    store.close()  # killed: archived and not marked
    seen = set()
    for _ in range(20):
        store = bare(tmp_path)
        archived = store.archive(KEEP)
        more = store.forget(archived)
        assert store.story(I1) == story
        seen.add(counted(tmp_path))
        store.close()
        if not more:
            break
    assert seen == {*range(1, 12, 2)}
    assert counted(tmp_path, "messages") == counted(tmp_path, "mentions") == 0


def test_a_full_disk_keeps_everything_in_the_log(tmp_path: Path) -> None:
    store = bare(tmp_path)
    store.append([noticed("i1"), Closed(at_ns=2, incident=I1, why=Why.RECOVERED), noticed("i2", 2 * KEEP)])
    before = told(tmp_path)
    with no_file_grows_beyond(10), pytest.raises(OSError, match="too large"):
        store.archive(KEEP)
    assert told(tmp_path) == before
    assert not [path for path in (tmp_path / archive.FOLDER).rglob("*") if path.is_file()]
    assert prune(store) == 1
    store.close()


def test_a_story_that_a_person_removed_is_told_to_be_gone(tmp_path: Path) -> None:
    store = bare(tmp_path)
    store.append([noticed("i1"), Closed(at_ns=2, incident=I1, why=Why.RECOVERED), noticed("i2", 2 * KEEP)])
    prune(store)
    (file,) = (tmp_path / archive.FOLDER).rglob("*.jsonl.gz")
    content = file.read_bytes()
    file.write_bytes(content[:-9])
    with pytest.raises(StoreUnavailableError, match="ends in the middle"):
        store.story(I1)
    file.unlink()
    with pytest.raises(StoreUnavailableError, match=r"was moved to .*1969-12, and is not there now"):
        store.story(I1)
    assert [one.id for one in LogReader(database(tmp_path)).incidents()] == ["i2", "i1"]
    store.close()


class PrunedHouse(StoredHouse):
    """A house in which everything that can leave the log does, at each restart."""

    left = 0

    def replayed(self) -> Paging:
        store = bare(self.directory)
        store.append(self.log[self.stored :])
        self.stored = len(self.log)
        type(self).left += prune(store)
        self.read = store.open_entries()
        store.close()
        paging = Paging(self.inventory, self.now_ns)
        paging.replay(self.read)
        return paging


def compare_pruned(tmp_path: Path, seed: int) -> None:
    """One goes on from all that was ever written, the other from what was left of it."""
    PrunedHouse.directory = tmp_path / str(seed)
    PrunedHouse.directory.mkdir()
    whole, pruned = house(House), house(PrunedHouse)
    one, other = random.Random(seed), random.Random(seed)
    for _ in range(60):
        act(whole, one)
        act(pruned, other)
        assert pruned.log == whole.log
        assert alive(pruned.paging) == alive(whole.paging)


def test_after_a_restart_everything_alive_is_as_if_nothing_had_left(tmp_path: Path) -> None:
    PrunedHouse.left = 0
    for seed in range(3):
        compare_pruned(tmp_path, seed)
    assert PrunedHouse.left > 10


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2000, 2100))
def test_it_is_in_a_hundred_more_worlds(tmp_path: Path, seed: int) -> None:
    compare_pruned(tmp_path, seed)
