"""What a command learns from the daemon, and which files it goes by."""

from pathlib import Path

import pytest

from bridgewatch.cli.known import Known, known
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.ids import EventId
from bridgewatch.model.words import Language
from bridgewatch.views.calendar import orders_to_json
from tests.cli.daemon import serving

GIVEN, DAEMONS = Path("given"), Path("/etc/bridgewatch")
ORDER = EventOrder(EventId("hop"), 1, "An", close=True)


@pytest.mark.parametrize(
    ("here", "told", "files"),
    [
        (True, Known(DAEMONS), Path("config")),
        (True, Known(DAEMONS, asked=True), DAEMONS),
        (False, Known(DAEMONS), DAEMONS),
        (False, Known(problem="none runs"), Path("config")),
        (True, Known(problem="none runs", asked=True), Path("config")),
    ],
)
def test_files_are_those_of_the_daemon_where_it_is_asked_for_or_there_are_none_here(
    here: bool, told: Known, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if here:
        (tmp_path / "config").mkdir()
    assert told.files(None) == files
    assert told.files(GIVEN) == GIVEN


def test_a_daemon_tells_its_files_and_its_orders(tmp_path: Path) -> None:
    with serving(tmp_path, {"/config": str(DAEMONS), "/orders": orders_to_json([ORDER])}):
        assert known(tmp_path) == Known(DAEMONS, (ORDER,), asked=True)


def test_where_no_daemon_ever_ran_events_are_as_planned_and_nobody_is_bothered_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    known(None).warn_of_plans("who", Language.EN)
    assert capsys.readouterr().err == ""
    known(tmp_path).warn_of_plans("who", Language.EN)
    assert "events are shown as planned" in capsys.readouterr().err
    (tmp_path / "control.sock").touch()
    known(None).warn_of_plans("who", Language.EN)
    assert "events are shown as planned" in capsys.readouterr().err
