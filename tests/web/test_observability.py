import json
import shutil
import subprocess

import pytest

from bridgewatch.views.exposition.families import FAMILIES
from tests.web.observability import (
    DASHBOARD,
    PROMETHEUS_CONFIG,
    RULE_TESTS,
    built_dashboard,
    dashboard_queries,
    rule_queries,
    variable_queries,
)

needs_promtool = pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool (Debian package prometheus) is not installed"
)


def promtool(*arguments: str) -> None:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_the_alerts_fire_when_they_should_and_only_then() -> None:
    promtool("test", "rules", str(RULE_TESTS))


@needs_promtool
def test_the_sample_configuration_is_valid() -> None:
    promtool("check", "config", str(PROMETHEUS_CONFIG))


def test_every_alert_has_a_test() -> None:
    tests = RULE_TESTS.read_text(encoding="utf-8")
    assert {name for name in rule_queries() if f'alertname="{name}"' not in tests} == set()


def test_the_dashboard_is_what_its_generator_builds() -> None:
    assert DASHBOARD.read_text(encoding="utf-8") == built_dashboard()


def test_every_panel_says_what_it_shows_and_overlaps_no_other() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        assert panel["title"]
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_the_dashboard_filters_by_province_carrier_network_and_site() -> None:
    assert set(variable_queries()) == {"province", "carrier", "network", "site"}


def test_every_quality_metric_is_on_the_dashboard() -> None:
    queries = " ".join(dashboard_queries())
    shown = {family.name for family in FAMILIES if family.name in queries}
    assert {
        "bridgewatch_loss_ratio",
        "bridgewatch_rtt_seconds",
        "bridgewatch_jitter_seconds",
        "bridgewatch_carrier_rtt_seconds",
        "bridgewatch_link_state",
        "bridgewatch_site_state",
        "bridgewatch_egress_state",
    } <= shown
