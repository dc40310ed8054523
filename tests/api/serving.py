"""The API on loopback, mounted where the daemon mounts it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web

from bridgewatch.adapters.api.app import PREFIX, bearer_api
from bridgewatch.adapters.api.bearers import Bearers, Right
from bridgewatch.views.web.app import make_app, make_runner
from tests.answers.desk import NOW_NS, FakeDesk
from tests.exposition.synthetic import synthetic_snapshot


class Api:
    """A desk, its API, and a token of every right."""

    def __init__(self, folder: Path) -> None:
        self.desk = FakeDesk()
        self.bearers = Bearers(folder)
        self.tokens = {right: self.bearers.add(f"for-{right}", [right], NOW_NS) for right in Right}
        self.client: ClientSession
        self.port = 0

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        right: Right | None = Right.ALL,
        raw: bytes | None = None,
        **headers: str,
    ) -> tuple[int, Any]:
        """Status and value of one request."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if right is not None:
            sent.setdefault("Authorization", f"Bearer {self.tokens[right]}")
        content = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        url = f"http://127.0.0.1:{self.port}{PREFIX}{path}"
        async with self.client.request(method, url, data=content, headers=sent) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Api]:
    api = Api(folder)
    snapshot = synthetic_snapshot(2)
    fine = (True, "fine")
    app = make_app(lambda: snapshot, lambda: fine, lambda: fine, {PREFIX: bearer_api(api.desk, api.bearers)})
    runner = make_runner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        api.port = runner.addresses[0][1]
        async with ClientSession() as api.client:
            yield api
    finally:
        await runner.cleanup()
