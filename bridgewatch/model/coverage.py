"""Where nobody would answer: gaps in time, and weak points of contacts and rosters. Instants are ns, UTC."""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from bridgewatch.model.ids import CarrierId, ContactId, EventId, RosterId, SiteId
from bridgewatch.model.paging import Audience, Phase, Role
from bridgewatch.model.words import Level

GUARDED: Final = frozenset({Phase.CHECK, Phase.LIVE})
"""From check to closed: an event in which somebody would not answer then is not ready."""

EARLY: Final = frozenset({Phase.WAVE, Phase.FREEZE})
"""Before that people are paged too: a gap then is a warning."""


@unique
class GapKind(StrEnum):
    """Why a step finds nobody."""

    NO_ROSTER = "no-roster"  # no roster of that role covers the place
    NOBODY = "nobody"  # rosters do, and nobody is on duty
    UNREACHABLE = "unreachable"  # no channel of those on duty can carry a page
    NO_CONTACT = "no-contact"  # the room has no contact point
    ONE_PERSON = "one-person"  # every step calls the same one


@dataclass(frozen=True, slots=True)
class Gap:
    """From `from_ns` up to `to_ns` a step of an escalation finds nobody, or all steps find the same one.

    `phases` of the event that this touches, in order: all of GUARDED, or none of them. `fault`: whose steps
    of the policy. `step` (0 first), `audience` and `role` say which call, `level` where it begins to look,
    None for the site's own. A ONE_PERSON gap has a contact and neither step nor role.

    `area` is the smallest one that contains all of `sites`, None everywhere; all sites of the event in it
    that hang on `carrier` have the gap, but where `sites` is the area's own site alone, that one only. What
    is of no site (an egress, say) has no sites.
    """

    event: EventId
    kind: GapKind
    fault: Audience
    phases: tuple[Phase, ...]
    from_ns: int
    to_ns: int
    sites: tuple[SiteId, ...]
    area: SiteId | None
    carrier: CarrierId | None = None
    step: int | None = None
    audience: Audience | None = None
    role: Role | None = None
    level: Level | None = None
    contact: ContactId | None = None

    @property
    def guarded(self) -> bool:
        """Whether it is between check and closed."""
        return not GUARDED.isdisjoint(self.phases)


@unique
class FlawKind(StrEnum):
    """What is wrong with a contact or a roster at any time."""

    NO_CATCH_ALL = "no-catch-all"  # nobody is left to be called when nobody else is found
    NOT_INDEPENDENT = "not-independent"  # own staff, reached over monitored egresses only
    NEEDS_TEMPLATE = "needs-template"  # its gateways take registered templates only and name none
    NO_ANSWER = "no-answer"  # its channels give no way to acknowledge
    IDLE_OVERRIDE = "idle-override"  # whom it stands in for is not on duty then
    UNWATCHED = "unwatched"  # nobody is sent heartbeats: a daemon that is dead pages nobody of it


@dataclass(frozen=True, slots=True)
class Flaw:
    """One weak point. `at_ns`: when it begins, for overrides."""

    kind: FlawKind
    contact: ContactId | None = None
    roster: RosterId | None = None
    at_ns: int | None = None


GRAVE_FLAWS = frozenset({FlawKind.NO_CATCH_ALL, FlawKind.NOT_INDEPENDENT})
"""Those with which a page may reach nobody at all: errors of a configuration that pages."""
