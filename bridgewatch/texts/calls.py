"""How the call of a site's box is told: whether it is heard says on whose side a silence is."""

from typing import Final

from bridgewatch.model.dial_in import CalledIn
from bridgewatch.model.words import Language
from bridgewatch.texts.times import duration

_HEARD: Final = (
    "thiết bị gọi về từ {address} đã {span}",
    "its box has been calling from {address} for {span}",
)
_SILENT: Final = (
    "thiết bị ở {address} không gọi về nữa đã {span}",
    "its box at {address} stopped calling {span} ago",
)
_AWAITED: Final = (
    "thiết bị ở {address} không gọi về đã {span}, từ trước khi chương trình khởi động",
    "its box at {address} has not called for {span}, since before the daemon started",
)


def tell_call(address: str, span: str, language: Language, *, silent: bool, awaited: bool = False) -> str:
    """Where the box of a link is, and for how long it has called from there or has been silent.

    `awaited`: silent since before the daemon started.
    """
    texts = _AWAITED if awaited else _SILENT if silent else _HEARD
    return texts[language is Language.EN].format(address=address, span=span)


def tell_box(call: CalledIn, now_ns: int, language: Language) -> str:
    """The same of a call as it is known at that instant of the wall clock."""
    span = duration(now_ns - call.at_wall_ns, language)
    return tell_call(call.address, span, language, silent=call.silent, awaited=call.awaited)
