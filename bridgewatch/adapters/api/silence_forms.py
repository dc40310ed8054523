"""What the API tells of silences, as JSON."""

from datetime import datetime, tzinfo

from pydantic import BaseModel, Field

from bridgewatch.adapters.api.times import at
from bridgewatch.model.log import SilenceSet
from bridgewatch.model.words import Language
from bridgewatch.texts.names import Names


class SilenceTold(BaseModel):
    """Planned work that holds or is yet to come."""

    id: str
    link: str | None
    site: str | None
    carrier: str | None
    area: str | None
    covers: str = Field(description="what people call that")
    starts: datetime
    ends: datetime
    holds: bool = Field(description="false: it is yet to come")
    by: str
    note: str
    forced: bool


class SilencesTold(BaseModel):
    """Silences, by their beginning."""

    at: datetime
    silences: list[SilenceTold]


def silence_told(
    silence: SilenceSet, names: Names, zone: tzinfo, now_ns: int, language: Language
) -> SilenceTold:
    """A silence as JSON."""
    return SilenceTold(
        id=silence.silence,
        link=silence.link,
        site=silence.site,
        carrier=silence.carrier,
        area=silence.area,
        covers=names.covered(silence, language),
        starts=at(silence.starts_ns, zone),
        ends=at(silence.ends_ns, zone),
        holds=silence.starts_ns <= now_ns < silence.ends_ns,
        by=silence.actor,
        note=silence.note,
        forced=silence.forced,
    )
