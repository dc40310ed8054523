"""The phones take what a webhook brings, and press the link behind it as a browser would."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bridgewatch.app.demo.cast import OWN_DUTY, VIETTEL_DUTY
from bridgewatch.app.demo.phones import Phones
from bridgewatch.model.ids import ContactId, IncidentId
from bridgewatch.model.paging import MessageKind

PATIENCE = 10.0


class Pages:
    """Answer pages with one button; notes what was asked of them."""

    def __init__(self, status: int = 303) -> None:
        self.asked: list[tuple[str, str]] = []
        self._status = status
        self.pressed = asyncio.Event()

    async def show(self, request: web.Request) -> web.Response:
        self.asked.append(("GET", request.path))
        return web.Response(text='<input type="hidden" name="form" value="f0rm">', content_type="text/html")

    async def press(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.asked.append((f"POST {form['form']} {form['answer']}", request.path))
        self.pressed.set()
        return web.Response(status=self._status, headers={"Location": "?said=acknowledge"})


@asynccontextmanager
async def serving(pages: Pages) -> AsyncIterator[str]:
    """The pages on loopback; where they are."""
    app = web.Application()
    app.router.add_get("/a/{token}", pages.show)
    app.router.add_post("/a/{token}", pages.press)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def post(phones: Phones, contact: ContactId, link: str, kind: MessageKind = MessageKind.PAGE) -> None:
    """A message as the webhook gateway posts it."""
    body = {
        "message_id": f"m-{contact}-{kind}",
        "kind": kind.value,
        "contact": contact,
        "incidents": ["one"],
        "title": "[K7F2] KHẨN",
        "message": f"Từ: 07:55\nNhận xử lý: {link}\nMáy đo: song-may",
    }
    url = f"http://127.0.0.1:{phones.port}/0100000011"
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as taken:
        assert taken.status == 200


def play(scene: Callable[[Phones, Pages, str], Awaitable[None]], pages: Callable[[], Pages] = Pages) -> None:
    """Run a scene with phones where our own duty answers at once."""

    async def run() -> None:
        served = pages()
        async with serving(served) as url, Phones({OWN_DUTY: 0.0}) as phones, asyncio.timeout(PATIENCE):
            await scene(phones, served, f"{url}/a/t0ken")

    asyncio.run(run())


async def answered(phones: Phones) -> None:
    """Wait until somebody has it."""
    while IncidentId("one") not in phones.answers:  # noqa: ASYNC110 - bounded by the scene
        await asyncio.sleep(0.01)


def test_who_answers_opens_the_link_and_presses_the_button_of_its_form() -> None:
    async def scene(phones: Phones, pages: Pages, link: str) -> None:
        await post(phones, OWN_DUTY, link)
        await answered(phones)
        assert pages.asked == [("GET", "/a/t0ken"), ("POST f0rm acknowledge", "/a/t0ken")]
        (letter,) = phones.letters
        assert phones.answers[IncidentId("one")].letter is letter
        assert not letter.by_viewer
        assert phones.unanswered() is None

    play(scene)


def test_who_does_not_answer_is_answered_for_by_the_viewers_key() -> None:
    async def scene(phones: Phones, pages: Pages, link: str) -> None:
        await post(phones, VIETTEL_DUTY, link)
        assert pages.asked == []
        phones.press()
        phones.press()
        await answered(phones)
        assert phones.answers[IncidentId("one")].contact == VIETTEL_DUTY
        assert phones.letters[0].by_viewer
        assert len(pages.asked) == 2

    play(scene)


def test_a_key_without_a_page_does_nothing() -> None:
    async def scene(phones: Phones, pages: Pages, link: str) -> None:
        phones.press()
        await post(phones, OWN_DUTY, link, MessageKind.RECOVERED)
        phones.press()
        assert pages.asked == []

    play(scene)


@pytest.mark.parametrize("status", [200, 403, 503])
def test_only_a_page_that_takes_the_answer_makes_it_one(status: int) -> None:
    async def scene(phones: Phones, pages: Pages, link: str) -> None:
        await post(phones, OWN_DUTY, link)
        await pages.pressed.wait()
        assert phones.answers == {}
        assert phones.unanswered() is phones.letters[0]

    play(scene, lambda: Pages(status))


def test_a_message_keeps_what_it_says() -> None:
    async def scene(phones: Phones, _: Pages, link: str) -> None:
        await post(phones, VIETTEL_DUTY, link)
        (letter,) = phones.letters
        assert (letter.title, letter.link) == ("[K7F2] KHẨN", link)
        assert letter.lines[0] == "Từ: 07:55"
        assert letter.asks

    play(scene)
