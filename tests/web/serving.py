"""An application on loopback, for tests that speak HTTP to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, DummyCookieJar, web

from bridgewatch.model.snapshot import Snapshot
from bridgewatch.views.web.app import make_app, make_runner


@dataclass
class Served:
    """What the application shows, to be changed under it, and where it listens."""

    snapshot: Snapshot
    ready: tuple[bool, str] = (True, "ready")
    alive: tuple[bool, str] = (True, "alive")
    taken: int = 0
    port: int = 0
    client: ClientSession = field(init=False)

    def take(self) -> Snapshot:
        self.taken += 1
        return self.snapshot

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@asynccontextmanager
async def serving(snapshot: Snapshot, kind: type[Served] = Served) -> AsyncIterator[Served]:
    served = kind(snapshot)
    runner = make_runner(make_app(served.take, lambda: served.ready, lambda: served.alive))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        served.port = runner.addresses[0][1]
        async with ClientSession(auto_decompress=False, cookie_jar=DummyCookieJar()) as client:
            served.client = client
            yield served
    finally:
        await runner.cleanup()


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run a test to its end, or to a minute."""

    async def bounded() -> None:
        async with asyncio.timeout(60):
            await test

    asyncio.run(bounded())


async def until(condition: Callable[[], Awaitable[bool]], tries: int = 300) -> None:
    """Ask again every 0.1 s until it holds; fail after `tries`."""
    for _ in range(tries):
        if await condition():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("never became true")
