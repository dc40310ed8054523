"""What becomes of a probe: one fate each, whatever arrives and however it is cut into batches."""

import errno
from collections import Counter
from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bridgewatch.core.probing.prober import LINGER_NS
from bridgewatch.model.observations import NO_TIME, Observations
from bridgewatch.model.words import Outcome, ProbeKind
from tests.probing.wire import MS, SECOND, START, Error, Packet, Wire, address, arrivals, as_reply, reply

TMAX = 3 * SECOND


def outcomes(told: list[Observations]) -> Counter:
    return Counter(
        (int(p), int(s), Outcome(o)) for t in told for p, s, o in zip(t.path, t.seq, t.outcome, strict=True)
    )


def first_probe(wire: Wire) -> tuple[int, int, bytes, int]:
    wire.run_until(START + SECOND)
    return wire.sent[0]


def test_every_path_is_probed_once_per_interval_on_a_phase_of_its_own():
    wire = Wire.of(50)
    wire.run_until(START + 10 * SECOND)
    times = {path: [at for p, _, _, at in wire.sent if p == path] for path in range(50)}
    assert all(len(at) in (10, 11) for at in times.values())
    assert all(abs(b - a - SECOND) <= 10 * MS for at in times.values() for a, b in pairwise(at))
    per_tenth = Counter(at // (100 * MS) % 10 for at in (t[0] for t in times.values()))
    assert max(per_tenth.values()) <= 8


def test_a_reply_in_time_has_its_round_trip_from_the_stamps():
    wire = Wire.of(1)
    path, _, request, sent = first_probe(wire)
    token = wire.tokens[0][0]
    told = wire.receive([reply(path, request, sent + 42 * MS)], stamps=((token, sent + 2 * MS),))
    assert told.outcome.tolist() == [Outcome.REPLY]
    assert told.rtt_ns.tolist() == [40 * MS]


def test_without_a_transmit_stamp_the_round_trip_is_counted_from_the_send_call():
    wire = Wire.of(1)
    path, _, request, sent = first_probe(wire)
    assert wire.receive([reply(path, request, sent + 42 * MS)]).rtt_ns.tolist() == [42 * MS]


def test_an_unanswered_probe_is_lost_once_its_fate_is_known_and_not_before():
    wire = Wire.of(1, interval_ns=50 * SECOND)
    wire.run_until(START + 20 * MS)
    sent = wire.sent[0][3]
    assert not outcomes(wire.run_until(sent + TMAX + LINGER_NS - 10 * MS))
    assert outcomes(wire.run_until(sent + TMAX + LINGER_NS + 10 * MS)) == {(0, 0, Outcome.LOST): 1}


def test_a_reply_after_tmax_is_late_and_has_no_round_trip():
    wire = Wire.of(1, interval_ns=50 * SECOND)
    wire.run_until(START + 20 * MS)
    path, _, request, sent = wire.sent[0]
    wire.run_until(sent + TMAX + 500 * MS)
    told = wire.receive([reply(path, request, sent + TMAX + 1)])
    assert (told.outcome.tolist(), told.rtt_ns.tolist()) == ([Outcome.LATE], [NO_TIME])
    assert not outcomes(wire.run_until(sent + 10 * SECOND))


def test_a_reply_long_after_its_fate_was_told_changes_nothing():
    wire = Wire.of(1, interval_ns=50 * SECOND)
    wire.run_until(START + 20 * MS)
    path, _, request, sent = wire.sent[0]
    wire.run_until(sent + 6 * SECOND)
    assert not len(wire.receive([reply(path, request, wire.now)]).path)
    assert wire.prober.unmatched == 1


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("another address", lambda p: Packet(address(7), p.octets, p.at_ns)),
        (
            "another nonce",
            lambda p: Packet(p.source, as_reply(p.octets[:8] + bytes(8) + p.octets[16:]), p.at_ns),
        ),
        (
            "another sequence",
            lambda p: Packet(p.source, as_reply(p.octets[:6] + b"\0\x09" + p.octets[8:]), p.at_ns),
        ),
        ("a wrong checksum", lambda p: Packet(p.source, p.octets[:-1] + b"\xff", p.at_ns)),
        ("too short", lambda p: Packet(p.source, p.octets[:12], p.at_ns)),
        ("a request", lambda p: Packet(p.source, b"\x08" + p.octets[1:], p.at_ns)),
    ],
)
def test_a_reply_that_is_not_ours_is_counted_as_unmatched_and_nothing_else(name, spoil):
    wire = Wire.of(1)
    path, _, request, sent = first_probe(wire)
    told = wire.receive([spoil(reply(path, request, sent + MS))])
    assert not len(told.path), name
    assert wire.prober.unmatched == 1


def test_a_reply_on_another_interface_than_the_required_one_is_not_believed():
    wire = Wire.of(1)
    wire.prober.locate(0, ProbeKind.ICMP, address(0), 0, 3, START)
    path, _, request, sent = first_probe(wire)
    genuine = reply(path, request, sent + MS)
    assert not len(wire.receive([genuine]).path)
    assert len(wire.receive([Packet(genuine.source, genuine.octets, genuine.at_ns, interface=3)]).path) == 1


def test_duplicates_are_counted_and_are_no_second_fate():
    wire = Wire.of(1)
    path, _, request, sent = first_probe(wire)
    packet = reply(path, request, sent + MS)
    told = wire.receive([packet, packet])
    again = wire.receive([packet])
    assert told.outcome.tolist() == [Outcome.REPLY]
    assert (told.duplicates.tolist(), again.duplicates.tolist()) == ([0], [0])
    assert not len(again.path)


def test_replies_that_arrive_behind_a_newer_one_are_reordered():
    wire = Wire.of(1, interval_ns=100 * MS)
    wire.run_until(START + 500 * MS)
    packets = [reply(path, request, wire.now + i) for i, (path, _, request, _) in enumerate(wire.sent)]
    told = wire.receive([packets[2], packets[0], packets[3], packets[1]])
    assert told.seq.tolist() == [2, 0, 3, 1]
    assert told.reordered.tolist() == [0, 0]


@pytest.mark.parametrize("quoted", [8, 16, 64])
def test_an_icmp_error_tells_the_fate_of_the_probe_it_quotes(quoted):
    wire = Wire.of(2)
    wire.run_until(START + SECOND)
    path, seq, request, _ = wire.sent[1]
    told = wire.receive([], errors=(Error(address(path), request[:quoted]),))
    assert outcomes([told]) == {(path, seq, Outcome.UNREACHABLE): 1}
    assert not any(p == path and s == seq for p, s, _ in outcomes(wire.run_until(START + 9 * SECOND)))


def test_an_icmp_error_that_quotes_another_nonce_is_not_believed():
    wire = Wire.of(1)
    path, _, request, _ = first_probe(wire)
    forged = request[:8] + bytes(8) + request[16:]
    assert not len(wire.receive([], errors=(Error(address(path), forged),)).path)


def test_what_our_own_host_refuses_to_send_is_a_local_error_and_never_silence():
    wire = Wire.of(1, interval_ns=100 * MS)
    told = []
    while wire.now < START + 10 * SECOND:
        wire.now += 10 * MS
        wire.prober.receive(arrivals([], now=wire.now), wire.now)
        wire.launch(errno=errno.ENETUNREACH)
        told.append(wire.prober.observations())
    assert {outcome for _, _, outcome in outcomes(told)} == {Outcome.LOCAL_ERROR}
    assert sum(len(t.path) for t in told) == len(wire.sent)
    assert not any(len(t.quiet_path) for t in told)


def test_probes_in_flight_while_our_own_buffer_overflowed_are_local_errors_and_no_silence():
    wire = Wire.of(1, interval_ns=50 * SECOND)
    wire.run_until(START + 20 * MS)
    sent = wire.sent[0][3]
    wire.receive([], overflows=12)
    told = wire.run_until(sent + 6 * SECOND)
    assert outcomes(told) == {(0, 0, Outcome.LOCAL_ERROR): 1}
    assert not any(len(t.quiet_path) for t in told)
    assert wire.prober.overflows == 12


def test_a_wall_clock_step_voids_the_round_trips_it_falls_into_and_no_reply():
    wire = Wire.of(1)
    path, _, request, _ = first_probe(wire)
    told = wire.receive([reply(path, request, wire.now)], stepped=True)
    assert (told.outcome.tolist(), told.rtt_ns.tolist()) == ([Outcome.REPLY], [NO_TIME])
    assert wire.prober.clock_steps == 1


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_a_clock_step_makes_no_reply_late_however_wrong_its_stamps_are(jump):
    wire = Wire.of(1)
    path, _, request, _ = first_probe(wire)
    told = wire.receive([reply(path, request, wire.now + jump * SECOND)], stepped=True)
    assert (told.outcome.tolist(), told.rtt_ns.tolist()) == ([Outcome.REPLY], [NO_TIME])


def test_silence_counts_the_probes_past_their_grace_and_a_reply_ends_it():
    wire = Wire.of(1, interval_ns=100 * MS)
    told = wire.run_until(START + 700 * MS)
    counts = [int(c) for t in told for c in t.quiet_count]
    assert counts == list(range(1, len(counts) + 1))
    assert len(counts) >= 4
    first = next(t for t in told if len(t.quiet_path))
    assert first.quiet_since_ns[0] == wire.sent[0][3]
    path, _, request, _ = wire.sent[-1]
    wire.receive([reply(path, request, wire.now)])
    after = wire.run_until(wire.now + 390 * MS)
    assert next(int(c) for t in after for c in t.quiet_count) == 1
    assert next(int(s) for t in after for s in t.quiet_since_ns) > wire.sent[0][3]


def test_a_slow_path_has_more_grace_and_keeps_it_while_silent():
    wire = Wire.of(1, interval_ns=100 * MS)
    wire.prober.set_grace(np.array([0], np.int32), np.array([0.3]))
    assert not any(len(t.quiet_path) for t in wire.run_until(START + 890 * MS))
    told = wire.run_until(START + 1100 * MS)
    assert any(len(t.quiet_path) for t in told)
    wire.prober.set_grace(np.array([0], np.int32), np.array([1.0]))
    assert any(len(t.quiet_path) for t in wire.run_until(wire.now + 300 * MS))


def test_a_path_that_moves_still_believes_its_former_address_for_its_former_probes_only():
    wire = Wire.of(1, interval_ns=100 * MS)
    wire.run_until(START + 100 * MS)
    old = wire.sent[-1]
    wire.prober.locate(0, ProbeKind.ICMP, address(9), 0, 0, wire.now)
    wire.run_until(wire.now + 100 * MS)
    new = wire.sent[-1]
    assert len(wire.receive([reply(0, old[2], wire.now)]).path) == 1
    assert not len(wire.receive([reply(0, new[2], wire.now)]).path)
    assert len(wire.receive([Packet(address(9), as_reply(new[2]), wire.now)]).path) == 1


def test_two_paths_to_one_address_each_take_their_own_replies():
    wire = Wire.of(2, interval_ns=100 * MS)
    wire.prober.locate(1, ProbeKind.ICMP, address(0), 0, 0, START)
    wire.run_until(START + 300 * MS)
    packets = [Packet(address(0), as_reply(request), wire.now) for _, _, request, _ in wire.sent]
    told = wire.receive(packets)
    assert Counter(told.path.tolist()) == Counter(path for path, _, _, _ in wire.sent)
    assert wire.prober.unmatched == 0


def test_a_rate_change_keeps_what_is_in_flight_and_the_sequence():
    wire = Wire.of(1)
    wire.run_until(START + 2 * SECOND)
    in_flight, seq = wire.prober.in_flight, wire.sent[-1][1]
    wire.prober.set_interval(np.array([0], np.int32), np.array([100 * MS]), wire.now)
    assert wire.prober.in_flight == in_flight
    wire.run_until(wire.now + SECOND)
    later = [s for _, s, _, _ in wire.sent if s > seq]
    assert later == list(range(seq + 1, seq + 1 + len(later)))
    assert len(later) in (10, 11)


def test_a_bound_on_sends_slows_every_path_alike_and_loses_nothing():
    wire = Wire.of(200, interval_ns=100 * MS, sends_per_second=500)
    told = []
    while wire.now < START + 20 * SECOND:
        wire.now += 10 * MS
        before = len(wire.sent)
        wire.launch()
        told.append(wire.receive([reply(p, r, wire.now) for p, _, r, _ in wire.sent[before:]]))
    counts = Counter(path for path, _, _, _ in wire.sent)
    assert sum(counts.values()) == pytest.approx(500 * 20, rel=0.02)
    assert max(counts.values()) - min(counts.values()) <= 6
    assert wire.prober.schedule.slowdown == pytest.approx(4)
    assert wire.prober.schedule.deferred > 0
    assert {outcome for _, _, outcome in outcomes(told)} == {Outcome.REPLY}


def test_a_full_in_flight_table_holds_sends_back_and_loses_nothing():
    wire = Wire.of(64, interval_ns=100 * MS, in_flight=128)
    told = wire.run_until(START + 10 * SECOND)
    fates = outcomes(told)
    assert max(fates.values()) == 1
    assert set(Counter(o for _, _, o in fates)) == {Outcome.LOST}
    assert wire.prober.schedule.deferred > 0


def test_a_stall_skips_what_passed_and_sends_no_burst():
    wire = Wire.of(1, interval_ns=100 * MS)
    wire.run_until(START + SECOND)
    before = len(wire.sent)
    wire.now += SECOND
    wire.launch()
    assert len(wire.sent) == before + 1
    assert wire.prober.schedule.skipped >= 8
    wire.run_until(wire.now + SECOND)
    assert len(wire.sent) - before - 1 in (9, 10)


@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(data=st.data())
def test_fates_do_not_depend_on_where_arrivals_are_cut_into_batches(data):
    """The same packets at the same instants, in one batch or in pieces, tell the same."""
    wires = [Wire.of(4, interval_ns=100 * MS, in_flight=1024) for _ in range(2)]
    for wire in wires:
        wire.run_until(START + 600 * MS)
    sent = wires[0].sent
    assert sent == wires[1].sent
    chosen = data.draw(st.lists(st.integers(0, len(sent) - 1), max_size=40))
    at = sorted(data.draw(st.lists(st.integers(0, 50), min_size=len(chosen), max_size=len(chosen))))
    packets = [
        reply(sent[number][0], sent[number][2], wires[0].now + offset * MS)
        for number, offset in zip(chosen, at, strict=True)
    ]
    cuts = sorted({0, len(packets), *data.draw(st.lists(st.integers(0, len(packets)), max_size=6))})
    whole = [wires[0].receive(packets)]
    pieces = [wires[1].receive(packets[a:b]) for a, b in pairwise(cuts)]
    for wire, told in zip(wires, (whole, pieces), strict=True):
        told.extend(wire.run_until(START + 6 * SECOND))
    for column in fields(Observations):
        joined = [
            np.concatenate([getattr(t, column.name) for t in told]).tolist() for told in (whole, pieces)
        ]
        if column.name in {"duplicates", "reordered"}:  # counted, so their order means nothing
            joined = [sorted(paths) for paths in joined]
        assert joined[0] == joined[1], column.name
