"""The state of the outbox: a fold over the log. Nothing else changes it.

What made a message untrue takes it back: a page once somebody has the incident or it is over, "X has it"
once X has not, a recovery once it relapsed. A message stays answerable as long as its incidents are kept.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bridgewatch.core.outbox.box import Box, Waiting
from bridgewatch.core.outbox.failures import Failures
from bridgewatch.core.outbox.message import Message
from bridgewatch.core.outbox.subject import Subject
from bridgewatch.core.outbox.ways import Ways
from bridgewatch.model.ids import ContactId, GatewayId, IncidentId, MessageId
from bridgewatch.model.log import (
    Acknowledged,
    AnyEntry,
    Attempted,
    Called,
    ClockStepped,
    Closed,
    Composed,
    DeadLetter,
    Declined,
    Folded,
    Grew,
    Hastened,
    HelpAsked,
    Informed,
    Muted,
    Noticed,
    Opened,
    RaisedAgain,
    Recovered,
    Stepped,
    Unreached,
    Weighed,
)
from bridgewatch.model.paging import ASKING, Delivery, MessageKind, Urgency
from bridgewatch.model.snapshot import LostContact

_TAKEN: Final = frozenset({MessageKind.TAKEN})
_OVER: Final = frozenset({MessageKind.RECOVERED, MessageKind.RESOLVED, MessageKind.FOLDED})


@dataclass(slots=True)
class OutboxState:
    """Contacts' boxes, messages, and the incidents they are about.

    `undelivered` are those of `messages` that are not done, the oldest first. `stamp_ns` is the instant in
    the last message's name. `results` counts attempts by gateway and outcome. `ways` are our own ways out.
    `lost` are the contacts whom a message could not reach and none has reached since.
    """

    boxes: dict[ContactId, Box] = field(default_factory=dict)
    messages: dict[MessageId, Message] = field(default_factory=dict)
    undelivered: dict[MessageId, Message] = field(default_factory=dict)
    subjects: dict[IncidentId, Subject] = field(default_factory=dict)
    stamp_ns: int = 0
    results: Counter[tuple[GatewayId, Delivery]] = field(default_factory=Counter)
    ways: Ways = field(default_factory=Ways)
    failures: Failures = field(default_factory=Failures)
    dead_letters: int = 0
    lost: dict[ContactId, LostContact] = field(default_factory=dict)


class Fold:
    """Applies entries to a state and notes what they touched: whose time has to be told anew."""

    def __init__(self) -> None:
        self.state = OutboxState()
        self.touched_boxes: set[ContactId] = set()
        self.touched_messages: set[MessageId] = set()
        self.touched_subjects: set[IncidentId] = set()
        self._handlers: dict[type, Callable[[Any], None]] = {
            Noticed: self.state.ways.noticed,
            Grew: self.state.ways.grew,
            Opened: self._opened,
            Weighed: self._weighed,
            Stepped: self._paced,
            Hastened: self._paced,
            Called: self._called,
            Informed: self._informed,
            Acknowledged: self._acknowledged,
            HelpAsked: self._going_on,
            RaisedAgain: self._going_on,
            Declined: self._declined,
            Muted: self._muted,
            Recovered: self._recovered,
            Closed: self._closed,
            Folded: self._folded,
            Composed: self._composed,
            Attempted: self._attempted,
            Unreached: self._unreached,
            DeadLetter: self._dead_letter,
            ClockStepped: self._clock_stepped,
        }

    def apply(self, entry: AnyEntry) -> None:
        """Take in one entry; those that are not for the outbox pass."""
        handler = self._handlers.get(type(entry))
        if handler is not None:
            handler(entry)

    def box(self, contact: ContactId) -> Box:
        """A contact's box."""
        self.touched_boxes.add(contact)
        return self.state.boxes.setdefault(contact, Box())

    def subject(self, incident: IncidentId) -> Subject:
        """What is known of an incident."""
        known = self.state.subjects.get(incident)
        if known is None:
            known = self.state.subjects[incident] = Subject(incident)
        return known

    def forget(self, incident: IncidentId) -> None:
        """Let go of an incident that is over, and of the messages that name no other."""
        subject = self.state.subjects.pop(incident, None)
        for name in subject.messages if subject is not None else ():
            message = self.state.messages[name]
            message.kept_for -= 1
            self._release(message)

    def _release(self, message: Message) -> None:
        if message.done and not message.kept_for:
            self.state.messages.pop(message.id, None)

    def _opened(self, entry: Opened) -> None:
        subject = self.subject(entry.incident)
        subject.policy, subject.ended_ns = entry.policy, None
        subject.told = dict.fromkeys(subject.told, Urgency.NOTE)
        self._take_back(subject, _OVER | _TAKEN)

    def _weighed(self, entry: Weighed) -> None:
        subject = self.subject(entry.incident)
        subject.urgency = entry.urgency
        for contact in subject.waiting:
            box = self.box(contact)
            if entry.incident in box.asks.waiting and subject.news_of_dark(contact):
                box.dark.add(entry.incident)

    def _paced(self, entry: Stepped | Hastened) -> None:
        subject = self.subject(entry.incident)
        subject.policy = entry.policy
        for contact in subject.waiting:
            asks = self.box(contact).asks
            if (waiting := asks.waiting.get(entry.incident)) is not None:
                asks.put(entry.incident, Waiting(waiting.kind, waiting.since_ns, entry.policy))

    def _called(self, entry: Called) -> None:
        subject, box = self.subject(entry.incident), self.box(entry.contact)
        subject.waiting.add(entry.contact)
        box.asks.put(entry.incident, Waiting(MessageKind.PAGE, entry.at_ns, subject.policy))
        if subject.news_of_dark(entry.contact):
            box.dark.add(entry.incident)

    def _informed(self, entry: Informed) -> None:
        waiting = Waiting(entry.kind, entry.at_ns, entry.policy)
        if entry.kind is MessageKind.NOTES:
            self.box(entry.contact).notes.put(entry.incident, waiting)
            return
        subject = self.subject(entry.incident)
        if entry.contact in subject.told:  # who heard nothing of it need not hear what became of it
            subject.waiting.add(entry.contact)
            self.box(entry.contact).informs.put(entry.incident, waiting)

    def _acknowledged(self, entry: Acknowledged) -> None:
        self._take_back(self.subject(entry.incident), ASKING)

    def _going_on(self, entry: HelpAsked | RaisedAgain) -> None:
        self._take_back(self.subject(entry.incident), _TAKEN)

    def _declined(self, entry: Declined) -> None:
        self._take_back(self.subject(entry.incident), ASKING, entry.contact)

    def _muted(self, entry: Muted) -> None:
        if entry.silence is not None:
            self._empty(self.subject(entry.incident), ASKING, None)

    def _recovered(self, entry: Recovered) -> None:
        way = self.state.ways.by_incident.get(entry.incident)
        if way is not None:
            self.state.failures.lights_up(way.egress)
        self.state.ways.recovered(entry)
        self._take_back(self.subject(entry.incident), ASKING | _TAKEN)

    def _closed(self, entry: Closed) -> None:
        self.state.ways.closed(entry)
        self._end(self.subject(entry.incident), entry.at_ns)

    def _folded(self, entry: Folded) -> None:
        subject, root = self.subject(entry.incident), self.subject(entry.into)
        for contact in subject.told:  # what becomes of the root concerns them too
            root.told.setdefault(contact, subject.told[contact])
        self._end(subject, entry.at_ns)

    def _end(self, subject: Subject, at_ns: int) -> None:
        subject.ended_ns = at_ns
        self.touched_subjects.add(subject.id)
        self._take_back(subject, ASKING | _TAKEN)

    def _composed(self, entry: Composed) -> None:
        state = self.state
        state.stamp_ns = max(entry.at_ns, state.stamp_ns + 1)
        message = Message(entry, entry.at_ns, set(entry.incidents))
        state.messages[entry.message] = state.undelivered[entry.message] = message
        self.touched_messages.add(entry.message)
        self.box(entry.contact).left(entry.kind, entry.incidents, entry.at_ns)
        if entry.kind is MessageKind.NOTES:
            return
        message.kept_for = len(entry.incidents)
        for incident in entry.incidents:
            subject = self.subject(incident)
            subject.messages.add(entry.message)
            self._waits_no_more(subject, entry.contact)
            if entry.kind in ASKING:
                subject.told[entry.contact] = subject.urgency

    def _attempted(self, entry: Attempted) -> None:
        if not entry.crowded:
            outcome = Delivery.REFUSED if entry.permanent else Delivery.FAILED
            self.state.results[entry.gateway, Delivery.DELIVERED if entry.delivered else outcome] += 1
        self.state.failures.attempted(entry)
        message = self.state.messages.get(entry.message)
        if message is not None:
            if entry.delivered:
                self.state.lost.pop(message.contact, None)
            message.book(entry)
            self._settle(message)

    def _unreached(self, entry: Unreached) -> None:
        message = self.state.messages.get(entry.message)
        if message is not None:
            message.unreached = True
            self._settle(message)

    def _dead_letter(self, entry: DeadLetter) -> None:
        self.state.dead_letters += 1
        before = self.state.lost.get(entry.contact)
        messages = before.messages + 1 if before is not None else 1
        self.state.lost[entry.contact] = LostContact(entry.contact, entry.at_ns, messages)
        message = self.state.messages.get(entry.message)
        if message is not None:
            message.done = True
            self._settle(message)

    def _clock_stepped(self, entry: ClockStepped) -> None:
        for contact, box in self.state.boxes.items():
            box.shift(entry.by_ns)
            self.touched_boxes.add(contact)
        for message in self.state.undelivered.values():
            message.shift(entry.by_ns)
            self.touched_messages.add(message.id)
        for subject in self.state.subjects.values():
            if subject.ended_ns is not None:
                subject.ended_ns += entry.by_ns
                self.touched_subjects.add(subject.id)

    def _take_back(
        self, subject: Subject, kinds: frozenset[MessageKind], contact: ContactId | None = None
    ) -> None:
        """Messages of these kinds about the incident, to `contact` or to all, are true no more."""
        self._empty(subject, kinds, contact)
        for name in subject.messages:
            message = self.state.messages[name]
            if not message.done and message.kind in kinds and contact in (None, message.contact):
                message.live.discard(subject.id)
                message.done = not message.live
                self._settle(message)

    def _empty(self, subject: Subject, kinds: frozenset[MessageKind], contact: ContactId | None) -> None:
        """Nothing of these kinds waits any more."""
        for each in sorted(subject.waiting) if contact is None else (contact,):
            box = self.box(each)
            for queue in (box.asks, box.informs):
                waiting = queue.waiting.get(subject.id)
                if waiting is not None and waiting.kind in kinds:
                    queue.take(subject.id)
            if subject.id not in box.asks.waiting:
                box.dark.discard(subject.id)
            self._waits_no_more(subject, each)

    def _waits_no_more(self, subject: Subject, contact: ContactId) -> None:
        box = self.box(contact)
        if subject.id not in box.asks.waiting and subject.id not in box.informs.waiting:
            subject.waiting.discard(contact)

    def _settle(self, message: Message) -> None:
        self.touched_messages.add(message.id)
        if message.done:
            self.state.undelivered.pop(message.id, None)
        self._release(message)
