"""Builds overview.json, the dashboard the NOC watches; run by `make dashboards`.

Texts are Vietnamese first; titles carry the English behind a stroke.
"""  # noqa: INP001 - a script beside what it writes

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    heatmap,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphGradientMode,
    LegendDisplayMode,
    LegendPlacement,
    ScaleDistribution,
    StackingMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
    VariableOption,
    VariableRefresh,
    VariableSort,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from bridgewatch.model.bandwidth import CapacityState, NeedState, UseState
from bridgewatch.model.paging import Phase
from bridgewatch.model.words import EgressState, LinkState, SiteState
from bridgewatch.texts.people import tell_people
from bridgewatch.views.web.words import EGRESS_STATES, LINK_STATES, REASONS, SITE_STATES, Language

OUTPUT: Final = Path(__file__).with_name("overview.json")
SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")

LINKS: Final = 'province=~"$province",carrier=~"$carrier",network=~"$network",site=~"$site"'
SITES: Final = 'province=~"$province",site=~"$site"'
CARRIERS: Final = 'province=~"$province",carrier=~"$carrier",network=~"$network"'

RED, ORANGE, YELLOW, GREEN, BLUE, GREY = "red", "orange", "yellow", "green", "blue", "#8e8e8e"
_LINK_COLOURS: Final = {
    LinkState.UNKNOWN: GREY,
    LinkState.UP: GREEN,
    LinkState.DEGRADED: YELLOW,
    LinkState.SUSPECT: ORANGE,
    LinkState.DOWN: RED,
    LinkState.FLAPPING: "purple",
    LinkState.BLIND: BLUE,
    LinkState.PAUSED: "#565656",
}
_SITE_COLOURS: Final = {
    SiteState.UNKNOWN: GREY,
    SiteState.OK: GREEN,
    SiteState.REDUCED: YELLOW,
    SiteState.IMPAIRED: ORANGE,
    SiteState.DARK: RED,
}
_PHASES: Final = {int(phase): tell_people(phase, Language.VI) for phase in Phase}
_PHASE_COLOURS: Final = {
    int(Phase.NONE): "#565656",
    int(Phase.DRAFT): GREY,
    int(Phase.PLANNED): BLUE,
    int(Phase.WAVE): YELLOW,
    int(Phase.FREEZE): "light-blue",
    int(Phase.CHECK): ORANGE,
    int(Phase.LIVE): RED,
    int(Phase.REPORT): GREEN,
}
_EGRESS_COLOURS: Final = {
    EgressState.UNKNOWN: GREY,
    EgressState.OK: GREEN,
    EgressState.IMPAIRED: ORANGE,
    EgressState.DARK: RED,
}


def overview() -> str:
    """The dashboard as JSON text."""
    board = (
        dashboard.Dashboard("bridgewatch: tổng quan đường truyền HNTH / overview")
        .uid("bridgewatch-overview")
        .description("Đường truyền TSLCD và Internet của các điểm cầu / WAN and Internet links of all sites")
        .tags(["bridgewatch"])
        .timezone("browser")
        .time("now-1h", "now")
        .refresh("15s")
        .with_variable(dashboard.DatasourceVariable("datasource").label("Nguồn số liệu").type("prometheus"))
    )
    for variable in _variables():
        board = board.with_variable(variable)
    for title, panels in (
        ("Tình hình chung / At a glance", _glance()),
        ("Điểm cầu và đường truyền cần chú ý / What needs attention", _attention()),
        ("Sự cố và cảnh báo / Incidents and pages", _people()),
        ("Chất lượng / Quality", _quality()),
        ("Băng thông / Bandwidth", _bandwidth()),
        ("Doanh nghiệp viễn thông / Carriers", _carriers()),
        ("Hệ thống giám sát / The daemon itself", _own()),
    ):
        board = board.with_row(dashboard.Row(title))
        for panel in panels:
            board = board.with_panel(panel)
    return JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(board.build()) + "\n"


def _variables() -> Iterable[dashboard.QueryVariable]:
    series = "bridgewatch_link_state"
    chosen = ""
    for name, label in (
        ("province", "Tỉnh, thành phố"),
        ("carrier", "Doanh nghiệp viễn thông"),
        ("network", "Mạng"),
        ("site", "Điểm cầu"),
    ):
        yield (
            dashboard.QueryVariable(name)
            .label(label)
            .datasource(SOURCE)
            .query({"query": f"label_values({series}{{{chosen}}}, {name})", "refId": name})
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(VariableSort.ALPHABETICAL_ASC)
            .multi(True)
            .include_all(True)
            .all_value(".*")
            .current(VariableOption(selected=True, text=["All"], value=["$__all"]))
        )
        chosen += ("," if chosen else "") + f'{name}=~"${name}"'


def _glance() -> Iterable[object]:
    yield _number("Điểm cầu mất kết nối / Sites dark", _in_state("site", SITES, SiteState.DARK), RED)
    yield _number(
        "Điểm cầu bị ảnh hưởng / Sites impaired", _in_state("site", SITES, SiteState.IMPAIRED), ORANGE
    )
    yield _number("Đường truyền mất kết nối / Links down", _in_state("link", LINKS, LinkState.DOWN), RED)
    yield _number("Đường truyền chập chờn / Flapping", _in_state("link", LINKS, LinkState.FLAPPING), "purple")
    yield _number("Không quan sát được / Blind", _in_state("link", LINKS, LinkState.BLIND), BLUE)
    yield (
        _number("Đường ra của máy đo / Egresses", "", GREY)
        .targets([_query("max by (egress, vantage) (bridgewatch_egress_state)", "{{vantage}} {{egress}}")])
        .mappings(_mappings(EGRESS_STATES[Language.VI], _EGRESS_COLOURS))
        .orientation(VizOrientation.HORIZONTAL)
    )
    yield _by_state("Điểm cầu theo trạng thái / Sites", "site", SITES, _SITE_COLOURS, SITE_STATES)
    yield _by_state("Đường truyền theo trạng thái / Links", "link", LINKS, _LINK_COLOURS, LINK_STATES)


def _attention() -> Iterable[object]:
    yield (
        table.Panel()
        .title("Đường truyền không thông suốt / Links that are not up")
        .datasource(SOURCE)
        .span(24)
        .height(10)
        .targets(
            [
                _cells("A", f"(bridgewatch_link_state{{{LINKS}}} != 1) {_WITH_NAMES}"),
                _cells("B", f"bridgewatch_link_reason{{{LINKS}}} {_NOT_UP}"),
                _cells("C", f"(bridgewatch_link_state_since_timestamp_seconds{{{LINKS}}} {_NOT_UP}) * 1000"),
            ]
        )
        .with_transformation(DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(_columns())
        .override_by_name("Trạng thái", _cell_mapping(LINK_STATES[Language.VI], _LINK_COLOURS))
        .override_by_name("Lý do", _cell_mapping(REASONS[Language.VI], {}))
        .override_by_name("Từ lúc", [DynamicConfigValue(id_val="unit", value="dateTimeAsLocal")])
    )
    yield (
        statetimeline.Panel()
        .title("Diễn biến trạng thái, 30 đường truyền xấu nhất / State over time, the 30 worst")
        .datasource(SOURCE)
        .span(24)
        .height(10)
        .with_target(_query(f"topk(30, bridgewatch_link_state{{{LINKS}}} > 1 < 7)", "{{link}}"))
        .mappings(_mappings(LINK_STATES[Language.VI], _LINK_COLOURS))
        .show_value(VisibilityMode.AUTO)
        .merge_values(True)
    )


def _people() -> Iterable[object]:
    unanswered = "sum(bridgewatch_incidents_unanswered)"
    yield _number("Sự cố chưa ai nhận / Nobody has them", unanswered, RED).span(6)
    for title, expr, colour in (
        ("Tin chưa gửi được / Messages waiting", "sum(bridgewatch_outbox_messages)", ORANGE),
        ("Tin không gửi được / Dead letters", "sum(bridgewatch_dead_letters_total)", RED),
        ("Cổng gửi hỏng / Gateways failing", "sum(bridgewatch_gateway_working == bool 0)", RED),
        ("Thiếu trực / Roster gaps", "sum(bridgewatch_roster_gaps)", ORANGE),
        ("Tạm ngưng cảnh báo / Silences", "sum(bridgewatch_silences_active)", BLUE),
    ):
        yield _number(title, expr, colour).span(3)
    yield (
        _number("Kho dữ liệu / Store", "min(bridgewatch_store_working)", GREEN)
        .span(3)
        .mappings(_mappings({1: "hoạt động", 0: "HỎNG"}, {1: GREEN, 0: RED}))
        .thresholds(_no_thresholds())
    )
    yield (
        _lines(
            "Sự cố đang mở theo mức độ / Open incidents by severity",
            "none",
            ("sum by (severity) (bridgewatch_incidents_open)", "{{severity}}"),
        )
        .stacking(common.StackingConfig().mode(StackingMode.NORMAL))
        .fill_opacity(60)
        .gradient_mode(GraphGradientMode.NONE)
    )
    yield _lines(
        "Tin gửi theo kênh và kết quả / Attempts by channel and outcome",
        "none",
        (
            "sum by (channel, outcome) (increase(bridgewatch_notifications_total[$__rate_interval]))",
            "{{channel}} {{outcome}}",
        ),
    )
    yield (
        statetimeline.Panel()
        .title("Giai đoạn của sự kiện / Phases of events")
        .datasource(SOURCE)
        .span(24)
        .height(6)
        .with_target(_query("max by (event) (bridgewatch_event_phase)", "{{event}}"))
        .mappings(_mappings(_PHASES, _PHASE_COLOURS))
        .show_value(VisibilityMode.AUTO)
        .merge_values(True)
    )


def _no_thresholds() -> dashboard.ThresholdsConfig:
    steps = [Threshold(value=None, color=GREEN)]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _quality() -> Iterable[object]:
    yield _lines(
        "Tỷ lệ mất gói, 10 đường cao nhất / Loss, top 10",
        "percentunit",
        (f"topk(10, bridgewatch_loss_ratio{{{LINKS}}})", "{{link}}"),
    )
    yield _lines(
        "Trễ khứ hồi p95, 10 đường cao nhất / RTT p95, top 10",
        "s",
        (f'topk(10, bridgewatch_rtt_seconds{{quantile="0.95",{LINKS}}})', "{{link}}"),
    )
    yield _lines(
        "Biến động trễ theo định nghĩa / Jitter by definition",
        "s",
        (f"quantile by (definition) (0.5, bridgewatch_jitter_seconds{{{LINKS}}})", "{{definition}} trung vị"),
        (f"quantile by (definition) (0.95, bridgewatch_jitter_seconds{{{LINKS}}})", "{{definition}} p95"),
    )
    yield _lines(
        "Biến động trễ rfc3550, 10 đường cao nhất / Jitter, top 10",
        "s",
        (f'topk(10, bridgewatch_jitter_seconds{{definition="rfc3550",{LINKS}}})', "{{link}}"),
    )
    yield _lines(
        "Mất gói theo chiều (STAMP), 10 đường cao nhất / One-way loss, top 10",
        "percentunit",
        (f"topk(10, bridgewatch_one_way_loss_ratio{{{LINKS}}})", "{{link}} {{direction}}"),
    )
    yield _lines(
        "Ước lượng MOS thoại, 10 đường thấp nhất / Voice MOS estimate, lowest 10",
        "none",
        (f"bottomk(10, bridgewatch_mos_estimate{{{LINKS}}})", "{{link}}"),
    )


def _bandwidth() -> Iterable[object]:
    for title, subject, state, colour in (
        ("Sử dụng cao / Busy", "use", UseState.BUSY, YELLOW),
        ("Quá ngưỡng / Over-used", "use", UseState.OVER, ORANGE),
        ("Thấp hơn hợp đồng / Below contract", "capacity", CapacityState.SHORT, RED),
        ("Chưa được nâng / Raise missing", "capacity", CapacityState.RAISE_MISSING, RED),
        ("Hợp đồng không đủ / Contract too small", "need", NeedState.CONTRACT_SMALL, ORANGE),
        ("Đo được không đủ / Delivery too small", "need", NeedState.DELIVERY_SMALL, RED),
    ):
        yield _number(title, _in_state(subject, LINKS, state), colour)
    contract = f"bridgewatch_contract_bits_per_second{{{LINKS}}}"
    yield _lines(
        "Mức chiếm dụng so với hợp đồng, 10 đường cao nhất / Use of the contract, top 10",
        "percentunit",
        (f"topk(10, bridgewatch_utilization_ratio{{{LINKS}}})", "{{link}} {{direction}}"),
    )
    yield _lines(
        "Lưu lượng theo doanh nghiệp / Traffic by carrier",
        "bps",
        (
            f"sum by (carrier, direction) (bridgewatch_bandwidth_bits_per_second{{{LINKS}}})",
            "{{carrier}} {{direction}}",
        ),
    )
    yield _lines(
        "Đo được so với hợp đồng, 10 đường thấp nhất / Measured of the contract, lowest 10",
        "percentunit",
        (
            f"bottomk(10, bridgewatch_throughput_bits_per_second{{{LINKS}}} / {contract})",
            "{{link}} {{direction}}",
        ),
    )
    yield _lines(
        "Nhu cầu sự kiện so với hợp đồng, 10 đường cao nhất / Need of the contract, top 10",
        "percentunit",
        (f"topk(10, bridgewatch_need_bits_per_second{{{LINKS}}} / {contract})", "{{link}} {{direction}}"),
    )
    yield _lines(
        "Gói lỗi và bị bỏ ở cổng, 10 đường cao nhất / Interface errors and discards, top 10",
        "pps",
        (f"topk(10, bridgewatch_interface_errors_per_second{{{LINKS}}})", "{{link}} lỗi"),
        (f"topk(10, bridgewatch_interface_discards_per_second{{{LINKS}}})", "{{link}} bỏ"),
    )
    yield _lines(
        "Bộ định tuyến theo cách trả lời / Routers by how they answer",
        "none",
        ("sum by (state) (bridgewatch_snmp_agents)", "{{state}}"),
    )


def _carriers() -> Iterable[object]:
    by_carrier = "sum by (carrier, network)"
    buckets = f"bridgewatch_carrier_rtt_seconds_bucket{{{CARRIERS}}}[$__rate_interval]"
    yield (
        heatmap.Panel()
        .title("Phân bố trễ khứ hồi / Round-trip times")
        .datasource(SOURCE)
        .span(12)
        .height(9)
        .with_target(_query(f"sum by (le) (increase({buckets}))", "{{le}}").format(PromQueryFormat.HEATMAP))
        .calculate(False)
        .y_axis(
            heatmap.YAxisConfig()
            .unit("s")
            .scale_distribution(common.ScaleDistributionConfig().type(ScaleDistribution.LOG).log(2))
        )
    )
    yield _lines(
        "Trễ khứ hồi p95 theo doanh nghiệp viễn thông / RTT p95 by carrier",
        "s",
        (
            f"histogram_quantile(0.95, sum by (le, carrier, network) (rate({buckets})))",
            "{{carrier}} {{network}}",
        ),
    )
    yield _lines(
        "Đường truyền mất kết nối theo doanh nghiệp viễn thông / Links down by carrier",
        "none",
        (f"{by_carrier} (bridgewatch_link_state{{{LINKS}}} == bool 4)", "{{carrier}} {{network}}"),
    )
    received, *lost = (
        f"{by_carrier} (rate(bridgewatch_probes_{fate}_total{{{LINKS}}}[$__rate_interval]))"
        for fate in ("received", "lost", "late", "unreachable")
    )
    known = " + ".join([received, *lost])
    yield _lines(
        "Tỷ lệ mất gói theo doanh nghiệp viễn thông / Loss by carrier",
        "percentunit",
        (f"({' + '.join(lost)}) / ({known} > 0)", "{{carrier}} {{network}}"),
    )


def _own() -> Iterable[object]:
    lateness = "rate(bridgewatch_send_lateness_seconds_bucket[$__rate_interval])"
    yield _lines(
        "Độ trễ gửi và độ trễ vòng lặp / Send lateness and loop lag",
        "s",
        (f"histogram_quantile(0.99, sum by (instance, le) ({lateness}))", "{{instance}} gửi p99"),
        ("bridgewatch_send_lateness_max_seconds", "{{instance}} gửi lớn nhất"),
        ("bridgewatch_loop_lag_max_seconds", "{{instance}} vòng lặp"),
    )
    yield _lines(
        "Gói đo mỗi giây / Probes per second",
        "pps",
        ("rate(bridgewatch_probes_due_total[$__rate_interval])", "{{instance}} đến hạn"),
        ("rate(bridgewatch_sends_deferred_total[$__rate_interval])", "{{instance}} hoãn lại"),
        ("rate(bridgewatch_intervals_skipped_total[$__rate_interval])", "{{instance}} bỏ qua"),
        ("bridgewatch_probes_in_flight", "{{instance}} đang chờ trả lời"),
    )
    yield _lines(
        "Lỗi của máy đo / Faults of the vantage",
        "pps",
        ("rate(bridgewatch_receive_overflows_total[$__rate_interval])", "{{instance}} tràn bộ đệm nhận"),
        ("rate(bridgewatch_unmatched_packets_total[$__rate_interval])", "{{instance}} gói lạ"),
        (
            "sum by (instance) (rate(bridgewatch_probes_local_error_total[$__rate_interval]))",
            "{{instance}} không gửi được",
        ),
        ("increase(bridgewatch_clock_steps_total[$__rate_interval])", "{{instance}} đồng hồ nhảy"),
    )
    yield _lines(
        "Giới hạn / Bounds",
        "none",
        ("bridgewatch_slowdown_ratio", "{{instance}} hệ số đo chậm"),
        ("bridgewatch_suspect_budget_used_ratio", "{{instance}} ngân sách kiểm tra"),
        ("bridgewatch_config_last_reload_successful", "{{instance}} nạp cấu hình thành công"),
    )
    yield _lines(
        "CPU",
        "percentunit",
        ('rate(process_cpu_seconds_total{job="bridgewatch"}[$__rate_interval])', "{{instance}}"),
    )
    yield _lines(
        "Bộ nhớ / Memory", "bytes", ('process_resident_memory_bytes{job="bridgewatch"}', "{{instance}}")
    )
    yield _lines(
        "Thiết bị gọi về / Boxes that call in",
        "none",
        ("bridgewatch_dialin_sessions", "{{instance}} đang gọi"),
        ("bridgewatch_dialin_silent", "{{instance}} không gọi nữa"),
        ("increase(bridgewatch_dialin_moves_total[$__rate_interval])", "{{instance}} đổi địa chỉ"),
        (
            "sum by (instance, reason) (increase(bridgewatch_dialin_refused_total[$__rate_interval]))",
            "{{instance}} từ chối {{reason}}",
        ),
    )


_ON: Final = "on (link, vantage, instance)"
_WITH_NAMES: Final = f"* {_ON} group_left (site_name, carrier_name, circuit) bridgewatch_link_info"
_NOT_UP: Final = f"and {_ON} (bridgewatch_link_state{{{LINKS}}} != 1)"


def _in_state(subject: str, labels: str, state: int) -> str:
    return f"sum(bridgewatch_{subject}_state{{{labels}}} == bool {int(state)})"


def _query(expr: str, legend: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expr).legend_format(legend).datasource(SOURCE).range()


def _cells(ref: str, expr: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expr).ref_id(ref).datasource(SOURCE)
    return query.instant().format(PromQueryFormat.TABLE)


def _number(title: str, expr: str, colour: str) -> stat.Panel:
    steps = [Threshold(value=None, color=GREEN), Threshold(value=1, color=colour)]
    return (
        stat.Panel()
        .title(title)
        .datasource(SOURCE)
        .span(4)
        .height(4)
        .targets([_query(expr, "")] if expr else [])
        .thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    )


def _lines(title: str, unit: str, *queries: tuple[str, str]) -> timeseries.Panel:
    return (
        timeseries.Panel()
        .title(title)
        .datasource(SOURCE)
        .span(12)
        .height(9)
        .unit(unit)
        .min(0)
        .targets([_query(expr, legend) for expr, legend in queries])
        .legend(_legend())
    )


def _by_state(
    title: str,
    subject: str,
    labels: str,
    colours: dict[int, str],
    names: dict[Language, dict[int, str]],
) -> timeseries.Panel:
    """How many are in each state, stacked."""
    texts = names[Language.VI]
    queries = ((_in_state(subject, labels, state), texts[state]) for state in colours)
    panel = (
        _lines(title, "none", *queries)
        .stacking(common.StackingConfig().mode(StackingMode.NORMAL))
        .fill_opacity(60)
        .gradient_mode(GraphGradientMode.NONE)
        .line_width(1)
    )
    for state, colour in colours.items():
        fixed = {"mode": FieldColorModeId.FIXED, "fixedColor": colour}
        panel = panel.override_by_name(texts[state], [DynamicConfigValue(id_val="color", value=fixed)])
    return panel


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(LegendDisplayMode.TABLE)
        .placement(LegendPlacement.BOTTOM)
        .calcs(["lastNotNull", "max"])
    )


def _mappings(names: dict[int, str], colours: dict[int, str]) -> Sequence[ValueMap]:
    options = {
        str(int(number)): ValueMappingResult(text=name, color=colours.get(number), index=index)
        for index, (number, name) in enumerate(names.items())
    }
    return [ValueMap(options=options)]


def _cell_mapping(names: dict[int, str], colours: dict[int, str]) -> list[DynamicConfigValue]:
    mapped = [DynamicConfigValue(id_val="mappings", value=_mappings(names, colours))]
    if colours:
        mapped.append(DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}))
    return mapped


def _columns() -> DataTransformerConfig:
    """The order and the headings of the table of links; the rest is hidden."""
    shown = {
        "Value #A": "Trạng thái",
        "link": "Đường truyền",
        "site_name": "Điểm cầu",
        "province": "Tỉnh",
        "carrier_name": "Doanh nghiệp",
        "circuit": "Mã kênh",
        "Value #B": "Lý do",
        "Value #C": "Từ lúc",
    }
    hidden = ("Time", "__name__", "carrier", "instance", "job", "level", "network", "site", "vantage")
    options = {
        "indexByName": {name: index for index, name in enumerate(shown)},
        "renameByName": shown,
        "excludeByName": dict.fromkeys(hidden, True),
    }
    return DataTransformerConfig(id_val="organize", options=options)


if __name__ == "__main__":
    OUTPUT.write_text(overview(), encoding="utf-8")
