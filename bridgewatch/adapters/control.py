"""The local control socket: HTTP on a unix socket, for whoever may open it.

The socket belongs to the daemon's user and nobody else may open it (mode 0600). One daemon owns it: the
socket of a dead one is replaced, that of a live one is an error. It serves pages of JSON, and whole
applications below a prefix; those learn from the kernel which user asks.
"""

import contextlib
import errno
import fcntl
import json
import os
import pwd
import socket
import stat
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import aiohttp
from aiohttp import web

from bridgewatch.model.phrases import Words, phrase

SOCKET_NAME: Final = "control.sock"
_LOCK_NAME: Final = "control.lock"
_MODE: Final = 0o600
_TIMEOUT_SECONDS: Final = 5.0
_LONGEST_PATH: Final = 107  # octets of sun_path beside its final NUL

_CREDENTIALS: Final = struct.Struct("3i")  # struct ucred: pid, uid, gid
_MOST_IN_REQUEST: Final = 16 * 1024

Page = Callable[[], object]


class AlreadyRunningError(Exception):
    """Another daemon has this state directory; a phrase says so."""


class NoDaemonError(Exception):
    """Nobody answers there, or what answers cannot be understood; a phrase says which."""


class ControlServer:
    """Owns a state directory from `claim` on, and serves the socket in it from `start` on."""

    def __init__(self, state_dir: Path) -> None:
        self.path: Final = state_dir / SOCKET_NAME
        self._lock: int | None = None
        self._bound = False  # only what this one made does it remove
        self._runner: web.AppRunner | None = None

    async def start(
        self, pages: Mapping[str, Page], mounts: Mapping[str, web.Application] | None = None
    ) -> None:
        """Serve `pages`, a path such as `/status` and the function that makes its JSON value, and `mounts`.

        A mount is a prefix and the application below it; it is served once, and ends with this server.
        Raises as `claim`.
        """
        self.claim()
        try:
            await self._listen(pages, mounts or {})
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close and remove the socket."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._bound:
            self.path.unlink(missing_ok=True)
            self._bound = False
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def claim(self) -> None:
        """Have the state directory for this process alone from now on; once is enough.

        Raises AlreadyRunningError, or OSError where the directory does not allow it.
        """
        if _too_long(self.path):
            raise OSError(
                errno.ENAMETOOLONG, f"longer than the {_LONGEST_PATH} octets of a socket", str(self.path)
            )
        if self._lock is not None:
            return
        # A lock dies with its process, whatever kills it; whether a socket is stale cannot be seen safely.
        lock = os.open(self.path.with_name(_LOCK_NAME), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise AlreadyRunningError(
                phrase(
                    "a bridgewatch daemon already runs with the state directory {directory}; "
                    "stop it, or give this one another --state",
                    directory=str(self.path.parent),
                )
            ) from None
        self._lock = lock

    async def _listen(self, pages: Mapping[str, Page], mounts: Mapping[str, web.Application]) -> None:
        if self.path.exists() and not stat.S_ISSOCK(self.path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "something that is no socket is in the way", str(self.path))
        self.path.unlink(missing_ok=True)
        app = web.Application(client_max_size=_MOST_IN_REQUEST)
        for path, page in pages.items():
            app.router.add_get(path, _handler(page))
        for prefix, mounted in mounts.items():
            app.add_subapp(prefix, mounted)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        listening = _bind(self.path)
        self._bound = True
        await web.SockSite(self._runner, listening).start()


def _bind(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    previous = os.umask(0o777 & ~_MODE)  # so that there is no instant at which others may open it
    try:
        listening.bind(str(path))
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(previous)
    return listening


def _handler(page: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_: web.Request) -> web.StreamResponse:
        text = json.dumps(page(), ensure_ascii=False, allow_nan=False)
        return web.Response(text=text, content_type="application/json")

    return answer


def user_of(request: web.Request) -> str:
    """The name of the user whose process sent `request` over the socket, as the kernel knows it.

    Raises OSError for a request that came another way.
    """
    connection = request.get_extra_info("socket")
    if connection is None or connection.family != socket.AF_UNIX:
        raise OSError(errno.ENOTSOCK, "not over the control socket")
    _, user, _ = _CREDENTIALS.unpack(
        connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    )
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"uid {user}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the daemon answered: a status of HTTP and the JSON value that came with it."""

    status: int
    value: Any

    @property
    def good(self) -> bool:
        """Whether it was done."""
        return self.status < web.HTTPMultipleChoices.status_code


class ControlClient:
    """Reads the pages of the daemon that owns `state_dir`. Use as `async with`."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / SOCKET_NAME
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.UnixConnector(path=str(self._path))
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
        self._session = aiohttp.ClientSession("http://bridgewatch", connector=connector, timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, page: str) -> object:
        """The JSON value of one page. Raises NoDaemonError."""
        status, reason, value = await self._ask("GET", page)
        if status != web.HTTPOk.status_code:
            raise NoDaemonError(
                phrase("the daemon answers {page} with {status}", page=page, status=f"{status} {reason}")
            )
        return value

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask a mounted application; what it refuses is an answer too. Raises NoDaemonError."""
        status, _, value = await self._ask(method, path, json=body, params=query, headers=headers)
        return Answer(status, value)

    async def _ask(self, method: str, path: str, **options: Any) -> tuple[int, str | None, object]:
        if self._session is None:
            raise RuntimeError("the client is not open")
        _check_reachable(self._path)
        try:
            async with self._session.request(method, path, **options) as answer:
                good = answer.status == web.HTTPOk.status_code or "json" in answer.content_type
                value: object = await answer.json(content_type=None) if good else None
                return answer.status, answer.reason, value
        except TimeoutError:
            raise NoDaemonError(
                phrase(
                    "the daemon at {path} does not answer within {seconds} s",
                    path=str(self._path),
                    seconds=f"{_TIMEOUT_SECONDS:g}",
                )
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            said = phrase("no daemon answers at {path}: {why}", path=str(self._path), why=_why(error))
            raise NoDaemonError(said) from None
        except ValueError:
            raise NoDaemonError(
                phrase("what answers at {path} is no bridgewatch daemon", path=str(self._path))
            ) from None


def _check_reachable(path: Path) -> None:
    """Tell apart what aiohttp reports as one connector error."""
    if _too_long(path):
        raise NoDaemonError(phrase("no daemon runs there: {path} is too long for a socket", path=str(path)))
    if not path.parent.is_dir():
        raise NoDaemonError(
            phrase("no daemon runs there: there is no directory {directory}", directory=str(path.parent))
        )
    with contextlib.suppress(PermissionError):
        if not path.exists():
            raise NoDaemonError(
                phrase("no daemon runs with the state directory {directory}", directory=str(path.parent))
            )
        if os.access(path, os.R_OK | os.W_OK):
            return
    raise NoDaemonError(
        phrase("{path} belongs to another user; ask as root or as the daemon's user", path=str(path))
    )


def _too_long(path: Path) -> bool:
    return len(os.fsencode(path)) > _LONGEST_PATH


def _why(error: Exception) -> Words:
    code = error.errno if isinstance(error, OSError) else None
    if code in {errno.ECONNREFUSED, errno.ENOENT}:
        return phrase("the one that was there has ended")
    return os.strerror(code) if code else str(error)
