"""The store on a server: what it does not answer in time is not waited for."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Final, TypeVar

from bridgewatch.adapters.store.archive import Archive
from bridgewatch.adapters.store.database import Database
from bridgewatch.adapters.store.store import Batch, SqlStore
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import AnyEntry
from bridgewatch.model.paging import PastIncident
from bridgewatch.model.ports import Clock, StoreUnavailableError

_T = TypeVar("_T")

_WRITE_SECONDS: Final = 0.5  # pages wait as long
_ENTRIES_A_SECOND: Final = 2_000  # and longer for many entries
_READ_SECONDS: Final = 10.0
_START_SECONDS: Final = 60.0


class ServerStore(SqlStore):
    """A store whose database may fall silent, or be out of reach. `write_seconds`: how long a write may take.

    What is not answered in time has failed for the caller, and may come to its end all the same: a batch that
    did is known by its id. Until then every other write fails at once.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        archive: Archive | None = None,
        write_seconds: float = _WRITE_SECONDS,
    ) -> None:
        super().__init__(database, clock, archive)
        self._write_seconds = write_seconds
        self._under_way: Future[Any] | None = None

    def take(self, batches: Sequence[Batch], *, keep_ids: bool = False) -> None:
        """As `SqlStore.take`."""
        seconds = self._write_seconds + sum(len(batch.entries) for batch in batches) / _ENTRIES_A_SECOND
        self._write(partial(super().take, batches, keep_ids=keep_ids), seconds)

    def forget(self, archived: Sequence[str]) -> bool:
        """As `SqlStore.forget`."""
        return self._write(partial(super().forget, archived), self._write_seconds)

    def open_entries(self) -> Sequence[AnyEntry]:
        """As `ports.Store`; StoreTooNewError beside it."""
        return self._write(super().open_entries, _START_SECONDS)  # for it may bring the schema up to date

    def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        """As `ports.Store`; StoreTooNewError beside it."""
        return self._within(_READ_SECONDS, _begun(partial(super().story, incident)))

    def find(self, name: str) -> IncidentId | None:
        """As `ports.Store`."""
        return self._within(_READ_SECONDS, _begun(partial(super().find, name)))

    def incidents(self, since_ns: int | None, until_ns: int | None, most: int) -> Sequence[PastIncident]:
        """As `ports.Store`."""
        return self._within(_READ_SECONDS, _begun(partial(super().incidents, since_ns, until_ns, most)))

    def archive(self, keep_ns: int) -> Sequence[str]:
        """As `SqlStore.archive`."""
        return self._within(_START_SECONDS, _begun(partial(super().archive, keep_ns)))

    def taken(self) -> set[str]:
        """As `SqlStore.taken`."""
        return self._within(_READ_SECONDS, _begun(super().taken))

    def close(self) -> None:
        """As `ports.Store`; what is under way ends with the process."""
        if not self._is_under_way():
            super().close()

    def _write(self, work: Callable[[], _T], seconds: float) -> _T:
        if self._is_under_way():
            raise StoreUnavailableError(f"the store {self._database.name} does not answer")
        begun = _begun(work)
        self._under_way = begun
        return self._within(seconds, begun)

    def _is_under_way(self) -> bool:
        return self._under_way is not None and not self._under_way.done()

    def _within(self, seconds: float, begun: Future[_T]) -> _T:
        try:
            return begun.result(seconds)
        except TimeoutError:
            raise StoreUnavailableError(
                f"the store {self._database.name} does not answer within {seconds:.1f} s"
            ) from None


def _begun(work: Callable[[], _T]) -> Future[_T]:
    """Work on a thread that the end of the process does not wait for."""
    future: Future[_T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - a future carries whatever was raised
            future.set_exception(error)

    threading.Thread(target=run, name="store", daemon=True).start()
    return future
