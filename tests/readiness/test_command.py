"""`bridgewatch readiness` from the outside, with a daemon's control socket and without."""

import json
import time
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bridgewatch.cli.main import app
from bridgewatch.config.loader import load
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.words import LinkState, Reason
from bridgewatch.views import calendar, links
from tests.cli.daemon import serving
from tests.exposition.synthetic import synthetic_snapshot, with_columns

SAMPLE = Path(__file__).parents[2] / "config"
EVENT = "tiep-xuc-cu-tri-2026-12"
HOUR_NS = 3600 * 1_000_000_000


def page(since_ns: int = 0, **states: LinkState) -> dict[str, object]:
    """What a daemon says that has seen all links of the sample up since then, but for some."""
    inventory = load(SAMPLE)
    chosen = {name.replace("__", "/").replace("_", "-"): state for name, state in states.items()}
    snapshot = synthetic_snapshot(len(inventory.links), healthy=True)
    snapshot = with_columns(
        replace(snapshot, inventory=inventory),
        state=np.array([chosen.get(name, LinkState.UP) for name in inventory.links], np.uint8),
        reason=np.array(
            [Reason.SILENT_WITH_WITNESS if name in chosen else Reason.ANSWERED for name in inventory.links],
            np.uint8,
        ),
        since_wall_ns=np.full(len(inventory.links), since_ns, np.int64),
        received=np.full(len(inventory.links), 9, np.int64),
    )
    return links.to_json(snapshot)


def daemon(folder: Path, seen: object, *orders: EventOrder) -> AbstractContextManager[None]:
    """A daemon on the sample that sees this of its links."""
    return serving(
        folder, {"/config": str(SAMPLE), "/orders": calendar.orders_to_json(orders), "/links": seen}
    )


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["readiness", *arguments, "--state", str(folder)])
    return result.exit_code, result.stdout, result.stderr


def test_all_go_exits_0(tmp_path: Path) -> None:
    with daemon(tmp_path, page()):
        code, text, errors = run(tmp_path, EVENT)
    assert (code, errors) == (0, "")
    assert text.splitlines()[0].endswith("GO")
    assert "gialai-iape" not in text


def test_a_dark_site_exits_1_and_says_why(tmp_path: Path) -> None:
    with daemon(tmp_path, page(gialai_iape__wan=LinkState.DOWN)):
        code, text, _ = run(tmp_path, EVENT)
    assert code == 1
    (line,) = (line for line in text.splitlines() if "gialai-iape/wan" in line)
    assert "NO-GO" in line
    assert "no answer, while others on the same egress answer" in line


def test_a_spare_that_is_down_is_told_of_a_site_that_is_go(tmp_path: Path) -> None:
    with daemon(tmp_path, page(gialai_iape__internet=LinkState.DOWN)):
        code, text, _ = run(tmp_path, EVENT)
    assert code == 0
    assert "gialai-iape/internet (spare): down" in text


def test_without_a_daemon_it_exits_2_and_says_so(tmp_path: Path) -> None:
    code, text, errors = run(tmp_path, EVENT, "--config", str(SAMPLE))
    assert code == 2
    assert "nothing is known of any link" in errors
    assert "the daemon does not answer" in text


def test_a_stranger_on_the_socket_is_no_daemon(tmp_path: Path) -> None:
    with daemon(tmp_path, {"hello": "world"}):
        code, _, errors = run(tmp_path, EVENT, "--config", str(SAMPLE))
    assert code == 2
    assert "not a page of links" in errors


def test_json_and_vietnamese(tmp_path: Path) -> None:
    with daemon(tmp_path, page(gialai_iape__wan=LinkState.BLIND)):
        code, text, _ = run(tmp_path, EVENT, "--json")
        _, vietnamese, _ = run(tmp_path, EVENT, "--language", "vi", "--all")
    told = json.loads(text)
    assert (code, told["verdict"], told["by_level"]["commune"]["unknown"]) == (2, "unknown", 1)
    site = next(one for one in told["sites"] if one["site"] == "gialai-iape")
    assert (site["verdict"], site["reason"]) == ("unknown", "not-seen")
    assert "CHƯA RÕ" in vietnamese
    assert vietnamese.count("SẴN SÀNG") > 30


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("hop-bao",), "no event hop-bao"),
        (("tiepxuc",), f"there is no event tiepxuc; did you mean {EVENT}?"),
        ((EVENT, "--seen", "soon"), "--seen"),
    ],
)
def test_what_it_does_not_understand_it_says(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    code, _, errors = run(tmp_path, *arguments, "--config", str(SAMPLE))
    assert code == 2
    assert said in " ".join(errors.split())


def test_how_long_a_link_must_be_up_can_be_chosen(tmp_path: Path) -> None:
    with daemon(tmp_path, page(time.time_ns() - HOUR_NS // 2)):
        assert run(tmp_path, EVENT, "--seen", "10m")[0] == 0
        assert run(tmp_path, EVENT, "--seen", "1h")[0] == 2


def test_the_page_of_a_snapshot_survives_json() -> None:
    snapshot = synthetic_snapshot(60)
    snapshot = with_columns(snapshot, received=np.arange(60, dtype=np.int64))
    wall_ns, sights = links.from_json(json.loads(json.dumps(links.to_json(snapshot))))
    assert wall_ns == snapshot.wall_ns
    assert list(sights) == list(snapshot.inventory.links)
    assert [int(one.state) for one in sights.values()] == snapshot.links.state.tolist()
    assert [one.answered for one in sights.values()] == list(range(60))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "AA=="},
        {"state": "!"},
        {"reason": "/w=="},
        {"links": 7},
        {"received": "AAA="},
        {"links": ""},
    ],
)
def test_a_page_that_does_not_add_up_is_refused(change: dict[str, object]) -> None:
    whole = links.to_json(synthetic_snapshot(60))
    with pytest.raises(ValueError, match="not a page of links"):
        links.from_json(whole | change)


def test_rooms_and_services_are_counted_apart_and_alike_in_every_command(tmp_path: Path) -> None:
    def told(*arguments: str) -> str:
        return " ".join(CliRunner().invoke(app, [*arguments, "--language", "en"]).stdout.split())

    with daemon(tmp_path, page()):
        counted = json.loads(run(tmp_path, EVENT, "--json")[1])
        assert "Conference services 1 0 0" in told("readiness", EVENT, "--state", str(tmp_path))
    assert {level: counts["go"] for level, counts in counted["by_level"].items()} == {
        "province": 1,
        "commune": 38,
    }
    assert counted["services"]["go"] == 1
    assert "sites: province 1, commune 38 · conference services: 1 · " in told("calendar", str(SAMPLE))
    checked = told("check", str(SAMPLE))
    assert f"sites of {EVENT} │ 39 │" in checked
    assert f"conference services of {EVENT} │ 1 │" in checked
