"""What is wrong with contacts and rosters whatever the hour: found once, without any event.

Contacts without any channel, and overrides for people whom a roster does not know, are the config room's to
find: it can say file and line.
"""

from collections.abc import Iterable, Iterator

from bridgewatch.core.oncall.duty import Timetable, everybody
from bridgewatch.core.oncall.find import Oncall
from bridgewatch.core.oncall.reach import is_independent, is_reachable, usable, ways_to_answer
from bridgewatch.model.coverage import Flaw, FlawKind
from bridgewatch.model.ids import ContactId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Role
from bridgewatch.model.people import Contact, Directory, Override


def flaws(inventory: Inventory, from_ns: int, oncall: Oncall | None = None) -> tuple[Flaw, ...]:
    """The weak points of a directory that pages, the grave ones first; of overrides those not over yet."""
    directory = inventory.directory
    if not directory.pages:
        return ()
    oncall = oncall or Oncall(inventory)
    catch_all = () if oncall.catch_all() else (Flaw(FlawKind.NO_CATCH_ALL),)
    called = _called(inventory)
    return (
        *catch_all,
        *_not_independent(directory),
        *(flaw for contact in called for flaw in _of_contact(contact, directory)),
        *(flaw for timetable in oncall.timetables for flaw in _idle_overrides(timetable, from_ns)),
        *_unwatched(inventory),
    )


def own_staff(directory: Directory) -> tuple[ContactId, ...]:
    """Our own: everybody on our rosters but those of rooms, and the catch-all."""
    rosters = (one for one in directory.rosters if one.carrier is None and one.role is not Role.ROOM)
    return tuple(dict.fromkeys([*(who for one in rosters for who in everybody(one)), *directory.catch_all]))


def _called(inventory: Inventory) -> Iterator[Contact]:
    """Everybody who may ever be called, in the order they are written."""
    directory = inventory.directory
    names = {who for roster in directory.rosters for who in everybody(roster)}
    names.update(directory.catch_all)
    names.update(who for site in inventory.sites.values() for who in site.contacts)
    yield from (contact for contact in directory.contacts.values() if contact.id in names)


def _not_independent(directory: Directory) -> Iterator[Flaw]:
    for name in own_staff(directory):
        contact = directory.contacts.get(name)
        # Who has no channel at all is told so once, as that.
        if contact is not None and is_reachable(name, directory) and not is_independent(contact, directory):
            yield Flaw(FlawKind.NOT_INDEPENDENT, contact=name)


def _of_contact(contact: Contact, directory: Directory) -> Iterator[Flaw]:
    if not usable(contact, directory):
        if contact.channels:
            yield Flaw(FlawKind.NEEDS_TEMPLATE, contact=contact.id)
    elif not ways_to_answer(contact, directory):
        yield Flaw(FlawKind.NO_ANSWER, contact=contact.id)


def _idle_overrides(timetable: Timetable, from_ns: int) -> Iterator[Flaw]:
    """Overrides to come for somebody who is never on duty while they hold."""
    known = set(everybody(timetable.roster))
    for override in timetable.roster.overrides:
        if override.instead_of in known and override.ends_ns > from_ns:
            instants = (override.starts_ns, *timetable.edges(override.starts_ns, override.ends_ns))
            if not _is_planned(timetable, override, instants):
                yield Flaw(
                    FlawKind.IDLE_OVERRIDE,
                    contact=override.instead_of,
                    roster=timetable.roster.id,
                    at_ns=override.starts_ns,
                )


def _unwatched(inventory: Inventory) -> Iterator[Flaw]:
    """A daemon that pages and sends heartbeats to nobody; a watchdog itself has nobody above it."""
    heartbeats = inventory.heartbeats
    if not heartbeats.watchdogs and not heartbeats.watched:
        yield Flaw(FlawKind.UNWATCHED)


def _is_planned(timetable: Timetable, override: Override, instants: Iterable[int]) -> bool:
    return any(override.instead_of in timetable.planned(instant) for instant in instants)
