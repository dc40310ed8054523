"""How readiness reads, Vietnamese first: a judgement is one word, a reason one clause."""

from enum import Enum
from typing import Final, NamedTuple

from bridgewatch.model.bandwidth import CapacityState, UseState
from bridgewatch.model.ids import LinkId
from bridgewatch.model.readiness import LinkBandwidth, Readiness, ReadyReason
from bridgewatch.model.words import Language
from bridgewatch.texts.bandwidth import rate, tell_bandwidth


class _Text(NamedTuple):
    vi: str
    en: str


ReadinessWord = Readiness | ReadyReason

_VERDICT: Final[dict[int, _Text]] = {
    Readiness.GO: _Text("SẴN SÀNG", "GO"),
    Readiness.NO_GO: _Text("CHƯA SẴN SÀNG", "NO-GO"),
    Readiness.UNKNOWN: _Text("CHƯA RÕ", "UNKNOWN"),
}
_REASON: Final[dict[str, _Text]] = {
    ReadyReason.UP: _Text("thông suốt {for_so_long}", "up for {for_so_long}"),
    ReadyReason.DOWN: _Text("mất kết nối {for_so_long}", "down for {for_so_long}"),
    ReadyReason.FLAPPING: _Text("chập chờn", "flapping"),
    ReadyReason.POOR_QUALITY: _Text("chất lượng kém {for_so_long}", "poor quality for {for_so_long}"),
    ReadyReason.TOO_SHORT: _Text(
        "mới thông suốt {for_so_long}, cần {required}", "up for {for_so_long} only, {required} are asked for"
    ),
    ReadyReason.IN_DOUBT: _Text("vừa ngừng phản hồi", "silent just now"),
    ReadyReason.NOT_KNOWN: _Text("chưa rõ, chưa có kết quả đo", "unknown, not measured yet"),
    ReadyReason.NOT_SEEN: _Text("không quan sát được", "cannot be seen"),
    ReadyReason.PAUSED: _Text("tạm dừng đo", "paused"),
    ReadyReason.PATH_UNPROVEN: _Text(
        "chưa gói đo nào qua đường ra của nó được trả lời", "no probe through its egress was ever answered"
    ),
    ReadyReason.NOT_WATCHED: _Text(
        "hệ thống đang chạy chưa giám sát", "the running daemon does not watch it"
    ),
    ReadyReason.NO_DAEMON: _Text("không hỏi được hệ thống giám sát", "the daemon does not answer"),
    ReadyReason.NO_CARRYING_LINK: _Text(
        "không có đường truyền nào dùng cho hội nghị", "no link there carries the meeting"
    ),
    ReadyReason.ROSTER_GAP: _Text("thiếu đầu mối hoặc lịch trực", "contacts or rosters are missing"),
    ReadyReason.NOBODY_PAGED: _Text(
        "chưa khai đầu mối liên hệ nào: không ai được báo", "there is no contact: nobody would be told"
    ),
    ReadyReason.CONTRACT_SMALL: _Text(
        "băng thông theo hợp đồng không đủ cho sự kiện", "its contract is too small for the event"
    ),
    ReadyReason.DELIVERY_SMALL: _Text(
        "băng thông đo được không đủ cho sự kiện", "what was measured is too small for the event"
    ),
}
# Enumerations of different kinds compare equal by value, so the kind is looked up first.
_TEXTS: Final[dict[type[Enum], dict[str, _Text] | dict[int, _Text]]] = {
    Readiness: _VERDICT,
    ReadyReason: _REASON,
}


def tell_readiness(word: ReadinessWord, language: Language = Language.VI, **facts: str) -> str:
    """The word of a judgement, or the clause of a reason with `for_so_long` and `required` filled in."""
    text = _TEXTS[type(word)][word]  # type: ignore[index]
    return (text.vi if language is Language.VI else text.en).format_map(_Facts(facts))


_OWED: Final = frozenset({CapacityState.SHORT, CapacityState.RAISE_MISSING})
_NEED_VI: Final = "{via}cần {needed} mỗi chiều, {known}"
_NEED_EN: Final = "{via}{needed} each way are needed, {known}"


def tell_need(bandwidth: LinkBandwidth, of: LinkId, tested: str, language: Language) -> str:
    """What the event needs of link `of`, and what there is by contract, by test (`tested`: when) and now."""
    vi = language is Language.VI
    known = []
    if bandwidth.bought is not None:
        known.append(("hợp đồng {}" if vi else "contract {}").format(rate(bandwidth.bought, language)))
    if bandwidth.measured is not None:
        said = ("đo được {}, {}" if vi else "measured {}, {}").format(
            rate(bandwidth.measured, language), tested
        )
        known.append(said)
    elif bandwidth.bought is not None:
        known.append("chưa đo" if vi else "never measured")
    else:
        known.append("không rõ hợp đồng, chưa đo" if vi else "neither contract nor test says what there is")
    if bandwidth.capacity in _OWED:
        known.append(tell_bandwidth(bandwidth.capacity, language))
    if bandwidth.use is UseState.OVER:
        known.append("lưu lượng đang quá ngưỡng" if vi else "over-used now")
    return (_NEED_VI if vi else _NEED_EN).format(
        via="" if bandwidth.link == of else f"{bandwidth.link}: ",
        needed=rate(bandwidth.needed, language),
        known=", ".join(known),
    )


class _Facts(dict[str, str]):
    """What is not known is left out."""

    def __missing__(self, key: str) -> str:
        return ""
