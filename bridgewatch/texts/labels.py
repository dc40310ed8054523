"""The words around the figures of the terminal views, in both languages."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.words import Language


@dataclass(frozen=True, slots=True)
class Labels:
    """One language. Braces are filled in by `str.format`."""

    uptime: str
    all_well: str
    nothing_measured: str
    links: str
    link: str
    state: str
    loss: str
    rtt: str
    rtt_p95: str
    jitter: str
    carrier: str
    since: str
    reason: str
    troubles: str
    no_trouble: str
    more: str
    carriers: str
    carrier_up: str
    happenings: str
    nothing_happened: str
    egress: str
    egresses: str
    itself: str
    probes_per_second: str
    in_flight: str
    lateness: str
    overflows: str
    slowed_down: str
    tested: str
    bandwidth: str
    lasting: str
    config_failed: str
    config_kept: str
    sites: str
    other_sites: str
    day: str
    hour: str
    minute: str
    second: str


_VI: Final = Labels(
    uptime="chạy {}",
    all_well="mọi đường truyền đều thông suốt",
    nothing_measured="chưa đo được gì",
    links="đường truyền",
    link="Đường truyền",
    state="Trạng thái",
    loss="Mất gói",
    rtt="Trễ p50/p95",
    rtt_p95="trễ p95",
    jitter="Biến động",
    carrier="Doanh nghiệp",
    since="Từ",
    reason="Lý do",
    troubles="Đường truyền cần chú ý",
    no_trouble="không có",
    more="và {} mục nữa",
    carriers="Doanh nghiệp viễn thông",
    carrier_up="{} / {} thông suốt",
    happenings="Vừa xảy ra",
    nothing_happened="chưa có thay đổi nào",
    egress="Đường ra",
    egresses="đường ra",
    itself="Hệ thống",
    probes_per_second="{} gói/s",
    in_flight="chờ phản hồi {}",
    lateness="trễ p99 {}, tối đa {}",
    overflows="tràn {}",
    slowed_down="đo chậm hơn {} lần vì tới giới hạn",
    tested="Đang đo thông lượng",
    bandwidth="Băng thông",
    lasting="đã {}",
    config_failed="CẤU HÌNH LỖI",
    config_kept="đang dùng cấu hình nạp lúc {}",
    sites="điểm cầu",
    other_sites="không thuộc tỉnh nào",
    day="ngày",
    hour="giờ",
    minute="phút",
    second="giây",
)
_EN: Final = Labels(
    uptime="up {}",
    all_well="every link is up",
    nothing_measured="nothing measured yet",
    links="links",
    link="Link",
    state="State",
    loss="Loss",
    rtt="RTT p50/p95",
    rtt_p95="RTT p95",
    jitter="Jitter",
    carrier="Carrier",
    since="Since",
    reason="Reason",
    troubles="Links that need attention",
    no_trouble="none",
    more="and {} more",
    carriers="Carriers",
    carrier_up="{} / {} up",
    happenings="What happened",
    nothing_happened="nothing has changed yet",
    egress="Egress",
    egresses="egresses",
    itself="Daemon",
    probes_per_second="{} probes/s",
    in_flight="{} in flight",
    lateness="late p99 {}, max {}",
    overflows="{} overflows",
    slowed_down="{} times slower, because a bound holds",
    tested="Throughput tests",
    bandwidth="Bandwidth",
    lasting="for {}",
    config_failed="CONFIGURATION FAILED TO LOAD",
    config_kept="the one loaded at {} stays in force",
    sites="sites",
    other_sites="in no province",
    day="d",
    hour="h",
    minute="min",
    second="s",
)


def labels(language: Language) -> Labels:
    """The labels of a language."""
    return _VI if language is Language.VI else _EN
