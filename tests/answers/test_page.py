"""The answer page: looking never answers, pressing does once, and everybody sees who has it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bridgewatch.adapters.answers.style import STYLE
from bridgewatch.model.commands import Acknowledge, AskHelp, Decline
from bridgewatch.model.delivery import BriefBefore, LinkFigures
from bridgewatch.model.desk import Stage
from bridgewatch.model.ids import MessageId
from bridgewatch.model.paging import AckWay, MessageKind, Urgency, Why
from bridgewatch.model.words import LinkState
from tests.answers.desk import AN, BINH, DIGEST, HERS, MINUTE_NS, NOW_NS, ONE, PAGE, THREE, TWO
from tests.answers.serving import DAY_NS, Served, form_of, serving
from tests.web.serving import run
from tests.web.test_home import Reader

REFUSED = "Liên kết này sai hoặc đã hết hạn"
SCANNERS = (
    {"User-Agent": "TelegramBot (like TwitterBot)"},
    {"User-Agent": "facebookexternalhit/1.1"},
    {"User-Agent": "Mozilla/5.0 zalo-preview"},
    {"User-Agent": "Microsoft Office Outlook SafeLinks"},
    {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"},
    {"X-Moz": "prefetch"},
)


class Page(Reader):
    VOID = Reader.VOID | {"input"}


def test_the_page_says_who_what_since_when_and_who_has_it(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            status, page = await served.get(served.path(PAGE))
            text = Page(page).text
            assert status == 200
            for words in (
                "Nguyễn Văn An",
                "K7P",
                "UBND xã Ia Pê, TSLCD VNPT",
                "Điểm cầu mất kết nối",
                "08:38:00 (7 phút)",
                "chưa có ai nhận xử lý",
                "Tôi nhận xử lý",
                "Cần hỗ trợ",
                "Không thuộc phần tôi",
            ):
                assert words in text

    run(look())


def test_the_page_shows_what_was_measured_then_and_now_and_who_was_called_already(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            standing = served.desk.standings[TWO]
            served.desk.standings[TWO] = replace(standing, called=(BINH, AN), declined=(BINH,), step=1)
            served.figures = LinkFigures(LinkState.DOWN, NOW_NS - 7 * MINUTE_NS, 1.0)
            _, page = await served.get(served.path(DIGEST))
            text = Page(page).text
            for words in (
                "UBND xã Ia Pê, TSLCD VNPT, mã kênh GLI-TSLCD-0650",
                "8 gói đo liên tiếp không phản hồi từ 08:38:00; đường khác vẫn phản hồi lúc 08:38:01",
                "Hiện nay: mất kết nối từ 08:38:00; mất gói 100 %",
                "Tiếp xúc cử tri (đang họp)",
                "Trần Thị Bình · báo không thuộc phần mình Nguyễn Văn An (+84901000001)",
                "chưa ai nhận xử lý thì gọi tiếp bước 3 lúc 08:46:00",
            ):
                assert words in text
            _, english = await served.get(served.path(DIGEST) + "?lang=en")
            assert "Now: down since 08:38:00; loss 100 %" in Page(english).text
            assert "WAN VNPT, circuit GLI-TSLCD-0650" in Page(english).text

    run(look())


def test_the_page_says_what_those_did_who_were_called_before(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            standing = served.desk.standings[ONE]
            told = replace(standing.told, before=BriefBefore(Why.ALL_DECLINED, ("<Bình>",), 1))
            served.desk.standings[ONE] = replace(standing, told=told)
            text = Page((await served.get(served.path(PAGE)))[1]).text
            assert "<Bình> báo không thuộc phần mình" in text

    run(look())


def test_a_link_that_flaps_is_not_called_down(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            standing = served.desk.standings[ONE]
            flaps = replace(
                standing.told,
                why=Why.LINK_FLAPPING,
                urgency=Urgency.IMPAIRED,
                dark=(),
                impaired=standing.told.dark,
                spells=3,
                first_ns=NOW_NS - 15 * MINUTE_NS,
            )
            served.desk.standings[ONE] = replace(standing, told=flaps)
            text = Page((await served.get(served.path(PAGE)))[1]).text
            assert "Đường truyền chập chờn" in text
            assert "lần thứ 3, lần đầu lúc 08:30:00" in text
            assert "Đường truyền mất kết nối" not in text

    run(look())


def test_of_what_is_over_the_page_shows_how_its_link_is_now(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            served.desk.over(ONE)
            standing = served.desk.standings[ONE]
            told = replace(standing.told, links=())
            served.desk.standings[ONE] = replace(standing, told=told)
            served.figures = LinkFigures(LinkState.UP, NOW_NS, 0.0, 0.0123, 0.0042)
            text = Page((await served.get(served.path(PAGE)))[1]).text
            assert "thông suốt từ 08:45:00; mất gói 0 %, trễ khứ hồi 12 ms" in text

    run(look())


def test_english_is_one_press_away_and_the_contacts_own_language_comes_first(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            _, vietnamese = await served.get(served.path(PAGE))
            assert '<html lang="vi">' in vietnamese
            assert 'href="?lang=en"' in vietnamese
            _, english = await served.get(served.path(PAGE) + "?lang=en")
            assert "I have it" in Page(english).text
            _, hers = await served.get(served.path(HERS))
            assert '<html lang="en">' in hers

    run(look())


@pytest.mark.parametrize("headers", SCANNERS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_looking_and_prefetching_never_answer(tmp_path: Path, method: str, headers: dict[str, str]) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            path = served.path(PAGE)
            for url in (path, path + "?said=acknowledge", path + "?answer=acknowledge&lang=vi"):
                async with served.client.request(method, served.url(url), headers=headers) as response:
                    assert response.status == (200 if method in {"GET", "HEAD"} else 405)
            assert served.desk.commands == []
            _, page = await served.get(path + "?said=acknowledge")
            assert "anh/chị nhận xử lý" not in Page(page).text

    run(look())


def test_a_press_acknowledges_the_message_of_that_contact_and_leads_back(tmp_path: Path) -> None:
    async def press() -> None:
        async with serving(tmp_path) as served:
            response = await served.press(served.path(PAGE), "acknowledge")
            assert [step.status for step in response.history] == [303]
            assert served.desk.commands == [
                Acknowledge(
                    actor="Nguyễn Văn An", incidents=(ONE,), way=AckWay.LINK, contact=AN, message=PAGE
                )
            ]
            text = Page(await response.text()).text
            assert "Việc gọi người khác đã dừng" in text
            assert "anh/chị đã nhận" in text
            assert "Tôi nhận xử lý" not in text

    run(press())


def test_a_second_press_changes_nothing_and_shows_who_has_it(tmp_path: Path) -> None:
    async def press() -> None:
        async with serving(tmp_path) as served:
            path = served.path(PAGE)
            _, page = await served.get(path)
            twice = {"form": form_of(page), "answer": "acknowledge"}
            await served.post(path, twice)
            before = dict(served.desk.standings)
            status, _ = await served.post(path, twice)
            assert status == 303
            assert served.desk.standings == before
            _, again = await served.get(path)
            assert "anh/chị đã nhận" in Page(again).text

    run(press())


def test_of_presses_at_the_same_time_one_takes_it_and_the_others_see_who(tmp_path: Path) -> None:
    async def press() -> None:
        async with serving(tmp_path) as served:
            hers, digest = served.path(HERS), served.path(DIGEST)
            forms = {path: form_of((await served.get(path))[1]) for path in (hers, digest)}
            presses = [(hers, forms[hers]), (digest, forms[digest])] * 8
            await asyncio.gather(
                *(served.post(path, {"form": form, "answer": "acknowledge"}) for path, form in presses)
            )
            taken = served.desk.standings[TWO]
            winner, loser = (hers, digest) if taken.taken_contact == BINH else (digest, hers)
            assert "you have it" in Page((await served.get(winner + "?lang=en"))[1]).text
            text = Page((await served.get(loser + "?lang=en"))[1]).text
            assert f"{taken.told.taken_by} has it" in text

    run(press())


def test_a_grouped_message_takes_what_it_lists_and_nothing_else(tmp_path: Path) -> None:
    async def press() -> None:
        async with serving(tmp_path) as served:
            _, page = await served.get(served.path(DIGEST))
            text = Page(page).text
            assert "K7P" in text
            assert "M2Q" in text
            assert "X9T" not in text
            assert "cả 2 sự cố dưới đây" in text
            await served.press(served.path(DIGEST), "acknowledge")
            takers = served.desk.takers()
            assert takers == {ONE: "Nguyễn Văn An", TWO: "Nguyễn Văn An", THREE: None}

    run(press())


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [("help", AskHelp, "Bước tiếp theo đang được gọi"), ("decline", Decline, "Người khác sẽ được gọi")],
)
def test_help_and_not_mine_are_commands_of_their_own(
    tmp_path: Path, answer: str, kind: type, said: str
) -> None:
    async def press() -> None:
        async with serving(tmp_path) as served:
            response = await served.press(served.path(PAGE), answer)
            (command,) = served.desk.commands
            assert type(command) is kind
            assert said in Page(await response.text()).text
            assert served.desk.takers()[ONE] is None

    run(press())


def test_who_had_it_and_declines_reads_that_nobody_has_it_now(tmp_path: Path) -> None:
    async def press() -> None:
        async with serving(tmp_path) as served:
            path = served.path(PAGE)
            word = form_of((await served.get(path))[1])
            await served.post(path, {"form": word, "answer": "acknowledge"})
            pressed = served.client.post(served.url(path), data={"form": word, "answer": "decline"})
            async with pressed as response:  # on a page that was opened before
                text = Page(await response.text()).text
            assert "Nay chưa ai nhận, đang gọi bước tiếp theo" in text

    run(press())


def test_after_recovery_it_says_so_and_asks_nothing(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            path = served.path(PAGE)
            word = form_of((await served.get(path))[1])
            served.desk.over(ONE)
            _, page = await served.get(path)
            text = Page(page).text
            assert "đã khôi phục lúc 08:45:00 (7 phút)" in text
            assert "Không còn gì phải trả lời" in text
            assert "<button" not in page
            await served.post(path, {"form": word, "answer": "acknowledge"})
            assert served.desk.takers()[ONE] is None

    run(look())


def test_muted_and_folded_are_told(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            standing = served.desk.standings[ONE]
            served.desk.standings[ONE] = replace(standing, stage=Stage.MUTED)
            assert "đang tạm ngưng cảnh báo" in Page((await served.get(served.path(PAGE)))[1]).text
            folded = replace(standing, stage=Stage.FOLDED, told=replace(standing.told, into="gone"))
            served.desk.standings[ONE] = folded
            text = Page((await served.get(served.path(PAGE)))[1]).text
            assert "đã gộp vào sự cố gone" in text
            assert "Không còn gì phải trả lời" in text

    run(look())


def test_an_answer_to_what_was_folded_is_for_what_explains_it(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            standing = served.desk.standings[ONE]
            folded = replace(standing, stage=Stage.FOLDED, told=replace(standing.told, into="X9T"))
            served.desk.standings[ONE] = folded
            text = Page((await served.get(served.path(PAGE)))[1]).text
            assert "đã gộp vào sự cố X9T · chưa có ai nhận" in text
            assert "Tôi nhận xử lý" in text
            served.desk.standings[THREE] = replace(
                served.desk.standings[THREE],
                stage=Stage.TAKEN,
                told=replace(served.desk.standings[THREE].told, taken_by="Trần Thị Bình"),
            )
            page = (await served.get(served.path(PAGE)))[1]
            assert "đã gộp vào sự cố X9T · ✔ Trần Thị Bình đã nhận" in Page(page).text
            assert "<button" not in page

    run(look())


async def refusals(served: Served) -> set[tuple[int, str]]:
    """What all that must not open is answered with."""
    token = served.path(PAGE).removeprefix("/a/")
    hers = served.path(HERS).removeprefix("/a/")
    message, minute, signature = token.split(".")
    return {
        await served.get(f"/a/{forged}")
        for forged in (
            token[:-1] + ("A" if token[-1] != "A" else "B"),
            f"m-2.{minute}.{signature}",
            f"{message}.{minute[:-1]}z.{signature}",
            f"{message}.{minute}.{hers.split('.')[2]}",
            f"unknown.{minute}.{signature}",
            "nonsense",
            "..",
            "x" * 3000,
        )
    }


def test_what_does_not_open_teaches_nothing(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            expired_path = served.path(PAGE)
            answers = await refusals(served)
            served.desk.time_ns = NOW_NS + DAY_NS + 60 * 10**9
            answers.add(await served.get(expired_path))
            answers.add(await served.post(expired_path, {"form": "x", "answer": "acknowledge"}))
            answers.add(await served.get("/"))
            answers.add(await served.get("/metrics"))
            ((status, page),) = answers
            assert status == 404
            assert REFUSED in Page(page).text
            assert served.desk.commands == []

    run(look())


def test_swapped_incidents_and_another_contact_open_nothing(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            path, composed = served.path(PAGE), served.desk.messages[PAGE]
            for changed in (
                replace(composed, incidents=(TWO,)),
                replace(composed, incidents=(ONE, TWO)),
                replace(composed, contact=BINH),
                replace(composed, message=MessageId("m-9")),
            ):
                served.desk.messages[PAGE] = changed
                assert (await served.get(path))[0] == 404
                assert (await served.post(path, {"form": "x", "answer": "acknowledge"}))[0] == 404
            served.desk.messages[PAGE] = composed
            assert (await served.get(path))[0] == 200

    run(look())


def test_a_contact_who_left_the_configuration_answers_nothing(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            path, directory = served.path(PAGE), served.desk.inventory.directory
            left = replace(directory, contacts={BINH: directory.contacts[BINH]})
            served.desk.inventory = replace(served.desk.inventory, directory=left)
            assert (await served.get(path))[0] == 404

    run(look())


def test_rotated_keys_keep_links_open_and_forgotten_ones_do_not(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            path = served.path(PAGE)
            word = form_of((await served.get(path))[1])
            served.ring.rotate(NOW_NS)
            assert (await served.post(path, {"form": word, "answer": "acknowledge"}))[0] == 303
            assert served.path(PAGE) != path
            served.ring.rotate(NOW_NS, forget=True)
            assert (await served.get(path))[0] == 404

    run(look())


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ({"answer": "acknowledge"}, {}),
        ({"form": "", "answer": "acknowledge"}, {}),
        ({"form": "A" * 24, "answer": "acknowledge"}, {}),
        ({"form": "hers", "answer": "acknowledge"}, {}),
        ({"form": "own", "answer": "destroy"}, {}),
        ({"form": "own"}, {}),
        ({"form": "own", "answer": "acknowledge"}, {"Sec-Fetch-Site": "cross-site"}),
        ({"form": "own", "answer": "acknowledge"}, {"Content-Type": "text/plain"}),
    ],
)
def test_a_form_that_is_not_the_pages_own_answers_nothing(
    tmp_path: Path, form: dict[str, str], headers: dict[str, str]
) -> None:
    async def press() -> None:
        async with serving(tmp_path) as served:
            path = served.path(PAGE)
            words = {
                "own": form_of((await served.get(path))[1]),
                "hers": form_of((await served.get(served.path(HERS)))[1]),
            }
            sent = {key: words.get(value, value) for key, value in form.items()}
            status, page = await served.post(path, sent, headers)
            assert status == 403
            assert "Hãy bấm lại" in Page(page).text
            assert served.desk.commands == []

    run(press())


def test_large_bodies_and_many_requests_are_refused(tmp_path: Path) -> None:
    async def flood() -> None:
        async with serving(tmp_path) as served:
            path = served.path(PAGE)
            assert (await served.post(path, {"form": "x" * 3000}))[0] == 413
            assert (await served.post(path, b"x" * 100_000))[0] == 413
            statuses = [(await served.get(path))[0] for _ in range(60)]
            assert statuses[0] == 200
            assert 429 in statuses
            assert served.desk.commands == []

    run(flood())


def test_a_store_that_fails_is_told_and_not_taken_for_an_answer(tmp_path: Path) -> None:
    async def press() -> None:
        async with serving(tmp_path) as served:

            async def fail(_: object) -> None:
                raise RuntimeError("disk")

            path = served.path(PAGE)
            word = form_of((await served.get(path))[1])
            served.desk.command = fail  # type: ignore[assignment,method-assign]
            status, page = await served.post(path, {"form": word, "answer": "acknowledge"})
            assert status == 503
            assert "chưa ghi được câu trả lời" in Page(page).text

    run(press())


def test_browsers_are_told_to_keep_it_to_themselves(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            for path in (served.path(PAGE), "/a/nonsense", "/in/nobody"):
                async with served.client.get(served.url(path)) as response:
                    headers = response.headers
                assert headers["Cache-Control"] == "no-store"
                assert headers["Referrer-Policy"] == "no-referrer"
                assert headers["X-Frame-Options"] == "DENY"
                assert headers["Server"] == "bridgewatch"
                assert "form-action 'self'" in headers["Content-Security-Policy"]
                assert "unsafe-inline" not in headers["Content-Security-Policy"]

    run(look())


def test_names_cannot_become_markup(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            hostile = "<script>alert(1)</script>\"&'"
            standing = served.desk.standings[ONE]
            told = replace(standing.told, subject=hostile, event_name=hostile, dark=(hostile,), code=hostile)
            served.desk.standings[ONE] = replace(standing, told=told)
            _, page = await served.get(served.path(PAGE))
            assert "<script" not in page
            assert hostile in Page(page).text

    run(look())


def test_only_what_asks_gets_a_link(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            composed = served.desk.messages[PAGE]
            for kind in MessageKind:
                asks = kind in {MessageKind.PAGE, MessageKind.DIGEST}
                assert (served.answers.link(replace(composed, kind=kind)) is not None) == asks
            inside = replace(served.desk.inventory.directory, public_url=None)
            served.desk.inventory = replace(served.desk.inventory, directory=inside)
            assert served.answers.link(composed) is None

    run(look())


def test_the_page_works_without_scripts_in_the_dark_and_with_large_buttons() -> None:
    for rule in ("prefers-color-scheme:dark", "prefers-contrast:more", "min-height:4rem", "focus-visible"):
        assert rule in STYLE
