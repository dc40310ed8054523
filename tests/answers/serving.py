"""The answers' listener on loopback."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession, DummyCookieJar, web

from bridgewatch.adapters.answers.keys import KeyRing
from bridgewatch.adapters.answers.listener import Answers, make_runner
from bridgewatch.model.delivery import LinkFigures, Result
from bridgewatch.model.ids import MessageId
from bridgewatch.model.people import Contact, Gateway
from bridgewatch.model.secret import Secret
from tests.answers.desk import NOW_NS, FakeDesk

INBOUND_SECRET = "a-secret-of-the-gateway"
DAY_NS = 24 * 3600 * 10**9


class Served:
    """A desk, its listener, and a client that keeps no cookies and follows nothing unless told."""

    def __init__(self, folder: Path) -> None:
        self.desk = FakeDesk()
        self.ring = KeyRing(folder, 2 * DAY_NS)
        self.ring.open(NOW_NS)
        self.secrets: dict[str, str] = dict.fromkeys(("tele", "zalo", "oa", "goi", "sms"), INBOUND_SECRET)
        self.figures: LinkFigures | None = None
        self.told: list[tuple[str, str, str, str]] = []
        self.listening = asyncio.Event()
        self.listening.set()
        self.heard = Result(delivered=True)
        self.answers = Answers(self.desk, self.ring, self.read_secret, lambda _: self.figures, self.say)
        self.client: ClientSession
        self.port = 0

    async def say(self, gateway: Gateway, contact: Contact, address: str, text: str) -> Result:
        """What a gateway is asked to tell somebody; it takes as long as a test lets it."""
        self.told.append((gateway.id, contact.id, address, text))
        await self.listening.wait()
        return self.heard

    def read_secret(self, secret: Secret) -> str:
        return self.secrets[secret.name]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def path(self, message: MessageId) -> str:
        link = self.answers.link(self.desk.messages[message])
        assert link is not None
        return link.removeprefix("https://truc.example.vn")

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        async with self.client.get(self.url(path), allow_redirects=False, **options) as response:
            return response.status, await response.text()

    async def post(
        self, path: str, data: object, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        async with self.client.post(
            self.url(path), data=data, headers=headers, allow_redirects=False
        ) as response:
            return response.status, await response.text()

    async def press(self, path: str, answer: str) -> ClientResponse:
        """What a person does: open the page, press a button, be led back to the page."""
        _, page = await self.get(path)
        async with self.client.post(
            self.url(path), data={"form": form_of(page), "answer": answer}
        ) as response:
            await response.read()
            return response


def form_of(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    return found[1] if found else ""


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Served]:
    served = Served(folder)
    runner = make_runner(served.answers.application())
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        served.port = runner.addresses[0][1]
        async with ClientSession(cookie_jar=DummyCookieJar()) as served.client:
            yield served
    finally:
        await runner.cleanup()
