"""Whom a reflector answers, how often, and how it counts: against a plain model, one packet at a time."""

import ipaddress
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.probing import stamp
from bridgewatch.core.reflecting.reflection import Reflection, Verdict
from tests.reflector.packets import SECOND, Caps, cut, received, reflection, request

FRIEND, OTHER, STRANGER = "192.0.2.7", "2001:db8::7", "198.51.100.7"


def verdicts(reflector: Reflection, batch, now_ns: int = 0) -> list[Verdict]:
    return [Verdict(number) for number in reflector.judge(batch, now_ns).verdict]


def reply_octets() -> bytes:
    asked = np.frombuffer(request(), np.uint8)[None, :]
    reply = np.zeros((1, 44), np.uint8)
    stamp.reflect(
        asked,
        np.array([44], np.uint16),
        reply,
        seq=np.zeros(1, np.uint32),
        ssid=np.zeros(1, np.uint16),
        t2_ns=np.array([1_800_000_000 * SECOND]),
        error_estimate=0x0101,
        sender_ttl=np.array([255], np.uint8),
    )
    stamp.write_t3(reply, np.array([1_800_000_000 * SECOND + 3_000]))
    return reply[0].tobytes()


@pytest.mark.parametrize(
    ("source", "port", "octets", "verdict"),
    [
        (FRIEND, 9000, request(), Verdict.ANSWERED),
        (OTHER, 9000, request(), Verdict.ANSWERED),
        (FRIEND, 9000, request(size=14), Verdict.ANSWERED),
        (FRIEND, 862, request(), Verdict.ANSWERED),
        (STRANGER, 9000, request(), Verdict.STRANGER),
        ("2001:db9::7", 9000, request(), Verdict.STRANGER),
        (STRANGER, 0, b"", Verdict.STRANGER),
        (FRIEND, 0, request(), Verdict.UNANSWERABLE),
        (FRIEND, 9000, request(size=13), Verdict.TOO_SHORT),
        (FRIEND, 9000, b"", Verdict.TOO_SHORT),
        (FRIEND, 9000, request(size=200), Verdict.TOO_LONG),
        (FRIEND, 9000, reply_octets(), Verdict.REPLY),
    ],
)
def test_every_packet_gets_its_verdict(source, port, octets, verdict):
    assert verdicts(reflection(), received((source, port, octets))) == [verdict]


def test_what_was_sent_to_a_group_is_not_answered():
    batch = received((FRIEND, 9000, request()), answerable=False)

    assert verdicts(reflection(), batch) == [Verdict.UNANSWERABLE]


def test_two_reflectors_do_not_talk_to_each_other_for_ever():
    """A forged request from reflector B to reflector A is answered once; B recognises the answer."""
    assert verdicts(reflection(), received((FRIEND, 862, request()))) == [Verdict.ANSWERED]
    assert verdicts(reflection(), received((FRIEND, 862, reply_octets()))) == [Verdict.REPLY]


def test_a_stateful_reflector_counts_each_session_from_zero():
    batch = received(
        (FRIEND, 9000, request(50, ssid=1)),
        (FRIEND, 9000, request(60, ssid=2)),
        (FRIEND, 9000, request(51, ssid=1)),
        (FRIEND, 9001, request(70, ssid=1)),
        (OTHER, 9000, request(80, ssid=1)),
        (FRIEND, 9000, request(99, ssid=1)),
    )

    assert reflection().judge(batch, 0).seq.tolist() == [0, 0, 1, 0, 0, 2]


def test_a_stateless_reflector_repeats_the_senders_number():
    batch = received((FRIEND, 9000, request(50)), (FRIEND, 9000, request(2**32 - 1)))

    assert reflection(stateful=False).judge(batch, 0).seq.tolist() == [50, 2**32 - 1]


def test_two_of_our_addresses_are_two_sessions_of_one_sender():
    reflector = reflection()
    counted = [
        reflector.judge(received((FRIEND, 9000, request(number)), local=local), 0).seq.tolist()
        for number, local in enumerate(["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2"])
    ]
    assert counted == [[0], [0], [1], [1]]


def test_the_session_count_wraps_at_32_bits():
    reflector = reflection()
    batch = received((FRIEND, 9000, request()), (FRIEND, 9000, request()))
    reflector.judge(batch, 0)
    reflector._reflected[:] = 2**32 - 1

    assert reflector.judge(batch, 0).seq.tolist() == [2**32 - 1, 0]


def test_a_session_idle_for_a_quarter_of_an_hour_begins_anew():
    reflector = reflection()
    batch = received((FRIEND, 9000, request()))
    reflector.judge(batch, 0)

    assert reflector.judge(batch, 899 * SECOND).seq.tolist() == [1]
    assert reflector.judge(batch, (899 + 900) * SECOND).seq.tolist() == [0]


def test_a_sender_over_its_rate_is_held_back_and_another_is_not():
    reflector = reflection(caps=Caps(per_sender=3, total=1000))
    crowd = [(FRIEND, 9000 + n, request()) for n in range(5)]
    batch = received(*crowd, (OTHER, 9000, request()))

    assert verdicts(reflector, batch) == [Verdict.ANSWERED] * 3 + [Verdict.SENDER_RATE] * 2 + [
        Verdict.ANSWERED
    ]
    assert verdicts(reflector, received(crowd[0]), SECOND // 3 - 1) == [Verdict.SENDER_RATE]
    assert verdicts(reflector, received(crowd[0]), SECOND // 3 + 1) == [Verdict.ANSWERED]


def test_all_senders_together_are_held_to_the_total():
    reflector = reflection(caps=Caps(per_sender=1000, total=4))
    batch = received(*[(f"192.0.2.{n}", 9000, request()) for n in range(6)])

    assert verdicts(reflector, batch) == [Verdict.ANSWERED] * 4 + [Verdict.TOTAL_RATE] * 2


def test_what_is_held_back_is_not_counted_in_its_session():
    reflector = reflection(caps=Caps(per_sender=2, total=1000))
    batch = received(*[(FRIEND, 9000, request())] * 4)
    reflector.judge(batch, 0)

    assert reflector.judge(received((FRIEND, 9000, request())), SECOND).seq.tolist() == [2]


def test_refused_packets_leave_no_session_behind():
    reflector = reflection()
    batch = received(
        (STRANGER, 9000, request()),
        (FRIEND, 0, request()),
        (FRIEND, 9000, b"x"),
        (FRIEND, 9000, reply_octets()),
    )
    reflector.judge(batch, 0)

    assert reflector.sessions == 0


def test_an_empty_batch_is_judged():
    assert len(reflection().judge(received(), 0).verdict) == 0


class PlainReflector:
    """One packet at a time, with dictionaries and fractions of tokens as integers."""

    def __init__(self, networks, caps):
        self.networks = [ipaddress.ip_network(network) for network in networks]
        self.caps = caps
        self.share = {}
        self.total = [caps.total * SECOND, 0]
        self.count = defaultdict(int)

    def refusal(self, source, port, octets):
        address = ipaddress.ip_address(source)
        known = any(address.version == n.version and address in n for n in self.networks)
        reasons = {
            Verdict.STRANGER: not known,
            Verdict.UNANSWERABLE: port == 0,
            Verdict.TOO_SHORT: len(octets) < 14,
            Verdict.TOO_LONG: len(octets) > 128,
        }
        return next((verdict for verdict, holds in reasons.items() if holds), None)

    def judge(self, source, port, octets, now):
        refused = self.refusal(source, port, octets)
        if refused is not None:
            return refused, None
        bucket = self.share.setdefault(source, [self.caps.per_sender * SECOND, now])
        if not self._take(bucket, self.caps.per_sender, now):
            return Verdict.SENDER_RATE, None
        if not self._take(self.total, self.caps.total, now):
            return Verdict.TOTAL_RATE, None
        session = source, port, int.from_bytes(octets[14:16]) if len(octets) >= 16 else 0
        self.count[session] += 1
        return Verdict.ANSWERED, self.count[session] - 1

    @staticmethod
    def _take(bucket, rate, now):
        bucket[0] = min(bucket[0] + (now - bucket[1]) * rate, rate * SECOND)
        bucket[1] = now
        if bucket[0] < SECOND:
            return False
        bucket[0] -= SECOND
        return True


packets = st.tuples(
    st.sampled_from([FRIEND, OTHER, STRANGER, "192.0.2.8"]),
    st.sampled_from([0, 862, 9000]),
    st.builds(
        lambda seq, ssid, size: request(seq, ssid=ssid, size=size),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2),
        st.sampled_from([0, 13, 14, 15, 16, 41, 44, 60, 128, 129]),
    ),
)
traffic = st.lists(
    st.tuples(st.integers(0, SECOND // 3), st.lists(packets, min_size=1, max_size=12)), max_size=6
)
caps_given = st.builds(Caps, per_sender=st.integers(1, 8), total=st.integers(1, 12))


@given(traffic, caps_given)
def test_a_batch_is_judged_as_its_packets_one_by_one(batches, caps):
    networks = ("192.0.2.0/24", "2001:db8::/32")
    reflector, plain, now = reflection(*networks, caps=caps), PlainReflector(networks, caps), 0
    for pause, rows in batches:
        now += pause
        judged = reflector.judge(received(*rows), now)
        expected = [plain.judge(*row, now) for row in rows]

        assert judged.verdict.tolist() == [verdict for verdict, _ in expected]
        answered = judged.verdict == Verdict.ANSWERED
        assert judged.seq[answered].tolist() == [seq for _, seq in expected if seq is not None]


@given(st.lists(packets, min_size=2, max_size=24), st.data(), caps_given)
def test_the_result_does_not_depend_on_where_a_batch_is_cut(rows, data, caps):
    batch = received(*rows)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(rows) - 1))))
    whole, pieces = reflection(caps=caps), reflection(caps=caps)

    at_once = whole.judge(batch, 0)
    parts = [
        pieces.judge(cut(batch, start, stop), 0)
        for start, stop in zip([0, *cuts], [*cuts, len(rows)], strict=True)
    ]

    assert np.concatenate([part.verdict for part in parts]).tolist() == at_once.verdict.tolist()
    answered = at_once.verdict == Verdict.ANSWERED
    assert np.concatenate([part.seq for part in parts])[answered].tolist() == at_once.seq[answered].tolist()
