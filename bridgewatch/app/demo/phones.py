"""The phones of the demo: a small server that takes what the daemon's gateway posts, and presses the links.

It knows of bridgewatch what a phone knows: the messages that arrive, and the page behind a link.
"""

import asyncio
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Self

import aiohttp
from aiohttp import web

from bridgewatch.app.demo.cast import ANSWERS
from bridgewatch.model.ids import ContactId, IncidentId, MessageId
from bridgewatch.model.paging import ASKING, MessageKind

_LINK: Final = re.compile(r"https?://\S+/a/\S+")
_FORM: Final = re.compile(r'name="form" value="([^"]+)"')
_PATIENCE: Final = 5.0
_LARGEST: Final = 65_536


@dataclass(eq=False, slots=True)
class Letter:
    """A message as it arrived, `at_ns` by the wall clock. `pressed_ns`: when its link was pressed."""

    at_ns: int
    id: MessageId
    contact: ContactId
    kind: MessageKind
    incidents: tuple[IncidentId, ...]
    title: str
    lines: Sequence[str]
    link: str | None
    pressed_ns: int | None = None
    by_viewer: bool = False

    @property
    def asks(self) -> bool:
        """Whether it wants an answer."""
        return self.kind in ASKING


@dataclass(frozen=True, slots=True)
class Answer:
    """Somebody pressed "acknowledge" behind the link of a letter, and the page took it at `at_ns`."""

    at_ns: int
    contact: ContactId
    letter: Letter = field(repr=False)


class Phones:
    """All phones. Use as `async with`; `letters` in the order they came, `answers` by incident."""

    def __init__(self, answering: Mapping[ContactId, float] = ANSWERS) -> None:
        self._answering = answering
        self.letters: Final[list[Letter]] = []
        self.answers: Final[dict[IncidentId, Answer]] = {}
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        self._session: aiohttp.ClientSession | None = None
        self._pressing: set[asyncio.Task[None]] = set()
        self.port = 0

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_post("/{number}", self._take)
        return app

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._pressing:
            task.cancel()
        if self._session is not None:
            await self._session.close()
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        letter = _letter(await request.json(), time.time_ns())
        self.letters.append(letter)
        after = self._answering.get(letter.contact)
        if letter.asks and after is not None:
            self._press_later(letter, after)
        return web.json_response({})

    def unanswered(self) -> Letter | None:
        """The newest page that nobody has answered."""
        return next((one for one in reversed(self.letters) if one.asks and self._open(one.incidents)), None)

    def press(self) -> None:
        """The viewer acknowledges: the newest page that nobody has answered."""
        letter = self.unanswered()
        if letter is not None and letter.pressed_ns is None:
            letter.by_viewer = True
            self._press_later(letter, 0.0)

    def _open(self, incidents: Iterable[IncidentId]) -> bool:
        return any(incident not in self.answers for incident in incidents)

    def _press_later(self, letter: Letter, seconds: float) -> None:
        task = asyncio.create_task(self._press(letter, seconds))
        self._pressing.add(task)
        task.add_done_callback(self._pressing.discard)

    async def _press(self, letter: Letter, seconds: float) -> None:
        """Open the link as a browser does, and press the first button."""
        await asyncio.sleep(seconds)
        session, link = self._session, letter.link
        if (
            session is None
            or link is None
            or letter.pressed_ns is not None
            or not self._open(letter.incidents)
        ):
            return
        letter.pressed_ns = time.time_ns()
        with suppress(aiohttp.ClientError, TimeoutError):  # then nobody has answered, and the account says so
            async with session.get(link) as page:
                form = _FORM.search(await page.text())
            if form is None:
                return
            fields = {"form": form[1], "answer": "acknowledge"}
            async with session.post(link, data=fields, allow_redirects=False) as taken:
                if taken.status == web.HTTPSeeOther.status_code:
                    answer = Answer(time.time_ns(), letter.contact, letter)
                    for incident in letter.incidents:
                        self.answers.setdefault(incident, answer)


def _letter(body: Mapping[str, Any], at_ns: int) -> Letter:
    lines = str(body["message"]).splitlines()
    link = _LINK.search(str(body["message"]))
    return Letter(
        at_ns=at_ns,
        id=MessageId(body["message_id"]),
        contact=ContactId(body["contact"]),
        kind=MessageKind(body["kind"]),
        incidents=tuple(map(IncidentId, body["incidents"])),
        title=str(body["title"]),
        lines=tuple(lines),
        link=link[0] if link is not None else None,
    )
