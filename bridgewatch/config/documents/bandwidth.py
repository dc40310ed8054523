"""bandwidth.yaml: everything of bandwidth that is not one link's."""

from typing import Annotated

from pydantic import Field, model_validator

from bridgewatch.config.documents.base import Document
from bridgewatch.config.documents.snmp import SnmpSettingsDocument
from bridgewatch.config.documents.throughput import ServerDocument, TermsDocument
from bridgewatch.config.errors import mistake
from bridgewatch.config.scalars import Id, Rate, Ratio, Share, Whole
from bridgewatch.model.phrases import phrase


class RoomsDocument(Document):
    """What rooms send and receive, by what they show."""

    sd: Rate | None = None
    hd: Rate | None = None
    fullhd: Rate | None = None


class UseDocument(Document):
    """How full a link may be, of the contract in force."""

    warn: Ratio = 0.7
    critical: Ratio = 0.8
    readings: Annotated[int, Whole(1, 100)] = Field(default=5, description="how many are looked at")

    @model_validator(mode="after")
    def _ordered(self) -> "UseDocument":
        if self.warn > self.critical:
            raise mistake(phrase("at least `warn`"), phrase("a `critical` below `warn`"), "critical")
        return self


class JudgementDocument(Document):
    """What is enough."""

    use: UseDocument = UseDocument()
    delivered: Ratio = Field(default=0.8, description="of the contract: less than that is short")
    headroom: Share = Field(default=1.2, description="times what rooms show is needed")


class BandwidthDocument(Document):
    """bandwidth.yaml."""

    snmp: SnmpSettingsDocument = SnmpSettingsDocument()
    rooms: RoomsDocument = RoomsDocument()
    judgement: JudgementDocument = JudgementDocument()
    servers: dict[Id, ServerDocument] = Field(default={}, description="far ends that links name")
    tests: TermsDocument = Field(default=TermsDocument(), description="throughput tests of all links")
    egress_rate: dict[Id, Rate] = Field(
        default={}, description="what tests may use of an egress at once; else one test at a time"
    )
