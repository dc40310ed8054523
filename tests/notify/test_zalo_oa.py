"""Zalo OA: HTTP 200 that is an error, and refresh tokens that work once."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from bridgewatch.adapters.notify.sender import Notifier
from tests.notify.conftest import Send
from tests.notify.gateways import Answer, HttpGateways
from tests.notify.orders import TEXT, attempt, zalo_oa


def test_the_first_message_gets_a_token_first_and_later_ones_use_it(far: HttpGateways, send: Send) -> None:
    for number in (1, 2, 3):
        assert send(zalo_oa(far.url), "42", message=f"m-{number}").delivered
    assert far.refreshes == 1
    assert [got.headers["access_token"] for got in far.received] == ["zalo-access-1"] * 3


def test_an_expired_token_is_refreshed_and_the_message_goes_in_the_same_attempt(
    far: HttpGateways, send: Send
) -> None:
    assert send(zalo_oa(far.url), "42").delivered
    far.access_token = None  # what -216 is about
    assert send(zalo_oa(far.url), "42", number=2).delivered
    assert far.refreshes == 2
    assert [got.accepted for got in far.received] == [True, False, True]


def test_a_refresh_that_does_not_help_is_passing_and_tried_once(far: HttpGateways, send: Send) -> None:
    assert send(zalo_oa(far.url), "42").delivered
    expired = Answer(200, {"error": -216, "message": "Access token has expired"})
    far.script("zalo-oa", expired, expired)
    result = send(zalo_oa(far.url), "42")
    assert (result.delivered, result.permanent) == (False, False)
    assert far.refreshes == 2


def test_the_new_pair_is_kept_for_nobody_else_to_read(far: HttpGateways, send: Send, tmp_path: Path) -> None:
    assert send(zalo_oa(far.url), "42").delivered
    (file,) = tmp_path.glob("zalo-*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = json.loads(file.read_text())
    assert (kept["access_token"], kept["refresh_token"]) == ("zalo-access-1", "zalo-refresh-1")
    assert not list(tmp_path.glob("*.new"))


def test_a_used_refresh_token_is_loud_permanent_and_healed_by_a_new_one(
    far: HttpGateways, send: Send, monkeypatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    assert send(zalo_oa(far.url), "42").delivered
    (file,) = tmp_path.glob("zalo-*.json")
    file.unlink()  # the pair is lost: only the used seed is left
    result = send(zalo_oa(far.url), "42")
    assert (result.delivered, result.permanent) == (False, True)
    assert "-14020" in result.detail
    assert [record.levelname for record in caplog.records if "-14020" in record.message] == ["CRITICAL"]
    far.refresh_token = "zalo-refresh-by-hand"
    monkeypatch.setenv("ZALO_SEED", "zalo-refresh-by-hand")
    assert send(zalo_oa(far.url), "42").delivered


def test_a_refresh_that_fails_for_now_is_passing(far: HttpGateways, send: Send) -> None:
    far.script("zalo-oauth", Answer(503), Answer(200, {"error": -1, "error_name": "busy"}))
    for _ in range(2):
        result = send(zalo_oa(far.url), "42")
        assert (result.delivered, result.permanent) == (False, False)
    assert send(zalo_oa(far.url), "42").delivered


def test_many_at_once_refresh_once(far: HttpGateways, tmp_path: Path) -> None:
    """Two daemons' worth of senders share the lock: a refresh token used twice would be lost."""

    async def burst() -> list[bool]:
        gateway = zalo_oa(far.url)
        senders = [Notifier(tmp_path), Notifier(tmp_path)]
        orders = [attempt("42", to=gateway, message=f"m-{number}") for number in range(8)]
        results = await asyncio.gather(
            *(sender.send(order, gateway, TEXT) for sender in senders for order in orders)
        )
        return [result.delivered for result in results]

    assert all(asyncio.run(burst()))
    assert far.refreshes == 1


@pytest.mark.parametrize(
    ("user", "said"), [("230", "seven days"), ("234", "22:00"), ("404", "does not follow")]
)
def test_what_zalo_will_not_deliver_is_permanent_although_http_says_200(
    far: HttpGateways, send: Send, user: str, said: str
) -> None:
    result = send(zalo_oa(far.url), user)
    assert (result.delivered, result.permanent) == (False, True)
    assert said in result.detail


@pytest.mark.parametrize("answer", [Answer(200, {"error": -32}), Answer(200, {}), Answer(502)])
def test_other_answers_are_passing(far: HttpGateways, send: Send, answer: Answer) -> None:
    assert send(zalo_oa(far.url), "42").delivered
    far.script("zalo-oa", answer)
    result = send(zalo_oa(far.url), "42")
    assert (result.delivered, result.permanent) == (False, False)


def test_without_a_state_directory_it_says_so(far: HttpGateways) -> None:
    gateway = zalo_oa(far.url)
    result = asyncio.run(Notifier(None).send(attempt("42", to=gateway), gateway, TEXT))
    assert result.permanent
    assert "state directory" in result.detail
