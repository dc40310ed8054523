"""Entries for tests: of every class by chance, and a few by hand."""

import shutil
import typing
from pathlib import Path

from hypothesis import strategies as st
from sqlalchemy import delete

from bridgewatch.adapters.store import archive, spool
from bridgewatch.adapters.store.archive import Archive
from bridgewatch.adapters.store.database import Database
from bridgewatch.adapters.store.spool import Spool
from bridgewatch.adapters.store.spooled import SpooledStore
from bridgewatch.adapters.store.sqlite import SqliteFile
from bridgewatch.adapters.store.store import FILE_NAME, SqlStore
from bridgewatch.adapters.store.tables import METADATA
from bridgewatch.model.ids import ContactId, IncidentId
from bridgewatch.model.log import AnyEntry, Called, Noticed
from bridgewatch.model.paging import Audience, FaultKind, Role, Why
from bridgewatch.model.ports import Clock
from bridgewatch.sim.clock import SimClock

SECOND = 10**9
HOUR = 3600 * SECOND
KINDS = typing.get_args(AnyEntry)
instants = st.integers(-(2**63), 2**63 - 1)  # the store keeps them in 64 bits
any_entry = st.one_of(*(st.builds(kind, at_ns=instants) for kind in KINDS))


class InFiles:
    """Each directory's database is a file in it."""

    def database(self, directory: Path) -> Database:
        return SqliteFile(directory / FILE_NAME)

    def store(self, directory: Path, clock: Clock) -> SqlStore:
        return SqlStore(self.database(directory), clock, Archive(directory / archive.FOLDER))


PLACE = InFiles()
"""Where the databases of directories are; tests of a server put another one here."""


def database(directory: Path) -> Database:
    return PLACE.database(directory)


def bare(directory: Path) -> SqlStore:
    """The database without a spool."""
    return PLACE.store(directory, SimClock())


def emptied(directory: Path) -> SqlStore:
    """As new, without the time that making one takes."""
    shutil.rmtree(directory / archive.FOLDER, ignore_errors=True)
    store = bare(directory)
    store.append([])
    store.close()
    engine = database(directory).writer()
    with engine.begin() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(delete(table))
    engine.dispose()
    return bare(directory)


def open_store(directory: Path, clock: Clock, octets: int = spool.OCTETS) -> SpooledStore:
    """The store of a state directory, as the daemon has it."""
    return SpooledStore(
        PLACE.store(directory, clock), Spool(directory / spool.FILE_NAME, clock, octets), clock
    )


def noticed(incident: str, at_ns: int = 0, code: str = "K7") -> Noticed:
    return Noticed(
        at_ns=at_ns,
        incident=IncidentId(incident),
        code=code,
        kind=FaultKind.LINK,
        subject="gialai-iape/wan",
        audience=Audience.CARRIER,
        began_ns=at_ns - 4 * SECOND,
    )


def called(incident: str, number: int, at_ns: int = 0) -> Called:
    """Told apart by their steps."""
    return Called(
        at_ns=at_ns,
        incident=IncidentId(incident),
        contact=ContactId("truc-vnpt"),
        step=number,
        audience=Audience.CARRIER,
        role=Role.DUTY,
        why=Why.ON_DUTY,
    )
