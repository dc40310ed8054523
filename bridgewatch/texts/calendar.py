"""The words of the calendar, in both languages; braces are filled in by `str.format`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridgewatch.model.words import CarriedBy, Language, Level


@dataclass(frozen=True, slots=True)
class CalendarWords:
    """One language."""

    title: str
    no_event: str
    next_change: str
    nothing_changes: str
    load: str
    load_after: str
    over_bound: str
    meeting: str
    live_until: str
    over: str
    closed: str
    extended: str
    contacts_due: str
    due_passed: str
    sites: str
    links: str
    carried_by: str
    cancelled: str
    since_ever: str
    own_rate: str
    rate: str
    profile: str
    policy: str
    province: str
    district: str
    commune: str
    wan: str
    internet: str
    any: str

    def level(self, level: Level) -> str:
        """An administrative level."""
        return str(getattr(self, level.value))

    def network(self, carried_by: CarriedBy) -> str:
        """What carries a meeting."""
        return str(getattr(self, carried_by.value))


_VI: Final = CalendarWords(
    title="lịch sự kiện",
    no_event="Không có sự kiện nào trong khoảng này.",
    next_change="Thay đổi kế tiếp: {when} (còn {left}): {what}",
    nothing_changes="Không còn thay đổi nào.",
    load="Đang đo {now} gói/s",
    load_after="sau đó {after} gói/s",
    over_bound="vượt giới hạn {bound} gói/s nên sẽ đo chậm hơn",
    meeting="họp {starts} - {ends}",
    live_until="tính là đang họp đến khi đóng, muộn nhất {until}",
    over="đã kết thúc {until}, không ai đóng",
    closed="{by} đã đóng {when}",
    extended="{by} đã kéo dài đến {until}",
    contacts_due="đầu mối liên hệ chậm nhất {when}",
    due_passed="đã quá hạn",
    sites="điểm cầu: {}",
    links="đường truyền: {}",
    carried_by="họp qua {}",
    cancelled="ĐÃ HỦY",
    since_ever="…",
    own_rate="theo cấu hình",
    rate="{} gói/s",
    profile="ngưỡng {}",
    policy="chính sách {}",
    province="tỉnh",
    district="huyện",
    commune="xã",
    wan="TSLCD",
    internet="Internet",
    any="đường bất kỳ",
)
_EN: Final = CalendarWords(
    title="calendar",
    no_event="No event in these days.",
    next_change="Next change: {when} (in {left}): {what}",
    nothing_changes="Nothing changes any more.",
    load="{now} probes/s now",
    load_after="{after} probes/s after that",
    over_bound="more than the bound of {bound} probes/s, so all are slowed down",
    meeting="meeting {starts} - {ends}",
    live_until="live until closed, at the latest until {until}",
    over="over since {until}, closed by nobody",
    closed="closed {when} by {by}",
    extended="extended to {until} by {by}",
    contacts_due="contacts due {when}",
    due_passed="past",
    sites="sites: {}",
    links="links: {}",
    carried_by="carried by {}",
    cancelled="CANCELLED",
    since_ever="…",
    own_rate="as configured",
    rate="{}/s",
    profile="profile {}",
    policy="policy {}",
    province="province",
    district="district",
    commune="commune",
    wan="WAN",
    internet="Internet",
    any="any link",
)


def calendar_words(language: Language) -> CalendarWords:
    """The words of a language."""
    return _VI if language is Language.VI else _EN


# Those that are shipped; what operators add bears the name that they gave it, as in English all do.
_SHIPPED: Final[Mapping[str, str]] = {
    "calm": "ngày thường",
    "wave": "khi chạy thử",
    "freeze": "khi đóng băng",
    "check": "khi kiểm tra",
    "live": "khi họp",
    "bandwidth": "băng thông",
    "conference": "hội nghị",
    "voice": "thoại",
    "backup": "dự phòng",
    "contract": "hợp đồng",
}


def tell_settings(name: str, language: Language) -> str:
    """What a policy or a profile is called."""
    return _SHIPPED.get(name, name) if language is Language.VI else name
