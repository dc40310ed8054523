"""The control socket: one owner, nobody else, clear words when nobody answers."""

import asyncio
import os
import re
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bridgewatch.adapters.control import AlreadyRunningError, ControlClient, ControlServer, NoDaemonError

PAGES = {"/status": lambda: {"vantage": "núi"}, "/events": list}


def serving(folder: Path, then: Callable[[], Awaitable[object]]) -> object:
    """Run `then` while a server has `folder`."""

    async def run() -> object:
        server = ControlServer(folder)
        await server.start(PAGES)
        try:
            return await then()
        finally:
            await server.close()

    return asyncio.run(run())


async def ask(folder: Path, page: str = "/status") -> object:
    """One page of the daemon that has `folder`."""
    async with ControlClient(folder) as client:
        return await client.get(page)


def test_pages_are_read_through_the_socket(tmp_path: Path) -> None:
    assert serving(tmp_path, lambda: ask(tmp_path)) == {"vantage": "núi"}
    assert serving(tmp_path, lambda: ask(tmp_path, "/events")) == []


def test_nobody_else_may_open_it_and_it_goes_with_its_daemon(tmp_path: Path) -> None:
    async def look() -> None:
        mode = (tmp_path / "control.sock").stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600

    serving(tmp_path, look)
    assert not (tmp_path / "control.sock").exists()


def test_opening_it_leaves_the_umask_as_it_was(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        serving(tmp_path, lambda: ask(tmp_path))
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


def test_a_live_owner_is_not_pushed_aside(tmp_path: Path) -> None:
    async def second() -> object:
        with pytest.raises(AlreadyRunningError, match="another --state"):
            await ControlServer(tmp_path).start(PAGES)
        return await ask(tmp_path)

    assert serving(tmp_path, second) == {"vantage": "núi"}


def test_the_socket_of_a_dead_daemon_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "control.sock"))
    assert serving(tmp_path, lambda: ask(tmp_path)) == {"vantage": "núi"}


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "control.sock").write_text("mine")
    with pytest.raises(FileExistsError):
        serving(tmp_path, lambda: ask(tmp_path))
    assert (tmp_path / "control.sock").read_text() == "mine"


def test_a_path_too_long_for_a_socket_is_said_so(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    with pytest.raises(OSError, match="107 octets"):
        serving(folder, lambda: ask(folder))
    with pytest.raises(NoDaemonError, match="too long"):
        asyncio.run(ask(folder))


def test_it_is_read_only(tmp_path: Path) -> None:
    async def post() -> str:
        reader, writer = await asyncio.open_unix_connection(tmp_path / "control.sock")
        writer.write(b"POST /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
        return answer

    assert str(serving(tmp_path, post)).startswith("HTTP/1.1 405")


def test_a_page_that_does_not_exist_is_said_so(tmp_path: Path) -> None:
    async def unknown() -> None:
        with pytest.raises(NoDaemonError, match="404"):
            await ask(tmp_path, "/nothing")

    serving(tmp_path, unknown)


def refusal(folder: Path) -> str:
    """What is said when nobody answers."""
    with pytest.raises(NoDaemonError) as refused:
        asyncio.run(ask(folder))
    return str(refused.value)


def test_the_three_ways_of_no_daemon_are_told_apart(tmp_path: Path) -> None:
    assert "there is no directory" in refusal(tmp_path / "nowhere")
    assert re.search("no daemon runs with the state directory", refusal(tmp_path))
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "control.sock"))
    assert "has ended" in refusal(tmp_path)


def test_somebody_who_speaks_no_json_is_no_daemon(tmp_path: Path) -> None:
    async def run() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
            await writer.drain()
            writer.close()

        server = await asyncio.start_unix_server(answer, tmp_path / "control.sock")
        async with server:
            with pytest.raises(NoDaemonError, match="is no bridgewatch daemon"):
                await ask(tmp_path)

    asyncio.run(run())
