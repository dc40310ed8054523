"""Authenticated STAMP at the sender: packets equal a reference HMAC, and nothing else is believed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.probing import stamp
from bridgewatch.core.probing.mac import NOBODY, Mac, seal, sealed_by
from bridgewatch.core.probing.packets import session_ids
from bridgewatch.core.probing.prober import LINGER_NS, Prober
from bridgewatch.core.probing.stamp_layout import AUTHENTICATED
from bridgewatch.core.probing.timestamps import ntp_from_ns
from bridgewatch.model.ids import KeyId
from bridgewatch.model.inventory import Limits
from bridgewatch.model.words import Outcome, ProbeKind
from tests import stamp_reference as reference
from tests.probing.wire import SECOND, STAMP_PORT, START, Packet, Wire, address, spec

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
KIND = ProbeKind.STAMP_AUTHENTICATED
TMAX = 3 * SECOND
BITS = 8 * AUTHENTICATED.size
u8, u16, u32, u64 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64))
keys = st.binary(min_size=16, max_size=200)
sizes = st.one_of(st.just(112), st.integers(116, 300))


def column(kind, *values):
    return np.array(values, kind)


@pytest.mark.parametrize(
    ("key", "text", "tag"),
    [  # RFC 4231, test cases 1, 5 (which is about truncation) and 6 (a key longer than a block)
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b"),
        (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f",
        ),
    ],
)
def test_the_hmac_is_that_of_the_rfcs_own_examples(key, text, tag):
    assert Mac(key).tag(text).hex() == tag


@given(keys, u32, u64, u16, u16, sizes)
def test_a_request_equals_the_reference_octet_by_octet(key, seq, t1, error, ssid, size):
    packet = stamp.build(column(np.int64, seq), column(np.uint64, t1), error, ssid, size, AUTHENTICATED)
    seal(packet, [Mac(key)])

    assert packet[0, :112].tobytes() == reference.request(key, seq=seq, t1=t1, error=error, ssid=ssid)


@given(keys, u32, u64, u16, u16, u32, u8, sizes, st.integers(10**18, 4 * 10**18), st.integers(0, 10**12))
def test_a_reply_equals_the_reference_octet_by_octet(
    key, sender_seq, t1, error, ssid, seq, ttl, size, t2, stay
):
    asked = stamp.build(column(np.int64, sender_seq), column(np.uint64, t1), error, ssid, size, AUTHENTICATED)
    seal(asked, [Mac(key)])
    reply = np.full_like(asked, 0xEE)
    length = stamp.reflect(
        asked,
        column(np.uint16, size),
        reply,
        AUTHENTICATED,
        seq=column(np.uint32, seq),
        ssid=column(np.uint16, ssid),
        t2_ns=column(np.int64, t2),
        error_estimate=0x8101,
        sender_ttl=column(np.uint8, ttl),
    )
    stamp.write_t3(reply, column(np.int64, t2 + stay), AUTHENTICATED)
    seal(reply, [Mac(key)])

    assert length.tolist() == [size]
    assert reply[0, :112].tobytes() == reference.reply(
        key,
        seq=seq,
        t3=int(ntp_from_ns(column(np.int64, t2 + stay))[0]),
        error=0x8101,
        ssid=ssid,
        t2=int(ntp_from_ns(column(np.int64, t2))[0]),
        sender_seq=sender_seq,
        sender_t1=t1,
        sender_error=error,
        ttl=ttl,
    )
    assert reply[0, 112:].tobytes() == asked[0, 112:].tobytes()


@given(keys, keys, st.binary(min_size=96, max_size=96), st.integers(0, BITS - 1))
def test_a_packet_is_sealed_by_its_key_alone_and_by_none_once_a_bit_is_flipped(key, other, covered, bit):
    good = reference.sealed(key, covered)
    rows = [np.frombuffer(octets, np.uint8) for octets in (good, reference.flipped(good, bit))]
    expected = 0 if other == key else 1

    found = sealed_by(np.stack(rows), [(Mac(other), Mac(key))] * 2)

    assert found.tolist() == [expected, NOBODY]


class Sealed(Wire):
    """Two paths at one address from one socket, each with a key of its own."""

    @classmethod
    def ready(cls, **known: bytes) -> "Sealed":
        wire = cls(Prober(replace(Limits(), tmax=TMAX / SECOND), echo_ident=1, seed=5))
        for row, key in enumerate(("first", "second")):
            path = replace(spec(row, kind=KIND, size=112), stamp_key=KeyId(key))
            wire.prober.admit(row, path)
            wire.prober.locate(row, KIND, address(0), STAMP_PORT, 0, START)
        wire.know(**(known or {"first": KEY, "second": OTHER}))
        wire.prober.set_interval(np.arange(2, dtype=np.int32), np.full(2, SECOND), START)
        wire.run_until(START + SECOND)
        return wire

    def know(self, **keys: bytes) -> None:
        self.prober.know({KeyId(name): key for name, key in keys.items()}, self.now)

    def request(self, path: int) -> bytes:
        return next(octets for row, _, octets, _ in reversed(self.sent) if row == path)

    def hear(self, *replies: bytes) -> list[tuple[int, Outcome]]:
        told = self.receive([Packet(address(0), octets, self.now, 0, STAMP_PORT, True) for octets in replies])
        return [(int(p), Outcome(o)) for p, o in zip(told.path, told.outcome, strict=True)]


def test_a_probe_is_sealed_with_the_key_of_its_path_and_has_a_session_of_its_own():
    wire = Sealed.ready()
    for path, key in enumerate((KEY, OTHER)):
        packet = wire.request(path)
        assert packet == reference.sealed(key, packet[:96])
        assert int.from_bytes(packet[26:28]) == path + 1


def test_sessions_are_told_apart_and_never_called_zero():
    ssid = session_ids(np.arange(70_000, dtype=np.int32))

    assert ssid.min() == 1
    assert len(set(ssid[:65_535].tolist())) == 65_535


def test_no_reply_with_one_flipped_bit_is_accepted_whichever_bit_it_is():
    wire = Sealed.ready()
    reply = reference.answer(KEY, wire.request(0))

    for bit in range(BITS):
        assert wire.hear(reference.flipped(reply, bit)) == []
    assert wire.prober.unmatched == BITS
    assert 0 < wire.prober.unauthentic <= BITS
    assert wire.hear(reply) == [(0, Outcome.REPLY)]


def test_nothing_but_a_reply_sealed_with_the_paths_own_key_answers_an_authenticated_probe():
    wire = Sealed.ready()
    asked = wire.request(0)
    good = reference.answer(KEY, asked)
    forgeries = {
        "the other path's key": reference.answer(OTHER, asked),
        "the other path's session": reference.answer(KEY, asked, ssid=2),
        "no HMAC": good[:96] + bytes(16),
        "cut": good[:111],
        "our own packet": asked,
        "an open reply": (bytes(24) + asked[:4] + asked[16:26] + bytes(6)).ljust(112, b"\0"),
    }
    for what, octets in forgeries.items():
        assert wire.hear(octets) == [], what
    assert wire.hear(good) == [(0, Outcome.REPLY)]


def test_a_reflector_that_knows_no_sessions_is_believed():
    wire = Sealed.ready()
    assert wire.hear(reference.answer(KEY, wire.request(0), ssid=0)) == [(0, Outcome.REPLY)]


def test_a_replayed_reply_is_a_duplicate_and_later_on_nothing():
    wire = Sealed.ready()
    reply = reference.answer(KEY, wire.request(0))
    assert wire.hear(reply, reply) == [(0, Outcome.REPLY)]
    wire.run_until(wire.now + TMAX + LINGER_NS + 2 * SECOND)

    told = wire.receive([Packet(address(0), reply, wire.now, 0, STAMP_PORT, True)])

    assert (told.path.tolist(), told.duplicates.tolist()) == ([], [])


def test_a_reply_of_another_kind_is_no_answer():
    wire = Sealed.ready()
    reply = reference.answer(KEY, wire.request(0))
    told = wire.receive([Packet(address(0), reply, wire.now, 0, STAMP_PORT)])
    assert told.path.tolist() == []


def test_a_key_changes_without_a_lost_probe_and_the_former_one_ends():
    wire = Sealed.ready()
    before = reference.answer(KEY, wire.request(0))
    new = bytes(32)
    wire.know(first=new, second=OTHER)
    assert wire.hear(before) == [(0, Outcome.REPLY)]

    wire.run_until(wire.now + SECOND)
    assert wire.request(0) == reference.sealed(new, wire.request(0)[:96])
    assert wire.hear(reference.answer(new, wire.request(0))) == [(0, Outcome.REPLY)]
    wire.run_until(wire.now + TMAX + LINGER_NS)
    assert wire.hear(reference.answer(KEY, wire.request(0))) == []


def test_a_path_that_is_given_another_key_keeps_what_is_in_flight():
    wire = Sealed.ready()
    before = reference.answer(KEY, wire.request(0))
    wire.prober.reshape(0, replace(spec(0, kind=KIND, size=112), stamp_key=KeyId("second")), wire.now)
    assert wire.hear(before) == [(0, Outcome.REPLY)]

    wire.run_until(wire.now + SECOND)
    assert wire.request(0) == reference.sealed(OTHER, wire.request(0)[:96])


def test_a_path_whose_key_is_unknown_is_told_of():
    wire = Sealed.ready()
    wire.know(second=OTHER)

    assert wire.prober.keyless(np.arange(3, dtype=np.int32)).tolist() == [True, False, False]


def test_what_a_router_quotes_of_an_authenticated_probe_is_read_where_it_stands():
    packet = np.frombuffer(reference.request(KEY, seq=9, t1=7 << 32, error=1, ssid=3), np.uint8)[None, :]
    length = column(np.uint16, 8, 23, 24)
    quoted = stamp.parse_quoted(np.repeat(packet, 3, axis=0), length, AUTHENTICATED)

    assert quoted.has_seq.all()
    assert quoted.seq.tolist() == [9] * 3
    assert quoted.has_token.tolist() == [False, False, True]
    assert int(stamp.token(column(np.uint64, 7 << 32))[0]) == int(quoted.token[2])


def test_neither_a_key_nor_who_holds_it_can_be_read_from_what_is_printed():
    mac = Mac(b"correct horse battery")
    assert "horse" not in f"{mac!r} {mac!s}"
