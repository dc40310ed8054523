"""A fault that is decided portion by portion ends as one that is decided at one go."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core import portion
from bridgewatch.model.ids import SiteId
from bridgewatch.model.log import (
    AnyEntry,
    Folded,
    Grew,
    IncidentEntry,
    Noticed,
    Opened,
    Recovered,
    Shrank,
    Weighed,
)
from bridgewatch.model.paging import FaultKind, Urgency, Why
from bridgewatch.model.words import LinkState
from tests.incidents.test_laws import Story, histories, present, replayed
from tests.incidents.worlds import L, Room, Said, at_once, world


@dataclass(repr=False)
class Piecemeal(Room):
    """A room that is asked on until it has decided everything."""

    def note(self, entries: list[AnyEntry]) -> list[AnyEntry]:
        written = super().note(entries)
        for _ in range(1000):
            if not self.room.unfinished:
                return written
            written = written + super().note(self.room.advance(self.now_ns))
        raise AssertionError("portions that never end")


def stories(log: Iterable[AnyEntry]) -> dict[tuple[FaultKind, str], list[AnyEntry]]:
    """What is told of each subject. Incidents are numbered in the order in which they were noticed."""
    subjects = {entry.incident: (entry.kind, entry.subject) for entry in log if isinstance(entry, Noticed)}
    told: dict[tuple[FaultKind, str], list[AnyEntry]] = defaultdict(list)
    for entry in log:
        if not isinstance(entry, IncidentEntry):
            continue
        plain = replace(entry, incident="")
        if isinstance(plain, Noticed):
            plain = replace(plain, code="")
        elif isinstance(plain, Folded):
            plain = replace(plain, into=str(subjects[plain.into]))
        told[subjects[entry.incident]].append(plain)
    return told


@settings(max_examples=100, deadline=None)
@given(histories(), st.integers(1, 4))
def test_the_same_is_decided_whatever_the_portions_are(history, size):
    a, steps = history
    with patch.object(portion, "INCIDENTS", size):
        b = Piecemeal(a.inventory)
        b.all_up()
    first, second = Story(a), Story(b)
    for step in steps:
        first.tell(step)
        with patch.object(portion, "INCIDENTS", size):
            second.tell(step)
        assert present(replayed(b.log)) == present(b.room._view.ledger)
        assert weights(b) == weights(a)
    assert unweighed(b.log) == unweighed(a.log)


def unweighed(log: Iterable[AnyEntry]) -> dict[tuple[FaultKind, str], list[AnyEntry]]:
    """The stories but for what is between two portions: what an incident means is told as it is then."""
    return stories(entry for entry in log if not isinstance(entry, Weighed))


def weights(room: Room) -> dict[tuple[FaultKind, str], dict[SiteId, Urgency]]:
    return {incident.key: incident.weights for incident in room.broken}


def many(count: int) -> Room:
    """Links of as many carriers, so that nothing explains them but themselves."""
    a = Room(world([L(f"s{i:04}/wan", carrier=f"c{i}") for i in range(count)], people=at_once()))
    a.all_up()
    return a


def test_a_tick_that_darkens_more_than_a_portion_is_told_portion_by_portion():
    a = many(portion.INCIDENTS + 10)
    entries = a.down(*a.names)
    first = {entry.incident for entry in entries}
    assert len(first) == portion.INCIDENTS
    assert {type(entry) for entry in entries} == {Noticed, Grew, Weighed, Opened}
    assert a.room.unfinished
    assert a.room.next_deadline_ns() < a.now_ns
    rest = {entry.incident for entry in a.note(a.room.advance(a.now_ns))}
    assert len(first | rest) == len(a.names)
    assert not first & rest
    assert not a.room.unfinished


def test_what_is_heard_meanwhile_is_taken_in_after_it():
    a = many(portion.INCIDENTS + 10)
    a.down(*a.names)
    last = a.names[-1]
    assert not any(last in incident.links for incident in a.open)
    a.up(last)
    a.wait(0)
    assert not a.room.unfinished
    told = [type(entry) for entry in stories(a.log)[FaultKind.LINK, last]]
    assert told.index(Noticed) < told.index(Shrank) < told.index(Recovered)
    assert a.broken == [incident for incident in a.open if incident.subject != last]


def test_a_group_is_never_taken_in_by_halves():
    count = portion.INCIDENTS * 2
    links = [L(f"s{i:04}/wan", handover="pop") for i in range(count)]
    a = Room(world([*links, L("x/wan", carrier="other")], people=at_once()))
    a.all_up()
    a.down(*a.names)
    (grew,) = [entry for entry in a.log if isinstance(entry, Grew) and entry.why is Why.BEHIND_HANDOVER]
    assert len(grew.links) == count


@pytest.mark.parametrize("what", ["clock", "reload", "resolve"])
def test_the_clock_the_inventory_and_people_find_nothing_half_taken_in(what):
    a = many(portion.INCIDENTS + 10)
    a.down(*a.names)
    if what == "clock":
        a.note(a.room.catch_up(a.now_ns))
        a.step_clock(3600 * 10**9)
    elif what == "reload":
        a.adopt(a.inventory)
    else:
        a.note(a.room.resolve([a.open[0].id], "Lan", "", a.now_ns))
    a.wait(0)
    assert len([entry for entry in a.log if isinstance(entry, Noticed)]) == len(a.names)
    assert all(entry.began_ns <= entry.at_ns for entry in a.log if isinstance(entry, Noticed))


def test_a_hold_that_ends_for_a_whole_country_is_decided_in_portions():
    a = Room(world([L(f"s{i:04}/wan", carrier=f"c{i}") for i in range(portion.INCIDENTS + 10)]))
    a.all_up()
    a.down(*a.names)
    a.wait(0)
    a.now_ns = a.room.next_deadline_ns()
    opened = [entry for entry in a.note(a.room.advance(a.now_ns)) if isinstance(entry, Opened)]
    assert len(opened) == portion.INCIDENTS
    assert a.room.unfinished
    a.wait(0)
    assert len([entry for entry in a.log if isinstance(entry, Opened)]) == len(a.names)


def test_a_country_that_answers_again_recovers_in_portions():
    a = many(portion.INCIDENTS + 10)
    a.down(*a.names)
    a.wait(0)
    a.say(*(Said(link, LinkState.UP) for link in a.names))
    assert len(a.broken) == 10
    a.wait(0)
    assert a.broken == []
