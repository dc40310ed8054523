"""The words around plans and results of throughput tests, in both languages; `str.format` fills in braces."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.words import Language


@dataclass(frozen=True, slots=True)
class ThroughputWords:
    """One language."""

    plan: str
    nothing: str
    of_links: str
    begins: str
    ends: str
    at_latest: str
    by_hour: str
    by_day: str
    by_egress: str
    in_order: str
    link: str
    takes: str
    down: str
    up: str
    octets: str
    count: str
    egress: str
    carrier: str
    hindered: str
    because: str
    because_such_as: str
    no_server_hint: str
    more: str
    rules: str
    assumed: str
    how_to_go: str
    queued: str
    running: str
    waiting: str
    by: str
    by_itself: str
    contract: str
    capped: str
    no_result: str
    no_test: str
    waits: str
    until: str
    asked: str
    stopping: str
    cancelled: str
    ended: str


_VI: Final = ThroughputWords(
    plan="Kế hoạch đo thông lượng",
    nothing="Không có đường truyền nào đo được.",
    of_links="{}, mỗi phép đo một đường truyền",
    begins="Bắt đầu",
    ends="Xong",
    at_latest="chậm nhất {}, sau {}",
    by_hour="Số phép đo bắt đầu trong từng giờ",
    by_day="Số phép đo bắt đầu trong từng ngày",
    by_egress="Theo đường ra và doanh nghiệp",
    in_order="Theo thứ tự thời gian",
    link="Đường truyền",
    takes="Lâu nhất",
    down="Tải xuống",
    up="Tải lên",
    octets="Dung lượng tối đa",
    count="Số phép đo",
    egress="Đường ra",
    carrier="Doanh nghiệp",
    hindered="Số đường truyền không đo được: {}",
    because="{}: {} ({})",
    because_such_as="{}: {} (ví dụ {})",
    no_server_hint="Muốn đo được thì khai máy chủ đo ở `throughput:` của đường truyền.",
    more="và {} phép đo nữa; --all để xem hết",
    rules="Chỉ đo trong khung giờ của từng đường truyền, trên mỗi tuyến chung một phép đo một lúc.",
    assumed="Tính theo thời gian và dung lượng lớn nhất của từng phép đo; đo thật thường xong sớm hơn.",
    how_to_go="Chưa có phép đo nào được đưa vào hàng đợi: thêm --go để thực hiện.",
    queued="Đã đưa vào hàng đợi: {} phép đo, kế hoạch {}.",
    running="đang đo",
    waiting="đang chờ",
    by="Người yêu cầu",
    by_itself="tự động",
    contract="hợp đồng {} xuống, {} lên",
    capped="đo tối đa {}",
    no_result="Chưa có kết quả đo nào.",
    no_test="Không có phép đo nào đang chạy hoặc đang chờ.",
    waits="đang chờ: {}",
    until="{}, đến {}",
    asked="Đã yêu cầu đo {}: {}",
    stopping="Đang dừng phép đo {}.",
    cancelled="Đã hủy {}.",
    ended="Phép đo {}: {}",
)
_EN: Final = ThroughputWords(
    plan="Plan of throughput tests",
    nothing="No link can be tested.",
    of_links="{}, each of one link",
    begins="Begins",
    ends="Ends",
    at_latest="{} at the latest, {} later",
    by_hour="Tests that begin in each hour",
    by_day="Tests that begin on each day",
    by_egress="By egress and carrier",
    in_order="In the order of time",
    link="Link",
    takes="Lasts at most",
    down="Down",
    up="Up",
    octets="Data at most",
    count="Tests",
    egress="Egress",
    carrier="Carrier",
    hindered="Links that cannot be tested: {}",
    because="{}: {} ({})",
    because_such_as="{}: {} (such as {})",
    no_server_hint="To have one tested, give it a test server under its `throughput:`.",
    more="and {} more; --all shows them",
    rules="A link is tested in its windows only, and on a shared path one test runs at a time.",
    assumed="Every test is taken for as long and as large as it may become; most are over sooner.",
    how_to_go="Nothing is queued yet: --go does it.",
    queued="Tests queued: {}, plan {}.",
    running="running",
    waiting="waiting",
    by="Asked by",
    by_itself="by itself",
    contract="contract {} down, {} up",
    capped="asked for {} at most",
    no_result="There are no results yet.",
    no_test="No test runs or waits.",
    waits="waiting: {}",
    until="{} until {}",
    asked="Asked for a test of {}: {}",
    stopping="Stopping {}.",
    cancelled="Cancelled {}.",
    ended="Test {}: {}",
)


def throughput_words(language: Language) -> ThroughputWords:
    """The words of a language."""
    return _VI if language is Language.VI else _EN
