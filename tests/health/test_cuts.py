"""States do not depend on where a tick's observations are cut."""

from dataclasses import fields

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bridgewatch.core.health.health import Health
from bridgewatch.model.observations import Observations
from bridgewatch.model.words import Family, Outcome, Severity
from tests.health.worlds import MS, SECOND, START, Events, LinkPlan, rows_of, world

WORLD = world(
    [
        LinkPlan("a/wan", interval_ns=100 * MS),
        LinkPlan("a/internet", "net"),
        LinkPlan("b/wan", families=(Family.V4, Family.V6)),
        LinkPlan("c/wan", families=(Family.V4, Family.V4)),
        LinkPlan("d/wan", paused=True),
    ],
    budget=20,
)
PATHS = len(WORLD.paths)

ages_ms = st.integers(0, 3_500)
outcomes = st.tuples(st.integers(0, PATHS - 1), st.sampled_from(Outcome), ages_ms)
errors = st.tuples(st.integers(0, PATHS - 1), ages_ms, st.booleans())
quiets = st.tuples(st.integers(0, PATHS - 1), st.integers(1, 30), ages_ms)
ticks = st.tuples(
    st.integers(1, 2_000),  # ms since the last
    st.lists(outcomes, max_size=12),
    st.lists(errors, max_size=3),
    st.lists(quiets, max_size=12),
    st.integers(0, 27),  # where to cut
    st.booleans(),  # sometimes everything answers
)
judgements = st.tuples(st.integers(0, PATHS - 1), st.sampled_from(Severity), st.sampled_from((5, 6, 7, 8)))


def events(now: int, outcomes, errors, quiets) -> Events:
    return Events(
        [(row, outcome, now - age * MS) for row, outcome, age in outcomes],
        [(row, count, now - age * MS - 200 * MS) for row, count, age in quiets],
        [(row, now - age * MS, refusal) for row, age, refusal in errors],
    )


def cut(whole: Observations, at: int) -> list[Observations]:
    """The events before and after the `at`-th: outcomes, then errors, then silences."""
    before: dict[str, int] = {}
    for kind in ("", "error", "quiet"):
        rows = getattr(whole, f"{kind}_path" if kind else "path").size
        before[kind] = min(at, rows)
        at -= before[kind]
    parts = []
    for side in (lambda place: slice(None, place), lambda place: slice(place, None)):
        columns = {
            column.name: getattr(whole, column.name)[side(before[_kind(column.name)])]
            for column in fields(whole)
        }
        parts.append(Observations(**columns))
    return parts


def _kind(column: str) -> str:
    return next((kind for kind in ("error", "quiet") if column.startswith(kind)), "")


# Shrinking such stories takes minutes, so a failure is reported as it was found.
@settings(max_examples=100, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(st.tuples(ticks, st.none() | judgements), min_size=1, max_size=25))
def test_states_do_not_depend_on_the_cuts(story):
    whole, pieces = (Health(WORLD, rows_of(WORLD), START, page_delay_ns=5 * SECOND) for _ in range(2))
    now = START
    for (step_ms, outcome_rows, error_rows, quiet_rows, at, all_answer), judgement in story:
        now += step_ms * MS
        everyone = []
        if all_answer:
            everyone = [(row, Outcome.REPLY, 1) for row in range(PATHS)]
        batch = events(now, [*outcome_rows, *everyone], error_rows, quiet_rows).batch()
        whole.observe(now, batch)
        for part in cut(batch, at):
            pieces.observe(now, part)
        for health in (whole, pieces):
            if judgement is not None:
                health.judged(
                    now,
                    *(np.array([value], dtype=kind) for value, kind in zip(judgement, KINDS, strict=True)),
                )
        same_changes(whole.advance(now), pieces.advance(now))
        same(whole.standing(), pieces.standing())


KINDS = (np.int32, np.uint8, np.uint8)


def same_changes(one, other):
    assert tuple(one.links) == tuple(other.links)
    assert (one.egresses, one.sites) == (other.egresses, other.sites)
    assert one.hurry.tolist() == other.hurry.tolist()
    assert one.calm.tolist() == other.calm.tolist()


def same(one, other):
    for column in fields(one):
        assert getattr(one, column.name).tolist() == getattr(other, column.name).tolist()
