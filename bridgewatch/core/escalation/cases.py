"""All cases: a fold over the log. Nothing else changes them."""

from collections.abc import Callable
from typing import Any, Final

from bridgewatch.core.escalation.case import Before, Case, Taken
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import (
    Acknowledged,
    AnyEntry,
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
    PutOff,
    RaisedAgain,
    Recovered,
    Stepped,
    Unreached,
    Weighed,
)
from bridgewatch.model.paging import ASKING, MessageKind, Why

_OF_THEIR_OWN: Final = frozenset({Why.GREW_WORSE, Why.DEAD_LETTER})  # calls that are of no step
_OF_ONE: Final = frozenset({Why.HELP_ASKED, Why.HANDED_BACK})  # steps that went because of one person
_SILENT_ENDS: Final = frozenset({Why.FOLDED, Why.TOO_SHORT})  # told in another way, or never told of


class Cases:
    """Cases by incident. `touched` are to be looked at, `cuts` recovered before they paged."""

    def __init__(self) -> None:
        self.by_incident: dict[IncidentId, Case] = {}
        self.touched: set[IncidentId] = set()
        self.cuts: list[IncidentId] = []
        self._handlers: dict[type, Callable[[Any], None]] = {
            Noticed: self._noticed,
            Grew: self._grew,
            Weighed: self._weighed,
            Opened: self._opened,
            Stepped: self._stepped,
            Hastened: self._hastened,
            PutOff: self._put_off,
            Called: self._called,
            Composed: self._composed,
            Unreached: self._unreached,
            DeadLetter: self._unreached,
            Acknowledged: self._acknowledged,
            HelpAsked: self._help_asked,
            Declined: self._declined,
            RaisedAgain: self._raised_again,
            Muted: self._muted,
            Informed: self._informed,
            Folded: self._folded,
            Recovered: self._recovered,
            Closed: self._closed,
            ClockStepped: self._clock_stepped,
        }

    def apply(self, entry: AnyEntry) -> None:
        """Take in one entry; those that are not for escalation pass."""
        handler = self._handlers.get(type(entry))
        if handler is not None:
            handler(entry)

    def touch_running(self) -> None:
        """Look at every case for which somebody may have to be called."""
        self.touched |= {case.incident for case in self.by_incident.values() if case.running}

    def root(self, incident: IncidentId) -> Case | None:
        """The case that answers to `incident` are for: its own, or that of what explains it."""
        case = self.by_incident.get(incident)
        seen = {incident}
        while case is not None and case.into is not None and case.into not in seen:
            seen.add(case.into)
            case = self.by_incident.get(case.into)
        return case

    def _of(self, incident: IncidentId) -> Case:
        self.touched.add(incident)
        case = self.by_incident.get(incident)
        if case is None:
            case = self.by_incident[incident] = Case(incident)
        return case

    def _noticed(self, entry: Noticed) -> None:
        self._of(entry.incident)

    def _weighed(self, entry: Weighed) -> None:
        self._of(entry.incident).urgency = entry.urgency

    def _grew(self, entry: Grew) -> None:
        case = self._of(entry.incident)
        if case.ended_ns is None or case.over:
            return
        case.ended_ns = None  # it relapsed
        case.owed.clear()
        if case.opened:
            case.taken = None
            case.start_over(Why.RELAPSED)

    def _opened(self, entry: Opened) -> None:
        case = self._of(entry.incident)
        case.opened, case.event = True, entry.event
        if case.taken is None:
            case.start_over(Why.FIRST_STEP)

    def _stepped(self, entry: Stepped) -> None:
        case = self._of(entry.incident)
        if entry.why is Why.HELP_ASKED:  # it may pass over steps where nobody is found
            for who, step in case.helped.items():
                case.helped[who] = entry.step if step == case.step else step
        before = case.before
        if before is None or entry.at_ns != case.stepped_ns or entry.why is not before.why:
            case.before = _before(case, entry.why)  # else the step before it found nobody
        case.step, case.policy = entry.step, entry.policy
        case.event = entry.event or case.event
        case.stepped_ns, case.next_ns = entry.at_ns, entry.next_ns
        case.hurry = case.helper = None
        case.round.clear()
        case.lost.clear()
        case.dead.clear()

    def _hastened(self, entry: Hastened) -> None:
        case = self._of(entry.incident)
        case.policy, case.next_ns = entry.policy, entry.next_ns

    def _put_off(self, entry: PutOff) -> None:
        case = self._of(entry.incident)
        case.policy, case.next_ns = entry.policy, entry.until_ns

    def _called(self, entry: Called) -> None:
        case = self._of(entry.incident)
        case.called[entry.contact] = entry
        case.before_call[entry.contact] = case.before if entry.why not in _OF_THEIR_OWN else None
        case.asked.pop(entry.contact, None)
        case.lost.discard(entry.contact)
        case.round.add(entry.contact)
        if entry.why is Why.DEAD_LETTER:
            case.dead.clear()
        if case.taken is not None:
            case.taken.told_ns, case.taken.urgency = entry.at_ns, case.urgency

    def _composed(self, entry: Composed) -> None:
        if entry.kind not in ASKING:
            return
        for incident in entry.incidents:
            case = self.by_incident.get(incident)
            if case is not None:
                case.asked[entry.contact] = entry.message

    def _unreached(self, entry: Unreached | DeadLetter) -> None:
        contact = entry.contact
        for incident in entry.incidents:
            case = self.by_incident.get(incident)
            # An older page says nothing about the present step.
            if case is None or contact not in case.round or case.asked.get(contact) != entry.message:
                continue
            self.touched.add(incident)
            case.lost.add(contact)
            if isinstance(entry, DeadLetter) and case.taken is None:
                case.dead.add(contact)

    def _acknowledged(self, entry: Acknowledged) -> None:
        case = self._of(entry.incident)
        case.taken = Taken(entry.actor, entry.contact, entry.at_ns, entry.at_ns, case.urgency)
        case.hurry = case.helper = None
        case.lost.clear()
        case.dead.clear()
        case.owe(MessageKind.TAKEN, Why.TAKEN, but=entry.contact)

    def _help_asked(self, entry: HelpAsked) -> None:
        case = self._of(entry.incident)
        self._go_on(case, Why.HELP_ASKED)
        case.helper = entry.contact
        case.mover = entry.contact or entry.actor
        case.helped[entry.contact or entry.actor] = case.step + 1

    def _declined(self, entry: Declined) -> None:
        case = self._of(entry.incident)
        case.declined.add(entry.contact)
        if case.taken is not None and case.taken.contact == entry.contact:
            self._go_on(case, Why.HANDED_BACK)
            case.mover = entry.contact

    def _raised_again(self, entry: RaisedAgain) -> None:
        self._go_on(self._of(entry.incident), entry.why)

    @staticmethod
    def _go_on(case: Case, why: Why) -> None:
        """Nobody has it, and the next step goes now."""
        case.taken = None
        case.hurry = why
        case.owed = {who: news for who, news in case.owed.items() if news.kind is not MessageKind.TAKEN}

    def _muted(self, entry: Muted) -> None:
        case = self._of(entry.incident)
        case.muted = entry.silence
        if entry.silence is None and case.taken is None:
            case.start_over(Why.MUTED_UNTIL_NOW)

    def _informed(self, entry: Informed) -> None:
        case = self._of(entry.incident)
        owed = case.owed.get(entry.contact)
        if owed is not None and owed.kind is entry.kind:
            del case.owed[entry.contact]

    def _folded(self, entry: Folded) -> None:
        case, root = self._of(entry.incident), self._of(entry.into)
        case.into = entry.into
        root.concerned.update(case.told)
        self._end(case, entry.at_ns)
        case.over = True
        case.owe(MessageKind.FOLDED, Why.FOLDED)

    def _recovered(self, entry: Recovered) -> None:
        case = self._of(entry.incident)
        if not case.opened:
            self.cuts.append(entry.incident)
        self._end(case, entry.at_ns)
        case.owe(MessageKind.RECOVERED, Why.RECOVERED)

    def _closed(self, entry: Closed) -> None:
        case = self._of(entry.incident)
        if case.ended_ns is None and entry.why not in _SILENT_ENDS:
            case.owe(MessageKind.RESOLVED, entry.why)
        self._end(case, entry.at_ns)
        case.over = True

    @staticmethod
    def _end(case: Case, at_ns: int) -> None:
        case.ended_ns = at_ns
        case.hurry = case.next_ns = None
        case.dead.clear()

    def _clock_stepped(self, entry: ClockStepped) -> None:
        for case in self.by_incident.values():
            case.shift(entry.by_ns)
        self.touched |= self.by_incident.keys()


def _before(case: Case, why: Why) -> Before:
    if why in _OF_ONE:
        return Before(why, (case.mover,) if case.mover is not None else (), len(case.called))
    return Before(why, tuple(who for who in case.called if who in case.declined), len(case.called))
