"""What the log must say whatever happened, as plain rules over its entries, and beside what gateways took.

A fold of its own, for one policy and without the product's rooms: what was called is told, what is told was
called, steps follow one by one and when they are due, what somebody has is left alone, and nothing that a
process knew is forgotten by the next.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from bridgewatch.model.ids import ContactId, IncidentId, MessageId
from bridgewatch.model.log import (
    Acknowledged,
    AnyEntry,
    Attempted,
    Called,
    Closed,
    Composed,
    DeadLetter,
    Declined,
    Folded,
    Grew,
    Hastened,
    HelpAsked,
    IncidentEntry,
    Muted,
    Noticed,
    Opened,
    RaisedAgain,
    Recovered,
    Stepped,
    Unreached,
)
from bridgewatch.model.paging import ASKING, Audience, FaultKind, MessageKind, Why
from tests.chaos.daemon import Life
from tests.chaos.province import LEAD_AFTER, RAISE_AGAIN, REPEAT
from tests.chaos.receivers import Letter

_NS: Final = 1_000_000_000
_BY_TIME: Final = frozenset({Why.NO_ANSWER, Why.REPEATED})
_ON_THE_WAY_NS: Final = _NS // 2  # what left before a kill may be read by its gateway so much later


@dataclass
class Page:
    """A message, of which of its incidents it is still true, and what became of it."""

    kind: MessageKind
    contact: ContactId
    incidents: tuple[IncidentId, ...]
    live: set[IncidentId]
    composed_ns: int
    attempts: int = 0
    delivered: bool = False
    gateway: str = ""  # the last that was tried
    dead: bool = False


@dataclass
class Case:
    """One incident. `waiting`: since when somebody who was called waits to be told."""

    noticed: Noticed
    opened: bool = False
    ended: bool = False  # all is well
    over: bool = False  # folded or closed
    taken: str | None = None
    told_ns: int = 0  # when who has it was told last
    muted: bool = False
    step: int = -1
    due_ns: int | None = None
    hurry: Why | None = None
    stirred_ns: int = 0  # when something happened that may bring the next step
    given_up: bool = False  # by somebody of this step
    in_vain: tuple[int, Why] | None = None  # when and why it stepped, if that found nobody but the catch-all
    round: set[ContactId] = field(default_factory=set)
    waiting: dict[ContactId, int] = field(default_factory=dict)
    told: dict[ContactId, None] = field(default_factory=dict)
    former: set[MessageId] = field(default_factory=set)  # about it, before it fell again

    def start_over(self, why: Why, at_ns: int) -> None:
        """The first step is next, and goes now."""
        self.step, self.due_ns, self.hurry, self.stirred_ns = -1, None, why, at_ns


class Judge:
    """Reads a log from its beginning. AssertionError for what must not be."""

    def __init__(self, lives: Sequence[Life] = ()) -> None:
        self._lives = lives
        self.cases: dict[IncidentId, Case] = {}
        self.pages: dict[MessageId, Page] = {}
        self.counts: Counter[str] = Counter()
        self.latest_step_ns = 0  # how much later than it might a step went, at most
        self._about: defaultdict[IncidentId, set[MessageId]] = defaultdict(set)
        self._rules: dict[type, Callable[[Any], None]] = {
            Noticed: self._noticed,
            Grew: self._grew,
            Opened: self._opened,
            Recovered: self._recovered,
            Closed: self._over,
            Folded: self._over,
            Stepped: self._stepped,
            Hastened: self._hastened,
            Called: self._called,
            Acknowledged: self._acknowledged,
            HelpAsked: self._help_asked,
            Declined: self._declined,
            RaisedAgain: self._raised_again,
            Muted: self._muted,
            Composed: self._composed,
            Attempted: self._attempted,
            Unreached: self._unreached,
            DeadLetter: self._unreached,
        }

    def read(self, entries: Iterable[AnyEntry]) -> "Judge":
        """Take in entries in their order."""
        for entry in entries:
            self.counts[type(entry).__name__] += 1
            rule = self._rules.get(type(entry))
            if rule is not None:
                rule(entry)
        return self

    @property
    def restless(self) -> list[str]:
        """What is not settled yet: somebody waits to be told, or something is broken."""
        found = [f"{name} is broken" for name, case in self.cases.items() if not case.ended]
        found += [f"{who} waits for {name}" for name, case in self.cases.items() for who in case.waiting]
        found += [f"{name} is on its way" for name, page in self.pages.items() if self._under_way(page)]
        found += [f"{who} is not told that {name} is over" for name, who in self._untold()]
        return found

    @staticmethod
    def _under_way(page: Page) -> bool:
        return bool(page.live) and not (page.delivered or page.dead)

    def _untold(self) -> Iterable[tuple[IncidentId, ContactId]]:
        """For whom there was a page, and who never heard the end of it."""
        for name, case in self.cases.items():
            if not case.ended:
                continue
            ends = (MessageKind.RECOVERED, MessageKind.RESOLVED, MessageKind.FOLDED)
            heard = {
                self.pages[message].contact
                for message in self._about[name] - case.former
                if self.pages[message].kind in ends and self.pages[message].delivered
            }
            yield from ((name, who) for who in case.told if who not in heard)

    def check_letters(self, letters: Sequence[Letter], kills_ns: Sequence[int], but: str = "") -> int:
        """Hold the log against what gateways `but` one took; how many were repetitions."""
        by_message: defaultdict[str, list[int]] = defaultdict(list)
        for letter in letters:
            by_message[letter.message].append(letter.wall_ns)
        for message, page in self.pages.items():
            taken = message in by_message or page.gateway == but
            assert taken or not page.delivered, f"{message} was never taken by any gateway"
        unknown = by_message.keys() - self.pages.keys()
        assert not unknown, f"left the house before they were known: {unknown}"
        for name, taken_ns in by_message.items():
            _explain_repetitions(name, sorted(taken_ns), kills_ns)
        return len(letters) - len(by_message)

    def _of(self, entry: IncidentEntry) -> Case:
        case = self.cases[entry.incident]
        assert not case.over or isinstance(entry, Closed), f"{entry} after its end"
        return case

    def _noticed(self, entry: Noticed) -> None:
        key = entry.kind, entry.subject
        for name, case in self.cases.items():
            again = (case.noticed.kind, case.noticed.subject) == key
            assert case.over or not again, f"{entry.subject} was {name} already"
            assert case.over or case.noticed.code != entry.code
        assert entry.incident not in self.cases
        self.cases[entry.incident] = Case(entry)

    def _grew(self, entry: Grew) -> None:
        case = self._of(entry)
        if case.ended:
            case.ended, case.taken = False, None
            case.start_over(Why.RELAPSED, entry.at_ns)
            case.former = set(self._about[entry.incident])

    def _opened(self, entry: Opened) -> None:
        case = self._of(entry)
        assert not case.opened
        case.opened = True
        case.start_over(Why.FIRST_STEP, entry.at_ns)

    def _recovered(self, entry: Recovered) -> None:
        case = self._of(entry)
        assert not case.ended
        case.ended = True
        self._take_back(entry.incident, ASKING | {MessageKind.TAKEN})

    def _over(self, entry: Closed | Folded) -> None:
        case = self._of(entry)
        case.ended = case.over = True
        self._take_back(entry.incident, ASKING | {MessageKind.TAKEN})

    def _stepped(self, entry: Stepped) -> None:
        case = self._of(entry)
        assert case.opened, entry
        let_alone = case.ended or case.muted or case.taken
        assert not let_alone, f"{entry}, but {case}"
        assert entry.step == case.step + 1, f"{entry} after step {case.step}"
        if entry.why in _BY_TIME and (entry.at_ns, entry.why) != case.in_vain:
            assert case.due_ns is not None
            assert entry.at_ns >= case.due_ns, f"{entry} too early"
            self._note_lateness(case.due_ns, entry)
        elif (entry.at_ns, entry.why) != case.in_vain:
            given_up = case.given_up and entry.why in (Why.UNREACHED, Why.ALL_DECLINED)
            assert given_up or entry.why is case.hurry, f"{entry}: why? {case}"
            self._note_lateness(case.stirred_ns, entry)
        second = entry.step == 0 and case.noticed.audience is Audience.CARRIER
        assert entry.next_ns - entry.at_ns == (LEAD_AFTER if second else REPEAT) * _NS, entry
        case.step, case.due_ns, case.hurry, case.given_up = entry.step, entry.next_ns, None, False
        case.in_vain = entry.at_ns, entry.why
        case.round.clear()

    def _note_lateness(self, from_ns: int, entry: Stepped) -> None:
        """Nothing is decided while no daemon runs."""
        ready = (life.ready_ns for life in self._lives if life.ready_ns is not None)
        from_ns = max([from_ns, *(ready_ns for ready_ns in ready if ready_ns <= entry.at_ns)])
        self.latest_step_ns = max(self.latest_step_ns, entry.at_ns - from_ns)

    def _hastened(self, entry: Hastened) -> None:
        case = self._of(entry)
        assert case.due_ns is not None
        assert entry.next_ns < case.due_ns
        case.due_ns = entry.next_ns

    def _called(self, entry: Called) -> None:
        case = self._of(entry)
        if entry.why is Why.GREW_WORSE:
            case.told_ns = entry.at_ns
        else:
            assert case.taken is None, f"{entry}, though {case.taken} has it"
            assert entry.contact not in case.round or entry.why is Why.DEAD_LETTER, f"{entry} twice"
        if entry.why not in {Why.CATCH_ALL, Why.CALLED_IN_VAIN, Why.ALL_DECLINED}:
            case.in_vain = None
        case.round.add(entry.contact)
        case.waiting.setdefault(entry.contact, entry.at_ns)

    def _acknowledged(self, entry: Acknowledged) -> None:
        case = self._of(entry)
        assert case.taken is None
        assert not case.ended
        case.taken, case.told_ns, case.hurry = entry.contact or entry.actor, entry.at_ns, None
        self._take_back(entry.incident, ASKING)

    def _help_asked(self, entry: HelpAsked) -> None:
        self._go_on(entry, Why.HELP_ASKED)

    def _declined(self, entry: Declined) -> None:
        case = self._of(entry)
        self._take_back(entry.incident, ASKING, entry.contact)
        case.given_up, case.stirred_ns = True, entry.at_ns
        if case.taken == entry.contact:
            self._go_on(entry, Why.HANDED_BACK)

    def _raised_again(self, entry: RaisedAgain) -> None:
        case = self._of(entry)
        assert case.taken is not None
        assert entry.why is Why.GREW_WORSE or entry.at_ns >= case.told_ns + RAISE_AGAIN * _NS
        self._go_on(entry, entry.why)

    def _go_on(self, entry: IncidentEntry, why: Why) -> None:
        case = self._of(entry)
        case.taken, case.hurry, case.stirred_ns = None, why, entry.at_ns
        self._take_back(entry.incident, frozenset({MessageKind.TAKEN}))

    def _muted(self, entry: Muted) -> None:
        case = self._of(entry)
        case.muted = entry.silence is not None
        if case.muted:
            case.waiting.clear()
        elif case.taken is None:
            case.start_over(Why.MUTED_UNTIL_NOW, entry.at_ns)

    def _composed(self, entry: Composed) -> None:
        assert entry.message not in self.pages
        self.pages[entry.message] = Page(
            entry.kind, entry.contact, entry.incidents, set(entry.incidents), entry.at_ns
        )
        for incident in entry.incidents:
            self._about[incident].add(entry.message)
            if entry.kind in ASKING:
                case = self.cases[incident]
                assert entry.contact in case.waiting, f"{entry}: nobody called for {incident}"
                del case.waiting[entry.contact]
                case.told[entry.contact] = None

    def _attempted(self, entry: Attempted) -> None:
        page = self.pages[entry.message]
        assert entry.attempt == page.attempts + 1, f"{entry} after attempt {page.attempts}"
        assert not page.delivered, f"{entry}, though it was delivered"
        page.attempts, page.delivered, page.gateway = entry.attempt, entry.delivered, entry.gateway

    def _unreached(self, entry: Unreached | DeadLetter) -> None:
        page = self.pages[entry.message]
        page.dead = page.dead or isinstance(entry, DeadLetter)
        for incident in entry.incidents:
            case = self.cases[incident]
            case.given_up, case.stirred_ns = True, max(case.stirred_ns, entry.at_ns)

    def _take_back(
        self, incident: IncidentId, kinds: frozenset[MessageKind], contact: ContactId | None = None
    ) -> None:
        """What is on its way is true no more, and nobody waits to be told."""
        if kinds & ASKING:
            waiting = self.cases[incident].waiting
            for who in [contact] if contact is not None else [*waiting]:
                waiting.pop(who, None)
        for message in self._about[incident]:
            page = self.pages[message]
            if page.kind in kinds and contact in (None, page.contact):
                page.live.discard(incident)

    def incidents_of(self, message: str) -> set[IncidentId]:
        """What a message is about."""
        return set(self.pages[MessageId(message)].incidents)

    def is_over_or_taken(self, incident: IncidentId) -> bool:
        """Whether nobody need answer it."""
        case = self.cases[incident]
        return case.ended or case.taken is not None

    def broken(self, kind: FaultKind = FaultKind.LINK) -> dict[IncidentId, Case]:
        """Those of which something is broken."""
        return {
            name: case for name, case in self.cases.items() if not case.ended and case.noticed.kind is kind
        }


def _explain_repetitions(message: str, taken_ns: Sequence[int], kills_ns: Sequence[int]) -> None:
    """Between two times that a message was taken the daemon was killed: each kill repeats it once at most."""
    kills = sorted(kills_ns)
    for former_ns, again_ns in pairwise(taken_ns):
        kills = [kill for kill in kills if kill >= former_ns - _ON_THE_WAY_NS]
        assert kills, f"{message} left twice without a kill"
        assert kills.pop(0) <= again_ns, f"{message} left twice without a kill"
