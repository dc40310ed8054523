"""`bridgewatch bandwidth` from the outside: what it asks, what it prints, how it ends."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from bridgewatch.model.bandwidth import Method, ThroughputEnd
from bridgewatch.model.commands import AskThroughput
from bridgewatch.model.desk import LinkTest
from bridgewatch.model.ids import TestId
from bridgewatch.model.phrases import packed, phrase
from tests.answers.desk import FakeDesk
from tests.cli.daemon import ME, bridgewatch, daemon

NET = """\
vantage: noc-hcm
egresses:
  wan: {networks: [wan], references: [192.0.2.1, 192.0.2.2]}
"""
TESTS = """\
servers: {far: {iperf3: "198.51.100.7:5201"}}
tests: {windows: ["22:00-05:00"], seconds: 10s}
"""
SITES = """\
sites:
  - id: gialai
    name: Gia Lai
    level: province
    links:
      wan:
        carrier: vnpt
        target: 192.0.2.10
        contract: {down: 20M, up: 10M}
        throughput: {server: far}
  - id: gialai-iape
    name: Ia Pê
    level: commune
    parent: gialai
    links:
      wan: {carrier: vnpt, target: 192.0.2.11}
"""
TERMS = "contract: {down: 20M, up: 10M}, throughput: {server: far}"


def files(folder: Path) -> str:
    config = folder / "config"
    (config / "sites.d").mkdir(parents=True)
    (config / "bridgewatch.yaml").write_text(NET)
    (config / "bandwidth.yaml").write_text(TESTS)
    (config / "sites.d" / "gialai.yaml").write_text(SITES)
    return str(config)


def over(desk: FakeDesk) -> None:
    """Tests that were asked for are over as soon as anybody looks: each as the one that measured."""
    done = desk.link_tests[TestId("t3")]

    async def test(name: TestId):
        known = desk.link_tests.get(name)
        return replace(done, asked=known.asked) if known is not None else None

    desk.test = test


def test_a_plan_says_before_anything_starts_when_it_ends_what_it_costs_and_what_cannot_be(
    tmp_path: Path,
) -> None:
    config = files(tmp_path)
    code, text, _ = bridgewatch(tmp_path, "bandwidth", "plan", "gialai", "--config", config)
    assert code == 0
    assert "1, each of one link" in text
    assert "gialai/wan" in text
    assert "30 s" in text  # twice ten seconds and what is around them
    assert "Data at most" in text
    assert "no server is configured" in text
    assert "gialai-iape/wan" in text
    assert "--go" in text


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            [
                "Tests         1, each of one link",
                "Begins        22:00",
                "at the latest, 30 s later",
                "Tests that begin in each hour",
                "Links that cannot be tested: 1",
                "1: no server is configured for it (gialai-iape/wan)",
            ],
        ),
        (
            "vi",
            [
                "Số phép đo         1, mỗi phép đo một đường truyền",
                "Bắt đầu            22:00",
                "chậm nhất 22:00",
                "Số phép đo bắt đầu trong từng giờ",
                "Số đường truyền không đo được: 1",
                "1: chưa khai báo máy chủ đo (gialai-iape/wan)",
            ],
        ),
    ],
)
def test_a_plan_is_read_in_either_language_on_eighty_columns(
    tmp_path: Path, language: str, told: list[str]
) -> None:
    config = files(tmp_path)
    asked = ("bandwidth", "plan", "gialai", "--config", config, "--from", "12:00", "--language", language)
    text = bridgewatch(tmp_path, *asked)[1]
    assert max(map(cell_len, text.splitlines())) <= 80
    for line in told:
        assert line in text


def test_a_plan_is_json_on_demand_and_unknown_names_have_a_suggestion(tmp_path: Path) -> None:
    config = files(tmp_path)
    code, text, _ = bridgewatch(tmp_path, "bandwidth", "plan", "gialai", "--config", config, "--json")
    told = json.loads(text)
    assert code == 0
    assert [test["link"] for test in told["tests"]] == ["gialai/wan"]
    assert told["tests"][0]["octets"] == told["octets"] > 0
    assert [each["code"] for each in told["hindered"]] == ["no-server"]
    code, _, errors = bridgewatch(tmp_path, "bandwidth", "plan", "gialay", "--config", config)
    assert code == 2
    assert "gialai" in errors


def test_a_plan_that_goes_asks_the_daemon_for_the_same(tmp_path: Path) -> None:
    config = files(tmp_path)
    with daemon(tmp_path) as desk:
        arguments = ("bandwidth", "plan", "gialai", "--config", config, "--go", "--method", "udp")
        code, text, errors = bridgewatch(tmp_path, *arguments)
    assert code == 1  # the daemon of this test knows other sites
    assert "gialai" in errors
    assert "gialai/wan" in text
    assert desk.commands == []


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "Tests queued: 1, plan p"), ("vi", "Đã đưa vào hàng đợi: 1 phép đo, kế hoạch p")],
)
def test_a_plan_that_went_says_how_many_tests_wait(tmp_path: Path, language: str, told: str) -> None:
    config = Path(files(tmp_path))
    sites = (config / "sites.d" / "gialai.yaml").read_text().replace("gialai-iape", "tinh00-xa001")
    (config / "sites.d" / "gialai.yaml").write_text(sites.replace("192.0.2.11}", f"192.0.2.11, {TERMS}}}"))
    with daemon(tmp_path):
        asked = ("bandwidth", "plan", "tinh00-xa001/wan", "--config", str(config), "--language", language)
        code, text, errors = bridgewatch(tmp_path, *asked, "--go")
    assert code == 0, errors
    assert told in text


def test_a_test_is_run_watched_and_told_with_its_share_of_the_contract(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        over(desk)
        code, text, _ = bridgewatch(tmp_path, "bandwidth", "run", "tinh00-xa001/wan", "--method", "tcp")
    assert code == 0
    [command] = desk.commands
    assert isinstance(command, AskThroughput)
    assert (command.links, command.methods) == (("tinh00-xa001/wan",), (Method.TCP,))
    assert command.actor == ME
    assert "19.1 Mbit/s" in text
    assert "99 %" in text
    assert "4 ms" in text
    assert "48 ms" in text
    assert "done" in text


def test_of_a_site_with_several_links_none_is_run_and_all_are_named(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        several = next(site for site in desk.inventory.sites if len(_links(desk, site)) > 1)
        code, _, errors = bridgewatch(tmp_path, "bandwidth", "run", several, "--language", "en")
    assert code == 1
    assert desk.commands == []
    for link in _links(desk, several):
        assert link in errors


def _links(desk: FakeDesk, site: str) -> list[str]:
    return [link.id for link in desk.inventory.links.values() if link.site == site]


def test_what_is_live_is_refused_with_what_is_in_the_way(tmp_path: Path) -> None:
    with daemon(tmp_path):
        code, _, errors = bridgewatch(tmp_path, "bandwidth", "run", "tinh00-ubnd/wan")
    assert code == 1
    assert "a site on its path is live (tinh00-ubnd)" in errors


def test_the_rules_are_overridden_only_by_somebody_with_a_name_and_a_reason(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        over(desk)
        forced = ("bandwidth", "run", "tinh00-xa001/wan", "--force")
        assert "--by" in bridgewatch(tmp_path, *forced, "--reason", "nghi ngờ nghẽn")[2]
        assert "--reason" in bridgewatch(tmp_path, *forced, "--by", "Lan")[2]
        assert desk.commands == []
        code, _, _ = bridgewatch(tmp_path, *forced, "--by", "Lan", "--reason", "nghi ngờ nghẽn")
    assert code == 0
    [command] = desk.commands
    assert (command.forced, command.note) == (True, "nghi ngờ nghẽn")
    assert command.actor.startswith("Lan")


def test_results_show_the_newest_of_each_link_against_its_contract(tmp_path: Path) -> None:
    with daemon(tmp_path):
        code, text, _ = bridgewatch(tmp_path, "bandwidth", "results")
        vietnamese = bridgewatch(tmp_path, "bandwidth", "results", "--language", "vi")[1]
        nothing = bridgewatch(tmp_path, "bandwidth", "results", "tinh00-xa003")[1]
    assert code == 0
    assert "tinh00-xa001/wan" in text
    assert "19.1 Mbit/s" in text
    assert "4.2 Mbit/s" in text
    assert "19,1 Mbit/s" in vietnamese
    assert "no results" in nothing


def test_results_name_a_later_test_that_came_to_nothing_and_why_in_the_readers_language(
    tmp_path: Path,
) -> None:
    said = phrase("the site's box refuses: {what}", what=phrase("another test runs"))
    with daemon(tmp_path) as desk:
        done = desk.link_tests[TestId("t3")]
        assert done.ended is not None
        failed = replace(done.asked, test=TestId("t9"))
        ended = replace(
            done.ended, test=failed.test, end=ThroughputEnd.FAILED, results=(), detail=packed(said)
        )
        desk.link_tests = {failed.test: LinkTest(failed, ended=ended), **desk.link_tests}
        english = bridgewatch(tmp_path, "bandwidth", "results")[1]
        vietnamese = bridgewatch(tmp_path, "bandwidth", "results", "--language", "vi")[1]
        told = json.loads(bridgewatch(tmp_path, "bandwidth", "results", "--json")[1])
    assert "failed: the site's box refuses: another test runs" in " ".join(english.split())
    assert "thiết bị tại điểm cầu từ chối: đang chạy phép đo khác" in " ".join(vietnamese.split())
    assert [test["id"] for test in told] == ["t9", "t3", "t4"]


def test_the_queue_says_what_each_test_waits_for(tmp_path: Path) -> None:
    with daemon(tmp_path):
        code, text, _ = bridgewatch(tmp_path, "bandwidth", "queue")
        told = json.loads(bridgewatch(tmp_path, "bandwidth", "queue", "--json")[1])
    assert code == 0
    assert "running" in text
    assert "another test runs on its path" in text
    assert [test["id"] for test in told] == ["t1", "t2"]


def test_a_test_or_a_plan_is_cancelled(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        assert bridgewatch(tmp_path, "bandwidth", "cancel", "t1")[0] == 0
        assert bridgewatch(tmp_path, "bandwidth", "cancel", "t1")[0] == 1
        assert bridgewatch(tmp_path, "bandwidth", "cancel", "--plan", "p1")[0] == 0
        assert bridgewatch(tmp_path, "bandwidth", "cancel")[0] == 2
    assert not [test for test in desk.link_tests.values() if test.ended is None]


def test_a_rate_that_lacks_its_letter_is_not_tested_with(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        code, _, errors = bridgewatch(tmp_path, "bandwidth", "run", "tinh00-xa001/wan", "--rate", "5")
    assert code == 2
    assert "was 5M meant?" in errors
    assert desk.commands == []
