"""What holds for a site that several events claim at once: of everything the most demanding."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from bridgewatch.model.calendar import Event, PhaseSettings, Ruling
from bridgewatch.model.ids import PolicyId
from bridgewatch.model.paging import Phase, Urgency
from bridgewatch.model.people import Directory
from bridgewatch.model.policy import Policy

_BY_DEMAND: Final = (
    Phase.NONE,
    Phase.DRAFT,
    Phase.REPORT,
    Phase.PLANNED,
    Phase.FREEZE,
    Phase.WAVE,
    Phase.CHECK,
    Phase.LIVE,
)
DEMAND: Final[Mapping[Phase, int]] = {phase: rank for rank, phase in enumerate(_BY_DEMAND)}
"""How much each phase asks for. A bandwidth test that the greatest allows, all of them allow."""

INTERVALS: Final[Mapping[Phase, float]] = {
    Phase.WAVE: 0.1,
    Phase.FREEZE: 1.0,
    Phase.CHECK: 0.1,
    Phase.LIVE: 0.1,
}
"""Seconds between probes where the event says nothing; in other phases the inventory's own."""

MEETING: Final = frozenset({Phase.WAVE, Phase.FREEZE, Phase.CHECK, Phase.LIVE})
"""The phases in which an event says what carries its meeting."""

_NO_SETTINGS: Final = PhaseSettings()
_NO_POLICY: Final = PolicyId("none")  # of a directory without policies, which pages nobody


class Claim(NamedTuple):
    """An event and the phase it is in, one that holds: not NONE."""

    event: Event
    phase: Phase

    @property
    def settings(self) -> PhaseSettings:
        """What the event asks for in this phase."""
        return self.event.settings.get(self.phase, _NO_SETTINGS)

    @property
    def interval(self) -> float | None:
        """Seconds between probes, None for the inventory's own."""
        return self.settings.interval or INTERVALS.get(self.phase)


def by_demand(claims: Sequence[Claim]) -> list[Claim]:
    """The most demanding first; of equal ones the event that starts first, then the one written first."""
    return sorted(claims, key=lambda claim: (-DEMAND[claim.phase], claim.event.starts_ns))


def rule(claims: Sequence[Claim], directory: Directory) -> Ruling:
    """What holds for a site with those claims.

    The most demanding phase; the shortest interval; the fastest of all policies, so that an event whose own
    policy is slow cannot slow another one down. Profile and carrier of the meeting are those of the most
    demanding event that says any.
    """
    if not claims:
        return Ruling(Phase.NONE, policy_of(None, Phase.NONE, directory))
    ordered = by_demand(claims)
    profiles = (claim.settings.profile for claim in ordered)
    carried = (claim.event.carried_by for claim in ordered if claim.phase in MEETING)
    return Ruling(
        phase=ordered[0].phase,
        policy=min(
            (policy_of(claim.event, claim.phase, directory) for claim in ordered),
            key=lambda policy: pace(directory.policies.get(policy)),
        ),
        event=ordered[0].event.id,
        interval=min((claim.interval for claim in ordered if claim.interval is not None), default=None),
        profile=next(filter(None, profiles), None),
        carried_by=next(filter(None, carried), None),
    )


def policy_of(event: Event | None, phase: Phase, directory: Directory) -> PolicyId:
    """The policy of one event in one phase: its own word, else the phase's."""
    own = event.settings.get(phase, _NO_SETTINGS).policy if event is not None else None
    return own or directory.policy_of_phase.get(phase, _NO_POLICY)


def pace(policy: Policy | None) -> tuple[float, float]:
    """How fast a policy is; the smaller, the faster: the hold of a dark site, then its repeat, in seconds.

    A dark site is what it is all about. A policy that does not page for one is the slowest.
    """
    never = float("inf")
    if policy is None:
        return never, never
    return policy.hold.get(Urgency.DARK, never), policy.repeat.get(Urgency.DARK, never)
