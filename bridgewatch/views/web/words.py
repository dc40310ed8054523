"""The fixed words of the page; states and reasons read as everywhere."""

from typing import Final

from bridgewatch.model.words import EgressState, Language, LinkState, Reason, SiteState
from bridgewatch.texts.words import Code, tell


def _told(codes: type[LinkState | SiteState | EgressState | Reason]) -> dict[Language, dict[int, str]]:
    members: list[Code] = list(codes)
    return {language: {int(code): tell(code, language) for code in members} for language in Language}


LINK_STATES: Final = _told(LinkState)
SITE_STATES: Final = _told(SiteState)
EGRESS_STATES: Final = _told(EgressState)
REASONS: Final = _told(Reason)

PAGE: Final[dict[Language, dict[str, str]]] = {
    Language.VI: {
        "title": "Giám sát đường truyền hội nghị truyền hình",
        "vantage": "Máy đo",
        "taken": "Số liệu lúc",
        "self": "Hệ thống giám sát",
        "self_fine": "Hệ thống giám sát hoạt động bình thường.",
        "egress": "Đường ra của máy đo",
        "reload_failed": "Nạp cấu hình lỗi, đang dùng cấu hình cũ:",
        "tested": "Đang đo thông lượng, không xét chất lượng của",
        "slowdown": "Đang đo chậm hơn cấu hình vì đã tới giới hạn, hệ số",
        "incidents": "Sự cố đang mở",
        "no_incidents": "Không có sự cố nào đang mở.",
        "incident": "Sự cố",
        "code": "Mã",
        "who": "Người xử lý",
        "links": "Đường truyền",
        "sites_not_ok": "Điểm cầu cần chú ý",
        "links_not_up": "Đường truyền cần chú ý",
        "all_sites_ok": "Mọi điểm cầu đều bình thường.",
        "all_links_up": "Mọi đường truyền đều thông suốt.",
        "links_too_small": "Đường truyền thiếu băng thông",
        "bandwidth": "Băng thông",
        "contract": "Hợp đồng",
        "measured": "Đo được",
        "needed": "Sự kiện cần",
        "needed_then": "nhu cầu lớn nhất tại một lúc; các sự kiện họp cùng lúc được tính chung",
        "state": "Trạng thái",
        "site": "Điểm cầu",
        "province": "Tỉnh, thành phố",
        "link": "Đường truyền",
        "carrier": "Doanh nghiệp viễn thông",
        "reason": "Lý do",
        "since": "Từ lúc",
        "more": "mục nữa, xem đầy đủ trên Grafana hoặc",
        "metrics": "Số liệu cho Prometheus",
        "ready": "Sẵn sàng",
        "health": "Vòng đo",
        "other": "English",
    },
    Language.EN: {
        "title": "Videoconference links",
        "vantage": "Vantage",
        "taken": "Values taken",
        "self": "The daemon itself",
        "self_fine": "The daemon itself is fine.",
        "egress": "Egresses of this vantage",
        "reload_failed": "The configuration failed to load, the previous one is in force:",
        "tested": "Throughput tests run; quality is not judged of",
        "slowdown": "Probing slower than configured because a bound holds, factor",
        "incidents": "Open incidents",
        "no_incidents": "No incident is open.",
        "incident": "Incident",
        "code": "Code",
        "who": "Who has it",
        "links": "Links",
        "sites_not_ok": "Sites that need attention",
        "links_not_up": "Links that need attention",
        "all_sites_ok": "All sites are fine.",
        "all_links_up": "All links are up.",
        "links_too_small": "Links short of bandwidth",
        "bandwidth": "Bandwidth",
        "contract": "Contract",
        "measured": "Measured",
        "needed": "Events need",
        "needed_then": "the most at one time; events that meet at the same time are taken together",
        "state": "State",
        "site": "Site",
        "province": "Province",
        "link": "Link",
        "carrier": "Carrier",
        "reason": "Reason",
        "since": "Since",
        "more": "more, all of them in Grafana or",
        "metrics": "Metrics for Prometheus",
        "ready": "Readiness",
        "health": "Probing loop",
        "other": "Tiếng Việt",
    },
}
