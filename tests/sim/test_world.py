import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.model.observations import NO_TIME
from bridgewatch.sim.country import Plan, country
from bridgewatch.sim.delay import constant, diurnal, gamma, normal
from bridgewatch.sim.weather import CALM, Bursts, Direction, Weather, cut, spell
from bridgewatch.sim.world import COPY_LAG_NS, FarEnd, Fate, World, crossing_of, still_climate
from tests.sim.probes import MS, SECOND, spec, world

START = 1_000 * SECOND
ROUGH = {
    "egress": Weather(delay=gamma(MS, 0.1 * MS), loss=0.02, duplicate=0.05),
    "handover": Weather(delay=normal(2 * MS, 0.3 * MS), bursts=Bursts(3e9, 4e8, 0.8), corrupt=0.03),
}


def rough(element: str) -> Weather:
    return ROUGH.get(
        element, Weather(delay=diurnal(gamma(3 * MS, MS), 0.4, 0), reorder=0.05, reorder_ns=30 * MS)
    )


def still_world(paths: int = 4, **options) -> World:
    return world(
        [spec(n + 1) for n in range(paths)], climate=lambda _: Weather(delay=constant(MS)), **options
    )


def fates_of(around: World, path: int, sent_ns: int | np.ndarray, count: int = 1):
    sent = np.broadcast_to(np.asarray(sent_ns, np.int64), count)
    return around.fates(np.full(count, path, np.int32), np.arange(count), sent)


def exact_binomial_range(trials: int, p: float, tail: float = 1e-7) -> tuple[int, int]:
    """Counts outside which lies less than `tail` on each side."""
    k = np.arange(trials + 1)
    log_choose = [
        math.lgamma(trials + 1) - math.lgamma(i + 1) - math.lgamma(trials - i + 1) for i in range(trials + 1)
    ]
    mass = np.exp(np.asarray(log_choose) + k * math.log(p) + (trials - k) * math.log1p(-p))
    below = np.cumsum(mass)
    return int(np.searchsorted(below, tail)), int(np.searchsorted(below, 1 - tail))


def test_a_calm_probe_takes_its_delays_and_the_turnaround():
    fates = fates_of(still_world(far_ends={"192.0.2.1": FarEnd(turnaround_ns=77)}), 0, START)
    assert fates.fate.tolist() == [Fate.ANSWERED]
    assert fates.reached_ns[0] == START + 3 * MS
    assert fates.left_ns[0] == START + 3 * MS + 77
    assert fates.ended_ns[0] == START + 6 * MS + 77


@pytest.mark.parametrize("loss", [0.005, 0.03, 0.3])
def test_the_loss_ratio_lies_within_exact_binomial_bounds(loss):
    around = still_world(script=[spell("line-0", 0, loss=loss)])
    fates = fates_of(around, 0, START, 50_000)
    low, high = exact_binomial_range(50_000, loss)
    forward = int((fates.fate == Fate.LOST_FORWARD).sum())
    assert low <= forward <= high
    low, high = exact_binomial_range(50_000 - forward, loss)
    assert low <= int((fates.fate == Fate.LOST_BACKWARD).sum()) <= high


def test_losses_in_a_row_are_independent():
    around = still_world(script=[spell("line-0", 0, loss=0.1, directions=(Direction.FORWARD,))])
    lost = fates_of(around, 0, START, 100_000).fate != Fate.ANSWERED
    after_loss = int(lost[1:][lost[:-1]].sum())
    low, high = exact_binomial_range(int(lost[:-1].sum()), 0.1)
    assert low <= after_loss <= high


@pytest.mark.parametrize("direction", list(Direction))
def test_one_way_loss_goes_to_its_direction(direction):
    around = still_world(script=[spell("handover", 0, loss=0.5, directions=(direction,))])
    fate = fates_of(around, 1, START, 2_000).fate
    here, there = (Fate.LOST_FORWARD, Fate.LOST_BACKWARD)[:: 1 if direction is Direction.FORWARD else -1]
    assert 850 < (fate == here).sum() < 1_150
    assert not (fate == there).any()


def test_a_cut_holds_from_its_first_instant_to_before_its_last():
    around = still_world(script=[cut("line-0", START, START + SECOND)])
    sent = START + np.asarray([-10 * MS, -1, 0, SECOND - 1, SECOND])
    fates = fates_of(around, 0, sent, 5)
    # The second crossed on its way out, its reply met the cut.
    assert fates.fate.tolist() == [
        Fate.ANSWERED,
        Fate.LOST_BACKWARD,
        Fate.LOST_FORWARD,
        Fate.LOST_FORWARD,
        Fate.ANSWERED,
    ]
    assert fates.ended_ns[1:4].tolist() == [NO_TIME] * 3
    assert (fates.left_ns == NO_TIME).tolist() == [False, False, True, True, False]
    assert (fates.reached_ns == NO_TIME).tolist() == [False, False, True, True, False]
    assert (fates_of(around, 1, sent, 5).fate == Fate.ANSWERED).all()


def test_overlapping_spells_all_hold_and_the_later_wins_a_field():
    around = still_world(
        script=[
            spell("line-0", START, START + 4 * SECOND, delay=constant(9 * MS)),
            cut("line-0", START + SECOND, START + 2 * SECOND),
            spell("line-0", START + 3 * SECOND, START + 9 * SECOND, delay=constant(5 * MS)),
        ]
    )
    sent = START + np.arange(-1, 10) * SECOND
    fates = fates_of(around, 0, sent, 11)
    took = [int(e - s) // MS if e != NO_TIME else None for s, e in zip(sent, fates.ended_ns, strict=True)]
    assert took == [6, 22, None, 22, 14, 14, 14, 14, 14, 14, 6]


def test_a_spell_of_an_element_nobody_crosses_is_refused():
    with pytest.raises(ValueError, match=r"do not exist: \['line-9'\]"):
        still_world(script=[cut("line-9", 0)])


def test_a_spell_of_a_field_that_weather_does_not_have_is_refused():
    with pytest.raises(TypeError, match="storm"):
        still_world(script=[spell("line-0", 0, storm=True)])


def test_bursts_take_probes_together_and_leave_others_alone():
    bursts = Bursts(mean_good_ns=5 * SECOND, mean_bad_ns=0.4 * SECOND)
    around = still_world(script=[spell("line-0", 0, bursts=bursts, directions=(Direction.FORWARD,))])
    lost = fates_of(around, 0, START + np.arange(200_000) * 20 * MS, 200_000).fate != Fate.ANSWERED
    assert lost.mean() == pytest.approx(bursts.bad_share(), rel=0.15)
    assert lost[1:][lost[:-1]].mean() > 0.9
    assert (fates_of(around, 1, START, 1_000).fate == Fate.ANSWERED).all()


def test_a_shared_element_darkens_its_paths_in_the_same_instants():
    bursts = Bursts(mean_good_ns=5 * SECOND, mean_bad_ns=SECOND)
    around = still_world(script=[spell("handover", 0, bursts=bursts, directions=(Direction.FORWARD,))])
    sent = START + np.arange(5_000) * 50 * MS
    assert (fates_of(around, 0, sent, 5_000).fate == fates_of(around, 3, sent, 5_000).fate).all()


def test_unreachable_errors_come_back_from_the_element_that_dropped():
    around = still_world(script=[cut("handover", START, unreachable=True)])
    fates = fates_of(around, 0, START, 1)
    assert fates.fate.tolist() == [Fate.UNREACHABLE]
    assert fates.ended_ns.tolist() == [START + 4 * MS]  # egress and handover, there and back
    assert fates.reached_ns.tolist() == [NO_TIME]


def test_duplicates_follow_their_originals():
    around = still_world(script=[spell("egress", 0, duplicate=1.0)])
    fates = fates_of(around, 0, START, 1)
    # Doubled on its way out, and each of the two replies on its way back.
    assert fates.probe.tolist() == [0, 0, 0, 0]
    assert fates.reflection.tolist() == [0, 1, 0, 1]
    first = fates.ended_ns[0]
    assert fates.ended_ns.tolist() == [
        first,
        first + COPY_LAG_NS,
        first + COPY_LAG_NS,
        first + 2 * COPY_LAG_NS,
    ]


def test_a_copy_has_a_fate_of_its_own():
    twice = spell("egress", 0, duplicate=1.0, directions=(Direction.FORWARD,))
    half = spell("line-0", 0, loss=0.5, directions=(Direction.BACKWARD,))
    around = still_world(script=[twice, half])
    lost = fates_of(around, 0, START, 2_000).fate == Fate.LOST_BACKWARD
    both = int((lost[:2_000] & lost[2_000:]).sum())
    assert 400 < both < 600


def test_duplication_and_reordering_change_no_fate():
    calm = still_world(script=[spell("line-0", 0, loss=0.2)])
    busy = still_world(script=[spell("line-0", 0, loss=0.2, duplicate=0.3, reorder=0.3, reorder_ns=40 * MS)])
    plain, disturbed = fates_of(calm, 0, START, 5_000), fates_of(busy, 0, START, 5_000)
    assert (disturbed.fate[:5_000] == plain.fate).all()
    assert len(disturbed.probe) > 6_000
    late = (disturbed.ended_ns[:5_000] > plain.ended_ns) & (plain.fate == Fate.ANSWERED)
    assert late.sum() == pytest.approx((plain.fate == Fate.ANSWERED).sum() * (1 - 0.7**2), rel=0.1)


def test_corruption_on_the_way_out_is_loss_and_on_the_way_back_arrives():
    around = still_world(script=[spell("line-0", 0, corrupt=0.25)])
    fates = fates_of(around, 0, START, 8_000)
    assert (fates.fate == Fate.LOST_FORWARD).sum() == pytest.approx(2_000, abs=250)
    assert fates.corrupt[fates.fate == Fate.ANSWERED].sum() == pytest.approx(1_500, abs=250)
    assert not (fates.fate == Fate.LOST_BACKWARD).any()


def test_queues_breathe_by_day():
    day = 86_400 * SECOND
    around = world([spec(1)], climate=lambda _: Weather(delay=diurnal(gamma(0, MS), 0.6, START)))
    means = []
    for sent in (START, START + day // 2, START + day):
        fates = fates_of(around, 0, sent, 20_000)
        means.append(float((fates.reached_ns - sent).mean()))
    assert means[0] == pytest.approx(4.8 * MS, rel=0.02)  # three crossings of 1 ms * 1.6
    assert means[1] == pytest.approx(1.2 * MS, rel=0.02)
    assert means[2] == pytest.approx(means[0], rel=0.02)


def test_normal_delays_have_their_mean_and_deviation_and_are_never_negative():
    around = world(
        [spec(1)], climate=lambda e: Weather(delay=normal(10 * MS, 2 * MS)) if e == "egress" else CALM
    )
    one_way = fates_of(around, 0, START, 50_000).reached_ns - START
    assert one_way.mean() == pytest.approx(10 * MS, rel=0.005)
    assert one_way.std() == pytest.approx(2 * MS, rel=0.02)
    wide = world([spec(1)], climate=lambda _: Weather(delay=normal(0, 2 * MS)))
    assert (fates_of(wide, 0, START, 5_000).reached_ns >= START).all()


probes = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2**33), st.integers(0, 10**13)), min_size=1, max_size=40
)


def row_by_probe(fates, order: np.ndarray) -> dict[int, list[tuple]]:
    rows: dict[int, list[tuple]] = {}
    for r, probe in enumerate(fates.probe):
        facts = (fates.fate[r], fates.reached_ns[r], fates.left_ns[r], fates.ended_ns[r], fates.corrupt[r])
        rows.setdefault(int(order[probe]), []).append(tuple(map(int, facts)))
    return {probe: sorted(facts) for probe, facts in rows.items()}


@settings(max_examples=60, deadline=None)
@given(probes, st.data())
def test_a_fate_depends_on_nothing_but_the_probe(sent, data):
    script = [cut("line-1", 10**12, 2 * 10**12), spell("egress", 5 * 10**12, 7 * 10**12, loss=0.5)]

    def fresh() -> World:
        return world([spec(n + 1) for n in range(4)], seed=9, climate=rough, script=script)

    path, seq, at = (np.asarray(column, np.int64) for column in zip(*sent, strict=True))
    path = path.astype(np.int32)
    everything = np.arange(len(sent))
    whole = row_by_probe(fresh().fates(path, seq, at), everything)
    order = np.asarray(data.draw(st.permutations(everything.tolist())))
    pieces = np.split(order, sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=4))))
    cut_up: dict[int, list[tuple]] = {}
    around = fresh()
    for piece in pieces:
        cut_up |= row_by_probe(around.fates(path[piece], seq[piece], at[piece]), piece)
    assert cut_up == whole


def test_the_seed_decides_and_the_company_does_not():
    def fates(seed: int, paths: int) -> list[int]:
        around = world([spec(n + 1) for n in range(paths)], seed=seed, climate=rough)
        return fates_of(around, 0, START, 500).ended_ns[:500].tolist()

    assert fates(1, 3) == fates(1, 3)
    assert fates(1, 3) == fates(1, 1)
    assert fates(1, 3) != fates(2, 3)


INVENTORY = country(Plan(provinces=2, communes=8, via_hub=True))


def dark(script) -> set[str]:
    """Owners of the paths that are lost under `script`."""
    around = World.of(INVENTORY, climate=still_climate(MS), script=script)
    paths = len(around.paths)
    fates = around.fates(np.arange(paths, dtype=np.int32), np.zeros(paths), np.full(paths, START))
    return {around.paths[row].key.owner for row in np.flatnonzero(fates.fate != Fate.ANSWERED)}


def test_an_egress_cut_darkens_its_links_and_its_references():
    wan = {link.id for link in INVENTORY.links.values() if link.egress == "wan"}
    assert dark([cut("egress:wan", 0)]) == wan | {"egress:wan"}


def test_a_handover_cut_darkens_the_links_handed_over_there_and_no_reference():
    there = {link.id for link in INVENTORY.links.values() if link.handover == "vnpt-wan-01"}
    assert len(there) == 5  # the hub and its four communes
    assert dark([cut("handover:vnpt-wan-01", 0)]) == there


def test_a_power_cut_takes_both_links_of_a_site():
    assert dark([cut("site:xa-00002", 0)]) == {"xa-00002/wan", "xa-00002/internet"}


def test_a_cut_access_line_takes_one_link_and_what_runs_via_it():
    assert dark([cut("link:xa-00002/internet", 0)]) == {"xa-00002/internet"}
    behind = {"tinh-02/wan", "xa-00002/wan", "xa-00004/wan", "xa-00006/wan", "xa-00008/wan"}
    assert dark([cut("link:tinh-02/wan", 0)]) == behind


def test_crossings_are_named_outwards():
    by_owner = {path.key: crossing_of(INVENTORY, path) for path in INVENTORY.paths}
    crossing = next(c for key, c in by_owner.items() if key.owner == "xa-00002/wan")
    assert crossing == (
        "egress:wan",
        "handover:viettel-wan-02",
        "site:tinh-02",
        "link:tinh-02/wan",
        "site:xa-00002",
        "link:xa-00002/wan",
    )
    reference = next(c for key, c in by_owner.items() if key.owner == "egress:internet")
    assert reference == ("egress:internet", "reference:internet/reference-1")


def test_the_typical_country_is_calm():
    around = World.of(INVENTORY, seed=3)
    paths = len(around.paths)
    fates = around.fates(np.arange(paths, dtype=np.int32), np.zeros(paths), np.full(paths, START))
    assert (fates.fate == Fate.ANSWERED).all()
    assert (fates.ended_ns - START).max() < 60 * MS
