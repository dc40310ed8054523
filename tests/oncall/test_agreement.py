"""The proof, `find` and `who` say what a plain reference says that looks at every single minute."""

import random

import pytest

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.oncall.coverage import Coverage
from bridgewatch.core.oncall.find import Oncall, Where
from bridgewatch.core.oncall.who import who
from bridgewatch.model.coverage import EARLY, GUARDED
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Audience
from tests.oncall.chance import random_world, window
from tests.oncall.reference import Reference, by_minute
from tests.oncall.worlds import MINUTE

WORLDS = 160  # with 1,000 rosters
SOAK = 1_000


def agrees(seed: int) -> None:
    """All three on one world."""
    inventory = random_world(seed)
    agenda, oncall = Agenda(inventory), Oncall(inventory)
    from_ns, to_ns = window(inventory)
    reference = Reference(inventory, from_ns, to_ns)
    gaps = Coverage(inventory, agenda, oncall).gaps(from_ns, phases=GUARDED | EARLY)
    assert by_minute(gaps, agenda) == reference.gaps(agenda)
    assert Coverage(inventory, agenda, oncall).gaps(from_ns) == tuple(gap for gap in gaps if gap.guarded)
    chance = random.Random(seed)
    for now_ns in chance.sample(reference.minutes, 5):
        who_agrees(inventory, agenda, oncall, reference, now_ns)


def who_agrees(
    inventory: Inventory, agenda: Agenda, oncall: Oncall, reference: Reference, now_ns: int
) -> None:
    """Each step of every link's escalation calls those on duty in its minute."""
    for link in inventory.links.values():
        told = who(inventory, agenda, link.id, now_ns, oncall=oncall)
        for step in told.steps:
            minute = step.at_ns // MINUTE * MINUTE
            if minute not in reference.minutes:
                continue
            for one in step.calls:
                carriers = (
                    (link.carrier,)
                    if told.fault is Audience.CARRIER or one.call.audience is not Audience.CARRIER
                    else sorted({inventory.links[name].carrier for name in inventory.sites[link.site].links})
                )
                expected = set()
                for carrier in carriers:
                    expected |= reference.find(one.call, carrier, link.site, step.level, minute)
                assert {person.contact for person in one.found.people} == expected


@pytest.mark.parametrize("part", range(4))
def test_a_thousand_random_rosters(part: int) -> None:
    for seed in range(part, WORLDS, 4):
        agrees(seed)


def test_the_random_worlds_have_a_thousand_rosters_gaps_and_none() -> None:
    worlds = [random_world(seed) for seed in range(WORLDS)]
    assert sum(len(one.directory.rosters) for one in worlds) >= 1_000
    counts = [len(Coverage(one, Agenda(one)).gaps(0)) for one in worlds[:50]]
    assert max(counts) > 10
    assert any(count < 3 for count in counts)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_a_thousand_random_worlds(part: int) -> None:
    for seed in range(WORLDS + part, WORLDS + SOAK, 10):
        agrees(seed)


def test_a_search_changes_only_where_it_says() -> None:
    for seed in range(12):
        inventory = random_world(seed)
        oncall = Oncall(inventory)
        from_ns, to_ns = window(inventory)
        policy = next(iter(inventory.directory.policies.values()))
        for site in inventory.sites:
            for step in policy.steps[Audience.CARRIER]:
                for call in step.calls:
                    where = Where(tuple(inventory.carriers), site)
                    edges = oncall.edges(call, where, step.level, from_ns, to_ns)
                    for now_ns in range(from_ns + MINUTE, to_ns, 7 * MINUTE):
                        before, after = (
                            oncall.find(call, where, step.level, instant)
                            for instant in (now_ns - MINUTE, now_ns)
                        )
                        if not any(now_ns - MINUTE < edge <= now_ns for edge in edges):
                            assert before == after
