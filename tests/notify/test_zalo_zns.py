"""Zalo ZNS: approved templates to phone numbers, and tokens shared with the account's other gateway."""

import asyncio
from pathlib import Path

import pytest

from bridgewatch.adapters.notify.sender import Notifier
from bridgewatch.model.delivery import Text
from bridgewatch.model.paging import MessageKind, TextForm
from bridgewatch.texts.messages.compose import compose
from tests.notify.conftest import Send
from tests.notify.gateways import Answer, HttpGateways
from tests.notify.gateways.http import ZNS_TEMPLATE
from tests.notify.orders import attempt, zalo_oa, zalo_zns
from tests.texts.briefs import brief

PAGE = compose(brief(), TextForm.SHORT)


def test_a_page_goes_by_its_template_with_the_parts_of_the_message(far: HttpGateways, send: Send) -> None:
    assert send(zalo_zns(far.url), "0900 000 001", PAGE).delivered
    (got,) = far.received
    assert (got.address, got.body["template_id"]) == ("84900000001", ZNS_TEMPLATE)
    assert got.body["template_data"] == {
        "ma": "K7F2",
        "noi_dung": "Điểm cầu mất kết nối: UBND xã Ia Pê, TSLCD VNPT",
    }
    assert got.headers["access_token"] == "zalo-access-1"


def test_the_tracking_id_is_the_same_at_every_try(far: HttpGateways, send: Send) -> None:
    for number in (1, 2):
        assert send(zalo_zns(far.url), "+84900000001", PAGE, number=number).delivered
    assert send(zalo_zns(far.url), "84900000001", PAGE, message="m-0002").delivered
    first, again, other = (got.id for got in far.received)
    assert first == again != other


def test_a_part_may_be_cut_to_what_the_template_takes(far: HttpGateways, send: Send) -> None:
    long = Text("", "text", ("K7F2",), {**PAGE.fields, "code": "K7F2 " * 20})
    assert send(zalo_zns(far.url), "84900000001", long).delivered
    assert len(far.received[0].body["template_data"]["ma"]) == 30


@pytest.mark.parametrize(
    ("kind", "templates", "chosen"),
    [
        (MessageKind.RECOVERED, ("page", "recovered"), "recovered"),
        (MessageKind.DIGEST, ("page", "any"), "page"),
        (MessageKind.DIGEST, ("page", "digest"), "digest"),
        (MessageKind.TAKEN, ("page", "any"), "any"),
    ],
)
def test_each_kind_of_message_has_its_template_or_the_one_for_any(
    far: HttpGateways, send: Send, kind: MessageKind, templates: tuple[str, ...], chosen: str
) -> None:
    made = zalo_zns(far.url, {name: {"id": name, "params": {}} for name in templates})
    send(made, "84900000001", PAGE, kind=kind)
    assert far.received[0].body["template_id"] == chosen


def test_a_kind_without_a_template_is_not_sent(far: HttpGateways, send: Send) -> None:
    result = send(zalo_zns(far.url), "84900000001", PAGE, kind=MessageKind.RECOVERED)
    assert (result.delivered, result.permanent) == (False, True)
    assert "no template is for messages of the kind recovered" in result.detail
    assert far.received == []


def test_what_a_message_has_nothing_of_is_a_dash(far: HttpGateways, send: Send) -> None:
    test = Text("", "Tin thu", (), {"code": "-", "what": "Tin thử", "where": "-"})
    any_kind = {"any": {"id": ZNS_TEMPLATE, "params": {"ma": "{code}", "noi_dung": "{what}: {text}"}}}
    assert send(zalo_zns(far.url, any_kind), "84900000001", test, kind=MessageKind.TEST).delivered
    assert far.received[0].body["template_data"] == {"ma": "-", "noi_dung": "Tin thử: Tin thu"}


def test_an_expired_token_is_refreshed_and_the_message_goes_in_the_same_attempt(
    far: HttpGateways, send: Send
) -> None:
    assert send(zalo_zns(far.url), "84900000001", PAGE).delivered
    far.access_token = None
    assert send(zalo_zns(far.url), "84900000001", PAGE, number=2).delivered
    assert far.refreshes == 2


def test_both_gateways_of_an_account_use_up_one_refresh_token(far: HttpGateways, tmp_path: Path) -> None:
    async def burst() -> list[bool]:
        sender = Notifier(tmp_path)
        gateways = [zalo_oa(far.url), zalo_zns(far.url)] * 4
        results = await asyncio.gather(
            *(
                sender.send(attempt("84900000042", to=one, message=f"m-{number}"), one, PAGE)
                for number, one in enumerate(gateways)
            )
        )
        return [result.delivered for result in results]

    assert all(asyncio.run(burst()))
    assert far.refreshes == 1
    assert len(list(tmp_path.glob("zalo-*.json"))) == 1


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        ("84900000118", "nobody has Zalo"),
        ("0901", "no Vietnamese phone number"),
        ("an@example.vn", "no Viet"),
    ],
)
def test_a_phone_that_cannot_be_reached_is_permanent(
    far: HttpGateways, send: Send, phone: str, said: str
) -> None:
    result = send(zalo_zns(far.url), phone, PAGE)
    assert (result.delivered, result.permanent) == (False, True)
    assert said in result.detail


@pytest.mark.parametrize("error", [-109, -115, -117, -131, -133, -144, -1122])
def test_what_zalo_will_not_deliver_is_permanent_although_http_says_200(
    far: HttpGateways, send: Send, error: int
) -> None:
    far.script("zalo-zns", Answer(200, {"error": error, "message": "no"}))
    result = send(zalo_zns(far.url), "84900000001", PAGE)
    assert (result.delivered, result.permanent) == (False, True)
    assert str(error) in result.detail


@pytest.mark.parametrize("answer", [Answer(200, {"error": -100}), Answer(200, {}), Answer(502), Answer(429)])
def test_other_answers_are_passing(far: HttpGateways, send: Send, answer: Answer) -> None:
    assert send(zalo_zns(far.url), "84900000001", PAGE).delivered
    far.script("zalo-zns", answer)
    result = send(zalo_zns(far.url), "84900000001", PAGE)
    assert (result.delivered, result.permanent) == (False, False)
