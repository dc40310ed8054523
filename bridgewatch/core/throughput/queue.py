"""The throughput tests' one door: asked for, waiting, running, over. Which may run now is decided here.

Everything that is decided is written as an entry and applied at once, so that nothing of the queue is lost by
a restart. What is in flight is known to nobody but this process: a test that began before it is INTERRUPTED.
Instants are wall-clock nanoseconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.health.changes import Transitions
from bridgewatch.core.oncall.zones import instant, local_day
from bridgewatch.core.throughput import terms
from bridgewatch.core.throughput.asking import Asking, ask
from bridgewatch.core.throughput.gate import Gate
from bridgewatch.core.throughput.regular import Regular
from bridgewatch.core.throughput.room import Room
from bridgewatch.core.throughput.shares import Shares
from bridgewatch.core.throughput.state import QueueState
from bridgewatch.core.throughput.waiting import Waiting
from bridgewatch.core.throughput.waits import Wait, crowded, lasting, unfit
from bridgewatch.core.throughput.windows import next_start
from bridgewatch.model.bandwidth import Hindrance, Throughput, ThroughputEnd, ThroughputOrder
from bridgewatch.model.commands import AskThroughput
from bridgewatch.model.ids import LinkId, TestId
from bridgewatch.model.inventory import Inventory, Link
from bridgewatch.model.log import (
    AnyEntry,
    ClockStepped,
    ThroughputAsked,
    ThroughputBegan,
    ThroughputEnded,
)
from bridgewatch.model.phrases import packed, phrase
from bridgewatch.model.words import LinkState

_PASSED: Final = 64  # tests that an egress is too full for; beyond them a smaller one does not overtake
REST_NS: Final = 60_000_000_000  # of a link that was dark
GRACE_NS: Final = 30_000_000_000  # for whoever carries out a test, beyond what it may last
_SECOND_NS: Final = 1_000_000_000
_NOTHING_TO_MEASURE: Final = frozenset({LinkState.DOWN, LinkState.BLIND, LinkState.PAUSED})


@dataclass(slots=True)
class _Flight:
    """A test that was handed out. `stop`: what it is to be stopped for."""

    expires_ns: int
    stop: Wait | None = None
    cancelled_by: str | None = None
    told: bool = False  # whoever carries it out knows that it is to stop


class Queue:
    """All throughput tests. `apply` first, then `advance`, then `due` and `stops`."""

    def __init__(self, inventory: Inventory, agenda: Agenda, *, by_itself: bool = True) -> None:
        """`by_itself` False: regular tests are left out, and boxes taken to be there: nothing is observed."""
        self._by_itself = by_itself
        self.state = QueueState()
        self._begun: list[TestId] = []  # by this process, and not handed out yet
        self._flights: dict[TestId, _Flight] = {}
        self._unmeasurable: set[LinkId] = set()
        self._known: set[LinkId] = set()  # a link whose box has never called is not
        self._regained: list[LinkId] = []  # since the last `advance`
        self._fresh: dict[LinkId, int] = {}  # links that were dark a moment ago, and until when they rest
        self._touched = True
        self._next_ns: int | None = None
        self.adopt(inventory, agenda)

    def adopt(self, inventory: Inventory, agenda: Agenda) -> None:
        """Go by another inventory or agenda from now on."""
        self._inventory = inventory
        self._known.intersection_update(inventory.links)
        self._agenda = agenda
        self._shares = Shares(inventory)
        self._gate = Gate(self._shares, agenda)
        self._regular = Regular(inventory if self._by_itself else None)
        self._regular.plan(self.state.asked_ns)
        self._waiting = Waiting(self._shares, self.state.waiting.values())
        self._gone = [
            asked.test for asked in self.state.waiting.values() if asked.link not in inventory.links
        ]
        self._touched = True

    def apply(self, entry: AnyEntry) -> None:
        """Take in one entry of the log."""
        self.state.apply(entry)
        if isinstance(entry, ThroughputAsked):
            self._regular.asked(entry.link, entry.at_ns)
            self._waiting.add(entry)
            self._touched = True
        elif isinstance(entry, ThroughputBegan):
            self._waiting.remove(entry.test)
        elif isinstance(entry, ThroughputEnded):
            self._waiting.remove(entry.test)
            if again := self.state.waiting.get(entry.test):
                self._waiting.add(again)
            self._touched = True
        elif isinstance(entry, ClockStepped):
            self._touched = True
            for flight in self._flights.values():
                flight.expires_ns += entry.by_ns

    def observe(self, transitions: Transitions) -> None:
        """Take in what became of links: one that is dark has no throughput."""
        for batch in transitions.passes:
            for place, state in zip(batch.link.tolist(), batch.new.tolist(), strict=True):
                link = transitions.names[place]
                if (state != LinkState.UNKNOWN) != (link in self._known):
                    self._known.symmetric_difference_update((link,))
                    self._touched = True
                if state in _NOTHING_TO_MEASURE:
                    self._unmeasurable.add(link)
                elif link in self._unmeasurable:
                    self._unmeasurable.discard(link)
                    self._regained.append(link)
                    self._touched = True

    @property
    def shares(self) -> Shares:
        """What the links share, of the inventory in force."""
        return self._shares

    @property
    def unfinished(self) -> bool:
        """Whether more than a portion is to be decided: never, a turn looks at the tests that have room."""
        return False

    @property
    def felt(self) -> frozenset[LinkId]:
        """The links whose probes meet a test that runs."""
        running = self.state.running.values()
        return frozenset(link for each in running for link in self._shares.felt_by(each.asked.link))

    def next_deadline_ns(self) -> int | None:
        """When time alone may change something, or None. It may lie in the past: then at once."""
        return 0 if self._touched else self._next_ns

    def advance(self, now_ns: int) -> list[AnyEntry]:
        """End what is over, stop what met a meeting, and begin what may."""
        if not self._touched and (self._next_ns is None or now_ns < self._next_ns):
            return []
        self._touched = False
        self._let_rest(now_ns)
        written: list[AnyEntry] = [*self._lost(now_ns), *self._expired(now_ns)]
        written += self._unasked(now_ns)
        self._stop_what_meets(now_ns)
        again = [*self._begin(now_ns, written)]
        again += (flight.expires_ns for flight in self._flights.values())
        again += _some(self._regular.next_ns())
        again += _some(self._waiting.next_ns())
        if self.state.waiting or self.state.running:
            again += _some(self._gate.next_change_ns(now_ns))
        self._next_ns = min(again, default=None)
        return written

    def due(self, now_ns: int) -> tuple[ThroughputOrder, ...]:
        """The tests to carry out now, each handed out once, in flight until `result` or their time limit."""
        orders = []
        for test in self._begun:
            running = self.state.running[test]
            asked, link = running.asked, self._inventory.links.get(running.asked.link)
            if link is None:  # it left in between: lost, as the next `advance` finds
                continue
            legs = terms.legs(link, self._inventory.egresses[link.egress], asked, running.began_ns)
            expires_ns = now_ns + terms.length_ns(asked) + GRACE_NS
            self._flights[test] = _Flight(expires_ns)
            self._next_ns = min([expires_ns, *_some(self._next_ns)])
            orders.append(ThroughputOrder(test, link.id, legs, terms.length_ns(asked) / _SECOND_NS))
        self._begun.clear()
        return tuple(orders)

    def stops(self) -> tuple[TestId, ...]:
        """The tests in flight that are to stop at once, each told once; their `result` is still expected."""
        wanted = []
        for test, flight in self._flights.items():
            if not flight.told and (flight.stop is not None or flight.cancelled_by is not None):
                flight.told = True
                wanted.append(test)
        return tuple(wanted)

    def result(
        self, test: TestId, results: tuple[Throughput, ...], octets: int, detail: str, now_ns: int
    ) -> list[AnyEntry]:
        """Book what became of a test that `due` handed out.

        `detail` is a packed phrase: why it failed, '' if it did not.
        """
        flight = self._flights.get(test)
        if flight is None or test not in self.state.running:
            return []
        end = ThroughputEnd.FAILED if detail else ThroughputEnd.DONE
        stop = flight.stop
        if stop is not None or flight.cancelled_by is not None:
            end = ThroughputEnd.ABORTED
        ended = ThroughputEnded(
            at_ns=now_ns,
            test=test,
            end=end,
            results=results,
            octets=octets,
            hindrance=stop.hindrance if stop is not None else None,
            subject=stop.subject if stop is not None else "",
            actor=flight.cancelled_by,
            detail=detail,
        )
        return [self._end(ended)]

    def ask(self, command: AskThroughput, now_ns: int) -> Asking:
        """Take tests in, or say of each link why not."""
        asking = ask(command, self._inventory, self._gate, self.state.next_stamp_ns(now_ns), now_ns)
        for entry in asking.entries:
            self.apply(entry)
        return asking

    def cancel(self, test: TestId, actor: str, now_ns: int) -> list[AnyEntry] | None:
        """End a test that waits, or have one that runs stopped: then its result ends it. None: unknown."""
        if test in self.state.waiting:
            cancelled = ThroughputEnded(at_ns=now_ns, test=test, end=ThroughputEnd.CANCELLED, actor=actor)
            return [self._end(cancelled)]
        flight = self._flights.get(test)
        if flight is None:
            return None
        flight.cancelled_by = flight.cancelled_by or actor
        return []

    def hindrance(self, asked: ThroughputAsked, now_ns: int) -> Wait | None:
        """What keeps the test from beginning at an instant, of several what ends last; None: nothing."""
        link = self._inventory.links.get(asked.link)
        if link is None:
            return Wait(Hindrance.UNKNOWN_LINK, asked.link)
        peak = terms.peak(link, asked, now_ns)
        return lasting(
            (
                unfit(link, asked, peak),
                self._away(link, asked),
                self._met(asked, now_ns),
                self._untimely(link, asked, now_ns),
                crowded(link, self._room(), peak),
            )
        )

    def _end(self, entry: ThroughputEnded) -> ThroughputEnded:
        self._flights.pop(entry.test, None)
        self.apply(entry)
        return entry

    def _let_rest(self, now_ns: int) -> None:
        """A link that has just come back is left alone for a while: it may go again."""
        self._fresh = {link: until_ns for link, until_ns in self._fresh.items() if until_ns > now_ns}
        self._fresh.update((link, now_ns + REST_NS) for link in self._regained)
        self._regained.clear()

    def _lost(self, now_ns: int) -> Iterable[AnyEntry]:
        """Tests that nobody carries out any more: begun before this process, or never answered for."""
        for test, running in list(self.state.running.items()):
            flight = self._flights.get(test)
            if test in self._begun:
                continue
            if flight is None:
                end, detail = ThroughputEnd.INTERRUPTED, ""
            elif flight.expires_ns <= now_ns:
                end, detail = ThroughputEnd.FAILED, packed(phrase("no answer in time"))
            else:
                continue
            yield self._end(
                ThroughputEnded(at_ns=now_ns, test=test, end=end, octets=running.octets, detail=detail)
            )

    def _expired(self, now_ns: int) -> Iterable[AnyEntry]:
        gone, self._gone = self._gone, []
        for test in [*gone, *self._waiting.expired(now_ns)]:
            asked = self.state.waiting.get(test)
            if asked is None:
                continue
            why = self.hindrance(asked, now_ns)
            yield self._end(
                ThroughputEnded(
                    at_ns=now_ns,
                    test=test,
                    end=ThroughputEnd.EXPIRED,
                    hindrance=why.hindrance if why else None,
                    subject=why.subject if why else "",
                )
            )

    def _unasked(self, now_ns: int) -> Iterable[AnyEntry]:
        """Tests that nobody asks for: regular ones, and one of every raise that began."""
        for due in self._regular.take(now_ns):
            asking = ask(due, self._inventory, self._gate, self.state.next_stamp_ns(now_ns), now_ns)
            if not asking.entries:
                self._regular.wait(due.links[0], now_ns)
            for entry in asking.entries:
                asked = replace(entry, actor=None)
                self.apply(asked)
                yield asked

    def _stop_what_meets(self, now_ns: int) -> None:
        for test, flight in self._flights.items():
            running = self.state.running.get(test)
            if running is None or flight.stop is not None:
                continue
            if running.asked.link not in self._inventory.links:
                flight.stop = Wait(Hindrance.UNKNOWN_LINK)
            else:
                flight.stop = self._meeting(running.asked, now_ns)

    def _begin(self, now_ns: int, written: list[AnyEntry]) -> Iterable[int]:
        """Begin every waiting test that may, in order; yields when to look at the others again."""
        self._waiting.ripen(now_ns)
        room = self._room()
        for crowd, group in self._waiting.groups.items():
            passed = 0
            for asked in list(group.values()):
                if passed >= _PASSED or room.is_taken(crowd.top) or not room.fits(crowd.egress.name, 1):
                    break
                hindered = self._in_the_way(asked, now_ns, room) or self._soon(asked, now_ns)
                if hindered is not None:
                    passed += hindered.hindrance is Hindrance.EGRESS_FULL
                    yield from _some(hindered.again_ns)
                    continue
                link = self._inventory.links[asked.link]
                octets = terms.octets(link, asked, now_ns)
                began = ThroughputBegan(at_ns=now_ns, test=asked.test, octets=octets)
                self.apply(began)
                self._begun.append(asked.test)
                written.append(began)
                room.take(asked.link, terms.peak(link, asked, now_ns))

    def _meeting(self, asked: ThroughputAsked, now_ns: int) -> Wait | None:
        met = self._gate.meets_within(asked.link, now_ns, now_ns + 1, forced=asked.forced)
        return None if met is None else Wait(met.hindrance, met.site)

    def _soon(self, asked: ThroughputAsked, now_ns: int) -> Wait | None:
        """What a test that begins now would be stopped for before it is over."""
        ends_ns = now_ns + terms.length_ns(asked)
        met = self._gate.meets_within(asked.link, now_ns, ends_ns, forced=asked.forced)
        return None if met is None else Wait(met.hindrance, met.site)

    def _met(self, asked: ThroughputAsked, now_ns: int) -> Wait | None:
        """The same, and when it meets nothing any more."""
        wait = self._soon(asked, now_ns)
        if wait is None:
            return None
        length_ns = terms.length_ns(asked)
        free_ns = self._gate.free_ns(asked.link, now_ns, length_ns, forced=asked.forced)
        return wait._replace(again_ns=free_ns)

    def _in_the_way(self, asked: ThroughputAsked, now_ns: int, room: Room) -> Wait | None:
        """Everything but meetings, what costs least to find out first."""
        link = self._inventory.links[asked.link]
        peak = terms.peak(link, asked, now_ns)
        return (
            crowded(link, room, peak)
            or unfit(link, asked, peak)
            or self._away(link, asked)
            or self._untimely(link, asked, now_ns)
        )

    def _away(self, link: Link, asked: ThroughputAsked) -> Wait | None:
        """Whether there is nothing to measure, or nobody to do it."""
        if link.paused or asked.link in self._unmeasurable:
            return Wait(Hindrance.LINK_DOWN, asked.link)
        if rests_ns := self._fresh.get(asked.link):
            return Wait(Hindrance.LINK_DOWN, asked.link, again_ns=rests_ns)
        if link.dial_in is not None and self._by_itself and asked.link not in self._known:
            return Wait(Hindrance.NO_BOX, link.dial_in)
        return None

    def _untimely(self, link: Link, asked: ThroughputAsked, now_ns: int) -> Wait | None:
        zone = self._inventory.timezone
        if not asked.forced:
            start_ns = next_start(link.throughput.windows, zone, now_ns, terms.length_ns(asked))
            if start_ns != now_ns:
                return Wait(Hindrance.OUTSIDE_WINDOW, again_ns=start_ns)
        today, octets = local_day(zone, now_ns), terms.octets(link, asked, now_ns)
        tomorrow_ns = instant(zone, today + 1, 0)
        if above := terms.too_large(link, octets):  # while its contract is raised
            return Wait(Hindrance.TOO_LARGE, above, again_ns=tomorrow_ns)
        if self.state.spent(asked.link, instant(zone, today, 0)) + octets > link.throughput.octets_per_day:
            return Wait(Hindrance.CEILING, asked.link, again_ns=tomorrow_ns)
        return None

    def _room(self) -> Room:
        room = Room(self._shares, self._inventory.bandwidth.egress_rate)
        for running in self.state.running.values():
            link = self._inventory.links.get(running.asked.link)
            if link is not None:
                room.take(link.id, terms.peak(link, running.asked, running.began_ns))
        return room


def _some(instant_ns: int | None) -> tuple[int, ...]:
    return () if instant_ns is None else (instant_ns,)
