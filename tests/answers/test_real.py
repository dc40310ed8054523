"""The doors on the real pipeline: from a cut link to an acknowledgement, and to the word that it is over."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, DummyCookieJar, web

from bridgewatch.adapters.answers.keys import KeyRing
from bridgewatch.adapters.answers.listener import Answers, make_runner
from bridgewatch.adapters.answers.replies import hear
from bridgewatch.adapters.api.bearers import Caller, Right
from bridgewatch.adapters.api.forms import AnswerGiven, StoryTold
from bridgewatch.adapters.api.routes import Call
from bridgewatch.adapters.api.service import Service
from bridgewatch.core.incidents.codes import ALPHABET, code_of
from bridgewatch.model.commands import AnyCommand, Verdict
from bridgewatch.model.desk import Stage, Standing
from bridgewatch.model.ids import IncidentId, MessageId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import Acknowledged, AnyEntry, Composed, MessageEntry, SilenceSet
from bridgewatch.model.paging import AckWay
from bridgewatch.model.words import Language
from tests.answers.serving import DAY_NS, form_of
from tests.paging.worlds import AN, BINH, House, at_once, running, village
from tests.web.serving import run


class HouseDesk:
    """A desk over the real rooms, driven by hand."""

    def __init__(self, house: House) -> None:
        self.house = house

    @property
    def inventory(self) -> Inventory:
        return self.house.inventory

    def now_ns(self) -> int:
        return self.house.now_ns

    async def command(self, command: AnyCommand) -> Verdict:
        return self.house.command(command)

    async def incidents(self, *, over: bool = False) -> Sequence[Standing]:
        return self.house.paging.standings(self.now_ns(), over=over)

    async def incident(self, name: str) -> Standing | None:
        return self.house.paging.standing(name, self.now_ns())

    async def message(self, message: MessageId) -> Composed | None:
        return self.house.paging.message(message)

    async def silences(self) -> Sequence[SilenceSet]:
        return self.house.paging.silences(self.now_ns())

    async def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        about = {entry.message for entry in self.house.messages() if incident in entry.incidents}
        return [
            entry
            for entry in self.house.log
            if getattr(entry, "incident", None) == incident
            or (isinstance(entry, MessageEntry) and entry.message in about)
        ]


def no_secret(_: object) -> str:
    raise KeyError("none")


def call(body: Any = None, **path: str) -> Call:
    return Call(Caller("noc", frozenset(Right)), "noc", Language.EN, path, {}, body)


def test_from_a_cut_link_to_an_acknowledged_page_and_recovery(tmp_path: Path) -> None:
    house = running(village(directory=at_once()))
    desk = HouseDesk(house)
    ring = KeyRing(tmp_path, DAY_NS)
    ring.open(house.now_ns)
    answers = Answers(desk, ring, no_secret)
    house.down("xa/wan")

    async def play() -> None:
        runner = make_runner(answers.application())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with ClientSession(cookie_jar=DummyCookieJar()) as client:
                await answer_and_recover(client, base)
        finally:
            await runner.cleanup()

    async def answer_and_recover(client: ClientSession, base: str) -> None:
        (attempt,) = house.sent
        link = answers.link(attempt)
        assert link is not None
        url = link.replace("https://noc.example.vn", base)
        async with client.head(url) as response:
            assert response.status == 200
        async with client.get(url) as response:
            page = await response.text()
        assert "Tôi nhận xử lý" in page
        assert not [entry for entry in house.log if isinstance(entry, Acknowledged)]
        for _ in range(2):
            async with client.post(url, data={"form": form_of(page), "answer": "acknowledge"}) as response:
                assert "anh/chị đã nhận" in await response.text()
        (acknowledged,) = [entry for entry in house.log if isinstance(entry, Acknowledged)]
        assert (acknowledged.contact, acknowledged.way, acknowledged.message) == (
            AN,
            AckWay.LINK,
            attempt.message,
        )
        before = len(house.sent)
        house.wait(300)
        assert len(house.sent) == before
        house.up("xa/wan")
        async with client.get(url) as response:
            assert "Không còn gì phải trả lời" in await response.text()
        house.restart()
        async with client.get(url) as response:
            assert "đã khôi phục lúc" in await response.text()
        house.wait(2 * 24 * 3600)
        async with client.get(url) as response:
            assert response.status == 404

    run(play())


def test_the_desk_answers_by_code_for_somebody_and_the_story_tells_it() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    service = Service(HouseDesk(house), AckWay.DESK)
    code = code_of(1)

    async def play() -> None:
        listed = await service.list_incidents(call())
        (incident,) = listed.incidents
        assert incident.stage is Stage.CALLING
        given = AnswerGiven.model_validate({"for": "binh", "via": "phone"})
        outcome = await service.acknowledge(call(given, incident=incident.code.lower()))
        assert outcome.changed
        assert outcome.incidents[0].taken is not None
        assert outcome.incidents[0].taken.contact == BINH
        told = await service.read_story(call(incident=incident.code))
        assert isinstance(told, StoryTold)
        text = "\n".join(line.text for line in told.lines)
        assert "Binh has it, by phone to the NOC, entered by noc" in text
        assert "call An: duty, carrier" in text
        assert "delivered" in text

    run(play())
    assert set(code) <= set(ALPHABET)


def test_no_code_is_taken_for_the_answer_beside_it() -> None:
    for number in range(1, 10_000):
        code = code_of(number)
        heard = hear(f"OK {code}")
        assert heard is not None
        assert heard.codes == (code,)
