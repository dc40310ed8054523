from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.bandwidth.counters import SPARE_SECONDS, STUCK_SECONDS, Meter, Reading
from bridgewatch.model.bandwidth import CounterGap, Use
from bridgewatch.model.ids import LinkId
from tests.bandwidth.router import LONG, SECOND, WORD, Agent, Traffic

LINK = LinkId("gialai-iape/wan")
MEGABIT = 1_000_000


def meter(*, facing_site: bool = False) -> Meter:
    return Meter(LINK, facing_site=facing_site)


def reading(seconds: float, octets: int = 0, **other: object) -> Reading:
    """What an agent that has been up for a day says, asked after `seconds`."""
    at_ns = round(seconds * SECOND)
    said = Reading(
        at_ns,
        at_ns + 20_000_000,
        1,
        uptime=8_640_000 + round(seconds * 100),
        octets_in=octets,
        octets_out=octets,
        oper_status=1,
        port_rate=100 * MEGABIT,
    )
    return replace(said, **other)


def last(*readings: Reading, facing_site: bool = False) -> Use:
    taking = meter(facing_site=facing_site)
    return [taking.take(each) for each in readings][-1]


def test_octets_between_two_readings_are_a_rate_in_bits_per_second() -> None:
    use = last(reading(0, 1_000), reading(60, 751_000, octets_out=1_501_000))
    assert (use.gap, use.down, use.up) == (CounterGap.NONE, 100_000, 200_000)


def test_of_an_interface_that_faces_the_site_what_goes_out_is_down() -> None:
    use = last(reading(0), reading(60, 750_000, octets_out=1_500_000), facing_site=True)
    assert (use.down, use.up) == (200_000, 100_000)


def test_the_first_reading_has_nothing_to_compare_with() -> None:
    use = last(reading(0, 7))
    assert (use.gap, use.down, use.oper_up) == (CounterGap.FIRST, None, True)


def test_the_agents_clock_and_not_the_answers_delay_says_how_long_the_interval_was() -> None:
    slow = reading(60, 750_000, at_ns=63 * SECOND, uptime=8_640_000 + 6_250)
    assert last(reading(0), slow).seconds == pytest.approx(62.5)


def test_an_agent_whose_clock_cannot_be_is_timed_by_arrival() -> None:
    use = last(reading(0), reading(60, 750_000, uptime=8_640_000 + 100))
    assert use.seconds == pytest.approx(60, abs=0.03)


@pytest.mark.parametrize(
    ("second", "gap"),
    [
        (reading(60, 500, uptime=900), CounterGap.RESTARTED),
        (reading(60, 10**6, uptime=8_640_000), CounterGap.REPEATED),
        (reading(60, 10**6, discontinuity=12), CounterGap.DISCONTINUITY),
        (reading(60, 10**6, index=4), CounterGap.RENUMBERED),
        (reading(60, 10**12), CounterGap.IMPOSSIBLE),
        (reading(60, 400), CounterGap.RESET),
        (reading(60, 10**6), CounterGap.REPEATED),
        (reading(60, 2 * 10**6, octets_in=None, octets_out=None), CounterGap.MISSING),
        (reading(60, 2 * 10**6, wide=False), CounterGap.RESET),
        (reading(60, 2 * 10**6, in_errors=3), CounterGap.RESET),
        (reading(-60, 10**5), CounterGap.OUT_OF_ORDER),
    ],
)
def test_a_gap_has_its_reason_and_no_rate(second: Reading, gap: CounterGap) -> None:
    use = last(reading(0, 10**6, discontinuity=0, in_errors=7, out_errors=0), second)
    assert (use.gap, use.down, use.up, use.errors) == (gap, None, None, None)


def test_a_reboot_that_is_noticed_only_after_longer_than_the_last_uptime_is_one() -> None:
    """It had been up for 30 s, rebooted, and has been up for 100 s when it is asked again after 10 min."""
    young = reading(0, 100, uptime=3_000)
    assert last(young, reading(600, 10**6, uptime=10_000)).gap is CounterGap.RESTARTED


def test_sysuptime_that_begins_again_after_497_days_is_no_restart() -> None:
    use = last(reading(0, 0, uptime=WORD - 3_000), reading(60, 750_000, uptime=3_000))
    assert (use.gap, use.down) == (CounterGap.NONE, 100_000)


@pytest.mark.parametrize("wide", [True, False])
def test_a_counter_that_wraps_goes_on(wide: bool) -> None:
    limit = LONG if wide else WORD
    use = last(reading(0, limit - 250_000, octets_out=5, wide=wide), reading(60, 500_000, wide=wide))
    assert (use.gap, use.down) == (CounterGap.NONE, 100_000)


def test_32_bits_of_a_port_that_fills_them_within_the_interval_tell_nothing() -> None:
    fast = {"wide": False, "port_rate": 1_000 * MEGABIT}
    assert last(reading(0, 0, **fast), reading(60, 10**6, **fast)).gap is CounterGap.WRAPPED


def test_32_bits_of_a_port_that_does_not_say_how_fast_it_is_tell_nothing() -> None:
    unknown = {"wide": False, "port_rate": None}
    assert last(reading(0, 0, **unknown), reading(60, 10**6, **unknown)).gap is CounterGap.WRAPPED


def test_an_agent_that_has_not_refreshed_is_compared_with_its_first_reading_of_those_numbers() -> None:
    uses = [
        meter_.take(each)
        for meter_ in [meter()]
        for each in (reading(0, 0), reading(6, 0), reading(12, 150_000), reading(18, 225_000))
    ]
    assert [use.gap for use in uses] == [
        CounterGap.FIRST,
        CounterGap.REPEATED,
        CounterGap.NONE,
        CounterGap.NONE,
    ]
    assert [use.down for use in uses[2:]] == [100_000, 100_000]


def test_an_interface_that_is_down_carries_nothing() -> None:
    use = last(reading(0, 5), reading(60, 5, oper_status=2))
    assert (use.gap, use.down, use.up, use.oper_up) == (CounterGap.NONE, 0, 0, False)


def test_counters_that_stand_still_are_stuck_and_what_moves_next_has_to_prove_itself() -> None:
    taking = meter()
    later = STUCK_SECONDS
    gaps = [
        taking.take(each).gap
        for each in (
            reading(0, 0),
            reading(60, 0),
            reading(60 + later, 0),
            reading(120 + later, 10**6),
            reading(180 + later, 2 * 10**6),
        )
    ]
    assert gaps == [
        CounterGap.FIRST,
        CounterGap.REPEATED,
        CounterGap.STUCK,
        CounterGap.STUCK,
        CounterGap.NONE,
    ]


def test_another_clock_that_stays_is_believed_the_second_time() -> None:
    """An agent's clock was set back by an hour, as those do that take it from the time of day."""
    uptimes = (8_640_000, 8_286_000, 8_292_000, 8_298_000)
    taking = meter()
    gaps = [taking.take(reading(60 * n, 10**6 * n, uptime=uptime)).gap for n, uptime in enumerate(uptimes)]
    assert gaps == [CounterGap.FIRST, CounterGap.OUT_OF_ORDER, CounterGap.RESTARTED, CounterGap.NONE]


def test_errors_and_discards_are_packets_per_second_of_both_directions() -> None:
    none = {"in_errors": 0, "out_errors": 0, "in_discards": 0, "out_discards": None}
    some = {"in_errors": 60, "out_errors": 60, "in_discards": 30, "out_discards": None}
    use = last(reading(0, 0, **none), reading(60, 10**6, **some))
    assert (use.errors, use.discards) == (pytest.approx(2), pytest.approx(0.5))


def test_what_the_agent_does_not_count_is_absent() -> None:
    use = last(reading(0, 0, octets_out=None), reading(60, 750_000, octets_out=None))
    assert (use.down, use.up, use.errors, use.discards) == (100_000, None, None, None)


# Histories: a router that counts truly, an agent that lies, a network that delays, doubles and reorders.


@dataclass(frozen=True)
class Step:
    """What happens before and at one poll."""

    pause: float  # seconds since the one before
    shares: tuple[float, float]  # of the port's rate that go in and out meanwhile
    event: str = "nothing"
    event_at: float = 0.5  # where in the pause
    delays: tuple[float, float] = (0.01, 0.01)  # question, answer
    arrives: str = "once"


HONEST = ("nothing",)
LIES = ("nothing", "nothing", "reboot", "renumber", "reset", "silent reset", "freeze", "thaw", "mute")
PORT_RATES = st.sampled_from([2 * MEGABIT, 100 * MEGABIT, 10_000 * MEGABIT])


def histories(events: tuple[str, ...], arrivals: tuple[str, ...] = ("once",)) -> st.SearchStrategy:
    share = st.sampled_from([0.0, 1e-3, 0.3, 0.97])
    step = st.builds(
        Step,
        pause=st.sampled_from([6.0, 10.0, 59.97, 60.0, 300.0]),
        shares=st.tuples(share, share),
        event=st.sampled_from(events),
        event_at=st.floats(0.01, 0.99),
        delays=st.tuples(st.sampled_from([0.001, 0.3, 1.9]), st.sampled_from([0.001, 0.3, 1.9])),
        arrives=st.sampled_from(arrivals),
    )
    return st.lists(step, min_size=2, max_size=12)


AGENTS = st.fixed_dictionaries(
    {
        "wide": st.booleans(),
        "refresh_ns": st.sampled_from([0, 0, 3, 5]).map(lambda seconds: seconds * SECOND),
        "clock_is_cached": st.booleans(),
        "port_rate": PORT_RATES,
        "first_octets": st.sampled_from([0, WORD - 1_000, LONG - 1_000_000, LONG // 2, 10**15]),
        "first_uptime": st.sampled_from([50_000, 10**9, WORD - 2_000]),
    }
)


@dataclass(frozen=True)
class Taken:
    """A use, and in truth: when both readings were counted, and what went by between."""

    use: Use
    apart: float
    octets: tuple[int, int]
    slack: float


def play(agent_kind: dict, steps: list[Step]) -> list[Taken]:
    """Let the meter read a history; what it made of each rate beside the truth."""
    into, out = Traffic(), Traffic()
    agent = Agent(into, out, **agent_kind)
    octets_a_second = agent_kind["port_rate"] // 8
    taking, told, now_ns = meter(), [], 0
    told_of: dict[tuple, tuple[int, float]] = {}  # reading -> when it was counted, how unsure that is
    base: Reading | None = None
    held: list[Reading] = []
    for step in steps:
        start_ns, pause_ns = now_ns, round(step.pause * SECOND)
        for traffic, share in zip((into, out), step.shares, strict=True):
            traffic.set_rate(start_ns, round(share * octets_a_second))
        happen(agent, step, start_ns + round(pause_ns * step.event_at))
        asked_ns = start_ns + pause_ns
        read_ns = asked_ns + round(step.delays[0] * SECOND)
        now_ns = at_ns = read_ns + round(step.delays[1] * SECOND)
        answer = agent.read(asked_ns, read_ns, at_ns)
        if step.event == "mute":
            answer = replace(answer, octets_in=None, octets_out=None)
        told_of[key_of(answer)] = (agent.table_ns(read_ns), sum(step.delays))
        arrivals = {"once": [answer], "twice": [answer, answer], "held": []}[step.arrives] + held
        held = [answer] if step.arrives == "held" else []
        for each in arrivals:
            use = taking.take(each)
            if use.gap is CounterGap.NONE:
                assert base is not None
                (counted_ns, unsure), (before_ns, unsure_before) = (
                    told_of[key_of(each)],
                    told_of[key_of(base)],
                )
                went = tuple(t.until(counted_ns) - t.until(before_ns) for t in (into, out))
                told.append(Taken(use, (counted_ns - before_ns) / SECOND, went, unsure + unsure_before))
            else:
                assert (use.down, use.up) == (None, None)
            if not keeps_base(use, base, each):
                base = each
    return told


def happen(agent: Agent, step: Step, at_ns: int) -> None:
    match step.event:
        case "reboot":
            agent.reboot(at_ns, index=agent.index)
        case "renumber":
            agent.reboot(at_ns, index=agent.index + 1)
        case "reset":
            agent.reset(at_ns, told=True)
        case "silent reset" if agent.wide and agent.start <= LONG // 2:  # else nobody can tell it from a wrap
            agent.reset(at_ns, told=False)
        case "freeze":
            agent.frozen_ns = agent.table_ns(at_ns)
        case "thaw":
            agent.frozen_ns = None


def key_of(answer: Reading) -> tuple:
    return (answer.asked_ns, answer.at_ns)


def keeps_base(use: Use, base: Reading | None, each: Reading) -> bool:
    """As the meter documents it: repeated, older and muted readings are compared with nothing."""
    if use.gap in {CounterGap.REPEATED, CounterGap.OUT_OF_ORDER, CounterGap.MISSING}:
        return True
    return use.gap is CounterGap.STUCK and base is not None and base.counted()[:2] == each.counted()[:2]


def octets_of(taken: Taken) -> list[float]:
    return [rate * taken.use.seconds / 8 for rate in (taken.use.down, taken.use.up)]


@settings(max_examples=150, deadline=None)
@given(AGENTS, histories(LIES, ("once", "once", "twice", "held")))
def test_no_history_makes_a_negative_or_impossible_rate(agent: dict, steps: list[Step]) -> None:
    for taken in play(agent, steps):
        use, seconds = taken.use, taken.use.seconds
        most = (agent["port_rate"] + MEGABIT / 2) * (1 + min(SPARE_SECONDS / seconds, 0.5))
        assert 0 <= use.down <= most * 1.0001
        assert 0 <= use.up <= most * 1.0001


@settings(max_examples=150, deadline=None)
@given(AGENTS, histories(LIES, ("once", "once", "twice", "held")))
def test_no_history_makes_more_of_the_octets_than_there_were(agent: dict, steps: list[Step]) -> None:
    for taken in play(agent, steps):
        for told, went in zip(octets_of(taken), taken.octets, strict=True):
            assert told <= went + 1


@settings(max_examples=150, deadline=None)
@given(AGENTS, histories(HONEST, ("once", "twice")))
def test_an_honest_agent_is_told_to_the_octet_whatever_the_network_does(
    agent: dict, steps: list[Step]
) -> None:
    for taken in play(agent, steps):
        assert octets_of(taken) == pytest.approx(taken.octets, rel=1e-9, abs=1)
        refresh = agent["refresh_ns"] / SECOND
        assert taken.use.seconds == pytest.approx(taken.apart, abs=taken.slack + refresh + 0.06 + 0.3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0.001, 0.3, 0.97]), min_size=2, max_size=20), PORT_RATES)
def test_an_honest_agent_with_wide_counters_gives_a_rate_for_every_interval(
    shares: list[float], port_rate: int
) -> None:
    steps = [Step(60.0, (share, share), delays=(0.0, 0.0)) for share in shares]
    kind = {"wide": True, "port_rate": port_rate, "first_octets": LONG - 10**6, "first_uptime": WORD - 9_000}
    told = play(kind, steps)
    assert len(told) == len(steps) - 1
    assert [taken.use.down for taken in told] == pytest.approx(
        [share * port_rate for share in shares[1:]], rel=1e-3
    )


def test_ten_minutes_of_an_agent_that_refreshes_every_three_seconds_are_within_a_percent() -> None:
    shares = [0.2, 0.9, 0.5, 0.1, 0.7, 0.3, 0.8, 0.4, 0.6, 0.2, 0.5]
    kind = {"refresh_ns": 3 * SECOND, "port_rate": 20 * MEGABIT, "first_uptime": 50_000}
    told = play(kind, [Step(60.0, (share, share / 2)) for share in shares])
    summed = sum(taken.use.down * taken.use.seconds for taken in told)
    true = sum(share * 20 * MEGABIT * 60.02 for share in shares[1:])
    assert summed == pytest.approx(true, rel=0.01)
    for taken, (before, share) in zip(told, pairwise(shares), strict=True):
        most_off = 0.06 * max(before, share)  # three seconds of sixty, at either rate
        assert taken.use.down == pytest.approx(share * 20 * MEGABIT, abs=most_off * 20 * MEGABIT)


@pytest.mark.parametrize(("status", "up"), [(1, True), (2, False), (3, None), (None, None), (7, None)])
def test_what_the_routers_own_people_want_is_told_beside_what_is(status: int | None, up: bool | None) -> None:
    use = last(reading(0, 5), reading(60, 5, oper_status=2, admin_status=status))
    assert (use.oper_up, use.admin_up) == (False, up)
