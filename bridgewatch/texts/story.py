"""The words of the demo, in both languages; braces are filled in by `str.format`."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.words import Language


@dataclass(frozen=True, slots=True)
class StoryWords:
    """One language."""

    starting: str
    script: str
    calm: str
    now: str
    over: str
    waiting: str
    later: str
    later_between: str
    again: str
    lasting: str
    summary: str
    found_all: str
    not_found: str
    never_over: str
    false_alarm: str
    false_alarms: str
    probes: str
    dropped: str
    first_probe: str
    cpu: str
    interrupted: str
    paged: str
    paged_next: str
    has_it: str
    told_over: str
    nobody_paged: str
    message: str
    pressed: str
    pressed_key: str
    no_message: str
    press: str
    in_hand: str
    messages: str
    told_all: str
    ready_before: str
    ready_after: str
    sites: str
    asked: str
    outside: str


_VI: Final = StoryWords(
    starting="Tỉnh giả lập trên loopback: {sites} điểm cầu, {links} đường truyền, "
    "{acts} sự cố trong {seconds:.0f} s",
    script="Kịch bản",
    calm="mọi thứ bình thường",
    now="Bây giờ",
    over="Hết",
    waiting="bridgewatch: chưa kết luận",
    later="sau {first:.1f} s",
    later_between="sau {first:.1f} đến {last:.1f} s",
    again="thông suốt lại sau {last:.1f} s",
    lasting="kéo dài đến cuối",
    summary="Tổng kết",
    found_all="Tìm ra cả {} sự cố, không báo động giả.",
    not_found="KHÔNG TÌM RA: {}",
    never_over="TÌM RA NHƯNG KHÔNG BÁO HẾT: {}",
    false_alarm="BÁO ĐỘNG GIẢ: {}",
    false_alarms="báo động giả: {}",
    probes="đã gửi {sent} gói đo trong {seconds:.1f} s qua {links} đường truyền",
    dropped="đầu xa bỏ {dropped} gói, bridgewatch tính mất {lost} gói",
    first_probe="gói đo đầu tiên {:.1f} s sau khi khởi động",
    cpu="CPU {seconds:.1f} s, {share:.0f} % của một lõi kể cả màn hình; bộ nhớ {memory:.0f} MiB; "
    "gửi trễ p99 {late:.0f} ms",
    interrupted="Đã dừng giữa chừng.",
    paged="gọi {who} sau {at:.1f} s",
    paged_next="không ai trả lời, gọi tiếp {who} sau {at:.1f} s",
    has_it="{who} nhận xử lý sau {at:.1f} s",
    told_over="{count} người được báo đã khôi phục",
    nobody_paged="không gọi ai: đúng theo chính sách",
    message="tin tới {who}: {title}",
    pressed="{who} mở liên kết và bấm 'Tôi nhận xử lý'",
    pressed_key="phím a: mở liên kết của {who} và bấm 'Tôi nhận xử lý'",
    no_message="chưa có tin nào",
    press="phím a: xác nhận",
    in_hand="✔ {who} đã nhận xử lý",
    messages="{pages} lượt gọi, {others} tin khác; gọi nhầm: {wrong}",
    told_all="Mỗi sự cố gọi đúng người, đúng thứ tự, mỗi người một lần; nhận kịp thời; đã báo khôi phục.",
    ready_before="Mức sẵn sàng lúc đầu: {event}",
    ready_after="Mức sẵn sàng lúc cuối: {event}",
    sites="{count} điểm cầu",
    asked="trong bản trình diễn, thông suốt {here} là đủ; ngoài đời cần {usual} (--seen)",
    outside="{site}: không dự sự kiện này",
)
_EN: Final = StoryWords(
    starting="A province on loopback: {sites} sites, {links} links, {acts} faults in {seconds:.0f} s",
    script="Script",
    calm="all is well",
    now="Now",
    over="Over",
    waiting="bridgewatch: no verdict yet",
    later="after {first:.1f} s",
    later_between="after {first:.1f} to {last:.1f} s",
    again="up again {last:.1f} s after the end",
    lasting="lasts to the end",
    summary="Summary",
    found_all="All {} faults found, no false alarm.",
    not_found="NOT FOUND: {}",
    never_over="FOUND BUT NEVER OVER: {}",
    false_alarm="FALSE ALARM: {}",
    false_alarms="false alarms: {}",
    probes="{sent} probes sent in {seconds:.1f} s over {links} links",
    dropped="the far ends dropped {dropped} packets, bridgewatch booked {lost} as lost",
    first_probe="first probe {:.1f} s after the start",
    cpu="CPU {seconds:.1f} s, {share:.0f} % of one core, views included; memory {memory:.0f} MiB; "
    "lateness p99 {late:.0f} ms",
    interrupted="Interrupted.",
    paged="{who} paged after {at:.1f} s",
    paged_next="no answer, {who} paged after {at:.1f} s",
    has_it="{who} has it after {at:.1f} s",
    told_over="{count} told of the recovery",
    nobody_paged="nobody is paged, as the policy says",
    message="message to {who}: {title}",
    pressed="{who} opens the link and presses 'I have it'",
    pressed_key="key a: opens the link of {who} and presses 'I have it'",
    no_message="no message yet",
    press="a: acknowledge",
    in_hand="✔ {who} has it",
    messages="{pages} pages, {others} other messages; false pages: {wrong}",
    told_all="Each fault paged the right people, in order, each once; acknowledged in time; recovery told.",
    ready_before="Readiness at the start: {event}",
    ready_after="Readiness at the end: {event}",
    sites="{count} sites",
    asked="in the demo {here} of being up are enough; outside {usual} are asked for (--seen)",
    outside="{site}: takes no part in the event",
)


def story_words(language: Language) -> StoryWords:
    """The words of a language."""
    return _VI if language is Language.VI else _EN
