"""Whatever comes from the network instead of an answer."""

import secrets
import socket
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.adapters.snmp.messages import (
    MalformedError,
    community_message,
    make_template,
    mark,
    question,
    read_community_message,
    v2c,
)
from bridgewatch.adapters.snmp.pysnmp_port import PysnmpPort
from bridgewatch.adapters.snmp.sockets import LARGEST
from bridgewatch.adapters.snmp.usm import ForgedError, Keys, Peer, discovery
from bridgewatch.model.snmp import Dropped, Outcome, SnmpAnswer
from tests.snmp.asking import COMMUNITY, NAMES, UPTIME, give_up, login, port_with, request, user, wait

OTHER = "1.3.6.1.2.1.1.5.0"
NUMBER = 0x5A5A5A5A


class Stranger:
    """A socket that answers whatever it is told to."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(5)
        self.port = self._socket.getsockname()[1]

    def answer(self, port: PysnmpPort, make: Callable[[bytes], list[bytes]], *oids: str) -> SnmpAnswer:
        """Take a question, send what `make` makes of it, and let the port wait for more."""
        asked = request("127.0.0.1", self.port, *oids)
        port.send([asked])
        datagram, asker = self._socket.recvfrom(65_535)
        for each in make(datagram):
            self._socket.sendto(each, asker)
        return wait(port, 0.2) or give_up(port, asked)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    one = Stranger()
    yield one
    one.close()


@pytest.fixture
def port() -> Iterator[PysnmpPort]:
    one = port_with(login())
    yield one
    one.close()


def response(
    question_: bytes, *, number: int | None = None, community: str = COMMUNITY, error: int = 0, oid=UPTIME
):
    """A proper answer to a question, but for what is asked to be wrong."""
    pdu = v2c.ResponsePDU()
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_request_id(pdu, number_of(question_) if number is None else number)
    v2c.apiPDU.set_error_status(pdu, error)
    v2c.apiPDU.set_varbinds(pdu, [(oid, v2c.TimeTicks(4_711))])
    return community_message(community.encode(), pdu)


def number_of(question_: bytes) -> int:
    place = question_.rindex(b"\x02\x04", 0, question_.index(b"\x02\x01\x00\x02\x01\x00"))
    return int.from_bytes(question_[place + 2 : place + 6])


def test_a_proper_answer_is_one(stranger: Stranger, port: PysnmpPort) -> None:
    answer = stranger.answer(port, lambda asked: [response(asked)])
    assert answer.varbinds == ((UPTIME, 4_711),)


@pytest.mark.parametrize(
    ("make", "dropped"),
    [
        (lambda asked: response(asked, number=number_of(asked) ^ 1), Dropped.UNASKED),
        (lambda asked: response(asked)[:-1], Dropped.MALFORMED),
        (lambda asked: response(asked) + b"\0", Dropped.MALFORMED),
        (lambda asked: response(asked, community="khac"), Dropped.MALFORMED),
        (lambda asked: asked, Dropped.MALFORMED),
        (lambda asked: mark(number_of(asked)) + secrets.token_bytes(400), Dropped.MALFORMED),
        (lambda asked: b"\x30\x80" * 4_000 + mark(number_of(asked)), Dropped.MALFORMED),
        (lambda asked: b"\x30\x84\x7f\xff\xff\xff" + mark(number_of(asked)), Dropped.MALFORMED),
        (lambda asked: response(asked) + bytes(LARGEST), Dropped.OVERSIZED),
        (lambda _: b"", Dropped.UNASKED),
    ],
)
def test_what_is_no_answer_is_dropped_and_counted_and_the_true_one_still_counts(
    stranger: Stranger, port: PysnmpPort, make: Callable[[bytes], bytes], dropped: Dropped
) -> None:
    answer = stranger.answer(port, lambda asked: [make(asked), response(asked)])
    assert answer.varbinds == ((UPTIME, 4_711),)
    assert port.dropped == {dropped: 1}


def test_an_agent_of_which_nothing_can_be_read_is_broken_and_not_silent(
    stranger: Stranger, port: PysnmpPort
) -> None:
    answer = stranger.answer(port, lambda asked: [response(asked)[:-1]])
    assert (answer.outcome, answer.detail) == (
        Outcome.BROKEN,
        "it answers with not BER, or not what a message consists of",
    )


@pytest.mark.parametrize(
    ("make", "outcome"),
    [
        (lambda asked: response(asked, error=1), Outcome.TOO_BIG),
        (lambda asked: response(asked, error=5), Outcome.BROKEN),
        (lambda asked: response(asked, error=16), Outcome.REFUSED),
        (lambda asked: response(asked, oid=OTHER), Outcome.BROKEN),
    ],
)
def test_answers_that_do_not_help_say_why(
    stranger: Stranger, port: PysnmpPort, make, outcome: Outcome
) -> None:
    assert stranger.answer(port, lambda asked: [make(asked)]).outcome is outcome


def test_a_right_answer_from_a_wrong_address_is_nobodys(stranger: Stranger, port: PysnmpPort) -> None:
    other = Stranger()
    asked = request("127.0.0.1", stranger.port)
    port.send([asked])
    datagram, asker = stranger._socket.recvfrom(65_535)
    other._socket.sendto(response(datagram), asker)
    assert wait(port, 0.1) is None
    assert port.dropped == {Dropped.STRANGER: 1}
    other.close()


def test_no_two_questions_have_numbers_that_tell_of_each_other(stranger: Stranger, port: PysnmpPort) -> None:
    numbers = []
    for _ in range(20):
        stranger.answer(port, lambda asked: numbers.append(number_of(asked)) or [response(asked)])
    assert len(set(numbers)) == 20
    assert all(1 << 30 <= number < 1 << 31 for number in numbers)
    assert len({abs(one - other) for one, other in pairwise(numbers)}) > 15


def test_a_template_is_what_pysnmp_would_have_encoded() -> None:
    def encode(number: int) -> bytes:
        return community_message(b"khoa", question(number, (UPTIME, NAMES), 0))

    template = make_template(encode)
    for number in (1 << 30, NUMBER, (1 << 31) - 1):
        assert template.numbered(number) == encode(number)


WHOLE = response(community_message(COMMUNITY.encode(), question(NUMBER, (UPTIME,), 0)), number=NUMBER)


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """An answer with some octets changed, cut out or doubled."""
    octets = bytearray(WHOLE)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(0, len(octets) - 1)))
        match draw(st.sampled_from(("change", "cut", "double"))):
            case "change":
                octets[place : place + 1] = bytes([draw(st.integers(0, 255))])
            case "cut":
                del octets[place : place + draw(st.integers(1, 20))]
            case _:
                octets[place:place] = octets[place : place + draw(st.integers(1, 20))]
    return bytes(octets)


@settings(max_examples=150, deadline=None)
@given(st.one_of(spoilt(), st.binary(max_size=300)))
def test_no_octets_make_the_reader_of_messages_raise_anything_else(octets: bytes) -> None:
    try:
        read = read_community_message(octets, COMMUNITY.encode())
    except MalformedError:
        return
    assert all(value is None or isinstance(value, (int, bytes)) for _, value in read.varbinds)


@settings(max_examples=100, deadline=None)
@given(st.one_of(spoilt(), st.binary(max_size=300)))
def test_no_octets_make_the_reader_of_version_3_raise_anything_else(octets: bytes) -> None:
    peer = Peer(user(), Keys())
    for each in (octets, discovery(NUMBER)[: len(octets) // 4] + octets):
        with pytest.raises((MalformedError, ForgedError)):
            peer.hear(each, 0)


def test_secrets_are_in_no_text_of_a_login() -> None:
    assert COMMUNITY not in repr(login())
    assert "0650" not in repr(user())
