"""How states and reasons read to people, Vietnamese first."""

from enum import StrEnum
from typing import Final

from bridgewatch.model.words import EgressState, LinkState, Reason, SiteState


class Language(StrEnum):
    """A language the page is complete in."""

    VI = "vi"
    EN = "en"


LINK_STATES: Final[dict[Language, dict[int, str]]] = {
    Language.VI: {
        LinkState.UNKNOWN: "chưa rõ",
        LinkState.UP: "thông suốt",
        LinkState.DEGRADED: "suy giảm",
        LinkState.SUSPECT: "nghi mất kết nối",
        LinkState.DOWN: "mất kết nối",
        LinkState.FLAPPING: "chập chờn",
        LinkState.BLIND: "không quan sát được",
        LinkState.PAUSED: "tạm dừng đo",
    },
    Language.EN: {state: state.name.lower() for state in LinkState},
}

SITE_STATES: Final[dict[Language, dict[int, str]]] = {
    Language.VI: {
        SiteState.UNKNOWN: "chưa rõ",
        SiteState.OK: "bình thường",
        SiteState.REDUCED: "mất dự phòng",
        SiteState.IMPAIRED: "suy giảm",
        SiteState.DARK: "mất kết nối",
    },
    Language.EN: {
        SiteState.UNKNOWN: "unknown",
        SiteState.OK: "ok",
        SiteState.REDUCED: "reduced: only a spare is down",
        SiteState.IMPAIRED: "impaired",
        SiteState.DARK: "dark",
    },
}

EGRESS_STATES: Final[dict[Language, dict[int, str]]] = {
    Language.VI: {
        EgressState.UNKNOWN: "chưa rõ",
        EgressState.OK: "bình thường",
        EgressState.IMPAIRED: "suy giảm",
        EgressState.DARK: "mất kết nối",
    },
    Language.EN: {state: state.name.lower() for state in EgressState},
}

REASONS: Final[dict[Language, dict[int, str]]] = {
    Language.VI: {
        Reason.NONE: "",
        Reason.ANSWERED: "có phản hồi",
        Reason.SILENT: "không phản hồi, đang kiểm tra",
        Reason.SILENT_WITH_WITNESS: "không phản hồi trong khi đường khác vẫn phản hồi",
        Reason.NO_WITNESS: "không có gì phản hồi qua đường ra này của máy đo",
        Reason.LOSS: "tỷ lệ mất gói vượt ngưỡng",
        Reason.RTT: "trễ khứ hồi vượt ngưỡng",
        Reason.JITTER: "biến động trễ vượt ngưỡng",
        Reason.PDV: "biến động trễ p99 vượt ngưỡng",
        Reason.FLAPS: "mất kết nối ba lần trong mười phút",
        Reason.NEVER_RESOLVED: "tên của đích chưa phân giải được lần nào",
        Reason.NOT_YET_PROBED: "chưa đo lần nào",
        Reason.LOCAL_ERROR: "máy đo không gửi được gói",
        Reason.PAUSED_BY_OPERATOR: "người vận hành tạm dừng",
        Reason.OWN_UPLINK: "đường ra của máy đo đang mất gói",
        Reason.UNREACHABLE: "bộ định tuyến báo không tới được đích",
        Reason.SETTLED: "chất lượng đã tốt trở lại",
        Reason.DIAL_IN_NEVER_SEEN: "thiết bị tại điểm cầu chưa gọi về lần nào",
    },
    Language.EN: {
        Reason.NONE: "",
        Reason.ANSWERED: "answers",
        Reason.SILENT: "no answer, being checked",
        Reason.SILENT_WITH_WITNESS: "no answer, while others on the same way out answer",
        Reason.NO_WITNESS: "nothing answers on this way out of the vantage",
        Reason.LOSS: "loss above its threshold",
        Reason.RTT: "round-trip delay above its threshold",
        Reason.JITTER: "jitter above its threshold",
        Reason.PDV: "delay variation p99 above its threshold",
        Reason.FLAPS: "down three times in ten minutes",
        Reason.NEVER_RESOLVED: "the target's name has never resolved",
        Reason.NOT_YET_PROBED: "not probed yet",
        Reason.LOCAL_ERROR: "the vantage itself fails to send",
        Reason.PAUSED_BY_OPERATOR: "paused by an operator",
        Reason.OWN_UPLINK: "the vantage's own uplink loses packets",
        Reason.UNREACHABLE: "routers answer that the target cannot be reached",
        Reason.SETTLED: "quality is good again",
        Reason.DIAL_IN_NEVER_SEEN: "the site's box has never called in",
    },
}

PAGE: Final[dict[Language, dict[str, str]]] = {
    Language.VI: {
        "title": "Giám sát đường truyền hội nghị truyền hình",
        "vantage": "Điểm đo",
        "taken": "Số liệu lúc",
        "self": "Hệ thống giám sát",
        "self_fine": "Hệ thống giám sát hoạt động bình thường.",
        "egress": "Đường ra của máy đo",
        "reload_failed": "Nạp cấu hình lỗi, đang dùng cấu hình cũ:",
        "slowdown": "Đang đo chậm hơn cấu hình vì đã tới giới hạn, hệ số",
        "sites": "Điểm cầu",
        "links": "Đường truyền",
        "sites_not_ok": "Điểm cầu cần chú ý",
        "links_not_up": "Đường truyền cần chú ý",
        "all_sites_ok": "Mọi điểm cầu đều bình thường.",
        "all_links_up": "Mọi đường truyền đều thông suốt.",
        "state": "Trạng thái",
        "site": "Điểm cầu",
        "province": "Tỉnh, thành phố",
        "link": "Đường truyền",
        "carrier": "Doanh nghiệp viễn thông",
        "reason": "Lý do",
        "since": "Từ lúc",
        "more": "mục nữa, xem đầy đủ trên Grafana hoặc",
        "day": "ngày",
        "hour": "giờ",
        "minute": "phút",
        "second": "giây",
        "metrics": "Số liệu cho Prometheus",
        "ready": "Sẵn sàng",
        "health": "Vòng đo",
        "other": "English",
    },
    Language.EN: {
        "title": "Videoconference links",
        "vantage": "Vantage",
        "taken": "Values taken",
        "self": "The watcher itself",
        "self_fine": "The watcher itself is fine.",
        "egress": "Way out of this vantage",
        "reload_failed": "The configuration failed to load, the previous one is in force:",
        "slowdown": "Probing slower than configured because a bound holds, factor",
        "sites": "Sites",
        "links": "Links",
        "sites_not_ok": "Sites that need attention",
        "links_not_up": "Links that need attention",
        "all_sites_ok": "All sites are fine.",
        "all_links_up": "All links are up.",
        "state": "State",
        "site": "Site",
        "province": "Province",
        "link": "Link",
        "carrier": "Carrier",
        "reason": "Reason",
        "since": "Since",
        "more": "more, all of them in Grafana or",
        "day": "d",
        "hour": "h",
        "minute": "min",
        "second": "s",
        "metrics": "Metrics for Prometheus",
        "ready": "Readiness",
        "health": "Probing loop",
        "other": "Tiếng Việt",
    },
}
