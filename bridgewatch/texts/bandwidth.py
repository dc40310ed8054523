"""How the words of bandwidth read, Vietnamese first. A hindrance is a clause, the others are words."""

from enum import Enum
from typing import Final, NamedTuple

from bridgewatch.model.bandwidth import (
    AgentState,
    CapacityState,
    Direction,
    Hindrance,
    Method,
    NeedState,
    ThroughputEnd,
    UseState,
)
from bridgewatch.model.log import BandwidthTold, InterfaceTold
from bridgewatch.model.words import Language
from bridgewatch.texts.figures import number, percent

BandwidthWord = Hindrance | ThroughputEnd | Method | Direction | UseState | CapacityState | NeedState

_NOTABLE: Final = 0.1  # packets per second; fewer spoiled or dropped ones are on any line
_UNITS: Final = ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s"))
_SIZES: Final = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


class _Text(NamedTuple):
    vi: str
    en: str

    def told(self, language: Language) -> str:
        return self.vi if language is Language.VI else self.en


_HINDRANCE: Final[dict[Enum, _Text]] = {
    Hindrance.LIVE: _Text("điểm cầu trên tuyến đang họp", "a site on its path is live"),
    Hindrance.CHECK: _Text(
        "điểm cầu trên tuyến đang kiểm tra trước giờ họp", "a site on its path is in its check"
    ),
    Hindrance.WAVE: _Text(
        "điểm cầu trên tuyến đang trong đợt chạy thử", "a site on its path is in a rehearsal wave"
    ),
    Hindrance.FROZEN: _Text(
        "điểm cầu trên tuyến đang đóng băng: cần tên người yêu cầu và lý do",
        "a site on its path is in freeze: it takes a name and a reason",
    ),
    Hindrance.PATH_BUSY: _Text("đang có phép đo khác trên cùng tuyến", "another test runs on its path"),
    Hindrance.OUTSIDE_WINDOW: _Text("ngoài khung giờ cho phép", "outside its windows"),
    Hindrance.CEILING: _Text("đã hết dung lượng đo trong ngày", "it has used its octets of the day"),
    Hindrance.TOO_LARGE: _Text("một phép đo cần nhiều hơn `per_day`", "a test takes more than its `per_day`"),
    Hindrance.EGRESS_FULL: _Text(
        "đường ra của máy đo không còn chỗ", "the egress has no room for it beside other tests"
    ),
    Hindrance.LINK_DOWN: _Text(
        "đường truyền mất kết nối hoặc tạm dừng đo", "the link is down, blind or paused"
    ),
    Hindrance.NO_BOX: _Text("thiết bị tại điểm cầu chưa gọi về", "the site's box has not called"),
    Hindrance.NO_SERVER: _Text("chưa khai báo máy chủ đo", "no server is configured for it"),
    Hindrance.NO_METHOD: _Text("cách đo mà máy chủ đo không làm được", "a method that the server cannot"),
    Hindrance.NO_RATE: _Text(
        "chưa khai báo hợp đồng hoặc tốc độ đo", "neither a contract nor a rate says how much it may take"
    ),
    Hindrance.UNKNOWN_LINK: _Text("đã bỏ khỏi cấu hình", "it left the configuration"),
}
_END: Final[dict[Enum, _Text]] = {
    ThroughputEnd.DONE: _Text("xong", "done"),
    ThroughputEnd.ABORTED: _Text("bị dừng", "aborted"),
    ThroughputEnd.FAILED: _Text("lỗi", "failed"),
    ThroughputEnd.CANCELLED: _Text("đã hủy", "cancelled"),
    ThroughputEnd.EXPIRED: _Text("quá hạn", "expired"),
    ThroughputEnd.INTERRUPTED: _Text("bị ngắt", "interrupted"),
}
_METHOD: Final[dict[Enum, _Text]] = {
    Method.TCP: _Text("TCP", "TCP"),
    Method.UDP: _Text("UDP", "UDP"),
    Method.HTTP: _Text("HTTP", "HTTP"),
}
_DIRECTION: Final[dict[Enum, _Text]] = {
    Direction.DOWN: _Text("tải xuống", "down"),
    Direction.UP: _Text("tải lên", "up"),
}
_USE: Final[dict[Enum, _Text]] = {
    UseState.UNKNOWN: _Text("chưa rõ", "unknown"),
    UseState.OK: _Text("bình thường", "ok"),
    UseState.BUSY: _Text("cao", "busy"),
    UseState.OVER: _Text("quá ngưỡng", "over"),
}
_CAPACITY: Final[dict[Enum, _Text]] = {
    CapacityState.UNKNOWN: _Text("chưa đo", "not measured"),
    CapacityState.DELIVERED: _Text("đủ hợp đồng", "as contracted"),
    CapacityState.SHORT: _Text("thấp hơn hợp đồng", "below contract"),
    CapacityState.RAISE_MISSING: _Text("chưa được nâng", "raise missing"),
}
_NEED: Final[dict[Enum, _Text]] = {
    NeedState.UNKNOWN: _Text("chưa rõ", "unknown"),
    NeedState.ENOUGH: _Text("đủ", "enough"),
    NeedState.CONTRACT_SMALL: _Text("hợp đồng không đủ", "contract too small"),
    NeedState.DELIVERY_SMALL: _Text("đo được không đủ", "delivery too small"),
}
_SHORT_LINKS: Final[dict[type[Enum], dict[Enum, _Text]]] = {
    UseState: {
        UseState.BUSY: _Text("lưu lượng cao: {}", "busy: {}"),
        UseState.OVER: _Text("lưu lượng quá ngưỡng: {}", "over-used: {}"),
    },
    CapacityState: {
        CapacityState.SHORT: _Text("đo được thấp hơn hợp đồng: {}", "below contract: {}"),
        CapacityState.RAISE_MISSING: _Text("chưa được nâng: {}", "raise missing: {}"),
    },
    NeedState: {
        NeedState.CONTRACT_SMALL: _Text(
            "hợp đồng không đủ cho sự kiện: {}", "contract too small for an event: {}"
        ),
        NeedState.DELIVERY_SMALL: _Text(
            "đo được không đủ cho sự kiện: {}", "delivery too small for an event: {}"
        ),
    },
}
_AGENTS: Final[dict[AgentState, _Text]] = {
    AgentState.SILENT: _Text("bộ định tuyến không trả lời SNMP: {}", "routers that do not answer SNMP: {}"),
    AgentState.REFUSING: _Text(
        "bộ định tuyến từ chối thông tin đăng nhập SNMP: {}", "routers that refuse the SNMP credentials: {}"
    ),
    AgentState.BROKEN: _Text(
        "bộ định tuyến trả lời SNMP không đọc được: {}", "routers whose SNMP answers cannot be read: {}"
    ),
}
# Integer enumerations of different kinds compare equal, so the kind is looked up first.
_TEXTS: Final[dict[type[Enum], dict[Enum, _Text]]] = {
    Hindrance: _HINDRANCE,
    ThroughputEnd: _END,
    Method: _METHOD,
    Direction: _DIRECTION,
    UseState: _USE,
    CapacityState: _CAPACITY,
    NeedState: _NEED,
}


def tell_bandwidth(word: BandwidthWord, language: Language) -> str:
    """The word, or the clause of a hindrance."""
    return _TEXTS[type(word)][word].told(language)


def tell_short_links(state: UseState | CapacityState | NeedState, links: int, language: Language) -> str:
    """How many links fall short in one way; not every state is one."""
    return _SHORT_LINKS[type(state)][state].told(language).format(links)


def tell_agents(state: AgentState, routers: int, language: Language) -> str:
    """How many routers' agents fail in one way; not every state is a failure."""
    return _AGENTS[state].told(language).format(routers)


def tell_unread(links: int, language: Language) -> str:
    """How many links are configured with an interface that their router does not have."""
    vi = language is Language.VI
    form = "bộ định tuyến không có cổng đã khai: {}" if vi else "routers without the configured interface: {}"
    return form.format(links)


def tell_interface(told: InterfaceTold, language: Language) -> str:
    """What a router says of an interface, and where that points to."""
    vi = language is Language.VI
    if told.admin_up is False:
        return (
            "cổng trên bộ định tuyến bị tắt bằng cấu hình, không phải do đường truyền"
            if vi
            else "somebody shut the interface of its router down: it is not the line"
        )
    if told.oper_up is False:
        return (
            "cổng trên bộ định tuyến không có tín hiệu: kiểm tra nguồn, cáp, thiết bị nhà mạng"
            if vi
            else "no signal on the interface of its router: power, cable or the carrier's equipment"
        )
    bad = [
        (vi_text if vi else en_text).format(number(rate, language))
        for rate, vi_text, en_text in (
            (told.errors, "{} gói lỗi/s: cáp hoặc cổng", "{} spoiled packets/s: cable or port"),
            (told.discards, "{} gói bị bỏ/s: cổng đầy tải", "{} dropped packets/s: the interface is full"),
        )
        if rate is not None and rate >= _NOTABLE
    ]
    if bad:
        return f"{'cổng trên bộ định tuyến' if vi else 'interface of its router'}: {'; '.join(bad)}"
    if told.oper_up is None:
        return "bộ định tuyến không báo cổng lỗi" if vi else "its router reports no errors"
    return (
        "cổng trên bộ định tuyến vẫn thông: lỗi ở phía sau, về phía nhà mạng"
        if vi
        else "the interface of its router is up: the fault lies beyond it, towards the carrier"
    )


def tell_shortfall(told: BandwidthTold, event: str | None, language: Language) -> str:
    """What there is against what there should be; `event`: the name of the one that needs it."""
    direction, there = tell_bandwidth(told.direction, language), rate(told.rate, language)
    wanted = rate(told.limit, language)
    if told.event is not None:
        if language is Language.VI:
            return f"{direction} {there}, cần {wanted} cho {event or told.event}"
        return f"{direction} {there}, {event or told.event} needs {wanted}"
    share = percent(told.rate / told.limit if told.limit else 0.0, language)
    if language is Language.VI:
        return f"{direction} {there} trên {wanted} ({share})"
    return f"{direction} {there} of {wanted} ({share})"


def shortfall_in_short(told: BandwidthTold, language: Language) -> str:
    """The same without the event: `tải xuống 17,3 / 20 Mbit/s`."""
    return there_and_wanted(told.direction, told.rate, told.limit, language)


def there_and_wanted(direction: Direction, there: float | None, wanted: float, language: Language) -> str:
    """`tải xuống 17,3 / 20 Mbit/s`, both in the unit of what is wanted; a dash for what is not known."""
    factor, unit = next(((f, unit) for f, unit in _UNITS if wanted >= f), (1.0, "bit/s"))
    known = "-" if there is None else _three(there / factor, language)
    return f"{tell_bandwidth(direction, language)} {known} / {_three(wanted / factor, language)} {unit}"


def rate(bits_per_second: float, language: Language) -> str:
    """A rate: `19,1 Mbit/s`, `512 kbit/s`."""
    return _with_unit(bits_per_second, _UNITS, "bit/s", language)


def size(octets: float, language: Language) -> str:
    """A number of octets: `1,6 GB`; powers of 1000."""
    return _with_unit(octets, _SIZES, "B", language)


def _with_unit(value: float, units: tuple[tuple[float, str], ...], plain: str, language: Language) -> str:
    for factor, unit in units:
        if value >= factor:
            return f"{_three(value / factor, language)} {unit}"
    return f"{number(value, language)} {plain}"


def _three(value: float, language: Language) -> str:
    """Three digits tell two results of one link apart: 19.1 and 19.4 Mbit/s."""
    decimals = 0 if value >= 100 else 1 if value >= 10 else 2  # noqa: PLR2004 - places of a number
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if decimals else text
    return text.replace(".", ",") if language is Language.VI else text
