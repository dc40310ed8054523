"""What people see of the calls of sites' boxes."""

from bridgewatch.model.dial_in import CalledIn
from bridgewatch.model.snapshot import Snapshot
from bridgewatch.model.words import Language, LinkState
from bridgewatch.views.exposition.page import Page
from bridgewatch.views.status.report import from_json, report, to_json
from bridgewatch.views.terminal.look import Look
from bridgewatch.views.terminal.troubles import troubles
from bridgewatch.views.web.home import home_page
from tests.exposition.synthetic import synthetic_snapshot, with_calls

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
    page = b"".join(Page().slices(called(), openmetrics=False)).decode().splitlines()
    assert "bridgewatch_dialin_sessions 1.0" in page
    assert "bridgewatch_dialin_moves_total 2.0" in page
    assert 'bridgewatch_dialin_refused_total{reason="replayed"} 4.0' in page
    assert 'bridgewatch_dialin_refused_total{reason="bad_seal"} 0.0' in page
