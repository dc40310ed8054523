"""The short form, for SMS: 160 plain characters, the most important first, always with code and answer."""

from collections.abc import Sequence
from typing import Final

from bridgewatch.model.delivery import Brief, BriefIncident, BriefLink
from bridgewatch.model.paging import AckWay, FaultKind, MessageKind, Urgency
from bridgewatch.texts.messages import facts
from bridgewatch.texts.messages.gsm import LIMIT, clip, plain
from bridgewatch.texts.messages.tongue import Tongue

_LONGEST_NAME: Final = 60
_LONGEST_CIRCUIT: Final = 40
_LONGEST_KEYWORD: Final = 16
_ENDS: Final = frozenset({MessageKind.RECOVERED, MessageKind.RESOLVED})
_SITES: Final = 20  # by name; more never fit
_SAY_SPARE: Final = frozenset({FaultKind.LINK, FaultKind.QUALITY})  # by their labels

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
    beginning = plain(f"{facts.tag(brief)} {facts.mark(tongue, brief)}").rstrip() + ": "
    if len(brief.incidents) > 1:
        return _asked(tongue, brief, beginning) if facts.asks(brief) else _news(tongue, brief)
    ending = _ending(tongue, brief, len(brief.incidents))
    told = _one(tongue, brief, brief.incidents[0])
    return beginning + _fit(told, LIMIT - len(beginning) - len(ending)) + ending


def _ending(tongue: Tongue, brief: Brief, shown: int) -> str:
    """How to answer, with so many of the codes; '' where nothing is asked."""
    if not facts.asks(brief):
        return ""
    known = facts.codes(brief)
    listed, more = " ".join(known[:shown]), len(known) - shown
    if brief.answers & {AckWay.SMS, AckWay.CHAT}:
        keyword = clip(plain(brief.keyword), _LONGEST_KEYWORD)
        said = tongue.say("Reply {codes} OK/HELP/NO", codes=f"{keyword} {listed}".strip())
        if more > 0:
            answer = f"{keyword} OK".strip()
            said += ", " + tongue.count(
                "{n} more code: reply {answer}", "{n} more codes: reply {answer}", more, answer=answer
            )
    elif more > 0:
        said = tongue.count(
            "Tell NOC: {codes} and {n} more", "Tell NOC: {codes} and {n} more", more, codes=listed
        )
    else:
        said = tongue.say("Tell NOC: {codes}", codes=listed)
    return plain(f". {said}")


def _one(tongue: Tongue, brief: Brief, incident: BriefIncident) -> Sequence[_Part]:
    """What happened and where, the circuit by which the carrier knows it, and what else there is to say."""
    core = facts.headline(tongue, brief.kind, incident, _label(tongue, incident))
    link = incident.link
    told: list[_Part] = [_with_sites(core, incident), _circuit(tongue, link)]
    if not facts.asks(brief):
        return [*told, *_when(tongue, brief, incident)]
    event, phase = facts.event(tongue, incident)
    return [
        *told,
        (facts.passed_in_short(tongue, link),) if link is not None else (),
        (_reflectors(incident),),
        (_often(tongue, incident),),
        (facts.before(tongue, incident), facts.before_in_short(tongue, incident)),
        *_when(tongue, brief, incident),
        (f"{event} ({phase})", phase) if event else (),
        (_effect(tongue, incident),),
    ]


def _with_sites(core: str, incident: BriefIncident) -> _Part:
    """Of a carrier's fault in an area, `core` with as many sites by name as have room."""
    if incident.area is None:
        return (core,)
    names = [facts.bare(name) for name in facts.hurt(incident)]
    listed = ", ".join(names)
    some = (f"{core}: {', '.join(names[:shown])}, ..." for shown in range(min(len(names), _SITES), 0, -1))
    return *((f"{core}: {listed}",) if listed else ()), *some, core


def _reflectors(incident: BriefIncident) -> str:
    """Where the box is asked that does not answer."""
    if incident.kind is not FaultKind.TARGET:
        return ""
    return ", ".join(dict.fromkeys(link.address for link in facts.links(incident) if link.address))


def _circuit(tongue: Tongue, link: BriefLink | None) -> _Part:
    if link is None or not link.circuit:
        return ()
    known = clip(plain(link.circuit), _LONGEST_CIRCUIT)
    return tongue.say("circuit {circuit}", circuit=known), known


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
    return tongue.say("broken {n} times", n=incident.spells) if incident.spells > 1 else ""


def _effect(tongue: Tongue, incident: BriefIncident) -> str:
    """What it does to sites, as far as the core of the message does not say it."""
    own = (incident.subject,)
    if incident.impaired == own and not incident.dark:
        return tongue.word(Urgency.IMPAIRED)
    if incident.area is not None and facts.is_all_dark(incident):
        return ""
    if {*facts.hurt(incident)} != {*own}:
        return facts.effect_in_short(tongue, (incident,))
    if incident.reduced and incident.kind not in _SAY_SPARE:
        return tongue.word(Urgency.REDUCED)
    return ""


def _asked(tongue: Tongue, brief: Brief, beginning: str) -> str:
    """What several are about, how many and how bad; every code that fits; when and where."""
    effect = facts.effect_in_short(tongue, brief.incidents)
    core = plain(", ".join(filter(None, (facts.how_many(tongue, brief), effect))))
    room = LIMIT - len(beginning) - len(core)
    shown = len(facts.codes(brief))
    while len(ending := _ending(tongue, brief, shown)) > room and shown > 1:
        shown -= 1
    return beginning + _several(tongue, brief, core, LIMIT - len(beginning) - len(ending)) + ending


def _news(tongue: Tongue, brief: Brief) -> str:
    """What became of several, with every code that fits in front; when and where, as far as it fits."""
    known, core = facts.codes(brief), plain(facts.how_many(tongue, brief))
    mark = facts.mark(tongue, brief)
    shown = len(known)
    while True:
        more = f" +{len(known) - shown}" if shown < len(known) else ""
        beginning = plain(f"{' '.join(known[:shown])}{more} {mark}").rstrip() + ": "
        if shown == 1 or len(beginning) + len(core) <= LIMIT:
            return beginning + _several(tongue, brief, core, LIMIT - len(beginning))
        shown -= 1


def _several(tongue: Tongue, brief: Brief, core: str, room: int) -> str:
    """`core`, and as far as there is room when it was and where; a place may have a comma in it."""
    timed = ", ".join(filter(None, (core, plain(_when_all(tongue, brief)))))
    places = dict.fromkeys(facts.subject(tongue, incident) for incident in brief.incidents)
    told: list[_Part] = [(timed if len(timed) <= room else core,), (), *((place,) for place in places)]
    return _fit(told, room, "; ")


def _when_all(tongue: Tongue, brief: Brief) -> str:
    """When the last of them ended, where that is the news; else when the first of them began."""
    if brief.kind not in _ENDS:
        began_ns = min(incident.began_ns for incident in brief.incidents)
        return tongue.say("since {time}", time=tongue.clock_short(began_ns))
    ended = [incident.ended_ns for incident in brief.incidents if incident.ended_ns is not None]
    return tongue.say("at {time}", time=tongue.clock_short(max(ended))) if ended else ""


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
        case FaultKind.QUALITY if incident.urgency is Urgency.REDUCED:
            said = tongue.say("spare of poor quality")
        case FaultKind.QUALITY:
            said = tongue.say("poor quality")
        case _:
            return facts.label(tongue, incident)
    return tongue.say("suspected {what}", what=said) if incident.suspected else said


def _fit(told: Sequence[_Part], room: int, between: str = ", ") -> str:
    """The first part, clipped where it must be, and of every further one the best way to say it that fits.

    The second has its room before anything else. Of all others first the shortest ways are taken, so that one
    that is said at length leaves no other unsaid; what room is left goes to the best ways of the first and
    then of the last parts.
    """
    ways = [[said for said in map(plain, part) if said] for part in told]
    second = min(ways[1], key=len, default="") if len(ways) > 1 else ""
    taken = [clip(min(ways[0], key=len), room - (len(second) + 2 if second else 0))]
    left = room - len(taken[0])
    for part in ways[1:]:
        shortest = min(part, key=len, default="")
        fits = bool(shortest) and len(shortest) + 2 <= left
        taken.append(shortest if fits else "")
        left -= len(shortest) + 2 if fits else 0
    for place in (0, *reversed(range(1, len(ways)))):
        for said in ways[place]:
            if taken[place] and 0 < len(said) - len(taken[place]) <= left:
                left -= len(said) - len(taken[place])
                taken[place] = said
    return between.join(filter(None, taken))
