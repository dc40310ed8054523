"""The rows of a minute say what happened in it, whichever links come and go."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.adapters.history.columns import COUNTERS, GAUGES, MINUTES, QUANTILE_GAUGES
from bridgewatch.adapters.history.minutes import Minutes, _rounded
from bridgewatch.adapters.history.transitions import rows
from bridgewatch.core.health.changes import Changes, EgressTransition
from bridgewatch.model.ids import EgressId
from bridgewatch.model.words import EgressState, LinkState, Reason, SiteState
from tests.history.rows import MINUTE, SECOND, START, dark, moved, snapshot_of

NAMES = ("a/wan", "b/wan", "c/wan")


def test_counters_are_what_was_added_and_gauges_what_stands() -> None:
    rows = Minutes(0)
    first = snapshot_of(NAMES, START + MINUTE, sent=[60, 60, 60], rtt_sum=[1.0, 2.0, 3.0])
    then = snapshot_of(NAMES, START + 2 * MINUTE, sent=[120, 660, 61], rtt_sum=[1.5, 4.0, 3.0])
    assert rows.close(first, MINUTE).column("sent").to_pylist() == [60, 60, 60]
    batch = rows.close(then, 2 * MINUTE)
    assert batch.schema == MINUTES
    assert batch.column("sent").to_pylist() == [60, 600, 1]
    assert batch.column("rtt_sum").to_pylist() == [0.5, 2.0, 0.0]
    assert batch.column("link").to_pylist() == list(NAMES)
    assert batch.column("seconds").to_pylist() == [60.0] * 3
    assert {int(minute.timestamp()) for minute in batch.column("minute").to_pylist()} == {
        (START + MINUTE) // SECOND
    }
    for name in GAUGES:
        wanted = getattr(then.links, name)
        found = batch.column(name).to_numpy(zero_copy_only=False)
        assert np.allclose(found, wanted, rtol=2**-11, atol=0, equal_nan=True)
    for place, name in enumerate(QUANTILE_GAUGES):
        found = batch.column(name).to_numpy(zero_copy_only=False)
        assert np.allclose(found, then.links.rtt[:, place], rtol=2**-11, atol=0)


def test_what_was_not_measured_is_null_and_never_a_number() -> None:
    batch = Minutes(0).close(snapshot_of(NAMES, mos=[np.nan, 4.0, np.nan]), MINUTE)
    assert batch.column("mos").to_pylist() == [None, 4.0, None]
    assert batch.column("forward_loss").null_count == 3


@given(st.floats(width=32, min_value=2.0**-100, max_value=2.0**100), st.integers(1, 22))
def test_rounding_errs_by_less_than_half_a_place(value: float, bits: int) -> None:
    (rounded,) = _rounded(np.array([value]), bits).tolist()
    assert abs(rounded - value) <= value * 2.0 ** -(bits + 1)


def test_the_first_row_says_how_little_of_its_minute_was_watched() -> None:
    rows = Minutes(100 * SECOND)
    batch = rows.close(snapshot_of(NAMES, START + MINUTE + SECOND // 250), 110 * SECOND)
    assert batch.column("seconds").to_pylist() == [10.0] * 3
    assert rows.minute_ns == START


@pytest.mark.parametrize("late_ns", [0, 1, 4_000_000, 25 * SECOND])
def test_a_minute_is_named_by_when_it_began_also_when_the_snapshot_is_late(late_ns: int) -> None:
    rows = Minutes(0)
    rows.close(snapshot_of(NAMES, START + MINUTE + late_ns), MINUTE + late_ns)
    assert rows.minute_ns == START


STATES = list(LinkState)
histories = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["a/wan", "b/wan", "c/wan", "d/wan", "e/wan"]), unique=True),
        st.lists(st.tuples(st.integers(0, 59), st.integers(0, 4), st.sampled_from(STATES)), max_size=4),
        st.integers(0, 1000),
    ),
    min_size=1,
    max_size=6,
)


@given(histories)
def test_rows_agree_with_a_plain_bookkeeping_link_by_link(history: list) -> None:  # type: ignore[type-arg]
    """Each minute: which links are watched, who enters which state at which second, and the new counts."""
    rows = Minutes(0)
    counted: dict[str, int] = {}
    state: dict[str, LinkState] = {}
    for number, (names, changes, more) in enumerate(history):
        begins = number * 60
        spent = {name: dict.fromkeys(STATES, 0) for name in names}
        since = dict.fromkeys(names, begins)
        state = {name: state.get(name, LinkState.UNKNOWN) for name in names}
        rows._follow(tuple(names))
        for second, place, new in sorted(changes, key=lambda change: change[0]):
            if place < len(names):
                name = names[place]
                at = begins + second
                spent[name][state[name]] += at - since[name]
                since[name], state[name] = at, new
                rows.move(moved(names, at * SECOND, (place, new)))
        for name in names:
            spent[name][state[name]] += begins + 60 - since[name]
        sent = {name: counted.get(name, 0) + more + place for place, name in enumerate(names)}
        batch = rows.close(
            snapshot_of(
                names,
                START + (number + 1) * MINUTE,
                sent=np.array([sent[name] for name in names], np.int64),
                state=np.array([state[name] for name in names], np.uint8),
                **{other: np.zeros(len(names), np.int64) for other in COUNTERS if other != "sent"},
            ),
            (begins + 60) * SECOND,
        )
        assert batch.column("sent").to_pylist() == [sent[name] - counted.get(name, 0) for name in names]
        assert batch.column("down_seconds").to_pylist() == [spent[name][LinkState.DOWN] for name in names]
        assert batch.column("flapping_seconds").to_pylist() == [
            spent[name][LinkState.FLAPPING] for name in names
        ]
        assert batch.column("unseen_seconds").to_pylist() == [
            spent[name][LinkState.UNKNOWN] + spent[name][LinkState.BLIND] + spent[name][LinkState.PAUSED]
            for name in names
        ]
        counted = sent


def test_a_link_that_left_and_came_back_counts_from_nought() -> None:
    rows = Minutes(0)
    rows.close(snapshot_of(NAMES[:1], sent=[500], received=[500]), MINUTE)
    batch = rows.close(snapshot_of(NAMES[:1], sent=[40], received=[30]), 2 * MINUTE)
    assert batch.column("sent").to_pylist() == [40]
    assert batch.column("received").to_pylist() == [30]


def test_changes_become_rows_in_wall_time_with_their_evidence() -> None:
    at_ns, offset_ns = 1000 * SECOND, START
    egress = EgressTransition(EgressId("wan"), at_ns, EgressState.OK, EgressState.DARK, Reason.NO_WITNESS)
    changes = dark(at_ns, "a/wan", "b/wan")
    links, sites, egresses = rows(Changes(changes.links, (egress,), changes.sites), offset_ns)
    first, second = links.to_pylist()
    assert (first["id"], second["id"]) == ("a/wan", "b/wan")
    assert first["at"].timestamp() == (at_ns + offset_ns) / SECOND
    assert first["since"].timestamp() == (at_ns + offset_ns) / SECOND - 4
    assert (first["subject"], first["witness"], first["loss"]) == ("link", None, None)
    assert (first["old"], first["new"]) == (LinkState.UP, LinkState.DOWN)
    assert (first["reason"], first["unanswered"]) == (Reason.SILENT_WITH_WITNESS, 8)
    (site,) = sites.to_pylist()
    assert (site["subject"], site["id"], site["new"]) == ("site", "gialai-iape", SiteState.DARK)
    assert site["reason"] is None
    (out,) = egresses.to_pylist()
    assert (out["subject"], out["id"], out["reason"]) == ("egress", "wan", Reason.NO_WITNESS)
