"""The facts behind a change of a link, in a clause or two: what was sent, and what others said."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.words import Language, LinkState, Reason
from bridgewatch.texts.figures import number

_REFUSED: Final = ("gói đo bị đích từ chối: {} trong {} s", "probes refused by the target: {} in {} s")
_UNANSWERED: Final = ("{} gói đo không phản hồi trong {} s", "{} probes unanswered in {} s")
_WITNESS: Final = ("đường khác cùng đường ra vẫn phản hồi", "others on the same egress answered")
_SAID: Final = ("theo bộ định tuyến {}", "said by {}")
_BLIND: Final = ("không đường nào cùng đường ra phản hồi", "nobody on the same egress answered")
_MOVED: Final = ("thiết bị chuyển từ {} sang {}", "its box moved from {} to {}")
_WELL: Final = frozenset({LinkState.UP, LinkState.DEGRADED, LinkState.PAUSED, LinkState.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Silence:
    """What was seen of a link that changed. `seconds` None: it is not known. `router`: who said so."""

    unanswered: int
    seconds: float | None
    witness: bool
    router: str


def tell_evidence(seen: Silence, new: LinkState, reason: Reason, language: Language) -> str:
    """The facts in words; '' where the reason says it all."""
    english = language is Language.EN
    span = "" if seen.seconds is None else number(seen.seconds, language)
    if reason is Reason.TARGET_REFUSES:
        return _REFUSED[english].format(seen.unanswered, span)
    if new in _WELL:
        return ""
    facts = []
    if seen.unanswered and span:
        facts.append(_UNANSWERED[english].format(seen.unanswered, span))
    if reason is Reason.SILENT_WITH_WITNESS and seen.witness:
        facts.append(_WITNESS[english])
    if reason is Reason.UNREACHABLE:
        facts.append(_SAID[english].format(seen.router))
    if new is LinkState.BLIND:
        facts.append(_BLIND[english])
    return "; ".join(facts)


def tell_move(former: str, present: str, language: Language) -> str:
    """A box goes on from elsewhere."""
    return _MOVED[language is Language.EN].format(former, present)
