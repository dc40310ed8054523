"""What people call the things of an inventory; what has left it is called by its id."""

from dataclasses import dataclass

from bridgewatch.model.ids import CarrierId, ContactId, LinkId, SiteId
from bridgewatch.model.inventory import Inventory


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one inventory."""

    inventory: Inventory

    def link(self, link: LinkId) -> str:
        """`gialai-iape/wan (VNPT GLI-TSLCD-0650)`."""
        known = self.inventory.links.get(link)
        if known is None:
            return link
        circuit = f" {known.circuit}" if known.circuit else ""
        return f"{link} ({self.carrier(known.carrier)}{circuit})"

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
