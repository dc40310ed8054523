"""Everything that is SQLite's alone: how its file is opened, how it fails, how it is put out of the way."""

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bridgewatch.adapters.store.errors import DamagedEntryError
from bridgewatch.model.ports import StoreUnavailableError

BUSY_SECONDS: Final = 0.4  # how long a lock of somebody else is waited for
_WAL_OCTETS: Final = 64 << 20  # what a long reader made it grow to is given back
_SUFFIXES: Final = ("", "-wal", "-shm")
_PERMISSIONS: Final = 0o600
_WRITING: Final = "mode=rwc"
_READING: Final = "mode=ro"
_REASONS: Final = {
    sqlite3.SQLITE_BUSY: "it is locked by another process",
    sqlite3.SQLITE_LOCKED: "it is locked by another process",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_PERM: "it may not be opened",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is no database, or damaged",
}
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class SqliteFile:
    """Implements `Database` in one file: write-ahead logging, every commit on the platter."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        self._opened: dict[str, tuple[int, int] | None] = dict.fromkeys(_SUFFIXES)

    @property
    def name(self) -> str:
        """As `Database`."""
        return str(self.path)

    def writer(self) -> Engine:
        """As `Database`: its transactions take the lock when they begin."""
        engine = self._engine(_WRITING, 0)
        event.listen(engine, "connect", _as_writer)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        return engine

    def reader(self) -> Engine:
        """As `Database`."""
        engine = self._engine(_READING, 2)
        event.listen(engine, "connect", _as_reader)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        return engine

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """As `Database`."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, DamagedEntryError, OSError) as error:
            raise StoreUnavailableError(self._reason(error)) from error

    def _engine(self, mode: str, more: int) -> Engine:
        return create_engine(
            "sqlite://",
            creator=lambda: self._connect(mode),
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=more,
            pool_timeout=1.0,
        )

    def _connect(self, mode: str) -> sqlite3.Connection:
        if mode == _WRITING and not self.path.exists():
            self.path.touch(_PERMISSIONS)  # the files beside it are made with the same
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?{mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,  # transactions begin where they are said to
            check_same_thread=False,  # the pool hands a connection to one thread at a time
        )
        if mode == _READING:
            try:
                connection.execute("PRAGMA schema_version")
            except sqlite3.OperationalError as error:
                connection.close()
                if _code(error) != sqlite3.SQLITE_CANTOPEN or self._beside("-wal").exists():
                    raise
                # A read-only file system does not let the files beside it be made; nothing is in them.
                return self._connect(f"{mode}&immutable=1")
        return connection

    def _beside(self, suffix: str) -> Path:
        return Path(f"{self.path}{suffix}")

    def opened(self) -> None:
        """Remember which files the path leads to now."""
        self._opened = {suffix: _identity(self._beside(suffix)) for suffix in _SUFFIXES}

    def vanished(self) -> bool:
        """Whether the path leads elsewhere than when it was opened: SQLite would write on into nowhere."""
        return _identity(self.path) != self._opened[""]

    def stripped(self) -> bool:
        """Whether files beside it are others than when it was opened: nobody would find what is committed."""
        return any(_identity(self._beside(suffix)) != self._opened[suffix] for suffix in _SUFFIXES if suffix)

    def gather(self, writer: Engine) -> None:
        """Bring into the file itself what `writer` committed beside it. Raises sqlite3.Error."""
        with contextlib.closing(writer.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            found = cursor.fetchone()
        if found is None or found[0]:
            raise sqlite3.OperationalError("what lay beside it cannot be brought into it now")

    def sweep(self) -> None:
        """Remove what a file that vanished left beside it: SQLite would take it for its successor's."""
        for suffix in _SUFFIXES:
            beside = self._beside(suffix)
            if suffix and _identity(beside) == self._opened[suffix]:
                beside.unlink(missing_ok=True)

    def set_aside(self, now_ns: int) -> Path:
        """Rename the files to `NAME.damaged-TIME`. Raises OSError."""
        stamp = datetime.fromtimestamp(now_ns / 1e9, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        aside = self.path.with_name(f"{self.path.name}.damaged-{stamp}")
        for suffix in _SUFFIXES:
            with contextlib.suppress(FileNotFoundError):
                self._beside(suffix).rename(f"{aside}{suffix}")
        return aside

    @staticmethod
    def is_damage(error: BaseException | None) -> bool:
        """Whether the file itself is broken."""
        return _code(error) in _DAMAGE or isinstance(error, DamagedEntryError)

    def _reason(self, error: Exception) -> str:
        code = _code(error)
        why = _REASONS.get(code) if code is not None else None
        original = error.orig if isinstance(error, DBAPIError) else error
        why = why or getattr(original, "strerror", None)
        return f"the store {self.path} cannot be used: {why or original}"


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _code(error: BaseException | None) -> int | None:
    """SQLite's primary result code."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _as_writer(connection: Any, _: object) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"journal_size_limit={_WAL_OCTETS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _as_reader(connection: Any, _: object) -> None:
    connection.execute("PRAGMA query_only=ON")
