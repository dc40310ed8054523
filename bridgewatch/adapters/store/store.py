"""The store: appends to the log and reads it, and gets over what can happen to its file."""

import contextlib
import logging
import secrets
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, select

from bridgewatch.adapters.store import reading, retention, schema, writing
from bridgewatch.adapters.store.archive import Archive
from bridgewatch.adapters.store.database import Database
from bridgewatch.adapters.store.errors import StoreTooNewError
from bridgewatch.adapters.store.log_reader import LogReader
from bridgewatch.adapters.store.sqlite import SqliteFile
from bridgewatch.adapters.store.tables import BATCHES, LOG
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import AnyEntry
from bridgewatch.model.paging import PastIncident
from bridgewatch.model.ports import Clock, StoreUnavailableError

log = logging.getLogger(__name__)

FILE_NAME: Final = "store.db"


class Batch(NamedTuple):
    """Entries that are taken in together. By its id the store knows one that it has already."""

    id: str
    entries: tuple[AnyEntry, ...]


def new_batch(entries: Sequence[AnyEntry]) -> Batch:
    """A batch with an id of its own."""
    return Batch(secrets.token_hex(8), tuple(entries))


class SqlStore:
    """Implements `ports.Store`. The database is opened when it is first needed.

    A file that is damaged is set aside under a name with the time, loudly, and a new one begun with what of
    the present state can still be read; one that was removed is begun anew with all of it.
    """

    def __init__(self, database: Database, clock: Clock, archive: Archive | None = None) -> None:
        self._database = database
        self._file = database if isinstance(database, SqliteFile) else None
        self._clock = clock
        self._archive = archive
        self._reader = LogReader(database, archive)
        self._writer: Engine | None = None
        self._writing = threading.Lock()
        self._damaged = False
        self._saved: Sequence[AnyEntry] = ()  # what a lost file leaves to the next one
        self.set_aside: Path | None = None
        """Where the damaged file is, if this one met one."""

    def append(self, entries: Sequence[AnyEntry]) -> None:
        """As `ports.Store`; StoreTooNewError beside it."""
        self.take([new_batch(entries)])

    def take(self, batches: Sequence[Batch], *, keep_ids: bool = False) -> None:
        """Write those batches that are not here yet, all or none; durable when it returns.

        The ids of earlier ones are forgotten unless `keep_ids`. Raises StoreUnavailableError and
        StoreTooNewError.
        """
        with self._writing, self._watched(), self._open().begin() as connection:
            here = set(connection.execute(select(BATCHES.c.id)).scalars())
            missing = [batch for batch in batches if batch.id not in here]
            if not keep_ids:
                connection.execute(delete(BATCHES))
            if missing:
                connection.execute(insert(BATCHES), [{"id": batch.id} for batch in missing])
                writing.write(connection, [entry for batch in missing for entry in batch.entries])

    def open_entries(self) -> Sequence[AnyEntry]:
        """As `ports.Store`; StoreTooNewError beside it. A damaged file is set aside here and now."""
        for _ in range(2):
            try:
                self._prepare()
            except StoreUnavailableError:
                if self._file is None:  # somebody may be writing, an earlier run of ours above all
                    raise
            try:  # a file can perhaps still be read
                return self._reader.open_entries()
            except StoreUnavailableError as error:
                self._note_damage(error)
                if not self._damaged:
                    raise
        raise StoreUnavailableError(f"the store {self._database.name} is damaged and cannot be set aside")

    def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        """As `ports.Store`; StoreTooNewError beside it."""
        return self._reader.story(incident)

    def taken(self) -> set[str]:
        """The ids of the latest batches that are here. Raises StoreUnavailableError."""
        return self._reader.read(lambda connection: set(connection.execute(select(BATCHES.c.id)).scalars()))

    def find(self, name: str) -> IncidentId | None:
        """As `ports.Store`."""
        return next((found.id for found in self._reader.find(name)), None)

    def incidents(self, since_ns: int | None, until_ns: int | None, most: int) -> Sequence[PastIncident]:
        """As `ports.Store`."""
        return self._reader.incidents(since_ns=since_ns, until_ns=until_ns, most=most)

    def archive(self, keep_ns: int) -> Sequence[str]:
        """Put the stories of some that are over for `keep_ns` into the archive; durable when it returns.

        For `forget`. Writes nothing to the database and keeps nobody waiting. Raises StoreUnavailableError,
        StoreTooNewError, and OSError where the archive cannot be written.
        """
        if self._archive is None:
            return ()
        stories = self._reader.read(lambda connection: retention.leaving(connection, keep_ns))
        self._archive.add(stories)
        return [story.of for story in stories]

    def forget(self, archived: Sequence[str]) -> bool:
        """Delete a portion of what the log has of what lies in the archive; whether there is more to delete.

        Raises StoreUnavailableError and StoreTooNewError.
        """
        with self._writing, self._watched(), self._open().begin() as connection:
            return retention.let_go(connection, archived)

    def close(self) -> None:
        """As `ports.Store`."""
        with self._writing:
            self._release()

    def _prepare(self) -> None:
        with self._writing, self._watched():
            self._open()

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """After a failure the next call starts from the file again."""
        try:
            with self._database.telling():
                yield
        except StoreUnavailableError as error:
            self._note_damage(error)
            self._release()
            raise

    def _note_damage(self, error: StoreUnavailableError) -> None:
        if self._file is not None and self._file.is_damage(error.__cause__):
            self._damaged = True

    def _release(self) -> None:
        self._reader.close()
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.dispose()

    def _open(self) -> Engine:
        if self._file is not None:
            self._look_after(self._file)
        if self._writer is None:
            writer = self._database.writer()
            try:
                with writer.begin() as connection:
                    self._bring_up_to_date(connection)
            except BaseException:
                writer.dispose()
                raise
            self._writer, self._saved = writer, ()
            if self._file is not None:
                self._file.opened()
            self._reader.close()  # whatever it saw before
        return self._writer

    def _bring_up_to_date(self, connection: Connection) -> None:
        if not schema.is_current(connection):
            schema.upgrade(connection)
        if self._saved and not connection.execute(select(func.max(LOG.c.sequence))).scalar():
            writing.write(connection, self._saved)

    def _look_after(self, file: SqliteFile) -> None:
        if self._damaged:
            self._leave_damaged(file)
        elif self._writer is not None and file.vanished():
            self._leave_vanished(file, self._writer)
        elif self._writer is not None and file.stripped():
            file.gather(self._writer)
            self._release()
            log.error(
                "files beside the store %s were removed: what lay in them is in the store itself", file.path
            )

    def _leave_vanished(self, file: SqliteFile, writer: Engine) -> None:
        """The connection still leads to the file that has no name any more."""
        with writer.connect() as connection:
            self._saved = reading.open_entries(connection)
        self._release()
        file.sweep()
        log.error(
            "the store %s was removed or replaced: where nothing is, it is begun anew with the %d entries of "
            "what is open, without the log before them",
            file.path,
            len(self._saved),
        )

    def _leave_damaged(self, file: SqliteFile) -> None:
        self._release()
        with contextlib.suppress(StoreUnavailableError, StoreTooNewError):
            self._saved = self._reader.open_entries()
        self._release()
        self.set_aside = file.set_aside(self._clock.wall_ns())
        self._damaged = False
        log.error(
            "the store %s is damaged: it is set aside as %s, and a new one begins with %d entries of what is "
            "open; what was open beside them is noticed and paged anew",
            file.path,
            self.set_aside.name,
            len(self._saved),
        )
