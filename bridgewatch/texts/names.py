"""What people call the things of an inventory; what has left it is called by its id."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.ids import CarrierId, ContactId, EventId, LinkId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import SilenceSet
from bridgewatch.model.paging import ABOUT_A_LINK, STORE, FaultKind
from bridgewatch.model.words import Language
from bridgewatch.texts.networks import tell_line

_BELOW: Final = {Language.VI: "{} và cấp dưới", Language.EN: "{} and all below it"}


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one inventory."""

    inventory: Inventory

    def link(self, link: LinkId, language: Language) -> str:
        """`UBND xã Ia Pê, TSLCD VNPT GLI-TSLCD-0650`."""
        known = self.inventory.links.get(link)
        if known is None:
            return link
        return f"{self.site(known.site)}, {self.line(link, language)}"

    def line(self, link: LinkId, language: Language) -> str:
        """The same without its site: `TSLCD VNPT GLI-TSLCD-0650`."""
        known = self.inventory.links.get(link)
        if known is None:
            return ""
        return tell_line(known.network, self.carrier(known.carrier), known.circuit, language)

    def site(self, site: SiteId) -> str:
        """A site's name."""
        known = self.inventory.sites.get(site)
        return known.name if known else site

    def carrier(self, carrier: CarrierId) -> str:
        """A carrier's name."""
        known = self.inventory.carriers.get(carrier)
        return known.name if known else carrier

    def contact(self, contact: ContactId) -> str:
        """A contact's name."""
        known = self.inventory.directory.contacts.get(contact)
        return known.name if known else contact

    def reach(self, contact: ContactId) -> str:
        """A contact's name, with the number to call where there is one."""
        known = self.inventory.directory.contacts.get(contact)
        phone = known.phone if known else None
        return f"{self.contact(contact)} ({phone})" if phone else self.contact(contact)

    def covered(self, silence: SilenceSet, language: Language) -> str:
        """What a silence covers: `VNPT, Tỉnh Gia Lai và cấp dưới` is a carrier's links in an area."""
        things = (
            self.link(silence.link, language) if silence.link else None,
            self.site(silence.site) if silence.site else None,
            self.carrier(silence.carrier) if silence.carrier else None,
            _BELOW[language].format(self.site(silence.area)) if silence.area else None,
        )
        return ", ".join(thing for thing in things if thing)

    def subject(self, kind: FaultKind, subject: str) -> str:
        """The place or thing that an incident is about; a link is called by its site."""
        if kind in ABOUT_A_LINK:
            link = self.inventory.links.get(LinkId(subject))
            return self.site(link.site) if link else subject
        match kind:
            case FaultKind.SITE | FaultKind.SERVICE | FaultKind.TARGET:
                return self.site(SiteId(subject))
            case FaultKind.HANDOVER:
                carrier, _, handover = subject.partition("/")
                return f"{self.carrier(CarrierId(carrier))} {handover}"
            case FaultKind.AREA:
                carrier, _, area = subject.partition("@")
                return f"{self.carrier(CarrierId(carrier))}, {self.site(SiteId(area))}"
            case FaultKind.DELIVERY:
                vantage = self.inventory.vantage  # whose store or gateway it is
                subject = vantage if subject == STORE else f"{vantage}, {subject}"
            case FaultKind.CONTACTS:
                event = self.inventory.events.get(EventId(subject))
                return event.name if event else subject
        return subject
