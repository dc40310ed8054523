"""What people call contacts, and whom and where a roster is for."""

from bridgewatch.model.ids import ContactId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Audience
from bridgewatch.model.people import Roster
from bridgewatch.model.words import Language
from bridgewatch.texts.duty import duty_words
from bridgewatch.texts.people import tell_people


def contact_name(contact: ContactId, inventory: Inventory) -> str:
    """Name and id: who edits rosters knows the one, who calls people the other."""
    known = inventory.directory.contacts.get(contact)
    return contact if known is None else f"{known.name} ({contact})"


def contact_phone(contact: ContactId, inventory: Inventory) -> str:
    """The number to call, '' where there is none."""
    known = inventory.directory.contacts.get(contact)
    return known.phone or "" if known is not None else ""


def area_name(roster: Roster, inventory: Inventory, language: Language) -> str:
    """Where a roster is for."""
    if roster.area is None:
        return duty_words(language).everywhere
    site = inventory.sites.get(roster.area)
    return site.name if site is not None else roster.area


def owner_name(roster: Roster, inventory: Inventory, language: Language) -> str:
    """Whose people a roster has."""
    if roster.carrier is None:
        return tell_people(Audience.OWN, language)
    carrier = inventory.carriers.get(roster.carrier)
    return carrier.name if carrier is not None else roster.carrier
