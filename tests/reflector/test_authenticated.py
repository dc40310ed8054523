"""Authenticated probes at the reflector: verified before anything is remembered, whoever sends them."""

import struct
from base64 import b64encode
from ipaddress import ip_network
from string import hexdigits

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridgewatch.core.reflecting.keys import PER_NETWORK, read_keys
from bridgewatch.core.reflecting.reflection import Caps, Verdict
from bridgewatch.model.keys import parse_key
from tests import stamp_reference as reference
from tests.reflector.packets import addresses, key_table, received, reflection
from tests.reflector.packets import request as open_request

FRIEND, OTHER = "192.0.2.7", "192.0.2.77"
KEY, NEXT, WRONG = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
KEYS = [("192.0.2.0/24", KEY), ("2001:db8::/32", KEY)]
T1 = 0xE000_0000_1234_5678
ANSWERED, BAD_HMAC = Verdict.ANSWERED, Verdict.BAD_HMAC


def request(seq: int = 1, *, key: bytes = KEY, ssid: int = 3) -> bytes:
    return reference.request(key, seq=seq, t1=T1, error=0x0101, ssid=ssid)


def verdicts(reflector, *octets: bytes, source: str = FRIEND, now: int = 0) -> list[Verdict]:
    batch = received(*((source, 9000, packet) for packet in octets))
    return [Verdict(one) for one in reflector.judge(batch, now).verdict]


@pytest.mark.parametrize("source", [FRIEND, "2001:db8::9"])
def test_a_sealed_request_is_answered_under_its_key_and_in_its_session(source):
    reflector = reflection(keys=KEYS)
    judged = reflector.judge(received(*[(source, 9000, request(70 + n)) for n in range(3)]), 0)

    assert judged.verdict.tolist() == [ANSWERED] * 3
    assert judged.seq.tolist() == [0, 1, 2]
    assert judged.ssid.tolist() == [3] * 3
    assert sorted(judged.macs) == [0, 1, 2]
    assert judged.macs[0].tag(b"x" * 96) == reference.sealed(KEY, b"x" * 96)[96:]


def test_a_stateless_reflector_repeats_the_number_of_a_sealed_request():
    reflector = reflection(keys=KEYS, stateful=False)
    assert reflector.judge(received((FRIEND, 9000, request(4711))), 0).seq.tolist() == [4711]


def test_no_request_with_one_flipped_bit_is_answered_or_leaves_anything_behind():
    reflector = reflection(keys=KEYS, caps=Caps(per_sender=1, total=1))
    flipped = [reference.flipped(request(), bit) for bit in range(896)]

    assert verdicts(reflector, *flipped) == [BAD_HMAC] * 896
    assert reflector.sessions == 0
    assert verdicts(reflector, request()) == [ANSWERED]


@given(st.binary(min_size=112, max_size=128))
def test_noise_as_long_as_a_sealed_request_is_none(octets):
    reflector = reflection(keys=KEYS)
    assert verdicts(reflector, octets) in ([BAD_HMAC], [Verdict.REPLY])
    assert reflector.sessions == 0


def test_padding_behind_a_sealed_request_is_nobodys_proof_and_nobodys_harm():
    padded = request() + struct.pack(">BBH", 0x80, 1, 8) + bytes(range(8))
    assert verdicts(reflection(keys=KEYS), padded) == [ANSWERED]


def test_a_network_may_have_several_keys_so_that_one_can_follow_another():
    reflector = reflection(keys=[*KEYS, ("192.0.2.0/24", NEXT)])

    assert verdicts(reflector, request(key=KEY), request(key=NEXT), request(key=WRONG)) == [
        ANSWERED,
        ANSWERED,
        BAD_HMAC,
    ]
    reflector.know(key_table(("192.0.2.0/24", NEXT)))
    assert verdicts(reflector, request(key=KEY), request(key=NEXT)) == [BAD_HMAC, ANSWERED]


def test_the_narrowest_network_says_which_keys_a_sender_may_use():
    reflector = reflection(keys=[("192.0.2.0/24", KEY), ("192.0.2.7/32", NEXT)])

    assert verdicts(reflector, request(key=KEY), request(key=NEXT)) == [BAD_HMAC, ANSWERED]
    assert verdicts(reflector, request(key=KEY), request(key=NEXT), source=OTHER) == [ANSWERED, BAD_HMAC]


def test_a_sender_without_a_key_is_answered_openly_whatever_it_writes():
    reflector = reflection(keys=[("192.0.2.77/32", KEY)])
    judged = reflector.judge(received((FRIEND, 9000, request())), 0)

    assert (judged.verdict.tolist(), judged.macs) == ([ANSWERED], {})


def test_open_probes_of_a_sender_with_a_key_are_answered_until_authentication_is_required():
    assert verdicts(reflection(keys=KEYS), open_request(), request()) == [ANSWERED, ANSWERED]
    strict = reflection(keys=KEYS, sealed_only=True)
    assert verdicts(strict, open_request(), request()) == [Verdict.UNAUTHENTICATED, ANSWERED]
    assert verdicts(reflection(sealed_only=True), request()) == [Verdict.UNAUTHENTICATED]


def test_a_stranger_is_a_stranger_even_with_the_right_key():
    assert verdicts(reflection(keys=[("0.0.0.0/0", KEY)]), request(), source="198.51.100.1") == [
        Verdict.STRANGER
    ]


def test_whoever_writes_a_senders_address_on_open_packets_uses_up_nothing_of_its_sealed_ones():
    reflector = reflection(keys=KEYS, caps=Caps(per_sender=4, total=1000))
    forged = [open_request(seq, ssid=3) for seq in range(20)]
    verdicts(reflector, *forged)

    judged = reflector.judge(received(*[(FRIEND, 9000, request(n)) for n in range(4)]), 0)

    assert judged.verdict.tolist() == [ANSWERED] * 4
    assert judged.seq.tolist() == [0, 1, 2, 3]


def test_a_replayed_request_costs_its_sender_one_answer_and_no_more_than_its_share():
    reflector = reflection(keys=KEYS, caps=Caps(per_sender=5, total=1000))
    assert verdicts(reflector, *[request()] * 8) == [ANSWERED] * 5 + [Verdict.SENDER_RATE] * 3


def test_a_sealed_reply_is_never_answered():
    reply = reference.answer(KEY, request(), at=T1)
    reflector = reflection(keys=KEYS)

    assert verdicts(reflector, reply) == [Verdict.REPLY]
    assert reflector.sessions == 0


kinds = st.sampled_from(["sealed", "open", "forged", "short"])


@given(
    st.lists(st.tuples(kinds, st.sampled_from([FRIEND, OTHER]), st.integers(0, 2)), max_size=30), st.data()
)
def test_the_result_does_not_depend_on_where_a_batch_is_cut(rows, data):
    def octets(kind: str, ssid: int) -> bytes:
        if kind == "open":
            return open_request(ssid=ssid)
        return request(key=WRONG if kind == "forged" else KEY, ssid=ssid)[: 40 if kind == "short" else 112]

    packets = [(source, 9000, octets(kind, ssid)) for kind, source, ssid in rows]
    edge = data.draw(st.integers(0, len(rows)))
    whole, parts = (reflection(keys=KEYS, caps=Caps(per_sender=6, total=9)) for _ in range(2))

    at_once = whole.judge(received(*packets), 0)
    pieces = [parts.judge(received(*part), 0) for part in (packets[:edge], packets[edge:])]

    assert np.concatenate([part.verdict for part in pieces]).tolist() == at_once.verdict.tolist()
    answered = at_once.verdict == ANSWERED
    seq = np.concatenate([part.seq for part in pieces])
    assert seq[answered].tolist() == at_once.seq[answered].tolist()


def test_many_senders_are_found_again_however_many_were_seen_between():
    table = key_table(("10.0.0.0/8", KEY))
    crowd = addresses(*(f"10.{n >> 8}.{n & 255}.1" for n in range(9_000)))
    assert all(len(macs) == 1 for macs in table.of(crowd))
    assert [len(macs) for macs in table.of(addresses("10.0.0.1", "11.0.0.1", "::a00:1"))] == [1, 0, 0]


def test_a_file_of_keys_names_networks_and_their_keys():
    text = f"# the vantage\n\n192.0.2.0/24\t{KEY.hex()}   # since May\n2001:db8::/32 {NEXT.hex()}\n192.0.2.0/24 {NEXT.hex()}"

    assert read_keys(text) == [
        (ip_network("192.0.2.0/24"), KEY),
        (ip_network("2001:db8::/32"), NEXT),
        (ip_network("192.0.2.0/24"), NEXT),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("SECRET", "line 2: a network and a key are expected"),
        ("SECRET 192.0.2.0/24", "line 2: the first word is no network such as 192.0.2.0/24"),
        ("192.0.2.7/24 " + KEY.hex(), "line 2: the first word is no network such as 192.0.2.0/24"),
        ("192.0.2.0/24 SECRET!", "line 2: a key is written in hexadecimal or base64"),
        ("192.0.2.0/24 c2VjcmV0", "line 2: a key has 16 to 1024 octets, not 6"),
    ],
)
def test_a_mistake_in_it_is_told_without_the_key(line, told):
    with pytest.raises(ValueError, match="line 2") as raised:
        read_keys(f"# keys\n{line}\n")
    assert str(raised.value) == told


def test_too_many_keys_of_a_network_are_refused():
    with pytest.raises(ValueError, match=f"192.0.2.0/24 has more than {PER_NETWORK} keys"):
        key_table(*[("192.0.2.0/24", bytes([n]) * 32) for n in range(PER_NETWORK + 1)])


@given(st.binary(min_size=16, max_size=64))
def test_a_key_is_the_same_in_hexadecimal_and_in_base64(key):

    assert parse_key(key.hex()) == parse_key(f" {key.hex().upper()}\n") == key
    written = b64encode(key).decode()
    assume(not set(written) <= set(hexdigits))  # as no key does that chance has made
    assert parse_key(written) == key
