"""What status says of bandwidth and of routers that do not tell it: nothing where there is nothing to say."""

import io
import json
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bridgewatch.core.shortfalls.columns import Sheet
from bridgewatch.model.bandwidth import AgentState, CapacityState, CounterGap, NeedState, Snmp, UseState
from bridgewatch.model.calendar import Event
from bridgewatch.model.ids import EventId
from bridgewatch.model.snapshot import BandwidthColumns, Snapshot
from bridgewatch.model.words import Language
from bridgewatch.texts.bandwidth import tell_agents, tell_short_links
from bridgewatch.views.shortfalls import Shortfall
from bridgewatch.views.status.bandwidth import ShortLink
from bridgewatch.views.status.report import Verdict, from_json, report, to_json
from bridgewatch.views.terminal.look import Look
from bridgewatch.views.terminal.screen import paper, screen
from tests.exposition.synthetic import synthetic_snapshot

MEGABIT = 1e6
MINUTE = 60 * 10**9
STATES: tuple[Shortfall, ...] = (
    NeedState.DELIVERY_SMALL,
    NeedState.CONTRACT_SMALL,
    CapacityState.SHORT,
    CapacityState.RAISE_MISSING,
    UseState.OVER,
    UseState.BUSY,
)
SHARES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, math.nan])


def quiet(links: int = 8) -> Snapshot:
    """Two links at each site, both read at its router, which answers; nothing falls short."""
    snapshot = synthetic_snapshot(links, healthy=True)
    inventory = replace(
        snapshot.inventory,
        links={
            name: replace(link, snmp=Snmp(f"192.0.2.{row // 2 + 1}", "Gi0/1"))
            for row, (name, link) in enumerate(snapshot.inventory.links.items())
        },
    )
    judged = replace(
        Sheet(inventory).columns(),
        use=np.full(links, UseState.OK, np.uint8),
        capacity=np.full(links, CapacityState.DELIVERED, np.uint8),
        need=np.full(links, NeedState.ENOUGH, np.uint8),
        promised_down=np.full(links, 20 * MEGABIT),
        promised_up=np.full(links, 10 * MEGABIT),
        needed=np.full(links, 4 * MEGABIT),
        measured_down=np.full(links, 19 * MEGABIT),
        measured_up=np.full(links, 9.5 * MEGABIT),
        most_down=np.full(links, math.inf),
        most_up=np.full(links, math.inf),
        tested_ns=np.full(links, snapshot.wall_ns - MINUTE),
    )
    read = BandwidthColumns(
        down=np.full(links, MEGABIT),
        up=np.full(links, MEGABIT),
        contract_down=judged.promised_down,
        contract_up=judged.promised_up,
        errors=np.zeros(links),
        discards=np.zeros(links),
        age=np.ones(links),
        oper_up=np.ones(links, np.int64),
        gap=np.full(links, CounterGap.NONE, np.int64),
        agent=np.full(links, AgentState.ANSWERING, np.int64),
        agent_since_wall_ns=np.full(links, snapshot.wall_ns - 60 * MINUTE),
    )
    assert snapshot.people is not None
    people = replace(snapshot.people, judged=judged)
    return replace(snapshot, inventory=inventory, people=people, bandwidth=read)


def judging(snapshot: Snapshot, **columns: Any) -> Snapshot:
    """The same, some of it judged otherwise: values by row."""
    assert snapshot.people is not None
    people = replace(snapshot.people, judged=changed(snapshot.people.judged, columns))
    return replace(snapshot, people=people)


def reading(snapshot: Snapshot, **columns: Any) -> Snapshot:
    """The same, with some of it read otherwise: values by row."""
    return replace(snapshot, bandwidth=changed(snapshot.bandwidth, columns))


def changed(table: Any, columns: dict[str, dict[int, Any]]) -> Any:
    fresh = {name: getattr(table, name).copy() for name in columns}
    for name, values in columns.items():
        for row, value in values.items():
            fresh[name][row] = value
    return replace(table, **fresh)


def on_paper(snapshot: Snapshot, look: Look) -> str:
    told = from_json(json.loads(json.dumps(to_json(report(snapshot)), allow_nan=False)))
    return "\n".join(line.plain for line in paper(told, (), look, piped=look.width >= 400))


VI, EN = Look(400, Language.VI), Look(400, Language.EN)


def test_a_quiet_country_and_one_where_nobody_looks_have_no_line() -> None:
    unread = synthetic_snapshot(8, healthy=True)
    for snapshot in (quiet(), unread, reading(judging(quiet(), use={0: UseState.UNKNOWN}), agent={0: -1})):
        told = report(snapshot)
        assert (told.shortfalls, told.agents) == ((), ())
        for look in (VI, EN):
            assert look.labels.bandwidth not in on_paper(snapshot, look)


@pytest.mark.parametrize(
    ("snapshot", "vietnamese", "english"),
    [
        (
            reading(judging(quiet(), use={3: UseState.OVER}), up={3: 8.65 * MEGABIT}),
            "▲ lưu lượng quá ngưỡng: 1 · tinh00-xa001/internet tải lên 8,65 / 10 Mbit/s",
            "▲ over-used: 1 · tinh00-xa001/internet up 8.65 / 10 Mbit/s",
        ),
        (
            reading(judging(quiet(), use={2: UseState.BUSY}), down={2: 15.2 * MEGABIT}),
            "▲ lưu lượng cao: 1 · tinh00-xa001/wan tải xuống 15,2 / 20 Mbit/s",
            "▲ busy: 1 · tinh00-xa001/wan down 15.2 / 20 Mbit/s",
        ),
        (
            judging(quiet(), capacity={2: CapacityState.SHORT}, measured_up={2: 3 * MEGABIT}),
            "▲ đo được thấp hơn hợp đồng: 1 · tinh00-xa001/wan tải lên 3 / 10 Mbit/s",
            "▲ below contract: 1 · tinh00-xa001/wan up 3 / 10 Mbit/s",
        ),
        (
            judging(
                quiet(),
                capacity={2: CapacityState.RAISE_MISSING},
                promised_down={2: 100 * MEGABIT},
                measured_down={2: 19.3 * MEGABIT},
            ),
            "▲ chưa được nâng: 1 · tinh00-xa001/wan tải xuống 19,3 / 100 Mbit/s",
            "▲ raise missing: 1 · tinh00-xa001/wan down 19.3 / 100 Mbit/s",
        ),
        (
            judging(quiet(), need={2: NeedState.CONTRACT_SMALL}, needed={2: 14.4 * MEGABIT}),
            "▲ hợp đồng không đủ cho sự kiện: 1 · tinh00-xa001/wan tải lên 10 / 14,4 Mbit/s",
            "▲ contract too small for an event: 1 · tinh00-xa001/wan up 10 / 14.4 Mbit/s",
        ),
        (
            judging(quiet(), need={2: NeedState.DELIVERY_SMALL}, most_up={2: 3.1 * MEGABIT}),
            "▲ đo được không đủ cho sự kiện: 1 · tinh00-xa001/wan tải lên 3,1 / 4 Mbit/s",
            "▲ delivery too small for an event: 1 · tinh00-xa001/wan up 3.1 / 4 Mbit/s",
        ),
        (
            reading(quiet(), agent={2: AgentState.SILENT, 3: AgentState.SILENT}),
            "▲ bộ định tuyến không trả lời SNMP: 1 · Điểm cầu UBND xã số 1 (192.0.2.2) đã 1 giờ 0 phút",
            "▲ routers that do not answer SNMP: 1 · Điểm cầu UBND xã số 1 (192.0.2.2) for 1 h 0 min",
        ),
        (
            reading(quiet(), agent={2: AgentState.REFUSING, 3: AgentState.REFUSING}),
            "▲ bộ định tuyến từ chối thông tin đăng nhập SNMP: 1 · Điểm cầu UBND xã số 1 (192.0.2.2) đã",
            "▲ routers that refuse the SNMP credentials: 1 · Điểm cầu UBND xã số 1 (192.0.2.2) for",
        ),
        (
            reading(quiet(), agent={2: AgentState.BROKEN}, agent_since_wall_ns={2: 0}),
            "▲ bộ định tuyến trả lời SNMP không đọc được: 1 · Điểm cầu UBND xã số 1 (192.0.2.2)\n",
            "▲ routers whose SNMP answers cannot be read: 1 · Điểm cầu UBND xã số 1 (192.0.2.2)\n",
        ),
    ],
)
def test_each_way_has_a_line_of_its_own(snapshot: Snapshot, vietnamese: str, english: str) -> None:
    for look, line in ((VI, vietnamese), (EN, english)):
        text = on_paper(snapshot, look)
        assert f"{look.labels.bandwidth}\n  {line}" in text
        assert text.count("▲") == 1


def test_a_link_that_is_so_in_several_ways_is_told_in_each_the_worst_way_first() -> None:
    snapshot = judging(
        quiet(),
        use=dict.fromkeys(range(2), UseState.OVER) | {2: UseState.BUSY},
        capacity={0: CapacityState.SHORT, 1: CapacityState.RAISE_MISSING},
        need={0: NeedState.CONTRACT_SMALL, 3: NeedState.DELIVERY_SMALL},
    )
    told = from_json(to_json(report(snapshot))).shortfalls
    assert [(type(line.state), line.state, line.links) for line in told] == [
        (NeedState, NeedState.DELIVERY_SMALL, 1),
        (NeedState, NeedState.CONTRACT_SMALL, 1),
        (CapacityState, CapacityState.SHORT, 1),
        (CapacityState, CapacityState.RAISE_MISSING, 1),
        (UseState, UseState.OVER, 2),
        (UseState, UseState.BUSY, 1),
    ]


def reference(pairs: Iterable[tuple[float, float]], *, most: bool) -> list[int]:
    """The three worst, by the greatest or least of both shares; what is unknown comes last."""
    sign = -1 if most else 1
    known = [[sign * share for share in pair if not math.isnan(share)] for pair in pairs]
    worst = [min(shares, default=math.inf) for shares in known]
    return sorted(range(len(worst)), key=lambda row: worst[row])[:3]


@given(st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=12))
def test_the_worst_are_named_by_the_direction_that_is_worse(pairs: list[tuple[float, float]]) -> None:
    down = {row: 20 * MEGABIT * pair[0] for row, pair in enumerate(pairs)}
    up = {row: 10 * MEGABIT * pair[1] for row, pair in enumerate(pairs)}
    full = reading(judging(quiet(12), use=dict.fromkeys(range(len(pairs)), UseState.OVER)), down=down, up=up)
    short = judging(
        quiet(12),
        capacity=dict.fromkeys(range(len(pairs)), CapacityState.SHORT),
        measured_down=down,
        measured_up=up,
    )
    names = list(full.inventory.links)
    for snapshot, most in ((full, True), (short, False)):
        [line] = report(snapshot).shortfalls
        assert line.links == len(pairs)
        assert [one.link for one in line.worst] == [names[row] for row in reference(pairs, most=most)]
        for one in line.worst:
            shares = [share for share in pairs[names.index(one.link)] if not math.isnan(share)]
            share = (max if most else min)(shares, default=None)
            assert one.rate == (None if share is None else pytest.approx(share * (one.limit or 0)))


def test_what_is_not_known_now_is_a_dash_and_what_nobody_sold_is_left_out() -> None:
    snapshot = judging(quiet(), use={0: UseState.OVER, 1: UseState.OVER}, promised_down={1: math.nan})
    snapshot = judging(snapshot, promised_up={1: math.nan})
    snapshot = reading(snapshot, down={0: math.nan, 1: math.nan}, up={0: math.nan, 1: math.nan})
    assert "over-used: 2 · tinh00-ubnd/wan down - / 20 Mbit/s · tinh00-ubnd/internet\n" in on_paper(
        snapshot, EN
    )
    unread = replace(judging(quiet(), use={0: UseState.OVER}), bandwidth=None)
    assert "over-used: 1 · tinh00-ubnd/wan down - / 20 Mbit/s" in on_paper(unread, EN)


def test_a_raise_that_is_over_by_the_event_is_not_held_against_what_it_needs() -> None:
    snapshot = judging(quiet(), need={0: NeedState.CONTRACT_SMALL}, promised_up={0: 2 * MEGABIT})
    [line] = report(snapshot).shortfalls
    assert (line.worst[0].rate, line.worst[0].limit) == (2 * MEGABIT, 4 * MEGABIT)
    raised = judging(snapshot, promised_up={0: 100 * MEGABIT})
    [line] = report(raised).shortfalls
    assert (line.worst[0].rate, line.worst[0].limit) == (None, 4 * MEGABIT)


def test_a_need_is_told_with_the_events_that_have_it() -> None:
    snapshot = quiet()
    assert snapshot.people is not None
    event = Event(EventId("hop"), "Hội nghị", (), snapshot.wall_ns, snapshot.wall_ns + MINUTE)
    inventory = replace(snapshot.inventory, events={event.id: event})
    judged = replace(snapshot.people.judged, inventory=inventory)
    snapshot = replace(snapshot, inventory=inventory, people=replace(snapshot.people, judged=judged))
    so = {"use": {0: UseState.OVER}, "need": {0: NeedState.CONTRACT_SMALL}, "needed": {0: 24 * MEGABIT}}
    for events, told in ((("hop",), "Hội nghị"), (("hop", "khac", "nua"), "Hội nghị +2")):
        text = on_paper(judging(snapshot, **so, needed_for={0: events}), EN)
        assert f"tinh00-ubnd/wan up 10 / 24 Mbit/s ({told})\n" in text
        assert "over-used: 1 · tinh00-ubnd/wan up 1 / 10 Mbit/s\n" in text


def test_many_are_counted_and_three_are_named() -> None:
    snapshot = reading(
        judging(quiet(40), use=dict.fromkeys(range(40), UseState.OVER)),
        agent=dict.fromkeys(range(40), AgentState.SILENT),
    )
    text = on_paper(snapshot, EN)
    assert "over-used: 40 · " in text
    assert "routers that do not answer SNMP: 20 · " in text
    assert (text.count("and 37 more"), text.count("and 17 more")) == (1, 1)
    assert len(json.dumps(to_json(report(snapshot)))) < len(json.dumps(to_json(report(quiet(40))))) + 2_000


def test_a_router_of_several_sites_is_one_and_the_latest_to_fail_stands_first() -> None:
    snapshot = quiet(12)
    shared = {
        name: replace(link, snmp=Snmp("2001:db8::1", "Gi0/1", port=1161)) if row >= 6 else link
        for row, (name, link) in enumerate(snapshot.inventory.links.items())
    }
    inventory = replace(snapshot.inventory, links=shared)
    ages = {0: 9, 1: 9, **dict.fromkeys(range(6, 12), 2)}
    snapshot = reading(
        replace(snapshot, inventory=inventory, people=None),
        agent=dict.fromkeys(ages, AgentState.SILENT),
        agent_since_wall_ns={row: snapshot.wall_ns - age * MINUTE for row, age in ages.items()},
    )
    assert (
        "routers that do not answer SNMP: 2 · Điểm cầu UBND xã số 3 +2 ([2001:db8::1]:1161) for 2 min 0 s"
        " · Điểm cầu UBND tỉnh số 0 (192.0.2.1) for 9 min 0 s\n"
    ) in on_paper(snapshot, EN)


@pytest.mark.parametrize(
    ("look", "told"),
    [
        (EN, "routers without the configured interface: 1 · {} Gi0/1 (192.0.2.2)"),
        (VI, "bộ định tuyến không có cổng đã khai: 1 · {} Gi0/1 (192.0.2.2)"),
    ],
)
def test_an_interface_that_its_router_does_not_have_is_named_with_its_link(look: Look, told: str) -> None:
    snapshot = reading(quiet(), gap={2: CounterGap.MISSING})
    name = list(snapshot.inventory.links)[2]
    shown = report(snapshot)
    assert told.format(name) in on_paper(snapshot, look)
    assert from_json(to_json(shown)) == shown
    assert shown.verdict is Verdict.WELL
    assert report(reading(snapshot, agent={2: AgentState.SILENT})).unread is None


def test_a_link_that_is_paused_is_not_asked_and_not_missed() -> None:
    snapshot = reading(quiet(2), agent={0: AgentState.SILENT, 1: AgentState.SILENT})
    paused = {name: replace(link, paused=True) for name, link in snapshot.inventory.links.items()}
    snapshot = replace(snapshot, inventory=replace(snapshot.inventory, links=paused), people=None)
    assert report(snapshot).agents == ()


def test_none_of_it_is_trouble_by_itself_and_a_report_of_before_is_still_read() -> None:
    snapshot = reading(judging(quiet(), use={0: UseState.OVER}), agent={0: AgentState.SILENT})
    assert report(snapshot).verdict is Verdict.WELL
    values = to_json(report(snapshot))
    assert values.pop("shortfalls")[0]["state"] == "over"
    assert values.pop("agents")[0]["state"] == "silent"
    assert from_json(values) == replace(report(snapshot), shortfalls=(), agents=())


def everything(links: int = 24) -> Snapshot:
    """Every way at once."""
    rows = np.arange(links)
    return reading(
        judging(
            quiet(links),
            use={row: UseState.OVER if row % 2 else UseState.BUSY for row in rows},
            capacity={row: CapacityState.SHORT if row % 2 else CapacityState.RAISE_MISSING for row in rows},
            need={row: NeedState.CONTRACT_SMALL if row % 2 else NeedState.DELIVERY_SMALL for row in rows},
            most_down=dict.fromkeys(rows, 3.15 * MEGABIT),
        ),
        agent={row: AgentState.SILENT + row // 2 % 3 for row in rows},
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_on_a_terminal_names_stand_below_their_count_and_all_of_it_fits(
    width: int, language: Language
) -> None:
    lines = on_paper(everything(), Look(width, language)).splitlines()
    start = lines.index("Băng thông" if language is Language.VI else "Bandwidth") + 1
    part = lines[start : lines.index("", start)]
    assert max(map(cell_len, part)) <= width
    assert sum(line.startswith("  ▲ ") for line in part) == len(STATES) + 3
    if width > 40:  # there a name and its figures may take more than a line
        assert all(line.count("/wan") + line.count("/internet") == line.count("Mbit/s") for line in part)
    joined = " ".join(line.strip() for line in part)
    for state in STATES:
        assert tell_short_links(state, 12, language) in joined
    for agents in (AgentState.SILENT, AgentState.REFUSING, AgentState.BROKEN):
        assert tell_agents(agents, 4, language) in joined
    assert joined.count("(192.0.2.") == 9


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("height", [24, 40, 60, 80])
def test_a_screen_has_a_line_for_each_way_or_all_counts_beside_the_title(
    height: int, language: Language
) -> None:
    told = report(everything(4))
    console = Console(file=io.StringIO(), width=80, height=height)
    console.print(screen(told, (), Look(80, language), height))
    lines = console.file.getvalue().splitlines()
    assert len(lines) == height
    [at] = [
        number for number, line in enumerate(lines) if line.startswith(Look(80, language).labels.bandwidth)
    ]
    marked = [line for line in lines[at:] if line.startswith("  ▲ ")]
    assert ("▲" in lines[at]) == (not marked)
    assert len(marked) in {0, len(STATES) + 2}
    assert bool(marked) == (height // 8 >= len(STATES) + 2)


def test_a_terminal_without_colours_or_without_unicode_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(file=io.StringIO(), width=400, force_terminal=True)
    for line in paper(report(everything()), (), VI):
        console.print(line, soft_wrap=True)
    told = console.file.getvalue()
    assert "\x1b[3" not in told
    assert "▲ lưu lượng quá ngưỡng: 12" in told
    text = on_paper(everything(), replace(VI, plain=True))
    assert text.isascii()
    assert "  ! luu luong qua nguong: 12 - " in text


def test_rates_are_told_by_name_as_scripts_read_them() -> None:
    snapshot = reading(judging(quiet(), use={0: UseState.OVER}), down={0: 17 * MEGABIT})
    values = to_json(report(snapshot))["shortfalls"][0]["worst"][0]
    assert values == {
        "link": "tinh00-ubnd/wan",
        "site_name": "Điểm cầu UBND tỉnh số 0",
        "direction": "down",
        "rate": 17e6,
        "limit": 20e6,
        "events": [],
    }
    told = from_json(to_json(report(snapshot))).shortfalls[0].worst[0]
    assert told == ShortLink(**values | {"events": ()})
