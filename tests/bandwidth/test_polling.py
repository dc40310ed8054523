from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.bandwidth.agents import FAILURES, LONGEST_BACKOFF, AgentChange
from bridgewatch.core.bandwidth.asking import INTERFACES_A_REQUEST
from bridgewatch.core.bandwidth.polling import Terms
from bridgewatch.model.bandwidth import AgentState, CounterGap, InterfaceBy
from bridgewatch.model.ids import CredentialsId
from bridgewatch.model.snmp import Outcome, Refusal, SnmpAnswer
from tests.bandwidth.agents import SECOND, Port, Router, World, interface, key

WAN, NET = "gialai-iape/wan", "gialai-iape/internet"
BOTH = (interface(WAN, "Gi0/1"), interface(NET, "GLI-NET-7", InterfaceBy.ALIAS))


def two_links() -> Router:
    return Router(
        {
            3: Port("Gi0/1", description="GigabitEthernet0/1"),
            7: Port("Gi0/2", alias="GLI-NET-7 to Viettel", rate=5_000),
            8: Port("Gi0/3", alias="GLI-NET-70"),
        }
    )


def one_router(router: Router, *interfaces, terms: Terms | None = None) -> World:
    world = World({key(): router}, terms)
    world.configure({key(): interfaces or BOTH})
    return world


def test_both_links_of_a_router_are_read_by_one_request() -> None:
    router = two_links()
    world = one_router(router)
    world.run(61)
    router.asked.clear()
    world.run(60)
    assert len(router.asked) == 1
    assert world.uses(WAN)[0].down == pytest.approx(8_000, rel=1e-3)
    assert world.uses(NET)[0].down == pytest.approx(40_000, rel=1e-3)


@pytest.mark.parametrize(
    "wanted",
    [
        interface(WAN, "Gi0/1"),
        interface(WAN, "GigabitEthernet0/1"),
        interface(WAN, "3", InterfaceBy.INDEX),
        interface(NET, "GLI-NET-7", InterfaceBy.ALIAS),
    ],
)
def test_an_interface_is_found_by_name_description_index_or_circuit(wanted) -> None:
    world = one_router(two_links(), wanted)
    world.run(121)
    assert world.uses(wanted.link)[-1].down == pytest.approx(
        40_000 if wanted.link == NET else 8_000, rel=1e-3
    )


def test_a_reboot_that_renumbers_costs_one_rate_and_no_second_poll() -> None:
    router = two_links()
    world = one_router(router)
    world.run(125)
    router.ports = {11: router.ports[3], 3: router.ports[7], 4: router.ports[8]}
    router.booted_ns = world.now_ns
    world.run(60)
    assert [use.gap for use in world.uses(WAN)] == [CounterGap.RENUMBERED]
    assert [use.gap for use in world.uses(NET)] == [CounterGap.RENUMBERED]
    world.run(60)
    assert world.uses(WAN)[0].down == pytest.approx(8_000, rel=1e-3)
    assert world.uses(NET)[0].down == pytest.approx(40_000, rel=1e-3)


def test_an_interface_that_is_not_there_is_said_once_and_looked_for_less_and_less() -> None:
    router = two_links()
    world = one_router(router, interface(WAN, "Te1/1"), BOTH[1])
    news = world.run(30 * 60)
    assert [(absence.interface.name, absence.count) for absence in news.missing] == [("Te1/1", 0)]
    assert {use.gap for use in world.uses(WAN)} == {CounterGap.MISSING}
    assert len(world.uses(NET)) == 30
    walks = [request for request in router.asked if request.repetitions]
    assert len(walks) <= 5 * 2 * 2


def test_it_is_found_as_soon_as_the_router_that_has_it_again_restarts() -> None:
    router = two_links()
    world = one_router(router, interface(WAN, "Te1/1"))
    world.run(30 * 60)
    router.ports[9] = Port("Te1/1")
    router.booted_ns = world.now_ns
    world.run(60)
    assert [use.gap for use in world.uses(WAN)] == [CounterGap.FIRST]


def test_a_link_that_is_new_is_looked_for_at_once_whatever_else_is_missing() -> None:
    router = two_links()
    world = one_router(router, interface(WAN, "Te1/1"))
    world.run(30 * 60)
    world.configure({key(): (interface(WAN, "Te1/1"), BOTH[1])})
    news = world.run(60)
    assert [use.gap for use in world.uses(NET)] == [CounterGap.FIRST]
    assert news.missing == []


def test_of_two_interfaces_with_one_name_neither_is_read() -> None:
    router = two_links()
    router.ports[8].alias = router.ports[7].alias
    news = one_router(router).run(61)
    assert [(absence.interface.link, absence.count) for absence in news.missing] == [(NET, 2)]


def test_an_agent_without_64_bit_counters_is_read_in_32() -> None:
    router = Router({3: Port("Gi0/1", wide=False)})
    world = one_router(router, BOTH[0])
    world.run(121)
    assert world.uses(WAN)[-1].down == pytest.approx(8_000, rel=1e-3)
    router.asked.clear()
    world.run(60)
    assert len(router.asked) == 1


def test_an_interface_whose_octets_are_not_counted_is_missing_and_comes_back() -> None:
    router = Router({3: Port("Gi0/1", counted=False)})
    world = one_router(router, BOTH[0])
    world.run(121)
    assert {use.gap for use in world.uses(WAN)} <= {CounterGap.FIRST, CounterGap.MISSING}
    router.ports[3].counted = True
    world.run(121)
    assert world.uses(WAN)[-1].down == pytest.approx(8_000, rel=1e-3)


def test_a_router_with_a_hundred_links_is_read_in_packets_that_it_can_answer() -> None:
    router = Router({n: Port(f"Gi0/{n}") for n in range(1, 101)}, largest=25)
    world = one_router(router, *(interface(f"gialai-xa-{n}/wan", f"Gi0/{n}") for n in range(1, 101)))
    world.run(61)
    world.run(60)
    assert len(world.news.uses) == 100
    assert {use.gap for use in world.news.uses} == {CounterGap.NONE}
    assert INTERFACES_A_REQUEST * 10 > 25


def test_a_question_without_an_answer_is_asked_once_more_and_no_more() -> None:
    router = two_links()
    router.silent = True
    world = one_router(router)
    world.run(60)
    assert Counter(request.id for request in router.asked) == {router.asked[0].id: 2}


def test_states_change_once_each_and_only_for_good_reason() -> None:
    router = two_links()
    world = one_router(router)
    assert world.run(121).changes == [AgentChange(key(), AgentState.ANSWERING)]
    router.silent = True
    assert world.run(60).changes == []
    assert world.run(600).changes == [AgentChange(key(), AgentState.SILENT)]
    router.silent, router.refusal = False, Refusal.AUTH
    assert world.run(600).changes == [AgentChange(key(), AgentState.REFUSING, Refusal.AUTH)]
    router.refusal = None
    assert world.run(600).changes == [AgentChange(key(), AgentState.ANSWERING)]


def test_one_lost_answer_is_no_news() -> None:
    router = two_links()
    world = one_router(router)
    world.run(121)
    router.silent = True
    world.run(60)
    router.silent = False
    assert world.run(120).changes == []


def test_a_refusal_that_is_concluded_from_silence_takes_two_polls() -> None:
    router = two_links()
    world = one_router(router)
    world.run(121)
    router.refusal = Refusal.PRIVACY
    assert world.run(60).changes == []
    assert world.run(60).changes == [AgentChange(key(), AgentState.REFUSING, Refusal.PRIVACY)]


def test_a_dead_agent_is_asked_less_and_less_and_never_twice_at_once() -> None:
    router = two_links()
    router.silent = True
    world = one_router(router)
    world.run(60 * 60)
    polls = {request.id for request in router.asked}
    assert len(polls) <= FAILURES + 4 + 60 / LONGEST_BACKOFF
    assert world.most_in_flight == 1


def test_what_this_host_cannot_send_says_nothing_of_an_agent() -> None:
    router = two_links()
    world = one_router(router)
    world.run(121)
    router.unsent = True
    assert world.run(600).changes == []
    assert world.poller.tally.unsent == 10


def test_new_credentials_are_tried_at_the_agents_next_turn() -> None:
    router = two_links()
    router.refusal = Refusal.USER
    world = one_router(router)
    world.run(60 * 60)
    router.refusal = None
    world.poller.forgive({CredentialsId("default")}, world.now_ns)
    assert world.run(60).changes == [AgentChange(key(), AgentState.ANSWERING)]


def test_a_plan_that_stays_keeps_readings_and_turns() -> None:
    router = two_links()
    world = one_router(router)
    world.run(125)
    world.configure({key(): (BOTH[0],), key(2): (interface("gialai-chuse/wan", "Gi0/1"),)})
    world.routers[key(2)] = two_links()
    world.run(60)
    assert [use.gap for use in world.uses(WAN)] == [CounterGap.NONE]
    assert world.uses(NET) == []
    assert world.poller.states()[AgentState.ANSWERING] == 2


def test_answers_to_an_agent_that_left_the_plan_are_nobodys() -> None:
    router = two_links()
    router.delay_ns = SECOND
    world = one_router(router)
    while not world.poller.in_flight:
        world.run(0.1)
    asked = router.asked[-1]
    world.configure({})
    late = SnmpAnswer(asked.id, Outcome.ANSWERED, world.now_ns, world.now_ns)
    assert world.poller.take([late], world.now_ns, world.news) == []
    assert world.run(120).uses == []


def test_another_host_of_the_same_link_begins_anew() -> None:
    world = one_router(two_links(), BOTH[0])
    world.run(121)
    world.routers[key(2)] = two_links()
    world.configure({key(2): (BOTH[0],)})
    world.run(61)
    assert next(use.gap for use in world.uses(WAN)) is CounterGap.FIRST


def country(count: int, *, in_flight: int = 50, **kind) -> World:
    terms = Terms(in_flight=in_flight)
    routers = {key(n): replace(two_links(), asked=[], **kind) for n in range(count)}
    world = World(routers, terms)
    world.configure(dict.fromkeys(routers, BOTH))
    return world


def test_agents_are_asked_evenly_over_the_interval() -> None:
    world = country(240)
    world.run(60)
    began = Counter()
    for _ in range(6):
        before = world.poller.tally.polls
        world.run(10)
        began[_] = world.poller.tally.polls - before
    assert sum(began.values()) == 240
    assert max(began.values()) < 2 * 240 / 6


def test_catching_up_is_no_burst() -> None:
    world = country(240, in_flight=240)
    world.run(121)
    world.now_ns += 600 * SECOND
    world.run(0.1)
    before = world.poller.tally.polls
    world.run(5)
    assert 10 < world.poller.tally.polls - before <= 4 * 5 * 240 / 60 + 10


def test_questions_in_flight_are_bounded_however_many_agents_are_dead() -> None:
    world = country(250, in_flight=10, silent=True)
    world.run(300)
    assert world.most_in_flight == 10
    assert world.poller.states()[AgentState.SILENT] > 200


def test_a_poll_that_takes_longer_than_the_interval_lets_the_next_one_pass() -> None:
    router = Router({n: Port(f"Gi0/{n}") for n in range(1, 41)}, largest=12, delay_ns=SECOND)
    world = one_router(
        router,
        *(interface(f"gialai-xa-{n}/wan", f"Gi0/{n}") for n in range(1, 41)),
        terms=Terms(interval_ns=10 * SECOND),
    )
    world.run(300)
    assert world.most_in_flight == 1
    assert world.poller.tally.late > 0
    assert {use.gap for use in world.news.uses} == {CounterGap.FIRST, CounterGap.NONE}


def test_after_a_standstill_what_passed_is_passed() -> None:
    router = two_links()
    world = one_router(router)
    world.run(121)
    world.now_ns += 3_600 * SECOND
    router.asked.clear()
    world.run(61)
    assert len({request.id for request in router.asked}) <= 2


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([None, *Refusal]), st.integers(1, 300)),
        min_size=1,
        max_size=8,
    )
)
def test_no_course_of_an_agent_makes_two_changes_alike_or_leaves_a_question_open(course) -> None:
    router = two_links()
    world = one_router(router)
    changes = []
    for silent, refusal, seconds in course:
        router.silent, router.refusal = silent, refusal
        changes += world.run(seconds).changes
    told = [(change.state, change.refusal) for change in changes]
    assert all(one != other for one, other in pairwise(told))
    router.silent = False
    world.configure({})
    world.run(10)
    assert world.poller.in_flight == 0
