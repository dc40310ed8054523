"""Answers of people: what each writes, and why some write nothing.

An answer to an incident that was folded counts for the one that explains it. A second press changes nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bridgewatch.core.escalation.case import Case
from bridgewatch.core.escalation.cases import Cases
from bridgewatch.model.commands import Acknowledge, Answer, AskHelp, Decline, Refusal
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import Acknowledged, AnyEntry, Declined, HelpAsked
from bridgewatch.model.people import Directory


@dataclass(slots=True)
class Answered:
    """What an answer came to."""

    entries: list[AnyEntry] = field(default_factory=list)
    refusals: list[tuple[str, Refusal]] = field(default_factory=list)
    taken_by: list[tuple[IncidentId, str]] = field(default_factory=list)


def answer(command: Answer, cases: Cases, directory: Directory, now_ns: int) -> Answered:
    """Weigh an answer to each of its incidents. Applies nothing."""
    if command.contact is not None and command.contact not in directory.contacts:
        return Answered(refusals=[(command.contact, Refusal.UNKNOWN_CONTACT)])
    answered = Answered()
    for name, case in _asked(command, cases, answered):
        if isinstance(command, Acknowledge):
            _acknowledge(command, name, case, answered, now_ns, lambda each: taken_by(each, directory))
        elif isinstance(command, AskHelp):
            _ask_help(command, case, answered, now_ns)
        elif isinstance(command, Decline):
            _decline(command, name, case, answered, now_ns)
    return answered


def taken_by(case: Case, directory: Directory) -> str | None:
    """The name of who has it."""
    if case.taken is None:
        return None
    contact = directory.contacts.get(case.taken.contact) if case.taken.contact is not None else None
    return contact.name if contact is not None else case.taken.actor


def _asked(command: Answer, cases: Cases, answered: Answered) -> Iterator[tuple[IncidentId, Case]]:
    """The cases that the answer is for, each once; refuses those that nobody can answer to."""
    seen: set[IncidentId] = set()
    for name in command.incidents:
        case = cases.root(name)
        if case is None:
            answered.refusals.append((name, Refusal.UNKNOWN_INCIDENT))
        elif case.incident not in seen:
            seen.add(case.incident)
            if case.ended_ns is not None:
                answered.refusals.append((name, Refusal.ALREADY_OVER))
            else:
                yield name, case


def _acknowledge(
    command: Acknowledge,
    name: IncidentId,
    case: Case,
    answered: Answered,
    now_ns: int,
    name_of: Callable[[Case], str | None],
) -> None:
    holder = name_of(case)
    if holder is not None:
        answered.refusals.append((name, Refusal.ALREADY_TAKEN))
        answered.taken_by.append((name, holder))
        return
    answered.entries.append(
        Acknowledged(
            at_ns=now_ns,
            incident=case.incident,
            actor=command.actor,
            way=command.way,
            contact=command.contact,
            message=command.message,
        )
    )


def _ask_help(command: AskHelp, case: Case, answered: Answered, now_ns: int) -> None:
    if case.taken is None and case.helped.get(command.contact or command.actor, -1) >= max(case.step, 0):
        return  # pressed again: the step that it called for is the present one, or is about to be
    answered.entries.append(
        HelpAsked(
            at_ns=now_ns,
            incident=case.incident,
            actor=command.actor,
            way=command.way,
            contact=command.contact,
            message=command.message,
        )
    )


def _decline(command: Decline, name: IncidentId, case: Case, answered: Answered, now_ns: int) -> None:
    if command.contact is None or command.contact not in case.told:
        answered.refusals.append((name, Refusal.NOT_CALLED))
        return
    if command.contact in case.declined:
        return
    answered.entries.append(
        Declined(
            at_ns=now_ns,
            incident=case.incident,
            actor=command.actor,
            way=command.way,
            contact=command.contact,
            message=command.message,
        )
    )
