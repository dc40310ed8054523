"""Must-show 8: whatever is changed about a link, it opens nothing."""

import string
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.adapters.answers.keys import Keys
from bridgewatch.adapters.answers.tokens import form_word, read, sign, verify, verify_form
from bridgewatch.core.naming import name
from bridgewatch.model.delivery import Attempt
from bridgewatch.model.ids import ContactId, GatewayId, IncidentId, MessageId
from bridgewatch.model.log import Composed
from bridgewatch.model.paging import MessageKind, Urgency

KEYS = Keys((b"k" * 32,))
DAY_NS = 24 * 3600 * 10**9
NOW_NS = 1_795_571_100_000_000_000
URL_SAFE = string.ascii_letters + string.digits + "-_.~%/=+ "
IDS = st.text(string.ascii_lowercase + string.digits + "-_", min_size=1, max_size=20)
MESSAGES = st.builds(
    Composed,
    at_ns=st.integers(0, 2**62),
    message=IDS.map(MessageId),
    contact=st.text(max_size=20).map(ContactId),
    kind=st.just(MessageKind.PAGE),
    incidents=st.lists(st.text(max_size=20).map(IncidentId), max_size=5, unique=True).map(tuple),
    urgency=st.sampled_from(Urgency),
)
MESSAGE = Composed(
    at_ns=NOW_NS,
    message=MessageId(name("m", NOW_NS)),
    contact=ContactId("an"),
    kind=MessageKind.PAGE,
    incidents=(IncidentId("i1"), IncidentId("i2")),
    urgency=Urgency.DARK,
)


def opens(token: str, message: Composed | None, keys: Keys = KEYS, now_ns: int = NOW_NS) -> bool:
    claim = read(token)
    return claim is not None and verify(claim, message, keys, now_ns)


@given(MESSAGES)
def test_a_link_opens_until_it_expires_and_not_a_minute_longer(message: Composed) -> None:
    token = sign(message, KEYS, message.at_ns + DAY_NS)
    assert opens(token, message, now_ns=message.at_ns + DAY_NS - 1)
    assert not opens(token, message, now_ns=message.at_ns + DAY_NS + 60 * 10**9)


def test_an_attempt_is_signed_as_the_message_that_it_is_of() -> None:
    attempt = Attempt(
        MESSAGE.message,
        2,
        MESSAGE.kind,
        MESSAGE.contact,
        GatewayId("sms"),
        "0901000001",
        MESSAGE.incidents,
        MESSAGE.urgency,
    )
    assert opens(sign(attempt, KEYS, NOW_NS + DAY_NS), MESSAGE)


def test_a_link_leaves_an_sms_room_to_say_what_is_wrong() -> None:
    link = f"https://truc.example.vn/a/{sign(MESSAGE, KEYS, NOW_NS + DAY_NS)}"
    assert len(link) <= 71


def test_any_character_changed_opens_nothing() -> None:
    token = sign(MESSAGE, KEYS, NOW_NS + DAY_NS)
    for place, letter in enumerate(token):
        for other in URL_SAFE:
            if other != letter:
                assert not opens(token[:place] + other + token[place + 1 :], MESSAGE)


@settings(max_examples=300)
@given(st.data())
def test_any_tampering_opens_nothing(data: st.DataObject) -> None:
    token = sign(MESSAGE, KEYS, NOW_NS + DAY_NS)
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, len(token)))
    forged = token[:start] + data.draw(st.text(max_size=12)) + token[end:]
    assert opens(forged, MESSAGE) == (forged == token)


@given(MESSAGES, st.sampled_from(["message", "contact", "incidents"]), MESSAGES)
def test_another_message_contact_or_incidents_is_refused(one: Composed, field: str, other: Composed) -> None:
    token = sign(one, KEYS, one.at_ns + DAY_NS)
    swapped = replace(one, **{field: getattr(other, field)})
    assert opens(token, swapped, now_ns=one.at_ns) == (getattr(one, field) == getattr(other, field))


def test_no_incident_can_be_added_left_out_or_moved_between_fields() -> None:
    token = sign(MESSAGE, KEYS, NOW_NS + DAY_NS)
    one, two = MESSAGE.incidents
    for incidents in ((one,), (two, one), (one, two, IncidentId("i3")), (IncidentId("i1i2"),), ()):
        assert not opens(token, replace(MESSAGE, incidents=incidents))


def test_a_message_that_nobody_knows_opens_nothing() -> None:
    assert not opens(sign(MESSAGE, KEYS, NOW_NS + DAY_NS), None)


def test_old_keys_verify_and_unknown_ones_do_not() -> None:
    token = sign(MESSAGE, KEYS, NOW_NS + DAY_NS)
    assert opens(token, MESSAGE, Keys((b"k" * 32, b"n" * 32)))
    assert not opens(token, MESSAGE, Keys((b"n" * 32,)))


def test_the_word_of_a_form_belongs_to_one_link_and_is_no_link() -> None:
    token = sign(MESSAGE, KEYS, NOW_NS + DAY_NS)
    other = sign(replace(MESSAGE, contact=ContactId("binh")), KEYS, NOW_NS + DAY_NS)
    word = form_word(token, KEYS)
    assert verify_form(token, word, KEYS)
    assert not verify_form(other, word, KEYS)
    assert not verify_form(token, token.rpartition(".")[2], KEYS)
    assert word not in token


def test_an_id_that_cannot_stand_in_a_link_is_said_so() -> None:
    with pytest.raises(ValueError, match="cannot stand in a link"):
        sign(replace(MESSAGE, message=MessageId("a/b")), KEYS, NOW_NS)


def test_keys_are_not_shown() -> None:
    assert b"kkkk".decode() not in repr(KEYS)
    assert [field.name for field in fields(KEYS)] == ["secrets"]
