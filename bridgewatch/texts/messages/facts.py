"""What a message tells of an incident, clause by clause; the forms put the clauses together."""

from collections.abc import Sequence
from typing import Final

from babel.numbers import format_percent

from bridgewatch.model.delivery import Brief, BriefIncident, BriefLink
from bridgewatch.model.paging import ASKING, FaultKind, MessageKind, Urgency
from bridgewatch.model.words import Language, Network, Reason
from bridgewatch.texts.messages.tongue import Tongue
from bridgewatch.texts.words import tell

_SILENT: Final = frozenset({Reason.SILENT, Reason.SILENT_WITH_WITNESS, Reason.NO_WITNESS})
_NOTABLE_LOSS: Final = 0.001  # the ratio below which nobody would mention what a link usually loses
_NETWORKS: Final[dict[Language, dict[str, str]]] = {
    Language.VI: {Network.WAN: "TSLCD", Network.INTERNET: "Internet"},
    Language.EN: {Network.WAN: "WAN", Network.INTERNET: "Internet"},
}


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


def urgent(tongue: Tongue, brief: Brief) -> str:
    """The word for what must be read at once: somebody is called, and a site is out of the meeting. Or ''."""
    if asks(brief) and any(incident.urgency is Urgency.DARK for incident in brief.incidents):
        return tongue.say("URGENT")
    return ""


def capital(text: str) -> str:
    """With a capital letter at the beginning."""
    return text[:1].upper() + text[1:]


def label(tongue: Tongue, incident: BriefIncident) -> str:
    """What happened, in a few words: for one link, what its loss means."""
    if incident.kind is FaultKind.LINK and incident.urgency is Urgency.DARK:
        said = tongue.say("site cut off")
    elif incident.kind is FaultKind.LINK and incident.urgency is Urgency.REDUCED:
        said = tongue.word(Urgency.REDUCED)
    else:
        said = tongue.word(incident.kind)
    return tongue.say("suspected {what}", what=said) if incident.suspected else said


def headline(tongue: Tongue, incident: BriefIncident) -> str:
    """What happened and where."""
    return f"{capital(label(tongue, incident))}: {incident.subject}"


def effects(tongue: Tongue, incident: BriefIncident, most: int) -> list[str]:
    """What it does to sites, the worst first, with at most `most` of their names each."""
    told = []
    if incident.dark and not _is_told_by_label(incident):
        names = _names(tongue, incident.dark, most)
        count = len(incident.dark)
        told.append(
            tongue.count("{n} site cut off: {names}", "{n} sites cut off: {names}", count, names=names)
        )
    if incident.impaired:
        names = _names(tongue, incident.impaired, most)
        count = len(incident.impaired)
        told.append(
            tongue.count("{n} site impaired: {names}", "{n} sites impaired: {names}", count, names=names)
        )
    if incident.reduced:
        names = _names(tongue, incident.reduced, most)
        count = len(incident.reduced)
        told.append(
            tongue.count(
                "{n} site without a spare: {names}", "{n} sites without a spare: {names}", count, names=names
            )
        )
    return told


def _is_told_by_label(incident: BriefIncident) -> bool:
    return incident.kind is FaultKind.LINK and incident.dark == (incident.subject,)


def effect_in_short(tongue: Tongue, incidents: Sequence[BriefIncident]) -> str:
    """How many sites the worst of it concerns; '' for none. A site is counted once."""
    dark = {name for incident in incidents for name in incident.dark}
    impaired = {name for incident in incidents for name in incident.impaired} - dark
    if dark:
        return tongue.count("{n} site cut off", "{n} sites cut off", len(dark))
    if impaired:
        return tongue.count("{n} site impaired", "{n} sites impaired", len(impaired))
    return ""


def _names(tongue: Tongue, names: Sequence[str], most: int) -> str:
    shown = ", ".join(names[:most]) or "..."
    more = len(names) - most
    if most and more > 0:
        return tongue.count("{shown} and {n} more", "{shown} and {n} more", more, shown=shown)
    return shown


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


def place(tongue: Tongue, link: BriefLink) -> str:
    """Site, network, carrier and circuit."""
    network = _NETWORKS[tongue.language].get(link.network, link.network)
    parts = [link.site, network, link.carrier]
    if link.circuit:
        parts.append(tongue.say("circuit {circuit}", circuit=link.circuit))
    return ", ".join(part for part in parts if part)


def evidence(tongue: Tongue, link: BriefLink) -> str:
    """What was measured."""
    proof = link.proof
    told = []
    if proof.unanswered:
        told.append(
            tongue.count(
                "{n} probe unanswered since {begin}",
                "{n} probes in a row unanswered since {begin}",
                proof.unanswered,
                begin=tongue.clock(proof.since_ns),
            )
        )
    if not proof.unanswered or proof.reason not in _SILENT:
        told.append(tell(proof.reason, tongue.language))
    if proof.witness_ns is not None:
        told.append(tongue.say("others still answered at {time}", time=tongue.clock(proof.witness_ns)))
    if proof.loss is not None and proof.loss >= _NOTABLE_LOSS:
        share = format_percent(proof.loss, "0.#%", locale=tongue.language.value)
        told.append(tongue.say("it usually loses {share}", share=share))
    return "; ".join(part for part in told if part)


def outcome(tongue: Tongue, kind: MessageKind, incident: BriefIncident) -> str:
    """What became of it, for those who were called; '' where nothing did."""
    match kind:
        case MessageKind.TAKEN:
            who = incident.taken_by
            return tongue.say("{who} has it", who=who) if who else tongue.say("somebody has it")
        case MessageKind.FOLDED:
            root = incident.into
            if root is None:
                return tongue.say("part of another incident")
            return tongue.say("part of incident {code}", code=root)
        case MessageKind.RECOVERED:
            return tongue.say("recovered")
        case MessageKind.RESOLVED:
            return tongue.say("closed by a person")
        case _:
            return ""
