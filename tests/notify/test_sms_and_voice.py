"""eSMS and Stringee against a server that behaves as they document."""

import pytest

from bridgewatch.model.delivery import Text
from tests.notify.conftest import Send
from tests.notify.gateways import Answer, HttpGateways
from tests.notify.orders import esms, stringee

SMS = Text("", "[K7F2] Mat ket noi: Ia Pe. TL: K7F2 OK", ("K7F2",))


def test_an_sms_goes_with_brandname_type_and_request_id(far: HttpGateways, send: Send) -> None:
    result = send(esms(far.url), "84900000001", SMS)
    assert result.delivered
    assert result.detail == "accepted as sms-1"
    (got,) = far.received
    assert (got.address, got.text) == ("84900000001", SMS.body)
    assert (got.body["Brandname"], got.body["SmsType"], got.body["IsUnicode"]) == ("INVENTED", "2", "0")
    assert len(got.body["RequestId"]) == 32


def test_a_repeated_request_counts_as_delivered_and_sends_nothing_twice(
    far: HttpGateways, send: Send
) -> None:
    assert send(esms(far.url), "84900000001", SMS).delivered
    assert send(esms(far.url), "84900000001", SMS, number=2).detail == "accepted before"
    assert send(esms(far.url), "84900000002", SMS).delivered
    assert len(far.accepted("esms")) == 2


def test_a_text_that_follows_no_template_is_permanent(far: HttpGateways, send: Send) -> None:
    result = send(esms(far.url), "84900000001", Text("", "Xin chao"))
    assert (result.delivered, result.permanent) == (False, True)
    assert result.detail.startswith("146 ")


def test_a_registered_template_carries_text_and_code(far: HttpGateways, send: Send) -> None:
    made = esms(far.url, template="Canh bao duong truyen {code}: {text}")
    assert send(made, "84900000001", Text("", "Mat ket noi Ia Pe", ("K7F2", "M2P4"))).delivered
    assert far.received[0].text == "Canh bao duong truyen K7F2: Mat ket noi Ia Pe"


@pytest.mark.parametrize("code", ["101", "103", "104", "108", "140", "177", "987"])
def test_every_other_code_is_permanent(far: HttpGateways, send: Send, code: str) -> None:
    far.script("esms", Answer(200, {"CodeResult": code, "ErrorMessage": "no"}))
    result = send(esms(far.url), "84900000001", SMS)
    assert result.permanent
    assert code in result.detail


@pytest.mark.parametrize("answer", [Answer(500), Answer(429), Answer(200, "<html>"), Answer(200, {})])
def test_a_broken_sms_gateway_is_passing(far: HttpGateways, send: Send, answer: Answer) -> None:
    far.script("esms", answer)
    result = send(esms(far.url), "84900000001", SMS)
    assert (result.delivered, result.permanent) == (False, False)


def test_a_call_reads_the_text_and_takes_one_key(far: HttpGateways, send: Send) -> None:
    url = "https://noc.example.vn/hooks/voice?token=signed"
    assert send(stringee(far.url), "84900000001", Text("", "Cảnh báo."), answer_url=url).delivered
    (got,) = far.received
    talk, key = got.body["actions"]
    assert (talk["action"], talk["text"], talk["bargeIn"]) == ("talk", "Cảnh báo.", True)
    assert (key["action"], key["eventUrl"], key["maxDigits"]) == ("input", url, "1")
    assert got.body["from"]["number"] == "842400000000"


def test_a_call_without_a_place_to_report_keys_only_talks(far: HttpGateways, send: Send) -> None:
    assert send(stringee(far.url), "84900000001").delivered
    assert [action["action"] for action in far.received[0].body["actions"]] == ["talk"]


def test_a_wrong_key_of_the_voice_gateway_is_permanent(far: HttpGateways, send: Send, monkeypatch) -> None:
    monkeypatch.setenv("STRINGEE_SECRET", "another-secret-of-at-least-32-octets")
    result = send(stringee(far.url), "84900000001")
    assert result.permanent
    assert result.detail == "401 access token is not valid"


def test_a_call_that_is_not_placed_is_passing(far: HttpGateways, send: Send) -> None:
    result = send(stringee(far.url), "0000")
    assert (result.delivered, result.permanent) == (False, False)
    assert result.detail == "r 6 number is not valid"
