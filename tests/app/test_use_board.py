from dataclasses import replace

import numpy as np
import pytest

from bridgewatch.app.use_board import Board
from bridgewatch.core.steps import finish
from bridgewatch.model.bandwidth import AgentState, Contract, CounterGap, Raise, SnmpSettings, Use
from bridgewatch.model.snapshot import BandwidthColumns
from tests.snmp.world import MEGABIT, inventory, link, snmp

SECOND = 1_000_000_000
WAN, SPARE = link("wan", snmp("192.0.2.1", 161, "Gi0/1")), link("du-phong", None)
INTERNET = link("internet", snmp("192.0.2.1", 161, "Gi0/2"))


def board(*links, former: Board | None = None) -> Board:
    made = Board(inventory(links or (WAN, SPARE), SnmpSettings()), interval=60.0)
    finish(made.lay(former))
    return made


def use(at: float, gap: CounterGap = CounterGap.NONE, **other: object) -> Use:
    rates = {"down": 8e6, "up": 1e6, "errors": 0.0, "discards": 0.5} if gap is CounterGap.NONE else {}
    return Use(WAN.id, round(at * SECOND), 60.0, gap, **{"oper_up": True, **rates, **other})


def at(one: Board, seconds: float) -> BandwidthColumns:
    return one.columns(round(seconds * SECOND), 0)


def test_what_was_read_is_shown_until_it_is_two_and_a_half_intervals_old() -> None:
    one = board()
    one.take([use(1_000)])
    fresh, old = at(one, 1_149), at(one, 1_151)
    assert (fresh.down[0], fresh.up[0], fresh.discards[0], fresh.oper_up[0]) == (8e6, 1e6, 0.5, 1)
    assert fresh.age[0] == pytest.approx(149)
    assert np.isnan([old.down[0], old.up[0], old.errors[0], old.age[0]]).all()
    assert (old.oper_up[0], old.gap[0]) == (-1, -1)


def test_a_gap_takes_the_rate_away_and_a_reading_that_was_repeated_does_not() -> None:
    one = board()
    one.take([use(1_000), use(1_060, CounterGap.REPEATED)])
    assert (at(one, 1_061).down[0], at(one, 1_061).gap[0]) == (8e6, CounterGap.REPEATED)
    one.take([use(1_120, CounterGap.RESTARTED, oper_up=False)])
    columns = at(one, 1_121)
    assert np.isnan(columns.down[0])
    assert (columns.gap[0], columns.oper_up[0]) == (CounterGap.RESTARTED, 0)


def test_an_older_answer_changes_nothing() -> None:
    one = board()
    one.take([use(1_000), use(940, CounterGap.OUT_OF_ORDER)])
    assert at(one, 1_001).age[0] == pytest.approx(1)


def test_a_repeated_reading_does_not_keep_an_old_rate_alive() -> None:
    one = board()
    one.take([use(1_000), *(use(1_000 + 60 * n, CounterGap.REPEATED) for n in range(1, 4))])
    assert np.isnan(at(one, 1_181).down[0])
    assert at(one, 1_181).age[0] == pytest.approx(1)


def test_links_without_counters_and_of_other_inventories_are_left_alone() -> None:
    one = board()
    one.take([replace(use(1_000), link="gialai-chuse/wan")])
    columns = at(one, 1_001)
    assert np.isnan(columns.down).all()
    assert columns.agent.tolist() == [AgentState.UNKNOWN, -1]


def test_another_inventory_keeps_what_was_read_of_links_that_stay() -> None:
    one = board()
    one.take([use(1_000)])
    one.note_agent([WAN.id], AgentState.ANSWERING, 900 * SECOND)
    columns = at(board(INTERNET, SPARE, WAN, former=one), 1_001)
    assert columns.down[2] == 8e6
    assert np.isnan(columns.down[:2]).all()
    assert columns.agent.tolist() == [AgentState.UNKNOWN, -1, AgentState.ANSWERING]
    assert columns.agent_since_wall_ns.tolist() == [0, 0, -101 * SECOND]  # the wall clock stands at 0


def test_a_link_that_has_no_counters_any_more_is_shown_without() -> None:
    one = board()
    one.take([use(1_000)])
    columns = at(board(replace(WAN, snmp=None), former=one), 1_001)
    assert np.isnan(columns.down).all()
    assert columns.agent.tolist() == [-1]


def test_contracts_are_those_in_force() -> None:
    raised = Raise(100, 200, 50 * MEGABIT, 40 * MEGABIT)
    one = board(replace(WAN, contract=Contract(20 * MEGABIT, 10 * MEGABIT, (raised,))))
    for wall_ns, down, up in ((99, 20e6, 10e6), (100, 50e6, 40e6), (199, 50e6, 40e6), (200, 20e6, 10e6)):
        columns = one.columns(0, wall_ns)
        assert (columns.contract_down[0], columns.contract_up[0]) == (down, up)
