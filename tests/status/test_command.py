"""`bridgewatch status` from the outside."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridgewatch.adapters.control import ControlServer
from bridgewatch.cli.main import app
from bridgewatch.model.words import LinkState, Reason
from bridgewatch.views import happenings
from bridgewatch.views.status import report as status
from tests.exposition.synthetic import WALL_NS, synthetic_snapshot

EVENTS = happenings.to_json(
    (happenings.happening(WALL_NS, "a/wan", LinkState.UP, LinkState.DOWN, Reason.UNREACHABLE),)
)


@contextmanager
def daemon(folder: Path, report: object) -> Iterator[None]:
    """A daemon's control socket in a thread of its own, for a command that runs its own loop."""
    loop = asyncio.new_event_loop()
    page = report if callable(report) else lambda: report
    server = ControlServer(folder)
    loop.run_until_complete(server.start({"/status": page, "/events": lambda: EVENTS}))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(server.close())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the command."""
    result = CliRunner().invoke(app, ["status", "--state", str(folder), *arguments])
    return result.exit_code, result.stdout, result.stderr


def reported(*, healthy: bool) -> dict[str, object]:
    """A report as the daemon sends it."""
    return status.to_json(status.report(synthetic_snapshot(80, healthy=healthy)))


def test_all_well_exits_0_and_says_so(tmp_path: Path) -> None:
    with daemon(tmp_path, reported(healthy=True)):
        code, text, _ = run(tmp_path)
    assert code == 0
    assert "every link is up" in text


def test_trouble_exits_1_with_the_links_and_the_failed_reload(tmp_path: Path) -> None:
    with daemon(tmp_path, reported(healthy=False)):
        code, text, _ = run(tmp_path)
    assert code == 1
    assert "✖ down" in text
    assert "CONFIGURATION FAILED TO LOAD" in text
    assert "a router on the way answers that the target cannot be reached" in text


def test_vietnamese_on_demand(tmp_path: Path) -> None:
    with daemon(tmp_path, reported(healthy=True)):
        _, text, _ = run(tmp_path, "--language", "vi")
    assert "mọi đường truyền đều thông suốt" in text


@pytest.mark.parametrize("healthy", [True, False])
def test_json_is_the_whole_report(tmp_path: Path, healthy: bool) -> None:
    with daemon(tmp_path, reported(healthy=healthy)):
        code, text, _ = run(tmp_path, "--json")
    assert json.loads(text) == reported(healthy=healthy)
    assert code == (0 if healthy else 1)


def test_no_daemon_exits_2_and_names_the_directory(tmp_path: Path) -> None:
    code, text, errors = run(tmp_path)
    assert (code, text) == (2, "")
    assert str(tmp_path) in errors.replace("\n", "")


def test_a_stranger_on_the_socket_exits_2(tmp_path: Path) -> None:
    with daemon(tmp_path, {"hello": "world"}):
        code, _, errors = run(tmp_path)
    assert code == 2
    assert "not a status report" in errors


def test_one_report_cannot_be_watched_as_json(tmp_path: Path) -> None:
    code, _, errors = run(tmp_path, "--json", "--watch")
    assert code == 2
    assert "cannot be watched" in errors


def test_a_watch_ends_with_exit_2_when_its_daemon_does(tmp_path: Path) -> None:
    reports = iter([reported(healthy=True), {"gone": True}])
    with daemon(tmp_path, lambda: next(reports)):
        code, text, errors = run(tmp_path, "--watch")
    assert code == 2
    assert "every link is up" in text
    assert "not a status report" in errors
