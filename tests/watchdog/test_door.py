"""Heartbeats over real HTTP on loopback: what is accepted, and that nothing else changes anything."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar, web
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.adapters.heartbeats import wire
from bridgewatch.adapters.heartbeats.courier import Courier
from bridgewatch.adapters.heartbeats.door import Door
from bridgewatch.core.heartbeats.register import Register
from bridgewatch.model.heartbeats import Answered, Heartbeat, Reception, Watchdog
from bridgewatch.model.secret import Secret, SecretSource
from bridgewatch.views.web.app import make_runner
from bridgewatch.views.web.watchdog import make_watchdog_app
from tests.watchdog.beats import KEY, SECOND, WALL, beat

NHA = Secret(SecretSource.ENVIRONMENT, "NHA")
OTHER = Secret(SecretSource.ENVIRONMENT, "OTHER")
SHORT = Secret(SecretSource.ENVIRONMENT, "SHORT")
GONE = Secret(SecretSource.ENVIRONMENT, "GONE")
SECRETS = {NHA: KEY, OTHER: KEY[::-1], SHORT: "short"}


class House:
    """A watchdog's door over a register whose clocks stand still."""

    def __init__(self) -> None:
        self.register = Register(["nha", "xa", "no-key"], 60.0, 0)
        self.door = Door(lambda: {"nha": NHA, "xa": OTHER, "no-key": GONE}, self.take, SECRETS.__getitem__)
        self.base = ""

    def take(self, heartbeat: Heartbeat) -> Reception:
        return self.register.take(heartbeat, SECOND, WALL)

    def heard(self) -> object:
        """All that a heartbeat may change."""
        return self.register.standings(2 * SECOND), self.register.remembered(2 * SECOND, WALL)


def served(play: Callable[[House, ClientSession], Awaitable[None]]) -> None:
    async def main() -> None:
        house = House()
        app = make_watchdog_app(
            lambda openmetrics: b"# EOF\n" if openmetrics else b"",
            lambda: (True, "watching"),
            {wire.PATH: house.door.application()},
            longest_body=wire.LONGEST,
        )
        runner = make_runner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        house.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with ClientSession(cookie_jar=DummyCookieJar()) as client:
                await play(house, client)
        finally:
            await runner.cleanup()

    asyncio.run(main())


async def post(
    house: House, client: ClientSession, body: bytes, signature: str, vantage: str = "nha"
) -> tuple[int, dict[str, Any]]:
    headers = {wire.VANTAGE: vantage, wire.SIGNATURE: signature}
    async with client.post(f"{house.base}{wire.PATH}", data=body, headers=headers) as answer:
        return answer.status, await answer.json()


def test_a_signed_heartbeat_is_counted_once() -> None:
    async def play(house: House, client: ClientSession) -> None:
        body = wire.encode(beat())
        status, told = await post(house, client, body, wire.sign(KEY, body))
        assert (status, told["reception"]) == (200, "accepted")
        before = house.heard()
        status, told = await post(house, client, body, wire.sign(KEY, body))
        assert (status, told["reception"]) == (409, "replayed")
        assert house.heard() == before
        assert house.door.counts == {("nha", Reception.ACCEPTED): 1, ("nha", Reception.REPLAYED): 1}

    served(play)


def test_nothing_that_is_forged_cut_short_or_signed_by_another_changes_anything() -> None:
    async def play(house: House, client: ClientSession) -> None:
        first = wire.encode(beat(1))
        await post(house, client, first, wire.sign(KEY, first))
        before = house.heard()
        body = wire.encode(beat(2))
        good = wire.sign(KEY, body)
        changed = wire.encode(beat(3))
        foreign = wire.sign(KEY[::-1], body)
        for sent, signature, vantage in (
            (body, "", "nha"),
            (body, "0" * 64, "nha"),
            (body, good[:-1], "nha"),
            (body, good[:-1] + ("0" if good[-1] != "0" else "1"), "nha"),
            (body, good.upper(), "nha"),
            (body, foreign, "nha"),
            (body, foreign, "xa"),  # signed by xa, but it speaks of nha
            (body, good, "xa"),
            (body, good, "ai"),
            (body, good, ""),
            (body, good, "no-key"),
            (body[:-1], good, "nha"),
            (body + b" ", good, "nha"),
            (changed, good, "nha"),
            (b"", good, "nha"),
            (b"[" * 60_000, good, "nha"),
        ):
            status, told = await post(house, client, sent, signature, vantage)
            assert status in {403, 422}, told
            assert told["reception"] in {"forged", "malformed"}
            assert house.heard() == before
        assert (await post(house, client, body, good))[0] == 200

    served(play)


def test_what_a_stranger_says_of_themselves_is_neither_kept_nor_logged(caplog) -> None:
    async def play(house: House, _: ClientSession) -> None:
        for number in range(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(house.base.rpartition(":")[2]))
            vantage = b"caf\xe9-\xff%d" % number
            writer.write(
                b"POST /heartbeat HTTP/1.1\r\nHost: dog\r\nContent-Length: 2\r\nConnection: close\r\n"
                b"X-Bridgewatch-Vantage: " + vantage + b"\r\nX-Bridgewatch-Signature: \xff\xfe\r\n\r\n{}"
            )
            assert b" 403 " in await reader.readline()
            writer.close()
            await writer.wait_closed()
        assert house.door.counts == {("", Reception.FORGED): 20}

    with caplog.at_level(logging.INFO):
        served(play)
    assert len(caplog.records) == 1
    assert "caf" not in caplog.text


def test_whoever_cannot_sign_does_not_learn_who_is_watched() -> None:
    async def play(house: House, client: ClientSession) -> None:
        body = wire.encode(beat())
        answers = [await post(house, client, body, "0" * 64, name) for name in ("nha", "ai", "no-key")]
        assert answers[0] == answers[1] == answers[2]

    served(play)


def test_what_is_signed_and_yet_no_heartbeat_is_refused_with_the_reason() -> None:
    async def play(house: House, client: ClientSession) -> None:
        before = house.heard()
        good = json.loads(wire.encode(beat()))
        for change in (
            {"sequence": "1"},
            {"sequence": -1},
            {"vitals": {**good["vitals"], "looked": -0.1}},
            {"vitals": {**good["vitals"], "looked": None}},
            {"back_within": 1e9},
            {"every": 1e9},
            {"vitals": None},
            {"boot": None},
        ):
            body = json.dumps({**good, **change}).encode()
            status, told = await post(house, client, body, wire.sign(KEY, body))
            assert (status, told["reception"]) == (422, "malformed"), change
            assert told["detail"]
        for body in (b"NaN", b"null", b"\xff\xfe", wire.encode(beat()).replace(b"0.01", b"NaN")):
            assert (await post(house, client, body, wire.sign(KEY, body)))[0] == 422, body
        assert house.heard() == before

    served(play)


def test_a_body_that_is_too_large_is_not_read_and_nothing_else_is_answered() -> None:
    async def play(house: House, client: ClientSession) -> None:
        body = b" " * (wire.LONGEST + 1)
        headers = {wire.VANTAGE: "nha", wire.SIGNATURE: "0" * 64}
        async with client.post(f"{house.base}{wire.PATH}", data=body, headers=headers) as answer:
            assert answer.status == 413
        for method, path, status in (("GET", wire.PATH, 405), ("PUT", wire.PATH, 405), ("GET", "/", 404)):
            async with client.request(method, f"{house.base}{path}") as answer:
                assert answer.status == status
        async with client.get(f"{house.base}/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "watching\n")

    served(play)


def test_a_flood_is_turned_away(caplog: pytest.LogCaptureFixture) -> None:
    async def play(house: House, client: ClientSession) -> None:
        statuses = [(await post(house, client, b"{}", "0" * 64))[0] for _ in range(80)]
        assert statuses.count(429) >= 20
        assert set(statuses) == {403, 429}

    with caplog.at_level(logging.INFO):
        served(play)
    assert len(caplog.records) == 1


def test_newer_daemons_may_say_more_than_this_watchdog_knows() -> None:
    told = json.loads(wire.encode(beat()))
    told["new"] = told["vitals"]["newer"] = 1
    assert wire.decode(json.dumps(told).encode()) == beat()


@given(
    st.builds(
        replace,
        st.just(beat()),
        sequence=st.integers(0, 2**62),
        back_within=st.none() | st.floats(0, 3600),
        vitals=st.builds(
            replace,
            st.just(beat().vitals),
            oldest=st.none() | st.floats(0, 1e9),
            live=st.lists(st.text(max_size=20), max_size=4).map(tuple),
        ),
    )
)
def test_a_heartbeat_comes_out_of_its_octets_as_it_went_in(heartbeat: Heartbeat) -> None:
    assert wire.decode(wire.encode(heartbeat)) == heartbeat


@given(st.data())
def test_no_octet_of_a_body_and_no_character_of_a_key_can_be_changed(data: st.DataObject) -> None:
    body = wire.encode(beat())
    signature = wire.sign(KEY, body)
    assert wire.verify(KEY, body, signature)
    index = data.draw(st.integers(0, len(body) - 1))
    octet = data.draw(st.integers(0, 255).filter(lambda value: value != body[index]))
    assert not wire.verify(KEY, body[:index] + bytes([octet]) + body[index + 1 :], signature)
    assert not wire.verify(f"{KEY}x", body, signature)


def test_a_key_that_could_be_guessed_signs_nothing() -> None:
    with pytest.raises(wire.WeakKeyError):
        wire.sign("short", b"")


def send(url: str, key: Secret = NHA, heartbeat: Heartbeat | None = None) -> tuple[Answered, str]:
    async def main() -> tuple[Answered, str]:
        courier = Courier(SECRETS.__getitem__)
        try:
            return await courier.send(Watchdog(url, key, 0.5), heartbeat or beat())
        finally:
            await courier.close()

    return asyncio.run(main())


def test_a_courier_tells_what_became_of_a_heartbeat() -> None:
    async def play(house: House, _: ClientSession) -> None:
        courier = Courier(SECRETS.__getitem__)
        try:
            assert await courier.send(Watchdog(house.base, NHA), beat(1)) == (Answered.ACCEPTED, "")
            answered, why = await courier.send(Watchdog(house.base, NHA), beat(1))
            assert (answered, why) == (Answered.REFUSED, "it came before, or two daemons have this vantage")
            answered, why = await courier.send(Watchdog(house.base, OTHER), beat(2))
            assert (answered, why) == (Answered.REFUSED, "the signature is not right")
            answered, why = await courier.send(Watchdog(house.base, NHA), beat(2, sent_ns=0))
            assert answered is Answered.REFUSED
            assert "clocks" in why
            answered, why = await courier.send(Watchdog(f"{house.base}/elsewhere", NHA), beat(3))
            assert (answered, why) == (Answered.FAILED, "what answers there is no watchdog: HTTP status 404")
        finally:
            await courier.close()

    served(play)


def test_a_courier_never_raises_and_never_shows_a_key() -> None:
    for url, key in (
        ("http://127.0.0.1:1", NHA),
        ("http://127.0.0.1:1", SHORT),
        ("http://127.0.0.1:1", GONE),
        ("http://nowhere.invalid", NHA),
        ("not a url", NHA),
    ):
        answered, why = send(url, key)
        assert answered is Answered.FAILED
        assert why
        assert KEY not in why
        assert "short" not in why


def test_a_courier_does_not_wait_for_one_who_says_nothing() -> None:
    async def main() -> tuple[Answered, str]:
        async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await ended.wait()
            writer.close()

        ended = asyncio.Event()
        server = await asyncio.start_server(hang, "127.0.0.1", 0)
        courier = Courier(SECRETS.__getitem__)
        try:
            port = server.sockets[0].getsockname()[1]
            return await courier.send(Watchdog(f"http://127.0.0.1:{port}", NHA, 0.2), beat())
        finally:
            ended.set()
            await courier.close()
            server.close()
            await server.wait_closed()

    assert asyncio.run(main()) == (Answered.FAILED, "no answer within 0.2 s")
