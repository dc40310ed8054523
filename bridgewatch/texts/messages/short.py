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
    first = brief.incidents[0]
    beginning = plain(f"{facts.tag(brief)} {facts.urgent(tongue, brief)}").rstrip() + ":"
    ending = plain(f". {_answer(tongue, brief)}") if facts.asks(brief) else ""
    room = LIMIT - len(beginning) - len(ending) - 1  # a blank stands between beginning and core
    told = _one(tongue, brief, first) if len(brief.incidents) == 1 else _several(tongue, brief)
    return f"{beginning} {_fit(told, room)}{ending}"


def _answer(tongue: Tongue, brief: Brief) -> str:
    known = " ".join(facts.codes(brief)[:_ANSWERED_CODES])
    if brief.answers & {AckWay.SMS, AckWay.CHAT}:
        return tongue.say("Reply {code} OK", code=known)
    return tongue.say("Tell NOC: {code}", code=known)


def _one(tongue: Tongue, brief: Brief, incident: BriefIncident) -> Sequence[str]:
    """The core and what may follow it, in the order of its worth."""
    said = facts.outcome(tongue, brief.kind, incident)
    core = f"{facts.capital(said or _label(tongue, incident))}: {_subject(incident)}"
    if incident.ended_ns is not None:
        return core, tongue.span_short(incident.ended_ns - incident.began_ns)
    more = [core, tongue.say("since {time}", time=tongue.clock_short(incident.began_ns))]
    if facts.asks(brief):
        if len(incident.dark) + len(incident.impaired) > 1:
            more.append(facts.effect_in_short(tongue, (incident,)))
        if incident.links:
            more.append(incident.links[0].carrier)
        if incident.event_name:
            more.append(f"{incident.event_name} ({tongue.word(incident.phase)})")
    return more


def _several(tongue: Tongue, brief: Brief) -> Sequence[str]:
    """How many, how bad, and which, as far as it fits."""
    said = [tongue.count("{n} incident", "{n} incidents", len(brief.incidents))]
    if facts.asks(brief):
        said.append(facts.effect_in_short(tongue, brief.incidents))
    if outcome := facts.outcome(tongue, brief.kind, brief.incidents[0]):
        said.append(outcome)
    return [*said, *(_subject(incident) for incident in brief.incidents)]


def _subject(incident: BriefIncident) -> str:
    # Every site is a điểm cầu; here the words cost a tenth of the room.
    return incident.subject.removeprefix("Điểm cầu ")


def _label(tongue: Tongue, incident: BriefIncident) -> str:
    if incident.kind is FaultKind.LINK and incident.urgency in {Urgency.DARK, Urgency.REDUCED}:
        return facts.label(tongue, incident)
    said = {
        FaultKind.LINK: tongue.say("link down"),
        FaultKind.SITE: tongue.say("site power or router"),
        FaultKind.HANDOVER: tongue.say("handover down"),
        FaultKind.AREA: tongue.say("area outage"),
        FaultKind.EGRESS: tongue.say("own uplink failing"),
        FaultKind.SERVICE: tongue.say("service dark"),
        FaultKind.QUALITY: tongue.say("poor quality"),
        FaultKind.CONTACTS: tongue.say("contacts missing"),
        FaultKind.DELIVERY: tongue.say("alerts not delivered"),
        FaultKind.HEARTBEAT: tongue.say("monitor silent"),
    }[incident.kind]
    return tongue.say("suspected {what}", what=said) if incident.suspected else said


def _fit(told: Sequence[str], room: int) -> str:
    """The first part, clipped where it must be, and every further one that fits whole."""
    text = clip(plain(told[0]), room)
    for part in filter(None, map(plain, told[1:])):
        if len(text) + len(part) + 2 <= room:
            text += f", {part}"
    return text
