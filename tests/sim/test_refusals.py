"""Reflectors that are stopped: what their hosts say of STAMP packets, and how often."""

import numpy as np
import pytest

from bridgewatch.core.probing import stamp
from bridgewatch.model.observations import NO_TIME
from bridgewatch.model.words import Family, ProbeKind
from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.delay import constant
from bridgewatch.sim.far_end import REFUSALS_AT_ONCE
from bridgewatch.sim.weather import ALWAYS, Direction, Weather, cut, refuse, spell
from bridgewatch.sim.world import Fate, World
from tests.sim.probes import MS, SECOND, engine_of, poll_after, send, spec, world

ROUTER = [0, 0xFFFF_C633_64FE]
ONE_WAY = 3 * MS  # three elements of 1 ms
TURNAROUND = 50_000


def still(_: str) -> Weather:
    return Weather(delay=constant(MS))


def stopped(*specs, script=(), **options):
    """A clock, a world whose lines end at stopped reflectors, and its engine."""
    clock = SimClock()
    script = [*(refuse(f"line-{row}", ALWAYS) for row in range(len(specs))), *script]
    around = world(specs, climate=still, script=script)
    return clock, around, engine_of(clock, around, **options)


@pytest.mark.parametrize("family", list(Family))
def test_the_target_itself_says_that_its_port_is_closed(family):
    one = spec(9, ProbeKind.STAMP, family)
    clock, around, engine = stopped(one, quote=200)
    sent_ns = clock.monotonic_ns()
    send(clock, engine, around, [0], [900])
    fates = around.fates(np.array([0]), np.array([900]), np.array([sent_ns]))
    assert (fates.fate.tolist(), fates.reached_ns.tolist()) == ([Fate.REFUSED], [NO_TIME])
    assert fates.ended_ns.tolist() == [sent_ns + 2 * ONE_WAY + TURNAROUND]
    arrivals = poll_after(clock, engine)
    assert len(arrivals.kind) == 0
    assert arrivals.error_source.tolist() == arrivals.error_destination.tolist()
    assert (arrivals.error_port_closed.tolist(), arrivals.error_port.tolist()) == ([True], [862])
    quoted = stamp.parse_quoted(arrivals.error_packet, arrivals.error_length)
    assert (quoted.seq.tolist(), quoted.has_token.tolist()) == ([900], [True])
    assert (engine.truth.refused.tolist(), engine.truth.answered.tolist()) == ([1], [0])


def test_a_router_speaks_for_itself_and_of_no_port():
    clock, around, engine = stopped(
        spec(1, ProbeKind.STAMP), script=[cut("handover", ALWAYS, unreachable=True)]
    )
    send(clock, engine, around, [0], [1])
    arrivals = poll_after(clock, engine)
    assert (arrivals.error_source.tolist(), arrivals.error_port_closed.tolist()) == ([ROUTER], [False])


def test_its_host_goes_on_to_answer_echoes():
    clock, around, engine = stopped(spec(1))
    send(clock, engine, around, [0], [1])
    arrivals = poll_after(clock, engine)
    assert (len(arrivals.kind), len(arrivals.error_kind)) == (1, 0)


def test_a_host_refuses_once_a_second_and_a_few_times_at_once():
    clock, around, engine = stopped(spec(1, ProbeKind.STAMP))
    told = 0
    for seq in range(100):
        send(clock, engine, around, [0], [seq])
        told += len(poll_after(clock, engine, 100 * MS).error_kind)
    assert told == REFUSALS_AT_ONCE + 9
    assert engine.truth.refused.tolist() == [100]


def test_a_refusal_gets_lost_like_a_reply():
    backward = spell("handover", ALWAYS, loss=1.0, directions=(Direction.BACKWARD,))
    clock, around, engine = stopped(spec(1, ProbeKind.STAMP), script=[backward])
    send(clock, engine, around, [0], [1])
    assert len(poll_after(clock, engine).error_kind) == 0
    assert engine.truth.lost_backward.tolist() == [1]


def test_a_stopped_reflector_counts_nothing_and_goes_on_where_it_stood():
    clock = SimClock()
    until_ns = clock.monotonic_ns() + SECOND
    around = world(
        [spec(1, ProbeKind.STAMP, stateful=True)], climate=still, script=[refuse("line-0", ALWAYS, until_ns)]
    )
    engine = engine_of(clock, around)
    send(clock, engine, around, [0, 0], [0, 1])
    assert len(poll_after(clock, engine, 2 * SECOND).error_kind) == 2
    send(clock, engine, around, [0], [2])
    arrivals = poll_after(clock, engine, SECOND)
    assert stamp.parse_reflected(arrivals.packet, arrivals.length).seq.tolist() == [0]


def test_only_what_ends_there_is_refused():
    """A link behind another one crosses its line, and has a reflector of its own."""
    paths = [spec(1, ProbeKind.STAMP), spec(2, ProbeKind.STAMP)]
    around = World(
        paths,
        [("egress", "line-0"), ("egress", "line-0", "line-1")],
        climate=still,
        script=[refuse("line-0", ALWAYS)],
    )
    fates = around.fates(np.array([0, 1]), np.array([1, 1]), np.array([SECOND, SECOND]))
    assert fates.fate.tolist() == [Fate.REFUSED, Fate.ANSWERED]
