"""events.d/*.yaml: conferences, the sites that take part, and when what happens."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, PlainValidator, Tag, model_validator

from bridgewatch.config.documents.base import Document
from bridgewatch.config.errors import mistake, one_of
from bridgewatch.config.scalars import Duration, Flag, Id, Interval, Text, described
from bridgewatch.config.times import Moment
from bridgewatch.model.bandwidth import RoomType
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import CarriedBy, Level

_EXAMPLE = one_of(("60m", "24h", "7d"))
_MEMBERS = "[SITE, {area: SITE}, {level: commune}, {carrier: CARRIER}]"
Span = Annotated[float, Duration(0, 90 * 86_400, _EXAMPLE)]


class ChoiceDocument(Document):
    """The sites that fit all that is said."""

    area: Id | None = Field(default=None, description="a site and everything below it")
    level: Level | None = Field(default=None, description="rooms of this level")
    carrier: Id | None = Field(default=None, description="sites with a link of this carrier")

    @model_validator(mode="after")
    def _says_something(self) -> "ChoiceDocument":
        if self.area is None and self.level is None and self.carrier is None:
            expected = phrase("`area`, `level` or `carrier`; or `sites: all`")
            raise mistake(expected, phrase("a choice that says nothing"))
        return self


def _choice_kind(value: Any) -> str:
    return "~choice" if isinstance(value, dict) else "~id"


def _sites_kind(value: Any) -> str:
    return "~all" if isinstance(value, str) else "~list"


def parse_all(value: Any) -> str:
    """The word `all`."""
    if value != "all":
        raise mistake(phrase("`all`, or a list: {members}", members=_MEMBERS))
    return "all"


ChoiceField = Annotated[
    Annotated[Id, Tag("~id")] | Annotated[ChoiceDocument, Tag("~choice")], Discriminator(_choice_kind)
]
Choices = Annotated[list[ChoiceField], Field(min_length=1, max_length=20_000)]
SitesField = Annotated[
    Annotated[str, PlainValidator(parse_all), described("string", "all: every site"), Tag("~all")]
    | Annotated[Choices, Tag("~list")],
    Discriminator(_sites_kind),
]


class WaveDocument(Document):
    """A rehearsal (đợt chạy thử)."""

    name: Text
    starts: Moment
    ends: Moment


class PhaseDocument(Document):
    """What the event asks for during one phase."""

    interval: Interval | None = Field(default=None, description="time between probes of one target")
    profile: Id | None = Field(default=None, description="what good means")
    policy: Id | None = Field(default=None, description="when and how people are paged")


class EventPhasesDocument(Document):
    """The phases in which an event wants something else than what is shipped."""

    planned: PhaseDocument | None = None
    wave: PhaseDocument | None = None
    freeze: PhaseDocument | None = None
    check: PhaseDocument | None = None
    live: PhaseDocument | None = None
    report: PhaseDocument | None = None


class EventDocument(Document):
    """A conference."""

    name: Text
    sites: SitesField
    except_: Choices | None = Field(default=None, alias="except", description="of `sites`, those that do not")
    starts: Moment
    ends: Moment
    draft: Flag = Field(default=False, description="written down, promised to nobody")
    cancelled: Flag = False
    carried_by: CarriedBy | None = Field(
        default=None, description="for the sites that do not say it themselves"
    )
    contacts_due: Moment | None = Field(
        default=None, description="when contacts and rosters must be complete"
    )
    room: RoomType | None = Field(default=None, description="what rooms show, unless they say it themselves")
    hubs: list[Id] = Field(
        default=[],
        max_length=64,
        description="services that all rooms send to; by default all in `sites`",
    )
    waves: dict[Id, WaveDocument] = {}
    freeze: Span | None = Field(default=None, description="how long before the start; by default 24h")
    check: Span | None = Field(default=None, description="how long before the start; by default 60m")
    overrun: Span | None = Field(default=None, description="live for how long after the end, unless closed")
    report: Span | None = Field(default=None, description="how long it is written up; by default 7d")
    phases: EventPhasesDocument = EventPhasesDocument()


class EventsDocument(Document):
    """events.d/*.yaml."""

    events: dict[Id, EventDocument] = {}
