"""How each state and reason reads, Vietnamese first.

A state is one short word, a reason one clause that follows it: "mất kết nối: không phản hồi trong khi ...".
"""

from enum import IntEnum
from typing import Final, NamedTuple

from bridgewatch.model.words import EgressState, Language, LinkState, Reason, SiteState


class _Text(NamedTuple):
    vi: str
    en: str


Code = LinkState | SiteState | EgressState | Reason

_LINK: Final[dict[int, _Text]] = {
    LinkState.UNKNOWN: _Text("chưa rõ", "unknown"),
    LinkState.UP: _Text("thông suốt", "up"),
    LinkState.DEGRADED: _Text("suy giảm", "degraded"),
    LinkState.SUSPECT: _Text("nghi mất kết nối", "suspect"),
    LinkState.DOWN: _Text("mất kết nối", "down"),
    LinkState.FLAPPING: _Text("chập chờn", "flapping"),
    LinkState.BLIND: _Text("không quan sát được", "blind"),
    LinkState.PAUSED: _Text("tạm dừng đo", "paused"),
}
_SITE: Final[dict[int, _Text]] = {
    SiteState.UNKNOWN: _Text("chưa rõ", "unknown"),
    SiteState.OK: _Text("bình thường", "ok"),
    SiteState.REDUCED: _Text("mất dự phòng", "reduced"),
    SiteState.IMPAIRED: _Text("bị ảnh hưởng", "impaired"),
    SiteState.DARK: _Text("mất kết nối", "dark"),
}
_EGRESS: Final[dict[int, _Text]] = {
    EgressState.UNKNOWN: _Text("chưa rõ", "unknown"),
    EgressState.OK: _Text("bình thường", "ok"),
    EgressState.IMPAIRED: _Text("suy giảm", "impaired"),
    EgressState.DARK: _Text("mất kết nối", "dark"),
}
_REASON: Final[dict[int, _Text]] = {
    Reason.NONE: _Text("", ""),
    Reason.ANSWERED: _Text("có phản hồi", "it answers"),
    Reason.SILENT: _Text("không phản hồi, đang kiểm tra", "no answer, being checked"),
    Reason.SILENT_WITH_WITNESS: _Text(
        "không phản hồi trong khi đường khác vẫn phản hồi",
        "no answer, while others on the same egress answer",
    ),
    Reason.NO_WITNESS: _Text(
        "không có gì phản hồi qua đường ra này của máy đo", "nothing answers on this egress of the vantage"
    ),
    Reason.LOSS: _Text("tỷ lệ mất gói vượt ngưỡng", "loss above its threshold"),
    Reason.RTT: _Text("trễ khứ hồi vượt ngưỡng", "round-trip delay above its threshold"),
    Reason.JITTER: _Text("biến động trễ vượt ngưỡng", "jitter above its threshold"),
    Reason.PDV: _Text("biến động trễ p99 vượt ngưỡng", "delay variation p99 above its threshold"),
    Reason.FLAPS: _Text("mất kết nối ba lần trong mười phút", "down three times in ten minutes"),
    Reason.NEVER_RESOLVED: _Text(
        "tên của đích chưa phân giải được lần nào", "the target's name has never resolved"
    ),
    Reason.NOT_YET_PROBED: _Text("chưa đo lần nào", "not probed yet"),
    Reason.LOCAL_ERROR: _Text("máy đo không gửi được gói", "the vantage itself fails to send"),
    Reason.PAUSED_BY_OPERATOR: _Text("người vận hành tạm dừng", "paused by an operator"),
    Reason.OWN_UPLINK: _Text("đường ra của máy đo đang mất gói", "the vantage's own egress loses packets"),
    Reason.UNREACHABLE: _Text(
        "bộ định tuyến trên đường đi báo không tới được đích",
        "a router on the way answers that the target cannot be reached",
    ),
    Reason.SETTLED: _Text("chất lượng đã tốt trở lại", "quality is good again"),
    Reason.DIAL_IN_NEVER_SEEN: _Text(
        "thiết bị tại điểm cầu chưa gọi về lần nào", "the site's box has never called in"
    ),
    Reason.DIAL_IN_AWAITED: _Text(
        "thiết bị tại điểm cầu chưa gọi lại từ khi chương trình khởi động",
        "the site's box has not called since the daemon started",
    ),
    Reason.TARGET_REFUSES: _Text(
        "đường truyền còn thông, nhưng đích từ chối gói đo: bộ phản hồi không chạy",
        "the path is alive, but the target refuses the probes: its reflector does not run",
    ),
    Reason.BOX_MOVED: _Text(
        "thiết bị tại điểm cầu gọi về từ địa chỉ khác", "the site's box goes on from another address"
    ),
    Reason.KEY_MISSING: _Text(
        "không đọc được khóa xác thực gói đo", "the key that authenticates its probes cannot be read"
    ),
}
# Integer enumerations of different kinds compare equal, so the kind is looked up first.
_TEXTS: Final[dict[type[IntEnum], dict[int, _Text]]] = {
    LinkState: _LINK,
    SiteState: _SITE,
    EgressState: _EGRESS,
    Reason: _REASON,
}


def tell_reason(reason: Reason, router: str, language: Language = Language.EN) -> str:
    """The clause of a reason, with the address of the router that said so, where one is known."""
    said = tell(reason, language)
    return f"{said} ({router})" if router else said


def tell(code: Code, language: Language = Language.EN) -> str:
    """The word of a state or the clause of a reason; '' for Reason.NONE."""
    text = _TEXTS[type(code)][code]
    return text.vi if language is Language.VI else text.en
