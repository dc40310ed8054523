import errno
import socket
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.probing import echo, stamp
from bridgewatch.core.probing.checksum import internet_checksum
from bridgewatch.model.ports import Arrivals
from bridgewatch.model.words import Family, ProbeKind
from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.delay import constant, gamma
from bridgewatch.sim.host import LocalFault, firewall, full_queue, no_route, vanished
from bridgewatch.sim.network import SimEngine
from bridgewatch.sim.weather import CALM, Bursts, Direction, Weather, cut, spell
from bridgewatch.sim.world import COPY_LAG_NS, FarEnd, Fate
from tests.sim.probes import MS, SECOND, endpoint, engine_of, octets, packets, poll_after, send, spec, world

NTP_1900 = 2_208_988_800
TURNAROUND = 50_000
ONE_WAY = 3 * MS  # three elements of 1 ms


def still(_: str) -> Weather:
    return Weather(delay=constant(MS))


def alone(of=None, *, clock: SimClock | None = None, world_options=None, **options):
    """A clock, a world of one path and its engine."""
    clock = clock or SimClock()
    around = world([of or spec(1)], climate=still, **(world_options or {}))
    return clock, around, engine_of(clock, around, **options)


def plain_checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ntp(ns: int) -> bytes:
    seconds, rest = divmod(ns, SECOND)
    return struct.pack("!II", seconds + NTP_1900, ((rest << 32) + SECOND // 2) // SECOND)


def tokens(arrivals: Arrivals) -> list[int]:
    return arrivals.packet[:, 8:16].copy().view(np.uint64)[:, 0].tolist()


# What targets answer


def test_an_echo_reply_is_its_request_with_another_type_and_a_right_checksum():
    clock, around, engine = alone()
    batch = packets(around.paths, [0], [513])
    engine.send(batch)
    reply = octets(poll_after(clock, engine), 0)
    request = batch.packet[0].tobytes()
    assert (reply[0], reply[1], reply[4:]) == (0, 0, request[4:])
    assert plain_checksum(reply) == 0


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=56, max_size=56), st.integers(0, 65_535))
def test_every_echo_reply_has_a_right_checksum(payload, ident):
    clock, _, engine = alone()
    head = struct.pack("!BBHHH", 8, 0, 0, ident, 1)
    head = head[:2] + struct.pack("!H", plain_checksum(head + payload)) + head[4:]
    batch = packets([spec(1)], [0], [1])
    batch.packet[0] = np.frombuffer(head + payload, np.uint8)
    engine.send(batch)
    arrivals = poll_after(clock, engine)
    assert len(arrivals.kind) == 1
    assert internet_checksum(arrivals.packet).tolist() == [0]


def test_an_ipv6_echo_is_answered_with_type_129():
    clock, around, engine = alone(spec(1, family=Family.V6))
    send(clock, engine, around, [0], [7])
    arrivals = poll_after(clock, engine)
    assert (arrivals.packet[0, 0], arrivals.family[0]) == (129, 6)
    high, low = (int(half) for half in arrivals.source[0])
    assert (high << 64 | low).to_bytes(16, "big") == socket.inet_pton(socket.AF_INET6, "2001:db8::1")


def test_the_origin_of_a_reply_is_the_target():
    clock, around, engine = alone(spec(9, ProbeKind.STAMP))
    send(clock, engine, around, [0], [7])
    arrivals = poll_after(clock, engine)
    assert arrivals.source[0].tolist() == [0, 0xFFFF_C000_0209]
    assert (arrivals.kind[0], arrivals.family[0], arrivals.port[0], arrivals.interface[0]) == (1, 4, 862, 0)


def test_a_reflected_packet_is_that_of_rfc_8762_octet_by_octet():
    ahead = 7 * SECOND + 123
    far_ends = {"192.0.2.1": FarEnd(turnaround_ns=TURNAROUND, clock_offset_ns=ahead, synchronised=True)}
    clock, around, engine = alone(spec(1, ProbeKind.STAMP), world_options={"far_ends": far_ends})
    sent_wall = clock.wall_ns()
    batch = packets(around.paths, [0], [77], sent_wall)
    engine.send(batch)
    reply = octets(poll_after(clock, engine), 0)
    request = batch.packet[0, :44].tobytes()
    reached = sent_wall + ONE_WAY + ahead
    assert len(reply) == 44
    assert reply[0:4] == struct.pack("!I", 77)
    assert reply[4:12] == ntp(reached + TURNAROUND)
    assert reply[12] & 0x80  # S: synchronised
    assert reply[14:16] == request[14:16]
    assert reply[16:24] == ntp(reached)
    assert reply[24:38] == request[0:14]
    assert (reply[38:40], reply[41:44]) == (bytes(2), bytes(3))


def test_one_way_times_contain_the_far_clocks_offset_whatever_our_wall_clock_does():
    far_ends = {"192.0.2.1": FarEnd(clock_offset_ns=-5 * SECOND)}
    clock, around, engine = alone(spec(1, ProbeKind.STAMP), world_options={"far_ends": far_ends})
    true_wall = clock.wall_ns()
    clock.step_wall(3600 * SECOND)
    send(clock, engine, around, [0], [1])
    arrivals = poll_after(clock, engine)
    reflected = stamp.parse_reflected(arrivals.packet, arrivals.length)
    assert abs(int(reflected.t2_ns[0]) - (true_wall + ONE_WAY - 5 * SECOND)) <= 1
    assert abs(int(reflected.t3_ns[0] - reflected.t2_ns[0]) - TURNAROUND) <= 1
    assert not reflected.error.synchronised[0]


def test_a_stateful_reflector_counts_what_reached_it():
    script = [spell("line-0", 0, loss=0.4)]
    clock, around, engine = alone(spec(1, ProbeKind.STAMP, stateful=True), world_options={"script": script})
    numbers: list[int] = []
    for seq in range(300):
        send(clock, engine, around, [0], [seq])
        arrivals = poll_after(clock, engine, SECOND)
        numbers += stamp.parse_reflected(arrivals.packet, arrivals.length).seq.tolist()
    truth = engine.truth
    assert numbers == sorted(set(numbers))
    assert len(numbers) == truth.answered[0]
    assert numbers[-1] < 300 - truth.lost_forward[0]
    gaps = numbers[-1] + 1 - len(numbers)
    assert 0 < gaps <= truth.lost_backward[0]


def test_a_restarted_reflector_counts_from_zero():
    clock, around, engine = alone(spec(1, ProbeKind.STAMP, stateful=True))
    seen = []
    for seq in range(4):
        if seq == 2:
            engine.restart_reflector(0)
        send(clock, engine, around, [0], [seq])
        arrivals = poll_after(clock, engine)
        seen += stamp.parse_reflected(arrivals.packet, arrivals.length).seq.tolist()
    assert seen == [0, 1, 0, 1]


def test_several_probes_of_one_path_in_a_batch_are_counted_one_by_one():
    clock, around, engine = alone(spec(1, ProbeKind.STAMP, stateful=True))
    send(clock, engine, around, [0, 0, 0], [5, 6, 7])
    arrivals = poll_after(clock, engine)
    reflected = stamp.parse_reflected(arrivals.packet, arrivals.length)
    assert reflected.sender_seq.tolist() == [5, 6, 7]
    assert reflected.seq.tolist() == [0, 1, 2]


def test_a_short_request_is_answered_at_base_length():
    clock, _, engine = alone(spec(1, ProbeKind.STAMP))
    batch = packets([spec(1, ProbeKind.STAMP)], [0], [3])
    batch.packet[0, 14:] = 0
    batch.length[0] = 14
    engine.send(batch)
    assert poll_after(clock, engine).length.tolist() == [44]


def test_no_target_answers_a_malformed_packet():
    specs = [spec(1), spec(2), spec(3, ProbeKind.STAMP)]
    clock = SimClock()
    engine = engine_of(clock, world(specs, climate=still))
    batch = packets(specs, [0, 1, 2], [1, 1, 1])
    batch.packet[0, 20] ^= 1  # its checksum is wrong now
    batch.packet[1, 0] = 13  # not an echo request
    batch.length[2] = 10
    assert engine.send(batch).errno.tolist() == [0, 0, 0]
    assert len(poll_after(clock, engine).kind) == 0
    assert engine.malformed == 3


# When


def test_a_reply_comes_when_the_clock_has_passed_its_arrival_and_not_before():
    clock, around, engine = alone()
    start = clock.monotonic_ns()
    assert send(clock, engine, around, [0], [1]).sent_ns == start
    arrival = start + 2 * ONE_WAY + TURNAROUND
    assert engine.next_arrival_ns == arrival
    assert len(poll_after(clock, engine, 2 * ONE_WAY + TURNAROUND - 1).kind) == 0
    assert poll_after(clock, engine, 1).at_ns.tolist() == [arrival]
    assert engine.next_arrival_ns is None
    assert len(poll_after(clock, engine).kind) == 0


def test_replies_come_oldest_first():
    specs = [spec(n + 1) for n in range(60)]
    clock = SimClock()
    around = world(specs, climate=lambda _: Weather(delay=gamma(MS, 20 * MS)))
    engine = engine_of(clock, around)
    for seq in range(20):
        send(clock, engine, around, range(60), [seq] * 60)
        clock.advance(5 * MS)
    arrivals = poll_after(clock, engine)
    assert len(arrivals.at_ns) == 1_200
    assert (np.diff(arrivals.at_ns) >= 0).all()
    assert arrivals.at_ns.tolist() != sorted(arrivals.at_ns.tolist(), reverse=True)
    assert tokens(arrivals) != sorted(tokens(arrivals))


def test_transmit_stamps_loop_back_with_the_next_poll():
    clock, around, engine = alone()
    sent = packets(around.paths, [0, 0], [4, 5])
    start = clock.monotonic_ns()
    engine.send(sent)
    arrivals = poll_after(clock, engine, 1)
    assert arrivals.tx_token.tolist() == sent.token.tolist()
    assert arrivals.tx_at_ns.tolist() == [start, start]
    assert len(engine.poll().tx_token) == 0


def test_an_engine_may_have_no_transmit_stamps():
    clock, around, engine = alone(transmit_stamps=False)
    send(clock, engine, around, [0], [4])
    assert len(poll_after(clock, engine).tx_token) == 0


def test_a_step_of_the_wall_clock_is_told_once_and_bends_the_stamps_taken_before_it():
    clock, around, engine = alone()
    assert not engine.poll().stepped
    start = clock.monotonic_ns()
    send(clock, engine, around, [0], [1])
    clock.advance(SECOND)
    clock.step_wall(400 * MS)
    send(clock, engine, around, [0], [2])
    arrivals = poll_after(clock, engine)
    first, second = 2 * ONE_WAY + TURNAROUND, SECOND + 2 * ONE_WAY + TURNAROUND
    assert arrivals.stepped
    assert arrivals.wall_offset_ns == clock.wall_offset_ns
    assert (arrivals.at_ns - start).tolist() == [first - 400 * MS, second]
    assert (arrivals.tx_at_ns - start).tolist() == [-400 * MS, SECOND]
    assert not engine.poll().stepped


# What goes wrong


def test_the_truth_is_what_came_back():
    specs = [spec(n + 1) for n in range(30)]
    clock = SimClock()
    lossy = Weather(delay=gamma(MS, MS), loss=0.05, bursts=Bursts(5e9, 5e8))
    around = world(specs, climate=lambda _: lossy)
    engine = engine_of(clock, around)
    answered = np.zeros(30, np.int64)
    for seq in range(200):
        send(clock, engine, around, range(30), [seq] * 30)
        for token in tokens(poll_after(clock, engine, 100 * MS)):
            answered[token >> 32] += 1
    for token in tokens(poll_after(clock, engine)):
        answered[token >> 32] += 1
    truth = engine.truth
    assert (truth.sent == 200).all()
    assert truth.answered.tolist() == answered.tolist()
    assert truth.lost_forward.sum() > 500
    assert truth.lost_backward.sum() > 500


@pytest.mark.parametrize("quote", [8, 20, 200])
@pytest.mark.parametrize("family", list(Family))
def test_an_unreachable_quotes_the_echo_request(quote, family):
    one = spec(1, family=family)
    script = [cut("handover", 0, unreachable=True)]
    clock, around, engine = alone(one, world_options={"script": script}, quote=quote)
    batch = packets(around.paths, [0], [900])
    engine.send(batch)
    arrivals = poll_after(clock, engine)
    size = min(quote, 64)
    assert len(arrivals.kind) == 0
    assert arrivals.error_length.tolist() == [size]
    assert arrivals.error_packet[0, :size].tobytes() == batch.packet[0, :size].tobytes()
    assert not arrivals.error_packet[0, size:].any()
    quoted = echo.parse_quoted(arrivals.error_packet, arrivals.error_length, family)
    assert (quoted.valid[0], quoted.seq[0], quoted.has_nonce[0]) == (True, 900, quote >= 16)
    assert (arrivals.error_kind[0], arrivals.error_family[0], arrivals.error_port[0]) == (0, family, 0)


@pytest.mark.parametrize(("quote", "size"), [(8, 0), (12, 4), (20, 12), (200, 44)])
def test_an_unreachable_quotes_a_stamp_packet_behind_its_udp_header(quote, size):
    script = [cut("handover", 0, unreachable=True)]
    clock, around, engine = alone(spec(1, ProbeKind.STAMP), world_options={"script": script}, quote=quote)
    send(clock, engine, around, [0], [900])
    arrivals = poll_after(clock, engine)
    assert arrivals.error_length.tolist() == [size]
    assert arrivals.error_port.tolist() == [862]
    assert arrivals.error_destination[0].tolist() == [0, 0xFFFF_C000_0201]
    quoted = stamp.parse_quoted(arrivals.error_packet, arrivals.error_length)
    assert (quoted.has_seq[0], quoted.has_token[0]) == (size >= 4, size >= 12)
    assert engine.truth.unreachable.tolist() == [1]


def test_a_router_never_quotes_less_than_eight_octets():
    with pytest.raises(ValueError, match="at least 8"):
        alone(quote=7)


def test_a_duplicated_reply_comes_twice_and_is_the_same():
    script = [spell("handover", 0, duplicate=1.0, directions=(Direction.BACKWARD,))]
    clock, around, engine = alone(world_options={"script": script})
    send(clock, engine, around, [0], [1])
    arrivals = poll_after(clock, engine)
    assert octets(arrivals, 0) == octets(arrivals, 1)
    assert np.diff(arrivals.at_ns).tolist() == [COPY_LAG_NS]
    assert engine.truth.copies.tolist() == [1]
    assert engine.truth.answered.tolist() == [1]


def test_a_request_duplicated_on_its_way_is_counted_twice_by_a_stateful_reflector():
    script = [spell("handover", 0, duplicate=1.0, directions=(Direction.FORWARD,))]
    one = spec(1, ProbeKind.STAMP, stateful=True)
    clock, around, engine = alone(one, world_options={"script": script})
    send(clock, engine, around, [0, 0], [1, 2])
    arrivals = poll_after(clock, engine)
    reflected = stamp.parse_reflected(arrivals.packet, arrivals.length)
    pairs = sorted(zip(reflected.sender_seq.tolist(), reflected.seq.tolist(), strict=True))
    assert pairs == [(1, 0), (1, 1), (2, 2), (2, 3)]


def test_a_corrupt_reply_differs_in_one_bit():
    script = [spell("handover", 0, corrupt=1.0, directions=(Direction.BACKWARD,))]
    clock, around, engine = alone(world_options={"script": script})
    calm_clock, calm_around, calm = alone()
    for each, of, at in ((engine, around, clock), (calm, calm_around, calm_clock)):
        send(at, each, of, [0], [1])
    damaged = np.frombuffer(octets(poll_after(clock, engine), 0), np.uint8)
    whole = np.frombuffer(octets(poll_after(calm_clock, calm), 0), np.uint8)
    assert int(np.unpackbits(damaged ^ whole).sum()) == 1


def test_more_than_a_receive_buffer_holds_is_dropped_and_counted():
    specs = [spec(n + 1) for n in range(40)] + [spec(n + 1, ProbeKind.STAMP) for n in range(5)]
    clock = SimClock()
    around = world(specs, climate=still)
    engine = engine_of(clock, around, receive_capacity=30)
    send(clock, engine, around, range(45), [1] * 45)
    arrivals = poll_after(clock, engine)
    assert arrivals.overflows == 10
    assert np.bincount(arrivals.kind).tolist() == [30, 5]  # a socket for each kind
    assert tokens(arrivals)[:30] == [row << 32 | 1 for row in range(30)]  # the newest had no room
    assert poll_after(clock, engine).overflows == 0


def wan_and_net():
    specs = [spec(1, interface="wan0"), spec(2, interface="net0")]
    return world(specs, climate=still)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (firewall, errno.EPERM),
        (no_route, errno.ENETUNREACH),
        (lambda start, end, by: LocalFault(start, end, errno.EMSGSIZE, by), errno.EMSGSIZE),
    ],
)
def test_a_local_fault_refuses_its_own_interface_while_it_lasts(fault, expected):
    clock, around = SimClock(), wan_and_net()
    start = clock.monotonic_ns()
    engine = engine_of(clock, around, faults=[fault(start + SECOND, start + 2 * SECOND, "wan0")])
    seen = []
    for seq in range(3):
        seen.append(send(clock, engine, around, [0, 1], [seq, seq]).errno.tolist())
        clock.advance(SECOND)
    assert seen == [[0, 0], [expected, 0], [0, 0]]
    assert engine.truth.sent.tolist() == [2, 3]
    assert len(engine.poll().tx_token) == 5


def test_a_fault_without_an_interface_strikes_all():
    clock, around = SimClock(), wan_and_net()
    engine = engine_of(clock, around, faults=[firewall(0, 2**62)])
    assert send(clock, engine, around, [0, 1], [1, 1]).errno.tolist() == [errno.EPERM] * 2


def test_a_full_queue_refuses_a_share_and_the_same_one_again():
    def refused() -> np.ndarray:
        clock, around = SimClock(), wan_and_net()
        engine = engine_of(clock, around, faults=[full_queue(0, 2**62, 0.3)])
        return send(clock, engine, around, [0] * 4_000, range(4_000)).errno

    first = refused()
    assert set(first.tolist()) == {0, errno.ENOBUFS}
    assert 1_050 < np.count_nonzero(first) < 1_350
    assert (refused() == first).all()


def test_an_interface_vanishes_and_returns():
    clock, around = SimClock(), wan_and_net()
    start = clock.monotonic_ns()
    engine = engine_of(clock, around, faults=[vanished("wan0", start + 2 * MS, start + SECOND)])
    send(clock, engine, around, [0, 1], [1, 1])
    clock.advance(2 * MS)
    assert send(clock, engine, around, [0, 1], [2, 2]).errno.tolist() == [errno.ENODEV, 0]
    assert engine.assign(0, endpoint(around.paths[0])) == 1
    # The first reply came in on an interface that was not there.
    assert tokens(poll_after(clock, engine, SECOND - 2 * MS)) == [1 << 32 | 1, 1 << 32 | 2]
    send(clock, engine, around, [0], [3])
    arrivals = poll_after(clock, engine)
    assert tokens(arrivals) == [3]
    assert arrivals.interface.tolist() == [1]


def test_an_error_about_a_vanished_interfaces_probe_is_not_heard():
    one = spec(1, interface="wan0")
    clock = SimClock()
    start = clock.monotonic_ns()
    around = world([one], climate=still, script=[cut("handover", 0, unreachable=True)])
    engine = engine_of(clock, around, faults=[vanished("wan0", start + MS)])
    send(clock, engine, around, [0], [1])
    assert len(poll_after(clock, engine).error_kind) == 0


# Rows and hosts


def test_rows_that_nobody_assigned_have_no_destination():
    clock, around, engine = alone()
    assert send(clock, engine, around, [0], [1]).errno.tolist() == [0]
    batch = packets(around.paths, [0, 0], [2, 3])
    batch.path[1] = 5_000
    assert engine.send(batch).errno.tolist() == [0, errno.EDESTADDRREQ]
    engine.release(0)
    engine.release(10**6)
    assert send(clock, engine, around, [0], [4]).errno.tolist() == [errno.EDESTADDRREQ]
    assert tokens(poll_after(clock, engine)) == [1, 2]  # released, but already on its way


def test_an_empty_batch_is_nothing():
    clock, around, engine = alone()
    assert len(engine.send(packets(around.paths, [], [])).errno) == 0
    assert len(poll_after(clock, engine).kind) == 0


def test_packets_to_an_address_nobody_has_vanish():
    clock, around, engine = alone()
    engine.assign(3, endpoint(around.paths[0], "192.0.2.200"))
    batch = packets(around.paths, [0], [1])
    batch.path[0] = 3
    assert engine.send(batch).errno.tolist() == [0]
    assert len(poll_after(clock, engine).kind) == 0
    assert engine.strays == 1


def test_a_host_with_a_name_is_found_at_its_address_and_may_move():
    one = spec(1, host="router.example")
    clock = SimClock()
    around = world([one], climate=still)
    engine = SimEngine(clock, around, addresses={"router.example": "192.0.2.50"})
    seen = []
    for address in ("192.0.2.50", "192.0.2.51", "192.0.2.51"):
        engine.assign(0, endpoint(one, address))
        send(clock, engine, around, [0], [1])
        seen.append(len(poll_after(clock, engine).kind))
        if len(seen) == 2:
            engine.move_host("router.example", "192.0.2.51")
    assert seen == [1, 0, 1]


def test_two_paths_to_one_address_are_told_apart_by_their_interface():
    specs = [spec(1, interface="wan0"), spec(1, interface="net0")]
    clock = SimClock()
    around = world(specs, climate=still, script=[cut("line-0", 0)])
    engine = engine_of(clock, around)
    send(clock, engine, around, [0, 1], [1, 1])
    assert tokens(poll_after(clock, engine)) == [1 << 32 | 1]


def test_sequence_numbers_that_wrap_on_the_wire_are_unwrapped():
    clock = SimClock()
    around = world([spec(1)], climate=lambda _: Weather(delay=gamma(MS, MS)))
    engine = engine_of(clock, around)
    start = clock.monotonic_ns()
    took = []
    for seq in (65_534, 65_535, 65_536, 65_540, 65_538, 131_072):
        if seq == 131_072:  # a gap of more than half the numbers needs a step in between
            send(clock, engine, around, [0], [98_306])
            poll_after(clock, engine)
        sent = clock.monotonic_ns()
        send(clock, engine, around, [0], [seq])
        took.append(int(poll_after(clock, engine).at_ns[0]) - sent)
        pure = around.fates(np.asarray([0], np.int32), np.asarray([seq]), np.asarray([sent]))
        assert took[-1] == int(pure.ended_ns[0]) - sent
    assert len(set(took)) == 6
    assert clock.monotonic_ns() > start


def test_an_interface_has_one_id_for_ever_and_no_interface_has_none():
    clock, around = SimClock(), wan_and_net()
    engine = SimEngine(clock, around)
    wan, net = (endpoint(one) for one in around.paths)
    assert [engine.assign(row, one) for row, one in enumerate((wan, net, wan))] == [1, 2, 1]
    assert engine.assign(3, endpoint(spec(3))) == 0


def test_an_address_that_is_not_numeric_is_refused():
    _, around, engine = alone()
    with pytest.raises(ValueError, match=r"router\.example"):
        engine.assign(0, endpoint(around.paths[0], "router.example"))


def test_the_engine_says_what_it_is():
    assert alone()[2].name == "simulated network of 1 paths"


def test_a_forger_can_be_let_loose():
    clock, around, engine = alone()
    stranger = endpoint(around.paths[0], "203.0.113.66")
    engine.inject(stranger, b"\x00" * 300, clock.monotonic_ns() + 5)
    arrivals = poll_after(clock, engine)
    assert arrivals.source[0].tolist() == [0, 0xFFFF_CB00_7142]
    assert (arrivals.length[0], arrivals.packet.shape[1]) == (300, 300)


def test_a_closed_engine_forgets_what_was_in_flight():
    clock, around, engine = alone()
    send(clock, engine, around, [0], [1])
    engine.close()
    assert len(poll_after(clock, engine).kind) == 0


# However it is cut


MIXED = [
    spec(1),
    spec(2, family=Family.V6),
    spec(3, ProbeKind.STAMP, stateful=True),
    spec(4, ProbeKind.STAMP, Family.V6),
]
STORM = {
    "egress": Weather(delay=gamma(MS, MS), loss=0.05, duplicate=0.2),
    "handover": Weather(delay=constant(MS), corrupt=0.2, duplicate=0.2, bursts=Bursts(2e9, 5e8)),
}


def stormy(element: str) -> Weather:
    return STORM.get(
        element, Weather(delay=constant(2 * MS), reorder=0.1, reorder_ns=30 * MS) if element else CALM
    )


def received(cuts: list[int], polls: list[int], sends: list[tuple[int, int]]) -> list[tuple]:
    """All that arrives when the probes (gap to the one before, row) are cut into batches and polled so."""
    clock = SimClock()
    around = world(MIXED, seed=4, climate=stormy, script=[cut("line-1", 0, unreachable=True)])
    engine = engine_of(clock, around, quote=20)
    counts = [0] * len(MIXED)
    found: list[tuple] = []

    def poll() -> None:
        a = engine.poll()
        found.extend(
            ("reply", int(a.at_ns[i]), int(a.kind[i]), a.source[i].tolist(), octets(a, i))
            for i in range(len(a.kind))
        )
        found.extend(
            ("error", a.error_destination[i].tolist(), a.error_packet[i, : a.error_length[i]].tobytes())
            for i in range(len(a.error_kind))
        )

    waiting: list[tuple[int, int]] = []

    def flush() -> None:
        if waiting:
            send(clock, engine, around, [row for row, _ in waiting], [seq for _, seq in waiting])
            waiting.clear()

    for number, (gap, row) in enumerate(sends):
        if gap:
            flush()
            clock.advance(gap)
        if number in cuts:
            flush()
        if number in polls:
            flush()
            poll()
        waiting.append((row, counts[row]))
        counts[row] += 1
    flush()
    clock.advance(10 * SECOND)
    poll()
    return sorted(found, key=lambda one: (one[0], one[1:] if one[0] == "error" else one[1:2]))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_arrives_does_not_depend_on_where_batches_are_cut(data):
    gaps = st.sampled_from([0, 0, 0, 1, MS, 7 * MS, 400 * MS])
    sends = data.draw(st.lists(st.tuples(gaps, st.integers(0, 3)), min_size=1, max_size=60))
    some = st.lists(st.integers(0, len(sends)), max_size=20)
    whole = received([], [], sends)
    assert received(data.draw(some), data.draw(some), sends) == whole
    assert received(list(range(len(sends))), list(range(len(sends))), sends) == whole


def test_a_row_moves_to_another_target_without_its_old_replies_changing_origin():
    specs = [spec(1), spec(2)]
    clock = SimClock()
    around = world(specs, climate=still)
    engine = engine_of(clock, around)
    send(clock, engine, around, [0], [1])
    engine.assign(0, endpoint(specs[1]))
    send(clock, engine, around, [0], [2])
    arrivals = poll_after(clock, engine)
    assert (arrivals.source[:, 1] & np.uint64(0xFF)).tolist() == [1, 2]
    assert engine.truth.sent.tolist() == [1, 1]
    fates = around.fates(np.asarray([1], np.int32), np.asarray([2]), np.asarray([clock.monotonic_ns()]))
    assert fates.fate.tolist() == [Fate.ANSWERED]
