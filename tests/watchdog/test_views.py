"""What the operator sees of heartbeats: metrics, status, check, and the refusal of the other's directory."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from typer.testing import CliRunner

from bridgewatch.app.reloads import Reloads
from bridgewatch.cli.main import app
from bridgewatch.config.errors import ConfigErrors
from bridgewatch.config.loader import load
from bridgewatch.core.heartbeats.register import Register
from bridgewatch.model.heartbeats import Answered, Heard, Reception
from bridgewatch.model.ids import GatewayId
from bridgewatch.model.mistakes import ConfigError
from bridgewatch.model.paging import Why
from bridgewatch.model.snapshot import ConfigStats, PagingSnapshot
from bridgewatch.model.words import Language
from bridgewatch.sim.clock import SimClock
from bridgewatch.views import watchdog
from bridgewatch.views.exposition.heartbeats import pulse_families
from bridgewatch.views.exposition.watchdog import watchdog_page
from bridgewatch.views.status import report as status
from bridgewatch.views.status.report import Verdict
from bridgewatch.views.terminal.look import Look
from bridgewatch.views.terminal.sections import itself
from bridgewatch.views.terminal.watchdog import watchdog_paper
from tests.config.files import SITE, write
from tests.exposition.synthetic import synthetic_snapshot
from tests.watchdog.beats import SECOND, WALL, beat
from tests.watchdog.nights import DOG

GOOD = ConfigStats(WALL, ok=True, seconds=0.1, reloads_ok=0, reloads_failed=0, errors=())
NOTHING = PagingSnapshot(WALL, (), {}, (), {}, 0, 0)


def told(folder: Path, *, at: float = 10.0, config: ConfigStats = GOOD) -> watchdog.WatchdogReport:
    """Of three daemons: one that is well, one whose probing stands, one that was never heard."""
    three = "daemons: {nha: {key: {env: A}}, xa: {key: {env: B}}, ban: {key: {env: C}}}\n"
    inventory = load(write(folder, **{**DOG, "watchdog": three}))
    register = Register(inventory.heartbeats.watched, inventory.heartbeats.after, 0)
    register.take(beat(live=("hop",), outbox=2, degraded=1.0), 8 * SECOND, WALL)
    register.take(beat(vantage="xa", looked=20.0, probing=False), 9 * SECOND, WALL)
    standings = register.standings(round(at * SECOND))
    return watchdog.report(inventory, standings, NOTHING, config, WALL)


def test_a_report_survives_json(tmp_path):
    report = told(tmp_path)
    values = json.loads(json.dumps(watchdog.to_json(report)))
    assert watchdog.is_watchdogs(values)
    assert watchdog.from_json(values) == report
    with pytest.raises(ValueError, match="not a report of a watchdog"):
        watchdog.from_json({"watched": 1})


def test_the_verdict_is_the_worst_of_what_is_known(tmp_path):
    assert told(tmp_path).verdict is Verdict.TROUBLE
    alone = load(write(tmp_path, watchdog="daemons: {nha: {key: {env: A}}}\n"))
    register = Register(["nha"], 60.0, 0)
    unheard = watchdog.report(alone, register.standings(0), NOTHING, GOOD, WALL)
    assert unheard.verdict is Verdict.CANNOT_TELL
    register.take(beat(), 0, WALL)
    assert watchdog.report(alone, register.standings(0), NOTHING, GOOD, WALL).verdict is Verdict.WELL
    mute = replace(NOTHING, gateways={GatewayId("sms"): Why.GATEWAY_FAILING})
    silent = watchdog.report(alone, register.standings(0), mute, GOOD, WALL)
    assert silent.verdict is Verdict.TROUBLE
    assert any("sms" in line.plain for line in watchdog_paper(silent, Look(100, Language.EN)))
    mistakes = (ConfigError("x", 1, 1, "", "y", "z"),)
    failed = replace(GOOD, ok=False, reloads_ok=0, reloads_failed=1, errors=mistakes)
    assert watchdog.report(alone, register.standings(0), NOTHING, failed, WALL).verdict is Verdict.TROUBLE


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            Language.EN,
            [
                "daemons in trouble: xa",
                "nha ✔ well · last heard 2 s ago · live: hop · 2 undelivered · its store fails · 0",
                "xa ✖ probing stands still · last heard 1 s ago · 0",
                "ban ? waiting for its first heartbeat · not heard, awaited for 10 s",
            ],
        ),
        (
            Language.VI,
            [
                "hệ thống giám sát có sự cố: xa",
                "nha ✔ hoạt động tốt · tín hiệu cuối cách đây 2 giây · đang diễn ra: hop",
                "xa ✖ việc đo đã dừng · tín hiệu cuối cách đây 1 giây",
                "ban ? đang chờ tín hiệu đầu tiên · chưa có tín hiệu, đã chờ 10 giây",
            ],
        ),
    ],
)
def test_status_tells_of_every_daemon_in_a_line(tmp_path, language, expected):
    lines = [line.plain for line in watchdog_paper(told(tmp_path), Look(160, language))]
    for text in expected:
        assert [line for line in lines if text in line], (text, lines)
    plain = watchdog_paper(told(tmp_path), Look(160, language, plain=True))
    assert all(line.plain.isascii() for line in plain)


def test_the_metrics_of_a_watchdog_are_openmetrics(tmp_path):
    counts = {("nha", Reception.ACCEPTED): 3, ("", Reception.FORGED): 2}
    people = synthetic_snapshot(2, healthy=True).people
    assert people is not None
    page = watchdog_page(told(tmp_path), counts, people, openmetrics=True).decode()
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in read_openmetrics(page)
        for sample in family.samples
    }
    assert samples["bridgewatch_watchdog_heartbeat_age_seconds", "nha"] == 2.0
    assert samples["bridgewatch_watchdog_up", "nha"] == 1.0
    assert samples["bridgewatch_watchdog_up", "xa"] == 0.0
    assert ("bridgewatch_watchdog_up", "ban") not in samples
    assert samples["bridgewatch_watchdog_daemon_store_working", "nha"] == 0.0
    assert samples["bridgewatch_watchdog_heartbeats_total", "accepted", "nha"] == 3.0
    assert samples["bridgewatch_watchdog_heartbeats_total", "", "forged"] == 2.0
    assert b"# TYPE bridgewatch_watchdog_up gauge" in watchdog_page(
        told(tmp_path), counts, people, openmetrics=False
    )


HEARD = (
    Heard("http://a", Answered.ACCEPTED, "", WALL, {Answered.ACCEPTED: 5}),
    Heard("http://b", Answered.FAILED, "no answer within 5 s", None, {Answered.FAILED: 2}),
    Heard("http://c", None, "", None, {}),
)


def test_the_metrics_of_a_daemon_count_what_became_of_its_heartbeats():
    counted, when = pulse_families(HEARD)
    values = {tuple(sample.labels.values()): sample.value for sample in counted.samples}
    assert values["http://a", "accepted"] == 5
    assert values["http://b", "failed"] == 2
    assert values["http://c", "refused"] == 0
    assert [sample.labels["watchdog"] for sample in when.samples] == ["http://a"]
    assert list(pulse_families(())) == []


def test_the_status_of_a_daemon_says_which_watchdog_does_not_hear_it():
    snapshot = synthetic_snapshot(2, healthy=True)
    report = status.report(replace(snapshot, watchdogs=HEARD, wall_ns=WALL + 7 * SECOND))
    lines = [line.plain for line in itself(report, Look(160))]
    assert [line for line in lines if "http://a · accepted a heartbeat 7 s ago" in line]
    assert [line for line in lines if "http://b · does NOT accept heartbeats: no answer within 5 s" in line]
    assert [line for line in lines if "http://c · no heartbeat sent yet" in line]
    assert status.from_json(status.to_json(report)) == report
    assert report.verdict is Verdict.TROUBLE


def test_check_tells_what_a_watchdog_watches(tmp_path):
    result = CliRunner().invoke(app, ["check", str(write(tmp_path, **DOG))])
    assert result.exit_code == 0, result.output
    assert "canh: watchdog" in result.stdout
    assert "heartbeats of nha, paged after" in result.stdout
    assert "60 s" in result.stdout
    result = CliRunner().invoke(app, ["check", str(write(tmp_path, watchdog="after: 60x\n"))])
    assert result.exit_code == 1
    assert "watchdog.yaml:1:8: after: found '60x'" in result.stderr


@pytest.mark.parametrize(("watchdogs", "files"), [(False, DOG), (True, {"sites": SITE})])
def test_neither_daemon_starts_on_the_directory_of_the_other(tmp_path, watchdogs, files):
    async def first() -> None:
        async def never(_: object) -> None:
            raise AssertionError

        reloads = Reloads(write(tmp_path, **files), SimClock(), never, watchdogs=watchdogs)
        try:
            await reloads.first()
        finally:
            await reloads.close()

    with pytest.raises(ConfigErrors, match="watchdog"):
        asyncio.run(first())
