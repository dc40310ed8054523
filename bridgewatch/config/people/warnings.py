"""What is allowed of people and events, but will disappoint."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from bridgewatch.config.documents.contacts import ContactsDocument
from bridgewatch.config.documents.events import EventsDocument
from bridgewatch.config.documents.rosters import RoleDocument, RostersDocument
from bridgewatch.config.errors import Remark
from bridgewatch.config.people.choices import Places
from bridgewatch.config.repeats import first_of_many
from bridgewatch.model.ids import EventId, GatewayId, SiteId
from bridgewatch.model.inventory import Site
from bridgewatch.model.paging import AckWay
from bridgewatch.model.people import Directory
from bridgewatch.model.phrases import phrase


def contact_warnings(
    contacts: Mapping[str, ContactsDocument], rosters: Mapping[str, RostersDocument], sites: Iterable[Site]
) -> Iterator[Remark]:
    """Of contacts who cannot be paged, and of those whom nobody calls. Documents by file name."""
    called: set[str] = {contact for site in sites for contact in site.contacts}
    called |= {contact for document in contacts.values() for contact in document.catch_all}
    roles = [role for one in rosters.values() for r in one.rosters.values() for _, role in r.roles()]
    called |= {contact for role in roles for contact in _everybody(role)}
    mute, idle = [], []
    for file, document in contacts.items():
        for name, contact in document.contacts.items():
            path = ("contacts", name)
            if not contact.channels:
                text = phrase("{contact} has no channel: nobody can page them", contact=name)
                mute.append(Remark(file, path, text))
            if name not in called:
                text = phrase(
                    "{contact} is on no roster, at no site and not in `catch_all`: nobody calls them",
                    contact=name,
                )
                idle.append(Remark(file, path, text))
    yield from first_of_many(mute)
    yield from first_of_many(idle)


def roster_warnings(rosters: Mapping[str, RostersDocument]) -> Iterator[Remark]:
    """Of those who stand in for somebody who is never on duty there."""
    for file, document in rosters.items():
        for name, roster in document.rosters.items():
            for role, one in roster.roles():
                present = _everybody(one)
                for index, override in enumerate(one.overrides):
                    absent = override.instead_of
                    if absent is not None and absent not in present:
                        path = ("rosters", name, role.value, "overrides", index, "instead_of")
                        text = phrase(
                            "{contact} is never on duty here: nobody is stood in for", contact=absent
                        )
                        yield Remark(file, path, text)


def gateway_warnings(
    file: str, directory: Directory, contacts: Iterable[ContactsDocument]
) -> Iterator[Remark]:
    """Of gateways that nobody is reached or believed through. `file` is the name of theirs."""
    used = {
        GatewayId(c.via) for one in contacts for contact in one.contacts.values() for c in contact.channels
    }
    for name, gateway in directory.gateways.items():
        if name not in used:
            text = phrase("no contact has a channel via {gateway}", gateway=name)
            yield Remark(file, ("gateways", name), text)
        if gateway.answers - {AckWay.LINK} and "inbound" not in gateway.secrets:
            text = phrase(
                "people answer through {gateway}, and without `inbound` nothing that comes in is believed",
                gateway=name,
            )
            yield Remark(file, ("gateways", name, "answers"), text)


def link_warnings(file: str, directory: Directory) -> Iterator[Remark]:
    """Of links in messages that lead nowhere. `file` is the name of the daemon's own."""
    url = directory.public_url
    if not any(AckWay.LINK in gateway.answers for gateway in directory.gateways.values()):
        return
    if url is None:
        yield Remark(file, (), phrase("without `public_url` messages have no link to acknowledge with"))
    elif _is_private(url):
        text = phrase("a phone outside this network cannot open a page on this address")
        yield Remark(file, ("public_url",), text)


def event_warnings(
    events: Mapping[str, EventsDocument], sites_of: Mapping[EventId, Sequence[SiteId]], places: Places
) -> Iterator[Remark]:
    """Of events that no service takes part in, though there are some. `sites_of` by event."""
    services = frozenset(places.services)
    for file, document in events.items() if services else ():
        for name, event in document.events.items():
            if not event.cancelled and services.isdisjoint(sites_of[EventId(name)]):
                text = phrase(
                    "no service takes part: name those that the rooms depend on, such as {service}",
                    service=min(services),
                )
                yield Remark(file, ("events", name, "sites"), text)


def _everybody(role: RoleDocument) -> set[str]:
    """All who are ever on duty as this role."""
    several = [role.always, *(shift.who for shift in role.shifts), *(one.who for one in role.overrides)]
    several += role.rotation.teams if role.rotation else ()
    several += [swap.between for swap in role.swaps]
    return {contact for one in several for contact in one}


def _is_private(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"
