"""Who is sent heartbeats, and the directory of a watchdog, which has no sites."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from bridgewatch.config.loader import Cache, load
from bridgewatch.config.schema import KINDS, schema
from bridgewatch.model.heartbeats import Heartbeats, Watchdog
from bridgewatch.model.paging import Phase, Urgency
from bridgewatch.model.secret import Secret, SecretSource
from tests.config.files import SITE, messages, write

SAMPLE = Path(__file__).parents[2] / "config" / "watchdog"
KEY = Secret(SecretSource.ENVIRONMENT, "KEY")
WATCHDOG = "daemons:\n  main: {key: {env: KEY}}\n"
CONTACTS = "catch_all: an\ncontacts:\n  an: {name: An, channels: [{via: hook, to: an}]}\n"
GATEWAYS = "gateways:\n  hook: {kind: webhook, url: 'http://127.0.0.1/{address}', answers: []}\n"
PEOPLE = {"contacts": CONTACTS, "gateways": GATEWAYS}


def test_a_daemon_may_have_one_watchdog_or_several(tmp_path):
    one = "watchdog: {url: 'https://dog.example/', key: {env: KEY}}\n"
    inventory = load(write(tmp_path, sites=SITE, bridgewatch=one))
    assert inventory.heartbeats == Heartbeats((Watchdog("https://dog.example", KEY, 15.0),))
    several = "watchdog:\n  - {url: 'http://a', key: {env: KEY}, every: 5s}\n  - {url: 'http://b', key: {env: KEY}}\n"
    inventory = load(write(tmp_path, bridgewatch=several))
    assert inventory.heartbeats.watchdogs == (Watchdog("http://a", KEY, 5.0), Watchdog("http://b", KEY))


def test_another_watchdog_is_a_change_of_the_frame_and_of_no_site(tmp_path):
    cache = Cache()
    before = cache.plan(write(tmp_path, sites=SITE))
    text = "watchdog: {url: 'https://dog.example', key: {env: KEY}}\n"
    after = cache.plan(write(tmp_path, bridgewatch=text))
    assert before.frame != after.frame
    assert all(one is other for one, other in zip(before.segments, after.segments, strict=True))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "watchdog: https://dog.example\n",
            "1:11: watchdog: found 'https://dog.example', expected a mapping",
        ),
        ("watchdog: {url: 'http://a'}\n", "1:11: watchdog.key: found nothing, expected the key key"),
        (
            "watchdog: {url: 'http://a', key: geheim}\n",
            "1:34: watchdog.key: found a secret in plain text, expected {env: NAME}",
        ),
        (
            "watchdog: {url: 'http://a', kee: {env: KEY}}\n",
            "1:29: watchdog.kee: found the unknown key 'kee'; did you mean key?",
        ),
        (
            "watchdog:\n  - {url: 'http://a', key: {env: A}, every: 1m}\n",
            "2:45: watchdog[0].every: found '1m', expected a duration from 0.5s to 30s, such as 15s",
        ),
        (
            "watchdog:\n  - {url: 'http://a', key: {env: A}}\n  - {url: 'http://a/', key: {env: B}}\n",
            "2:3: watchdog: found 'http://a' a second time, expected each watchdog once",
        ),
    ],
)
def test_a_mistake_in_where_heartbeats_go_is_told_at_its_place(tmp_path, text, message):
    found = messages(write(tmp_path, sites=SITE, bridgewatch=text))
    assert len(found) == 1
    assert found[0].startswith(f"bridgewatch.yaml:{message}")


def test_a_watchdogs_directory_needs_no_sites(tmp_path):
    inventory = load(write_watchdog(tmp_path))
    assert inventory.heartbeats == Heartbeats(watched={"main": KEY}, after=60.0)
    assert not inventory.sites
    assert not inventory.paths
    assert not inventory.warnings


def test_a_watchdog_pages_at_once_in_every_phase_unless_its_policies_say_otherwise(tmp_path):
    directory = load(write_watchdog(tmp_path)).directory
    assert set(directory.policy_of_phase) == set(Phase)
    (name,) = set(directory.policy_of_phase.values())
    policy = directory.policies[name]
    assert policy.hold[Urgency.OWN] == 0
    patient = "policies:\n  watchdog: {hold: {own: 30s}, repeat: {own: 2m}}\n"
    directory = load(write(tmp_path, policies=patient)).directory
    changed = directory.policies[directory.policy_of_phase[Phase.NONE]]
    assert (changed.hold[Urgency.OWN], changed.repeat[Urgency.OWN]) == (30.0, 120.0)
    assert changed.steps == policy.steps


def test_the_watchdogs_policy_is_none_of_an_ordinary_directory(tmp_path):
    assert "watchdog" not in load(write(tmp_path, sites=SITE)).directory.policies
    (found,) = messages(write(tmp_path, policies="policies: {x: {like: watchdog}}\n"))
    assert "the unknown shipped policy 'watchdog'" in found


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"watchdog": "daemons: {}\n"},
            "watchdog.yaml:1:10: daemons: found an empty mapping, expected at least one entry",
        ),
        ({"watchdog": "after: 60s\n"}, "watchdog.yaml:1:1: daemons: found nothing, expected the key daemons"),
        (
            {"watchdog": f"after: 1s\n{WATCHDOG}"},
            "watchdog.yaml:1:8: after: found '1s', expected a duration from 2s to 3600s, such as 60s",
        ),
        (
            {"watchdog": "daemons:\n  main: {key: 0123456789abcdef}\n"},
            "watchdog.yaml:2:15: daemons.main.key: found a secret in plain text, expected {env: NAME}",
        ),
        (
            {"sites": SITE},
            "sites.d/sites.yaml:1:1: found sites beside watchdog.yaml, expected a directory of its",
        ),
        ({"contacts": ""}, "watchdog.yaml:1:1: found a watchdog and no contacts, expected contacts.yaml"),
        (
            {"bridgewatch": "watchdog: {url: 'http://a', key: {env: A}}\n"},
            "bridgewatch.yaml:1:11: watchdog: found a watchdog of a watchdog, expected nothing",
        ),
    ],
)
def test_a_mistake_in_a_watchdogs_directory_is_told_at_its_place(tmp_path, files, message):
    found = messages(write_watchdog(tmp_path, **files))
    assert [text for text in found if text.startswith(message)], found


def test_the_sample_of_a_watchdog_loads_without_warnings_and_fits_its_schemas():
    inventory = load(SAMPLE)
    assert set(inventory.heartbeats.watched) == {load(SAMPLE.parent).vantage}
    assert not inventory.warnings
    for file in SAMPLE.glob("*.yaml"):
        assert file.stem in KINDS
        jsonschema.validate(yaml.safe_load(file.read_text()), schema(file.stem))


def write_watchdog(directory: Path, **files: str) -> Path:
    return write(directory, **{"watchdog": WATCHDOG, **PEOPLE, **files})
