"""The files of people and events put together: their segments, and what of them belongs to the frame."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from bridgewatch.config.documents.base import Document
from bridgewatch.config.documents.contacts import ContactsDocument
from bridgewatch.config.documents.events import EventsDocument
from bridgewatch.config.documents.gateways import GatewaysDocument
from bridgewatch.config.documents.policies import PoliciesDocument
from bridgewatch.config.documents.rosters import RostersDocument
from bridgewatch.config.errors import Remark
from bridgewatch.config.people.choices import Places
from bridgewatch.config.people.directory import make_contacts, make_gateways, make_rosters
from bridgewatch.config.people.events import make_events
from bridgewatch.config.people.policies import make_phases, make_policies
from bridgewatch.config.people.warnings import (
    contact_warnings,
    event_warnings,
    gateway_warnings,
    link_warnings,
    roster_warnings,
)
from bridgewatch.config.plan import Segment
from bridgewatch.model.ids import ContactId
from bridgewatch.model.people import Directory


@dataclass(frozen=True, slots=True)
class PeopleFiles:
    """Documents without mistakes, by file name where there may be several."""

    gateways: GatewaysDocument
    policies: PoliciesDocument
    contacts: Mapping[str, ContactsDocument]
    rosters: Mapping[str, RostersDocument]
    events: Mapping[str, EventsDocument]
    public_url: str | None
    watchdogs: bool = False  # the directory is one of a watchdog, which has policies of its own

    def directory(self) -> Directory:
        """All of the directory but contacts and rosters."""
        stated = chain.from_iterable(document.catch_all for document in self.contacts.values())
        return Directory(
            gateways=make_gateways(self.gateways),
            policies=make_policies(self.policies, watchdogs=self.watchdogs),
            policy_of_phase=make_phases(self.policies.phases, watchdogs=self.watchdogs),
            catch_all=tuple(dict.fromkeys(map(ContactId, stated))),
            public_url=self.public_url,
        )


class PeopleSegments:
    """Makes the segments; one that says the same as before is the same object."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._segments: dict[str, Segment] = {}
        self._timezone = ""

    def build(self, files: PeopleFiles, timezone: str, places: Places) -> tuple[Segment, ...]:
        """The segments of all files, kind by kind. `timezone` is the daemon's."""
        before, documents = self._segments, self._documents
        if timezone != self._timezone:
            documents = {}
        self._segments, self._documents, self._timezone = {}, {}, timezone
        for name, contacts in files.contacts.items():
            same = documents.get(name) is contacts
            segment = before[name] if same else Segment(name, contacts=make_contacts(contacts))
            self._take(name, contacts, segment, before)
        for name, rosters in files.rosters.items():
            same = documents.get(name) is rosters
            segment = before[name] if same else Segment(name, rosters=make_rosters(rosters, timezone))
            self._take(name, rosters, segment, before)
        for name, events in files.events.items():  # which sites they mean may change with any other file
            segment = Segment(name, events=make_events(events, timezone, places))
            self._take(name, events, segment, before)
        return tuple(self._segments.values())

    def _take(self, name: str, document: Document, segment: Segment, before: Mapping[str, Segment]) -> None:
        old = before.get(name)
        self._documents[name] = document
        self._segments[name] = old if old is not None and old == segment else segment


def people_warnings(
    files: PeopleFiles, segments: Iterable[Segment], places: Places, names: Mapping[str, str]
) -> list[Remark]:
    """Warnings of people and events. `names`: the file of a kind that has one at most."""
    built = list(segments)
    sites = chain.from_iterable(segment.sites for segment in built)
    taking_part = {event.id: event.sites for segment in built for event in segment.events}
    directory = files.directory()
    return [
        *link_warnings(names.get("bridgewatch", "bridgewatch.yaml"), directory),
        *gateway_warnings(names.get("gateways", "gateways.yaml"), directory, files.contacts.values()),
        *contact_warnings(files.contacts, files.rosters, sites),
        *roster_warnings(files.rosters),
        *event_warnings(files.events, taking_part, places),
    ]
