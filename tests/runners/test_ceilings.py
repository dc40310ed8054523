"""What one sender may take of the far end, and how fast a leg may go."""

from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.adapters.far_end.ceilings import Ceilings, Ledger
from bridgewatch.adapters.throughput.pace import Limit, Pace

BLOCKS = st.lists(st.integers(1, 50_000), min_size=1, max_size=50)


def test_octets_of_a_day_are_had_once_and_again_the_next() -> None:
    ledger = Ledger(Ceilings(octets=1000))
    ledger.take("192.0.2.1", 900, 0.0)
    assert (ledger.left("192.0.2.1", 10.0), ledger.left("192.0.2.2", 10.0)) == (100, 1000)
    assert ledger.left("192.0.2.1", 86_401.0) == 1000


def test_a_closed_connection_makes_room_for_another() -> None:
    ledger = Ledger(Ceilings(connections=1))
    assert [ledger.connect("a", 0.0), ledger.connect("a", 0.0), ledger.connect("b", 0.0)] == [
        True,
        False,
        True,
    ]
    ledger.disconnect("a", 1.0)
    assert ledger.connect("a", 1.0)


def test_a_sender_with_a_connection_is_not_forgotten_however_many_come() -> None:
    ledger = Ledger(Ceilings(connections=1))
    ledger.connect("held", 0.0)
    for number in range(5000):
        ledger.take(str(number), 1, 0.0)
    assert not ledger.connect("held", 1.0)


@given(blocks=BLOCKS)
def test_whoever_pauses_as_told_never_passes_the_rate_by_more_than_a_burst(blocks: list[int]) -> None:
    ledger, limit = Ledger(Ceilings(rate=8_000_000)), Limit(8_000_000, 0.0)
    for wait, burst in ((lambda size, now: ledger.take("a", size, now), 0.1), (limit.wait, 0.05)):
        now = 0.0
        for size in blocks:
            now += wait(size, now)
        assert sum(blocks) <= 1_000_000 * (now + burst) + 1
        assert now <= sum(blocks) / 1_000_000 + 1e-9


def test_progress_begins_when_octets_flow_and_tells_the_rate_of_the_last_second() -> None:
    pace = Pace()
    assert pace.at(0.0, 100) is None
    for tenth in range(31):
        told = pace.at(5.0 + tenth / 10, 100_000 + tenth * 10_000)
    assert told is not None
    assert (told.octets, round(told.seconds, 6), round(told.rate)) == (400_000, 3.0, 800_000)
