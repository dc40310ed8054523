"""Telegram, Zalo Bot, webhooks and other Apprise URLs against a server that behaves as they document."""

import pytest

from bridgewatch.model.delivery import Text
from bridgewatch.model.paging import GatewayKind
from bridgewatch.model.people import Gateway
from tests.notify.conftest import Send
from tests.notify.gateways import Answer, Hang, HttpGateways
from tests.notify.orders import TEXT, gateway, telegram, webhook, zalo_bot, zalo_oa

BOTS = [telegram, zalo_bot]


@pytest.mark.parametrize("bot", BOTS)
def test_a_page_arrives_with_title_and_text(far: HttpGateways, send: Send, bot) -> None:
    assert send(bot(far.url), "4242").delivered
    (got,) = far.received
    assert got.gateway == bot(far.url).kind.value
    assert got.address == "4242"
    for part in ("[K7F2]", "Điểm cầu", "xã Ia Pê", "_kết_"):
        assert part in got.text


@pytest.mark.parametrize("chat", [zalo_bot, zalo_oa])
def test_a_reply_without_a_title_arrives_as_it_is_written(far: HttpGateways, send: Send, chat) -> None:
    text = "K7F2: đã ghi nhận, anh/chị nhận xử lý."
    assert send(chat(far.url), "4242", Text("", text)).delivered
    assert [got.text for got in far.received] == [text]


def test_telegram_shows_signs_of_markup_as_they_are(far: HttpGateways, send: Send) -> None:
    assert send(telegram(far.url), "4242").delivered
    (got,) = far.received
    assert got.body["parse_mode"] == "HTML"
    assert "&lt;mất&gt; &amp; _kết_" in got.text


@pytest.mark.parametrize("bot", BOTS)
@pytest.mark.parametrize(("chat", "said"), [("404", "chat not found"), ("403", "blocked by the user")])
def test_an_unknown_or_blocked_chat_is_permanent(far: HttpGateways, send: Send, bot, chat, said) -> None:
    result = send(bot(far.url), chat)
    assert (result.delivered, result.permanent) == (False, True)
    assert said in result.detail


@pytest.mark.parametrize("bot", BOTS)
@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_or_broken_gateway_is_passing_and_the_next_try_goes_through(
    far: HttpGateways, send: Send, bot, status
) -> None:
    made: Gateway = bot(far.url)
    far.script(made.kind.value, Answer(status, {"ok": False, "description": "Too Many Requests"}))
    first = send(made, "4242")
    assert (first.delivered, first.permanent) == (False, False)
    assert str(status) in first.detail
    assert send(made, "4242", number=2).delivered


@pytest.mark.parametrize("bot", BOTS)
def test_a_wrong_token_is_permanent(far: HttpGateways, send: Send, bot, monkeypatch) -> None:
    for name in ("TELEGRAM_TOKEN", "ZALO_BOT_TOKEN"):
        monkeypatch.setenv(name, "555:another-token-of-no-bot-that-is-known")
    result = send(bot(far.url), "4242")
    assert result.permanent
    assert "401" in result.detail


@pytest.mark.parametrize("bot", BOTS)
def test_a_token_of_no_sense_is_permanent_and_not_repeated(send: Send, bot, monkeypatch) -> None:
    for name in ("TELEGRAM_TOKEN", "ZALO_BOT_TOKEN"):
        monkeypatch.setenv(name, "hush-hush")
    result = send(bot("http://127.0.0.1:1"), "4242")
    assert result.permanent
    assert "hush" not in result.detail


def test_an_address_that_is_no_chat_is_permanent(far: HttpGateways, send: Send) -> None:
    for address in ("no such chat!", "1, 2", ""):
        result = send(telegram(far.url), address)
        assert result.permanent
        assert "address" in result.detail
    assert not far.received


def test_nobody_listening_is_passing(far: HttpGateways, send: Send) -> None:
    far.stop()
    for made in (telegram(far.url), zalo_bot(far.url), webhook(far.url)):
        result = send(made, "4242")
        assert (result.delivered, result.permanent) == (False, False)
        assert "refused" in result.detail


def test_a_webhook_gets_ids_kind_urgency_and_codes(far: HttpGateways, send: Send) -> None:
    assert send(webhook(far.url), "noc", number=2).delivered
    (got,) = far.received
    assert got.id == "m-0001"
    expected = {
        "kind": "page",
        "attempt": 2,
        "urgency": "dark",
        "contact": "duty",
        "incidents": ["i-1"],
        "codes": ["K7F2"],
        "title": TEXT.title,
        "message": TEXT.body,
    }
    assert {key: got.body[key] for key in expected} == expected
    assert got.headers["Authorization"] == "Bearer webhook-bearer-token"


def test_a_webhooks_key_is_the_same_at_every_try_and_another_for_each_receiver(
    far: HttpGateways, send: Send
) -> None:
    for name, number in (("a", 1), ("a", 2), ("b", 1)):
        assert send(webhook(far.url), name, number=number).delivered
    keys = [got.headers["Idempotency-Key"] for got in far.received]
    assert keys[0] == keys[1] != keys[2]


def test_a_webhooks_address_can_be_the_whole_url(far: HttpGateways, send: Send) -> None:
    made = gateway(GatewayKind.WEBHOOK, {})
    assert send(made, f"{far.url}/hook/whole?room=1").delivered
    assert far.received[0].address == "whole"
    assert send(made, "ftp://127.0.0.1/x").permanent


def test_an_address_cannot_leave_its_place_in_a_webhooks_url(far: HttpGateways, send: Send) -> None:
    assert send(webhook(far.url), "../v1/x?y").delivered
    assert far.received[0].address == "../v1/x?y"


def test_a_webhook_that_hangs_is_given_up_at_the_time_limit(far: HttpGateways, send: Send) -> None:
    far.script("webhook", Hang())
    result = send(webhook(far.url, timeout=0.3), "noc")
    assert (result.delivered, result.permanent) == (False, False)


def test_a_redirect_is_not_followed(far: HttpGateways, send: Send) -> None:
    far.script("webhook", Answer(302))
    assert send(webhook(far.url), "noc").permanent
    assert not far.received


def test_any_url_of_apprise_works_with_address_and_secrets_filled_in(far: HttpGateways, send: Send) -> None:
    url = far.url.replace("http://", "json://user:{token}@") + "/hook/{address}?retry=9"
    made = gateway(GatewayKind.APPRISE, {"url": url}, {"token": "WEBHOOK_TOKEN"})
    assert send(made, "phòng họp").delivered
    assert far.received[0].address == "phòng họp"
    far.script("webhook", *[Answer(500)] * 2)
    assert not send(made, "x").delivered
    assert len(far.accepted()) == 1  # its own retries are off: the second answer is still to come
    assert send(gateway(GatewayKind.APPRISE, {"url": "nonsense://x"}), "x").permanent


def test_hostile_answers_are_told_in_one_short_line_and_break_nothing(far: HttpGateways, send: Send) -> None:
    hostile = ["\x1b[2J\r\nFake: line" * 50, "[" * 5000, "{", "null", '{"description": 7, "error_code": "x"}']
    for body in hostile:
        far.script("telegram", Answer(400, body))
        result = send(telegram(far.url), "4242", Text("", "x"))
        assert not result.delivered
        assert len(result.detail) <= 200
        assert result.detail.isprintable()
