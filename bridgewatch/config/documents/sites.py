"""sites.d/*.yaml: rooms, services and their links."""

from typing import Annotated

from pydantic import Field, model_validator

from bridgewatch.config.documents.base import Document
from bridgewatch.config.documents.targets import DialInTarget, TargetDocument, TargetField
from bridgewatch.config.errors import mistake
from bridgewatch.config.scalars import Code, Dscp, Flag, Host, Id, Interval, LinkPath, Rate, Text, Whole
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import Access, CarriedBy, Level, Network

PacketSize = Annotated[int, Whole(16, 9000)]


class ContractDocument(Document):
    """What the carrier sold, seen from the site."""

    down: Rate
    up: Rate


class SnmpDocument(Document):
    """Where the interface counters of a link are read."""

    host: Host
    interface: Text


class LinkDocument(Document):
    """One circuit of a site. Give `target` or `targets`."""

    network: Network | None = Field(default=None, description="needed unless the link's name begins with it")
    carrier: Id | None = Field(default=None, description="an id of carriers.yaml; services may leave it out")
    circuit: Text | None = Field(default=None, description="the carrier's name of the circuit")
    access: Access | None = None
    contract: ContractDocument | None = None
    via: LinkPath | None = Field(default=None, description="site/link: a fault there explains a fault here")
    handover: Text | None = Field(default=None, description="a shared point of the carrier, by name")
    egress: Id | None = Field(default=None, description="the way out; by default the one of its network")
    profile: Id | None = Field(default=None, description="what good means; by default the daemon's")
    interval: Interval | None = Field(default=None, description="time between probes of one target")
    dscp: Dscp | None = None
    size: PacketSize | None = Field(default=None, description="octets of ICMP message or STAMP packet")
    snmp: SnmpDocument | None = None
    paused: Flag = False
    target: TargetField | None = None
    targets: list[TargetField] = Field(default=[], max_length=16)

    @model_validator(mode="after")
    def _has_targets(self) -> "LinkDocument":
        if (self.target is None) == (not self.targets):
            found = phrase("both `target` and `targets`") if self.targets else phrase("no target")
            raise mistake(phrase("either `target` or `targets`"), found)
        if len(self.targets) > 1 and any(isinstance(target, DialInTarget) for target in self.targets):
            raise mistake(phrase("nothing beside it"), phrase("a dialin target among others"), "targets")
        return self

    def all_targets(self) -> tuple[TargetDocument, ...]:
        """One or several targets, however they were written."""
        return tuple(self.targets) if self.target is None else (self.target,)


class ServiceDocument(Document):
    """An MCU, a gateway: what the rooms depend on."""

    id: Id
    name: Text
    level: Level = Level.PROVINCE
    unit: Code | None = Field(default=None, description="code of the administrative unit, in quotes")
    legacy_unit: Code | None = Field(default=None, description="its code before 1 July 2025")
    parent: Id | None = Field(default=None, description="the site above it; it explains no faults")
    carried_by: CarriedBy | None = Field(default=None, description="the network that carries its meetings")
    contacts: list[Text] = []
    links: dict[Id, LinkDocument] = {}


class RoomLinkDocument(LinkDocument):
    """A link of a room has a carrier."""

    carrier: Id = Field(description="an id of carriers.yaml")


class SiteDocument(ServiceDocument):
    """A room where people meet (điểm cầu)."""

    level: Level
    links: dict[Id, RoomLinkDocument] = {}  # type: ignore[assignment]  # narrower, and nobody writes to it


class SitesDocument(Document):
    """sites.d/*.yaml."""

    sites: list[SiteDocument] = []
    services: list[ServiceDocument] = []
