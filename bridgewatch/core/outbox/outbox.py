"""The outbox: composes what waits, hands out attempts, and keeps at each message until it is delivered.

State is the fold in `state`. What is in flight is known to nobody but this process: after a restart a message
without a result is handed out again under the same id, so that nothing is lost and a receiver can tell.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final, NamedTuple

from bridgewatch.core import portion
from bridgewatch.core.deadlines import Deadlines
from bridgewatch.core.naming import name
from bridgewatch.core.oncall.reach import usable
from bridgewatch.core.outbox.box import Departure
from bridgewatch.core.outbox.message import Message, Turn, pause_ns
from bridgewatch.core.outbox.state import Fold, OutboxState
from bridgewatch.model.delivery import Attempt, Result
from bridgewatch.model.ids import ContactId, EgressId, GatewayId, IncidentId, MessageId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry, Attempted, ClockStepped, Composed, DeadLetter, Unreached
from bridgewatch.model.paging import ASKING, Urgency
from bridgewatch.model.people import Channel

_SECOND_NS: Final = 1_000_000_000
_GRACE_NS: Final = 5 * _SECOND_NS  # for whoever carries out the attempt, beyond what a gateway may take
KEEP_NS: Final = 86_400 * _SECOND_NS  # how long incidents that are over, and their messages, can be looked up
_NO_ANSWER: Final = Result(delivered=False, detail="no answer in time")


class _Choice(NamedTuple):
    """A channel by its place among the contact's; `dark`: as `Attempted` has it."""

    channel: int
    dark: EgressId | None = None


@dataclass(slots=True)
class _Flight:
    """An attempt that was handed out."""

    attempt: Attempt
    choice: _Choice
    expires_ns: int


class Outbox:
    """Messages of all contacts. `apply` first, then `advance`, then `due`."""

    def __init__(self, inventory: Inventory) -> None:
        self._directory = inventory.directory
        self._fold = Fold()
        self._flights: dict[MessageId, _Flight] = {}
        self._ready: dict[MessageId, _Choice] = {}
        self._dark: frozenset[EgressId] = frozenset()  # as of the last turn
        self._heard: dict[GatewayId, None] = {}  # gateways of which something was booked, in that order
        self._written: list[AnyEntry] = []  # more than the present turn's only if that one failed
        self._boxes = Deadlines()
        self._tries = Deadlines()
        self._endings = Deadlines()

    @property
    def state(self) -> OutboxState:
        """The folded state, for readers and for comparison."""
        return self._fold.state

    def apply(self, entry: AnyEntry) -> None:
        """Take in one entry of the log."""
        self._fold.apply(entry)
        if isinstance(entry, ClockStepped):
            for flight in self._flights.values():
                flight.expires_ns += entry.by_ns

    def adopt(self, inventory: Inventory) -> None:
        """Go by another directory: channels, gateways and policies may be others."""
        self._directory = inventory.directory
        self._ready.clear()
        self._fold.touched_boxes.update(self.state.boxes)
        self._fold.touched_messages.update(self.state.undelivered)

    def advance(self, now_ns: int) -> list[AnyEntry]:
        """Compose what is to leave, give up what is dead, up to a portion; the rest gets ready for `due`."""
        boxes, messages = self._fold.touched_boxes, self._fold.touched_messages
        boxes |= {ContactId(box) for box in self._boxes.take(now_ns)}
        for contact in sorted(boxes, key=self._rank)[: portion.INCIDENTS]:
            try:
                self._written += self._empty(contact, now_ns)
            finally:  # one that cannot be composed does not stop the others: the next turn goes on after it
                boxes.discard(contact)
        messages |= {MessageId(message) for message in self._tries.take(now_ns)}
        if self._dark != (dark := self.state.ways.dark):
            self._dark = dark
            messages.update(self.state.undelivered)
        left = portion.INCIDENTS
        while messages and left > 0:
            chosen = sorted(messages)[:left]
            left -= len(chosen)
            for message in chosen:
                messages.discard(message)
                self._written += self._move_on(message, now_ns)
        self._forget(now_ns)
        written, self._written = self._written, []
        return written

    def heard(self) -> list[tuple[GatewayId, bool]]:
        """Gateways that take nothing any more (True), or took something (False), since the last call."""
        heard, self._heard = self._heard, {}
        failures, gateways = self.state.failures, self._directory.gateways
        failing = {
            name for name in heard if name in gateways and failures.failing(gateways[name], self._dark)
        }
        return [(name, name in failing) for name in heard if name in failing or failures.works(name)]

    @property
    def unfinished(self) -> bool:
        """Whether a whole portion is to be looked at, or more."""
        return max(len(self._fold.touched_boxes), len(self._fold.touched_messages)) >= portion.INCIDENTS

    @property
    def ready(self) -> bool:
        """Whether `due` has more to hand out."""
        return bool(self._ready)

    def due(self, now_ns: int) -> tuple[Attempt, ...]:
        """A portion of the attempts to make now, the most urgent first, each handed out once."""
        undelivered = self.state.undelivered
        ready = (undelivered[message] for message in self._ready if message in undelivered)
        chosen = nsmallest(portion.MESSAGES, ready, key=_by_urgency)
        return tuple(self._hand_out(message, now_ns) for message in chosen)

    def result(self, attempt: Attempt, result: Result, now_ns: int) -> list[AnyEntry]:
        """Book what became of an attempt. A failure that was booked before, for want of an answer, passes."""
        message = self.state.messages.get(attempt.message)
        if message is None:
            return []
        flight = self._flights.get(attempt.message)
        if flight is not None and flight.attempt.number == attempt.number:
            del self._flights[attempt.message]
            return [self._book(message, attempt, flight.choice, result, now_ns)]
        if result.delivered and not message.done:
            return [self._book(message, attempt, _Choice(self._place(message, attempt)), result, now_ns)]
        return []

    def next_deadline_ns(self) -> int | None:
        """When `advance` is to be called next; what is ready for `due` is not waited for."""
        instants = [deadlines.next_ns() for deadlines in (self._boxes, self._tries, self._endings)]
        return min((instant for instant in instants if instant is not None), default=None)

    def _rank(self, contact: ContactId) -> tuple[bool, ContactId]:
        """News of darkness first; then by name: a restart must not change which message is named first."""
        return not self.state.boxes[contact].dark, contact

    def _empty(self, contact: ContactId, now_ns: int) -> Iterator[AnyEntry]:
        """Compose what leaves a contact's box now."""
        box, policies = self.state.boxes[contact], self._directory.policies
        for departure in tuple(box.departures(policies, now_ns)):
            entry = self._compose(contact, departure, now_ns)
            self._fold.apply(entry)
            yield entry
        self._boxes.set(contact, box.next_ns(policies, now_ns))

    def _compose(self, contact: ContactId, departure: Departure, now_ns: int) -> Composed:
        def urgency(incident: IncidentId) -> Urgency:
            subject = self.state.subjects.get(incident)
            return subject.urgency if subject is not None else Urgency.NOTE

        incidents = tuple(sorted(departure.incidents, key=urgency, reverse=True))
        stamp_ns = max(now_ns, self.state.stamp_ns + 1)
        return Composed(
            at_ns=now_ns,
            message=MessageId(name("m", stamp_ns)),
            contact=contact,
            kind=departure.kind,
            incidents=incidents,
            urgency=urgency(incidents[0]),
        )

    def _move_on(self, name_of: MessageId, now_ns: int) -> Iterator[AnyEntry]:
        """Decide what is next for one message."""
        message = self.state.messages.get(name_of)
        flight = self._flights.get(name_of)
        self._ready.pop(name_of, None)
        if flight is not None and now_ns < flight.expires_ns:
            self._tries.set(name_of, flight.expires_ns)
            return
        self._tries.set(name_of, None)
        if flight is not None:
            del self._flights[name_of]
            if message is not None:
                yield self._book(message, flight.attempt, flight.choice, _NO_ANSWER, now_ns)
        if message is None or message.done:
            return
        channels = self._channels(message.contact)
        yield from self._despair(message, channels, now_ns)
        turn = message.turn(channels)
        if message.done or turn is None:
            return
        turn, dark = self._past_dark(message, channels, turn)
        if turn.at_ns <= now_ns:
            self._ready[name_of] = _Choice(turn.channel, dark)
        else:
            self._tries.set(name_of, turn.at_ns)

    def _past_dark(
        self, message: Message, channels: tuple[Channel, ...], turn: Turn
    ) -> tuple[Turn, EgressId | None]:
        """Another turn where this one needs an egress that is dark, if there is any, and that egress."""
        egresses = [self._directory.gateways[channel.gateway].egress for channel in channels]
        needed = egresses[turn.channel]
        if needed not in self._dark:
            return turn, None
        last = [place for place, egress in enumerate(egresses) if egress in self._dark]
        other = message.turn(channels, last)
        return (other, needed) if other is not None and other != turn else (turn, None)

    def _despair(self, message: Message, channels: tuple[Channel, ...], now_ns: int) -> Iterator[AnyEntry]:
        """Say that every channel failed once, and that none is tried any more."""
        if not message.failed_by_all(channels):
            return
        despairs: list[type[Unreached | DeadLetter]] = [] if message.unreached else [Unreached]
        turn = message.turn(channels)
        if turn is None or turn.at_ns > message.give_up_ns:
            despairs.append(DeadLetter)
        for despair in despairs:
            entry = despair(
                at_ns=now_ns,
                message=message.id,
                contact=message.contact,
                incidents=message.composed.incidents,
            )
            self._fold.apply(entry)
            yield entry

    def _book(
        self, message: Message, attempt: Attempt, choice: _Choice, result: Result, now_ns: int
    ) -> Attempted:
        retry_ns = None
        if not (result.delivered or result.permanent):
            failures = message.failures(choice.channel, attempt.gateway) + 1
            retry_ns = now_ns + pause_ns(message.id, attempt.number, failures)
        entry = Attempted(
            at_ns=now_ns,
            message=message.id,
            gateway=attempt.gateway,
            attempt=attempt.number,
            delivered=result.delivered,
            permanent=result.permanent and not result.delivered,
            detail=result.detail,
            retry_ns=retry_ns,
            channel=choice.channel,
            dark=choice.dark,
            crowded=result.crowded,
            lapse=result.lapse,
        )
        self._fold.apply(entry)
        self._heard[entry.gateway] = None
        return entry

    def _hand_out(self, message: Message, now_ns: int) -> Attempt:
        choice = self._ready.pop(message.id)
        channel = self._channels(message.contact)[choice.channel]
        attempt = Attempt(
            message=message.id,
            number=message.attempts + 1,
            kind=message.kind,
            contact=message.contact,
            gateway=channel.gateway,
            address=channel.address,
            incidents=message.composed.incidents,
            urgency=message.urgency,
        )
        timeout_ns = round(self._directory.gateways[channel.gateway].timeout * _SECOND_NS)
        # It may wait as long for a place at the gateway as it may take then: sooner, it might go twice.
        expires_ns = now_ns + 2 * timeout_ns + _GRACE_NS
        self._flights[message.id] = _Flight(attempt, choice, expires_ns)
        self._tries.set(message.id, expires_ns)
        return attempt

    def _channels(self, contact: ContactId) -> tuple[Channel, ...]:
        return usable(self._directory.contacts.get(contact), self._directory)

    def _place(self, message: Message, attempt: Attempt) -> int:
        channels = self._channels(message.contact)
        wanted = Channel(attempt.gateway, attempt.address)
        return channels.index(wanted) if wanted in channels else 0

    def _forget(self, now_ns: int) -> None:
        for incident in self._endings.take(now_ns):
            self._fold.forget(IncidentId(incident))
        for incident_id in self._fold.touched_subjects:
            subject = self.state.subjects.get(incident_id)
            ended_ns = subject.ended_ns if subject is not None else None
            self._endings.set(incident_id, None if ended_ns is None else ended_ns + KEEP_NS)
        self._fold.touched_subjects.clear()


def _by_urgency(message: Message) -> tuple[bool, int, int, MessageId]:
    """Questions before news, then the more urgent, then the older."""
    return message.kind not in ASKING, -message.urgency, message.composed_ns, message.id
