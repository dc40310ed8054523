"""The policies that hold where policies.yaml says nothing, and which phase uses which.

The times of a dark site are section 6 of the design. An egress of ours that is dark hides every site behind
it, so our own house is as urgent as a dark site. Where the design is silent, a meeting that suffers and a
spare that is gone wait longer than a meeting that is cut, the longer the further the conference is away.
"""

from dataclasses import replace
from typing import Final

from bridgewatch.model.bandwidth import Window
from bridgewatch.model.ids import PolicyId
from bridgewatch.model.paging import Audience, Phase, Role, Urgency
from bridgewatch.model.policy import BANDWIDTH, Call, Policy, Step

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0

_CARRIER_STEPS: Final = (
    Step((Call(Audience.CARRIER, Role.DUTY),)),
    Step((Call(Audience.CARRIER, Role.LEAD), Call(Audience.OWN, Role.DUTY))),
    Step((Call(Audience.CARRIER, Role.OPERATIONS), Call(Audience.CARRIER, Role.RESCUE))),
    Step((Call(Audience.OWN, Role.LEAD),)),
)
# A tripped breaker is neither carrier's fault: who stands in the room sees it first.
_ROOM_STEPS: Final = (
    Step((Call(Audience.ROOM, Role.ROOM),)),
    Step((Call(Audience.CARRIER, Role.DUTY), Call(Audience.OWN, Role.DUTY))),
    Step((Call(Audience.OWN, Role.LEAD),)),
)
_OWN_STEPS: Final = (
    Step((Call(Audience.OWN, Role.DUTY),)),
    Step((Call(Audience.OWN, Role.LEAD),)),
)
SHIPPED_STEPS: Final = {
    Audience.CARRIER: _CARRIER_STEPS,
    Audience.ROOM: _ROOM_STEPS,
    Audience.OWN: _OWN_STEPS,
}


def _policy(
    name: str,
    hold: tuple[float, float, float],
    repeat: tuple[float, float, float],
    raise_again: float,
    digest: float,
) -> Policy:
    """`hold` and `repeat` of what is dark (and our own house), impaired, and reduced; a note pages nobody."""
    dark, impaired, reduced = hold
    dark_again, impaired_again, reduced_again = repeat
    return Policy(
        id=PolicyId(name),
        hold={
            Urgency.DARK: dark,
            Urgency.OWN: dark,
            Urgency.IMPAIRED: impaired,
            Urgency.REDUCED: reduced,
        },
        repeat={
            Urgency.DARK: dark_again,
            Urgency.OWN: dark_again,
            Urgency.IMPAIRED: impaired_again,
            Urgency.REDUCED: reduced_again,
            Urgency.NOTE: reduced_again,  # needed only where somebody gives notes a hold
        },
        steps=SHIPPED_STEPS,
        raise_again=raise_again,
        digest=digest,
    )


_POLICIES: Final = (
    _policy(
        "calm",
        hold=(5 * _MINUTE, 15 * _MINUTE, 15 * _MINUTE),
        repeat=(15 * _MINUTE, 30 * _MINUTE, 60 * _MINUTE),
        raise_again=4 * _HOUR,
        digest=15 * _MINUTE,
    ),
    _policy(
        "wave",
        hold=(30.0, 2 * _MINUTE, 2 * _MINUTE),
        repeat=(5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE),
        raise_again=15 * _MINUTE,
        digest=5 * _MINUTE,
    ),
    _policy(
        "freeze",
        hold=(60.0, 5 * _MINUTE, 5 * _MINUTE),
        repeat=(5 * _MINUTE, 15 * _MINUTE, 15 * _MINUTE),
        raise_again=30 * _MINUTE,
        digest=5 * _MINUTE,
    ),
    _policy(
        "check",
        hold=(15.0, 60.0, 60.0),
        repeat=(3 * _MINUTE, 5 * _MINUTE, 5 * _MINUTE),
        raise_again=10 * _MINUTE,
        digest=2 * _MINUTE,
    ),
    _policy(
        "live",
        hold=(5.0, 60.0, 30.0),
        repeat=(2 * _MINUTE, 2 * _MINUTE, 5 * _MINUTE),
        raise_again=10 * _MINUTE,
        digest=60.0,
    ),
)
_BANDWIDTH: Final = Policy(
    id=BANDWIDTH,
    hold=dict.fromkeys(Urgency, 10 * _MINUTE),  # it took minutes of readings, or a test, to find out
    repeat=dict.fromkeys(Urgency, 4 * _HOUR),
    steps=SHIPPED_STEPS,
    group=5 * _MINUTE,
    digest=_HOUR,
    quiet=Window(20 * 60, 7 * 60),
)
"""Traffic, contracts and what events need are the business of the day: nobody is woken."""

SHIPPED_POLICIES: Final = {policy.id: policy for policy in (*_POLICIES, _BANDWIDTH)}
"""By id. policies.yaml may change them and add others."""

WATCHDOG: Final = replace(
    _policy(
        "watchdog",
        hold=(0.0, 0.0, 0.0),  # the silence of the heartbeats is the hold
        repeat=(5 * _MINUTE, 5 * _MINUTE, 5 * _MINUTE),
        raise_again=30 * _MINUTE,
        digest=5 * _MINUTE,
    ),
    group=5.0,  # a watchdog has few things to say: that a daemon is back need not wait for company
)
"""Shipped to watchdogs alone, and holds in every phase: nobody knows what the daemon would see."""

CALM: Final = PolicyId("calm")
SHIPPED_PHASES: Final = {
    Phase.NONE: CALM,
    Phase.DRAFT: CALM,
    Phase.PLANNED: CALM,
    Phase.WAVE: PolicyId("wave"),
    Phase.FREEZE: PolicyId("freeze"),
    Phase.CHECK: PolicyId("check"),
    Phase.LIVE: PolicyId("live"),
    Phase.REPORT: CALM,
}
"""The policy of every phase, unless policies.yaml or an event says another."""
