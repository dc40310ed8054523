"""How a gateway that takes nothing, and somebody whom no message reaches, are told in one line."""

from collections.abc import Sequence
from typing import Final, TypeVar

from bridgewatch.model.paging import Why
from bridgewatch.model.words import Language
from bridgewatch.texts.people import tell_people

_Text = TypeVar("_Text")

_GATEWAYS: Final = (("Cổng gửi {}: {}", "Cổng gửi {}: {}"), ("Gateway {}: {}", "Gateways {}: {}"))
_LOST: Final = (
    "Không gửi được tin nào cho {who}: hãy gọi điện. Số tin không gửi được: {messages}, lần cuối lúc {at}",
    "No message reaches {who}: phone them. Messages given up: {messages}, the last at {at}",
)
_MORE: Final = (
    "Còn {} người nữa không gửi được tin nào",
    "No message reaches {} others either",
)


def tell_gateways(gateways: Sequence[str], why: Why, language: Language) -> str:
    """What is wrong with gateways, the same with all of them."""
    one, several = _in(_GATEWAYS, language)
    return (one if len(gateways) == 1 else several).format(", ".join(gateways), tell_people(why, language))


def tell_store(language: Language) -> str:
    """That decisions wait to be stored."""
    said = tell_people(Why.STORE_FAILING, language)
    return said[:1].upper() + said[1:]


def tell_lost(who: str, messages: int, at: str, language: Language) -> str:
    """That no message reaches somebody; `at` is when the last was given up."""
    return _in(_LOST, language).format(who=who, messages=messages, at=at)


def tell_more_lost(count: int, language: Language) -> str:
    """How many more people no message reaches."""
    return _in(_MORE, language).format(count)


def _in(texts: tuple[_Text, _Text], language: Language) -> _Text:
    return texts[0] if language is Language.VI else texts[1]
