"""Gateways that fail, are slow, and are there when the daemon is killed: between sent and recorded above all."""

import asyncio
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, unique
from typing import Any

from aiohttp import web

from tests.notify.gateways import Answer, HttpGateways, MailServer, Received
from tests.notify.gateways.script import Act

Hear = Callable[["Letter"], float | None]
"""Hears of each message that was taken, before its sender does.

Returns for how many seconds the answer is held back; a mail server never holds it back.
"""


@dataclass(frozen=True)
class Letter:
    """A message that a gateway took, and when."""

    message: str
    kind: str
    contact: str
    text: str
    gateway: str
    wall_ns: int


@unique
class Manner(Enum):
    """How a gateway treats one request."""

    GOOD = 0
    SLOW = 1
    FAILING = 2
    HANGING = 3


class Post:
    """Everything that any gateway took, in order. For several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._letters: list[Letter] = []
        self.hear: Hear = lambda _: None

    def take(self, message: str, kind: str, contact: str, text: str, gateway: str) -> float:
        """Note a message; for how long its answer is to be held back."""
        letter = Letter(message, kind, contact, text, gateway, time.time_ns())
        with self._lock:
            self._letters.append(letter)
        return self.hear(letter) or 0.0

    @property
    def letters(self) -> list[Letter]:
        """All so far."""
        with self._lock:
            return list(self._letters)


class Webhooks(HttpGateways):
    """Webhooks, each request treated as `manner` says."""

    def __init__(self, post: Post, manner: Callable[[], Manner] = lambda: Manner.GOOD) -> None:
        super().__init__()
        self._post = post
        self._manner = manner

    async def _webhook(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        manner = self._manner()
        if manner is Manner.FAILING:
            return web.Response(status=500)
        if manner is Manner.HANGING:
            self.note_hanging(1)
            await self._freed.wait()  # it takes nothing, however long one waits
            self.note_hanging(-1)
            return web.Response(status=503)
        if manner is Manner.SLOW:
            await asyncio.sleep(0.3)
        held = self._post.take(
            body["message_id"],
            body["kind"],
            body["contact"],
            body["message"],
            f"hook/{request.match_info['name']}",
        )
        await asyncio.sleep(held)
        return web.json_response({})


class Mails(MailServer):
    """A mail server that says `451` as often as chance has it."""

    def __init__(self, post: Post, failing: Callable[[], bool]) -> None:
        super().__init__()
        self._post = post
        self._failing = failing

    def next_act(self, gateway: str) -> Act | None:
        return Answer(451, "try again later") if self._failing() else None

    def note(self, received: Received) -> None:
        found = re.match(r"<(.+)@", received.id or "")
        assert found is not None
        kind = received.headers["X-Bridgewatch-Kind"]
        self._post.take(found[1], kind, received.address.split("@")[0], received.text, "mail")


def manners(seed: int) -> Callable[[], Manner]:
    """Mostly good; the others by chance."""
    chance = random.Random(seed)
    weights = {Manner.GOOD: 70, Manner.SLOW: 12, Manner.FAILING: 14, Manner.HANGING: 4}
    return lambda: chance.choices([*weights], [*weights.values()])[0]
