"""Throughput tests over the API: asked for, watched, refused with what is in the way, cancelled."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bridgewatch.adapters.api.bearers import Right
from bridgewatch.adapters.api.throughput_forms import hindered_told
from bridgewatch.model.bandwidth import Direction, Hindrance, Method
from bridgewatch.model.commands import AskThroughput, CancelThroughput, Hindered
from bridgewatch.model.ids import LinkId
from bridgewatch.model.words import Language
from tests.answers.desk import NOW_NS
from tests.api.serving import Api
from tests.api.test_api import in_service

HOUR_NS = 3600 * 10**9
LIVE = LinkId("tinh00-ubnd/wan")


def test_tests_are_listed_with_how_far_they_are_and_what_is_in_their_way(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        status, told = await api.ask("GET", "/tests", right=Right.READ)
        assert status == 200
        running, waiting, done, expired = told["tests"]
        assert (running["stage"], running["leg"]["elapsed"], running["leg"]["rate"]) == (
            "running",
            5.0,
            19.2e6,
        )
        assert waiting["stage"] == "waiting"
        assert waiting["hindered"]["code"] == "path-busy"
        assert "another test" in waiting["hindered"]["why"]
        assert done["stage"] == "done"
        assert [one["direction"] for one in done["results"]] == ["down", "up"]
        assert done["contract"] == {"down": 20_000_000, "up": 20_000_000}
        assert expired["stage"] == "expired"
        assert "gialai-iape" in expired["hindered"]["why"]

    in_service(tmp_path, test)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.VI, "ngoài khung giờ cho phép, đến 22:00 26/11"),
        (Language.EN, "outside its windows until 22:00 26 Nov"),
    ],
)
def test_what_ends_at_a_known_time_is_told_with_that_time_in_the_zone_of_the_daemon(
    language: Language, said: str
) -> None:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    until = datetime(2026, 11, 26, 22, tzinfo=zone)
    hindered = Hindered(LIVE, Hindrance.OUTSIDE_WINDOW, until_ns=int(until.timestamp()) * 10**9)
    told = hindered_told(hindered, language, zone)
    assert told.until == until
    assert told.why == said


def test_only_those_of_a_site_are_listed_and_a_name_that_nobody_knows_is_told_with_one_like_it(
    tmp_path: Path,
) -> None:
    async def test(api: Api) -> None:
        _, told = await api.ask("GET", "/tests?of=tinh00-xa001")
        assert {one["link"] for one in told["tests"]} == {"tinh00-xa001/wan", "tinh00-xa001/internet"}
        status, problem = await api.ask("GET", "/tests?of=tinh00-xa01")
        assert status == 422
        assert "tinh00-xa001" in problem["detail"]
        assert (await api.ask("GET", "/tests/nothing"))[0] == 404

    in_service(tmp_path, test)


def test_an_area_is_asked_for_at_once_and_what_may_not_be_tested_is_said_with_why(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        body = {
            "names": ["tinh00-xa001", LIVE],
            "methods": ["tcp", "udp"],
            "directions": ["down"],
            "seconds": 5,
            "starts": "22:00",
            "lasts": "8h",
        }
        status, told = await api.ask("POST", "/tests", body, X_On_Behalf_Of="Lan")
        assert status == 200
        [command] = api.desk.commands
        assert isinstance(command, AskThroughput)
        assert command.links == (LIVE, "tinh00-xa001/wan", "tinh00-xa001/internet")
        assert (command.methods, command.directions) == ((Method.TCP, Method.UDP), (Direction.DOWN,))
        assert command.latest_ns - command.earliest_ns == 8 * HOUR_NS
        assert command.earliest_ns > NOW_NS
        assert command.plan == told["plan"]
        assert told["actor"] == command.actor == "Lan (for-all)"
        assert len(told["tests"]) == len(command.links) - 1
        [refused] = told["refused"]
        assert (refused["subject"], refused["code"]) == ("tinh00-ubnd/wan", "hindered")
        assert "live" in refused["why"]

    in_service(tmp_path, test)


def test_when_nothing_may_be_tested_it_is_a_refusal(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        status, problem = await api.ask("POST", "/tests", {"names": ["tinh00-ubnd/wan"]})
        assert (status, problem["code"]) == (409, "hindered")
        assert "live" in problem["detail"]
        for unfit in ({}, {"names": ["tinh00-xa001"], "seconds": 3600}, {"names": ["a"], "lasts": "ever"}):
            assert (await api.ask("POST", "/tests", unfit))[0] == 422
        assert len(api.desk.commands) == 1

    in_service(tmp_path, test)


def test_a_test_or_a_plan_is_cancelled_by_whoever_has_the_right(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        assert (await api.ask("DELETE", "/tests/t1", right=Right.READ))[0] == 403
        assert (await api.ask("DELETE", "/tests/t1"))[1]["changed"]
        assert (await api.ask("DELETE", "/tests/t1"))[0] == 404
        assert (await api.ask("DELETE", "/tests"))[0] == 422
        assert (await api.ask("DELETE", "/tests?plan=p1"))[1]["changed"]
        assert [command.tests for command in api.desk.commands if isinstance(command, CancelThroughput)] == [
            ("t1",),
            ("t1",),
            ("t2",),
        ]
        assert (await api.ask("DELETE", "/tests?plan=p1"))[0] == 404

    in_service(tmp_path, test)
