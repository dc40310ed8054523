"""Probes through a call: whose seals count, and what a move does to what was not answered."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.dialin.caller import Reflect
from bridgewatch.core.dialin.keys import session_seals
from bridgewatch.core.dialin.reflecting import reflect
from bridgewatch.core.probing import stamp
from bridgewatch.core.probing.mac import Mac, seal
from bridgewatch.core.probing.prober import LINGER_NS, Prober
from bridgewatch.core.probing.roaming import KEPT_NS
from bridgewatch.core.probing.stamp_layout import AUTHENTICATED
from bridgewatch.model.inventory import Limits
from bridgewatch.model.observations import Observations
from bridgewatch.model.words import Outcome, ProbeKind
from tests.probing.wire import MS, SECOND, START, WALL_OFFSET, Packet, Wire, arrivals, spec

KEY = bytes(range(32))
HERE, THERE = (0, 0xFFFF_CB00_7101), (0, 0xFFFF_CB00_7102)
PORT = 40_000
TMAX = round(Limits().tmax * SECOND)
FIRST, SECOND_CALL = (session_seals(KEY, bytes([n]) * 16, bytes(24)) for n in (1, 2))


def calling(interval_ns: int = SECOND) -> Wire:
    """A path whose box has called from HERE."""
    wire = Wire(Prober(Limits(), echo_ident=1, seed=7))
    path = replace(spec(0, interval_ns, size=112, kind=ProbeKind.DIAL_IN), host="hop", port=0)
    wire.prober.admit(0, path)
    wire.prober.called(0, FIRST.probe, FIRST.reply, START)
    wire.prober.locate(0, ProbeKind.DIAL_IN, HERE, PORT, 0, START)
    wire.prober.set_interval(np.zeros(1, np.int32), np.array([interval_ns]), START)
    return wire


def answer(wire: Wire, number: int, mac: Mac, source: tuple[int, int] = HERE) -> Observations:
    """The box's reply to a probe, sealed with that."""
    _, seq, octets, sent_ns = wire.sent[number]
    reply = reflect(
        octets,
        Reflect(seq, mac),
        t2_ns=sent_ns + WALL_OFFSET + MS,
        t3_ns=sent_ns + WALL_OFFSET + 2 * MS,
        error_estimate=1,
        sender_ttl=64,
    )
    came = arrivals([Packet(source, reply, wire.now, port=PORT)], now=wire.now)
    wire.prober.receive(replace(came, kind=np.full(1, ProbeKind.DIAL_IN, np.uint8)), wire.now)
    return wire.prober.observations()


def fates(told: list[Observations]) -> list[tuple[int, Outcome]]:
    """What became known, by sequence number."""
    found = []
    for one in told:
        found += zip(one.seq.tolist(), map(Outcome, one.outcome.tolist()), strict=True)
    return sorted(found)


def test_a_probe_is_sealed_for_the_box_and_its_reply_by_the_box():
    wire = calling()
    wire.run_until(START + SECOND)
    (_, seq, octets, _) = wire.sent[0]
    assert FIRST.probe.tag(octets[:96]) == octets[96:112]
    assert octets[4:8] == bytes(4)
    for mac in (FIRST.probe, FIRST.up, SECOND_CALL.reply):
        assert not len(answer(wire, 0, mac).path)
    assert wire.prober.unauthentic == 3
    told = answer(wire, 0, FIRST.reply)
    assert fates([told]) == [(seq, Outcome.REPLY)]
    assert told.reflected.tolist() == [seq]


def test_a_reply_from_elsewhere_is_not_believed():
    wire = calling()
    wire.run_until(START + SECOND)
    assert not len(answer(wire, 0, FIRST.reply, THERE).path)


def test_after_another_call_replies_of_the_former_one_count_while_they_may_come():
    wire = calling()
    wire.run_until(START + SECOND)
    wire.prober.called(0, SECOND_CALL.probe, SECOND_CALL.reply, wire.now)
    wire.prober.locate(0, ProbeKind.DIAL_IN, HERE, PORT, 0, wire.now)
    assert fates([answer(wire, 0, FIRST.reply)]) == [(0, Outcome.REPLY)]
    wire.run_until(START + 3 * SECOND)
    (_, _, octets, _) = wire.sent[-1]
    assert SECOND_CALL.probe.tag(octets[:96]) == octets[96:112]
    wire.run_until(START + SECOND + TMAX + LINGER_NS + SECOND)
    assert not len(answer(wire, -1, FIRST.reply).path)
    assert (wire.sent[-1][1], Outcome.REPLY) in fates([answer(wire, -1, SECOND_CALL.reply)])


def test_what_a_box_that_moved_has_not_answered_is_not_lost():
    wire = calling()
    told = wire.run_until(START + 8 * SECOND)
    unanswered = len(wire.sent)
    assert fates(told) == []
    wire.prober.moved(0, wire.now)
    wire.prober.called(0, FIRST.probe, FIRST.reply, wire.now)
    wire.prober.locate(0, ProbeKind.DIAL_IN, THERE, PORT, 0, wire.now)
    told += wire.run_until(wire.now + SECOND)
    told.append(answer(wire, unanswered, FIRST.reply, THERE))
    told += wire.run_until(wire.now + TMAX + LINGER_NS)
    assert fates(told)[: unanswered + 1] == [
        *((seq, Outcome.LOCAL_ERROR) for seq in range(unanswered)),
        (unanswered, Outcome.REPLY),
    ]


def test_an_outage_is_no_move_though_the_box_calls_from_elsewhere_in_the_end():
    wire = calling()
    told = wire.run_until(START + 25 * SECOND)
    wire.prober.moved(0, wire.now)
    wire.prober.locate(0, ProbeKind.DIAL_IN, THERE, PORT, 0, wire.now)
    told += wire.run_until(wire.now + KEPT_NS + SECOND)
    assert {outcome for seq, outcome in fates(told) if seq < 25} == {Outcome.LOST}
    assert len([seq for seq, _ in fates(told) if seq < 25]) == 25


def test_what_a_box_that_stayed_has_not_answered_is_lost_once_it_answers_something_newer():
    wire = calling()
    told = wire.run_until(START + 6 * SECOND)
    assert fates(told) == []
    told.append(answer(wire, 5, FIRST.reply))
    told += wire.run_until(wire.now + 10 * MS)
    assert (5, Outcome.REPLY) in fates(told)
    assert fates(told)[0] == (0, Outcome.LOST)


def test_what_is_never_answered_is_lost_when_the_time_for_a_move_is_over():
    wire = calling(60 * SECOND)
    told = wire.run_until(START + 21 * SECOND)
    sent_ns = wire.sent[0][3]
    assert sent_ns > START + 10 * SECOND
    told += wire.run_until(sent_ns + KEPT_NS - MS)
    assert fates(told) == []
    assert wire.prober.next_deadline(wire.now) <= sent_ns + KEPT_NS
    told += wire.run_until(sent_ns + KEPT_NS)
    assert fates(told) == [(0, Outcome.LOST)]


def test_a_path_that_is_watched_no_more_leaves_nothing_behind():
    wire = calling()
    wire.run_until(START + 8 * SECOND)
    rows = np.zeros(1, np.int32)
    wire.prober.release(rows, wire.now)
    lost = fates([wire.prober.observations()])
    assert lost
    assert {outcome for _, outcome in lost} == {Outcome.LOST}
    later = fates(wire.run_until(wire.now + KEPT_NS + SECOND))
    assert not {seq for seq, _ in later} & {seq for seq, _ in lost}


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**33),
    st.integers(0, 255),
    st.one_of(st.just(112), st.integers(116, 300)),
    st.integers(10**18, 4 * 10**18),
    st.integers(0, 10**12),
)
def test_one_reply_of_a_box_equals_what_a_reflector_answers(
    seq, t1, error, ssid, number, ttl, size, t2_ns, stay
):
    asked = stamp.build(np.array([seq]), np.array([t1], np.uint64), error, ssid, size, AUTHENTICATED)
    seal(asked, [FIRST.probe])
    expected = np.full_like(asked, 0xEE)
    stamp.reflect(
        asked,
        np.array([size], np.uint16),
        expected,
        AUTHENTICATED,
        seq=np.array([number & 0xFFFF_FFFF], np.uint32),
        ssid=np.array([ssid], np.uint16),
        t2_ns=np.array([t2_ns]),
        error_estimate=0x8101,
        sender_ttl=np.array([ttl], np.uint8),
    )
    stamp.write_t3(expected, np.array([t2_ns + stay]), AUTHENTICATED)
    seal(expected, [FIRST.reply])
    reply = reflect(
        asked.tobytes(),
        Reflect(number, FIRST.reply),
        t2_ns=t2_ns,
        t3_ns=t2_ns + stay,
        error_estimate=0x8101,
        sender_ttl=ttl,
    )
    assert reply == expected.tobytes()
