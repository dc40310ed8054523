"""Windows against a plain reference, whatever the fates, their order and the cuts between batches."""

from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.quality.batch import WindowBatch
from bridgewatch.core.quality.ring import WIDTH, window_width
from bridgewatch.core.quality.windows import HOP_NS, Windows
from bridgewatch.model.observations import NO_TIME
from bridgewatch.model.words import Outcome
from tests.quality import reference
from tests.quality.events import Fate, batch, rows

SECOND = 1_000_000_000
MS = 1_000_000


def admitted(*intervals_ns: int, **options) -> Windows:
    windows = Windows(capacity=1)
    windows.admit(np.arange(len(intervals_ns), dtype=np.int32), np.array(intervals_ns), **options)
    windows.close(0)
    return windows


def probe(windows: Windows, fates: list[Fate]) -> None:
    """Launch and observe each probe on its own."""
    for fate in fates:
        windows.launched(rows(fate.path), np.array([fate.seq]))
        windows.observe(batch([fate]))


def closed(windows: Windows) -> WindowBatch:
    """All rows, once each, in their order."""
    windows._slot = 0
    found = windows.close(HOP_NS)
    order = np.argsort(found.path)
    return WindowBatch(*(getattr(found, column.name)[order] for column in fields(WindowBatch)))


def reply(seq: int, rtt_ms: float = 10.0, path: int = 0) -> Fate:
    return Fate(path, seq, Outcome.REPLY, round(rtt_ms * MS))


def same(left: WindowBatch, right: WindowBatch) -> bool:
    return all(
        np.array_equal(getattr(left, f.name), getattr(right, f.name), equal_nan=True)
        for f in fields(WindowBatch)
    )


outcomes = st.sampled_from([Outcome.REPLY] * 6 + list(Outcome))
durations = st.one_of(st.integers(0, 4 * SECOND), st.sampled_from([0, 1, 5 * MS, 4 * SECOND]))


@st.composite
def scripts(draw):
    """Per path a number of launches, and the fates of most of them in some order."""
    paths = draw(st.integers(1, 4))
    counts = [draw(st.integers(0, 40)) for _ in range(paths)]
    fates = []
    for path, count in enumerate(counts):
        for seq in range(count):
            if draw(st.integers(0, 9)) == 0:
                continue  # stays pending
            outcome = draw(outcomes)
            timed = outcome == Outcome.REPLY and draw(st.integers(0, 9)) > 0
            rtt = draw(durations) if timed else NO_TIME
            stamped = timed and draw(st.booleans())
            forward = draw(st.integers(-SECOND, SECOND)) if stamped else NO_TIME
            fates.append(
                Fate(
                    path,
                    seq,
                    outcome,
                    rtt,
                    forward,
                    rtt - forward if stamped else NO_TIME,
                    draw(st.integers(-1, 60)),
                )
            )
    return counts, draw(st.permutations(fates))


def played(counts, batches) -> Windows:
    windows = Windows(capacity=1)
    n = len(counts)
    windows.admit(np.arange(n, dtype=np.int32), np.full(n, 10 * SECOND), stateful=np.arange(n) % 2 == 0)
    windows.set_groups(np.arange(n, dtype=np.int32), np.arange(n) % 3 - 1, 2)
    for path, count in enumerate(counts):
        windows.launched(np.full(count, path, np.int32), np.arange(count))
    for fates in batches:
        duplicates = [fate.path for fate in fates if fate.seq % 7 == 0]
        reordered = [fate.path for fate in fates if fate.seq % 5 == 0]
        windows.observe(batch(fates, duplicates, reordered))
    return windows


def contents(value):
    """Every array a Windows holds, by name, so that nothing can differ unseen."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if hasattr(value, "__dict__"):
        ignored = {"_rounds", "_flat", "_count"}  # scratch, a second name, and cells read only if answered
        return {name: contents(part) for name, part in vars(value).items() if name not in ignored}
    return value


@settings(max_examples=60, deadline=None)
@given(scripts(), st.data())
def test_results_do_not_depend_on_where_batches_are_cut(script, data):
    counts, fates = script
    cuts = sorted(data.draw(st.sets(st.integers(0, len(fates)), max_size=12)) | {0, len(fates)})
    parts = [fates[a:b] for a, b in pairwise(cuts)]
    whole, cut, single = (played(counts, how) for how in ([fates], parts, [[fate] for fate in fates]))
    assert contents(whole) == contents(cut) == contents(single)
    found = closed(whole)
    assert same(found, closed(cut))
    assert same(found, closed(single))


@settings(max_examples=60, deadline=None)
@given(scripts())
def test_windows_equal_the_plain_reference(script):
    counts, fates = script
    windows = played(counts, [fates])
    found = closed(windows)
    assert found.path.tolist() == list(range(len(counts)))
    for path, count in enumerate(counts):
        expected = reference.Path(30, launched=list(range(count)))
        for fate in fates:
            if fate.path == path:
                expected.observe(fate)
        assert_equal(found, path, expected.figures())


def assert_equal(found: WindowBatch, row: int, expected: dict[str, float]) -> None:
    columns = {f.name: getattr(found, f.name) for f in fields(WindowBatch)}
    columns |= {"p50": found.rtt[:, 0], "p95": found.rtt[:, 1], "p99": found.rtt[:, 2]}
    for name, value in expected.items():
        assert columns[name][row] == pytest.approx(value, rel=1e-9, abs=1e-15, nan_ok=True), name


@pytest.mark.parametrize(
    "interval_ns", [SECOND // 50, SECOND // 20, SECOND // 10, SECOND, 2 * SECOND, 10 * SECOND]
)
def test_a_long_run_at_any_rate_equals_the_plain_reference(interval_ns):
    random = np.random.default_rng(interval_ns)
    count = 1700
    windows = admitted(interval_ns)
    expected = reference.Path(reference.window_width(interval_ns), launched=list(range(count)))
    weights = [0.9, 0.02, 0.04, 0.02, 0.02]
    kinds = random.choice(len(Outcome), count, p=weights)
    for start in range(0, count, 50):
        seqs = range(start, start + 50)
        windows.launched(np.zeros(50, np.int32), np.array(seqs))
        fates = [
            Fate(
                0, seq, Outcome(kinds[seq]), int(random.integers(MS, 90 * MS)) if kinds[seq] == 0 else NO_TIME
            )
            for seq in seqs
        ]
        for fate in (fates := [fates[at] for at in random.permutation(50)]):
            expected.observe(fate)
        windows.observe(batch(fates))
    assert_equal(closed(windows), 0, expected.figures())


@pytest.mark.parametrize(
    ("per_second", "width"), [(50, 750), (20, 300), (10, 150), (1, 150), (0.5, 150), (0.1, 30), (0.001, 1)]
)
def test_a_window_is_fifteen_seconds_or_150_probes_within_five_minutes(per_second, width):
    assert window_width(np.array([round(SECOND / per_second)])).tolist() == [width]


def test_pending_probes_and_local_errors_are_not_part_of_the_loss_ratio():
    windows = admitted(SECOND)
    windows.launched(np.zeros(5, np.int32), np.arange(5))
    windows.observe(batch([reply(0), Fate(0, 1, Outcome.LOST), Fate(0, 2, Outcome.LOCAL_ERROR)]))
    found = closed(windows)
    assert found.loss_ratio.tolist() == [0.5]
    assert found.local_error.tolist() == [1]


def test_nothing_known_is_nan_and_not_zero():
    windows = admitted(SECOND)
    windows.launched(rows(0), np.array([0]))
    found = closed(windows)
    for name in ("loss_ratio", "loss_burst", "rtt_min", "rtt_mean", "jitter_rfc3550", "jitter_ipdv", "mos"):
        assert np.isnan(getattr(found, name)).all(), name
    assert np.isnan(found.rtt).all()


def test_a_local_error_neither_ends_nor_lengthens_a_loss_burst():
    windows = admitted(SECOND)
    lost, broken = Outcome.LOST, Outcome.LOCAL_ERROR
    probe(
        windows,
        [reply(0), Fate(0, 1, lost), Fate(0, 2, broken), Fate(0, 3, lost), reply(4), Fate(0, 5, lost)],
    )
    assert closed(windows).loss_burst.tolist() == [2.0]


def test_jitter_is_absent_when_the_window_holds_no_rtt():
    windows = admitted(10 * SECOND)
    probe(windows, [reply(seq, seq) for seq in range(5)])
    assert closed(windows).jitter_rfc3550[0] > 0
    probe(windows, [Fate(0, seq, Outcome.LOST) for seq in range(5, 40)])
    assert np.isnan(closed(windows).jitter_rfc3550).all()


@pytest.mark.parametrize(("replies", "present"), [(99, False), (100, True)])
def test_pdv_is_absent_below_100_replies(replies, present):
    windows = admitted(SECOND)
    probe(windows, [reply(seq, 10 + seq % 10) for seq in range(replies)])
    assert np.isfinite(closed(windows).jitter_pdv_p99).tolist() == [present]


def test_a_void_rtt_is_a_reply_without_a_duration():
    windows = admitted(SECOND)
    probe(windows, [reply(0, 10), Fate(0, 1, Outcome.REPLY), reply(2, 10)])
    found = closed(windows)
    assert found.replies.tolist() == [3]
    assert found.loss_ratio.tolist() == [0.0]
    assert found.rtt_mean == pytest.approx(0.010)
    assert np.isnan(found.jitter_ipdv).all()
    counters = windows.counters()
    assert (counters.received[0], counters.rtt_count[0]) == (3, 2)


def test_one_way_jitter_is_each_directions_own_rfc3550():
    windows = admitted(SECOND)
    offset, forward = 123 * SECOND, [10, 14, 9, 30, 12]
    fates = [
        Fate(0, seq, Outcome.REPLY, (ms + 7) * MS, ms * MS + offset, 7 * MS - offset)
        for seq, ms in enumerate(forward)
    ]
    probe(windows, fates)
    found = closed(windows)
    assert found.forward_jitter[0] == pytest.approx(reference.rfc3550([ms * MS for ms in forward]), rel=1e-9)
    assert found.backward_jitter.tolist() == [0.0]


def test_a_clock_step_at_the_far_end_is_not_jitter():
    windows = admitted(SECOND)
    offsets = [0, 0, 5 * SECOND, 5 * SECOND]
    probe(
        windows,
        [Fate(0, s, Outcome.REPLY, 20 * MS, 10 * MS + off, 10 * MS - off) for s, off in enumerate(offsets)],
    )
    found = closed(windows)
    assert (found.forward_jitter[0], found.backward_jitter[0]) == (0.0, 0.0)


def test_a_rate_change_loses_nothing():
    windows = admitted(SECOND)
    probe(windows, [reply(seq, 10) for seq in range(10)] + [Fate(0, 10, Outcome.LOST)])
    before = closed(windows)
    windows.retime(rows(0), np.array([SECOND // 50]))
    after = closed(windows)
    assert (before.replies[0], before.lost[0]) == (after.replies[0], after.lost[0]) == (10, 1)
    assert after.hop_known.tolist() == [0]


def test_a_readmitted_row_knows_nothing_of_the_path_before():
    windows = admitted(SECOND)
    probe(windows, [reply(seq, seq) for seq in range(20)])
    windows.launched(rows(0), np.array([20]))
    windows.forget(rows(0))
    windows.observe(batch([reply(20)]))  # still in flight when the path was forgotten
    assert len(closed(windows).path) == 0
    windows.admit(rows(0), np.array([SECOND]))
    found = closed(windows)
    assert (found.replies[0], found.hop_known[0]) == (0, 0)
    assert windows.counters().sent.tolist()[0] == windows.counters().received.tolist()[0] == 0


def test_a_second_fate_of_a_probe_is_ignored():
    windows = admitted(SECOND)
    windows.launched(rows(0), np.array([0]))
    windows.observe(batch([Fate(0, 0, Outcome.LOST), reply(0), reply(0)]))
    counters = windows.counters()
    assert (counters.lost[0], counters.received[0]) == (1, 0)


def test_skipped_sequence_numbers_do_not_bring_back_fates_of_a_turn_ago():
    windows = admitted(SECOND)
    probe(windows, [Fate(0, seq, Outcome.LOST) for seq in range(WIDTH)])
    probe(windows, [reply(WIDTH + 149)])
    found = closed(windows)
    assert (found.replies[0], found.lost[0]) == (1, 0)


def test_counters_add_up_to_what_was_sent():
    windows = admitted(SECOND, SECOND)
    windows.launched(np.repeat(rows(0, 1), 30), np.tile(np.arange(30), 2))
    fates = [Fate(1, seq, Outcome(seq % 5), MS if seq % 5 == 0 else NO_TIME) for seq in range(25)]
    windows.observe(batch(fates, duplicates=[1, 1, 0], reordered=[1, 1, 1]))
    c = windows.counters()
    assert (c.sent[:2]).tolist() == [30, 30]
    assert [column[1] for column in (c.received, c.late, c.lost, c.unreachable, c.local_error)] == [5] * 5
    assert (c.duplicate[:2].tolist(), c.reordered[:2].tolist()) == ([1, 2], [0, 3])
    assert c.rtt_sum_ns[1] == 5 * MS
    with pytest.raises(ValueError, match="read-only"):
        c.sent[0] = 7


def test_every_path_closes_once_in_five_seconds_and_no_call_closes_them_all():
    windows = admitted(*[SECOND] * 1000)
    sizes, seen = [], []
    for now in range(50 * MS, HOP_NS + 1, 50 * MS):
        found = windows.close(now)
        sizes.append(len(found.path))
        seen += found.path.tolist()
    assert sorted(seen) == list(range(1000))
    assert max(sizes) == 100


@pytest.mark.parametrize(
    ("paths", "together"), [(100, 5), (10_000, 5), (10_050, 2), (25_000, 2), (25_050, 1)]
)
def test_a_closing_takes_the_more_phases_together_the_fewer_paths_there_are(paths, together):
    windows = Windows(capacity=paths)
    windows.admit(np.arange(paths, dtype=np.int32), np.full(paths, SECOND))
    windows.close(0)
    sizes = [len(windows.close(now).path) for now in range(100 * MS, HOP_NS + 1, 100 * MS)]
    assert set(sizes) - {0} == {paths // 50 * together}
    assert np.count_nonzero(sizes) == 50 // together


def test_a_late_call_closes_each_path_once_and_keeps_the_phases():
    windows = admitted(*[SECOND] * 300)
    first = windows.close(550 * MS).path.tolist()
    late = windows.close(550 * MS + 3 * HOP_NS).path.tolist()
    assert sorted(late) == list(range(300))
    assert sorted(windows.close(1_000 * MS + 3 * HOP_NS).path.tolist()) != sorted(first)
    windows.close(4 * HOP_NS)
    assert sorted(windows.close(550 * MS + 4 * HOP_NS).path.tolist()) == sorted(first)


def test_hops_count_every_probe_once():
    random = np.random.default_rng(5)
    windows = admitted(SECOND)
    known = lost = 0
    for seq in range(200):
        gone = random.random() < 0.2
        probe(windows, [Fate(0, seq, Outcome.LOST) if gone else reply(seq)])
        if seq % 9 == 0:
            found = closed(windows)
            known, lost = known + int(found.hop_known[0]), lost + int(found.hop_lost[0])
    found = closed(windows)
    counters = windows.counters()
    assert known + int(found.hop_known[0]) == 200
    assert lost + int(found.hop_lost[0]) == counters.lost[0]


def test_rows_admitted_later_find_room_and_leave_the_others_alone():
    windows = admitted(SECOND)
    probe(windows, [reply(seq, seq) for seq in range(50)])
    before = closed(windows)
    windows.admit(np.arange(1, 3000, dtype=np.int32), np.full(2999, SECOND))
    probe(windows, [reply(0, path=2999)])
    after = closed(windows)
    assert len(after.path) == 3000
    row = int(np.flatnonzero(after.path == 0)[0])
    assert after.rtt[row].tolist() == before.rtt[0].tolist()
    assert after.jitter_rfc3550[row] == before.jitter_rfc3550[0]
