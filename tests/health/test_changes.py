"""What leaves the room: changes to look at one by one, deadlines, and copies for readers."""

import pytest

from bridgewatch.model.words import LinkState
from tests.health.worlds import MS, SECOND, Events, LinkPlan, Prober, world

RTT = 20 * MS


def answering(count=4):
    prober = Prober(
        world([LinkPlan(f"s{i}/wan", interval_ns=100 * MS) for i in range(count)]), lambda *_: RTT
    )
    prober.run(2)
    return prober


def test_a_quiet_network_changes_nothing_and_waits_for_nothing():
    prober = answering()
    assert prober.health.next_deadline() is None
    before = len(prober.links)
    prober.run(5)
    assert len(prober.links) == before
    assert prober.health.next_deadline() is None


def test_a_deadline_is_when_time_alone_decides():
    """Enough unanswered, but not for long enough: the next change needs no observation."""
    prober = answering()
    health, start = prober.health, prober.now
    health.observe(start, quiet(2, start - 200 * MS))
    health.advance(start)
    for step in range(1, 6):
        now = start + step * 100 * MS
        health.observe(now, quiet(2 + 2 * step, start - 200 * MS))
        health.observe(now, replies(prober, now))
        changes = health.advance(now)
    assert not changes.links
    assert health.next_deadline() <= start + 800 * MS
    assert [change.new for change in health.advance(start + 800 * MS).links] == [LinkState.DOWN]


def quiet(count, since_ns):
    return Events(quiet=[(0, count, since_ns)]).batch()


def replies(prober, now):
    return Events([(row, 0, now - MS) for row in range(1, len(prober.paths))]).batch()


def test_transitions_are_a_sequence():
    prober = answering()
    start = prober.now
    prober.health.observe(start, Events(quiet=[(row, 2, start - SECOND) for row in (0, 2, 3)]).batch())
    links = prober.health.advance(start).links
    assert len(links) == 3
    assert [change.link for change in links] == ["s0/wan", "s2/wan", "s3/wan"]
    assert links[1] == list(links)[1]
    assert links[-1].link == "s3/wan"
    assert [change.link for change in links[1:]] == ["s2/wan", "s3/wan"]
    with pytest.raises(IndexError):
        links[3]


def test_readers_get_copies():
    prober = answering()
    standing = prober.health.standing()
    standing.link_state[:] = LinkState.DOWN
    assert prober.state("s0/wan") is LinkState.UP
