"""A plan tells before anything starts what the daemon then does."""

from dataclasses import replace
from itertools import pairwise

import pytest

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.throughput.plan import plan
from bridgewatch.model.bandwidth import Hindrance
from bridgewatch.model.ids import KeyId, LinkId
from bridgewatch.model.log import ThroughputBegan, ThroughputEnded
from bridgewatch.sim.country import Plan, country
from tests.calendar.events import EIGHT, HOUR, event, with_events
from tests.throughput.nights import NIGHT, TEN_AT_NIGHT, TERMS, Night, ask, measurable
from tests.throughput.test_queue import forty_paths

PROVINCE = with_events(measurable(country(Plan(communes=60)), replace(TERMS, windows=(NIGHT,))))
LINKS = tuple(PROVINCE.links)


def test_a_province_is_spread_over_the_night_one_test_after_the_other_where_the_egress_has_no_rate():
    planned = plan(ask(*LINKS), PROVINCE, Agenda(PROVINCE), EIGHT)
    assert {test.link for test in planned.tests} == set(LINKS)
    assert planned.tests[0].begins_ns == TEN_AT_NIGHT
    for egress in {PROVINCE.links[link].egress for link in LINKS}:
        mine = [test for test in planned.tests if PROVINCE.links[test.link].egress == egress]
        for former, later in pairwise(mine):
            assert later.begins_ns == former.ends_ns  # no time is lost between two
    assert planned.ends_ns is not None
    assert planned.octets == sum(test.octets for test in planned.tests) > 0


def test_links_that_cannot_be_tested_are_told_with_the_reason():
    meeting = PROVINCE.links[LINKS[4]].site
    inventory = with_events(
        PROVINCE, event(sites=[meeting], starts_ns=EIGHT + HOUR, ends_ns=EIGHT + 90 * HOUR)
    )
    planned = plan(
        ask(*LINKS, LinkId("no/link"), latest_ns=EIGHT + 30 * HOUR), inventory, Agenda(inventory), EIGHT
    )
    assert not planned.tests  # it meets all of them at the egress
    assert {each.hindrance for each in planned.hindered} <= {
        Hindrance.LIVE,
        Hindrance.CHECK,
        Hindrance.FROZEN,
    }
    assert [subject for subject, _ in planned.refusals][-1] == "no/link"


def test_a_plan_takes_boxes_to_be_there():
    links = {**PROVINCE.links, LINKS[0]: replace(PROVINCE.links[LINKS[0]], dial_in=KeyId("hop"))}
    inventory = replace(PROVINCE, links=links)
    planned = plan(ask(LINKS[0]), inventory, Agenda(inventory), EIGHT)
    assert [test.link for test in planned.tests] == [LINKS[0]]


@pytest.mark.parametrize("queued", [0, 30])
def test_the_daemon_does_what_was_planned_where_every_test_takes_its_time(queued):
    inventory = with_events(forty_paths())
    names = list(inventory.links)[:120]
    tonight = Night(inventory, EIGHT)
    if queued:
        tonight.asks(ask(*names[:queued]))
    wanted = ask(*names[queued:])
    planned = plan(wanted, inventory, Agenda(inventory), EIGHT, tuple(tonight.log))
    tonight.asks(wanted)
    tonight.until(EIGHT + 60 * HOUR)
    links = {test: asked.link for test, asked in tonight.asked().items()}
    began = {links[e.test]: e.at_ns for e in tonight.log if isinstance(e, ThroughputBegan)}
    ended = {links[e.test]: e.at_ns for e in tonight.log if isinstance(e, ThroughputEnded)}
    assert len(planned.tests) == 120 - queued
    for test in planned.tests:
        assert (began[test.link], ended[test.link]) == (test.begins_ns, test.ends_ns)
