"""Rows of paths over any sequence of reloads, against a plain account of who has which row."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.probing.paths import PathTable
from bridgewatch.core.steps import finish
from bridgewatch.model.ids import EgressId, LinkId, PathKey
from bridgewatch.model.inventory import PathSpec
from bridgewatch.model.words import Family, ProbeKind

REST = 4
SPEC = PathSpec(
    key=PathKey("", "", "here", Family.V4),
    link=None,
    egress=EgressId("main"),
    kind=ProbeKind.ICMP,
    family=Family.V4,
    host="192.0.2.1",
    port=0,
    source=None,
    interface=None,
    dscp=0,
    size=64,
    interval_ns=10**9,
)


def path(name: str, interval_ns: int = 10**9) -> PathSpec:
    owner = LinkId(f"{name}/wan")
    return replace(SPEC, key=SPEC.key._replace(owner=owner), link=owner, interval_ns=interval_ns)


def reload(table: PathTable, paths: list[PathSpec], now: int):
    plan = finish(table.plan(paths, now))
    table.adopt(plan, now)
    return plan.changes


RELOADS = st.lists(
    st.tuples(
        st.integers(0, 6),  # time since the reload before
        st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([10**8, 10**9])),
        st.booleans(),  # whether another plan was made before and given up
    ),
    max_size=12,
)


@given(RELOADS)
def test_a_path_keeps_its_row_and_a_row_rests_before_it_serves_another(reloads):
    table, now = PathTable(REST), 0
    known: dict[PathKey, tuple[int, PathSpec]] = {}
    freed_at: dict[int, int] = {}
    for pause, wanted, given_up in reloads:
        now += pause
        paths = [path(name, interval_ns) for name, interval_ns in wanted.items()]
        if given_up:
            finish(table.plan([path("other"), *paths[1:]], now))
        changes = reload(table, paths, now)
        keys = {spec.key for spec in paths}
        assert changes.removed == tuple(at for key, at in known.items() if key not in keys)
        assert changes.changed == tuple(
            (known[spec.key][0], known[spec.key][1], spec)
            for spec in paths
            if spec.key in known and known[spec.key][1] != spec
        )
        assert [spec for _, spec in changes.added] == [spec for spec in paths if spec.key not in known]
        for row, _ in changes.added:
            assert row not in freed_at or freed_at.pop(row) + REST <= now
        assert len(set(table.rows.values())) == len(paths)
        assert all(table.rows[spec.key] == known.get(spec.key, (table.rows[spec.key],))[0] for spec in paths)
        freed_at.update((row, now) for row, _ in changes.removed)
        known = {spec.key: (table.rows[spec.key], spec) for spec in paths}


def test_rested_rows_serve_before_new_ones():
    table = PathTable(REST)
    reload(table, [path("a"), path("b")], 0)
    reload(table, [path("b")], 10)
    (early,) = reload(table, [path("b"), path("c")], 13).added
    (rested,) = reload(table, [path("b"), path("c"), path("d")], 14).added
    assert early[0] == 2
    assert rested[0] == 0


def test_a_plan_changes_nothing_before_it_is_adopted():
    table = PathTable(REST)
    reload(table, [path("a")], 0)
    before = dict(table.rows)
    plan = finish(table.plan([path("b")], 9))
    assert table.rows == before
    table.adopt(plan, 9)
    assert table.rows == {path("b").key: 1}


def test_an_equal_path_of_another_load_has_not_changed():
    table = PathTable(REST)
    reload(table, [path("a")], 0)
    changes = reload(table, [path("a")], 1)
    assert not changes.added
    assert not changes.changed
    assert not changes.removed
