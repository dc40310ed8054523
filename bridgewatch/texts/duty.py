"""The words around the figures of `who`, `roster`, `check` and `readiness`, Vietnamese first."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.words import Language


@dataclass(frozen=True, slots=True)
class DutyWords:
    """One language. Braces are filled in by `str.format`."""

    step: str
    when: str
    who: str
    role: str
    channels: str
    why: str
    starts: str
    ends: str
    until: str
    site: str
    level: str
    links: str
    reasons: str
    verdict: str
    spare: str
    services: str
    unmeasured: str
    service: str
    link: str
    everywhere: str
    nobody: str
    if_fails: str
    policy: str
    pages_after: str
    pages_nobody: str
    no_steps: str
    repeats: str
    channels_read: str
    on_duty: str
    catch_all: str
    stands_in: str
    always: str
    calendar_name: str
    covered: str
    written: str
    no_rosters: str
    no_duty: str
    event: str
    uncovered: str
    uncovered_count: str
    gap_time: str
    role_of: str
    called_in: str
    if_room: str
    if_own: str
    to_mend: str
    no_mistakes: str
    links_checked: str
    manned: str
    warnings: str
    sites: str
    our_house: str
    level_or_higher: str
    error: str
    warning: str
    paging_off: str
    and_more: str
    all_shows: str


_VI: Final = DutyWords(
    step="Bước",
    when="Sau",
    who="Ai",
    role="Vai trò",
    channels="Kênh",
    why="Vì sao",
    starts="Từ",
    ends="Đến",
    until="đến {}",
    site="Điểm cầu",
    level="Cấp",
    links="Đường truyền",
    reasons="Lý do",
    verdict="Kết luận",
    spare="dự phòng",
    services="Dịch vụ hội nghị",
    unmeasured="Đường truyền không rõ đủ băng thông hay không (chưa có hợp đồng, chưa đo): {}",
    service="dịch vụ",
    link="đường truyền {}",
    everywhere="mọi nơi",
    nobody="KHÔNG CÓ AI",
    if_fails="Nếu mất kết nối lúc {at}: {urgency}",
    policy="chính sách {policy}, {phase}",
    pages_after="cảnh báo sau {}",
    pages_nobody="không cảnh báo ai, chỉ đưa vào bản tin gộp",
    no_steps="chính sách không có bước nào",
    repeats="Chưa ai xác nhận: cứ {} lại gọi bước cuối và các đầu mối cuối cùng",
    channels_read="* kênh độc lập với các đường ra đang được giám sát; (kênh) không có cách nào để xác nhận",
    on_duty="trong ca trực",
    catch_all="đầu mối cuối cùng",
    stands_in="trực thay",
    always="luôn trực",
    calendar_name="Lịch trực",
    covered="ngoài ca, gọi {who} theo lịch {roster}",
    written="Đã ghi {count} ca trực vào {file}",
    no_rosters="Chưa có lịch trực nào: khai trong rosters.yaml.",
    no_duty="Không có ca trực nào trong thời gian này.",
    event="sự kiện {}",
    uncovered="thiếu trực",
    uncovered_count="thiếu trực từ lúc kiểm tra đến khi đóng: {} chỗ",
    gap_time="từ {starts} đến {ends} ({phases})",
    role_of="{role} của {of}",
    called_in="{fault}gọi ở bước {step}{level}",
    if_room="khi nghi mất điện tại điểm cầu, ",
    if_own="khi có sự cố của đơn vị vận hành, ",
    to_mend="cách sửa: {}",
    no_mistakes="Không thấy sai sót ({})",
    links_checked="đường truyền: {}",
    manned="sự kiện đủ người trực: {}",
    warnings="cảnh báo: {}",
    sites="{} điểm cầu",
    our_house="sự cố của đơn vị vận hành",
    level_or_higher=" từ cấp {} trở lên",
    error="lỗi",
    warning="cảnh báo",
    paging_off="chưa khai đầu mối liên hệ nào: không ai được báo khi có sự cố",
    and_more="và {} nơi khác (--all)",
    all_shows="còn {} chỗ nữa: thêm --all để xem hết",
)
_EN: Final = DutyWords(
    step="Step",
    when="After",
    who="Who",
    role="Role",
    channels="Channels",
    why="Why",
    starts="From",
    ends="To",
    until="until {}",
    site="Site",
    level="Level",
    links="Links",
    reasons="Reasons",
    verdict="Verdict",
    spare="spare",
    services="Conference services",
    unmeasured="Links of which neither contract nor test says whether they are enough: {}",
    service="service",
    link="link {}",
    everywhere="everywhere",
    nobody="NOBODY",
    if_fails="If it goes down at {at}: {urgency}",
    policy="policy {policy}, {phase}",
    pages_after="pages after {}",
    pages_nobody="pages nobody, goes into a digest",
    no_steps="the policy has no step",
    repeats="While nobody answers: the last step and the catch-all again, every {}",
    channels_read="* independent of the egresses that are watched; (channel) gives no way to acknowledge",
    on_duty="on duty",
    catch_all="catch-all",
    stands_in="stands in",
    always="always",
    calendar_name="Duty",
    covered="covered by {who} of {roster}",
    written="shifts written to {file}: {count}",
    no_rosters="There is no roster yet: write rosters.yaml.",
    no_duty="Nobody has any duty in this time.",
    event="event {}",
    uncovered="gap",
    uncovered_count="gaps between check and closed: {}",
    gap_time="from {starts} to {ends} ({phases})",
    role_of="{role} of {of}",
    called_in="{fault}called in step {step}{level}",
    if_room="when a site seems to be without power, ",
    if_own="for faults of our own, ",
    to_mend="to mend it: {}",
    no_mistakes="No mistakes found ({})",
    links_checked="links: {}",
    manned="events with somebody on duty throughout: {}",
    warnings="warnings: {}",
    sites="{} sites",
    our_house="faults of our own",
    level_or_higher=", {} or higher",
    error="error",
    warning="warning",
    paging_off="there is no contact: nobody is told of any fault",
    and_more="and {} more (--all)",
    all_shows="{} more: --all shows them",
)


def duty_words(language: Language) -> DutyWords:
    """The words of a language."""
    return _VI if language is Language.VI else _EN
