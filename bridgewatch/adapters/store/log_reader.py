"""Reads the log for whoever wants to know, above all for the command line."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Engine

from bridgewatch.adapters.store import reading, schema
from bridgewatch.adapters.store.reading import Being, IncidentSummary
from bridgewatch.adapters.store.sqlite import SqliteFile
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import AnyEntry
from bridgewatch.model.ports import StoreUnavailableError

_T = TypeVar("_T")


class LogReader:
    """Reads a store from any thread or process, and never keeps its writer waiting.

    All methods raise StoreUnavailableError where nothing can be read, and StoreTooNewError.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._engine: Engine | None = None

    def open_entries(self) -> Sequence[AnyEntry]:
        """As `ports.Store`."""
        return self.read(reading.open_entries)

    def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        """As `ports.Store`."""
        return self.read(lambda connection: reading.story(connection, incident))

    def incidents(
        self,
        being: Being = Being.ANY,
        *,
        since_ns: int | None = None,
        until_ns: int | None = None,
        most: int = 1000,
    ) -> Sequence[IncidentSummary]:
        """Incidents that were there at any time from `since_ns` up to `until_ns`, the latest first."""
        return self.read(
            lambda connection: reading.incidents(
                connection, being, since_ns=since_ns, until_ns=until_ns, most=most
            )
        )

    def find(self, name: str) -> Sequence[IncidentSummary]:
        """The incidents of an id or a code, the latest first: codes are used again."""
        return self.read(lambda connection: reading.find(connection, name))

    def read(self, look: Callable[[Connection], _T]) -> _T:
        """What `look` finds in one consistent state."""
        with self._file.telling():
            engine = self._engine
            if engine is None:
                engine = self._engine = self._file.reader()
            with engine.connect() as connection:
                if not schema.is_current(connection):
                    raise StoreUnavailableError(
                        f"the store {self._file.path} is of an earlier version: start the daemon once"
                    )
                return look(connection)

    def close(self) -> None:
        """Let go of the file."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()
