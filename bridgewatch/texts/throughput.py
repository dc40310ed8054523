"""The words around plans and results of throughput tests, in both languages; `str.format` fills in braces."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.words import Language


@dataclass(frozen=True, slots=True)
class ThroughputWords:
    """One language."""

    plan: str
    nothing: str
    tests: str
    from_to: str
    lasts: str
    at_most: str
    begins: str
    link: str
    down: str
    up: str
    octets: str
    count: str
    egress: str
    carrier: str
    hindered: str
    such_as: str
    more: str
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
    asked: str
    stopping: str
    cancelled: str
    ended: str


_VI: Final = ThroughputWords(
    plan="Kế hoạch đo thông lượng",
    nothing="Không có đường truyền nào đo được.",
    tests="{} phép đo",
    from_to="{} - {}",
    lasts="kéo dài {}",
    at_most="tối đa {}",
    begins="Bắt đầu",
    link="Đường truyền",
    down="Tải xuống",
    up="Tải lên",
    octets="Dung lượng tối đa",
    count="Số phép đo",
    egress="Đường ra",
    carrier="Doanh nghiệp",
    hindered="Không đo được: {}",
    such_as="ví dụ {}",
    more="và {} phép đo nữa; --all để xem hết",
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
    asked="Đã yêu cầu đo {}: {}",
    stopping="Đang dừng phép đo {}.",
    cancelled="Đã hủy {}.",
    ended="Phép đo {}: {}",
)
_EN: Final = ThroughputWords(
    plan="Plan of throughput tests",
    nothing="No link can be tested.",
    tests="tests: {}",
    from_to="{} - {}",
    lasts="{} long",
    at_most="{} at most",
    begins="Begins",
    link="Link",
    down="Down",
    up="Up",
    octets="At most",
    count="Tests",
    egress="Egress",
    carrier="Carrier",
    hindered="Cannot be tested: {}",
    such_as="such as {}",
    more="and {} more tests; --all shows them",
    assumed="Every test is taken for as long and as large as it may become; most are over sooner.",
    how_to_go="Nothing is queued yet: --go does it.",
    queued="Queued: {} tests, plan {}.",
    running="running",
    waiting="waiting",
    by="Asked by",
    by_itself="by itself",
    contract="contract {} down, {} up",
    capped="asked for {} at most",
    no_result="There are no results yet.",
    no_test="No test runs or waits.",
    waits="waiting: {}",
    asked="Asked for a test of {}: {}",
    stopping="Stopping {}.",
    cancelled="Cancelled {}.",
    ended="Test {}: {}",
)


def throughput_words(language: Language) -> ThroughputWords:
    """The words of a language."""
    return _VI if language is Language.VI else _EN
