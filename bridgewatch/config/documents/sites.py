"""sites.d/*.yaml: rooms, services and their links."""

from typing import Annotated

from pydantic import Field, model_validator

from bridgewatch.config.documents.base import Document
from bridgewatch.config.documents.snmp import SiteSnmpDocument, SnmpDocument
from bridgewatch.config.documents.targets import DialInTarget, TargetDocument, TargetField
from bridgewatch.config.documents.throughput import ThroughputField
from bridgewatch.config.errors import mistake
from bridgewatch.config.scalars import Code, Dscp, Flag, Id, Interval, LinkPath, Rate, Text, Whole
from bridgewatch.config.times import Moment
from bridgewatch.model.bandwidth import RoomType
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import Access, CarriedBy, Level, Network

PacketSize = Annotated[int, Whole(16, 9000)]


class RaiseDocument(Document):
    """More than the contract for a while (tăng băng thông tạm thời); what is left out stays as it is."""

    from_: Moment = Field(alias="from")
    to: Moment = Field(description="2026-11-30T24:00 is the end of that day")
    down: Rate | None = None
    up: Rate | None = None
    note: Text | None = Field(default=None, description="who ordered it: the letter's number")

    @model_validator(mode="after")
    def _lasts(self) -> "RaiseDocument":
        if self.down is None and self.up is None:
            raise mistake(phrase("`down:` or `up:`"), phrase("a raise of nothing"))
        if (self.from_.tzinfo is None) != (self.to.tzinfo is None):
            found = phrase("an offset behind one of `from` and `to`")
            raise mistake(phrase("both with an offset, or both without"), found, "to")
        if self.to <= self.from_:
            raise mistake(phrase("a time after `{key}`", key="from"), phrase("an end before the start"), "to")
        return self


class ContractDocument(Document):
    """What the carrier sold, seen from the site."""

    down: Rate
    up: Rate
    # Tuples, here and below: the default of a list would be copied for every link of a country.
    raises: tuple[RaiseDocument, ...] = Field(
        default=(), max_length=100, description="more than that, for a while"
    )

    @model_validator(mode="after")
    def _raised(self) -> "ContractDocument":
        for index, one in enumerate(self.raises):
            for key in ("down", "up"):
                rate = getattr(one, key)
                if rate is not None and rate < getattr(self, key):
                    raise mistake(
                        phrase("at least what the contract says"),
                        phrase("a raise below the contract"),
                        ("raises", index, key),
                    )
        return self


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
    throughput: ThroughputField | None = Field(
        default=None, description="how it is tested: `server` and terms of its own, or never"
    )
    paused: Flag = False
    target: TargetField | None = None
    targets: tuple[TargetField, ...] = Field(default=(), max_length=16)

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
        return self.targets if self.target is None else (self.target,)


class ServiceDocument(Document):
    """An MCU, a gateway: what the rooms depend on."""

    id: Id
    name: Text
    level: Level = Level.PROVINCE
    unit: Code | None = Field(default=None, description="code of the administrative unit, in quotes")
    legacy_unit: Code | None = Field(default=None, description="its code before 1 July 2025")
    parent: Id | None = Field(default=None, description="the site above it; it explains no faults")
    carried_by: CarriedBy | None = Field(
        default=None,
        description="the network that carries its meetings; by default that of its event, else of `defaults`",
    )
    contacts: list[Text] = []
    snmp: SiteSnmpDocument | None = Field(default=None, description="the router of its links")
    links: dict[Id, LinkDocument] = {}

    @model_validator(mode="after")
    def _routers_known(self) -> "ServiceDocument":
        for name, link in self.links.items():
            if link.snmp is not None and link.snmp.host is None and (self.snmp is None or not self.snmp.host):
                expected = phrase("`host:` here or in the `snmp:` of the site")
                raise mistake(expected, phrase("no router"), ("links", name, "snmp"))
        return self


class RoomLinkDocument(LinkDocument):
    """A link of a room has a carrier."""

    carrier: Id = Field(description="an id of carriers.yaml")


class SiteDocument(ServiceDocument):
    """A room where people meet (điểm cầu)."""

    level: Level
    room: RoomType | None = Field(default=None, description="what it shows, which says what it needs")
    links: dict[Id, RoomLinkDocument] = {}  # type: ignore[assignment]  # narrower, and nobody writes to it


class SitesDocument(Document):
    """sites.d/*.yaml."""

    sites: list[SiteDocument] = []
    services: list[ServiceDocument] = []
