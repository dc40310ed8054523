"""A reload changes what it names and nothing else."""

from dataclasses import replace

from bridgewatch.core.steps import finish
from bridgewatch.model.words import LinkState, Reason
from tests.health.worlds import MS, LinkPlan, Prober, _Path, rows_of, world

UP, DOWN, PAUSED, UNKNOWN = LinkState.UP, LinkState.DOWN, LinkState.PAUSED, LinkState.UNKNOWN
RTT = 20 * MS


def plans(*names, **changed):
    return [LinkPlan(name, interval_ns=100 * MS, **changed.get(name.split("/")[0], {})) for name in names]


def reload(prober, inventory):
    """Rows stay with their paths; new paths get the rows of the gone and then new ones."""
    before = rows_of(prober.inventory) if not hasattr(prober, "rows") else prober.rows
    keys = [spec.key for spec in inventory.paths]
    free = iter(sorted(set(range(len(before) + len(keys))) - {before[key] for key in keys if key in before}))
    rows = {key: before[key] if key in before else next(free) for key in keys}
    by_row = {rows[spec.key]: spec for spec in inventory.paths}
    kept = {row for key, row in rows.items() if before.get(key) == row}
    prober.paths = [
        prober.paths[row]
        if row in kept
        else _Path(by_row[row].interval_ns if row in by_row else 2**62, prober.now)
        for row in range(max(rows.values()) + 1)
    ]
    for row, path in enumerate(prober.paths):
        if row not in by_row:
            path.due_ns = 2**62
            path.flying.clear()
            path.graced = 0
    prober.boosted &= kept
    prober.inventory, prober.rows = inventory, rows
    prober.health.adopt(finish(prober.health.prepare(inventory, rows)), prober.now)


def started(*names, fate=lambda *_: RTT):
    prober = Prober(world(plans(*names)), fate)
    prober.run(3)
    return prober


def test_an_unchanged_reload_changes_nothing():
    prober = started("a/wan", "b/wan", "c/wan")
    prober.fate = lambda row, _: None if row == 1 else RTT
    prober.run(0.5)
    assert prober.state("b/wan") is LinkState.SUSPECT
    before = len(prober.links)
    reload(prober, world(plans("a/wan", "b/wan", "c/wan")))
    prober.run(0.05)
    assert len(prober.links) == before
    prober.run(1)
    assert prober.states("b/wan") == [UP, LinkState.SUSPECT, DOWN]


def test_links_keep_their_state_when_others_come_and_go_around_them():
    prober = started("a/wan", "b/wan", "c/wan", fate=lambda row, _: None if row == 1 else RTT)
    assert prober.state("b/wan") is DOWN
    since = prober.health.standing().link_since_ns[1]
    reload(prober, world(plans("z/wan", "b/wan", "c/wan", "y/wan")))
    prober.run(3)
    assert [prober.state(f"{name}/wan") for name in "zbcy"] == [UP, DOWN, UP, UP]
    assert prober.health.standing().link_since_ns[1] == since
    assert "a/wan" not in prober.inventory.links


def test_a_new_path_in_an_old_row_starts_fresh():
    prober = started("a/wan", "b/wan", "c/wan", fate=lambda row, _: None if row == 0 else RTT)
    prober.fate = lambda *_: RTT
    reload(prober, world(plans("d/wan", "b/wan", "c/wan")))
    assert prober.rows[prober.inventory.paths[0].key] == 0
    prober.run(1)
    assert prober.states("d/wan") == [UP]


def test_a_pause_and_its_end_are_seen():
    prober = started("a/wan", "b/wan")
    reload(prober, world(plans("a/wan", "b/wan", a={"paused": True})))
    prober.run(1)
    assert prober.links[-1].new is PAUSED
    assert prober.links[-1].reason is Reason.PAUSED_BY_OPERATOR
    prober.fate = lambda row, _: None if row == 0 else RTT
    prober.run(3)
    assert prober.state("a/wan") is PAUSED
    prober.fate = lambda *_: RTT
    prober.run(1)
    reload(prober, world(plans("a/wan", "b/wan")))
    prober.run(1)
    assert prober.states("a/wan") == [UP, PAUSED, UNKNOWN, UP]


def test_a_link_whose_targets_are_replaced_starts_over():
    prober = started("a/wan", "b/wan", "c/wan", fate=lambda row, _: None if row == 0 else RTT)
    assert prober.state("a/wan") is DOWN
    inventory = world(plans("a/wan", "b/wan", "c/wan"))
    moved = replace(inventory.paths[0], key=inventory.paths[0].key._replace(target="new"))
    prober.fate = lambda *_: RTT
    reload(prober, replace(inventory, paths=(moved, *inventory.paths[1:])))
    prober.run(1)
    assert prober.states("a/wan")[-2:] == [UNKNOWN, UP]


def test_replies_of_paths_that_are_gone_are_harmless():
    prober = started("a/wan", "b/wan", "c/wan")
    flying = prober.paths[2].flying.copy()
    reload(prober, world(plans("a/wan", "b/wan")))
    prober.paths += [_Path(2**62, 2**62)] * (3 - len(prober.paths))
    prober.paths[2].flying.extend(flying)
    prober.run(1)
    assert prober.states("a/wan") == [UP]
