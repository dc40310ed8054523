"""bridgewatch.yaml: the daemon's own settings."""

from typing import Annotated

from pydantic import Field, model_validator

from bridgewatch.config.documents.base import Document
from bridgewatch.config.documents.sites import PacketSize
from bridgewatch.config.documents.targets import ReferenceField, SourceField
from bridgewatch.config.errors import mistake
from bridgewatch.config.hosts import family_of
from bridgewatch.config.reach import Url
from bridgewatch.config.scalars import Dscp, Id, Interface, Interval, Timeout, Whole
from bridgewatch.config.times import Zone
from bridgewatch.model.words import AdministrativeModel, CarriedBy, Network


class EgressDocument(Document):
    """A way out of this vantage."""

    networks: list[Network] = Field(min_length=1, description="the networks whose links are probed this way")
    interface: Interface | None = Field(default=None, description="probes leave and replies arrive by it")
    source: SourceField = Field(default=[], description="one source address per family")
    references: list[ReferenceField] = Field(
        default=[],
        max_length=16,
        description="hosts inside the building: they tell our own faults from the links'; two per family",
    )

    @model_validator(mode="after")
    def _one_source_a_family(self) -> "EgressDocument":
        families = [family_of(source) for source in self.sources()]
        if len(set(families)) < len(families):
            raise mistake("one a family", "two source addresses of one family", "source")
        return self

    def sources(self) -> list[str]:
        """The source addresses, however they were written."""
        return [self.source] if isinstance(self.source, str) else self.source


class DefaultsDocument(Document):
    """What links and sites have when they do not say it."""

    profile: Id = "conference"
    interval: Interval = 1.0
    dscp: Dscp = 0
    size: PacketSize = 64
    carried_by: CarriedBy = CarriedBy.ANY


class LimitsDocument(Document):
    """Bounds the daemon keeps to."""

    sends_per_second: Annotated[int, Whole(1, 1_000_000)] = 30_000
    in_flight: Annotated[int, Whole(1, 16_777_216)] = 262_144
    suspect_probes_per_second: Annotated[int, Whole(1, 100_000)] = 2_000
    tmax: Timeout = 3.0


class DaemonDocument(Document):
    """bridgewatch.yaml."""

    vantage: Id = Field(default="main", description="the name of this observation point")
    administrative_model: AdministrativeModel = AdministrativeModel.TWO_TIER
    timezone: Zone = "Asia/Ho_Chi_Minh"
    public_url: Url | None = Field(
        default=None, description="where the links in messages lead: this daemon, as phones reach it"
    )
    defaults: DefaultsDocument = DefaultsDocument()
    limits: LimitsDocument = LimitsDocument()
    egresses: dict[Id, EgressDocument] = {}
