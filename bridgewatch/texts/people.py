"""How the words of incidents, duty and messages read, Vietnamese first.

Kinds, roles, phases and ways are short noun phrases; a Why is one clause that may follow a colon.
"""

from enum import Enum
from typing import Final, NamedTuple

from bridgewatch.model.paging import (
    AckWay,
    Audience,
    FaultKind,
    GatewayKind,
    MessageKind,
    Phase,
    Role,
    Urgency,
    Why,
)
from bridgewatch.model.words import Language


class _Text(NamedTuple):
    vi: str
    en: str


PeopleWord = FaultKind | Urgency | Why | Phase | Role | Audience | AckWay | MessageKind | GatewayKind

_FAULT: Final[dict[str, _Text]] = {
    FaultKind.LINK: _Text("đường truyền mất kết nối", "link down"),
    FaultKind.SITE: _Text("mất điện hoặc hỏng thiết bị tại điểm cầu", "power or router failure at a site"),
    FaultKind.HANDOVER: _Text(
        "sự cố điểm kết nối của doanh nghiệp viễn thông", "handover of the carrier down"
    ),
    FaultKind.AREA: _Text(
        "sự cố diện rộng của doanh nghiệp viễn thông", "outage of the carrier across an area"
    ),
    FaultKind.EGRESS: _Text("đường ra của máy đo mất kết nối", "egress of the vantage dark"),
    FaultKind.SERVICE: _Text("dịch vụ hội nghị mất kết nối", "conference service dark"),
    FaultKind.QUALITY: _Text("chất lượng đường truyền kém", "poor link quality"),
    FaultKind.TARGET: _Text("bộ phản hồi tại điểm cầu không chạy", "reflector of a site not running"),
    FaultKind.CONTACTS: _Text("thiếu đầu mối liên hệ hoặc lịch trực", "contacts or rosters missing"),
    FaultKind.DELIVERY: _Text("không gửi được cảnh báo", "pages cannot be delivered"),
    FaultKind.USE: _Text("băng thông gần hết", "traffic near the contract"),
    FaultKind.CAPACITY: _Text("băng thông thấp hơn cam kết", "less bandwidth than promised"),
    FaultKind.NEED: _Text("băng thông không đủ cho sự kiện", "link too small for an event"),
    FaultKind.HEARTBEAT: _Text("hệ thống giám sát ngừng hoạt động", "daemon out of action"),
}
_FAULT_BY_WHY: Final[dict[str, _Text]] = {
    Why.LINK_FLAPPING: _Text("đường truyền chập chờn", "link flapping"),
    Why.EGRESS_IMPAIRED: _Text("đường ra của máy đo mất gói", "egress of the vantage losing packets"),
    Why.STORE_FAILING: _Text("kho dữ liệu không ghi được", "store failing"),
    Why.GATEWAY_FAILING: _Text("cổng gửi không gửi được cảnh báo", "gateway failing"),
    Why.SECRET_MISSING: _Text("không đọc được khóa bí mật của cổng gửi", "secret of a gateway missing"),
    Why.HEARTBEAT_MISSING: _Text("hệ thống giám sát mất tín hiệu", "daemon silent"),
    Why.PROBING_STANDS: _Text("hệ thống giám sát ngừng đo", "daemon has stopped probing"),
    Why.OUTBOX_STANDS: _Text("hệ thống giám sát ngừng gửi cảnh báo", "daemon has stopped sending pages"),
}
"""What a fault is called while it is this; what is not here is called by its kind."""
_URGENCY: Final[dict[int, _Text]] = {
    Urgency.NOTE: _Text("để biết", "for information"),
    Urgency.REDUCED: _Text("điểm cầu mất dự phòng", "site without a spare"),
    Urgency.IMPAIRED: _Text("điểm cầu bị ảnh hưởng", "site impaired"),
    Urgency.OWN: _Text("sự cố của đơn vị vận hành", "fault of our own"),
    Urgency.DARK: _Text("điểm cầu mất kết nối", "site dark"),
}
_PHASE: Final[dict[int, _Text]] = {
    Phase.NONE: _Text("ngoài sự kiện", "no event"),
    Phase.DRAFT: _Text("dự thảo", "draft"),
    Phase.PLANNED: _Text("đã lên lịch", "planned"),
    Phase.WAVE: _Text("đợt chạy thử", "rehearsal wave"),
    Phase.FREEZE: _Text("đóng băng", "freeze"),
    Phase.CHECK: _Text("kiểm tra trước giờ họp", "check"),
    Phase.LIVE: _Text("đang họp", "live"),
    Phase.REPORT: _Text("báo cáo sau sự kiện", "after-event report"),
}
_ROLE: Final[dict[str, _Text]] = {
    Role.DUTY: _Text("trực", "duty"),
    Role.OPERATIONS: _Text("trực điều hành", "operations"),
    Role.RESCUE: _Text("ứng cứu thông tin", "rescue"),
    Role.LEAD: _Text("trực lãnh đạo", "lead"),
    Role.ROOM: _Text("đầu mối tại điểm cầu", "room contact"),
}
_AUDIENCE: Final[dict[str, _Text]] = {
    Audience.CARRIER: _Text("doanh nghiệp viễn thông", "carrier"),
    Audience.ROOM: _Text("điểm cầu", "the room"),
    Audience.OWN: _Text("đơn vị vận hành", "our own staff"),
}
_WAY: Final[dict[str, _Text]] = {
    AckWay.LINK: _Text("qua liên kết", "through the link"),
    AckWay.VOICE: _Text("bấm phím trong cuộc gọi", "by a key during the call"),
    AckWay.SMS: _Text("qua tin nhắn SMS", "by SMS"),
    AckWay.CHAT: _Text("qua tin nhắn trò chuyện", "by chat"),
    AckWay.PHONE: _Text("báo qua điện thoại cho NOC", "by phone to the NOC"),
    AckWay.DESK: _Text("tại bàn trực NOC", "at the NOC's desk"),
    AckWay.API: _Text("qua API", "through the API"),
}
_MESSAGE: Final[dict[str, _Text]] = {
    MessageKind.PAGE: _Text("cảnh báo", "page"),
    MessageKind.DIGEST: _Text("cảnh báo gộp", "digest"),
    MessageKind.NOTES: _Text("bản tin để biết", "notes"),
    MessageKind.TAKEN: _Text("đã có người nhận xử lý", "taken"),
    MessageKind.FOLDED: _Text("đã gộp vào sự cố khác", "folded into another"),
    MessageKind.RECOVERED: _Text("đã khôi phục", "recovered"),
    MessageKind.RESOLVED: _Text("đã đóng", "resolved"),
    MessageKind.TEST: _Text("tin thử", "test"),
}
_GATEWAY: Final[dict[str, _Text]] = {
    GatewayKind.MAIL: _Text("thư điện tử", "mail"),
    GatewayKind.TELEGRAM: _Text("Telegram", "Telegram"),
    GatewayKind.ZALO_BOT: _Text("Zalo Bot", "Zalo Bot"),
    GatewayKind.ZALO_OA: _Text("Zalo OA", "Zalo OA"),
    GatewayKind.ZALO_ZNS: _Text("Zalo ZNS", "Zalo ZNS"),
    GatewayKind.ESMS: _Text("tin nhắn SMS (eSMS)", "SMS (eSMS)"),
    GatewayKind.STRINGEE: _Text("cuộc gọi (Stringee)", "voice call (Stringee)"),
    GatewayKind.WEBHOOK: _Text("webhook", "webhook"),
    GatewayKind.APPRISE: _Text("kênh Apprise", "Apprise channel"),
}
_WHY: Final[dict[str, _Text]] = {
    Why.LINK_DOWN: _Text("đường truyền mất kết nối", "the link is down"),
    Why.LINK_FLAPPING: _Text("đường truyền chập chờn", "the link is flapping"),
    Why.BEHIND_ROOT: _Text("đi qua một đường truyền đang mất kết nối", "it runs via a link that is down"),
    Why.BEHIND_HANDOVER: _Text(
        "mọi đường truyền quan sát được qua điểm kết nối đó đều mất kết nối",
        "every visible link of that handover is down",
    ),
    Why.CARRIER_AREA: _Text(
        "phần lớn đường truyền của doanh nghiệp tại khu vực mất kết nối trong vài giây",
        "most links of the carrier there fell within seconds",
    ),
    Why.SITE_POWER: _Text(
        "đường truyền của các doanh nghiệp khác nhau tại điểm cầu cùng mất kết nối trong vài giây",
        "links of different carriers at the site fell within seconds",
    ),
    Why.EGRESS_DARK: _Text(
        "các điểm tham chiếu của đường ra không phản hồi", "the references of the egress do not answer"
    ),
    Why.EGRESS_IMPAIRED: _Text(
        "các điểm tham chiếu của đường ra bị mất gói", "the references of the egress lose packets"
    ),
    Why.SERVICE_DARK: _Text(
        "không còn đường truyền nào tới dịch vụ hội nghị", "nothing that carries the service is up"
    ),
    Why.QUALITY_CRITICAL: _Text(
        "chất lượng vượt ngưỡng nghiêm trọng", "quality is past its critical threshold"
    ),
    Why.TARGET_REFUSES: _Text(
        "đường truyền còn thông, nhưng đích từ chối gói đo",
        "the path is alive, but the target refuses probes",
    ),
    Why.CONTACTS_MISSING: _Text(
        "đã đến hạn mà chưa đủ đầu mối liên hệ hoặc lịch trực",
        "contacts or rosters are missing at their deadline",
    ),
    Why.DEAD_LETTERS: _Text(
        "có cảnh báo không gửi được qua kênh nào", "pages went through no channel at all"
    ),
    Why.STORE_FAILING: _Text("kho dữ liệu không ghi được", "the store cannot commit"),
    Why.GATEWAY_FAILING: _Text(
        "nhiều lần gửi liên tiếp không thành công", "several attempts in a row failed, none was delivered"
    ),
    Why.SECRET_MISSING: _Text(
        "hệ thống giám sát không đọc được khóa bí mật", "the daemon cannot read a secret of it"
    ),
    Why.HEARTBEAT_MISSING: _Text("không còn tín hiệu của hệ thống giám sát", "no heartbeat comes any more"),
    Why.PROBING_STANDS: _Text("việc đo đã dừng", "probing stands still"),
    Why.OUTBOX_STANDS: _Text("việc gửi cảnh báo đã dừng", "the outbox stands still"),
    Why.OVER_USED: _Text("lưu lượng vượt ngưỡng so với hợp đồng", "its traffic nears what was bought"),
    Why.LESS_THAN_CONTRACT: _Text("đo được thấp hơn hợp đồng", "it carries less than the contract says"),
    Why.RAISE_MISSING: _Text(
        "chưa được nâng băng thông như đã yêu cầu", "the raise in force has not been delivered"
    ),
    Why.CONTRACT_TOO_SMALL: _Text(
        "băng thông hợp đồng không đủ cho sự kiện", "less was bought than the event needs"
    ),
    Why.DELIVERY_TOO_SMALL: _Text(
        "băng thông đo được không đủ cho sự kiện", "less was measured than the event needs"
    ),
    Why.ANSWERS_AGAIN: _Text("đã có phản hồi trở lại", "it answers again"),
    Why.GOOD_AGAIN: _Text("chất lượng đã tốt trở lại", "quality is good again"),
    Why.LEFT_CONFIGURATION: _Text("đã bỏ khỏi cấu hình", "it left the configuration"),
    Why.STAYED_DOWN: _Text(
        "vẫn mất kết nối sau khi sự cố gốc đã khôi phục", "it stayed down after its root recovered"
    ),
    Why.HELD: _Text("kéo dài quá thời gian chờ", "it outlasted its hold"),
    Why.CUTS_ADD_UP: _Text(
        "nhiều lần ngắt quãng trong một phút khi đang họp", "cuts added up within a minute of a live event"
    ),
    Why.HOLD_SHORTENED: _Text("chính sách chặt hơn đã có hiệu lực", "a stricter policy came into force"),
    Why.MUTED_UNTIL_NOW: _Text(
        "đã hết thời gian tạm ngưng cảnh báo mà vẫn còn sự cố",
        "the silence over it ended, and it is still broken",
    ),
    Why.TOO_SHORT: _Text("kết thúc trước thời gian chờ", "it was over before its hold"),
    Why.RECOVERED: _Text("đã khôi phục", "it recovered"),
    Why.RESOLVED: _Text("có người đóng sự cố", "a person resolved it"),
    Why.RELAPSED: _Text("tái diễn", "it relapsed"),
    Why.FIRST_STEP: _Text("bước đầu tiên", "the first step"),
    Why.NO_ANSWER: _Text("bước trước chưa ai xác nhận", "nobody answered the step before"),
    Why.HELP_ASKED: _Text("người nhận xử lý cần hỗ trợ", "help was asked for"),
    Why.ALL_DECLINED: _Text(
        "những người được gọi đều báo không thuộc phần mình", "all who were called declined"
    ),
    Why.HANDED_BACK: _Text(
        "người đã nhận xử lý báo không thuộc phần mình, nay chưa ai nhận",
        "whoever had it declined, nobody has it now",
    ),
    Why.UNREACHED: _Text("bước trước không gửi được cho ai", "nobody of the step before could be reached"),
    Why.STILL_DARK: _Text(
        "đã xác nhận nhưng điểm cầu vẫn mất kết nối", "acknowledged, and the site is still dark"
    ),
    Why.GREW_WORSE: _Text("đã xác nhận nhưng sự cố nặng thêm", "acknowledged, and it grew worse since"),
    Why.REPEATED: _Text("nhắc lại bước cuối, chưa ai xác nhận", "the last step again, nobody has answered"),
    Why.ON_DUTY: _Text("đang trong ca trực", "on duty now"),
    Why.ROOM_CONTACT: _Text("đầu mối liên hệ của điểm cầu", "contact of the room"),
    Why.STANDS_IN: _Text("trực thay", "stands in"),
    Why.CLIMBED: _Text("cấp dưới không có người trực", "nobody is on duty lower down"),
    Why.CATCH_ALL: _Text("không có ai khác để gọi", "nobody else was found"),
    Why.CALLED_IN_VAIN: _Text("chưa ai xác nhận", "nobody has answered"),
    Why.DEAD_LETTER: _Text("không gửi được cho người trực", "the one on duty could not be reached"),
    Why.TAKEN: _Text("đã có người nhận xử lý", "somebody has it"),
    Why.FOLDED: _Text("sự cố khác là nguyên nhân", "another incident explains it"),
}
# Enumerations of different kinds compare equal by value, so the kind is looked up first.
_TEXTS: Final[dict[type[Enum], dict[str, _Text] | dict[int, _Text]]] = {
    FaultKind: _FAULT,
    Urgency: _URGENCY,
    Why: _WHY,
    Phase: _PHASE,
    Role: _ROLE,
    Audience: _AUDIENCE,
    AckWay: _WAY,
    MessageKind: _MESSAGE,
    GatewayKind: _GATEWAY,
}


def tell_fault(kind: FaultKind, why: Why | None, language: Language = Language.VI) -> str:
    """What a fault is called, by what it is now: a link that flaps is not called down."""
    text = _FAULT_BY_WHY.get(why) if why is not None else None
    if text is None:
        return tell_people(kind, language)
    return text.vi if language is Language.VI else text.en


def tell_people(word: PeopleWord, language: Language = Language.VI) -> str:
    """The phrase or clause of a word, lower case, without a full stop."""
    text = _TEXTS[type(word)][word]  # type: ignore[index]
    return text.vi if language is Language.VI else text.en
