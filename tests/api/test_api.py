"""The HTTP API: who may do what, every command with its actor, errors that people understand."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from bridgewatch.adapters.api.bearers import FILE_NAME, Right
from bridgewatch.adapters.api.forms import incident_told
from bridgewatch.adapters.api.routes import ROUTES
from bridgewatch.model.commands import (
    Acknowledge,
    AskHelp,
    Decline,
    LiftSilence,
    OrderEvent,
    Refusal,
    Resolve,
    SetSilence,
    Verdict,
)
from bridgewatch.model.desk import Stage, Standing
from bridgewatch.model.ids import LinkId
from bridgewatch.model.paging import AckWay
from bridgewatch.model.ports import StoreUnavailableError
from tests.answers.desk import AN, BINH, NOW_NS, ONE, TWO
from tests.api.serving import Api, serving
from tests.texts.cases import FAULTS
from tests.web.serving import run

HOUR_NS = 3600 * 10**9
BODIES: dict[str, Any] = {
    "decline": {"for": "an"},
    "setSilence": {"link": "gialai-iape/wan", "lasts": "2h", "note": "kéo cáp"},
    "extendEvent": {"ends": "12:00"},
    "askTests": {"names": ["tinh00-xa001"], "note": "kiểm tra nâng băng thông"},
}
PLACES = {"incident": "K7P", "silence": "s1", "event": "tiep-xuc-cu-tri", "test": "t1"}
PUBLIC = [route for route in ROUTES if not route.local]


def in_service(folder: Path, test: Callable[[Api], Awaitable[None]]) -> None:
    async def serve() -> None:
        async with serving(folder) as api:
            await test(api)

    run(serve())


def test_incidents_are_listed_with_what_one_needs_to_act(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        status, told = await api.ask("GET", "/incidents", right=Right.READ)
        assert status == 200
        first = told["incidents"][0]
        assert first["code"] == "K7P"
        assert first["stage"] == "calling"
        assert first["urgency"] == "dark"
        assert first["began"] == "2026-11-25T08:38:00+07:00"
        assert first["called"] == [{"id": "an", "name": "Nguyễn Văn An", "phone": "+84901000001"}]
        assert first["links"][0]["circuit"] == "GLI-TSLCD-0650"
        assert first["taken"] is None

    in_service(tmp_path, test)


def test_what_is_over_is_listed_on_demand(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        api.desk.over(ONE)
        assert len((await api.ask("GET", "/incidents"))[1]["incidents"]) == 2
        everything = (await api.ask("GET", "/incidents?all=1"))[1]["incidents"]
        assert [incident["stage"] for incident in everything] == ["calling", "calling", "over"]

    in_service(tmp_path, test)


@pytest.mark.parametrize("name", ["i1", "K7P", "k7p"])
def test_an_incident_is_found_by_id_or_code(tmp_path: Path, name: str) -> None:
    async def test(api: Api) -> None:
        assert (await api.ask("GET", f"/incidents/{name}"))[1]["id"] == "i1"

    in_service(tmp_path, test)


def test_every_command_carries_who_asked_and_for_whom(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        status, told = await api.ask("POST", "/incidents/K7P/acknowledge", right=Right.ANSWER)
        assert (status, told["changed"], told["actor"]) == (200, True, "for-answer")
        assert told["incidents"][0]["taken"]["by"] == "for-answer"
        await api.ask(
            "POST", "/incidents/M2Q/acknowledge", {"for": "binh", "via": "sms"}, X_On_Behalf_Of="Chị Hoa"
        )
        await api.ask("POST", "/incidents/M2Q/help", {"for": "Trần Thị Bình"})
        await api.ask("POST", "/incidents/M2Q/decline", {"for": "an"})
        await api.ask("POST", "/incidents/M2Q/resolve", {"note": "đo nhầm"})
        assert api.desk.commands == [
            Acknowledge(actor="for-answer", incidents=(ONE,), way=AckWay.API),
            Acknowledge(actor="Chị Hoa (for-all)", incidents=(TWO,), way=AckWay.SMS, contact=BINH),
            AskHelp(actor="for-all", incidents=(TWO,), way=AckWay.PHONE, contact=BINH),
            Decline(actor="for-all", incidents=(TWO,), way=AckWay.PHONE, contact=AN),
            Resolve(actor="for-all", incidents=(TWO,), note="đo nhầm"),
        ]

    in_service(tmp_path, test)


def test_a_second_acknowledgement_changes_nothing_and_says_who_has_it(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        await api.ask("POST", "/incidents/K7P/acknowledge", {"for": "an"})
        before = dict(api.desk.standings)
        status, problem = await api.ask("POST", "/incidents/K7P/acknowledge", {"for": "binh"})
        assert status == 409
        assert problem["code"] == "already-taken"
        assert problem["refused"][0]["taken_by"] == "for-all"
        assert api.desk.standings == before

    in_service(tmp_path, test)


def test_silences_are_set_listed_and_lifted(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        body = {"link": "gialai-iape/wan", "starts": "22:00", "ends": "02:00", "note": "kéo cáp"}
        status, told = await api.ask("POST", "/silences", body, right=Right.SILENCE)
        assert (status, told["silence"]) == (200, "s1")
        (command,) = api.desk.commands
        starts_ns = NOW_NS + 13 * HOUR_NS + HOUR_NS // 4
        assert command == SetSilence(
            actor="for-silence",
            starts_ns=starts_ns,
            ends_ns=starts_ns + 4 * HOUR_NS,
            note="kéo cáp",
            link=LinkId("gialai-iape/wan"),
        )
        (listed,) = (await api.ask("GET", "/silences"))[1]["silences"]
        assert (listed["starts"], listed["ends"]) == (
            "2026-11-25T22:00:00+07:00",
            "2026-11-26T02:00:00+07:00",
        )
        assert (listed["by"], listed["note"]) == ("for-silence", "kéo cáp")
        assert (await api.ask("DELETE", "/silences/s1"))[0] == 200
        status, problem = await api.ask("DELETE", "/silences/s1")
        assert (status, problem["code"]) == (404, "unknown-silence")
        assert isinstance(api.desk.commands[-1], LiftSilence)

    in_service(tmp_path, test)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"lasts": "2h", "note": "x"}, "name one of link, site, carrier and area"),
        ({"link": "a/wan", "site": "a", "lasts": "2h", "note": "x"}, "name one of"),
        ({"link": "a/wan", "note": "x"}, "a silence without an end is forgotten"),
        ({"link": "a/wan", "lasts": "2h", "ends": "12:00", "note": "x"}, "either an end or a duration"),
        ({"link": "a/wan", "lasts": "2h"}, "note: must be given"),
        ({"link": "a/wan", "lasts": "2h", "note": "  "}, "note: must be given"),
        ({"link": "a/wan", "lasts": "soon", "note": "x"}, "'soon' is no duration such as 30m"),
        ({"link": "a/wan", "ends": "25/13/2026 10:00", "note": "x"}, "is no time such as 13:00"),
        (
            {"link": "a/wan", "lasts": "2h", "note": "x", "forse": True},
            "forse: Extra inputs are not permitted",
        ),
    ],
)
def test_a_silence_that_does_not_fit_is_refused_with_the_reason(
    tmp_path: Path, body: dict[str, object], says: str
) -> None:
    async def test(api: Api) -> None:
        status, problem = await api.ask("POST", "/silences", body)
        assert status == 422
        assert says in problem["detail"]
        assert api.desk.commands == []

    in_service(tmp_path, test)


def test_carrier_and_area_stand_together_and_a_live_event_wants_force(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        body = {"carrier": "vnpt", "area": "gialai-ubnd", "lasts": "1h30m", "note": "đổi bộ định tuyến"}
        status, problem = await api.ask("POST", "/silences", body)
        assert (status, problem["code"]) == (409, "over-live-event")
        assert "--force" in problem["detail"]
        assert (await api.ask("POST", "/silences", body | {"force": True}))[0] == 200

    in_service(tmp_path, test)


def test_events_are_closed_and_extended(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        assert (await api.ask("POST", "/events/tiep-xuc-cu-tri/extend", {"ends": "12:00"}))[0] == 200
        assert (await api.ask("POST", "/events/tiep-xuc-cu-tri/close"))[0] == 200
        extend, close = api.desk.commands
        assert isinstance(extend, OrderEvent)
        assert isinstance(close, OrderEvent)
        assert extend.ends_ns == NOW_NS + 3 * HOUR_NS + HOUR_NS // 4
        assert close.close
        status, problem = await api.ask("POST", "/events/other/close")
        assert (status, problem["code"]) == (404, "unknown-event")

    in_service(tmp_path, test)


@pytest.mark.parametrize("route", PUBLIC, ids=lambda route: route.operation)
def test_each_right_opens_its_routes_and_no_other(tmp_path: Path, route: Any) -> None:
    async def test(api: Api) -> None:
        path = route.path.format(**PLACES)
        for right in Right:
            allowed = right in {route.right, Right.ALL} or route.right is Right.READ
            status, problem = await api.ask(route.method, path, BODIES.get(route.operation), right=right)
            assert (status == 403) == (not allowed), (right, status, problem)
        assert (await api.ask(route.method, path, BODIES.get(route.operation), right=None))[0] == 401

    in_service(tmp_path, test)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer bw_nothing", "Basic OmJ3", "bw_x", "Bearer \u00e9"]
)
def test_without_a_token_there_is_no_api(tmp_path: Path, header: str) -> None:
    async def test(api: Api) -> None:
        for path in ("/incidents", "/openapi.json", "/nothing"):
            status, problem = await api.ask("GET", path, right=None, Authorization=header)
            assert (status, problem["code"]) == (401, "no-token")
        assert api.desk.commands == []

    in_service(tmp_path, test)


def test_a_token_removed_opens_nothing_at_once_and_one_added_does(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        assert (await api.ask("GET", "/incidents", right=Right.READ))[0] == 200
        api.bearers.remove("for-read")
        assert (await api.ask("GET", "/incidents", right=Right.READ))[0] == 401
        api.tokens[Right.READ] = api.bearers.add("another", [Right.READ], NOW_NS)
        assert (await api.ask("GET", "/incidents", right=Right.READ))[0] == 200

    in_service(tmp_path, test)


def test_tokens_that_cannot_be_read_let_nobody_in(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        (tmp_path / FILE_NAME).write_text("{")
        assert (await api.ask("GET", "/incidents"))[0] == 503

    in_service(tmp_path, test)


def test_guessing_is_slowed_down(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        statuses = [
            (await api.ask("GET", "/incidents", right=None, Authorization=f"Bearer bw_{number}"))[0]
            for number in range(40)
        ]
        assert statuses[0] == 401
        assert statuses[-1] == 429
        assert (await api.ask("GET", "/incidents"))[0] == 200

    in_service(tmp_path, test)


@pytest.mark.parametrize("raw", [b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 10_000])
def test_hostile_bodies_are_refused_in_the_form_of_all_errors(tmp_path: Path, raw: bytes) -> None:
    async def test(api: Api) -> None:
        status, problem = await api.ask("POST", "/incidents/K7P/acknowledge", raw=raw)
        assert status == 422
        assert set(problem) == {"title", "status", "detail", "code", "refused"}
        assert api.desk.commands == []

    in_service(tmp_path, test)


def test_too_much_is_too_much(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        assert (await api.ask("POST", "/incidents/K7P/resolve", raw=b" " * 20_000))[0] == 413
        name = "x" * 101
        assert (await api.ask("POST", "/incidents/K7P/help", X_On_Behalf_Of=name))[0] == 422
        assert api.desk.commands == []

    in_service(tmp_path, test)


def test_unknown_things_are_said_to_be_so_in_the_readers_language(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        status, problem = await api.ask("GET", "/incidents/nope?lang=vi")
        assert (status, problem["detail"]) == (404, "nope: không có sự cố này")
        _, problem = await api.ask("GET", "/incidents/nope", Accept_Language="vi-VN,vi;q=0.9")
        assert problem["detail"] == "nope: không có sự cố này"
        status, problem = await api.ask("POST", "/incidents/K7P/acknowledge", {"for": "nobody"})
        assert (status, problem["detail"]) == (422, "nobody: there is no such contact")
        status, problem = await api.ask("PUT", "/incidents")
        assert status == 404
        assert "no PUT" in problem["detail"]
        status, problem = await api.ask("POST", "/incidents/K7P/decline", {})
        assert status == 422
        assert "say for whom" in problem["detail"]

    in_service(tmp_path, test)


def test_an_unknown_name_is_answered_with_the_nearest_known_one(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        async def unknown(_: object) -> Verdict:
            return Verdict(refusals=(("", Refusal.UNKNOWN_SUBJECT),))

        api.desk.command = unknown  # type: ignore[method-assign]
        link = next(iter(api.desk.inventory.links))
        site = link.partition("/")[0]
        ends = {"lasts": "1h", "note": "x"}
        for path, body, name, meant in (
            ("/incidents/K7Q/acknowledge", {}, "K7Q", "K7P"),
            ("/incidents/K7P/acknowledge", {"for": "bin"}, "bin", "binh"),
            ("/incidents/K7P/acknowledge", {"for": "Trần Thị Bìn"}, "Trần Thị Bìn", "Trần Thị Bình"),
            ("/silences", {"link": f"{link}x", **ends}, f"{link}x", link),
            ("/silences", {"site": f"{site}x", **ends}, f"{site}x", site),
            ("/silences", {"carrier": "vnptt", "area": site, **ends}, "vnptt", "vnpt"),
            ("/silences", {"carrier": "vnpt", "area": f"{site}x", **ends}, f"{site}x", site),
        ):
            _, problem = await api.ask("POST", path, body)
            assert problem["detail"].startswith(f"{name}: there is no such ")
            assert problem["detail"].endswith(f"; did you mean {meant}?")

    in_service(tmp_path, test)


def test_an_incident_is_found_by_id_or_code_in_any_case_also_when_it_is_over(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        for name in ("i1", "K7P", "k7p"):
            assert (await api.ask("GET", f"/incidents/{name}"))[1]["id"] == "i1"
        api.desk.over(ONE)
        assert (await api.ask("GET", "/incidents/k7p"))[1]["id"] == "i1"
        status, problem = await api.ask("POST", "/incidents/k7p/acknowledge")
        assert (status, problem["code"]) == (409, "already-over")

    in_service(tmp_path, test)


def test_a_failing_store_and_a_failing_daemon_are_told_apart(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        async def full(_: object) -> Any:
            raise StoreUnavailableError("disk full")

        async def broken(_: object) -> Any:
            raise RuntimeError("a secret detail")

        api.desk.story = full  # type: ignore[method-assign]
        status, problem = await api.ask("GET", "/incidents/K7P/story")
        assert (status, problem["code"]) == (503, "store-unavailable")
        api.desk.story = broken  # type: ignore[method-assign]
        status, problem = await api.ask("GET", "/incidents/K7P/story")
        assert status == 500
        assert "secret" not in problem["detail"]

    in_service(tmp_path, test)


def test_a_name_that_two_contacts_have_is_nobodys(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        directory = api.desk.inventory.directory
        same = {key: replace(contact, name="An") for key, contact in directory.contacts.items()}
        api.desk.inventory = replace(api.desk.inventory, directory=replace(directory, contacts=same))
        assert (await api.ask("POST", "/incidents/K7P/help", {"for": "An"}))[0] == 422
        assert api.desk.standings[ONE].stage is Stage.CALLING

    in_service(tmp_path, test)


def test_what_bandwidth_lacks_and_what_a_router_says_are_told_in_figures() -> None:
    shortfall = FAULTS["capacity, raise"]
    told = incident_told(Standing(shortfall, Stage.CALLING), {}, UTC).model_dump(mode="json")
    assert told["shortfall"] == {
        "link": shortfall.link.id if shortfall.link else "",
        "direction": "down",
        "rate": 19_400_000,
        "limit": 100_000_000,
    }
    broken = incident_told(Standing(FAULTS["link, no signal at its router"], Stage.CALLING), {}, UTC)
    values = broken.model_dump(mode="json")
    assert values["shortfall"] is None
    assert values["links"][0]["interface"] == {
        "up": False,
        "admin_up": None,
        "errors": 0.0,
        "discards": None,
    }
