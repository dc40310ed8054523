"""Which of a contact's channels can carry a page, and whether they give a way to answer it.

A gateway that takes registered templates only, and names none for pages, would refuse every page: it counts
as no way at all. The way `link` is none without a `public_url` for it to lead to.
"""

from bridgewatch.model.ids import ContactId
from bridgewatch.model.paging import AckWay
from bridgewatch.model.people import Channel, Contact, Directory, Gateway


def carries_pages(gateway: Gateway | None) -> bool:
    """Whether a page can leave through it."""
    return gateway is not None and (gateway.free_text or gateway.template is not None)


def usable(contact: Contact | None, directory: Directory) -> tuple[Channel, ...]:
    """The channels through which a page can reach `contact`, in the order they are tried."""
    if contact is None:
        return ()
    return tuple(
        channel for channel in contact.channels if carries_pages(directory.gateways.get(channel.gateway))
    )


def is_reachable(contact: ContactId, directory: Directory) -> bool:
    """Whether any channel can carry a page to `contact`."""
    return bool(usable(directory.contacts.get(contact), directory))


def answers(gateway: Gateway, directory: Directory) -> frozenset[AckWay]:
    """The ways in which whoever is reached through `gateway` can answer."""
    return gateway.answers if directory.public_url else gateway.answers - {AckWay.LINK}


def ways_to_answer(contact: Contact, directory: Directory) -> frozenset[AckWay]:
    """The ways to answer over all usable channels; none: nobody can acknowledge but through the NOC."""
    ways = (answers(directory.gateways[channel.gateway], directory) for channel in usable(contact, directory))
    return frozenset().union(*ways)


def is_independent(contact: Contact, directory: Directory) -> bool:
    """Whether some usable channel runs over none of the egresses that are watched."""
    return any(directory.gateways[channel.gateway].egress is None for channel in usable(contact, directory))
