"""A daemon's control socket in a thread of its own, for commands that run their own loop."""

import asyncio
import getpass
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web
from typer.testing import CliRunner

from bridgewatch.adapters.answers.keys import KeyRing
from bridgewatch.adapters.api.app import PREFIX, local_api
from bridgewatch.adapters.api.bearers import Caller, Right
from bridgewatch.adapters.control import ControlServer, user_of
from bridgewatch.cli.main import app
from tests.answers.desk import NOW_NS, FakeDesk

ME = "hoa"


@contextmanager
def serving(
    folder: Path, pages: Mapping[str, object], mounts: Mapping[str, web.Application] | None = None
) -> Iterator[None]:
    """These pages, as they are, on the control socket of `folder`."""
    loop = asyncio.new_event_loop()
    server = ControlServer(folder)
    answers = {path: lambda value=value: value for path, value in pages.items()}
    loop.run_until_complete(server.start(answers, mounts))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(server.close())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


@contextmanager
def daemon(folder: Path, user: str = ME) -> Iterator[FakeDesk]:
    """A desk behind the control socket of `folder`, whose commands all come from `user`."""
    desk = FakeDesk()
    ring = KeyRing(folder, 10**15)
    ring.open(NOW_NS)

    def local_caller(request: web.Request) -> Caller:
        assert user_of(request) == getpass.getuser()
        return Caller(user, frozenset(Right))

    def rotate(forget: bool) -> int:
        ring.rotate(NOW_NS, forget=forget)
        return len(ring.keys().secrets)

    with serving(folder, {}, {PREFIX: local_api(desk, local_caller, rotate)}):
        yield desk


def bridgewatch(folder: Path, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a command on the daemon of `folder`."""
    result = CliRunner().invoke(
        app, [*arguments, "--state", str(folder)], env={"SUDO_USER": "", "COLUMNS": "80", **environment}
    )
    return result.exit_code, result.stdout, result.stderr
