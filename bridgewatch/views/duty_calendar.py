"""Rosters as iCalendar (RFC 5545), for the calendars of phones.

A duty has the same UID in every export, made of its roster and contact and of which of that contact's duties
of that date it is: a phone that is given a later export moves the duty it has and makes no second one.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from icalendar import Calendar, Event

from bridgewatch.core.oncall.spells import Spell
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Why
from bridgewatch.model.people import Roster
from bridgewatch.model.words import Language
from bridgewatch.texts.duty import duty_words
from bridgewatch.texts.people import tell_people
from bridgewatch.texts.times import instant_of
from bridgewatch.views.duty_names import area_name, owner_name


def duty_calendar(
    spells: Iterable[Spell],
    inventory: Inventory,
    bounds: tuple[int, int],
    now_ns: int,
    language: Language,
) -> bytes:
    """An iCalendar file of these duties. Those without a beginning or an end are cut to `bounds`."""
    rosters = {roster.id: roster for roster in inventory.directory.rosters}
    calendar = Calendar()
    calendar.add("prodid", "-//bridgewatch//duty//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{duty_words(language).calendar_name} {inventory.vantage}")
    calendar.add("x-wr-timezone", inventory.timezone)
    for spell in spells:
        event = _event(spell, rosters[spell.roster], inventory, bounds, language)
        event.add("dtstamp", instant_of(now_ns, UTC))
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def _event(
    spell: Spell, roster: Roster, inventory: Inventory, bounds: tuple[int, int], language: Language
) -> Event:
    words = duty_words(language)
    known = inventory.directory.contacts.get(spell.contact)
    name = known.name if known is not None else spell.contact
    whose, where = owner_name(roster, inventory, language), area_name(roster, inventory, language)
    role = tell_people(roster.role, language)
    event = Event()
    event.add("uid", _uid(spell))
    event.add("dtstart", _utc(bounds[0] if spell.from_ns is None else spell.from_ns))
    event.add("dtend", _utc(bounds[1] if spell.to_ns is None else spell.to_ns))
    event.add("summary", f"{name}: {role} {whose}, {where}")
    remarks: list[str] = [roster.id]
    if spell.from_ns is None and spell.to_ns is None:
        remarks.append(words.always)
    if spell.why is Why.STANDS_IN:
        remarks.append(words.stands_in)
    event.add("description", "\n".join(remarks))
    event.add("categories", [role])
    event.add("transp", "TRANSPARENT")  # being on duty is no meeting
    return event


def _uid(spell: Spell) -> str:
    what = "\n".join((spell.roster, spell.contact, str(spell.day), str(spell.place)))
    return f"{hashlib.sha256(what.encode()).hexdigest()[:32]}@bridgewatch"


def _utc(wall_ns: int) -> datetime:
    return instant_of(wall_ns, UTC)
