"""The store as the daemon has it: what the database does not take, the spool keeps until it does."""

import json
import logging
import threading
import zlib
from collections import deque
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from bridgewatch.adapters.store.codec import Row, decode, encode
from bridgewatch.adapters.store.errors import SpoolFullError
from bridgewatch.adapters.store.spool import Spool
from bridgewatch.adapters.store.store import Batch, SqlStore, new_batch
from bridgewatch.model.ids import IncidentId, MessageId
from bridgewatch.model.log import AnyEntry, Composed, Folded, IncidentEntry, MessageEntry
from bridgewatch.model.paging import PastIncident
from bridgewatch.model.ports import Clock, StoreUnavailableError

log = logging.getLogger(__name__)

_NS: Final = 1_000_000_000
_RETRY_NS: Final = _NS  # each try may wait for a lock, and pages wait with it
_PATIENCE_NS: Final = _NS // 4  # how long one append spends on what lies in the spool
_TOGETHER: Final = 500  # entries in one transaction


@dataclass(frozen=True, slots=True)
class Degraded:
    """The database fails, since `since_ns` (wall). `entries` wait in the spool; `used` is how full it is."""

    since_ns: int
    reason: str
    entries: int
    used: float


class SpooledStore:
    """Implements `ports.Store`.

    An append goes to the database; where that fails, to the spool. From then on every append first tries, at
    most once a second and for a quarter of a second, to bring over what lies in the spool, in order and
    exactly once whenever the process is killed; until all is over, what comes lines up behind it. A batch
    keeps its id on both ways, and the database remembers those that the spool may still hold.
    """

    def __init__(self, store: SqlStore, spool: Spool, clock: Clock) -> None:
        self._store = store
        self._spool = spool
        self._clock = clock
        self._lock = threading.RLock()
        # Of what the spool holds, that which the database is not known to have.
        self._waiting: deque[Batch] = deque()
        self._entries = 0  # in those
        self._held = 0  # records in the spool
        self._retry_ns = 0  # monotonic
        self._failing: tuple[int, str] | None = None  # since when, in wall time, and why
        self._looked = False  # into the spool
        try:
            self._look_into_spool()
        except StoreUnavailableError as error:
            log.error("while the store fails nothing can be kept: %s", error)  # noqa: TRY400 - a sentence

    @property
    def degraded(self) -> Degraded | None:
        """How the database fails, None while it does not. For any thread."""
        failing = self._failing
        return None if failing is None else Degraded(*failing, self._entries, self._spool.used)

    def append(self, entries: Sequence[AnyEntry]) -> None:
        """As `ports.Store`. It raises only where the spool fails too, or is full."""
        batch = new_batch(entries)
        with self._lock:
            if not (self._reconciled(_PATIENCE_NS) and self._taken(batch)):
                self._keep(batch)

    def reconcile(self) -> bool:
        """Try to bring over what lies in the spool; whether nothing does any more and the database works.

        To be called now and then while degraded, for there may be nothing to append for long.
        """
        with self._lock:
            return self._reconciled(_PATIENCE_NS)

    def try_out(self) -> None:
        """Notice a database that fails while there is nothing to append."""
        with self._lock:
            if self._failing is None:
                try:
                    self._store.take((), keep_ids=True)
                except StoreUnavailableError as error:
                    self._note(error)

    def open_entries(self) -> Sequence[AnyEntry]:
        """As `ports.Store`, with what lies in the spool; StoreTooNewError beside the other."""
        with self._lock:
            self._reconciled(None)
            return [*self._store.open_entries(), *self._spooled()]

    def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        """As `ports.Store`, with what lies in the spool; StoreTooNewError beside the other."""
        with self._lock:
            waiting = [entry for batch in self._waiting for entry in batch.entries]
        entries = [*self._store.story(incident)]  # perhaps with some that were brought over meanwhile
        messages = {entry.message for entry in entries if isinstance(entry, MessageEntry)}
        for entry in waiting:
            if _is_about(entry, incident, messages) and entry not in entries:
                entries.append(entry)
                if isinstance(entry, Composed):
                    messages.add(entry.message)
        return entries

    def find(self, name: str) -> IncidentId | None:
        """As `ports.Store`, in the database alone."""
        return self._store.find(name)

    def incidents(self, since_ns: int | None, until_ns: int | None, most: int) -> Sequence[PastIncident]:
        """As `ports.Store`, in the database alone."""
        return self._store.incidents(since_ns, until_ns, most)

    def archive(self, keep_ns: int) -> Sequence[str]:
        """As `SqlStore.archive`; nothing while the database fails."""
        return self._store.archive(keep_ns) if self._failing is None else ()

    def forget(self, archived: Sequence[str]) -> bool:
        """As `SqlStore.forget`."""
        with self._lock:
            return self._store.forget(archived)

    def close(self) -> None:
        """As `ports.Store`."""
        with self._lock:
            self._store.close()
            self._spool.close()

    def _look_into_spool(self) -> None:
        """Make the file while there is room, and find what an earlier run left in it."""
        for record in self._spool.records():
            self._wait_for(_batch(record))
        self._looked = True
        if self._waiting and self._failing is None:
            self._failing = self._clock.wall_ns(), "an earlier run ended before the store took everything"

    def _wait_for(self, batch: Batch) -> None:
        self._held += 1
        self._waiting.append(batch)
        self._entries += len(batch.entries)

    def _taken(self, batch: Batch) -> bool:
        try:
            self._store.take([batch])
        except StoreUnavailableError as error:
            self._note(error)
            return False
        return True

    def _keep(self, batch: Batch) -> None:
        if not self._looked:
            self._look_into_spool()
        try:
            self._spool.append(_record(batch))
        except SpoolFullError:
            # Whatever time it takes, the database is the only place left.
            if self._reconciled(None) and self._taken(batch):
                return
            raise
        self._wait_for(batch)

    def _reconciled(self, patience_ns: int | None) -> bool:
        """Whether the spool is empty and the database works; None tries at once and to the end."""
        if self._failing is None:
            return True
        now_ns = self._clock.monotonic_ns()
        if patience_ns is not None and now_ns < self._retry_ns:
            return False
        try:
            done = self._bring_over(None if patience_ns is None else now_ns + patience_ns)
        except StoreUnavailableError as error:
            self._note(error)
            return False
        if done:
            log.warning("the store works again and has everything that lay in the spool")
            self._failing = None
        return done

    def _bring_over(self, until_ns: int | None) -> bool:
        """Whether all is over. Raises StoreUnavailableError."""
        self._store.take((), keep_ids=True)
        while self._waiting:
            if until_ns is not None and self._clock.monotonic_ns() >= until_ns:
                return False
            together = _first(self._waiting)
            self._store.take(together, keep_ids=True)
            for batch in together:
                self._waiting.popleft()
                self._entries -= len(batch.entries)
        if self._held:
            self._spool.clear()  # before the database may forget the ids
            self._held = 0
        return True

    def _note(self, error: StoreUnavailableError) -> None:
        self._retry_ns = self._clock.monotonic_ns() + _RETRY_NS
        if self._failing is None:
            log.error("%s; pages go on through the spool %s", error, self._spool.path)
            self._failing = self._clock.wall_ns(), str(error)
        else:
            self._failing = self._failing[0], str(error)

    def _spooled(self) -> list[AnyEntry]:
        """What lies in the spool and not in the database yet."""
        if not self._waiting:
            return []
        taken = self._store.taken()
        return [entry for batch in self._waiting if batch.id not in taken for entry in batch.entries]


def _first(waiting: Iterable[Batch]) -> list[Batch]:
    """The first batches, about as many entries as are quickly written together."""
    found: list[Batch] = []
    entries = 0
    for batch in waiting:
        found.append(batch)
        entries += len(batch.entries)
        if entries >= _TOGETHER:
            break
    return found


def _record(batch: Batch) -> bytes:
    rows = [encode(entry) for entry in batch.entries]
    return zlib.compress(json.dumps([batch.id, rows], separators=(",", ":")).encode(), level=1)


def _batch(record: bytes) -> Batch:
    batch_id, rows = json.loads(zlib.decompress(record))
    return Batch(batch_id, tuple(decode(Row(*row)) for row in rows))


def _is_about(entry: AnyEntry, incident: IncidentId, messages: AbstractSet[MessageId]) -> bool:
    match entry:
        case Composed():
            return incident in entry.incidents
        case MessageEntry():
            return entry.message in messages
        case Folded():
            return incident in {entry.incident, entry.into}
        case IncidentEntry():
            return entry.incident == incident
        case _:
            return False
