"""Throughput by HTTP: against the far end of ours, and against servers that misbehave."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_network

import pytest
from aiohttp import web

from bridgewatch.adapters.far_end.ceilings import Ceilings
from bridgewatch.adapters.far_end.http import HttpFarEnd
from bridgewatch.adapters.throughput import http, rtt
from bridgewatch.model.bandwidth import Direction, Method, Throughput
from bridgewatch.model.ports import ThroughputError, ThroughputProgress
from tests.notify.gateways.mail import CERTIFICATE
from tests.runners.legs import leg

LOOPBACK = (ip_network("127.0.0.0/8"),)
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtt, "BASE_SECONDS", 0.1)
    monkeypatch.setattr(http, "WARM_UP", 0.1)
    monkeypatch.setattr(http, "_STALL_SECONDS", 0.5)


@contextlib.asynccontextmanager
async def far_end(ceilings: Ceilings | None = None) -> AsyncIterator[str]:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    task = asyncio.create_task(HttpFarEnd([sock], LOOPBACK, ceilings or Ceilings()).run())
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def server(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def measure(url: str, direction: Direction, told: list[ThroughputProgress] | None = None) -> Throughput:
    asked = leg(
        Method.HTTP, direction, url=url, download="/garbage.php?ckSize=4", upload="/empty.php", seconds=0.3
    )
    return await http.run_http(asked, (told if told is not None else []).append)


def against(handler: Handler, direction: Direction = Direction.DOWN) -> Throughput:
    async def run() -> Throughput:
        async with server(handler) as url:
            return await measure(url, direction)

    return asyncio.run(run())


@pytest.mark.parametrize("direction", list(Direction))
def test_a_leg_comes_to_its_rate_and_tells_how_far_it_is(direction: Direction) -> None:
    told: list[ThroughputProgress] = []

    async def run() -> Throughput:
        async with far_end() as url:
            return await measure(url, direction, told)

    result = asyncio.run(run())
    assert 0 < result.rate < 16_000_000  # of 8 Mbit/s, whatever else this machine does
    assert result.octets >= told[0].octets > 0
    assert [each.octets for each in told] == sorted(each.octets for each in told)
    assert result.base_rtt is not None
    assert (result.efficiency is not None) == (direction is Direction.UP)


@pytest.mark.parametrize("direction", list(Direction))
def test_a_sender_that_had_its_octets_of_the_day_is_refused(direction: Direction) -> None:
    async def run() -> None:
        async with far_end(Ceilings(octets=100_000)) as url:
            await measure(url, direction)

    with pytest.raises(ThroughputError, match=r"enough of us|broke the transfer off"):
        asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "meant"),
    [(403, "may not know us"), (404, "no such file"), (413, "this size"), (500, "answers 500")],
)
def test_a_refusal_is_said_in_plain_words(status: int, meant: str) -> None:
    async def refuse(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status)

    with pytest.raises(ThroughputError, match=meant):
        against(refuse)


def test_a_redirect_to_another_host_is_not_followed() -> None:
    async def elsewhere(_: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://192.0.2.1/"})

    with pytest.raises(ThroughputError, match="another one"):
        against(elsewhere)


def test_a_redirect_on_the_same_host_is_followed() -> None:
    async def moved(request: web.BaseRequest) -> web.Response:
        if request.path != "/there":
            return web.Response(status=302, headers={"Location": "/there"})
        return web.Response(body=bytes(500_000))

    assert against(moved).octets > 0


def test_redirects_in_a_circle_end() -> None:
    async def around(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": request.path + "x"})

    with pytest.raises(ThroughputError, match="in circles"):
        against(around)


def test_a_server_that_says_nothing_is_given_up() -> None:
    async def silent(_: web.BaseRequest) -> web.Response:
        await asyncio.sleep(600)
        return web.Response()

    with pytest.raises(ThroughputError, match="does not answer"):
        against(silent)


def test_files_of_no_octets_are_no_throughput() -> None:
    async def empty(_: web.BaseRequest) -> web.Response:
        return web.Response()

    with pytest.raises(ThroughputError, match="does not answer"):
        against(empty)


def test_compressed_octets_count_as_they_are_on_the_link() -> None:
    async def bomb(_: web.BaseRequest) -> web.Response:
        return web.Response(body=b"\x1f\x8b" + bytes(300_000), headers={"Content-Encoding": "gzip"})

    assert against(bomb).octets > 0


def test_nobody_there_and_no_url_are_errors() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        with pytest.raises(ThroughputError, match="refuses connections"):
            asyncio.run(measure(f"http://127.0.0.1:{sock.getsockname()[1]}", Direction.UP))
    with pytest.raises(ThroughputError, match="is no http"):
        asyncio.run(measure("ftp://192.0.2.1", Direction.UP))


def test_more_connections_than_a_sender_may_have_are_closed() -> None:
    async def run() -> bytes:
        async with far_end(Ceilings(connections=2)) as url:
            port = int(url.rpartition(":")[2])
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with contextlib.suppress(ConnectionError):
                said = await asyncio.wait_for(reader.read(), 10)
            for each in (writer, *(each for _, each in held)):
                each.close()
            return said

    assert asyncio.run(run()) == b""


def test_a_certificate_that_nobody_vouches_for_is_not_trusted() -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(body=bytes(100_000))

    async def run() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        async with server(answer, context) as url:
            await measure(url.replace("http:", "https:"), Direction.DOWN)

    with pytest.raises(ThroughputError, match="not to be trusted"):
        asyncio.run(run())
