"""policies.yaml: when people are paged, in which order, and which policy holds in which phase."""

import itertools
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from bridgewatch.config.documents.base import Document
from bridgewatch.config.errors import describe, mistake, one_of
from bridgewatch.config.scalars import Duration, Id, Whole, described
from bridgewatch.config.times import parse_window
from bridgewatch.core.nearest import nearest
from bridgewatch.model.bandwidth import Window
from bridgewatch.model.paging import Audience, Role
from bridgewatch.model.phrases import Words, phrase
from bridgewatch.model.policy import Call
from bridgewatch.model.words import Level

_DAY: Final = 86_400.0
_WEEK: Final = 7 * _DAY
_EXAMPLE: Final = one_of(("30s", "5m", "2h"))
NEVER: Final = "never"

CALLS: Final = {
    f"{audience} {role}": Call(audience, role)
    for audience, role in itertools.product((Audience.CARRIER, Audience.OWN), Role)
} | {"room": Call(Audience.ROOM, Role.ROOM)}
"""How the calls of a step are written: a role of the carrier or of our own staff, or the room's contacts."""


def parse_wait(value: Any) -> float | None:
    """A duration in seconds, or None for `never`."""
    if value == NEVER:
        return None
    return Duration(0, _WEEK, phrase("{example}, or never", example=_EXAMPLE)).parse(value)


def parse_quiet(value: Any) -> Window | None:
    """A daily time, or None for `never`."""
    if value == NEVER:
        return None
    quiet = parse_window(value)
    if quiet.starts == quiet.ends:
        raise mistake(phrase("times of day such as 22:00-05:00"), describe(value))
    return quiet


def parse_calls(value: Any) -> tuple[Call, ...]:
    """Whom a step calls: `carrier duty`, `own lead`, `room`; one or a list."""
    texts = value if isinstance(value, list) else [value]
    if not texts:
        raise mistake(_expected_call(None), phrase("nobody"))
    for text in texts:
        if text not in CALLS:
            raise mistake(_expected_call(text), describe(text))
    return tuple(dict.fromkeys(CALLS[text] for text in texts))


def _expected_call(text: Any) -> Words:
    """What was probably meant, or all that there is: of a role alone, by whom it can be had."""
    if not isinstance(text, str):
        return one_of(CALLS)
    whose = [call for call in CALLS if call.endswith(f" {text}")]
    return one_of(whose) if whose else nearest(text, CALLS) or one_of(CALLS)


Wait = Annotated[
    float | None, PlainValidator(parse_wait), described(["string", "number"], "30s, 5m, 2h, or never")
]
Quiet = Annotated[
    Window | None,
    PlainValidator(parse_quiet),
    described("string", "a daily local time, 20:00-07:00, or never"),
]
Repeat = Annotated[float, Duration(1, _WEEK, _EXAMPLE)]
Calls = Annotated[
    tuple[Call, ...],
    PlainValidator(parse_calls),
    WithJsonSchema(
        {
            "description": "a role of the carrier or of our own staff, or the room's contacts; one or a list",
            "anyOf": [
                {"type": "string", "enum": list(CALLS)},
                {"type": "array", "items": {"type": "string", "enum": list(CALLS)}},
            ],
        }
    ),
]


class StepDocument(Document):
    """One step; those who do not answer are followed by the next."""

    call: Calls
    level: Level | None = Field(
        default=None, description="the lowest level whose rosters are asked; by default the site's own"
    )
    after: Annotated[float, Duration(0, _DAY, _EXAMPLE)] | None = Field(
        default=None, description="since the step before; by default the policy's `repeat`"
    )


def _check_first(steps: list[StepDocument]) -> list[StepDocument]:
    if steps and steps[0].after is not None:
        expected = phrase("none: `hold` says when the first step goes")
        raise mistake(expected, phrase("an `after` at the first step"))
    return steps


Steps = Annotated[list[StepDocument], Field(min_length=1, max_length=32), AfterValidator(_check_first)]


class StepsDocument(Document):
    """Who follows whom, by whose fault it looks like; what is left out stays."""

    carrier: Steps | None = Field(default=None, description="faults of links, handovers and areas")
    room: Steps | None = Field(default=None, description="power or router of a site")
    own: Steps | None = Field(default=None, description="our own house, and services")


class HoldDocument(Document):
    """How long a fault is held before it pages; `never`: it goes into a digest. What is left out stays."""

    dark: Wait = Field(default=None, description="a site is out of the meeting")
    own: Wait = Field(default=None, description="our own house: an egress, rosters, delivery")
    impaired: Wait = Field(default=None, description="the meeting suffers")
    reduced: Wait = Field(default=None, description="a spare is gone")
    note: Wait = Field(default=None, description="nothing that a meeting would notice")


class RepeatDocument(Document):
    """How long a step waits for an answer before the next goes. What is left out stays."""

    dark: Repeat | None = None
    own: Repeat | None = None
    impaired: Repeat | None = None
    reduced: Repeat | None = None
    note: Repeat | None = None


class PolicyDocument(Document):
    """What is left out is taken from the shipped policy of that name, or `like` it says, or `calm`."""

    like: Id | None = Field(default=None, description="the shipped policy that it changes")
    hold: HoldDocument = HoldDocument()
    repeat: RepeatDocument = RepeatDocument()
    steps: StepsDocument = StepsDocument()
    raise_again: Wait = Field(default=None, description="acknowledged and still dark after this: paged again")
    group: Annotated[float, Duration(0, 3600, _EXAMPLE)] | None = Field(
        default=None, description="how long followers of a contact's first message wait for company"
    )
    ceiling: Annotated[int, Whole(1, 1_000)] | None = Field(
        default=None, description="messages to one contact in ten minutes; more become a digest"
    )
    digest: Annotated[float, Duration(10, _DAY, _EXAMPLE)] | None = Field(
        default=None, description="a digest leaves at least this often"
    )
    quiet: Quiet = Field(
        default=None,
        description="nobody is called then, unless an event begins before its end; `never`: at any time",
    )


class PhasesDocument(Document):
    """Which policy holds in which phase; what is left out stays as shipped."""

    none: Id | None = Field(default=None, description="no event")
    draft: Id | None = None
    planned: Id | None = None
    wave: Id | None = None
    freeze: Id | None = None
    check: Id | None = None
    live: Id | None = None
    report: Id | None = None


class PoliciesDocument(Document):
    """policies.yaml."""

    phases: PhasesDocument = PhasesDocument()
    policies: dict[Id, PolicyDocument] = {}
