"""What the references between the files may name."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridgewatch.config.survey import Mention, Reserved
from bridgewatch.model.words import AdministrativeModel, Network


@dataclass(frozen=True, slots=True)
class Names:
    """What references may name. None: unknown, because the file that says it could not be read or is wrong.

    A name whose definition has a mistake is among them. `file` is the daemon's own, where `default_profile`
    and `reserved` are stated.
    """

    file: str
    model: AdministrativeModel | None
    carriers: frozenset[str] | None
    profiles: frozenset[str] | None
    egresses: Mapping[str, frozenset[Network]] | None
    default_profile: str | None = None
    reserved: tuple[Reserved, ...] = ()
    contacts: frozenset[str] | None = None  # also None without a file of contacts: then any name will do
    credentials: frozenset[str] | None = None
    servers: Mapping[str, str | None] | None = None  # what each is, as `throughput.METHODS` has it
    keys: frozenset[str] | None = None  # also None without a file of keys, or with a directory of them

    def egress_of(self, mention: Mention) -> str | None:
        """The egress of a link that says this, if it is known."""
        if mention.network is None:
            return mention.egress
        return egress_of(mention.egress, mention.network, self.egresses or {})

    def networks_known(self) -> bool:
        """Whether all egresses say their networks; else the right one may be among those that do not."""
        return self.egresses is not None and all(self.egresses.values())


def egress_of(stated: str | None, network: Network, egresses: Mapping[str, frozenset[Network]]) -> str | None:
    """The egress of a link: the one it names, else the only one of its network, else None."""
    if stated is not None:
        return stated if stated in egresses else None
    candidates = [name for name, networks in egresses.items() if network in networks]
    return candidates[0] if len(candidates) == 1 else None
