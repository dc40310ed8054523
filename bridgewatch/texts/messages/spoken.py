"""The spoken form, for calls: short sentences, numbers and codes in words, and the keys to press."""

import re
from collections.abc import Sequence
from typing import Final

from bridgewatch.model.delivery import Brief, BriefIncident
from bridgewatch.model.paging import AckWay, MessageKind
from bridgewatch.model.words import Language
from bridgewatch.texts.messages import facts
from bridgewatch.texts.messages.numbers import digit, number, spelled, time_of_day
from bridgewatch.texts.messages.tongue import Tongue
from bridgewatch.texts.networks import tell_network

LIMIT: Final = 1_000  # characters: a minute and a half
_TOLD: Final = 3  # incidents; nobody remembers more
_LONGEST_NAME: Final = 80
_HALF_A_DAY_NS: Final = 12 * 3_600 * 1_000_000_000
_ABBREVIATIONS: Final = {
    "UBND": "ủy ban nhân dân",
    "HĐND": "hội đồng nhân dân",
    "HNTH": "hội nghị truyền hình",
    "TSLCD": "truyền số liệu chuyên dùng",
    "TP": "thành phố",
    "TX": "thị xã",
    "TT": "thị trấn",
}
_WORD: Final = re.compile(r"\d+|[^\W\d_]+")
_UNSPEAKABLE: Final = re.compile(r"[^\w\s.,;:?!%-]+|_")
_LONGEST_ACRONYM: Final = 5


def compose(tongue: Tongue, brief: Brief) -> str:
    """What the voice reads."""
    if brief.kind is MessageKind.TEST:
        name = speakable(brief.contact_name, tongue.language)
        return " ".join(
            (
                _greeting(tongue),
                tongue.say("This is a test call for {name}. Nothing need be done.", name=name),
            )
        )
    sentences = [_greeting(tongue)]
    if mark := facts.mark(tongue, brief):
        sentences.append(f"{facts.capital(mark.lower())}.")
    told = brief.incidents[:_TOLD]
    if len(brief.incidents) > 1:
        count = number(len(brief.incidents), tongue.language)
        sentences.append(tongue.say("There are {count} incidents.", count=count))
    for incident in told:
        sentences += _incident(tongue, brief, incident)
    more = len(brief.incidents) - len(told)
    if more > 0:
        sentences.append(tongue.say("And {count} more.", count=number(more, tongue.language)))
    keys = _keys(tongue, brief)
    text = " ".join(sentences)
    room = LIMIT - len(keys) - 1
    return f"{text if len(text) <= room else text[:room].rpartition('.')[0] + '.'} {keys}".strip()


def _greeting(tongue: Tongue) -> str:
    return tongue.say("This is bridgewatch, which watches the conference links.")


def _incident(tongue: Tongue, brief: Brief, incident: BriefIncident) -> list[str]:
    language = tongue.language
    what = facts.outcome(tongue, brief.kind, incident) or facts.label(tongue, incident)
    subject = speakable(facts.subject(tongue, incident), language)
    sentences = [f"{facts.capital(speakable(what, language))}: {subject}."]
    if incident.link is not None:
        sentences.append(
            tongue.say(
                "The {network} link of {carrier}.",
                network=speakable(tell_network(incident.link.network, language), language),
                carrier=speakable(incident.link.carrier, language),
            )
        )
    if len(brief.incidents) > 1:
        return [*sentences, _code(tongue, incident)]
    if facts.asks(brief):
        sentences += _often(tongue, incident)
    if incident.ended_ns is not None:
        lasted = tongue.spoken_span(
            incident.ended_ns - incident.began_ns, lambda count: number(count, language)
        )
        sentences.append(tongue.say("It lasted {span}.", span=lasted))
    elif brief.kind is not MessageKind.FOLDED:
        sentences.append(_begin(tongue, incident.began_ns))
    if facts.asks(brief) and (why := facts.before(tongue, incident)):
        sentences.append(facts.capital(f"{speakable(why, language)}."))
    counted = incident.area is not None and facts.is_all_dark(incident)  # by its subject
    if facts.asks(brief) and len(incident.dark) > 1 and not counted:
        count = number(len(incident.dark), language)
        sentences.append(facts.capital(tongue.say("{count} sites are dark.", count=count)))
    event, phase = facts.event(tongue, incident)
    if facts.asks(brief) and event:
        said = speakable(event, language)
        sentences.append(tongue.say("Event: {event}, {phase}.", event=said, phase=phase))
    return [*sentences, _code(tongue, incident)]


def _often(tongue: Tongue, incident: BriefIncident) -> Sequence[str]:
    """That it is not the first time, or how often a link that flaps was cut."""
    within_ns, language = facts.flaps(incident), tongue.language
    if within_ns is None:
        count = number(incident.spells, language)
        return (tongue.say("It has broken {count} times.", count=count),) if incident.spells > 1 else ()
    span = tongue.spoken_span(within_ns, lambda count: number(count, language))
    said = tongue.say("{count} cuts in {span}.", count=number(incident.spells, language), span=span)
    return (facts.capital(said),)


def _code(tongue: Tongue, incident: BriefIncident) -> str:
    return tongue.say("Code of the incident: {code}.", code=spelled(incident.code, tongue.language))


def _begin(tongue: Tongue, began_ns: int) -> str:
    ago_ns = tongue.now_ns - began_ns
    if ago_ns > _HALF_A_DAY_NS:  # the hour alone would be misheard for today's
        span = tongue.spoken_span(ago_ns, lambda count: number(count, tongue.language))
        return tongue.say("It began {span} ago.", span=span)
    hour, minute = tongue.hour_and_minute(began_ns)
    return tongue.say("It began at {time}.", time=time_of_day(hour, minute, tongue.language))


def _keys(tongue: Tongue, brief: Brief) -> str:
    if not facts.asks(brief):
        return ""
    if AckWay.VOICE not in brief.answers:
        return tongue.say("To acknowledge, call the NOC and tell the code.")
    if len(brief.incidents) > 1:
        return tongue.say(
            "Press one to acknowledge all of them, two if you need help, three if they are not yours."
        )
    return tongue.say("Press one to acknowledge, two if you need help, three if it is not yours.")


def speakable(text: str, language: Language) -> str:
    """A name as it is read: known abbreviations in full, other acronyms by letters, numbers in words."""
    clipped = text if len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME].rpartition(" ")[0]
    said = _WORD.sub(lambda found: _spoken_word(found[0], language), clipped or text[:_LONGEST_NAME])
    return " ".join(_UNSPEAKABLE.sub(" ", said).split())


def _spoken_word(word: str, language: Language) -> str:
    if word.isascii() and word.isdecimal():
        in_digits = " ".join(digit(sign, language) for sign in word)
        return f" {in_digits if word.startswith('0') else number(int(word), language)} "
    if language is Language.VI and word in _ABBREVIATIONS:
        return _ABBREVIATIONS[word]
    if word.isupper() and 1 < len(word) <= _LONGEST_ACRONYM:
        return " ".join(word)
    return word
