"""When people are paged and in which order: one policy per phase. Durations are seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridgewatch.model.bandwidth import Window
from bridgewatch.model.ids import PolicyId
from bridgewatch.model.paging import Audience, Role, Urgency
from bridgewatch.model.words import Level

BANDWIDTH: Final = PolicyId("bandwidth")
"""The policy of faults of bandwidth in every phase; without it they go by the phase's like any other."""


@dataclass(frozen=True, slots=True)
class Call:
    """Whom a step calls: a role of the faulty link's carrier or of our own staff, or the room's contacts."""

    audience: Audience
    role: Role


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an escalation.

    `level`: the lowest level whose rosters are asked, None for the site's own; where nobody covers it, the
    next above. `after` is counted from the step before, None for the policy's `repeat`.
    """

    calls: tuple[Call, ...]
    level: Level | None = None
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a fault of each urgency is held before it pages, and who follows whom until somebody answers.

    `hold` and `repeat` by urgency; without a hold it pages nobody and goes into a digest. `steps` by whose
    fault it looks like: CARRIER for links, handovers and areas, ROOM for a site's power, OWN for our own
    house and for services. After the last step the last step is called again, each `repeat`, for ever.
    In `quiet` hours nobody is called, and what steps wait for is counted outside them.
    """

    id: PolicyId
    hold: Mapping[Urgency, float]
    repeat: Mapping[Urgency, float]
    steps: Mapping[Audience, tuple[Step, ...]]
    raise_again: float | None = None  # acknowledged, and a site is still dark
    group: float = 30.0  # followers of a contact's first message wait this long for company
    ceiling: int = 10  # messages to one contact within ten minutes; more become a digest
    digest: float = 300.0  # a digest leaves at least this often while there is something to tell
    quiet: Window | None = None


@dataclass(frozen=True, slots=True)
class StepNumber:
    """A step as people count it, 1 first. `again`: the policy has no further one, so its last is repeated."""

    number: int
    again: bool


def numbered(step: int, steps: int | None) -> StepNumber:
    """The number of `step`, 0 first, of an escalation that has `steps`; None where that is not known."""
    last = step if steps is None else max(steps, 1) - 1
    return StepNumber(min(step, last) + 1, again=step > last)
