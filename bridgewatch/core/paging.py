"""The pure pipeline of people in one piece: incidents, escalation and outbox over calendar and rosters.

The caller owns time, the store and the gateways. Whatever happens (changes of health, the passing of time,
commands, results) yields the entries it wrote, in order, already applied here; the caller appends them to the
log before it carries out what `due` hands out. Reading them back gives the same state.

What is more than a portion is decided by and by: as long as it is `unfinished` the caller goes on with
`advance` and `due` at once, and what else happens in between is taken in and followed up there too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bridgewatch.core.briefs import Briefs, resolved_row
from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.calendar.course import end_ns
from bridgewatch.core.escalation.answers import answer
from bridgewatch.core.escalation.escalation import Escalation
from bridgewatch.core.escalation.planned import lift_silence, set_silence
from bridgewatch.core.gateways import ailments, judge_gateways, lost_contacts, tell_delivery
from bridgewatch.core.health.changes import Changes
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.incidents import Incidents
from bridgewatch.core.oncall.find import Oncall
from bridgewatch.core.outbox.outbox import Outbox
from bridgewatch.core.shortfalls.shortfalls import Shortfalls
from bridgewatch.core.throughput import board
from bridgewatch.core.throughput.queue import Queue
from bridgewatch.model.bandwidth import Throughput, ThroughputOrder, Use
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.commands import (
    Answer,
    AnyCommand,
    AskThroughput,
    CancelThroughput,
    LiftSilence,
    OrderEvent,
    Refusal,
    Resolve,
    SetSilence,
    Verdict,
)
from bridgewatch.model.delivery import Attempt, Brief, Result
from bridgewatch.model.desk import Standing
from bridgewatch.model.ids import GatewayId, IncidentId, MessageId, TestId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry, ClockStepped, Composed, EventOrdered, SilenceSet
from bridgewatch.model.paging import Audience, FaultKind, Lapse, Phase, Why
from bridgewatch.model.snapshot import JudgedColumns, PagingSnapshot, ResolvedIncident

_ROUNDS: Final = 1000  # of rooms answering each other within one instant; two or three are usual

Room = Shortfalls | Incidents | Escalation | Outbox | Queue


class Paging:
    """All rooms of people. Instants are wall-clock nanoseconds."""

    def __init__(self, inventory: Inventory, now_ns: int) -> None:
        self._inventory = inventory
        self._orders: list[EventOrder] = []
        self._written: list[AnyEntry] = []  # what the caller has still to be given, also after a failure
        self._build(now_ns)

    def _build(self, now_ns: int) -> None:
        self._since_ns = now_ns
        self._agenda = Agenda(self._inventory, self._orders)
        self._incidents = Incidents(self._inventory, self._agenda, now_ns)
        self._escalation = Escalation(self._inventory, self._agenda, self._incidents, Oncall(self._inventory))
        self._outbox = Outbox(self._inventory)
        self._queue = Queue(self._inventory, self._agenda)
        self._shortfalls = Shortfalls(self._inventory, self._agenda, self._incidents, self._queue)
        self._settled = False

    @property
    def inventory(self) -> Inventory:
        """What is in force."""
        return self._inventory

    @property
    def agenda(self) -> Agenda:
        """The calendar with the orders given about it."""
        return self._agenda

    @property
    def orders(self) -> tuple[EventOrder, ...]:
        """All orders about events, as their instants are now."""
        return tuple(self._orders)

    def replay(self, entries: Iterable[AnyEntry]) -> None:
        """Take up the state that the log tells, instead of the present one. Decides nothing."""
        log = list(entries)
        self._orders = []
        for entry in log:
            self._note_order(entry)
        self._build(self._since_ns)
        for entry in log:
            for room in self._rooms():
                room.apply(entry)
        self._escalation.replayed()

    @property
    def queue(self) -> Queue:
        """The throughput tests, for readers."""
        return self._queue

    def observe(self, changes: Changes, now_ns: int, offset_ns: int) -> tuple[AnyEntry, ...]:
        """What a tick of health changed; `offset_ns` makes wall-clock instants of its monotonic ones."""
        self._queue.observe(changes.links)
        self._share(self._incidents.observe(changes, now_ns, offset_ns), self._incidents)
        return self._follow(now_ns)

    def observe_use(self, uses: Sequence[Use], now_ns: int, offset_ns: int) -> tuple[AnyEntry, ...]:
        """What routers' counters say; `offset_ns` makes wall-clock instants of its monotonic ones."""
        self._shortfalls.observe(uses, now_ns, offset_ns)
        return self._follow(now_ns) if self._shortfalls.unfinished else ()

    def judged(self, now_ns: int) -> JudgedColumns:
        """How the bandwidth of every link is judged; the same object until that changes."""
        return self._shortfalls.columns(now_ns)

    def advance(self, now_ns: int) -> tuple[AnyEntry, ...]:
        """Whatever is due by now."""
        next_ns = self.next_deadline_ns()
        if next_ns is None or now_ns < next_ns:
            return ()
        return self._settle(now_ns)

    def adopt(self, inventory: Inventory, now_ns: int) -> tuple[AnyEntry, ...]:
        """Go by another inventory from now on."""
        self._inventory = inventory
        self._rearrange(now_ns)
        return self._follow(now_ns)

    def raise_fault(
        self,
        kind: FaultKind,
        subject: str,
        audience: Audience,
        why: Why,
        now_ns: int,
        began_ns: int | None = None,
    ) -> tuple[AnyEntry, ...]:
        """A fault that others found: contacts that are missing, a store that fails. Again: nothing new.

        `began_ns`: when it began, if that was before it was found.
        """
        entries = self._incidents.raise_fault(kind, subject, audience, why, now_ns, began_ns=began_ns)
        self._share(entries, self._incidents)
        return self._follow(now_ns)

    def tell_delivery(
        self, gateway: GatewayId, detail: str, lapse: Lapse, now_ns: int
    ) -> tuple[AnyEntry, ...]:
        """Evidence of why nothing leaves through a gateway that is a fault."""
        self._share(tell_delivery(self._incidents, gateway, detail, lapse, now_ns), self._incidents)
        return self._follow(now_ns)

    def clear_fault(self, kind: FaultKind, subject: str, now_ns: int) -> tuple[AnyEntry, ...]:
        """That fault is over."""
        self._share(self._incidents.clear_fault(kind, subject, now_ns), self._incidents)
        return self._follow(now_ns)

    def clock_stepped(self, by_ns: int, now_ns: int) -> tuple[AnyEntry, ...]:
        """The wall clock was set; `now_ns` is the new time."""
        self._share(self._incidents.catch_up(now_ns - by_ns), self._incidents)
        self._write(ClockStepped(at_ns=now_ns, by_ns=by_ns))
        if self._orders:
            self._rearrange(now_ns)
        return self._follow(now_ns)

    def result(self, attempt: Attempt, result: Result, now_ns: int) -> tuple[AnyEntry, ...]:
        """What became of an attempt that `due` handed out."""
        self.book(attempt, result, now_ns)
        return self._follow(now_ns)

    def book(self, attempt: Attempt, result: Result, now_ns: int) -> None:
        """Take in a result, one of many: what follows from all of them is decided by the next `advance`."""
        self._share(self._outbox.result(attempt, result, now_ns), self._outbox)

    def due(self, now_ns: int) -> tuple[Attempt, ...]:
        """A portion of the attempts to make now, the most urgent first.

        Each is handed out once until its result or its time limit.
        """
        return self._outbox.due(now_ns)

    def due_tests(self, now_ns: int) -> tuple[ThroughputOrder, ...]:
        """The throughput tests to begin now, each handed out once until its result or its time limit."""
        return self._queue.due(now_ns)

    def tests_to_stop(self) -> tuple[TestId, ...]:
        """Those that were handed out and are to stop at once; each is named once and still has a result."""
        return self._queue.stops()

    def test_result(
        self, test: TestId, results: tuple[Throughput, ...], octets: int, detail: str, now_ns: int
    ) -> tuple[AnyEntry, ...]:
        """What became of a throughput test; `detail` says why it failed, '' if it did not."""
        self._share(self._queue.result(test, results, octets, detail, now_ns), self._queue)
        return self._follow(now_ns)

    @property
    def unfinished(self) -> bool:
        """Whether more than a portion is to be decided or handed out."""
        return self._outbox.ready or self._undecided()

    def next_deadline_ns(self) -> int | None:
        """When `advance` is to be called next; an instant long past if it has yet to be called at all."""
        if not self._settled:
            return 0
        instants = (room.next_deadline_ns() for room in self._rooms())
        return min((instant for instant in instants if instant is not None), default=None)

    def command(self, command: AnyCommand, now_ns: int) -> Verdict:
        """Carry out what somebody asks for, or say why not. A second time it changes nothing."""
        match command:
            case SetSilence():
                return self._set_silence(command, now_ns)
            case LiftSilence():
                lifted = lift_silence(command, self._escalation.silences, now_ns)
                return self._obey(lifted, now_ns)
            case OrderEvent():
                return self._order_event(command, now_ns)
            case Resolve():
                return self._resolve(command, now_ns)
            case AskThroughput() | CancelThroughput():
                return self._throughput(command, now_ns)
            case _:
                return self._answer(command, now_ns)

    def brief(self, attempt: Attempt, now_ns: int) -> Brief:
        """Everything that the message of an attempt says."""
        return self._briefs().message(attempt, now_ns)

    def standings(self, now_ns: int, *, over: bool = False) -> tuple[Standing, ...]:
        """Incidents that are not over, as in the snapshot; `over`: the latest of the others after them."""
        known = (self.standing(name, now_ns) for name in self.listed(over=over))
        return tuple(each for each in known if each is not None)

    def listed(self, *, over: bool = False) -> tuple[IncidentId, ...]:
        """The incidents of `standings`, for who asks for these one by one."""
        names = self._escalation.cases.by_incident if over else self._incidents.open
        known = (self._incidents.get(name) for name in names)
        wanted = [each for each in known if each is not None and (over or each.broken)]
        stage = self._briefs().stage

        def place(each: Incident) -> tuple[bool, bool, int, int]:
            if not each.broken:
                return True, False, 0, -each.began_ns
            return False, stage(each).attended, -each.urgency, each.began_ns

        return tuple(each.id for each in sorted(wanted, key=place))

    def standing(self, name: str, now_ns: int) -> Standing | None:
        """An incident by its id, or by its code if it is neither closed nor folded."""
        incident = self._incidents.get(IncidentId(name)) or next(
            (each for each in self._incidents.open.values() if each.code == name.upper()), None
        )
        return self._briefs().standing(incident, now_ns) if incident is not None else None

    def message(self, message: MessageId) -> Composed | None:
        """A message, known as long as one of its incidents is not over, and a day longer."""
        known = self._outbox.state.messages.get(message)
        return known.composed if known is not None else None

    def silences(self, now_ns: int) -> tuple[SilenceSet, ...]:
        """Silences that hold or are yet to come, by their beginning."""
        known = self._escalation.silences.by_id.values()
        lasting = (silence for silence in known if silence.ends_ns > now_ns)
        return tuple(sorted(lasting, key=lambda silence: (silence.starts_ns, silence.silence)))

    def snapshot(self, now_ns: int) -> PagingSnapshot:
        """What readers see."""
        briefs, outbox = self._briefs(), self._outbox.state
        rows = [briefs.row(incident) for incident in self._incidents.open.values()]
        rows.sort(key=lambda row: (row.stage.attended, -row.urgency, row.began_ns))
        oldest = next(iter(outbox.undelivered.values()), None)
        return PagingSnapshot(
            wall_ns=now_ns,
            incidents=tuple(rows),
            phases=self._agenda.phases(now_ns),
            phase_ends=self._agenda.ends(now_ns),
            resolved=tuple(filter(None, map(self._unrecovered, self._incidents.resolved))),
            silences=tuple(self._escalation.silences.active(now_ns)),
            notifications=dict(outbox.results),
            dead_letters=outbox.dead_letters,
            outbox_depth=len(outbox.undelivered),
            outbox_oldest_ns=oldest.composed_ns if oldest is not None else None,
            gateways=ailments(self._incidents, self._inventory.directory),
            lost=lost_contacts(self._outbox, self._inventory.directory, now_ns),
            tests=board.counts(self._queue),
        )

    def _unrecovered(self, closed: Incident) -> ResolvedIncident | None:
        """One that was closed while it was broken, and of which there is no other now."""
        if closed.recovered_ns is not None or self._incidents.about(*closed.key) is not None:
            return None
        return resolved_row(closed)

    def _briefs(self) -> Briefs:
        return Briefs(self._inventory, self._agenda, self._incidents, self._escalation.cases)

    def _answer(self, command: Answer, now_ns: int) -> Verdict:
        composed = self.message(command.message) if command.message is not None else None
        strangers: list[IncidentId] = []
        if composed is not None:  # an answer to a message is for what it lists and for nothing else
            listed = frozenset(composed.incidents)
            strangers = [name for name in command.incidents if name not in listed]
            command = replace(command, incidents=tuple(n for n in command.incidents if n in listed))
        answered = answer(command, self._escalation.cases, self._inventory.directory, now_ns)
        self._write(*answered.entries)
        refused = [(name, Refusal.UNKNOWN_INCIDENT) for name in strangers]
        return Verdict(
            entries=self._follow(now_ns) if answered.entries else (),
            refusals=(*refused, *answered.refusals),
            taken_by=tuple(answered.taken_by),
        )

    def _set_silence(self, command: SetSilence, now_ns: int) -> Verdict:
        silences = self._escalation.silences
        entry = set_silence(command, self._inventory, self._agenda, silences, now_ns)
        verdict = self._obey(entry, now_ns)
        return replace(verdict, created=entry.silence) if isinstance(entry, SilenceSet) else verdict

    def _order_event(self, command: OrderEvent, now_ns: int) -> Verdict:
        event = self._inventory.events.get(command.event)
        if event is None:
            return self._obey((command.event, Refusal.UNKNOWN_EVENT), now_ns)
        if self._agenda.phase(command.event, now_ns) is not Phase.LIVE:
            return self._obey((command.event, Refusal.EVENT_NOT_LIVE), now_ns)
        if not command.close:
            if command.ends_ns is None or command.ends_ns <= now_ns:
                return self._obey((command.event, Refusal.NO_END), now_ns)
            present_ns = end_ns(event, self._agenda.order(event.id))
            if command.ends_ns < event.ends_ns or command.ends_ns == present_ns:  # it would change nothing
                return Verdict(refusals=((command.event, Refusal.NOT_LATER),), ends_ns=present_ns)
        order = EventOrder(command.event, now_ns, command.actor, command.close, command.ends_ns)
        return self._obey(EventOrdered(at_ns=now_ns, order=order), now_ns)

    def _resolve(self, command: Resolve, now_ns: int) -> Verdict:
        names = tuple(dict.fromkeys(command.incidents))
        refusals = tuple(
            (name, Refusal.ALREADY_OVER if self._incidents.get(name) else Refusal.UNKNOWN_INCIDENT)
            for name in names
            if name not in self._incidents.open
        )
        entries = self._incidents.resolve(names, command.actor, command.note, now_ns)
        return Verdict(self._follow(now_ns) if self._share(entries, self._incidents) else (), refusals)

    def _throughput(self, command: AskThroughput | CancelThroughput, now_ns: int) -> Verdict:
        if isinstance(command, CancelThroughput):
            return self._cancel_tests(command, now_ns)
        asking = self._queue.ask(command, now_ns)
        taken = self._share(asking.entries, self._queue)
        entries = self._follow(now_ns) if taken else ()
        return Verdict(entries, asking.refusals, hindered=asking.hindered)

    def _cancel_tests(self, command: CancelThroughput, now_ns: int) -> Verdict:
        tests = tuple(dict.fromkeys(command.tests))
        cancelled = {test: self._queue.cancel(test, command.actor, now_ns) for test in tests}
        for entries in cancelled.values():
            self._share(entries or (), self._queue)
        return Verdict(
            entries=self._follow(now_ns),
            refusals=tuple((test, Refusal.UNKNOWN_TEST) for test in tests if cancelled[test] is None),
            stopping=tuple(test for test in tests if cancelled[test] == []),
        )

    def _obey(self, decided: AnyEntry | tuple[str, Refusal], now_ns: int) -> Verdict:
        """Write the entry of a command, or say why there is none."""
        if isinstance(decided, tuple):
            return Verdict(refusals=(decided,))
        self._write(decided)
        if isinstance(decided, EventOrdered):
            self._rearrange(now_ns)
        return Verdict(entries=self._follow(now_ns))

    def _rearrange(self, now_ns: int) -> None:
        """Let every room go by the inventory, the orders and the rosters of now."""
        self._agenda = Agenda(self._inventory, self._orders)
        self._share(self._incidents.adopt(self._inventory, self._agenda, now_ns), self._incidents)
        self._escalation.adopt(self._inventory, self._agenda, Oncall(self._inventory))
        self._outbox.adopt(self._inventory)
        self._queue.adopt(self._inventory, self._agenda)
        self._shortfalls.adopt(self._inventory, self._agenda)

    def _follow(self, now_ns: int) -> tuple[AnyEntry, ...]:
        """What was written, and what follows from it; while portions are under way `advance` sees to that."""
        return self._take() if self._undecided() else self._settle(now_ns)

    def _settle(self, now_ns: int) -> tuple[AnyEntry, ...]:
        """Let the rooms decide until none has anything to say to what the others said, or a portion is done.

        What was written. New faults wait until people are called for those before them.
        """
        self._settled = False
        later = self._escalation.unfinished or self._outbox.unfinished or self._outbox.ready
        rooms = self._rooms()[2:] if later else self._rooms()
        for _ in range(_ROUNDS):
            said = [self._share(room.advance(now_ns), self._author(room)) for room in rooms]
            said += [] if later else [self._judge_gateways(now_ns)]
            if self._undecided():
                return self._take()
            if not any(said):
                break
        self._settled = not later
        return self._take()

    def _judge_gateways(self, now_ns: int) -> bool:
        """Take in what attempts said of gateways; whether that is any news."""
        news = False
        for entries in judge_gateways(self._incidents, self._outbox, now_ns):
            news |= self._share(entries, self._incidents)
        return news

    def _undecided(self) -> bool:
        return any(room.unfinished for room in self._rooms())

    def _take(self) -> tuple[AnyEntry, ...]:
        written, self._written = self._written, []
        return tuple(written)

    def _share(self, entries: Sequence[AnyEntry], author: Room) -> bool:
        """Let the other rooms take in what one wrote; whether it was anything."""
        self._note(entries)
        others = [room for room in self._rooms() if room is not author]
        for entry in entries:
            for room in others:
                room.apply(entry)
        return bool(entries)

    def _write(self, *entries: AnyEntry) -> None:
        """Let every room take in what none of them wrote."""
        self._note(entries)
        for entry in entries:
            self._note_order(entry)
            for room in self._rooms():
                room.apply(entry)

    def _note(self, entries: Sequence[AnyEntry]) -> None:
        self._written += entries
        self._settled = self._settled and not entries

    def _note_order(self, entry: AnyEntry) -> None:
        """Keep the orders about events; they are of an instant, so they move with the clock."""
        if isinstance(entry, EventOrdered):
            self._orders.append(entry.order)
        elif isinstance(entry, ClockStepped):
            self._orders = [replace(order, at_ns=order.at_ns + entry.by_ns) for order in self._orders]

    def _author(self, room: Room) -> Room:
        """Whose entries they are that a room has for the log: what bandwidth comes to, incidents write."""
        return self._incidents if room is self._shortfalls else room

    def _rooms(self) -> tuple[Shortfalls, Incidents, Escalation, Outbox, Queue]:
        return self._shortfalls, self._incidents, self._escalation, self._outbox, self._queue
