"""rosters.yaml and rosters.d/*.yaml: who is on duty (lịch trực), for whom, where and when."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from bridgewatch.config.documents.base import Document
from bridgewatch.config.errors import mistake, one_of
from bridgewatch.config.reach import People
from bridgewatch.config.scalars import Flag, Id, Text, Whole
from bridgewatch.config.times import Day, Moment, TimeOfDay, Weekdays, Zone
from bridgewatch.model.paging import Role
from bridgewatch.model.phrases import phrase


class ShiftDocument(Document):
    """A shift of every week; one whose end is not after its start ends the next day."""

    days: Weekdays = frozenset(range(1, 8))
    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    who: People


class RotationDocument(Document):
    """Teams in turn, the first from `first_day` on."""

    first_day: Day
    handover: TimeOfDay = Field(description="when a team hands over to the next")
    days: Annotated[int, Whole(1, 366)] = Field(default=7, description="how long a team is on duty")
    teams: list[People] = Field(min_length=1, max_length=366)


class OverrideDocument(Document):
    """Somebody stands in for one person where that one would be on duty, or for everybody."""

    from_: Moment = Field(alias="from")
    to: Moment
    who: People
    instead_of: Id | None = Field(default=None, description="for whom; left out: for everybody")
    note: Text | None = None


class SwapDocument(Document):
    """Two contacts take over each other's duty."""

    from_: Moment = Field(alias="from")
    to: Moment
    between: People
    note: Text | None = None

    @model_validator(mode="after")
    def _are_two(self) -> "SwapDocument":
        if len(self.between) != 2:  # noqa: PLR2004 - a swap is between two
            raise mistake(phrase("two contacts: [one, other]"), str(len(self.between)), "between")
        return self


class RoleDocument(Document):
    """Who has one role. What is given adds up; overrides and swaps stand above it, the later first."""

    always: People = Field(default=(), description="on duty at any time")
    shifts: list[ShiftDocument] = Field(default=[], max_length=1_000)
    rotation: RotationDocument | None = None
    overrides: list[OverrideDocument] = Field(default=[], max_length=10_000)
    swaps: list[SwapDocument] = Field(default=[], max_length=10_000)

    @model_validator(mode="after")
    def _has_somebody(self) -> "RoleDocument":
        if not (self.always or self.shifts or self.rotation or self.overrides):
            raise mistake(phrase("`always`, `shifts` or a `rotation`"), phrase("a role that nobody has"))
        return self


class RosterDocument(Document):
    """The roles of one carrier, or of our own staff, in one area."""

    carrier: Id | None = Field(default=None, description="whose people they are; or `own: true`")
    own: Flag = Field(default=False, description="they are our own staff")
    area: Id | None = Field(default=None, description="a site and everything below it; left out: everywhere")
    timezone: Zone | None = Field(default=None, description="of its local times; by default the daemon's")
    duty: RoleDocument | None = Field(default=None, description="trực")
    lead: RoleDocument | None = Field(default=None, description="trực lãnh đạo")
    operations: RoleDocument | None = Field(default=None, description="trực điều hành")
    rescue: RoleDocument | None = Field(default=None, description="ứng cứu thông tin")
    room: RoleDocument | None = Field(
        default=None, description="who goes to the rooms (đầu mối tại điểm cầu)"
    )

    @model_validator(mode="after")
    def _is_of_somebody(self) -> "RosterDocument":
        if (self.carrier is None) != self.own:
            found = phrase("both `carrier` and `own`") if self.own else phrase("a roster of nobody")
            raise mistake(phrase("either `carrier: ID` or `own: true`"), found)
        if not any(True for _ in self.roles()):
            raise mistake(one_of(Role), phrase("no role"))
        return self

    def roles(self) -> Iterator[tuple[Role, RoleDocument]]:
        """The roles that it says, in their own order."""
        for role in Role:
            document: RoleDocument | None = getattr(self, role.value)
            if document is not None:
                yield role, document


class RostersDocument(Document):
    """rosters.yaml."""

    rosters: dict[Id, RosterDocument] = {}
