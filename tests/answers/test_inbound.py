"""Answers that come through gateways: each proves itself as its provider documents, and speaks for one person."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridgewatch.model.commands import Acknowledge, AskHelp, Decline
from bridgewatch.model.delivery import Attempt, Result
from bridgewatch.model.ids import ContactId, GatewayId, IncidentId
from bridgewatch.model.log import Composed
from bridgewatch.model.paging import AckWay
from tests.answers.desk import AN, BINH, DIGEST, HERS, NOW_NS, ONE, PAGE, THREE, TWO
from tests.answers.serving import INBOUND_SECRET, Served, serving
from tests.web.serving import run

SECONDS = NOW_NS // 10**9
Sent = tuple[int, Any]


def told(text: str) -> Any:
    return json.loads(text) if text else None


async def telegram(
    served: Served,
    text: str,
    sender: int = 1001,
    chat: int | None = None,
    secret: str = INBOUND_SECRET,
    **more: object,
) -> Sent:
    message = {
        "message_id": 7,
        "from": {"id": sender},
        "chat": {"id": chat or sender},
        "date": SECONDS,
        "text": text,
    }
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    status, answer = await served.post(
        "/in/tele", json.dumps({"update_id": 1, "message": message | more}), headers
    )
    return status, told(answer)


async def zalo(served: Served, text: str, secret: str = INBOUND_SECRET, *, wrapped: bool = False) -> Sent:
    message = {
        "from": {"id": "z-1"},
        "chat": {"id": "z-1", "chat_type": "PRIVATE"},
        "text": text,
        "date": SECONDS * 1000,
    }
    update: dict[str, object] = {"event_name": "message.text.received", "message": message}
    body = {"ok": True, "result": update} if wrapped else update
    status, answer = await served.post("/in/zalo", json.dumps(body), {"X-Bot-Api-Secret-Token": secret})
    return status, told(answer)


async def zalo_oa(served: Served, text: str, secret: str = INBOUND_SECRET) -> Sent:
    event = {
        "app_id": "4100",
        "event_name": "user_send_text",
        "sender": {"id": "oa-1"},
        "message": {"text": text},
        "timestamp": str(SECONDS * 1000),
    }
    body = json.dumps(event).encode()
    mac = hashlib.sha256(b"4100" + body + str(event["timestamp"]).encode() + secret.encode()).hexdigest()
    status, answer = await served.post("/in/oa", body, {"X-ZEvent-Signature": f"mac={mac}"})
    return status, told(answer)


async def sms(served: Served, text: str, sender: str = "0901000001", secret: str = INBOUND_SECRET) -> Sent:
    status, answer = await served.post(
        "/in/sms", json.dumps({"from": sender, "text": text}), {"X-Gateway-Secret": secret}
    )
    return status, told(answer)


async def stringee(served: Served, key: str, message: Composed, secret: str = INBOUND_SECRET) -> Sent:
    attempt = Attempt(
        message.message,
        1,
        message.kind,
        message.contact,
        GatewayId("goi"),
        "84901000001",
        message.incidents,
        message.urgency,
    )
    url = served.answers.key_press_url(attempt)
    assert url is not None
    body = json.dumps(
        {
            "time": "1530870073736",
            "dtmf": key,
            "call_id": "call-vn-1-X",
            "customField": "",
            "timeout": not key,
        }
    ).encode()
    signature = base64.b64encode(hmac.digest(secret.encode(), body, "sha1")).decode()
    path = url.removeprefix("https://truc.example.vn")
    status, answer = await served.post(path, body, {"X-STRINGEE-SIGNATURE": signature})
    return status, told(answer)


async def until(true: Callable[[], bool]) -> None:
    """Let other tasks run until it is so."""
    for _ in range(10_000):
        if true():
            return
        await asyncio.sleep(0)
    pytest.fail("it never came true")


def in_service(folder: Path, test: Callable[[Served], Awaitable[None]]) -> None:
    async def serve() -> None:
        async with serving(folder) as served:
            await test(served)

    run(serve())


def test_telegram_acknowledges_by_code_for_the_chat_it_comes_from(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        status, reply = await telegram(served, "OK k7p")
        assert status == 200
        assert served.desk.commands == [
            Acknowledge(actor="Nguyễn Văn An", incidents=(ONE,), way=AckWay.CHAT, contact=AN)
        ]
        assert reply == {
            "method": "sendMessage",
            "chat_id": "1001",
            "text": "K7P: đã ghi nhận, anh/chị nhận xử lý.",
        }

    in_service(tmp_path, test)


def test_a_repeated_update_is_harmless_and_gets_the_same_reply(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        first = await telegram(served, "OK K7P")
        before = dict(served.desk.standings)
        assert await telegram(served, "OK K7P") == first
        assert served.desk.standings == before

    in_service(tmp_path, test)


def test_presses_of_two_people_at_once_take_it_once_and_name_who(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        replies = await asyncio.gather(*(telegram(served, "ok M2Q", sender) for sender in (1001, 1002) * 5))
        texts = [reply["text"] for _, reply in replies]
        winner = served.desk.standings[TWO].taken_contact
        assert winner in {AN, BINH}
        loser_hears = "M2Q: Nguyễn Văn An has it." if winner == AN else "M2Q: Trần Thị Bình đã nhận."
        assert texts.count(loser_hears) == 5

    in_service(tmp_path, test)


@pytest.mark.parametrize(("word", "kind"), [("nhận", Acknowledge), ("giúp", AskHelp), ("không", Decline)])
def test_every_gateway_of_text_understands_the_three_answers(tmp_path: Path, word: str, kind: type) -> None:
    async def test(served: Served) -> None:
        for ask in (
            telegram(served, f"{word} K7P"),
            zalo(served, f"K7P {word}"),
            zalo(served, f"K7P {word}", wrapped=True),
            zalo_oa(served, f"{word} K7P"),
            sms(served, f"BW {word} K7P"),
        ):
            assert (await ask)[0] == 200
        assert [type(command) for command in served.desk.commands] == [kind] * 5
        assert {command.way for command in served.desk.commands} == {AckWay.CHAT, AckWay.SMS}

    in_service(tmp_path, test)


def test_who_had_it_and_declines_is_told_that_nobody_has_it_now(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for text in ("OK K7P", "KHONG K7P"):
            assert (await zalo(served, text))[0] == 200
        await until(lambda: len(served.told) == 2)
        assert "Nay chưa ai nhận, đang gọi bước tiếp theo" in " ".join(told[3] for told in served.told)

    in_service(tmp_path, test)


@pytest.mark.parametrize(("write", "gateway", "address"), [(zalo, "zalo", "z-1"), (zalo_oa, "oa", "oa-1")])
def test_who_writes_to_zalo_is_told_by_a_call_that_keeps_nobody_waiting(
    tmp_path: Path, write: Callable[..., Awaitable[Sent]], gateway: str, address: str
) -> None:
    async def test(served: Served) -> None:
        served.listening.clear()  # the call hangs, the response does not
        for text in ("OK K7P", "what?", "GIUP ZZZZ"):
            assert (await write(served, text))[0] == 200
        served.listening.set()
        await until(lambda: len(served.told) == 3)
        assert {told[:3] for told in served.told} == {(gateway, AN, address)}
        taken, unclear, nothing = (told[3] for told in served.told)
        assert taken == "K7P: đã ghi nhận, anh/chị nhận xử lý."
        assert unclear.startswith("Chưa hiểu. Trả lời MÃ kèm OK")
        assert nothing == "Chưa ghi nhận gì: không có sự cố ZZZZ đang gọi anh/chị."

    in_service(tmp_path, test)


def test_a_reply_that_fails_is_counted_and_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(served: Served) -> None:
        served.heard = Result(delivered=False, permanent=True, detail="-230 more than seven days ago")
        assert (await zalo_oa(served, "OK K7P"))[0] == 200
        await until(lambda: served.answers.inbound.counts["oa", "no-reply"] == 1)
        assert served.desk.takers()[ONE] == "Nguyễn Văn An"

    with caplog.at_level(logging.WARNING):
        in_service(tmp_path, test)
    assert "an could not be told: -230" in caplog.text


def test_replies_that_hang_are_bounded(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        served.listening.clear()
        for _ in range(40):
            await zalo(served, "what?")
        assert len(served.told) == 32
        assert served.answers.inbound.counts["zalo", "no-reply"] == 8
        served.listening.set()

    in_service(tmp_path, test)


def test_strangers_are_told_nothing(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        directory = served.desk.inventory.directory
        served.desk.inventory = replace(served.desk.inventory, directory=replace(directory, contacts={}))
        assert (await zalo(served, "OK K7P"))[0] == 200
        assert served.told == []
        assert served.answers.inbound.counts["zalo", "nobody"] == 1

    in_service(tmp_path, test)


def test_a_key_answers_the_message_of_the_call(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        status, reply = await stringee(served, "1", served.desk.messages[DIGEST])
        assert status == 200
        assert [action["action"] for action in reply] == ["talk"]
        assert "K7P" in reply[0]["text"]
        assert served.desk.commands == [
            Acknowledge(
                actor="Nguyễn Văn An", incidents=(ONE, TWO), way=AckWay.VOICE, contact=AN, message=DIGEST
            )
        ]
        assert served.desk.takers()[THREE] is None

    in_service(tmp_path, test)


@pytest.mark.parametrize("key", ["", "9", "#", "0"])
def test_no_key_or_another_one_answers_nothing(tmp_path: Path, key: str) -> None:
    async def test(served: Served) -> None:
        assert (await stringee(served, key, served.desk.messages[PAGE]))[0] == 200
        assert served.desk.commands == []

    in_service(tmp_path, test)


def test_a_key_with_a_tampered_token_answers_nothing(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        composed = served.desk.messages[PAGE]
        served.desk.messages[PAGE] = served.desk.messages[HERS]
        assert (await stringee(served, "1", composed))[1] == {}
        assert served.desk.commands == []
        assert served.answers.inbound.counts["goi", "nobody"] == 1

    in_service(tmp_path, test)


@pytest.mark.parametrize("secret", ["", "wrong", INBOUND_SECRET[:-1], INBOUND_SECRET + "x"])
def test_a_gateway_that_does_not_prove_itself_is_no_gateway(tmp_path: Path, secret: str) -> None:
    async def test(served: Served) -> None:
        nowhere = await served.post("/in/nowhere", b"{}")
        for ask in (
            telegram(served, "OK K7P", secret=secret),
            zalo(served, "OK K7P", secret),
            zalo_oa(served, "OK K7P", secret),
            sms(served, "OK K7P", secret=secret),
            stringee(served, "1", served.desk.messages[PAGE], secret),
        ):
            assert await ask == (nowhere[0], told(nowhere[1]))
        assert served.desk.commands == []

    in_service(tmp_path, test)


@pytest.mark.parametrize("value", ["", " \n"])
def test_an_empty_secret_opens_no_door(tmp_path: Path, value: str) -> None:
    async def test(served: Served) -> None:
        served.secrets = dict.fromkeys(served.secrets, value)
        for secret in ("", value):
            assert (await zalo_oa(served, "OK K7P", secret))[0] == 404
            assert (await stringee(served, "1", served.desk.messages[PAGE], secret))[0] == 404
        assert (await telegram(served, "OK K7P", secret=""))[0] == 404
        served.secrets = {}
        assert (await telegram(served, "OK K7P"))[0] == 404
        assert served.answers.inbound.counts["tele", "no-secret"] == 1

    in_service(tmp_path, test)


def test_a_stranger_answers_nothing_and_is_counted_without_being_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(served: Served) -> None:
        assert await sms(served, "BW OK K7P", "0907654321") == (200, {})
        assert await telegram(served, "OK K7P", 9_999) == (200, {})

    with caplog.at_level(logging.WARNING):
        in_service(tmp_path, test)
    assert "...321" in caplog.text
    assert "0907654321" not in caplog.text
    assert INBOUND_SECRET not in caplog.text


def test_a_flood_of_strangers_floods_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def test(served: Served) -> None:
        for _ in range(50):
            await sms(served, "BW OK K7P", "0907654321")
        assert served.answers.inbound.counts["sms", "nobody"] == 50

    with caplog.at_level(logging.WARNING):
        in_service(tmp_path, test)
    assert len(caplog.records) < 10


def test_in_a_group_it_is_the_sender_who_answers(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        await telegram(served, "OK M2Q", sender=1002, chat=-500)
        assert served.desk.standings[TWO].taken_contact == BINH
        assert (await telegram(served, "OK K7P", sender=7, chat=-500))[1] == {}

    in_service(tmp_path, test)


def test_whoever_writes_in_the_group_of_a_desk_answers_for_the_desk(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        await telegram(served, "OK K7P", sender=7, chat=1001)
        assert served.desk.standings[ONE].taken_contact == AN

    in_service(tmp_path, test)


def test_an_old_update_is_not_about_a_new_fault(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        _, reply = await telegram(served, "OK K7P", date=SECONDS - 3600)
        assert reply["text"] == "Chưa ghi nhận gì: không có sự cố K7P đang gọi anh/chị."
        assert served.desk.commands == []

    in_service(tmp_path, test)


def test_what_is_unclear_is_answered_with_how_to_answer(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        assert "Trả lời MÃ" in (await telegram(served, "chào"))[1]["text"]
        assert "K7P M2Q" in (await telegram(served, "OK"))[1]["text"]
        assert "CODE" in (await telegram(served, "hello", 1002))[1]["text"]
        served.desk.over(ONE)
        assert (await telegram(served, "OK K7P"))[1]["text"] == "K7P: đã kết thúc."

    in_service(tmp_path, test)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"message": 1}', b"[" * 60_000, b"\xff\xfe"])
def test_hostile_bodies_are_no_answers(tmp_path: Path, body: bytes) -> None:
    async def test(served: Served) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": INBOUND_SECRET, "X-Gateway-Secret": INBOUND_SECRET}
        for path in ("/in/tele", "/in/sms", "/in/oa", "/in/goi"):
            assert (await served.post(path, body, headers))[0] in {200, 400, 404}
        assert served.desk.commands == []

    in_service(tmp_path, test)


@pytest.mark.parametrize(
    ("settings", "path", "headers"),
    [
        ({"inbound_auth": "path"}, f"/in/sms/{INBOUND_SECRET}", {}),
        ({"inbound_header": "Authorization"}, "/in/sms", {"Authorization": f"Bearer {INBOUND_SECRET}"}),
        (
            {"inbound_auth": "hmac", "inbound_header": "X-Hub-Signature-256"},
            "/in/sms",
            {"X-Hub-Signature-256": "HMAC"},
        ),
    ],
)
def test_an_sms_gateway_proves_itself_in_its_own_way_and_posts_a_form(
    tmp_path: Path, settings: dict[str, str], path: str, headers: dict[str, str]
) -> None:
    async def test(served: Served) -> None:
        gateways = served.desk.inventory.directory.gateways
        fields = {"inbound_from": "msisdn", "inbound_text": "content"}
        object.__setattr__(gateways[GatewayId("sms")], "settings", settings | fields)
        body = b"msisdn=84901000001&content=OK+K7P"
        mac = hmac.digest(INBOUND_SECRET.encode(), body, "sha256").hex()
        sent = {key: value.replace("HMAC", f"sha256={mac}") for key, value in headers.items()}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await served.post("/in/sms" if path != "/in/sms" else "/in/sms/x", body, form))[0] == 404
        status, reply = await served.post(path, body, sent | form)
        assert status == 200
        assert told(reply) == {"reply": "K7P: da ghi nhan, anh/chi nhan xu ly."}
        assert served.desk.takers()[ONE] == "Nguyễn Văn An"

    in_service(tmp_path, test)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", None])
def test_json_is_read_whatever_its_header_calls_it(tmp_path: Path, kind: str | None) -> None:
    async def test(served: Served) -> None:
        headers = {"X-Gateway-Secret": INBOUND_SECRET} | ({"Content-Type": kind} if kind else {})
        body = json.dumps({"from": "0901000001", "text": "OK K7P"}).encode()
        status, reply = await served.post("/in/sms", body, headers)
        # The gateway's form is `short`: no diacritics.
        assert (status, told(reply)) == (200, {"reply": "K7P: da ghi nhan, anh/chi nhan xu ly."})

    in_service(tmp_path, test)


def test_what_cannot_be_read_is_told_counted_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(served: Served) -> None:
        caplog.set_level(logging.INFO)
        headers = {"X-Gateway-Secret": INBOUND_SECRET}
        for body in (b"", b"from", b"\xff", b"[1]", b'{"msisdn": "0901000001", "content": "OK"}', b"a=b"):
            status, answer = await served.post("/in/sms", body, headers)
            assert status == 400
            assert told(answer)["error"]
        assert served.answers.inbound.counts["sms", "malformed"] == 6
        assert (await sms(served, "OK K7P"))[0] == 200
        assert [record.levelname for record in caplog.records if "read" in record.message] == [
            "WARNING",
            "INFO",
        ]
        assert (await served.post("/in/sms", b"", {}))[0] == 404

    in_service(tmp_path, test)


def test_a_one_way_gateway_takes_no_answers(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        gateways = served.desk.inventory.directory.gateways
        object.__setattr__(gateways[GatewayId("tele")], "answers", frozenset({AckWay.LINK}))
        assert (await telegram(served, "OK K7P"))[0] == 404

    in_service(tmp_path, test)


def test_looking_at_a_gateways_door_does_nothing(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for path in ("/in/tele", f"/in/sms/{INBOUND_SECRET}"):
            assert (await served.get(path))[0] == 405
        assert ContactId("an") in served.desk.inventory.directory.contacts
        assert served.desk.takers()[IncidentId("i1")] is None

    in_service(tmp_path, test)
