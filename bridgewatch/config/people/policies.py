"""Policies: the shipped ones, changed and added to by policies.yaml."""

from collections.abc import Mapping
from dataclasses import replace

from bridgewatch.config.documents.policies import (
    HoldDocument,
    PhasesDocument,
    PoliciesDocument,
    PolicyDocument,
    RepeatDocument,
    StepDocument,
    StepsDocument,
)
from bridgewatch.config.people.shipped import CALM, SHIPPED_PHASES, SHIPPED_POLICIES, WATCHDOG
from bridgewatch.model.ids import PolicyId
from bridgewatch.model.paging import Audience, Phase, Urgency
from bridgewatch.model.policy import Policy, Step


def make_policies(document: PoliciesDocument, *, watchdogs: bool = False) -> dict[PolicyId, Policy]:
    """The shipped policies and those of the file. `watchdogs`: they are for a watchdog."""
    shipped = SHIPPED_POLICIES | ({WATCHDOG.id: WATCHDOG} if watchdogs else {})
    return shipped | {PolicyId(n): _policy(PolicyId(n), p, shipped) for n, p in document.policies.items()}


def make_phases(document: PhasesDocument, *, watchdogs: bool = False) -> dict[Phase, PolicyId]:
    """The policy of every phase; a watchdog has no events and one policy."""
    stated = {phase: getattr(document, phase.name.lower()) for phase in Phase}
    shipped = dict.fromkeys(Phase, WATCHDOG.id) if watchdogs else SHIPPED_PHASES
    return shipped | {phase: PolicyId(name) for phase, name in stated.items() if name is not None}


def _policy(name: PolicyId, document: PolicyDocument, shipped: Mapping[PolicyId, Policy]) -> Policy:
    base = shipped[PolicyId(document.like) if document.like else name if name in shipped else CALM]
    said = document.model_fields_set
    return replace(
        base,
        id=name,
        hold=_hold(base.hold, document.hold),
        repeat=_repeat(base.repeat, document.repeat),
        steps=_steps(base.steps, document.steps),
        raise_again=document.raise_again if "raise_again" in said else base.raise_again,
        group=base.group if document.group is None else document.group,
        ceiling=document.ceiling or base.ceiling,
        digest=document.digest or base.digest,
        quiet=document.quiet if "quiet" in said else base.quiet,
    )


def _hold(base: Mapping[Urgency, float], document: HoldDocument) -> dict[Urgency, float]:
    """`never` takes a hold away."""
    stated = {Urgency[name.upper()]: getattr(document, name) for name in document.model_fields_set}
    return {u: hold for u, hold in ({**base, **stated}).items() if hold is not None}


def _repeat(base: Mapping[Urgency, float], document: RepeatDocument) -> dict[Urgency, float]:
    stated = {urgency: getattr(document, urgency.name.lower()) for urgency in Urgency}
    return {**base, **{urgency: repeat for urgency, repeat in stated.items() if repeat is not None}}


def _steps(
    base: Mapping[Audience, tuple[Step, ...]], document: StepsDocument
) -> dict[Audience, tuple[Step, ...]]:
    stated: dict[Audience, list[StepDocument] | None] = {
        audience: getattr(document, audience.value) for audience in Audience
    }
    return {**base, **{audience: tuple(map(_step, steps)) for audience, steps in stated.items() if steps}}


def _step(document: StepDocument) -> Step:
    return Step(document.call, document.level, document.after)
