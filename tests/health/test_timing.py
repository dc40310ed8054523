"""A link that is cut is found in time, alone and with its whole carrier; probed by a tiny prober."""

import pytest

from bridgewatch.model.words import LinkState
from tests.health.worlds import MS, SECOND, LinkPlan, Prober, world

UP, SUSPECT, DOWN = LinkState.UP, LinkState.SUSPECT, LinkState.DOWN


def cut(rows: set[int], at_ns: int, until_ns: int = 2**62, rtt_ns: int = 20 * MS):
    return lambda row, sent_ns: None if row in rows and at_ns <= sent_ns < until_ns else rtt_ns


@pytest.mark.parametrize("phase_ms", range(0, 1_000, 130))
@pytest.mark.parametrize(("interval_ns", "limit_ns"), [(100 * MS, 1_200 * MS), (SECOND, 4_200 * MS)])
def test_a_cut_link_is_down_in_time(interval_ns, limit_ns, phase_ms):
    prober = Prober(
        world([LinkPlan(f"s{i}/wan", interval_ns=interval_ns) for i in range(8)]), lambda *_: 20 * MS
    )
    prober.run(5)
    cut_ns = prober.now + phase_ms * MS
    prober.fate = cut({prober.row("s3/wan")}, cut_ns)
    prober.run(6)
    assert prober.states("s3/wan") == [UP, SUSPECT, DOWN]
    assert prober.when("s3/wan", DOWN) - cut_ns <= limit_ns
    assert all(prober.states(f"s{i}/wan") == [UP] for i in range(8) if i != 3)
