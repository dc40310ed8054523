"""The door of the room that judges bandwidth: readings and tests go in, entries of incidents come out.

Incidents are written by their own room, which this one tells what it found. What a link was found to be is
told once; told again is what rests on other evidence. So a person who resolves an incident is not
contradicted by what they knew. What cannot be told (no test for a month, no reading) ends nothing.

Readings while a throughput test runs on the link, or on one that runs via it or that it runs via, are not
judged: the test is ours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from bridgewatch.core import portion
from bridgewatch.core.bandwidth.need import Occasion, occasions
from bridgewatch.core.bandwidth.use import Usage
from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.deadlines import Deadlines
from bridgewatch.core.incidents.incidents import Incidents
from bridgewatch.core.shortfalls.columns import Sheet
from bridgewatch.core.shortfalls.findings import Finding, judge_link
from bridgewatch.core.shortfalls.interfaces import Interfaces
from bridgewatch.core.throughput.queue import Queue
from bridgewatch.core.throughput.shares import roots
from bridgewatch.model.bandwidth import ThroughputEnd, Use, UseState
from bridgewatch.model.calendar import Event
from bridgewatch.model.ids import LinkId, TestId
from bridgewatch.model.inventory import Inventory, Link
from bridgewatch.model.log import (
    AnyEntry,
    BandwidthTold,
    ClockStepped,
    Grew,
    ThroughputAsked,
    ThroughputBegan,
    ThroughputEnded,
)
from bridgewatch.model.paging import FaultKind, Phase
from bridgewatch.model.snapshot import JudgedColumns

_AHEAD: Final = frozenset({Phase.DRAFT, Phase.PLANNED, Phase.WAVE, Phase.FREEZE, Phase.CHECK, Phase.LIVE})
_STALE_NS: Final = 60_000_000_000  # how often it is looked for links of which nothing was read for long
_SECOND_NS: Final = 1_000_000_000
_CALENDAR: Final = LinkId("")  # the name of the deadline at which the calendar changes what is needed

_Thing = TypeVar("_Thing")


class Shortfalls:
    """Judges the bandwidth of all links. Instants are wall-clock nanoseconds."""

    def __init__(self, inventory: Inventory, agenda: Agenda, incidents: Incidents, queue: Queue) -> None:
        self._incidents = incidents
        self._queue = queue
        self._interfaces = Interfaces()
        self._usage: dict[LinkId, Usage] = {}
        self._asked: dict[TestId, LinkId] = {}
        self._under_test: dict[TestId, frozenset[LinkId]] = {}
        self._tested_ns: dict[LinkId, int] = {}  # when the last test that it felt was over
        self._said: dict[tuple[FaultKind, LinkId], Finding] = {}
        self._look: dict[LinkId, None] = {}
        self._deadlines = Deadlines()
        self._offset_ns = 0
        self._columns: JudgedColumns | None = None
        self._columns_ns = 0
        self._occasions: tuple[tuple[Occasion, bool], ...] = ()
        self._use(inventory, agenda, Sheet(inventory))
        self._look = dict.fromkeys(inventory.links)

    def _use(self, inventory: Inventory, agenda: Agenda, sheet: Sheet) -> None:
        self._inventory = inventory
        self._judgement = inventory.bandwidth.judgement
        self._agenda = agenda
        self._shares = self._queue.shares  # a country's take a while: they are made once
        self._sheet = sheet
        self._deadlines.set(_CALENDAR, 0)

    def adopt(self, inventory: Inventory, agenda: Agenda) -> None:
        """Go by another inventory or agenda from now on; the queue of tests does so already."""
        former, judgement = self._inventory, self._judgement
        sheet = self._sheet if inventory is former else Sheet(inventory, self._sheet)
        self._use(inventory, agenda, sheet)
        self._columns = None
        links = inventory.links
        self._usage = {
            link: usage
            for link, usage in self._usage.items()
            if _counts_alike(former.links.get(link), links.get(link))
        }
        self._tested_ns = {link: at_ns for link, at_ns in self._tested_ns.items() if link in links}
        self._said = {key: finding for key, finding in self._said.items() if key[1] in links}
        self._look = {link: None for link in self._look if link in links}
        for link in former.links.keys() - links.keys():
            self._deadlines.set(link, None)
        anew = self._judgement != judgement
        self._look.update(
            (link.id, None)
            for link in links.values()
            if anew or not _judged_alike(former.links.get(link.id), link)
        )
        self._interfaces.keep(links)

    def apply(self, entry: AnyEntry) -> None:
        """Take in one entry of the log."""
        match entry:
            case ThroughputAsked():
                self._asked[entry.test] = entry.link
            case ThroughputBegan():
                self._under_test[entry.test] = self._felt(self._asked.get(entry.test))
            case ThroughputEnded():
                self._test_ended(entry)
            case Grew():
                self._interfaces.broke(link for link, _ in entry.links)
            case ClockStepped():
                self._stepped(entry.by_ns)
            case _:
                pass

    def observe(self, uses: Sequence[Use], now_ns: int, offset_ns: int) -> None:
        """Take in readings of counters; `offset_ns` makes wall-clock instants of theirs."""
        self._offset_ns = offset_ns
        self._interfaces.observe(uses, offset_ns, self._incidents)
        for use in uses:
            link = self._inventory.links.get(use.link)
            if link is None or link.contract is None or (use.down is None and use.up is None):
                continue
            if self._is_tested(use, offset_ns):
                continue
            usage = self._usage.get(use.link)
            if usage is None:
                usage = self._usage[use.link] = Usage()
            former = UseState.UNKNOWN if self._is_stale(usage, now_ns) else usage.state
            bought = (link.contract.raised(now_ns) if link.contract.raises else None) or link.contract
            usage.take(use, bought.down, bought.up, self._judgement)
            if usage.state is not former:
                self._look[use.link] = None

    @property
    def unfinished(self) -> bool:
        """Whether more than a portion is to be judged."""
        return bool(self._look) or self._interfaces.waiting

    def next_deadline_ns(self) -> int | None:
        """When `advance` is to be called next; it may lie in the past: then at once."""
        return 0 if self.unfinished else self._deadlines.next_ns()

    def advance(self, now_ns: int) -> list[AnyEntry]:
        """Judge a portion of what changed, and tell the incidents. Returns what they wrote."""
        due = self._deadlines.take(now_ns)
        if _CALENDAR in due:
            self._plan(now_ns)
        self._look.update((LinkId(name), None) for name in due if name != _CALENDAR)
        entries = list(self._interfaces.tell(self._incidents, now_ns))
        for name in list(self._look)[: portion.INCIDENTS]:
            del self._look[name]
            if name in self._inventory.links:
                entries += self._judge(name, now_ns)
        return entries

    def columns(self, now_ns: int) -> JudgedColumns:
        """What readers see; the same object until it changes."""
        if not 0 <= now_ns - self._columns_ns < _STALE_NS:
            self._columns, self._columns_ns = None, now_ns
            self._sheet.forget_use(
                [link for link, usage in self._usage.items() if self._is_stale(usage, now_ns)]
            )
        if self._columns is None:
            self._columns = self._sheet.columns()
        return self._columns

    def _judge(self, name: LinkId, now_ns: int) -> Iterable[AnyEntry]:
        link = self._inventory.links[name]
        measured = tuple(self._queue.state.results.get(name, ()))
        judged = judge_link(link, measured, self._usage.get(name), self._occasions, self._judgement, now_ns)
        self._deadlines.set(name, judged.again_ns)
        self._sheet.note(name, judged)
        self._columns = None
        for finding in judged.findings:
            yield from self._tell(finding, now_ns)

    def _tell(self, finding: Finding, now_ns: int) -> Iterable[AnyEntry]:
        key = finding.kind, finding.link.id
        if finding.why is None:
            self._said.pop(key, None)
            if self._incidents.about(*key) is not None:
                yield from self._incidents.clear_fault(*key, now_ns)
            return
        if self._said.get(key) == finding:
            return
        self._said[key] = finding
        link = finding.link
        yield from self._incidents.raise_fault(
            *key, finding.audience, finding.why, now_ns, carrier=link.carrier, site=link.site
        )
        incident = self._incidents.about(*key)
        if incident is None:
            return
        told = BandwidthTold(
            at_ns=now_ns,
            incident=incident.id,
            link=link.id,
            direction=finding.direction,
            rate=finding.rate,
            limit=finding.limit,
            event=finding.event,
        )
        if incident.told is None or replace(incident.told, at_ns=now_ns) != told:
            yield from self._incidents.tell(told)

    def _plan(self, now_ns: int) -> None:
        """Find out what events to come need; the links of which it differs are looked at then."""
        events = [self._as_ordered(event) for event in self._ahead(now_ns)]
        found = occasions(self._inventory, events, now_ns)
        heard = {event.id for event in events if self._is_heard_of(event, now_ns)}
        former, self._occasions = self._occasions, tuple((each, each.event in heard) for each in found)
        for occasion, _ in _in_one_of(former, self._occasions):
            self._look.update(dict.fromkeys(occasion.own))
        changes = [occasion.span.ends_ns for occasion in found]
        changes += [event.contacts_due_ns for event in events if event.contacts_due_ns is not None]
        next_ns = self._agenda.next_change_ns(now_ns)
        changes += [] if next_ns is None else [next_ns]
        self._deadlines.set(_CALENDAR, min((at_ns for at_ns in changes if at_ns > now_ns), default=None))

    def _ahead(self, now_ns: int) -> Iterable[Event]:
        phases = self._agenda.phases(now_ns)
        events = self._inventory.events.values()
        return (event for event in events if phases.get(event.id, Phase.NONE) in _AHEAD)

    def _as_ordered(self, event: Event) -> Event:
        order = self._agenda.order(event.id)
        return event if order is None or order.ends_ns is None else replace(event, ends_ns=order.ends_ns)

    def _is_heard_of(self, event: Event, now_ns: int) -> bool:
        """A draft is promised to nobody before its contacts are due."""
        if self._agenda.phase(event.id, now_ns) is not Phase.DRAFT:
            return True
        return event.contacts_due_ns is not None and event.contacts_due_ns <= now_ns

    def _felt(self, link: LinkId | None) -> frozenset[LinkId]:
        """The links whose counters or probes a test of `link` may move."""
        if link is None or link not in self._inventory.links:
            return frozenset()
        above = (root.id for root in roots(self._inventory.links[link], self._inventory))
        return frozenset((*self._shares.felt_by(link), *above))

    def _test_ended(self, entry: ThroughputEnded) -> None:
        for felt in self._under_test.pop(entry.test, ()):
            self._tested_ns[felt] = entry.at_ns
        link = self._asked.get(entry.test)
        if entry.end is not ThroughputEnd.INTERRUPTED:  # such a test waits again
            self._asked.pop(entry.test, None)
        if link is not None:
            self._look[link] = None

    def _is_tested(self, use: Use, offset_ns: int) -> bool:
        if any(use.link in felt for felt in self._under_test.values()):
            return True
        began_ns = use.at_ns + offset_ns - round(use.seconds * _SECOND_NS)
        return self._tested_ns.get(use.link, -1) >= began_ns

    def _is_stale(self, usage: Usage, now_ns: int) -> bool:
        long_ns = self._judgement.use_readings * self._inventory.bandwidth.snmp.interval * _SECOND_NS
        return usage.state is not UseState.UNKNOWN and now_ns - usage.at_ns - self._offset_ns > long_ns

    def _stepped(self, by_ns: int) -> None:
        self._tested_ns = {link: at_ns + by_ns for link, at_ns in self._tested_ns.items()}
        self._interfaces.shift(by_ns)
        self._offset_ns += by_ns
        self._look = dict.fromkeys(self._inventory.links)
        self._deadlines.clear()
        self._deadlines.set(_CALENDAR, 0)


def _counts_alike(before: Link | None, after: Link | None) -> bool:
    """Whether readings of before are to be held against the same as those to come."""
    if before is None or after is None:
        return False
    return before is after or (before.contract == after.contract and before.snmp == after.snmp)


def _judged_alike(before: Link | None, after: Link) -> bool:
    """Whether the same is to be said of both, and to the same people."""
    return before is after or (
        before is not None
        and _counts_alike(before, after)
        and before.throughput == after.throughput
        and (before.site, before.carrier) == (after.site, after.carrier)
    )


def _in_one_of(some: Sequence[_Thing], others: Sequence[_Thing]) -> Iterable[_Thing]:
    yield from (each for each in some if each not in others)
    yield from (each for each in others if each not in some)
