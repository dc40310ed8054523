"""profiles.yaml: what good means."""

from pydantic import Field, model_validator

from bridgewatch.config.documents.base import Document
from bridgewatch.config.errors import mistake
from bridgewatch.config.scalars import Delay, Id, Ratio
from bridgewatch.model.phrases import phrase


class DelayThresholdDocument(Document):
    """Two delays; reaching one is exceeding it."""

    warn: Delay
    critical: Delay

    @model_validator(mode="after")
    def _ordered(self) -> "DelayThresholdDocument":
        _check_order(self.warn, self.critical)
        return self


class RatioThresholdDocument(Document):
    """Two ratios; reaching one is exceeding it."""

    warn: Ratio
    critical: Ratio

    @model_validator(mode="after")
    def _ordered(self) -> "RatioThresholdDocument":
        _check_order(self.warn, self.critical)
        return self


def _check_order(warn: float, critical: float) -> None:
    if warn > critical:
        raise mistake(phrase("at least `warn`"), phrase("a `critical` below `warn`"), "critical")


class ProfileDocument(Document):
    """Limits of quality; what is left out is taken from the shipped profile of that name, or `conference`."""

    rtt: DelayThresholdDocument | None = Field(default=None, description="median round-trip delay")
    jitter: DelayThresholdDocument | None = Field(default=None, description="jitter as of RFC 3550")
    pdv: DelayThresholdDocument | None = Field(default=None, description="p99 minus minimum of the delay")
    loss: RatioThresholdDocument | None = None


class ProfilesDocument(Document):
    """profiles.yaml."""

    profiles: dict[Id, ProfileDocument] = {}
