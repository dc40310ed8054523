"""The long form, for mail and chat: what, where, since when, on what evidence, why you, and how to answer."""

from collections.abc import Sequence
from typing import Final

from bridgewatch.model.delivery import Brief, BriefIncident, BriefLink
from bridgewatch.model.paging import AS_CATCH_ALL, AckWay, MessageKind
from bridgewatch.model.policy import numbered
from bridgewatch.texts.calls import tell_box
from bridgewatch.texts.messages import facts
from bridgewatch.texts.messages.tongue import Tongue

LIMIT: Final = 1_900  # characters of title and body: Zalo takes 2,000
_LONGEST_TITLE: Final = 200
_LONGEST_ANSWER: Final = 700
_DETAIL: Final = (6, 3, 1, 0)  # names and links shown; less where more does not fit
_LISTED_CODES: Final = 150
_ANSWERED_CODES: Final = 10  # in one written answer


def compose(tongue: Tongue, brief: Brief) -> tuple[str, str]:
    """Title and body, together within LIMIT."""
    title = _clip(_in_one_line(_title(tongue, brief)), _LONGEST_TITLE)
    ending = _clip_lines(list(map(_in_one_line, _ending(tongue, brief))), _LONGEST_ANSWER)
    room = LIMIT - len(title) - len(ending) - 2
    for most in _DETAIL:
        told = "\n".join(map(_in_one_line, _told(tongue, brief, most)))
        if len(told) <= room:
            break
    else:
        told = _clip(told, room)
    return title, "\n".join(part for part in (told, ending) if part)


def _title(tongue: Tongue, brief: Brief) -> str:
    if not brief.incidents:
        return _title_of_none(tongue, brief)
    first, *others = brief.incidents
    head = _many(tongue, brief) if others else facts.headline(tongue, brief.kind, first)
    mark = facts.mark(tongue, brief)
    return f"[{facts.tag(brief)}] {f'{mark} - ' if mark else ''}{head}"


def _title_of_none(tongue: Tongue, brief: Brief) -> str:
    if brief.kind is MessageKind.TEST:
        return tongue.say("Test message of bridgewatch")
    return facts.capital(tongue.word(brief.kind))


def _many(tongue: Tongue, brief: Brief) -> str:
    effect = facts.effect_in_short(tongue, brief.incidents) if facts.asks(brief) else ""
    return ", ".join(part for part in (facts.how_many(tongue, brief), effect) if part)


def _told(tongue: Tongue, brief: Brief, most: int) -> list[str]:
    if brief.kind is MessageKind.TEST:
        return [
            tongue.say(
                "This is a test for {name}, sent {time}. Nothing has happened, and nothing need be done.",
                name=brief.contact_name,
                time=tongue.moment(brief.at_ns),
            )
        ]
    if len(brief.incidents) == 1:
        return _one(tongue, brief, brief.incidents[0], most)
    return _several(tongue, brief, most)


def _one(tongue: Tongue, brief: Brief, incident: BriefIncident, most: int) -> list[str]:
    lines = []
    if facts.outcome(tongue, brief.kind, incident):
        lines.append(tongue.say("Incident: {what}", what=facts.label(tongue, incident)))
    if incident.ended_ns is None:
        lines += [facts.capital(effect) for effect in facts.effects(tongue, incident, most)]
    event, phase = facts.event(tongue, incident)
    if event:
        lines.append(tongue.say("Event: {event} ({phase})", event=event, phase=phase))
    time = facts.since(tongue, incident)
    lines.append(
        tongue.say("Since: {time}", time=time)
        if incident.ended_ns is None
        else tongue.say("Lasted: {time}", time=time)
    )
    lines += _often(tongue, incident)
    if facts.asks(brief):
        if why := facts.before(tongue, incident):
            lines.insert(0, tongue.say("You are called now because: {why}", why=why))
        if incident.why not in facts.SAID_BY_LABEL:
            lines.append(tongue.say("Finding: {why}", why=tongue.word(incident.why)))
        lines += _links(tongue, incident, most)
        if incident.taken_by:
            lines.append(tongue.say("Acknowledged by: {who}", who=incident.taken_by))
    elif incident.taken_by and brief.kind is not MessageKind.TAKEN:
        lines.append(tongue.say("Acknowledged by: {who}", who=incident.taken_by))
    return lines


def _often(tongue: Tongue, incident: BriefIncident) -> Sequence[str]:
    """That it is not the first time, or how often a link that flaps was cut."""
    if incident.first_ns is None:
        return ()
    first, within_ns = tongue.clock(incident.first_ns), facts.flaps(incident)
    if within_ns is None:
        return (
            tongue.say("Again: the {nth} time, first at {time}", nth=tongue.nth(incident.spells), time=first),
        )
    span = tongue.span(within_ns)
    told = [
        tongue.say("Flapping: {n} cuts in {span}, first at {time}", n=incident.spells, span=span, time=first)
    ]
    if incident.ended_ns is None:
        told.append(tongue.say("Silent for more than a minute, it counts as down."))
    return told


def _links(tongue: Tongue, incident: BriefIncident, most: int) -> list[str]:
    shown = facts.links(incident)[:most]
    lines = [_link(tongue, link) for link in shown]
    more = incident.links_total - len(shown)
    if more > 0:
        lines.append(tongue.count("- {n} more link", "- {n} more links", more))
    if not lines:
        return []
    return [tongue.say("Links:"), *lines]


def _link(tongue: Tongue, link: BriefLink) -> str:
    known = filter(None, (facts.evidence(tongue, link), _silent_box(tongue, link), facts.now(tongue, link)))
    return f"- {facts.place(tongue, link)}: {'; '.join(known)}"


def _silent_box(tongue: Tongue, link: BriefLink) -> str:
    """That the box of a site that dials in has stopped calling; '' where it is heard, and for other links."""
    call = link.figures.call if link.figures is not None else None
    if call is None or not call.silent:
        return ""
    return tell_box(call, tongue.now_ns, tongue.language)


def _several(tongue: Tongue, brief: Brief, most: int) -> list[str]:
    """A line for each incident; with no room for that, the codes."""
    if most:
        return [_line(tongue, brief, incident, most) for incident in brief.incidents]
    known = facts.codes(brief)
    listed = ", ".join(known[:_LISTED_CODES])
    more = len(known) - _LISTED_CODES
    if more > 0:
        listed = tongue.count("{shown} and {n} more", "{shown} and {n} more", more, shown=listed)
    return [tongue.say("Incidents: {codes}", codes=listed)]


def _line(tongue: Tongue, brief: Brief, incident: BriefIncident, most: int) -> str:
    parts = [f"[{incident.code}] {facts.headline(tongue, brief.kind, incident)}"]
    if most > 1 and facts.asks(brief):
        parts += facts.effects(tongue, incident, 1)
        parts += filter(None, [facts.before(tongue, incident)])
    if incident.ended_ns is None:
        parts.append(tongue.say("since {time}", time=tongue.clock(incident.began_ns)))
    else:
        parts.append(facts.since(tongue, incident))
    return "; ".join(parts)


def _ending(tongue: Tongue, brief: Brief) -> list[str]:
    lines: list[str] = []
    if facts.asks(brief):
        lines += _called(tongue, brief)
        lines += _answers(tongue, brief)
    lines.append(tongue.say("Vantage: {vantage}", vantage=brief.vantage))
    return lines


def _called(tongue: Tongue, brief: Brief) -> Sequence[str]:
    parts = [tongue.word(word) for word in (brief.role, brief.why) if word is not None]
    if brief.why in AS_CATCH_ALL:
        parts = [tongue.say("catch-all"), tongue.word(brief.why)]
    if not parts:
        return ()
    step = numbered(brief.step, brief.steps)
    told = (
        tongue.say("step {step} again", step=step.number)
        if step.again
        else tongue.say("step {step}", step=step.number)
    )
    why = "; ".join((*parts, told))
    return (tongue.say("Called: {name} ({why})", name=_clip(brief.contact_name, 80), why=why),)


def _answers(tongue: Tongue, brief: Brief) -> list[str]:
    """How to answer, by every way that this gateway has."""
    known = facts.codes(brief)
    listed = " ".join(known[:_ANSWERED_CODES])
    lines = []
    if brief.link and AckWay.LINK in brief.answers:
        lines.append(tongue.say("Acknowledge, ask for help or decline: {link}", link=brief.link))
    if brief.answers & {AckWay.CHAT, AckWay.SMS}:
        reply = f"{brief.keyword} {listed}".strip()
        said = tongue.say("OK (acknowledge), HELP (need help) or NO (decline)")
        lines.append(
            tongue.say("Or reply: {codes} {answer}", codes=reply, answer=said)
            if lines
            else tongue.say("Reply: {codes} {answer}", codes=reply, answer=said)
        )
        if len(known) > 1:
            lines.append(tongue.say("One reply may name one code, several or all of them."))
    if not lines:
        lines.append(tongue.say("To acknowledge, tell the NOC the code {code}.", code=listed))
    return lines


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _clip(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(0, room - 1)] + "…"


def _clip_lines(lines: Sequence[str], room: int) -> str:
    """All lines; where they are too long, without the last ones: how to answer stands first of all."""
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(kept) + len(line) <= room:
            kept.append(line)
    return "\n".join(kept)
