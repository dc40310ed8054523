"""The short form, for SMS: 160 plain characters, the most important first, always with code and answer."""

from collections.abc import Sequence
from typing import Final

from bridgewatch.model.delivery import Brief, BriefIncident
from bridgewatch.model.paging import AckWay, FaultKind, MessageKind, Urgency
from bridgewatch.texts.messages import facts
from bridgewatch.texts.messages.gsm import LIMIT, clip, plain
from bridgewatch.texts.messages.tongue import Tongue

_LONGEST_NAME: Final = 60
_ANSWERED_CODES: Final = 4

_Part = Sequence[str]
"""Ways to say one thing, the best first."""


def compose(tongue: Tongue, brief: Brief) -> str:
    """One SMS."""
    if brief.kind is MessageKind.TEST:
        return plain(
            tongue.say(
                "Test message for {name} at {time}. Nothing need be done.",
                name=clip(plain(brief.contact_name), _LONGEST_NAME),
                time=tongue.clock_short(brief.at_ns),
            )
        )
    if not brief.incidents:
        return clip(plain(facts.capital(tongue.word(brief.kind))), LIMIT)
    beginning = plain(f"{facts.tag(brief)} {facts.mark(tongue, brief)}").rstrip() + ":"
    ending = plain(f". {_answer(tongue, brief)}") if facts.asks(brief) else ""
    room = LIMIT - len(beginning) - len(ending) - 1  # a blank stands between beginning and core
    told = _several(tongue, brief) if len(brief.incidents) > 1 else _one(tongue, brief, brief.incidents[0])
    return f"{beginning} {_fit(told, room)}{ending}"


def _answer(tongue: Tongue, brief: Brief) -> str:
    known = " ".join(facts.codes(brief)[:_ANSWERED_CODES])
    if brief.answers & {AckWay.SMS, AckWay.CHAT}:
        return tongue.say("Reply {code} OK", code=known)
    return tongue.say("Tell NOC: {code}", code=known)


def _one(tongue: Tongue, brief: Brief, incident: BriefIncident) -> Sequence[_Part]:
    """The core and what may follow it, in the order of its worth."""
    core = facts.headline(tongue, brief.kind, incident, _label(tongue, incident))
    if not facts.asks(brief):
        return ((core,), *_when(tongue, brief, incident))
    event, phase = facts.event(tongue, incident)
    link = incident.link
    circuit = link.circuit if link is not None else None
    return (
        (core,),
        (facts.passed(tongue, link) if link is not None else "",),
        (_often(tongue, incident),),
        *_when(tongue, brief, incident),
        (f"{event} ({phase})" if event else "", phase),
        (_effect(tongue, incident),),
        (tongue.say("circuit {circuit}", circuit=circuit) if circuit else "",),
    )


def _when(tongue: Tongue, brief: Brief, incident: BriefIncident) -> Sequence[_Part]:
    began, ended = incident.began_ns, incident.ended_ns
    if ended is None:
        return ((tongue.say("since {time}", time=tongue.clock_short(began)),),)
    lasted = tongue.say("lasted {span}", span=tongue.span_short(ended - began))
    at_ns = began if brief.kind is MessageKind.NOTES else ended
    return (tongue.say("at {time}", time=tongue.clock_short(at_ns)),), (lasted,)


def _often(tongue: Tongue, incident: BriefIncident) -> str:
    """That it is not the first time, or how often a link that flaps was cut."""
    within_ns = facts.flaps(incident)
    if within_ns is not None:
        span = tongue.span_short(within_ns)
        return tongue.count("{n} cut in {span}", "{n} cuts in {span}", incident.spells, span=span)
    return tongue.say("time {n}", n=incident.spells) if incident.spells > 1 else ""


def _effect(tongue: Tongue, incident: BriefIncident) -> str:
    """What it does to sites, as far as the core of the message does not say it."""
    own = (incident.subject,)
    if incident.impaired == own and not incident.dark:
        return tongue.word(Urgency.IMPAIRED)
    if {*incident.dark, *incident.impaired, *incident.reduced} != {*own}:
        return facts.effect_in_short(tongue, (incident,))
    if incident.reduced and incident.kind is not FaultKind.LINK:
        return tongue.word(Urgency.REDUCED)
    return ""


def _several(tongue: Tongue, brief: Brief) -> Sequence[_Part]:
    """What it is about, how many, how bad, and which, as far as it fits."""
    effect = facts.effect_in_short(tongue, brief.incidents) if facts.asks(brief) else ""
    places = dict.fromkeys(facts.bare(incident.subject) for incident in brief.incidents)
    return ((facts.how_many(tongue, brief),), (effect,), *((place,) for place in places))


def _label(tongue: Tongue, incident: BriefIncident) -> str:
    """Shorter where there is a shorter way to say it."""
    match incident.kind:
        case FaultKind.SITE:
            said = tongue.say("power or router failure")
        case FaultKind.HANDOVER:
            said = tongue.say("handover down")
        case FaultKind.AREA:
            said = tongue.say("area outage")
        case FaultKind.CONTACTS:
            said = tongue.say("contacts or rosters missing")
        case _:
            return facts.label(tongue, incident)
    return tongue.say("suspected {what}", what=said) if incident.suspected else said


def _fit(told: Sequence[_Part], room: int) -> str:
    """The first part, clipped where it must be, and of every further one what fits whole."""
    text = clip(plain(told[0][0]), room)
    for part in told[1:]:
        left = room - len(text) - 2
        text += next((f", {said}" for said in map(plain, part) if said and len(said) <= left), "")
    return text
