"""The shipped dashboard and rules, as the tests read them."""

import json
import re
import runpy
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "config" / "prometheus" / "bridgewatch.rules.yml"
PROMETHEUS_CONFIG = ROOT / "config" / "prometheus" / "prometheus.yml"
DASHBOARD = ROOT / "config" / "grafana" / "overview.json"
RULE_TESTS = Path(__file__).with_name("rules.test.yml")


def built_dashboard() -> str:
    """What the generator builds now."""
    text = runpy.run_path(str(ROOT / "config" / "grafana" / "build.py"))["overview"]()
    assert isinstance(text, str)
    return text


def dashboard_queries() -> list[str]:
    """All queries of the dashboard, as Grafana sends them with every variable on All."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    expressions = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    return [re.sub(r"\$\w+", ".*", text.replace("$__rate_interval", "10s")) for text in expressions]


def variable_queries() -> dict[str, str]:
    """The series each variable of the dashboard is filled from, by name of its label."""
    variables = json.loads(DASHBOARD.read_text(encoding="utf-8"))["templating"]["list"]
    texts = [variable["query"]["query"] for variable in variables if variable["type"] == "query"]
    found = [re.fullmatch(r"label_values\((.*), (\w+)\)", text) for text in texts]
    return {match[2]: re.sub(r"\$\w+", ".*", match[1]) for match in found if match}


def rule_queries() -> dict[str, str]:
    """The expression of every alert, by its name."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {
        rule["alert"]: rule["expr"].replace("[5m]", "[10s]").replace("[2m]", "[10s]")
        for group in groups
        for rule in group["rules"]
    }
