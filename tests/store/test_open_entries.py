"""What the present state needs is read, by a plain rule; what it does without stays where it is."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.adapters.store.writing import KEPT_NS
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.ids import ContactId, EventId, GatewayId, IncidentId, MessageId, SilenceId
from bridgewatch.model.log import (
    AnyEntry,
    Attempted,
    ClockStepped,
    Closed,
    Composed,
    DeadLetter,
    EventOrdered,
    Folded,
    IncidentEntry,
    MessageEntry,
    Noticed,
    SilenceLifted,
    SilenceSet,
)
from bridgewatch.model.paging import MessageKind, Urgency, Why
from tests.store.entries import HOUR, SECOND, bare, called, emptied, noticed

MINUTE = 60 * SECOND
_ACTS = ("called", "closed", "folded", "composed", "failed", "delivered", "dead")
PLENTY = 2 * KEPT_NS  # after this nothing that is over is needed any more


def reference(entries: Sequence[AnyEntry]) -> list[AnyEntry]:
    """The rule in plain Python, for histories in which the clock does not step."""
    now_ns = entries[-1].at_ns if entries else 0
    over: dict[str, int] = {}
    into: dict[str, str] = {}
    about: dict[str, tuple[str, ...]] = {}
    incidents: set[str] = set()
    last: str | None = None
    for entry in entries:
        match entry:
            case Closed():
                over[entry.incident] = entry.at_ns
            case Folded():
                over[entry.incident] = entry.at_ns
                into[entry.incident] = entry.into
            case Composed():
                about[entry.message] = entry.incidents
                over[entry.message] = entry.at_ns
            case Noticed():
                last = entry.incident
            case _:
                pass
        if isinstance(entry, IncidentEntry):
            incidents.add(entry.incident)
    fresh = {one for one in incidents | about.keys() if over.get(one, now_ns) + KEPT_NS > now_ns}
    needed = (
        fresh & incidents
        | ({last} & incidents)
        | {one for message in fresh & about.keys() for one in about[message]}
    )
    while more := {child for child, root in into.items() if root in needed} - needed:
        needed |= more
    messages = {message for message, its in about.items() if message in fresh or needed & set(its)}
    return [
        entry
        for entry in entries
        if (isinstance(entry, IncidentEntry) and entry.incident in needed)
        or (isinstance(entry, MessageEntry) and entry.message in messages)
    ]


@st.composite
def histories(draw: st.DrawFn) -> list[AnyEntry]:
    """A few incidents and messages, with gaps between their entries in which things are forgotten."""
    names = [f"i{number}" for number in range(4)]
    letters = [f"m{number}" for number in range(4)]
    history: list[AnyEntry] = []
    at_ns = 0
    seen: set[str] = set()
    for _ in range(draw(st.integers(0, 25))):
        at_ns += draw(st.sampled_from([0, SECOND, HOUR, 20 * HOUR, KEPT_NS, 3 * KEPT_NS]))
        name = IncidentId(draw(st.sampled_from(names)))
        other = IncidentId(draw(st.sampled_from(names)))
        letter = MessageId(draw(st.sampled_from(letters)))
        kind = draw(st.sampled_from(_ACTS))
        if kind in {"called", "closed", "folded"} and name not in seen:
            history.append(noticed(name, at_ns))
            seen.add(name)
        if kind in {"failed", "delivered", "dead"} and letter not in seen:
            kind = "composed"
        if kind == "composed":
            if letter in seen:
                continue
            seen.add(letter)
        history.append(_made(kind, at_ns, name, other, letter))
    return history


def _made(kind: str, at_ns: int, name: IncidentId, other: IncidentId, letter: MessageId) -> AnyEntry:
    contact = ContactId("truc-vnpt")
    match kind:
        case "called":
            return called(name, 0, at_ns)
        case "closed":
            return Closed(at_ns=at_ns, incident=name, why=Why.RECOVERED)
        case "folded":
            return Folded(at_ns=at_ns, incident=name, into=other, why=Why.BEHIND_ROOT)
        case "composed":
            return Composed(
                at_ns=at_ns,
                message=letter,
                contact=contact,
                kind=MessageKind.PAGE,
                incidents=(name, other),
                urgency=Urgency.DARK,
            )
        case "dead":
            return DeadLetter(at_ns=at_ns, message=letter, contact=contact, incidents=(name,))
        case _:
            return Attempted(
                at_ns=at_ns,
                message=letter,
                gateway=GatewayId("mail"),
                attempt=1,
                delivered=kind == "delivered",
            )


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@settings(max_examples=60, deadline=None)
@given(history=histories(), cut=st.integers(0, 25))
def test_the_store_needs_what_the_plain_rule_needs_however_it_was_cut_into_appends(
    directory: Path, history: list[AnyEntry], cut: int
) -> None:
    store = emptied(directory)
    store.append(history[:cut])
    store.append(history[cut:])
    assert store.open_entries() == reference(history)
    store.close()


def silence(name: str, ends_ns: int) -> SilenceSet:
    return SilenceSet(
        at_ns=0, silence=SilenceId(name), starts_ns=0, ends_ns=ends_ns, actor="noc", note="thay router"
    )


def test_silences_last_until_they_end_and_orders_about_events_for_ever(tmp_path: Path) -> None:
    order = EventOrdered(at_ns=3, order=EventOrder(EventId("tiep-xuc"), 3, "noc", close=True))
    store = bare(tmp_path)
    store.append(
        [silence("short", HOUR), silence("long", 10**6 * HOUR), silence("lifted", 10**6 * HOUR), order]
    )
    lifted = SilenceLifted(at_ns=4, silence=SilenceId("lifted"), actor="noc")
    store.append([lifted])
    assert store.open_entries() == [
        silence("short", HOUR),
        silence("long", 10**6 * HOUR),
        silence("lifted", 10**6 * HOUR),
        order,
        lifted,
    ]
    later = noticed("i1", PLENTY)
    store.append([later])
    assert store.open_entries() == [silence("long", 10**6 * HOUR), order, later]
    store.close()


@pytest.mark.parametrize("by_ns", [-5 * KEPT_NS, 5 * KEPT_NS])
def test_a_step_of_the_clock_makes_nothing_older_or_younger(tmp_path: Path, by_ns: int) -> None:
    """Half an hour after the end is half an hour, whatever the wall clock was set to meanwhile."""
    at_ns = 1000 * HOUR
    old = [noticed("i0", at_ns), Closed(at_ns=at_ns, incident=IncidentId("i0"), why=Why.RECOVERED)]
    done = at_ns + 10 * KEPT_NS
    recent = [noticed("i1", done), Closed(at_ns=done, incident=IncidentId("i1"), why=Why.RECOVERED)]
    stepped = ClockStepped(at_ns=done + 10 * MINUTE + by_ns, by_ns=by_ns)
    half = noticed("i2", done + 30 * MINUTE + by_ns)
    later = noticed("i3", done + PLENTY + by_ns)
    store = bare(tmp_path)
    store.append([*old, ClockStepped(at_ns=at_ns, by_ns=1), *recent, stepped, half])
    assert store.open_entries() == [*recent, stepped, half]
    store.append([later])
    assert store.open_entries() == [half, later]
    store.close()


def test_an_incident_that_comes_up_again_is_needed_again(tmp_path: Path) -> None:
    closed = [noticed("i1"), Closed(at_ns=1, incident=IncidentId("i1"), why=Why.RECOVERED)]
    again = noticed("i1", PLENTY)
    store = bare(tmp_path)
    store.append([*closed, again, noticed("i2", 2 * PLENTY)])
    assert store.open_entries() == [*closed, again, noticed("i2", 2 * PLENTY)]
    store.close()


@pytest.mark.soak
def test_a_million_rows_of_history_do_not_slow_the_start_down(tmp_path: Path) -> None:
    """Measured: see the report; the bound is generous for slow disks."""
    store = bare(tmp_path)
    written, per_incident = 1_000_000, 20
    for start in range(0, written // per_incident, 500):
        entries: list[AnyEntry] = []
        for number in range(start, start + 500):
            name, at_ns = f"i{number}", number * MINUTE
            entries += [
                noticed(name, at_ns),
                *(called(name, step, at_ns) for step in range(per_incident - 2)),
            ]
            entries.append(Closed(at_ns=at_ns, incident=IncidentId(name), why=Why.RECOVERED))
        store.append(entries)
    started = time.perf_counter()
    found = store.open_entries()
    took = time.perf_counter() - started
    store.close()
    logging.getLogger(__name__).info("open_entries over %d rows: %.1f ms", written, took * 1e3)
    assert len(found) == 25 * 60 * per_incident
    assert took < 5
