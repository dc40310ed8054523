"""What people see of the calls of sites' boxes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bridgewatch.model.delivery import LinkFigures, with_figures
from bridgewatch.model.dial_in import CalledIn
from bridgewatch.model.paging import TextForm
from bridgewatch.model.snapshot import Snapshot
from bridgewatch.model.words import Language, LinkState
from bridgewatch.texts.messages.compose import compose
from bridgewatch.views.exposition.page import Page as Exposition
from bridgewatch.views.status.report import from_json, report, to_json
from bridgewatch.views.terminal.look import Look
from bridgewatch.views.terminal.troubles import troubles
from bridgewatch.views.web.home import home_page
from tests.answers.desk import DIGEST, NOW_NS, ONE
from tests.answers.serving import serving
from tests.cli.daemon import bridgewatch, daemon
from tests.exposition.synthetic import synthetic_snapshot, with_calls
from tests.texts.briefs import NOW, brief, incident, link
from tests.web.serving import run

MINUTE = 60 * 10**9


def called() -> Snapshot:
    """Two links that are down: the box of the first is heard, that of the second is not."""
    snapshot = synthetic_snapshot(64)
    first, second = [
        link
        for link, state in zip(snapshot.inventory.links, snapshot.links.state.tolist(), strict=True)
        if state == LinkState.DOWN
    ][:2]
    began_ns = snapshot.wall_ns - 3 * MINUTE
    calls = {
        first: CalledIn("203.0.113.7:40001", began_ns, 2),
        second: CalledIn("[2001:db8::7]:40002", began_ns - 9 * MINUTE, 0, heard_wall_ns=began_ns),
    }
    return with_calls(snapshot, calls)


def test_a_trouble_says_where_its_box_is_or_since_when_it_is_silent() -> None:
    told = from_json(to_json(report(called())))
    lines = troubles(told, Look(width=400, language=Language.EN), 100)
    text = "\n".join(line.plain for line in lines)
    assert "its box has been calling from 203.0.113.7:40001 for 3 min" in text
    assert "its box at [2001:db8::7]:40002 stopped calling 3 min" in text


def test_so_does_the_page() -> None:
    page = home_page(called(), Language.VI)
    assert "thiết bị gọi về từ 203.0.113.7:40001 đã 3 phút" in page
    assert "thiết bị ở [2001:db8::7]:40002 không gọi về nữa đã 3 phút" in page


def test_calls_moves_and_refusals_are_counted() -> None:
    page = b"".join(Exposition().slices(called(), openmetrics=False)).decode().splitlines()
    assert "bridgewatch_dialin_sessions 1.0" in page
    assert "bridgewatch_dialin_moves_total 2.0" in page
    assert 'bridgewatch_dialin_refused_total{reason="replayed"} 4.0' in page
    assert 'bridgewatch_dialin_refused_total{reason="bad_seal"} 0.0' in page
    assert "bridgewatch_dialin_silent 1.0" in page


AWAITED = CalledIn("203.0.113.7:40001", NOW_NS - 9 * MINUTE, 0, NOW_NS - 9 * MINUTE, awaited=True)
SILENT = replace(AWAITED, awaited=False)
HEARD = replace(SILENT, heard_wall_ns=None)


def test_of_a_box_that_has_not_called_since_the_start_the_status_and_the_page_say_so() -> None:
    snapshot = synthetic_snapshot(64)
    down = next(
        link
        for link, state in zip(snapshot.inventory.links, snapshot.links.state.tolist(), strict=True)
        if state == LinkState.DOWN
    )
    at_ns = snapshot.wall_ns - 2 * MINUTE
    seen = with_calls(snapshot, {down: CalledIn("203.0.113.7:40001", at_ns, 0, at_ns, awaited=True)})
    lines = troubles(from_json(to_json(report(seen))), Look(width=400, language=Language.EN), 100)
    told = "its box at 203.0.113.7:40001 has not called for 2 min 0 s, since before the daemon started"
    assert told in "\n".join(line.plain for line in lines)
    assert (
        "thiết bị ở 203.0.113.7:40001 không gọi về đã 2 phút 0 giây, từ trước khi chương trình khởi động"
        in home_page(seen, Language.VI)
    )


@pytest.mark.parametrize("call", [AWAITED, SILENT, HEARD, None])
def test_who_is_paged_reads_that_the_box_has_stopped_calling_and_nothing_of_one_that_is_heard(
    call: CalledIn | None,
) -> None:
    seen = replace(link(), figures=LinkFigures(LinkState.DOWN, NOW, call=call and moved(call, NOW - NOW_NS)))
    body = compose(
        brief(incidents=(incident(links=(seen,), link=seen),), language=Language.EN), TextForm.LONG
    ).body
    expected = {
        AWAITED: "has not called for 9 min 0 s, since before the daemon started",
        SILENT: "stopped calling 9 min 0 s ago",
    }.get(call, "")
    assert expected in body
    assert ("its box" in body) == (call in {AWAITED, SILENT})


@pytest.mark.parametrize("call", [AWAITED, SILENT, HEARD])
def test_the_story_of_an_incident_says_at_its_head_how_the_box_is_now(tmp_path: Path, call: CalledIn) -> None:
    with daemon(tmp_path) as desk:
        standing = desk.standings[ONE]
        figures = LinkFigures(LinkState.DOWN, NOW_NS, call=call)
        desk.standings[ONE] = replace(standing, told=with_figures(standing.told, lambda _: figures))
        code, text, _ = bridgewatch(tmp_path, "explain", "K7P", "--language", "en")
        assert code == 0
        _, told, _ = bridgewatch(tmp_path, "explain", "K7P", "--json")
        desk.over(ONE)
        _, over, _ = bridgewatch(tmp_path, "explain", "K7P", "--language", "en")
    span = {
        AWAITED: "has not called for 9 min 0 s, since before the daemon started",
        SILENT: "stopped calling 9 min 0 s ago",
        HEARD: "has been calling from 203.0.113.7:40001 for 9 min",
    }[call]
    assert f"gialai-iape/wan: its box {span}" in " ".join(text.split()).replace("at 203.0.113.7:40001 ", "")
    (box,) = [one["box"] for one in json.loads(told)["incident"]["links"]]
    assert box["address"] == "203.0.113.7:40001"
    assert (box["calling"], box["awaited"]) == (call is HEARD, call is AWAITED)
    assert "its box" not in over


def test_behind_the_link_of_a_page_it_stands_beside_what_is_seen_now(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            served.figures = LinkFigures(LinkState.DOWN, NOW_NS, call=AWAITED)
            _, page = await served.get(served.path(DIGEST) + "?lang=en")
            assert "its box at 203.0.113.7:40001 has not called for 9 min" in " ".join(page.split())

    run(look())


def moved(call: CalledIn, by_ns: int) -> CalledIn:
    """The same at another time."""
    heard_ns = None if call.heard_wall_ns is None else call.heard_wall_ns + by_ns
    return replace(call, since_wall_ns=call.since_wall_ns + by_ns, heard_wall_ns=heard_ns)
