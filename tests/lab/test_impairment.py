"""What the forwarder decides and writes, without any packet on a wire."""

from itertools import islice

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given, settings
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.packet import Raw

from tests.lab.corruption import flip
from tests.lab.forwarder_log import LOG, Done, LogWriter, read_log, wall_offset_ns
from tests.lab.impairment import Distribution, Impairment, Way, draws

RATIO = st.floats(0, 1)
SECONDS = st.floats(0, 1)
IMPAIRMENTS = st.builds(
    Impairment,
    delay=SECONDS,
    jitter=SECONDS,
    distribution=st.sampled_from(Distribution),
    keep_order=st.booleans(),
    loss=RATIO,
    duplicate=RATIO,
    reorder=RATIO,
    hold=SECONDS,
    corrupt=RATIO,
    fix_checksum=st.booleans(),
    spare=st.integers(0, 64),
    blackout=st.booleans(),
)
COUNT = 20_000


def fates(settings_, *, count=COUNT, seed=1, gap_ns=0):
    way = Way(settings_, seed)
    return [way.fate(number * gap_ns) for number in range(count)]


def delays(**wanted):
    return np.array([fate.due_ns for fate in fates(Impairment(keep_order=False, **wanted))]) / 1e9


@given(IMPAIRMENTS)
def test_settings_survive_json(chosen):
    assert Impairment.from_json(chosen.as_json()) == chosen


@pytest.mark.parametrize(
    "wrong",
    [{"loss": -0.1}, {"corrupt": 1.1}, {"delay": -1.0}, {"jitter": float("nan")}, {"hold": float("inf")}],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Impairment(**wrong)


def test_an_unknown_setting_or_distribution_is_refused():
    with pytest.raises(ValueError, match="dealy"):
        Impairment.from_json({"dealy": 1.0})
    with pytest.raises(ValueError, match="pareto"):
        Impairment.from_json({"distribution": "pareto"})


@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_luck_is_a_matter_of_the_seed_alone(one, other):
    assume(one != other)
    first, again, different = (list(islice(draws(seed), 50)) for seed in (one, one, other))
    assert first == again != different


@settings(deadline=None)
@given(IMPAIRMENTS, IMPAIRMENTS, st.integers(0, 20))
def test_a_change_of_settings_does_not_shift_the_luck_of_later_packets(before, after, when):
    changed, steady = Way(before, 3), Way(after, 3)
    for now in range(when):
        changed.fate(now)
        steady.fate(now)
    changed.settings = after
    for now in range(when, when + 20):
        got, wanted = changed.fate(now), steady.fate(now)
        assert (got.lost, got.duplicated, got.held, got.corrupted, got.bit) == (
            *(wanted.lost, wanted.duplicated, wanted.held, wanted.corrupted, wanted.bit),
        )


@settings(deadline=None)
@given(IMPAIRMENTS, st.lists(st.integers(0, 10**9), max_size=60).map(sorted))
def test_no_packet_is_due_before_it_came_and_order_is_kept_where_promised(chosen, arrivals):
    way = Way(chosen, 5)
    decided = [way.fate(now) for now in arrivals]
    assert all(fate.due_ns >= now for fate, now in zip(decided, arrivals, strict=True))
    if chosen.keep_order:
        due = [fate.due_ns for fate in decided if not (fate.held or fate.lost)]
        assert due == sorted(due)


@pytest.mark.parametrize("name", ["loss", "duplicate", "reorder", "corrupt"])
@pytest.mark.parametrize("ratio", [0.0, 0.005, 0.3, 1.0])
def test_each_ratio_is_met_by_itself(name, ratio):
    attribute = {"loss": "lost", "duplicate": "duplicated", "reorder": "held", "corrupt": "corrupted"}
    decided = fates(Impairment(**{name: ratio}))
    shares = {key: np.mean([getattr(fate, at) for fate in decided]) for key, at in attribute.items()}
    spread = 5 * np.sqrt(ratio * (1 - ratio) / COUNT)
    assert abs(shares.pop(name) - ratio) <= spread
    assert set(shares.values()) == {0.0}


@pytest.mark.parametrize("distribution", Distribution)
def test_jitter_is_the_standard_deviation_whatever_the_distribution(distribution):
    scattered = delays(delay=0.1, jitter=0.01, distribution=distribution)
    assert np.std(scattered) == pytest.approx(0.01, rel=0.05)


def test_distributions_lie_where_they_should_about_the_base_delay():
    uniform = delays(delay=0.1, jitter=0.01, distribution=Distribution.UNIFORM)
    normal = delays(delay=0.1, jitter=0.01, distribution=Distribution.NORMAL)
    gamma = delays(delay=0.1, jitter=0.01, distribution=Distribution.GAMMA)
    assert uniform.min() >= 0.1 - 0.01 * 3**0.5 - 1e-9
    assert uniform.max() <= 0.1 + 0.01 * 3**0.5 + 1e-9
    assert np.mean(uniform) == pytest.approx(0.1, abs=5e-4)
    assert np.mean(normal) == pytest.approx(0.1, abs=5e-4)
    assert gamma.min() >= 0.1
    assert np.mean(gamma) == pytest.approx(0.1 + 0.01 * 2**0.5, abs=5e-4)


def test_a_held_packet_is_late_by_its_hold_and_does_not_hold_up_the_others():
    way = Way(Impairment(delay=0.001, reorder=0.5, hold=0.004), 1)
    decided = [way.fate(0) for _ in range(100)]
    assert {(fate.held, fate.due_ns) for fate in decided} == {(False, 1_000_000), (True, 5_000_000)}


BODIES = {
    "icmp": lambda data: IP(src="192.0.2.1", dst="192.0.2.2") / ICMP(id=1, seq=2) / Raw(data),
    "icmpv6": lambda data: (
        IPv6(src="2001:db8::1", dst="2001:db8::2") / ICMPv6EchoRequest(id=1, seq=2, data=data)
    ),
    "udp": lambda data: IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=1, dport=862) / Raw(data),
    "udp over ipv6": lambda data: (
        IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP(sport=1, dport=862) / Raw(data)
    ),
}


@given(
    st.sampled_from(sorted(BODIES)),
    st.binary(min_size=1, max_size=60),
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 40),
)
def test_one_bit_beyond_what_is_spared_flips_and_the_checksum_can_be_mended(kind, data, draw, spare):
    original = bytes(BODIES[kind](data))
    start = len(original) - len(data)
    left, mended = (flip(original, draw, spare=spare, fix_checksum=fix) for fix in (False, True))
    if spare >= len(data):
        assert left is mended is None
        return
    changed = np.frombuffer(original, "u1") ^ np.frombuffer(left.packet, "u1")
    assert np.unpackbits(changed).sum() == 1
    assert np.flatnonzero(changed)[0] >= start + spare
    assert not left.checksum_fits
    assert mended.checksum_fits
    assert mended.packet == bytes(BODIES[kind](left.packet[start:]))


def test_a_udp_packet_without_checksum_stays_without():
    original = bytes(IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=1, dport=862, chksum=0) / Raw(b"data"))
    spoilt = flip(original, 0.5, fix_checksum=True)
    assert spoilt.packet[26:28] == b"\0\0"
    assert flip(original, 0.5).checksum_fits


@given(st.binary(max_size=80), st.floats(0, 1, exclude_max=True))
def test_any_octets_can_be_given_to_the_flipper(octets, draw):
    spoilt = flip(octets, draw)
    assert spoilt is None or len(spoilt.packet) == len(octets)


ROWS = st.tuples(
    *[st.integers(0, 2**62)] * 3, st.integers(0, 2**32 - 1), st.integers(0, 1), st.integers(0, 255)
)


@settings(deadline=None)
@given(st.lists(ROWS, max_size=30), st.integers(-(2**62), 2**62))
def test_a_log_reads_as_it_was_written(tmp_path_factory, rows, offset):
    path = tmp_path_factory.mktemp("log") / "some.log"
    packet = bytes(BODIES["icmp"](b"12345678"))
    writer = LogWriter(path, offset)
    for row in rows:
        writer.add(*row, packet)
    writer.close()
    log = read_log(path)
    columns = (log[name].tolist() for name in ("in_ns", "due_ns", "out_ns", "number", "direction", "done"))
    assert list(zip(*columns, strict=True)) == rows
    assert log.dtype == LOG
    assert wall_offset_ns(path) == offset
    assert (log["length"] == len(packet)).all()
    assert (log["seq"] == 2).all()


def test_a_torn_or_foreign_file_is_no_log(tmp_path):
    path = tmp_path / "some.log"
    path.write_bytes(b"something else altogether")
    with pytest.raises(ValueError, match="not a log"):
        read_log(path)
    writer = LogWriter(path, 0)
    writer.add(1, 2, 3, 0, 0, int(Done.LOST), b"")
    writer.close()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="middle of a row"):
        read_log(path)
