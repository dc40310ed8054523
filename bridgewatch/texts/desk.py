"""The words around the tables of the NOC's commands, in both languages; `str.format` fills in braces."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.desk import Stage
from bridgewatch.model.paging import FaultKind, Phase, Why
from bridgewatch.model.words import Language
from bridgewatch.texts.people import tell_fault, tell_people


@dataclass(frozen=True, slots=True)
class DeskWords:
    """One language."""

    incidents: str
    none_open: str
    past: str
    none_past: str
    since: str
    before: str
    between: str
    earlier: str
    never_paged: str
    lasting: str
    nobody: str
    called: str
    next_step: str
    next_again: str
    dark: str
    links: str
    suspected: str
    event: str
    under_way: str
    until: str
    at_latest: str
    only_called: str
    resolved_broken: str
    into: str
    muted: str
    took: str
    asked_help: str
    declined: str
    handed_back: str
    resolved: str
    nothing_changed: str
    not_called: str
    silences: str
    no_silence: str
    silence: str
    covers: str
    from_to: str
    note: str
    set_by: str
    silence_set: str
    silence_to_come: str
    silence_covers: str
    silence_lasts: str
    silence_lifted: str
    forced: str
    event_closed: str
    event_extended: str
    bearers: str
    no_bearer: str
    bearer: str
    may: str
    made: str
    keys_rotated: str
    keys_forgotten: str


_VI: Final = DeskWords(
    incidents="Sự cố đang mở: {}",
    none_open="Không có sự cố nào đang mở.",
    past="Sự cố {}: {}",
    none_past="Không có sự cố nào {}.",
    since="từ {}",
    before="trước {}",
    between="từ {} đến {}",
    earlier="Còn những sự cố sớm hơn: thêm --until {}",
    never_paged="chưa báo ai",
    lasting="chưa kết thúc",
    nobody="chưa có ai",
    called="đã gọi: {}",
    next_step="bước {} lúc {}",
    next_again="gọi lại bước {} lúc {}",
    dark="{} điểm cầu mất kết nối",
    links="{} đường truyền",
    suspected="nghi ngờ",
    event="sự kiện {}",
    under_way="Sự kiện đang diễn ra: {}",
    until="đến {}",
    at_latest="chậm nhất đến {}",
    only_called="đã gọi:",
    resolved_broken="{} đóng sự cố lúc {}, chưa khôi phục",
    into="vào sự cố {}",
    muted="tạm ngưng cảnh báo đến {}, người đặt: {} (mã {})",
    took="{}: {} nhận xử lý.",
    asked_help="{}: bước tiếp theo đang được gọi.",
    declined="{}: không gọi {} nữa.",
    handed_back="{}: không gọi {} nữa. Nay chưa ai nhận, đang gọi bước tiếp theo.",
    resolved="{}: đã đóng.",
    nothing_changed="{}: không có gì thay đổi.",
    not_called="{}: hệ thống chưa gọi {} về sự cố này; vẫn ghi nhận.",
    silences="Tạm ngưng cảnh báo: {}",
    no_silence="Không có lần tạm ngưng cảnh báo nào.",
    silence="Mã",
    covers="Phạm vi",
    from_to="Từ, đến",
    note="Lý do",
    set_by="Người đặt",
    silence_set="Đã đặt tạm ngưng cảnh báo {}: có hiệu lực ngay.",
    silence_to_come="Đã đặt tạm ngưng cảnh báo {}: chưa có hiệu lực.",
    silence_covers="Phạm vi: {}",
    silence_lasts="Từ {} đến {} ({})",
    silence_lifted="Đã bỏ tạm ngưng cảnh báo {}.",
    forced="buộc thực hiện",
    event_closed="Sự kiện {}: đã kết thúc.",
    event_extended="Sự kiện {}: kéo dài đến {}.",
    bearers="Mã truy cập API: {}",
    no_bearer="Chưa có mã truy cập API nào: API không trả lời ai.",
    bearer="Tên",
    may="Quyền",
    made="Tạo lúc",
    keys_rotated="Liên kết mới được ký bằng khóa mới; số khóa còn hiệu lực: {}.",
    keys_forgotten="Mọi liên kết đã gửi đều hết hiệu lực.",
)
_EN: Final = DeskWords(
    incidents="Open incidents: {}",
    none_open="No incident is open.",
    past="Incidents {}: {}",
    none_past="There was no incident {}.",
    since="since {}",
    before="before {}",
    between="from {} to {}",
    earlier="There are earlier ones: --until {}",
    never_paged="nobody was paged",
    lasting="not over",
    nobody="nobody yet",
    called="called: {}",
    next_step="step {} at {}",
    next_again="step {} again at {}",
    dark="{} sites dark",
    links="{} links",
    suspected="suspected",
    event="event {}",
    under_way="Events under way: {}",
    until="until {}",
    at_latest="until {} at the latest",
    only_called="called:",
    resolved_broken="closed by {} at {}, not recovered",
    into="into incident {}",
    muted="silenced until {} by {} (silence {})",
    took="{}: {} has it.",
    asked_help="{}: the next step is being called.",
    declined="{}: {} is not called again.",
    handed_back="{}: {} is not called again. Nobody has it now, the next step is being called.",
    resolved="{}: closed.",
    nothing_changed="{}: nothing changed.",
    not_called="{}: {} was not called for it; noted all the same.",
    silences="Silences: {}",
    no_silence="There is no silence.",
    silence="Id",
    covers="Covers",
    from_to="From, to",
    note="Why",
    set_by="Set by",
    silence_set="Silence {} is set and holds now.",
    silence_to_come="Silence {} is set; it does not hold yet.",
    silence_covers="Covers: {}",
    silence_lasts="From {} to {} ({})",
    silence_lifted="Silence {} is lifted.",
    forced="forced",
    event_closed="Event {}: closed.",
    event_extended="Event {}: it goes on until {}.",
    bearers="Tokens of the API: {}",
    no_bearer="There is no token: the API answers nobody.",
    bearer="Name",
    may="May",
    made="Made",
    keys_rotated="Links are signed with a new key now; keys that open links: {}.",
    keys_forgotten="Links that were sent before open no longer.",
)


def desk_words(language: Language) -> DeskWords:
    """The words of a language."""
    return _VI if language is Language.VI else _EN


_STAGES: Final[dict[Stage, tuple[str, str]]] = {
    Stage.HELD: ("đang theo dõi", "held"),
    Stage.CALLING: ("đang gọi", "calling"),
    Stage.TAKEN: ("đã có người nhận", "taken"),
    Stage.MUTED: ("tạm ngưng cảnh báo", "muted"),
    Stage.FOLDED: ("đã gộp", "folded"),
    Stage.OVER: ("đã kết thúc", "over"),
}


def tell_stage(stage: Stage, language: Language) -> str:
    """How far an incident has come, in a word or two."""
    vietnamese, english = _STAGES[stage]
    return vietnamese if language is Language.VI else english


def tell_found(kind: FaultKind, why: Why | None, language: Language, *, suspected: bool) -> str:
    """What an incident is about, and whether that is only inferred."""
    fault = tell_fault(kind, why, language)
    return f"{fault} ({desk_words(language).suspected})" if suspected else fault


def tell_event(name: str, phase: Phase, until: str | None, language: Language) -> str:
    """An event, what it is in and until when; one that is live may be closed before."""
    words = desk_words(language)
    end = words.at_latest if phase is Phase.LIVE else words.until
    parts = (f"{name}: {tell_people(phase, language)}", end.format(until) if until is not None else "")
    return ", ".join(part for part in parts if part)
