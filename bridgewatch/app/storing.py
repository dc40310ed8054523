"""The store of a daemon put together: its database, the spool beside it, the archive behind it."""

from pathlib import Path

from bridgewatch.adapters.notify.secret import SecretMissingError, read_secret
from bridgewatch.adapters.store import archive, spool, store
from bridgewatch.adapters.store.archive import Archive
from bridgewatch.adapters.store.postgresql import PostgresServer
from bridgewatch.adapters.store.server_store import ServerStore
from bridgewatch.adapters.store.spool import Spool
from bridgewatch.adapters.store.spooled import SpooledStore
from bridgewatch.adapters.store.sqlite import SqliteFile
from bridgewatch.adapters.store.store import SqlStore
from bridgewatch.model.inventory import StoreSettings
from bridgewatch.model.ports import Clock, StoreUnavailableError
from bridgewatch.model.secret import Secret


def make_store(settings: StoreSettings, state_dir: Path, clock: Clock) -> SpooledStore:
    """The store that `settings` say. Raises UnfitServerError."""
    kept = Archive(state_dir / archive.FOLDER)
    log: SqlStore
    if settings.url is None:
        log = SqlStore(SqliteFile(state_dir / store.FILE_NAME), clock, kept)
    else:
        server = PostgresServer(settings.url, lambda: _read(settings.password))
        log = ServerStore(server, clock, kept)
    return SpooledStore(log, Spool(state_dir / spool.FILE_NAME, clock), clock)


def _read(password: Secret | None) -> str | None:
    if password is None:
        return None
    try:
        return read_secret(password)
    except SecretMissingError as error:
        raise StoreUnavailableError(f"the store cannot be used: its password is missing, {error}") from None
