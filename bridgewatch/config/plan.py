"""An inventory in parts: a frame, and one segment for every file that declares many things.

A reload rebuilds, sends and replaces only the segments that changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import NamedTuple

from bridgewatch.config.defaults import OWN_CARRIER
from bridgewatch.config.settings import Settings
from bridgewatch.model.bandwidth import BandwidthSettings
from bridgewatch.model.calendar import Event
from bridgewatch.model.heartbeats import Heartbeats
from bridgewatch.model.ids import CarrierId, ContactId, EgressId, EventId, KeyId, LinkId, RosterId, SiteId
from bridgewatch.model.inventory import (
    Carrier,
    DialInSettings,
    Egress,
    Inventory,
    Limits,
    Link,
    PathSpec,
    Profile,
    Site,
    StoreSettings,
)
from bridgewatch.model.mistakes import ConfigWarning
from bridgewatch.model.people import Contact, Directory, Roster
from bridgewatch.model.secret import Secret
from bridgewatch.model.words import AdministrativeModel


class NamedKey(NamedTuple):
    """Where a key lies that two ends of a path share."""

    id: KeyId
    secret: Secret


Part = Site | Link | PathSpec | Contact | Roster | Event | NamedKey


@dataclass(frozen=True, slots=True)
class Segment:
    """What one file declares, in its order."""

    name: str
    sites: tuple[Site, ...] = ()
    links: tuple[Link, ...] = ()
    paths: tuple[PathSpec, ...] = ()
    contacts: tuple[Contact, ...] = ()
    rosters: tuple[Roster, ...] = ()
    events: tuple[Event, ...] = ()
    keys: tuple[NamedKey, ...] = ()

    def parts(self) -> Iterable[Part]:
        """Everything in it, kind by kind."""
        return chain(self.sites, self.links, self.paths, self.contacts, self.rosters, self.events, self.keys)


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that the segments of an inventory declare."""

    sites: Mapping[SiteId, Site]
    links: Mapping[LinkId, Link]
    paths: tuple[PathSpec, ...]
    contacts: Mapping[ContactId, Contact]
    rosters: Mapping[RosterId, Roster]
    events: Mapping[EventId, Event]
    keys: Mapping[KeyId, Secret]


@dataclass(frozen=True, slots=True)
class Frame:
    """What an inventory has beside its segments; `directory` is without contacts and rosters."""

    vantage: str
    model: AdministrativeModel
    timezone: str
    limits: Limits
    egresses: Mapping[EgressId, Egress]
    carriers: Mapping[CarrierId, Carrier]
    profiles: Mapping[str, Profile]
    directory: Directory
    heartbeats: Heartbeats
    store: StoreSettings
    bandwidth: BandwidthSettings
    dial_in: DialInSettings
    # A warning that moved to another line is no change that a reload would have to put in force.
    warnings: tuple[ConfigWarning, ...] = field(compare=False)

    def fill(self, content: Content) -> Inventory:
        """The inventory of this frame with that content."""
        return Inventory(
            vantage=self.vantage,
            model=self.model,
            timezone=self.timezone,
            limits=self.limits,
            egresses=self.egresses,
            carriers=self.carriers,
            sites=content.sites,
            links=content.links,
            paths=content.paths,
            warnings=self.warnings,
            profiles=self.profiles,
            directory=replace(
                self.directory, contacts=content.contacts, rosters=tuple(content.rosters.values())
            ),
            events=content.events,
            heartbeats=self.heartbeats,
            store=self.store,
            bandwidth=self.bandwidth,
            keys=content.keys,
            dial_in=self.dial_in,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """An inventory in parts."""

    frame: Frame
    segments: tuple[Segment, ...]

    def inventory(self) -> Inventory:
        """The parts put together."""
        segments = self.segments
        return self.frame.fill(
            Content(
                sites={site.id: site for segment in segments for site in segment.sites},
                links={link.id: link for segment in segments for link in segment.links},
                paths=tuple(chain.from_iterable(segment.paths for segment in segments)),
                contacts={contact.id: contact for segment in segments for contact in segment.contacts},
                rosters={roster.id: roster for segment in segments for roster in segment.rosters},
                events={event.id: event for segment in segments for event in segment.events},
                keys={key.id: key.secret for segment in segments for key in segment.keys},
            )
        )


def make_frame(
    settings: Settings,
    directory: Directory,
    heartbeats: Heartbeats,
    store: StoreSettings,
    dial_in: DialInSettings,
    segments: Iterable[Segment],
    warnings: tuple[ConfigWarning, ...],
) -> Frame:
    """The frame for these segments; carriers in the order of their file, then of their first link."""
    carriers = dict(settings.carriers or {})
    named = chain.from_iterable((link.carrier for link in segment.links) for segment in segments)
    for carrier in named:
        if carrier not in carriers:
            own = carrier == OWN_CARRIER.id
            carriers[carrier] = OWN_CARRIER if own else Carrier(carrier, carrier)
    return Frame(
        vantage=settings.vantage,
        model=settings.model,
        timezone=settings.timezone,
        limits=settings.limits,
        egresses=settings.egresses,
        carriers=carriers,
        profiles=settings.profiles,
        directory=directory,
        heartbeats=heartbeats,
        store=store,
        bandwidth=settings.bandwidth,
        dial_in=dial_in,
        warnings=warnings,
    )
