"""Reads the log for whoever wants to know, above all for the command line."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Engine

from bridgewatch.adapters.store import reading, schema
from bridgewatch.adapters.store.archive import Archive
from bridgewatch.adapters.store.codec import decode
from bridgewatch.adapters.store.database import Database
from bridgewatch.adapters.store.reading import Being
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import AnyEntry
from bridgewatch.model.paging import PastIncident
from bridgewatch.model.ports import StoreUnavailableError

_T = TypeVar("_T")


class LogReader:
    """Reads a store from any thread or process, and never keeps its writer waiting.

    All methods raise StoreUnavailableError where nothing can be read, and StoreTooNewError.
    """

    def __init__(self, database: Database, archive: Archive | None = None) -> None:
        self._database = database
        self._archive = archive
        self._engine: Engine | None = None

    def open_entries(self) -> Sequence[AnyEntry]:
        """As `ports.Store`."""
        return self.read(reading.open_entries)

    def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        """As `ports.Store`; what has left the log is read from the archive."""
        entries, began_ns = self.read(
            lambda connection: (reading.story(connection, incident), reading.left(connection, incident))
        )
        return entries if began_ns is None else self._archived(incident, began_ns)

    def incidents(
        self,
        being: Being = Being.ANY,
        *,
        since_ns: int | None = None,
        until_ns: int | None = None,
        most: int = 1000,
    ) -> Sequence[PastIncident]:
        """Incidents that were there at any time from `since_ns` up to `until_ns`, the latest first."""
        return self.read(
            lambda connection: reading.incidents(
                connection, being, since_ns=since_ns, until_ns=until_ns, most=most
            )
        )

    def find(self, name: str) -> Sequence[PastIncident]:
        """The incidents of an id or a code, the latest first: codes are used again."""
        return self.read(lambda connection: reading.find(connection, name))

    def read(self, look: Callable[[Connection], _T]) -> _T:
        """What `look` finds in one consistent state."""
        with self._database.telling():
            engine = self._engine
            if engine is None:
                engine = self._engine = self._database.reader()
            with engine.connect() as connection:
                if not schema.is_current(connection):
                    raise StoreUnavailableError(
                        f"the store {self._database.name} is of an earlier version: start the daemon once"
                    )
                return look(connection)

    def _archived(self, incident: IncidentId, began_ns: int) -> Sequence[AnyEntry]:
        if self._archive is None:
            raise StoreUnavailableError(f"the story of {incident} is in an archive, and none is at hand")
        with self._database.telling():
            rows = self._archive.story(incident, began_ns)
        if not rows:
            month = self._archive.month(began_ns)
            raise StoreUnavailableError(f"the story of {incident} was moved to {month}, and is not there now")
        return [decode(row) for row in rows]

    def close(self) -> None:
        """Let go of the database."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()
