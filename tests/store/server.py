"""A PostgreSQL of our own: in a folder that is gone afterwards, on a socket in it, as a user who is not root."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from bridgewatch.adapters.store import archive
from bridgewatch.adapters.store.archive import Archive
from bridgewatch.adapters.store.database import Database
from bridgewatch.adapters.store.postgresql import PostgresServer
from bridgewatch.adapters.store.server_store import ServerStore
from bridgewatch.adapters.store.store import SqlStore
from bridgewatch.model.ports import Clock
from bridgewatch.sim.clock import SimClock
from tests.store.entries import InFiles

_SECONDS = 30


def binaries() -> Path | None:
    """Where the newest server that is installed has its programs."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


PROGRAMS = binaries()


class Server:
    """Runs from `start` to `stop`; may be killed, frozen and started again meanwhile."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self._programs = programs
        self._data = folder / "data"
        self._user: Any = (
            {"user": "nobody", "group": "nogroup", "extra_groups": ()} if os.geteuid() == 0 else {}
        )
        self._numbers = count()
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            shutil.chown(folder, "nobody")
        command = [programs / "initdb", "-D", self._data, "-U", "bridgewatch", "-E", "UTF8", "--locale=C"]
        subprocess.run(
            [*command, "--auth=trust", "--no-sync"],
            cwd="/",
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=_SECONDS,
            **self._user,
        )
        self.start()

    def start(self) -> None:
        """Until it takes connections."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": self.folder,
            "shared_buffers": "16MB",
            "max_connections": 20,
            "fsync": "off",  # processes die here, machines do not
        }
        options = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *options],
                cwd="/",
                stdout=log,
                stderr=log,
                **self._user,
            )
        ends = time.monotonic() + _SECONDS
        while time.monotonic() < ends and self._process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                self.sql("SELECT 1")
                return
            time.sleep(0.02)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_SECONDS)

    def kill(self) -> None:
        """As if its machine died: the server and everything that it started, at once."""
        assert self._process is not None
        for pid in (self.pid, *self.backends()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(_SECONDS)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def backends(self) -> list[int]:
        """The processes that the server started."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections and says nothing."""
        pids = [self.pid, *self.backends()]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def database(self, like: str = "template1") -> str:
        """The name of a new database."""
        name = f"bridgewatch{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {like}")
        return name

    def url(self, database: str, user: str = "bridgewatch") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def demand_password(self, user: str) -> None:
        rules = self._data / "pg_hba.conf"
        rules.write_text(f"local all {user} scram-sha-256\n{rules.read_text()}")
        self.sql("SELECT pg_reload_conf()")

    def sql(self, statement: str, database: str = "postgres") -> None:
        where = {"host": str(self.folder), "user": "bridgewatch", "dbname": database}
        with psycopg.connect("", **where, autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def server(programs: Path) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="bridgewatch-"))
    running = None
    try:
        running = Server(folder, programs)
        yield running
    finally:
        if running is not None:
            running.stop()
        shutil.rmtree(folder, ignore_errors=True)


class AtUrl(InFiles):
    """All directories have one database."""

    def __init__(self, url: str) -> None:
        self._url = url

    def database(self, directory: Path) -> Database:
        return PostgresServer(self._url, lambda: None)

    def store(self, directory: Path, clock: Clock) -> SqlStore:
        return ServerStore(self.database(directory), clock)


class OnServer(InFiles):
    """Each directory's database is one of the server's."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._names: dict[Path, str] = {}
        made = server.database()
        store = ServerStore(PostgresServer(server.url(made), lambda: None), SimClock())
        store.open_entries()  # brings it up to date, and all that are made like it
        store.close()
        self._like = made

    def name(self, directory: Path) -> str:
        name = self._names.get(directory)
        if name is None:
            name = self._names[directory] = self._server.database(self._like)
        return name

    def database(self, directory: Path) -> Database:
        return PostgresServer(self._server.url(self.name(directory)), lambda: None)

    def store(self, directory: Path, clock: Clock) -> SqlStore:
        kept = Archive(directory / archive.FOLDER)
        return ServerStore(self.database(directory), clock, kept, write_seconds=_SECONDS)
