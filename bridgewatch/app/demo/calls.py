"""Holds what people were told against the script: one page a fault, the right people in the right order.

What arrived is what the phones say; which incident it was about, and who has it, is what the daemon says.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bridgewatch.app.demo.cast import ESCALATE_AFTER
from bridgewatch.app.demo.phones import Answer, Letter, Phones
from bridgewatch.app.demo.script import Act, Paged, Script
from bridgewatch.model.ids import ContactId, IncidentId
from bridgewatch.model.paging import MessageKind
from bridgewatch.model.snapshot import OpenIncident

_NS: Final = 1e9
_SLACK: Final = 1.0  # seconds that a page may be under way


@dataclass(slots=True)
class Told:
    """What people heard of one act. `links`: the most that its incident listed."""

    act: Act
    paged: Paged
    incidents: list[IncidentId] = field(default_factory=list)
    links: int = 0
    taken_by: str | None = None
    letters: list[Letter] = field(default_factory=list)
    answer: Answer | None = None

    def of(self, *kinds: MessageKind) -> list[Letter]:
        """The letters of these kinds."""
        return [letter for letter in self.letters if letter.kind in kinds]

    @property
    def pages(self) -> list[Letter]:
        """Those that asked for an answer, in the order they came."""
        return [letter for letter in self.letters if letter.asks]

    @property
    def steps(self) -> list[list[Letter]]:
        """The pages by step of the policy; nobody is of two steps."""
        by_step = ([page for page in self.pages if page.contact in step] for step in self.paged.steps)
        return [pages for pages in by_step if pages]


class Calls:
    """Follows what people were told in one performance that began at `start_wall_ns`."""

    def __init__(self, script: Script, start_wall_ns: int, phones: Phones) -> None:
        self._start_wall_ns = start_wall_ns
        self.phones: Final = phones
        self.told: Final = {act.key: Told(act, act.paged) for act in script.acts if act.paged is not None}

    def at(self, wall_ns: int) -> float:
        """Seconds of the script."""
        return (wall_ns - self._start_wall_ns) / _NS

    def look(self, incidents: Iterable[OpenIncident]) -> None:
        """Take in how incidents stand, and what has arrived."""
        for incident in incidents:
            told = self._of(incident)
            if told is None:
                continue
            if incident.id not in told.incidents:
                told.incidents.append(incident.id)
            told.links = max(told.links, incident.links)
            told.taken_by = incident.taken_by or told.taken_by
        for told in self.told.values():
            mine = set(told.incidents)
            told.letters = [one for one in self.phones.letters if not mine.isdisjoint(one.incidents)]
            answers = (self.phones.answers.get(incident) for incident in told.incidents)
            told.answer = next((answer for answer in answers if answer is not None), None)

    def _of(self, incident: OpenIncident) -> Told | None:
        return next(
            (
                told
                for told in self.told.values()
                if (told.paged.kind, told.paged.subject) == (incident.kind, incident.subject)
            ),
            None,
        )

    @property
    def false_pages(self) -> list[Letter]:
        """Pages about what the script does not page for, or what something else explains."""
        known = {incident for told in self.told.values() for incident in told.incidents}
        return [one for one in self.phones.letters if one.asks and not known.issuperset(one.incidents)]

    def failures(self) -> list[str]:
        """What bridgewatch owes people, in words; nothing when it told all it should and no more."""
        owed = [f"{key}: {why}" for key, told in self.told.items() for why in self.owed(told)]
        owed += [f"false page: {page.contact}: {page.title}" for page in self.false_pages]
        repeated = Counter(letter.id for letter in self.phones.letters)
        return owed + [f"{times} times: {message}" for message, times in repeated.items() if times > 1]

    def owed(self, told: Told) -> Iterable[str]:
        """What is wrong with what people were told of one act."""
        if len(told.incidents) != 1:
            yield f"{len(told.incidents)} incidents of one fault"
        if told.links != len(told.act.links):
            yield f"its incident lists {told.links} of {len(told.act.links)} links"
        if not told.pages:
            yield "nobody was paged"
            return
        yield from _wrong_people(told)
        yield from self._wrong_times(told)
        paged = {page.contact for page in told.pages}
        answerer = told.answer.contact if told.answer is not None else None
        yield from _differs("told who has it", told.of(MessageKind.TAKEN), paged - {answerer})
        yield from _differs("told of the recovery", told.of(MessageKind.RECOVERED), paged)

    def _wrong_times(self, told: Told) -> Iterable[str]:
        """Nobody is called once somebody has it, and no step waits longer than the policy says."""
        if told.answer is None or told.taken_by is None:
            yield "nobody acknowledged it"
            return
        answered_ns, first_ns = told.answer.at_ns, told.pages[0].at_ns
        if self.at(answered_ns) >= told.act.end:
            yield "acknowledged too late"
        if (told.pages[-1].at_ns - answered_ns) / _NS > _SLACK:
            yield "paged on after somebody had it"
        if len(told.steps) == 1 and (answered_ns - first_ns) / _NS > ESCALATE_AFTER + _SLACK:
            yield "nobody answered, and nobody else was called"


def _wrong_people(told: Told) -> Iterable[str]:
    """Steps come one after the other, each whole, and everybody is called once."""
    called = [page.contact for page in told.pages]
    expected: list[ContactId] = []
    for step in told.paged.steps[: len(told.steps)]:
        expected += sorted(step, key=lambda contact: called.index(contact) if contact in called else -1)
    if called != expected:
        yield f"called {', '.join(called)} instead of {', '.join(expected)}"


def _differs(what: str, letters: Iterable[Letter], wanted: set[ContactId]) -> Iterable[str]:
    found = sorted(letter.contact for letter in letters)
    if found != sorted(wanted):
        yield f"{what}: {', '.join(found) or 'nobody'} instead of {', '.join(sorted(wanted)) or 'nobody'}"
