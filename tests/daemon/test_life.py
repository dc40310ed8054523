"""Start, reload, refusals and the end of the real process."""

import re
import signal
from pathlib import Path

import pytest

from tests.daemon.daemon import Circuit, Plan, Running, start
from tests.daemon.province import UP
from tests.lab.line import Line, plain_line
from tests.lab.process import Process

pytestmark = pytest.mark.root


def small_plan(count: int = 3) -> Plan:
    targets = Line.targets(count)
    circuits = [Circuit(f"xa-{n}", target) for n, target in enumerate(targets, 1)]
    return Plan(circuits, {"wan": ["192.0.2.2", "198.51.100.1"]}, interval="100ms")


def running(lab, directory: Path, plan: Plan) -> Running:
    plain_line(lab)
    plan.write(directory / "config")
    daemon = Running(lab, directory / "config")
    daemon.until(lambda: set(daemon.states().values()) == {UP}, 30.0)
    return daemon


def reloads(daemon: Running) -> dict[str, float]:
    return daemon.series("bridgewatch_config_reloads_total", "outcome")


@pytest.mark.parametrize("told_by", ["signal", "file"])
def test_a_reload_adds_and_removes_links_and_the_others_lose_nothing(lab, tmp_path, told_by):
    plan = small_plan()
    daemon = running(lab, tmp_path, plan)
    if told_by == "signal":
        # The save below is noticed by itself; of a signal the counter tells.
        daemon.process.signal(signal.SIGHUP)
        daemon.until(lambda: reloads(daemon)["ok"] == 1)
    before = daemon.series("bridgewatch_probes_sent_total")
    plan.circuits = [*plan.circuits[1:], Circuit("xa-9", Line.targets(9)[8])]
    plan.write(daemon.directory)
    daemon.until(lambda: daemon.states().get("xa-9/wan") == UP)
    after = daemon.series("bridgewatch_probes_sent_total")
    assert set(after) == {"xa-2/wan", "xa-3/wan", "xa-9/wan"}
    assert all(after[link] >= before[link] for link in ("xa-2/wan", "xa-3/wan"))
    daemon.until(lambda: min(daemon.series("bridgewatch_probes_sent_total").values()) > max(after.values()))
    for family in ("lost", "late", "local_error"):
        assert set(daemon.series(f"bridgewatch_probes_{family}_total").values()) == {0.0}


def test_a_bad_file_is_told_and_leaves_everything_running(lab, tmp_path):
    plan = small_plan()
    daemon = running(lab, tmp_path, plan)
    sites = daemon.directory / "sites.d" / "sites.yaml"
    good = sites.read_text(encoding="utf-8")
    sites.write_text(good.replace("level: province", "levle: province"), encoding="utf-8")
    daemon.until(lambda: reloads(daemon)["failed"] >= 1)
    assert "bridgewatch_config_last_reload_successful 0" in daemon.page()
    assert "sites.yaml:4:" in daemon.process.output
    before = daemon.series("bridgewatch_probes_received_total")
    assert set(before) == {"xa-1/wan", "xa-2/wan", "xa-3/wan"}
    daemon.until(
        lambda: all(daemon.series("bridgewatch_probes_received_total")[k] > before[k] + 2 for k in before)
    )
    assert set(daemon.states().values()) == {UP}
    sites.write_text(good, encoding="utf-8")
    daemon.until(lambda: "bridgewatch_config_last_reload_successful 1" in daemon.page())


def test_the_log_says_at_start_where_everything_is(lab, tmp_path):
    output = running(lab, tmp_path, small_plan()).process.output
    assert re.search(r"INFO state directory: /\S+\n", output)
    assert re.search(r"INFO /metrics, the page and the API: http://\S+:9640\n", output)
    assert re.search(r"INFO answers and gateways' reports: http://\S+\n", output)


def test_sigterm_ends_it_with_0(lab, tmp_path):
    daemon = running(lab, tmp_path, small_plan())
    assert daemon.status("/healthz") == daemon.status("/readyz") == 200
    daemon.process.signal(signal.SIGTERM)
    assert daemon.process.wait(10.0) == 0
    assert "Traceback" not in daemon.process.output


def test_a_second_one_on_the_same_state_directory_is_refused_and_the_first_goes_on(lab, tmp_path):
    daemon = running(lab, tmp_path, small_plan())
    second = start(lab, daemon.directory, host="far")
    assert second.wait(30.0) == 1
    assert "Traceback" not in second.output
    assert "bridgewatch run: " in second.output
    assert set(daemon.states().values()) == {UP}
    assert daemon.status("/healthz") == 200


def first_word(lab, tmp_path, mistakes: dict[str, str]) -> Process:
    lab.host("vantage")
    small_plan().write(tmp_path / "config")
    sites = tmp_path / "config" / "sites.d" / "sites.yaml"
    text = sites.read_text(encoding="utf-8")
    for right, wrong in mistakes.items():
        text = text.replace(right, wrong)
    sites.write_text(text, encoding="utf-8")
    return start(lab, tmp_path / "config")


def test_a_configuration_with_mistakes_ends_it_with_1_and_every_place(lab, tmp_path):
    process = first_word(lab, tmp_path, {"level: province": "level: hamlet"})
    assert process.wait(30.0) == 1
    assert "Traceback" not in process.output
    for line in (4, 8, 12):
        assert f"sites.yaml:{line}:12: " in process.output
    assert "mistakes in the configuration: 3" in process.output


def test_it_is_not_ready_before_any_probe_has_met_its_fate(lab, tmp_path):
    plain_line(lab)
    plan = small_plan()
    plan.circuits = [Circuit("xa-1", "192.0.2.99")]
    plan.references = {"wan": ["192.0.2.98", "192.0.2.97"]}
    plan.write(tmp_path / "config")
    daemon = Running(lab, tmp_path / "config")
    assert daemon.status("/healthz") == 200
    assert daemon.status("/readyz") == 503
    daemon.until(lambda: daemon.status("/readyz") == 200)
