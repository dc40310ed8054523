"""The queue of throughput tests: which begin, which wait, which stop, and what a restart leaves of it."""

import random
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.oncall.zones import instant, local_day
from bridgewatch.core.throughput import terms
from bridgewatch.core.throughput.queue import REST_NS
from bridgewatch.model.bandwidth import (
    BandwidthSettings,
    Contract,
    Direction,
    Hindrance,
    Method,
    Raise,
    Server,
    ThroughputEnd,
)
from bridgewatch.model.calendar import Event
from bridgewatch.model.commands import Refusal
from bridgewatch.model.ids import EgressId, KeyId, LinkId, ServerId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import ThroughputBegan, ThroughputEnded
from bridgewatch.model.words import LinkState
from bridgewatch.sim.country import Plan, country
from tests.calendar.events import DAY, EIGHT, HOUR, MINUTE, SECOND, close, event, with_events
from tests.throughput.nights import NIGHT, TEN_AT_NIGHT, TERMS, Night, ask, measurable
from tests.throughput.test_gate import own_ways

APART = measurable(own_ways(country(Plan(communes=6))))
LINKS = tuple(APART.links)
HERE = LINKS[2]
SITE = APART.links[HERE].site
WEB = Server(ServerId("web"), Method.HTTP, url="http://192.0.2.1")
ASIDE = 2 * round((10 + terms.ASIDE_SECONDS) * SECOND)  # a test down and up


def night(inventory: Inventory = APART, now_ns: int = EIGHT, *planned: Event) -> Night:
    return Night(with_events(inventory, *planned), now_ns)


def ends(night: Night) -> Counter[ThroughputEnd]:
    return Counter(entry.end for entry in night.log if isinstance(entry, ThroughputEnded))


def changed(inventory: Inventory, link: LinkId = HERE, **changes: object) -> Inventory:
    links = {**inventory.links, link: replace(inventory.links[link], **changes)}  # type: ignore[arg-type]
    return replace(inventory, links=links)


def with_terms(**changes: object) -> Inventory:
    return changed(APART, throughput=replace(TERMS, **changes))  # type: ignore[arg-type]


def test_a_test_that_nothing_hinders_begins_at_once_and_leaves_its_results():
    tonight = night()
    tonight.asks(ask(HERE))
    assert [flight.order.link for flight in tonight.flying.values()] == [HERE]
    tonight.until(EIGHT + HOUR)
    assert ends(tonight) == {ThroughputEnd.DONE: 1}
    (measured,) = tonight.queue.state.results[HERE]
    assert [result.direction for result in measured.ended.results] == [Direction.DOWN, Direction.UP]


def test_a_leg_asks_for_no_more_than_the_contract():
    tonight = night(with_terms(methods=(Method.TCP, Method.UDP)))
    tonight.asks(ask(HERE))
    (flight,) = tonight.flying.values()
    assert [(leg.method, leg.direction, leg.rate) for leg in flight.order.legs] == [
        (Method.TCP, Direction.DOWN, 20_000_000),
        (Method.TCP, Direction.UP, 10_000_000),
        (Method.UDP, Direction.DOWN, 20_000_000),
        (Method.UDP, Direction.UP, 10_000_000),
    ]


@pytest.mark.parametrize(
    ("at_ns", "hindrance"),
    [
        (EIGHT, Hindrance.LIVE),
        (EIGHT - 30 * MINUTE, Hindrance.CHECK),
        (EIGHT - 2 * DAY, Hindrance.WAVE),
        (EIGHT - 2 * HOUR, Hindrance.FROZEN),
    ],
)
def test_a_test_for_now_is_refused_while_its_site_meets(at_ns, hindrance):
    tonight = night(APART, at_ns, event(sites=[SITE]))
    asking = tonight.queue.ask(ask(HERE, now_ns=at_ns, latest_ns=at_ns + MINUTE), at_ns)
    assert not asking.entries
    assert asking.refusals == ((HERE, Refusal.HINDERED),)
    assert [(each.hindrance, each.subject) for each in asking.hindered] == [(hindrance, SITE)]


@pytest.mark.parametrize("at_ns", [EIGHT, EIGHT - 30 * MINUTE, EIGHT - 2 * DAY])
def test_in_live_check_and_wave_nobody_can_force_it(at_ns):
    tonight = night(APART, at_ns, event(sites=[SITE]))
    forced = ask(HERE, now_ns=at_ns, latest_ns=at_ns + MINUTE, forced=True, note="the minister asks")
    assert tonight.queue.ask(forced, at_ns).refusals == ((HERE, Refusal.HINDERED),)


def test_in_freeze_it_takes_a_name_and_a_reason_and_both_are_recorded():
    at_ns = EIGHT - 2 * HOUR
    tonight = night(APART, at_ns, event(sites=[SITE]))
    wanted = ask(HERE, now_ns=at_ns, latest_ns=at_ns + MINUTE, forced=True)
    for incomplete in (replace(wanted, note=" "), replace(wanted, note="after the repair", actor=" ")):
        assert tonight.queue.ask(incomplete, at_ns).refusals == ((HERE, Refusal.NO_REASON),)
    tonight.asks(replace(wanted, note="after the repair"))
    (asked,) = tonight.asked().values()
    assert (asked.actor, asked.note, asked.forced) == ("An", "after the repair", True)
    assert len(tonight.flying) == 1


def test_a_test_that_may_wait_runs_when_the_meeting_is_over():
    tonight = night(APART, EIGHT, event(sites=[SITE]))
    tonight.asks(ask(HERE))
    tonight.until(EIGHT + HOUR)
    assert not tonight.flying
    tonight.orders_event(close(EIGHT + HOUR))
    assert len(tonight.flying) == 1


@pytest.mark.parametrize("left_ns", [20 * HOUR, 30 * MINUTE, 0, 2 * DAY])
def test_a_test_stops_at_once_when_its_site_enters_wave_freeze_check_or_live(left_ns):
    tonight = night()
    tonight.asks(ask(HERE))
    tonight.until(EIGHT + 5 * SECOND)
    assert len(tonight.flying) == 1
    moved = event(sites=[SITE], starts_ns=tonight.now_ns + left_ns, ends_ns=tonight.now_ns + 9 * DAY)
    waves = (replace(moved.waves[0], starts_ns=EIGHT, ends_ns=EIGHT + HOUR),) if left_ns > DAY else ()
    tonight.reload(with_events(APART, replace(moved, waves=waves)))
    assert list(tonight.stopped_ns.values()) == [EIGHT + 5 * SECOND]
    (ended,) = [entry for entry in tonight.log if isinstance(entry, ThroughputEnded)]
    assert (ended.end, ended.subject) == (ThroughputEnd.ABORTED, SITE)
    assert ended.hindrance in (Hindrance.FROZEN, Hindrance.CHECK, Hindrance.LIVE, Hindrance.WAVE)


def test_no_test_begins_that_a_coming_phase_would_stop():
    begins = EIGHT - 24 * HOUR
    tonight = night(APART, begins - ASIDE + SECOND, event(sites=[SITE], waves=()))
    assert tonight.queue.ask(ask(HERE, now_ns=tonight.now_ns, latest_ns=begins), tonight.now_ns).hindered
    tonight = night(APART, begins - ASIDE, event(sites=[SITE], waves=()))
    tonight.asks(ask(HERE, now_ns=tonight.now_ns, latest_ns=begins))
    assert len(tonight.flying) == 1


def test_a_forced_test_goes_on_in_freeze_and_stops_when_the_check_is_moved_upon_it():
    tonight = night()
    tonight.asks(ask(HERE, forced=True, note="after the repair"))
    tonight.reload(with_events(APART, event(sites=[SITE], starts_ns=EIGHT + 20 * HOUR, ends_ns=EIGHT + DAY)))
    assert len(tonight.flying) == 1
    tonight.reload(
        with_events(APART, event(sites=[SITE], starts_ns=EIGHT + 20 * MINUTE, ends_ns=EIGHT + DAY))
    )
    assert list(tonight.stopped_ns.values()) == [EIGHT]


def test_of_itself_a_test_keeps_to_its_windows_and_is_only_begun_if_it_ends_in_one():
    tonight = night(with_terms(windows=(NIGHT,)))
    tonight.asks(ask(HERE))
    tonight.until(TEN_AT_NIGHT)
    (began,) = [entry for entry in tonight.log if isinstance(entry, ThroughputBegan)]
    assert began.at_ns == TEN_AT_NIGHT
    late = night(with_terms(windows=(NIGHT,)), TEN_AT_NIGHT + 7 * HOUR - ASIDE + 1)
    late.asks(ask(HERE, now_ns=late.now_ns))
    late.until(TEN_AT_NIGHT + 20 * HOUR)
    assert not [entry for entry in late.log if isinstance(entry, ThroughputBegan)]


@pytest.mark.parametrize(
    ("starts_ns", "hindrance", "until_ns"),
    [
        (TEN_AT_NIGHT + 4 * DAY, Hindrance.OUTSIDE_WINDOW, TEN_AT_NIGHT),
        (EIGHT - HOUR, Hindrance.OUTSIDE_WINDOW, TEN_AT_NIGHT),  # live, but not for so long
        (
            TEN_AT_NIGHT - HOUR,
            Hindrance.FROZEN,
            TEN_AT_NIGHT + 2 * HOUR,
        ),  # one to overrun, unless it is closed
    ],
)
def test_of_all_that_a_test_waits_for_what_ends_last_is_told_and_until_when(starts_ns, hindrance, until_ns):
    meeting = event(sites=[SITE], starts_ns=starts_ns, ends_ns=starts_ns + 2 * HOUR, waves=())
    tonight = night(with_terms(windows=(NIGHT,)), EIGHT, meeting)
    tonight.asks(ask(HERE))
    (waiting,) = tonight.queue.state.waiting.values()
    wait = tonight.queue.hindrance(waiting, EIGHT)
    assert (wait.hindrance, wait.until_ns) == (hindrance, until_ns)


def test_another_test_on_the_path_is_told_only_where_nothing_else_is_in_the_way():
    tonight = night()
    tonight.asks(ask(HERE))
    tonight.asks(ask(HERE))
    (waiting,) = tonight.queue.state.waiting.values()
    assert tonight.queue.hindrance(waiting, EIGHT).hindrance is Hindrance.PATH_BUSY
    tonight.reload(with_terms(windows=(NIGHT,)))
    wait = tonight.queue.hindrance(waiting, EIGHT)
    assert (wait.hindrance, wait.until_ns) == (Hindrance.OUTSIDE_WINDOW, TEN_AT_NIGHT)


def test_a_test_for_now_outside_its_windows_is_refused_unless_it_is_forced():
    tonight = night(with_terms(windows=(NIGHT,)))
    now = ask(HERE, latest_ns=EIGHT + MINUTE)
    assert tonight.queue.ask(now, EIGHT).hindered[0].hindrance is Hindrance.OUTSIDE_WINDOW
    assert tonight.queue.ask(replace(now, forced=True, note="after the repair"), EIGHT).entries


def test_a_link_takes_no_more_a_local_day_than_its_ceiling():
    one = terms.octets(APART.links[HERE], *_asked_once())
    tonight = night(with_terms(octets_per_day=one))
    tonight.asks(ask(HERE))
    tonight.asks(ask(HERE))
    tonight.until(EIGHT + 15 * HOUR)
    assert ends(tonight)[ThroughputEnd.DONE] == 1  # what it took is less than what was booked, yet no room
    tonight.until(EIGHT + 17 * HOUR)  # local midnight was at 24:00, sixteen hours on
    assert ends(tonight)[ThroughputEnd.DONE] == 2


def _asked_once():
    tonight = night()
    (asked,) = tonight.queue.ask(ask(HERE), EIGHT).entries
    return asked, EIGHT


def test_a_test_that_alone_is_above_the_ceiling_is_refused():
    tonight = night(with_terms(octets_per_day=1_900_000))
    (hindered,) = tonight.queue.ask(ask(HERE), EIGHT).hindered
    assert (hindered.hindrance, hindered.subject) == (Hindrance.TOO_LARGE, "57 MB > 1 MB")


@pytest.mark.parametrize(
    ("changes", "hindrance"),
    [
        ({"throughput": replace(TERMS, server=None)}, Hindrance.NO_SERVER),
        ({"throughput": replace(TERMS, methods=(Method.TCP, Method.HTTP))}, Hindrance.NO_METHOD),
        (
            {"dial_in": KeyId("hop"), "throughput": replace(TERMS, server=WEB, methods=(Method.HTTP,))},
            Hindrance.NO_METHOD,
        ),
        ({"contract": None}, Hindrance.NO_RATE),
        ({"paused": True}, Hindrance.LINK_DOWN),
    ],
)
def test_what_no_waiting_mends_is_refused(changes, hindrance):
    tonight = night(changed(APART, **changes))
    assert tonight.queue.ask(ask(HERE), EIGHT).hindered[0].hindrance is hindrance


def test_an_unknown_link_and_a_test_without_end_are_refused():
    tonight = night()
    assert tonight.queue.ask(ask(LinkId("no/link")), EIGHT).refusals == (
        ("no/link", Refusal.UNKNOWN_SUBJECT),
    )
    assert tonight.queue.ask(ask(HERE, latest_ns=EIGHT), EIGHT).refusals == ((HERE, Refusal.NO_END),)


def test_an_egress_with_a_rate_carries_as_many_tests_as_fit_and_another_one_alone():
    both = {LINKS[2], LINKS[4], LINKS[6]}
    one_way = replace(
        APART,
        links={
            link.id: replace(link, egress=EgressId("wan")) if link.id in both else link
            for link in APART.links.values()
        },
        egresses={**APART.egresses, EgressId("wan"): APART.egresses[APART.links[HERE].egress]},
    )
    for rate, together in ((None, 1), (20_000_000, 1), (45_000_000, 2), (60_000_000, 3), (1_000, 1)):
        limits = BandwidthSettings(egress_rate={"wan": rate} if rate else {})
        tonight = night(replace(one_way, bandwidth=limits))
        tonight.asks(ask(*sorted(both)))
        assert len(tonight.flying) == together
        tonight.until(EIGHT + HOUR)
        assert ends(tonight) == {ThroughputEnd.DONE: 3}


def test_a_test_waits_for_a_dark_link_until_it_is_no_longer_wanted():
    tonight = night()
    tonight.queue._unmeasurable.add(HERE)
    tonight.asks(ask(HERE, latest_ns=EIGHT + HOUR))
    tonight.until(EIGHT + 2 * HOUR)
    (ended,) = [entry for entry in tonight.log if isinstance(entry, ThroughputEnded)]
    assert (ended.end, ended.hindrance) == (ThroughputEnd.EXPIRED, Hindrance.LINK_DOWN)


def becomes(tonight: Night, state: LinkState) -> None:
    batch = SimpleNamespace(link=np.array([0]), new=np.array([state]))
    tonight.queue.observe(SimpleNamespace(names=(HERE,), passes=(batch,)))
    tonight.turn()


@pytest.mark.parametrize("before", [(), (LinkState.UP, LinkState.UNKNOWN)])
def test_a_test_at_a_site_that_dials_in_waits_for_its_box_and_says_so(before):
    tonight = night(changed(APART, dial_in=KeyId("hop")))
    for state in before:
        becomes(tonight, state)
    tonight.asks(ask(HERE))
    tonight.until(EIGHT + MINUTE)
    (waiting,) = tonight.queue.state.waiting.values()
    wait = tonight.queue.hindrance(waiting, tonight.now_ns)
    assert (wait.hindrance, wait.subject) == (Hindrance.NO_BOX, "hop")
    becomes(tonight, LinkState.UP)
    assert len(tonight.flying) == 1


def test_a_link_that_left_and_came_back_waits_for_its_box_anew():
    inventory = changed(APART, dial_in=KeyId("hop"))
    links = {name: link for name, link in inventory.links.items() if name != HERE}
    tonight = night(inventory)
    becomes(tonight, LinkState.UP)
    tonight.reload(replace(inventory, links=links))
    tonight.reload(inventory)
    tonight.asks(ask(HERE))
    assert not tonight.flying


def test_a_link_that_has_just_come_back_rests_before_it_is_filled():
    tonight = night()
    becomes(tonight, LinkState.DOWN)
    tonight.asks(ask(HERE, latest_ns=EIGHT + HOUR))
    tonight.until(EIGHT + MINUTE)
    becomes(tonight, LinkState.UP)
    (waiting,) = tonight.queue.state.waiting.values()
    assert tonight.queue.hindrance(waiting, tonight.now_ns).hindrance is Hindrance.LINK_DOWN
    tonight.until(EIGHT + HOUR)
    (began,) = [entry for entry in tonight.log if isinstance(entry, ThroughputBegan)]
    assert began.at_ns == EIGHT + MINUTE + REST_NS


def test_a_waiting_test_is_cancelled_and_a_running_one_stopped_by_name():
    tonight = night()
    tonight.asks(ask(HERE))
    tonight.asks(ask(HERE))
    (running,), (waiting,) = tonight.queue.state.running, tonight.queue.state.waiting
    (cancelled,) = tonight.queue.cancel(waiting, "Bình", tonight.now_ns) or ()
    assert isinstance(cancelled, ThroughputEnded)
    assert (cancelled.end, cancelled.actor) == (ThroughputEnd.CANCELLED, "Bình")
    assert tonight.queue.cancel(running, "Bình", tonight.now_ns) == []
    tonight.turn()
    assert ends(tonight)[ThroughputEnd.ABORTED] == 1
    assert tonight.queue.cancel(running, "Bình", tonight.now_ns) is None


def test_a_test_that_nobody_answers_for_fails_in_time_and_is_booked_in_full():
    tonight = night()
    tonight.share = 1000.0
    tonight.asks(ask(HERE))
    tonight.until(EIGHT + HOUR)
    (ended,) = [entry for entry in tonight.log if isinstance(entry, ThroughputEnded)]
    assert ended.end is ThroughputEnd.FAILED
    assert ended.octets == terms.octets(APART.links[HERE], *_asked_once())


def test_a_test_that_ran_when_the_daemon_ended_is_run_again_as_long_as_it_is_wanted():
    tonight = night()
    tonight.asks(ask(HERE))
    tonight.until(EIGHT + 5 * SECOND)
    tonight.restart()
    assert ends(tonight) == {ThroughputEnd.INTERRUPTED: 1}
    tonight.until(EIGHT + HOUR)
    assert ends(tonight) == {ThroughputEnd.INTERRUPTED: 1, ThroughputEnd.DONE: 1}
    late = night()
    late.asks(ask(HERE, latest_ns=EIGHT + SECOND))
    late.until(EIGHT + 5 * SECOND)
    late.restart()
    late.until(EIGHT + HOUR)
    assert ends(late) == {ThroughputEnd.INTERRUPTED: 1}


def test_regular_tests_are_asked_for_by_nobody_and_one_more_when_a_raise_begins():
    raised = Contract(20_000_000, 20_000_000, (Raise(EIGHT + 3 * DAY, EIGHT + 6 * DAY, 10**8, 10**8),))
    inventory = changed(with_terms(every=7 * 86_400.0, windows=(NIGHT,)), contract=raised)
    tonight = night(inventory)
    tonight.until(EIGHT + 15 * DAY)
    began = [entry.at_ns for entry in tonight.log if isinstance(entry, ThroughputBegan)]
    assert all(asked.actor is None for asked in tonight.asked().values())
    # The first night, the first night of the raise, and seven days after that one was asked for.
    assert began == [TEN_AT_NIGHT, TEN_AT_NIGHT + 3 * DAY, TEN_AT_NIGHT + 10 * DAY]


PATHS, TESTS = 40, 200
PROVINCE = measurable(
    country(Plan(communes=120)), replace(TERMS, windows=(NIGHT,), octets_per_day=120_000_000)
)


def forty_paths() -> Inventory:
    """Links of which five each have something in common: a root, a handover or an egress."""
    names = list(PROVINCE.links)[: PATHS * 5]
    links = dict(own_ways(PROVINCE).links)
    for group in range(PATHS):
        mine = names[group * 5 : group * 5 + 5]
        for place, name in enumerate(mine):
            shared: dict[str, object] = {}
            if group % 3 == 0 and place:
                shared = {"via": mine[0]}
            elif group % 3 == 1:
                shared = {"handover": f"pop-{group}", "carrier": "vnpt"}
            elif group % 3 == 2:
                shared = {"egress": EgressId(f"way-{group}")}
            links[name] = replace(links[name], **shared)  # type: ignore[arg-type]
    egress = next(iter(PROVINCE.egresses.values()))
    egresses = {link.egress: egress for link in links.values()}
    return replace(PROVINCE, links=links, egresses=egresses)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32))
def test_two_hundred_tests_on_forty_paths_keep_to_every_bound_through_meetings_and_restarts(seed):
    chance = random.Random(seed)
    inventory = forty_paths()
    names = list(inventory.links)[:TESTS]
    meeting = inventory.links[names[chance.randrange(TESTS)]].site
    planned = event(sites=[meeting], starts_ns=TEN_AT_NIGHT + 25 * HOUR, ends_ns=TEN_AT_NIGHT + 26 * HOUR)
    tonight = Night(with_events(inventory, planned), EIGHT, look=_keeps_to_every_bound)
    tonight.asks(ask(*chance.sample(names, TESTS), latest_ns=EIGHT + 10 * DAY))
    assert len(tonight.asked()) == TESTS
    for _ in range(10):
        tonight.until(tonight.now_ns + chance.randrange(3 * HOUR))
        tonight.restart()
    tonight.until(EIGHT + 9 * DAY)
    done = {entry.test for entry in tonight.log if isinstance(entry, ThroughputEnded) and entry.results}
    assert done == set(tonight.asked())  # nothing of the queue was lost
    _spent_no_more_than_the_ceiling(tonight)


def _keeps_to_every_bound(tonight: Night) -> None:
    taken = Counter(tonight.taken())
    assert not [share for share, tests in taken.items() if tests > 1]
    agenda: Agenda = tonight.agenda()
    for flight in tonight.flying.values():
        site = tonight.inventory.links[flight.order.link].site
        assert agenda.ruling(site, tonight.now_ns).phase.name in ("NONE", "PLANNED", "REPORT", "DRAFT")
        opened = instant("Asia/Ho_Chi_Minh", local_day("Asia/Ho_Chi_Minh", flight.began_ns), 0)
        minutes = (flight.began_ns - opened) // MINUTE
        assert minutes >= 22 * 60 or minutes < 5 * 60


def _spent_no_more_than_the_ceiling(tonight: Night) -> None:
    links = {test: asked.link for test, asked in tonight.asked().items()}
    began: dict[str, int] = {}
    spent: Counter[tuple[LinkId, int]] = Counter()
    for entry in tonight.log:
        if isinstance(entry, ThroughputBegan):
            began[entry.test] = entry.at_ns
        elif isinstance(entry, ThroughputEnded) and entry.test in began:
            day = local_day("Asia/Ho_Chi_Minh", began.pop(entry.test))
            spent[links[entry.test], day] += entry.octets
    assert spent
    assert max(spent.values()) <= 120_000_000


def test_the_sites_of_the_forty_paths_are_as_many_as_they_seem():
    sites: set[SiteId] = {PROVINCE.links[name].site for name in list(PROVINCE.links)[:TESTS]}
    assert len(sites) >= PATHS
