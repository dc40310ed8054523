"""Laws that hold in any world and after any history."""

from collections import Counter
from dataclasses import asdict

from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.incidents.ledger import Ledger
from bridgewatch.model.log import AnyEntry, Closed, Folded, Noticed, Opened
from bridgewatch.model.paging import FaultKind, Why
from bridgewatch.model.words import LinkState
from tests.incidents.plain import explained, root_of
from tests.incidents.worlds import (
    HOUR,
    SECOND,
    L,
    Room,
    Said,
    at_once,
    directory,
    live_event,
    within_two_seconds,
    world,
)

CARRIERS = ("vnpt", "viettel")
PEOPLE = st.sampled_from([directory(), at_once(), within_two_seconds()])


@st.composite
def worlds(draw: st.DrawFn) -> Room:
    """A province or two, with districts, communes, via trees, handovers and a service."""
    count = draw(st.integers(2, 12))
    sites = [f"s{i:02}" for i in range(count)]
    parents = {}
    links: list[L] = []
    for i, site in enumerate(sites):
        if i and draw(st.booleans()):
            parents[site] = sites[draw(st.integers(0, (i - 1) // 2))]
        for name, carrier in zip(("wan", "internet"), CARRIERS, strict=True):
            if name == "internet" and draw(st.booleans()):
                continue
            former = [link.id for link in links if link.carrier == carrier]
            via = draw(st.sampled_from(former)) if former and draw(st.booleans()) else None
            pop = draw(st.sampled_from([None, None, "pop"]))
            interval = draw(st.sampled_from([0.1, 1.0]))
            links.append(L(f"{site}/{name}", carrier, via, pop, interval))
    services = [sites[-1]] if draw(st.booleans()) else []
    events = [live_event(sites[0], starts_ns=0, ends_ns=2**62)] if draw(st.booleans()) else []
    a = Room(world(links, parents=parents, services=services, people=draw(PEOPLE), events=events))
    a.all_up()
    return a


@settings(max_examples=150, deadline=None)
@given(worlds(), st.data())
def test_a_tick_is_explained_as_the_plain_rules_say(a, data):
    ages = st.sampled_from([0.0, 0.4, 1.2, 3.0, 5.0, 5.5, 7.0, 10.0, 12.0, 30.0])
    ages_of = data.draw(st.dictionaries(st.sampled_from(a.names), ages, min_size=1))
    fell = {link: a.now_ns - round(age * SECOND) for link, age in ages_of.items()}
    a.say(*(Said(link, LinkState.DOWN, since_ns) for link, since_ns in fell.items()))
    found = {(incident.kind.value, incident.subject): set(incident.links) for incident in a.open}
    assert found == explained(fell, a.inventory)


@settings(max_examples=100, deadline=None)
@given(worlds(), st.data())
def test_whatever_is_seen_first_a_cut_ends_in_the_same_incidents(a, data):
    """Links that fell at the same instant, seen over some seconds, against all of them seen at once."""
    fell = data.draw(st.lists(st.sampled_from(a.names), min_size=1, unique=True))
    cut_ns = a.now_ns
    b = Room(a.inventory)
    b.all_up()
    for link in fell:
        a.now_ns += SECOND // 10
        a.say(Said(link, LinkState.DOWN, cut_ns))
    b.now_ns = a.now_ns
    b.say(*(Said(link, LinkState.DOWN, cut_ns) for link in fell))

    def covered(room: Room) -> set[tuple[str, frozenset[str]]]:
        roots = {FaultKind.LINK, FaultKind.HANDOVER}
        return {
            (one.subject, frozenset(one.links))
            for one in room.open
            if one.kind in roots and not one.suspected
        }

    certain = {links for _, links in covered(b)}
    # What is only suspected may be narrower where the rest was seen later; what is certain may not differ.
    for subject, links in covered(a):
        assert links in certain or not any(links < other for other in certain), subject


Step = tuple[str, object]


@st.composite
def histories(draw: st.DrawFn) -> tuple[Room, list[Step]]:
    a = draw(worlds())
    some = st.lists(st.sampled_from(a.names), min_size=1, max_size=8, unique=True)
    step = st.one_of(
        st.tuples(st.sampled_from(["down", "down", "up", "flap", "blind", "suspect", "refuse"]), some),
        st.tuples(st.just("wait"), st.sampled_from([0.1, 1.0, 3.0, 11.0, 59.0, 61.0, 601.0])),
        st.tuples(st.just("wait"), st.sampled_from([0.1, 1.0, 3.0])),
        st.tuples(st.just("restart"), st.none()),
        st.tuples(st.just("clock"), st.sampled_from([HOUR, -HOUR, SECOND])),
        st.tuples(st.just("resolve"), st.none()),
    )
    return a, draw(st.lists(step, max_size=25))


MOVES = {
    "down": (LinkState.DOWN, {LinkState.DOWN, LinkState.PAUSED}),
    "flap": (LinkState.FLAPPING, {LinkState.DOWN, LinkState.FLAPPING}),
    "up": (LinkState.UP, set()),
    "blind": (LinkState.BLIND, {LinkState.DOWN}),
    "suspect": (LinkState.SUSPECT, {LinkState.DOWN, LinkState.FLAPPING}),
    "refuse": (LinkState.UNKNOWN, {LinkState.PAUSED}),
}


class Story:
    """A history as it is told to a room, which links are down in it, and which refuse."""

    def __init__(self, a: Room, *, turned: bool = False) -> None:
        self.a = a
        self.turned = turned
        self.down: set[str] = set()
        self.refusing: set[str] = set()

    def tell(self, step: Step) -> None:
        a = self.a
        what, how = step
        if what == "wait":
            a.wait(how)
        elif what == "clock":
            a.step_clock(how)
        elif what == "restart":
            a.restart()
        elif what == "resolve":
            if a.open:
                gone = a.open[0]
                self.down -= set(gone.links)
                self.refusing -= set(gone.links)
                a.note(a.room.resolve([gone.id], "Lan", "", a.now_ns))
        else:
            state, never = MOVES[what]
            links = [link for link in how if a.states.get(link) not in never]
            links = links[::-1] if self.turned else links
            since_ns = a.now_ns - 1_200_000_000
            if state is LinkState.UNKNOWN:
                a.say(*(Said.refusing(link, since_ns) for link in links))
                self.refusing |= set(links)
            else:
                a.say(*(Said(link, state, since_ns) for link in links))
            if state in {LinkState.UP, LinkState.UNKNOWN}:
                self.down -= set(links)
            elif state in {LinkState.DOWN, LinkState.FLAPPING}:
                self.down |= set(links)
            if state in {LinkState.UP, LinkState.DOWN, LinkState.FLAPPING}:
                self.refusing -= set(links)


def present(ledger: Ledger) -> dict[str, object]:
    """All of a ledger that is not over."""
    return {
        "number": ledger.number,
        "open": {name: asdict(incident) for name, incident in ledger.open.items()},
        "folded": {name: asdict(incident) for name, incident in ledger.folded.items()},
        "codes": ledger.codes,
        "keys": {key: incident.id for key, incident in ledger.of_key.items()},
        "down": {link: incident.id for link, incident in ledger.down.items()},
        "refusing": {link: incident.id for link, incident in ledger.refusing.items()},
        "left": {link: incident.id for link, incident in ledger.left.items()},
        "behind": {name: list(behind) for name, behind in ledger.behind.items()},
        "lately": list(ledger.lately),
    }


def replayed(log: list[AnyEntry]) -> Ledger:
    ledger = Ledger()
    for entry in log:
        ledger.apply(entry)
    return ledger


@settings(max_examples=100, deadline=None)
@given(histories())
def test_every_link_that_is_broken_is_in_one_incident_and_with_its_root(history):
    a, steps = history
    story = Story(a)
    for step in steps:
        story.tell(step)
        members = Counter(link for incident in a.open for link in incident.links)
        assert set(members) == story.down | story.refusing
        assert all(count == 1 for count in members.values())
        refusing = {link: one for one in a.open if one.kind is FaultKind.TARGET for link in one.links}
        assert set(refusing) == story.refusing
        assert all(one.subject == a.inventory.links[link].site for link, one in refusing.items())
        at = {link: one for one in a.open if one.kind is not FaultKind.TARGET for link in one.links}
        since = {link: incident.links[link].since_ns for link, incident in at.items()}
        followers = {link for link, one in at.items() if one.links[link].why is Why.BEHIND_ROOT}
        for link, incident in at.items():
            root = root_of(link, since, a.inventory, followers)
            if root is not None:
                assert at[root] is incident, (link, root)
        assert len({incident.key for incident in a.open}) == len(a.open)
        assert all(bool(incident.links) == incident.broken for incident in a.open)


@settings(max_examples=80, deadline=None)
@given(histories())
def test_a_replay_gives_what_is_there(history):
    a, steps = history
    story = Story(a)
    for step in steps:
        story.tell(step)
        assert present(replayed(a.log)) == present(a.room._view.ledger)


@settings(max_examples=80, deadline=None)
@given(histories())
def test_nothing_is_noticed_opened_or_closed_twice_and_all_that_recovers_ends(history):
    a, steps = history
    story = Story(a)
    for step in steps:
        story.tell(step)
    a.up(*a.names)
    assert a.broken == []
    a.wait(700)
    assert a.open == []
    assert present(a.room._view.ledger)["folded"] == {}
    for kind in (Noticed, Opened, Closed):
        counts = Counter(entry.incident for entry in a.log if isinstance(entry, kind))
        assert all(count == 1 for count in counts.values())
    noticed = {entry.incident for entry in a.log if isinstance(entry, Noticed)}
    assert {entry.incident for entry in a.log if isinstance(entry, Closed)} == noticed
    assert a.room.next_deadline_ns() is None or a.room.next_deadline_ns() > a.now_ns


@settings(max_examples=100, deadline=None)
@given(histories())
def test_the_order_within_a_tick_does_not_matter(history):
    a, steps = history
    b = Room(a.inventory)
    b.all_up()
    first, second = Story(a), Story(b, turned=True)
    for step in steps:
        first.tell(step)
        second.tell(step)
    assert a.log == b.log


@settings(max_examples=80, deadline=None)
@given(histories())
def test_nothing_is_explained_by_what_cannot_explain_it(history):
    """What follows a root runs via a link that is down, or was a minute ago."""
    a, steps = history
    story = Story(a)
    seen_down_ns: dict[str, int] = {}
    for step in steps:
        before_ns = a.now_ns
        story.tell(step)
        if step[0] == "clock":
            seen_down_ns = {link: at_ns + a.now_ns - before_ns for link, at_ns in seen_down_ns.items()}
            before_ns = a.now_ns
        seen_down_ns |= dict.fromkeys(story.down, a.now_ns)
        for incident in a.open:
            for link, member in incident.links.items():
                if member.why is not Why.BEHIND_ROOT:
                    continue
                roots = []
                at = a.inventory.links[link].via
                while at is not None:
                    roots.append(at)
                    at = a.inventory.links[at].via
                longest_ns = 61 * SECOND + (a.now_ns - before_ns)
                assert any(seen_down_ns.get(root, 0) >= a.now_ns - longest_ns for root in roots)
    for entry in a.log:
        if isinstance(entry, Folded):
            assert entry.incident != entry.into


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_a_restart_at_any_point_changes_nothing_that_is_decided_later(history, data):
    """Where health sees everything again at once."""
    a, steps = history
    steps = [step for step in steps if step[0] not in {"restart", "blind", "suspect", "resolve"}]
    b = Room(a.inventory)
    b.all_up()
    at = data.draw(st.integers(0, len(steps)))
    first, second = Story(a), Story(b)
    for number, step in enumerate(steps):
        if number == at:
            states, refusing, since_ns = dict(b.states), set(b.refusing), b.now_ns - 1_200_000_000
            b.restart()
            b.say(
                *(
                    Said.refusing(link, since_ns) if link in refusing else Said(link, state, since_ns)
                    for link, state in states.items()
                )
            )
            b.room._settles_in_ns = b.now_ns
        first.tell(step)
        second.tell(step)
    assert a.log == b.log
