"""What a message tells of an incident, clause by clause; the forms put the clauses together."""

from collections.abc import Sequence
from typing import Final

from bridgewatch.model.delivery import FIELDS, Brief, BriefIncident, BriefLink, LinkFigures
from bridgewatch.model.paging import ASKING, FaultKind, MessageKind, Phase, Urgency, Why
from bridgewatch.model.words import LinkState, Reason
from bridgewatch.texts.bandwidth import shortfall_in_short, tell_interface, tell_shortfall
from bridgewatch.texts.figures import milliseconds, percent
from bridgewatch.texts.messages.tongue import Tongue
from bridgewatch.texts.networks import tell_network
from bridgewatch.texts.people import tell_fault
from bridgewatch.texts.words import tell, tell_reason

SAID_BY_LABEL: Final = frozenset(
    {
        Why.LINK_DOWN,
        Why.LINK_FLAPPING,
        Why.SERVICE_DARK,
        Why.QUALITY_CRITICAL,
        Why.STORE_FAILING,
        Why.SECRET_MISSING,
    }
)
"""What the label of a fault says as well."""
_TOLD_BY_COUNT: Final = frozenset(
    {Reason.SILENT, Reason.SILENT_WITH_WITNESS, Reason.NO_WITNESS, Reason.TARGET_REFUSES}
)
_NOTABLE_LOSS: Final = 0.001  # the ratio below which nobody would mention what a link usually loses
_ANSWERING: Final = frozenset({LinkState.UP, LinkState.DEGRADED, LinkState.FLAPPING})
_UNDER_WAY: Final = frozenset({Phase.WAVE, Phase.FREEZE, Phase.CHECK, Phase.LIVE})
_SAY_DARK: Final = frozenset({FaultKind.LINK, FaultKind.SERVICE})  # by their labels
_FLAPS: Final = 3  # from so many cuts on, their number says it
_OF_NO_PLACE: Final = frozenset(
    {FaultKind.EGRESS, FaultKind.CONTACTS, FaultKind.DELIVERY, FaultKind.HEARTBEAT}
)
_OF_ITSELF: Final = frozenset({Why.FIRST_STEP, Why.RELAPSED})  # nobody did anything
_WHO_SHOWN: Final = 2
_MINUTE_NS: Final = 60_000_000_000


def codes(brief: Brief) -> tuple[str, ...]:
    """The codes of all incidents, in the brief's order, each once."""
    return tuple(dict.fromkeys(incident.code for incident in brief.incidents))


def asks(brief: Brief) -> bool:
    """Whether the message wants an answer."""
    return brief.kind in ASKING and bool(brief.incidents)


def tag(brief: Brief) -> str:
    """`K7F2`, or `K7F2 +4` for five incidents."""
    first, *others = codes(brief)
    return f"{first} +{len(others)}" if others else first


def mark(tongue: Tongue, brief: Brief) -> str:
    """How to take it: urgently, where somebody is called and a site is dark; for information; or ''."""
    if asks(brief) and any(incident.urgency is Urgency.DARK for incident in brief.incidents):
        return tongue.say("URGENT")
    return capital(tongue.word(Urgency.NOTE)) if brief.kind is MessageKind.NOTES else ""


def capital(text: str) -> str:
    """With a capital letter at the beginning."""
    return text[:1].upper() + text[1:]


def bare(name: str) -> str:
    """A site's name without the word for a site, where the words around it say what it is."""
    return name.removeprefix("Điểm cầu ").replace(", Điểm cầu ", ", ")


def label(tongue: Tongue, incident: BriefIncident) -> str:
    """What happened, in a few words: for one link, what its loss means."""
    if incident.kind is FaultKind.LINK:
        said = _of_link(tongue, incident)
    elif incident.kind is FaultKind.QUALITY and incident.urgency is Urgency.REDUCED:
        said = tongue.say("spare link of poor quality")
    else:
        said = tell_fault(incident.kind, incident.why, tongue.language)
    return tongue.say("suspected {what}", what=said) if incident.suspected else said


def _of_link(tongue: Tongue, incident: BriefIncident) -> str:
    if incident.urgency is Urgency.DARK and incident.dark == (incident.subject,):
        return tongue.say("site dark")
    if incident.urgency is not Urgency.REDUCED:
        return tell_fault(incident.kind, incident.why, tongue.language)
    if incident.why is Why.LINK_FLAPPING:
        return tongue.say("spare link flapping")
    return tongue.say("spare link down")


def subject(tongue: Tongue, incident: BriefIncident) -> str:
    """The place or thing; of a carrier's fault in an area, how many sites: the area is none."""
    if incident.area is None:
        return bare(incident.subject)
    carrier, area = incident.subject.removesuffix(f", {incident.area}"), bare(incident.area)
    count = len(hurt(incident))
    if not count:
        sites = tongue.say("sites of {area}", area=area)
    elif is_all_dark(incident):
        sites = tongue.count("{n} dark site of {area}", "{n} dark sites of {area}", count, area=area)
    else:
        sites = tongue.count("{n} site of {area}", "{n} sites of {area}", count, area=area)
    return f"{carrier}, {sites}"


def is_all_dark(incident: BriefIncident) -> bool:
    """Whether it darkens whatever it hurts, and still does."""
    return bool(incident.dark) and incident.ended_ns is None and incident.dark == hurt(incident)


def hurt(incident: BriefIncident) -> tuple[str, ...]:
    """The names of all sites that it hurts, the worst first."""
    return (*incident.dark, *incident.impaired, *incident.reduced)


def where(tongue: Tongue, incident: BriefIncident) -> str:
    """The place, and of a single link which one it is there."""
    link = incident.link
    if link is None:
        return subject(tongue, incident)
    return f"{bare(incident.subject)}, {tell_network(link.network, tongue.language)} {link.carrier}"


def headline(tongue: Tongue, kind: MessageKind, incident: BriefIncident, said: str = "") -> str:
    """What happened or became of it, and where. `said` is what happened, if not as `label` has it."""
    said = said or label(tongue, incident)
    if became := outcome(tongue, kind, incident):
        said = f"{became} ({said})" if incident.kind in _OF_NO_PLACE else became
    return f"{capital(said)}: {where(tongue, incident)}"


def effects(tongue: Tongue, incident: BriefIncident, most: int) -> list[str]:
    """What it does to sites, the worst first, with at most `most` of their names each."""
    told = []
    own = (incident.subject,)
    if incident.dark == own:
        told += [] if incident.kind in _SAY_DARK else [tongue.word(Urgency.DARK)]
    elif incident.dark:
        names, count = _names(tongue, incident.dark, most), len(incident.dark)
        told.append(tongue.count("{n} site dark: {names}", "{n} sites dark: {names}", count, names=names))
    if incident.impaired == own:
        told.append(tongue.word(Urgency.IMPAIRED))
    elif incident.impaired:
        names, count = _names(tongue, incident.impaired, most), len(incident.impaired)
        told.append(
            tongue.count("{n} site impaired: {names}", "{n} sites impaired: {names}", count, names=names)
        )
    if incident.reduced == own:
        told += [] if incident.kind is FaultKind.LINK else [tongue.word(Urgency.REDUCED)]
    elif incident.reduced:
        names, count = _names(tongue, incident.reduced, most), len(incident.reduced)
        told.append(
            tongue.count(
                "{n} site without a spare: {names}", "{n} sites without a spare: {names}", count, names=names
            )
        )
    return told


def effect_in_short(tongue: Tongue, incidents: Sequence[BriefIncident]) -> str:
    """How many sites the worst of it concerns; '' for none. A site is counted once."""
    dark = {name for incident in incidents for name in incident.dark}
    impaired = {name for incident in incidents for name in incident.impaired} - dark
    reduced = {name for incident in incidents for name in incident.reduced} - dark - impaired
    if dark:
        return tongue.count("{n} site dark", "{n} sites dark", len(dark))
    if impaired:
        return tongue.count("{n} site impaired", "{n} sites impaired", len(impaired))
    if reduced:
        return tongue.count("{n} site without a spare", "{n} sites without a spare", len(reduced))
    return ""


def _names(tongue: Tongue, names: Sequence[str], most: int) -> str:
    shown = ", ".join(map(bare, names[:most])) or "..."
    more = len(names) - most
    if most and more > 0:
        return tongue.count("{shown} and {n} more", "{shown} and {n} more", more, shown=shown)
    return shown


def flaps(incident: BriefIncident) -> int | None:
    """Within how many nanoseconds, whole minutes, a flapping link was cut so often; None if not known."""
    if incident.why is not Why.LINK_FLAPPING or incident.spells < _FLAPS or incident.first_ns is None:
        return None
    return max(1, -(-(incident.began_ns - incident.first_ns) // _MINUTE_NS)) * _MINUTE_NS


def event(tongue: Tongue, incident: BriefIncident) -> tuple[str, str]:
    """The event that it disturbs or is about to, and how far that is; ('', '') where there is none."""
    if not incident.event_name or incident.event_name == incident.subject or incident.phase not in _UNDER_WAY:
        return "", ""
    if incident.phase is Phase.CHECK:
        return incident.event_name, tongue.say("about to begin")
    return incident.event_name, tongue.word(incident.phase)


def since(tongue: Tongue, incident: BriefIncident) -> str:
    """From when, and how long until now or until its end."""
    lasted = tongue.span((incident.ended_ns or tongue.now_ns) - incident.began_ns)
    if incident.ended_ns is None:
        return tongue.say("{begin}, {span} ago", begin=tongue.moment(incident.began_ns), span=lasted)
    return tongue.say(
        "{begin} to {end}, {span}",
        begin=tongue.clock(incident.began_ns),
        end=tongue.clock(incident.ended_ns),
        span=lasted,
    )


def links(incident: BriefIncident) -> tuple[BriefLink, ...]:
    """The link that it is about, and then the worst of the others."""
    own = incident.link
    if own is None:
        return incident.links
    return own, *(link for link in incident.links if link.id != own.id)


def place(tongue: Tongue, link: BriefLink) -> str:
    """Site, network, carrier and circuit."""
    parts = [bare(link.site), f"{tell_network(link.network, tongue.language)} {link.carrier}".strip()]
    if link.circuit:
        parts.append(tongue.say("circuit {circuit}", circuit=link.circuit))
    return ", ".join(part for part in parts if part)


def evidence(tongue: Tongue, link: BriefLink) -> str:
    """What was measured, and what its router says."""
    if link.shortfall is not None:
        return passed(tongue, link)
    proof = link.proof
    told = []
    if proof.reason is Reason.TARGET_REFUSES and link.address is not None:
        told.append(
            tongue.count(
                "{n} probe refused by {address} since {begin}",
                "{n} probes refused by {address} since {begin}",
                proof.unanswered,
                address=link.address,
                begin=tongue.clock(proof.since_ns),
            )
        )
    elif proof.reason is Reason.TARGET_REFUSES:
        told.append(
            tongue.count(
                "{n} probe refused by the target since {begin}",
                "{n} probes refused by the target since {begin}",
                proof.unanswered,
                begin=tongue.clock(proof.since_ns),
            )
        )
    elif proof.unanswered:
        told.append(
            tongue.count(
                "{n} probe unanswered since {begin}",
                "{n} probes in a row unanswered since {begin}",
                proof.unanswered,
                begin=tongue.clock(proof.since_ns),
            )
        )
    if link.limit is not None:
        told.append(passed(tongue, link))
    elif not proof.unanswered or proof.reason not in _TOLD_BY_COUNT:
        told.append(tell_reason(proof.reason, proof.router, tongue.language))
    if proof.witness_ns is not None:
        told.append(tongue.say("others still answered at {time}", time=tongue.clock(proof.witness_ns)))
    if proof.loss is not None and proof.loss >= _NOTABLE_LOSS:
        share = percent(proof.loss, tongue.language)
        told.append(tongue.say("it usually loses {share}", share=share))
    if link.interface is not None:
        told.append(tell_interface(link.interface, tongue.language))
    return "; ".join(part for part in told if part)


def passed(tongue: Tongue, link: BriefLink) -> str:
    """Which limit it passed, or how much of which bandwidth there is; '' for none."""
    if link.shortfall is not None:
        return tell_shortfall(link.shortfall, link.needed_by, tongue.language)
    if link.limit is None:
        return ""
    reason, language = link.proof.reason, tongue.language
    limit = percent(link.limit, language) if reason is Reason.LOSS else milliseconds(link.limit, language)
    return f"{tell(reason, language)} {limit}"


def passed_in_short(tongue: Tongue, link: BriefLink) -> str:
    """The same in the fewest words."""
    if link.limit is None:
        return "" if link.shortfall is None else shortfall_in_short(link.shortfall, tongue.language)
    limit = milliseconds(link.limit, tongue.language)
    match link.proof.reason:
        case Reason.LOSS:
            return tongue.say("loss > {limit}", limit=percent(link.limit, tongue.language))
        case Reason.RTT:
            return tongue.say("delay > {limit}", limit=limit)
        case Reason.JITTER:
            return tongue.say("jitter > {limit}", limit=limit)
        case Reason.PDV:
            return tongue.say("delay variation p99 > {limit}", limit=limit)
        case _:
            return ""


def now(tongue: Tongue, link: BriefLink) -> str:
    """What the last window of a link that answers says; '' where nothing was measured."""
    if link.figures is None or link.figures.state not in _ANSWERING:
        return ""
    told = figures(tongue, link.figures)
    return tongue.say("now {figures}", figures=told) if told else ""


def figures(tongue: Tongue, figures: LinkFigures) -> str:
    """Loss, delay and jitter of a link; '' where nothing was measured."""
    told = []
    if figures.loss is not None:
        told.append(tongue.say("loss {share}", share=percent(figures.loss, tongue.language)))
    if figures.rtt is not None:
        told.append(tongue.say("round-trip delay {delay}", delay=milliseconds(figures.rtt, tongue.language)))
    if figures.jitter is not None:
        told.append(tongue.say("jitter {delay}", delay=milliseconds(figures.jitter, tongue.language)))
    return ", ".join(told)


def outcome(tongue: Tongue, kind: MessageKind, incident: BriefIncident) -> str:
    """What became of it, for those who were called; '' where nothing did."""
    match kind:
        case MessageKind.TAKEN:
            who = incident.taken_by
            return tongue.say("acknowledged by {who}", who=who) if who else tongue.say("acknowledged")
        case MessageKind.FOLDED:
            root = incident.into
            if root is None:
                return tongue.say("part of another incident")
            return tongue.say("part of incident {code}", code=root)
        case MessageKind.RECOVERED:
            return tongue.say("recovered")
        case MessageKind.RESOLVED:
            who = incident.closed_by
            return (
                tongue.say("closed by {who}, not recovered", who=who)
                if who
                else tongue.say("closed by a person")
            )
        case _:
            return ""


def before(tongue: Tongue, incident: BriefIncident) -> str:
    """Why people are called now, in a clause: what those did who were called before; '' where nobody was."""
    told = incident.before
    if told is None or told.why in _OF_ITSELF:
        return ""
    who, more = ", ".join(told.who[:_WHO_SHOWN]), len(told.who) - _WHO_SHOWN
    if more > 0:
        who = tongue.count("{shown} and {n} other", "{shown} and {n} others", more, shown=who)
    declined = tongue.say("{who} declined", who=who)
    match told.why:
        case Why.HELP_ASKED if who:
            return tongue.say("{who} asked for help", who=who)
        case Why.HANDED_BACK if who:
            return tongue.say("{who} had it and declined, nobody has it now", who=who)
        case Why.ALL_DECLINED if who:
            return declined
        case Why.NO_ANSWER | Why.REPEATED if told.called > len(told.who):
            silent = tongue.count(
                "{n} person was called and has not answered",
                "{n} people were called and nobody has answered",
                told.called - len(told.who),
            )
            return f"{silent}, {declined}" if who else silent
        case _:
            return tongue.word(told.why)


def before_in_short(tongue: Tongue, incident: BriefIncident) -> str:
    """The same in the fewest words, where there are any."""
    match incident.before.why if incident.before is not None else None:
        case Why.HELP_ASKED:
            return tongue.say("help asked for")
        case Why.HANDED_BACK:
            return tongue.say("who had it declined")
        case Why.ALL_DECLINED:
            return tongue.say("others declined")
        case Why.NO_ANSWER | Why.REPEATED:
            return tongue.say("no answer yet")
        case _:
            return ""


def _outcome_of_all(tongue: Tongue, brief: Brief) -> str:
    """What became of them all, or what kind of news it is where it differs."""
    told = {outcome(tongue, brief.kind, incident) for incident in brief.incidents}
    return (told.pop() if len(told) == 1 else "") or tongue.word(brief.kind)


def how_many(tongue: Tongue, brief: Brief) -> str:
    """What several incidents have in common, and their number."""
    count = tongue.count("{n} incident", "{n} incidents", len(brief.incidents))
    if brief.kind is MessageKind.NOTES:
        return count
    return f"{capital(_outcome_of_all(tongue, brief))}: {count}"


def fields(tongue: Tongue, brief: Brief) -> dict[str, str]:
    """The parts of a message by the names of `model.delivery.FIELDS`, but `text`; of several the first's."""
    known = {"name": brief.contact_name, "link": brief.link or "", "what": capital(tongue.word(brief.kind))}
    if brief.incidents:
        first, *others = brief.incidents
        known["code"] = tag(brief)
        known["what"] = how_many(tongue, brief) if others else _what(tongue, brief.kind, first)
        known["where"] = where(tongue, first)
        known["circuit"] = (first.link.circuit if first.link is not None else None) or ""
        known["since"] = tongue.moment_short(first.began_ns)
        known["event"] = event(tongue, first)[0]
    return {name: known.get(name) or "-" for name in FIELDS if name != "text"}


def _what(tongue: Tongue, kind: MessageKind, incident: BriefIncident) -> str:
    return capital(outcome(tongue, kind, incident) or label(tongue, incident))
