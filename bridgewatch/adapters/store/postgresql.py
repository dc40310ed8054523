"""Everything that is PostgreSQL's alone: how it is reached, how it fails, and that one daemon alone writes.

Reached by psycopg in its pure form, over the system's libpq: a little slower than the form that brings its
own libraries, but what TLS rests on is kept up to date by the system.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, QueuePool, create_engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bridgewatch.adapters.store.errors import DamagedEntryError, UnfitServerError
from bridgewatch.model.ports import StoreUnavailableError

if TYPE_CHECKING:
    from psycopg import Connection

_CLAIM: Final = 0x62726964676577  # the number of our lock; locks are of one database
_LONGEST_REASON: Final = 300  # characters
# Both ends notice within half a minute that the other is gone: until then its lock would keep others out.
_OPTIONS: Final = " ".join(
    f"-c {setting}"
    for setting in (
        "lock_timeout=400",
        "tcp_keepalives_idle=10",
        "tcp_keepalives_interval=5",
        "tcp_keepalives_count=3",
        "tcp_user_timeout=25000",
    )
)
_DEFAULTS: Final[dict[str, str | int]] = {
    "application_name": "bridgewatch",
    "client_encoding": "utf8",
    "connect_timeout": 2,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}


class PostgresServer:
    """Implements `Database` by a database on a server, which belongs to one daemon alone.

    `url` as libpq reads it, without a password; `password` is asked for it at each connection and raises
    StoreUnavailableError. Raises UnfitServerError.
    """

    def __init__(self, url: str, password: Callable[[], str | None]) -> None:
        try:
            import psycopg  # noqa: PLC0415 - an extra
            from psycopg import conninfo  # noqa: PLC0415
        except ImportError as error:
            raise UnfitServerError(
                "a store in PostgreSQL needs psycopg and libpq: install bridgewatch[postgresql] and libpq5"
            ) from error
        self._psycopg = psycopg
        try:
            given = conninfo.conninfo_to_dict(url)
            options = f"{_OPTIONS} {given.get('options', '')}"
            self._where = conninfo.make_conninfo("", **{**_DEFAULTS, **given, "options": options})
        except psycopg.ProgrammingError as error:
            raise UnfitServerError(f"the url of the store: {_reason(error)}") from error
        self._password = password
        self._name = f"{given.get('dbname', '')} at {given.get('host', 'the local socket')}"

    @property
    def name(self) -> str:
        """As `Database`."""
        return self._name

    def writer(self) -> Engine:
        """As `Database`."""
        return self._engine(self._connect_to_write, 0)

    def reader(self) -> Engine:
        """As `Database`."""
        engine = self._engine(self._connect, 2)
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """As `Database`."""
        try:
            yield
        except (SQLAlchemyError, self._psycopg.Error, DamagedEntryError, OSError) as error:
            raise StoreUnavailableError(f"the store {self._name} cannot be used: {_reason(error)}") from error

    def _engine(self, connect: Callable[[], Any], more: int) -> Engine:
        return create_engine(
            "postgresql+psycopg://",
            creator=connect,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=more,
            pool_timeout=1.0,
        )

    def _connect(self) -> "Connection[Any]":
        return self._psycopg.connect(self._where, password=self._password())

    def _connect_to_write(self) -> "Connection[Any]":
        connection = self._connect()
        try:
            self._claim(connection)
            connection.execute(  # whatever the server's own setting is
                "SELECT set_config('synchronous_commit', 'on', false) "
                "WHERE current_setting('synchronous_commit') = 'off'"
            )
            connection.commit()
        except BaseException:
            connection.close()
            raise
        return connection

    def _claim(self, connection: "Connection[Any]") -> None:
        """Be the only one who writes, as long as the connection lasts."""
        try:
            connection.execute("SELECT pg_advisory_lock(%s)", (_CLAIM,))
        except self._psycopg.errors.LockNotAvailable:
            raise StoreUnavailableError(
                f"the store {self._name} cannot be used: another daemon writes to it, or an earlier run has "
                "not ended yet"
            ) from None


def _reason(error: Exception) -> str:
    """The first line of what went wrong: the others are hints for another reader."""
    original = error.orig if isinstance(error, DBAPIError) else error
    lines = str(original).strip().splitlines()
    return lines[0][:_LONGEST_REASON] if lines else type(original).__name__
