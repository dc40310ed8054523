"""Orders about throughput tests: which may be taken into the queue, and what is said of the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bridgewatch.core.naming import name
from bridgewatch.core.throughput import terms
from bridgewatch.core.throughput.gate import Gate
from bridgewatch.core.throughput.windows import next_start
from bridgewatch.model.bandwidth import Hindrance
from bridgewatch.model.commands import AskThroughput, Hindered, Refusal
from bridgewatch.model.ids import TestId
from bridgewatch.model.inventory import Inventory, Link
from bridgewatch.model.log import ThroughputAsked

_LOOKS: Final = 1000  # instants at which something changes, between the earliest and the latest of a test


@dataclass(frozen=True, slots=True)
class Asking:
    """The tests that were taken, and why links have none."""

    entries: Sequence[ThroughputAsked] = ()
    refusals: tuple[tuple[str, Refusal], ...] = ()
    hindered: tuple[Hindered, ...] = ()


def ask(command: AskThroughput, inventory: Inventory, gate: Gate, stamp_ns: int, now_ns: int) -> Asking:
    """Every link of the command by itself; `stamp_ns` is what the first test may be named by."""
    if command.forced and not (command.actor.strip() and command.note.strip()):
        return Asking(refusals=tuple((link, Refusal.NO_REASON) for link in command.links))
    if command.latest_ns <= max(command.earliest_ns, now_ns):
        return Asking(refusals=tuple((link, Refusal.NO_END) for link in command.links))
    entries: list[ThroughputAsked] = []
    refusals: list[tuple[str, Refusal]] = []
    hindered: list[Hindered] = []
    for link in dict.fromkeys(command.links):
        known = inventory.links.get(link)
        if known is None:
            refusals.append((link, Refusal.UNKNOWN_SUBJECT))
            continue
        asked = _asked(command, known, TestId(name("t", stamp_ns + len(entries))), now_ns)
        hindrance = _hopeless(asked, known, now_ns) or _never(asked, known, inventory, gate, now_ns)
        if hindrance is None:
            entries.append(asked)
        else:
            refusals.append((link, Refusal.HINDERED))
            hindered.append(hindrance)
    return Asking(tuple(entries), tuple(refusals), tuple(hindered))


def _asked(command: AskThroughput, link: Link, test: TestId, now_ns: int) -> ThroughputAsked:
    own = link.throughput
    methods = own.methods if command.methods is None else command.methods
    return ThroughputAsked(
        at_ns=now_ns,
        test=test,
        link=link.id,
        methods=tuple(dict.fromkeys(methods)),
        directions=tuple(dict.fromkeys(command.directions)),
        earliest_ns=max(command.earliest_ns, now_ns),
        latest_ns=command.latest_ns,
        seconds=own.seconds if command.seconds is None else command.seconds,
        streams=own.streams,
        rate=command.rate,
        actor=command.actor,
        note=command.note,
        forced=command.forced,
        plan=command.plan,
    )


def _hopeless(asked: ThroughputAsked, link: Link, now_ns: int) -> Hindered | None:
    """What no waiting mends."""
    if link.throughput.server is None or not asked.methods:
        return Hindered(link.id, Hindrance.NO_SERVER)
    if unable := terms.unable(link, asked.methods):
        return Hindered(link.id, Hindrance.NO_METHOD, unable)
    if link.paused:
        return Hindered(link.id, Hindrance.LINK_DOWN, link.id)
    rates = [terms.rate(link, direction, now_ns, asked.rate) for direction in asked.directions]
    if not all(rates):
        return Hindered(link.id, Hindrance.NO_RATE, link.id)
    if above := terms.too_large(link, terms.octets(link, asked, now_ns)):
        return Hindered(link.id, Hindrance.TOO_LARGE, above)
    return None


def _never(
    asked: ThroughputAsked, link: Link, inventory: Inventory, gate: Gate, now_ns: int
) -> Hindered | None:
    """What keeps the test from beginning at its earliest, if it is kept from it until it expires."""
    first: Hindered | None = None
    at_ns: int | None = max(asked.earliest_ns, now_ns)
    for _ in range(_LOOKS):
        if at_ns is None or at_ns >= asked.latest_ns:
            break
        hindered, at_ns = _at(asked, link, inventory, gate, at_ns)
        if hindered is None:
            return None
        first = first or hindered
    return first


def _at(
    asked: ThroughputAsked, link: Link, inventory: Inventory, gate: Gate, at_ns: int
) -> tuple[Hindered | None, int | None]:
    """What is in the way at an instant, and when that may have changed."""
    ends_ns = at_ns + terms.length_ns(asked)
    met = gate.meets_within(link.id, at_ns, ends_ns, forced=asked.forced)
    if met is not None:
        return Hindered(link.id, met.hindrance, met.site), gate.next_change_ns(at_ns)
    if asked.forced:
        return None, None
    windows, zone = link.throughput.windows, inventory.timezone
    start_ns = next_start(windows, zone, at_ns, terms.length_ns(asked))
    if start_ns == at_ns:
        return None, None
    return Hindered(link.id, Hindrance.OUTSIDE_WINDOW), start_ns
