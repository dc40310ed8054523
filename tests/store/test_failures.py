"""What can happen to the database's file: each is told within a second, leaves nothing half done, and passes."""

import contextlib
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridgewatch.adapters.store.log_reader import LogReader
from bridgewatch.adapters.store.sqlite import SqliteFile
from bridgewatch.adapters.store.store import FILE_NAME, SqlStore
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import AnyEntry
from bridgewatch.model.ports import StoreUnavailableError
from tests.store.entries import bare, called, noticed

I1 = IncidentId("i1")
MANY = [called("i1", number) for number in range(2000)]


def refused(store: SqlStore, why: str, entries: list[AnyEntry] | None = None) -> None:
    """An append fails, soon, with these words."""
    started = time.perf_counter()
    with pytest.raises(StoreUnavailableError, match=why):
        store.append(entries or [called("i1", 7)])
    assert time.perf_counter() - started < 1.0


@contextlib.contextmanager
def locked(path: Path, how: str = "IMMEDIATE") -> Iterator[None]:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute(f"BEGIN {how}")
    try:
        yield
    finally:
        other.rollback()
        other.close()


@contextlib.contextmanager
def no_file_grows_beyond(octets: int) -> Iterator[None]:
    """As good as a full disk, for a process that is not root."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = bare(tmp_path)
    store.append([noticed("i1")])
    yield store
    store.close()


def test_a_lock_of_another_process_is_waited_for_briefly(tmp_path: Path, store: SqlStore) -> None:
    with locked(tmp_path / FILE_NAME):
        refused(store, "locked by another process")
        assert store.open_entries() == [noticed("i1")]
    store.append([called("i1", 8)])
    assert store.open_entries() == [noticed("i1"), called("i1", 8)]


def test_a_reader_never_keeps_the_writer_waiting(tmp_path: Path, store: SqlStore) -> None:
    log = LogReader(SqliteFile(tmp_path / FILE_NAME))

    def look(_: object) -> None:
        store.append([called("i1", 8)])

    log.read(look)
    log.close()
    assert store.open_entries() == [noticed("i1"), called("i1", 8)]


def test_a_disk_that_is_full_in_the_middle_of_an_append_leaves_nothing_of_it(
    tmp_path: Path, store: SqlStore
) -> None:
    size = max(path.stat().st_size for path in tmp_path.iterdir())
    with no_file_grows_beyond(size + 8192):
        refused(store, "cannot be used", MANY)
        assert store.open_entries() == [noticed("i1")]
    store.append([called("i1", 8)])
    assert store.open_entries() == [noticed("i1"), called("i1", 8)]


def test_a_store_that_was_removed_goes_on_with_what_is_open(
    tmp_path: Path, store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE_NAME).unlink()
    store.append([called("i1", 8)])
    assert "was removed" in caplog.text
    assert store.open_entries() == [noticed("i1"), called("i1", 8)]
    store.close()
    assert bare(tmp_path).open_entries() == [noticed("i1"), called("i1", 8)]


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_commits_are_found_after_a_kill_though_somebody_tidied_up_beside_the_store(
    tmp_path: Path, store: SqlStore, caplog: pytest.LogCaptureFixture, suffix: str
) -> None:
    store.append([called("i1", 7)])
    (tmp_path / f"{FILE_NAME}{suffix}").unlink()
    store.append([called("i1", 8)])
    assert "were removed" in caplog.text
    shutil.copytree(tmp_path, tmp_path / "killed")
    after = bare(tmp_path / "killed")
    assert after.open_entries() == [noticed("i1"), called("i1", 7), called("i1", 8)]
    after.close()
    store.append([called("i1", 9)])
    assert sum("were removed" in record.message for record in caplog.records) == 1
    assert store.open_entries()[-1] == called("i1", 9)


def test_a_store_that_was_replaced_by_another_is_not_mixed_with_it(tmp_path: Path, store: SqlStore) -> None:
    (tmp_path / "other").mkdir()
    other = bare(tmp_path / "other")
    other.append([noticed("i2")])
    other.close()
    (tmp_path / "other" / FILE_NAME).rename(tmp_path / FILE_NAME)
    store.append([called("i2", 8)])
    assert store.open_entries() == [noticed("i2"), called("i2", 8)]


def test_a_directory_that_is_gone_is_an_error_until_it_is_back(tmp_path: Path) -> None:
    home = tmp_path / "state"
    home.mkdir()
    store = bare(home)
    store.append([noticed("i1")])
    shutil.rmtree(home)
    refused(store, "cannot be used: No such file or directory")
    home.mkdir()
    store.append([called("i1", 8)])
    assert store.open_entries() == [noticed("i1"), called("i1", 8)]
    store.close()


@pytest.mark.parametrize("content", [b"no database at all" * 1000, b"SQLite format 3\0" + b"\xff" * 9000])
def test_a_file_that_is_no_store_is_set_aside_loudly_and_a_new_one_begins(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    store = bare(tmp_path)
    assert store.open_entries() == []
    assert store.set_aside is not None
    assert store.set_aside.name.startswith(f"{FILE_NAME}.damaged-20")
    assert store.set_aside.read_bytes() == content
    assert "is damaged: it is set aside as" in caplog.text
    store.append([noticed("i1")])
    assert store.open_entries() == [noticed("i1")]
    store.close()


def damage_index(path: Path) -> None:
    """Overwrite the first page of the index over incidents: appends need it, and so does reading."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (page,) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'mentions_incident'"
    ).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def test_damage_met_at_the_start_does_not_keep_the_daemon_from_starting(
    tmp_path: Path, store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.close()
    damage_index(tmp_path / FILE_NAME)
    again = bare(tmp_path)
    assert again.open_entries() == []
    again.append([noticed("i2")])
    assert again.open_entries() == [noticed("i2")]
    assert "is damaged" in caplog.text
    again.close()


def test_damage_met_by_an_append_is_an_error_once_and_then_a_new_store(
    tmp_path: Path, store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.close()
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'log_incident'").fetchone()
    connection.close()
    content = bytearray((tmp_path / FILE_NAME).read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    (tmp_path / FILE_NAME).write_bytes(content)
    refused(store, "damaged")
    store.append([noticed("i2")])
    assert store.set_aside is not None
    assert store.open_entries() == [noticed("i2")]
    assert "is damaged" in caplog.text


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.root
def test_a_disk_without_room_is_told_as_such(small_disk: Path) -> None:
    store = bare(small_disk)
    store.append([noticed("i1")])
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        for _ in range(1024):
            file.write(b"x" * 4096)
    refused(store, "the disk is full|disk I/O error", MANY)
    filler.unlink()
    store.append([called("i1", 8)])
    assert store.open_entries() == [noticed("i1"), called("i1", 8)]
    store.close()


@pytest.mark.root
def test_a_store_on_a_file_system_that_is_read_only_can_still_be_read(small_disk: Path) -> None:
    store = bare(small_disk)
    store.append([noticed("i1")])
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert store.open_entries() == [noticed("i1")]
    refused(store, "read-only|cannot be opened")
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    store.append([called("i1", 8)])
    assert store.open_entries() == [noticed("i1"), called("i1", 8)]
    store.close()
