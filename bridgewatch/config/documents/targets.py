"""What is probed: targets of links and references of egresses."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, model_validator

from bridgewatch.config.documents.base import Document
from bridgewatch.config.errors import mistake
from bridgewatch.config.hosts import family_of
from bridgewatch.config.scalars import Address, FamilyNumber, Flag, Host, Id, Socket
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import Family


class IcmpTarget(Document):
    """An address or name that answers ICMP echo."""

    icmp: Host = Field(description="address or name; a name is probed over IPv4 unless `family` says 6")
    family: FamilyNumber | None = None

    @model_validator(mode="after")
    def _family_fits(self) -> "IcmpTarget":
        _check_family(self.icmp, self.family)
        return self


class StampTarget(Document):
    """A STAMP reflector (RFC 8762)."""

    stamp: Socket = Field(description="host:port; the port is 862 unless given")
    family: FamilyNumber | None = None
    stateful: Flag = Field(default=False, description="it counts per session: loss is told by direction")
    key: Id | None = Field(default=None, description="of keys.yaml: probes and replies are authenticated")

    @model_validator(mode="after")
    def _family_fits(self) -> "StampTarget":
        _check_family(self.stamp.host, self.family)
        return self


class DialInTarget(Document):
    """A site behind NAT: its own box calls in and is known by this key."""

    dialin: Id = Field(description="of keys.yaml: whose box it is, and no other link's")


def _check_family(host: str, family: Family | None) -> None:
    numeric = family_of(host)
    if family and numeric and family != numeric:
        expected = phrase("{family}, which is what {host} is", family=numeric.value, host=host)
        raise mistake(expected, str(family.value), "family")


def _target_kind(value: Any) -> str | None:
    if isinstance(value, str):
        return "~address"
    if isinstance(value, dict):
        return next((f"~{kind}" for kind in ("icmp", "stamp", "dialin") if kind in value), None)
    return None


def _source_kind(value: Any) -> str:
    return "~list" if isinstance(value, list) else "~address"


SourceField = Annotated[
    Annotated[Address, Tag("~address")] | Annotated[list[Address], Tag("~list")],
    Discriminator(_source_kind),
]
ReferenceField = Annotated[
    Annotated[Host, Tag("~address")]
    | Annotated[IcmpTarget, Tag("~icmp")]
    | Annotated[StampTarget, Tag("~stamp")],
    Discriminator(_target_kind),
]
TargetField = Annotated[
    Annotated[Host, Tag("~address")]
    | Annotated[IcmpTarget, Tag("~icmp")]
    | Annotated[StampTarget, Tag("~stamp")]
    | Annotated[DialInTarget, Tag("~dialin")],
    Discriminator(_target_kind),
]
TargetDocument = str | IcmpTarget | StampTarget | DialInTarget
