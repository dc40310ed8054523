"""What those who answer are told, in both languages; braces are filled in by `str.format`."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.commands import Refusal
from bridgewatch.model.words import Language


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """One language."""

    title: str
    called: str  # who reads this
    several: str
    all_of_them: str
    since: str
    ended: str
    again: str
    again_since: str
    finding: str
    now: str
    sites_dark: str
    sites_impaired: str
    sites_reduced: str
    links: str
    event: str
    called_already: str
    has_it: str
    has_declined: str
    next_step: str
    next_again: str
    nobody: str
    you: str
    taken_by: str
    over: str
    folded: str
    muted: str
    acknowledge: str
    help: str
    decline: str
    acknowledge_hint: str
    help_hint: str
    decline_hint: str
    said_acknowledge: str
    said_help: str
    said_decline: str
    said_handed_back: str
    nothing_left: str
    more: str
    other: str
    refused_title: str
    refused: str
    too_many: str
    stale: str
    unavailable: str
    reply_acknowledge: str
    reply_help: str
    reply_decline: str
    reply_handed_back: str
    reply_taken: str
    reply_over: str
    reply_unclear: str
    reply_which: str
    reply_unknown: str
    reply_nothing: str
    more_codes: str


_VI: Final = AnswerWords(
    title="Trả lời cảnh báo",
    called="Gửi {}",
    several="{} sự cố",
    all_of_them="Câu trả lời áp dụng cho cả {} sự cố dưới đây và chỉ các sự cố này.",
    since="Từ lúc",
    ended="đã khôi phục lúc {}",
    again="Tái diễn",
    again_since="lần thứ {}, lần đầu lúc {}",
    finding="Nhận định",
    now="Hiện nay:",
    sites_dark="Điểm cầu mất kết nối",
    sites_impaired="Điểm cầu bị ảnh hưởng",
    sites_reduced="Điểm cầu mất dự phòng",
    links="Đường truyền",
    event="Sự kiện",
    called_already="Đã gọi",
    has_it="đã nhận xử lý",
    has_declined="báo không thuộc phần mình",
    next_step="chưa ai nhận xử lý thì gọi tiếp bước {} lúc {}",
    next_again="chưa ai nhận xử lý thì gọi lại bước {} lúc {}",
    nobody="chưa có ai nhận xử lý",
    you="anh/chị đã nhận xử lý",
    taken_by="{} đã nhận xử lý",
    over="đã kết thúc",
    folded="đã gộp vào sự cố {}",
    muted="đang tạm ngưng cảnh báo",
    acknowledge="Tôi nhận xử lý",
    help="Cần hỗ trợ",
    decline="Không thuộc phần tôi",
    acknowledge_hint="Dừng gọi người tiếp theo.",
    help_hint="Gọi ngay bước tiếp theo.",
    decline_hint="Không gọi anh/chị về sự cố này nữa.",
    said_acknowledge="Đã ghi nhận: anh/chị nhận xử lý. Việc gọi người khác đã dừng.",
    said_help="Đã ghi nhận: cần hỗ trợ. Bước tiếp theo đang được gọi.",
    said_decline="Đã ghi nhận: không thuộc phần anh/chị. Người khác sẽ được gọi.",
    said_handed_back="Đã ghi nhận: không thuộc phần anh/chị. Nay chưa ai nhận, đang gọi bước tiếp theo.",
    nothing_left="Không còn gì phải trả lời.",
    more="và {} nơi khác",
    other="English",
    refused_title="Liên kết không dùng được",
    refused="Liên kết này sai hoặc đã hết hạn. Hãy mở liên kết trong tin nhắn mới nhất, hoặc gọi trực NOC.",
    too_many="Quá nhiều lượt truy cập. Hãy thử lại sau ít giây, hoặc gọi trực NOC.",
    stale="Trang này đã cũ. Hãy bấm lại.",
    unavailable="Hệ thống chưa ghi được câu trả lời. Hãy thử lại, hoặc gọi trực NOC.",
    reply_acknowledge="{}: đã ghi nhận, anh/chị nhận xử lý.",
    reply_help="{}: đã ghi nhận, bước tiếp theo đang được gọi.",
    reply_decline="{}: đã ghi nhận, không gọi anh/chị nữa.",
    reply_handed_back="{}: đã ghi nhận. Nay chưa ai nhận, đang gọi bước tiếp theo.",
    reply_taken="{}: {} đã nhận xử lý.",
    reply_over="{}: đã kết thúc.",
    reply_unclear="Chưa hiểu. Trả lời MÃ kèm OK (nhận xử lý), GIUP (cần hỗ trợ) "
    "hoặc KHONG (không thuộc phần mình). Một tin ghi được nhiều mã.",
    reply_which="Có nhiều sự cố: {}. Hãy trả lời kèm mã, một hoặc nhiều mã.",
    reply_unknown="Chưa ghi nhận gì: không có sự cố {} đang gọi anh/chị.",
    reply_nothing="Không có sự cố nào đang gọi anh/chị.",
    more_codes="và {} mã khác",
)
_EN: Final = AnswerWords(
    title="Answer a page",
    called="To {}",
    several="{} incidents",
    all_of_them="Your answer is for all {} incidents below and for no others.",
    since="Since",
    ended="recovered at {}",
    again="Again",
    again_since="the {} time, first at {}",
    finding="Finding",
    now="Now:",
    sites_dark="Sites dark",
    sites_impaired="Sites impaired",
    sites_reduced="Sites without a spare",
    links="Links",
    event="Event",
    called_already="Called already",
    has_it="has it",
    has_declined="says that it is not theirs",
    next_step="if nobody takes it, step {} is called at {}",
    next_again="if nobody takes it, step {} is called again at {}",
    nobody="nobody yet",
    you="you have it",
    taken_by="{} has it",
    over="it is over",
    folded="folded into incident {}",
    muted="silenced for now",
    acknowledge="I have it",
    help="I need help",
    decline="Not mine",
    acknowledge_hint="Nobody else is called.",
    help_hint="The next step is called now.",
    decline_hint="You are not called for this again.",
    said_acknowledge="Noted: you have it. Nobody else is called.",
    said_help="Noted: you need help. The next step is being called.",
    said_decline="Noted: not yours. Somebody else is called.",
    said_handed_back="Noted: not yours. Nobody has it now, the next step is being called.",
    nothing_left="There is nothing left to answer.",
    more="and {} more",
    other="Tiếng Việt",
    refused_title="This link does not open",
    refused="This link is wrong or has expired. Open the one in the latest message, or call the NOC.",
    too_many="Too many requests. Try again in some seconds, or call the NOC.",
    stale="This page is old. Please press again.",
    unavailable="Your answer could not be recorded. Try again, or call the NOC.",
    reply_acknowledge="{}: noted, you have it.",
    reply_help="{}: noted, the next step is being called.",
    reply_decline="{}: noted, you are not called again.",
    reply_handed_back="{}: noted. Nobody has it now, the next step is being called.",
    reply_taken="{}: {} has it.",
    reply_over="{}: it is over.",
    reply_unclear="Not understood. Answer the CODE with OK (I have it), HELP (I need help) or NO (not mine). "
    "One reply may name several codes.",
    reply_which="There are several incidents: {}. Please answer with a code, or several.",
    reply_unknown="Nothing noted: no incident {} is calling you.",
    reply_nothing="No incident is calling you.",
    more_codes="and {} more",
)


def answer_words(language: Language) -> AnswerWords:
    """The words of a language."""
    return _VI if language is Language.VI else _EN


_REFUSALS: Final[dict[Refusal, tuple[str, str]]] = {
    Refusal.UNKNOWN_INCIDENT: ("không có sự cố này", "there is no such incident"),
    Refusal.ALREADY_TAKEN: ("đã có người nhận xử lý", "somebody has it already"),
    Refusal.ALREADY_OVER: ("đã kết thúc", "it is over"),
    Refusal.UNKNOWN_CONTACT: ("không có đầu mối liên hệ này", "there is no such contact"),
    Refusal.NOT_CALLED: ("người này chưa được gọi về sự cố này", "that contact was not called for it"),
    Refusal.UNKNOWN_SILENCE: ("không có lần tạm ngưng cảnh báo này", "there is no such silence"),
    Refusal.UNKNOWN_SUBJECT: (
        "không có đường truyền, điểm cầu, doanh nghiệp hoặc khu vực này",
        "there is no such link, site, carrier or area",
    ),
    Refusal.NO_END: (
        "phải kết thúc sau khi bắt đầu, và ở tương lai",
        "it must end after it begins, and in the future",
    ),
    Refusal.OVER_LIVE_EVENT: (
        "bao trùm một sự kiện đang họp; chỉ làm được khi buộc thực hiện (--force)",
        "it covers a live event; only with --force",
    ),
    Refusal.UNKNOWN_EVENT: ("không có sự kiện này", "there is no such event"),
    Refusal.UNKNOWN_TEST: ("không có phép đo thông lượng này", "there is no such throughput test"),
    Refusal.HINDERED: ("đang có điều cản trở", "something is in its way"),
    Refusal.NO_REASON: (
        "bỏ qua quy tắc thì phải ghi tên người yêu cầu và lý do (--reason)",
        "it takes a name and a reason to override the rules (--reason)",
    ),
    Refusal.NOT_LATER: (
        "như vậy không phải là kéo dài",
        "that is no extension",
    ),
    Refusal.EVENT_NOT_LIVE: ("sự kiện không đang họp", "the event is not live"),
}


def tell_refusal(refusal: Refusal, language: Language) -> str:
    """Why a command was not carried out: a clause, lower case, without a full stop."""
    vietnamese, english = _REFUSALS[refusal]
    return vietnamese if language is Language.VI else english
