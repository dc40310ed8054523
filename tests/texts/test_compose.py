"""Messages say what happened, where, since when, why you, and how to answer; in the shape of their gateway."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from bridgewatch.model.delivery import Brief, BriefBefore
from bridgewatch.model.paging import ASKING, AckWay, FaultKind, MessageKind, Role, TextForm, Urgency, Why
from bridgewatch.model.words import Language
from bridgewatch.texts.messages.compose import compose
from bridgewatch.texts.messages.spoken import speakable
from tests.texts.briefs import ALL_WAYS, IDS, LINK, NOW, SECOND, brief, briefs, incident

LINE = (
    "UBND xã Ia Pê, TSLCD VNPT, mã kênh GLI-TSLCD-0650: 9 gói đo liên tiếp không phản hồi từ 07:54:57; "
    "đường khác vẫn phản hồi lúc 07:54:58; bình thường mất gói 2,1 %"
)
_SHOWN_IN_AN_SMS = 12  # codes, at least
GSM = set("@$_ !\"#%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def test_a_long_page_tells_the_whole_story() -> None:
    text = compose(brief(step=1), TextForm.LONG)
    assert text.title == "[K7F2] KHẨN - Điểm cầu mất kết nối: UBND xã Ia Pê, TSLCD VNPT"
    assert text.body.splitlines() == [
        "Sự kiện: Tiếp xúc cử tri trước kỳ họp (đang họp)",
        "Từ: 07:54:57 20/11/2026 (GMT+07), đã 15 giây",
        "Đường truyền:",
        f"- {LINE}",
        "Người được gọi: Nguyễn Văn An (trực điều hành; đang trong ca trực; bước 2)",
        f"Nhận xử lý, xin hỗ trợ hoặc báo không thuộc phần mình: {LINK}",
        "Hoặc trả lời: K7F2 OK (nhận xử lý), GIUP (cần hỗ trợ) hoặc KHONG (không thuộc phần mình)",
        "Máy đo: noc-pleiku",
    ]
    assert text.codes == ("K7F2",)


def test_a_long_page_in_english() -> None:
    text = compose(brief(language=Language.EN, timezone="UTC"), TextForm.LONG)
    assert text.title == "[K7F2] URGENT - Site dark: UBND xã Ia Pê, WAN VNPT"
    assert "Since: 00:54:57 20 Nov 2026 (GMT+00), 15 seconds ago" in text.body
    assert "9 probes in a row unanswered since 00:54:57; others still answered at 00:54:58" in text.body
    assert "Called: Nguyễn Văn An (operations; on duty now; step 1)" in text.body


def test_a_short_page_begins_with_its_code_and_ends_with_the_answer() -> None:
    text = compose(brief(), TextForm.SHORT)
    assert text.title == ""
    assert text.body == (
        "K7F2 KHAN: Diem cau mat ket noi: UBND xa Ia Pe, TSLCD VNPT, GLI-TSLCD-0650, tu 07:54, "
        "Tiep xuc cu tri truoc ky hop (dang hop). Tra loi K7F2 OK/GIUP/KHONG"
    )


def test_an_answer_to_a_shared_number_begins_with_its_word() -> None:
    shared = brief(keyword="BW", answers=frozenset({AckWay.SMS}))
    assert compose(shared, TextForm.SHORT).body.endswith(". Tra loi BW K7F2 OK/GIUP/KHONG")
    assert "Trả lời: BW K7F2 OK (nhận xử lý), " in compose(shared, TextForm.LONG).body


def test_a_one_way_gateway_is_told_to_call_the_noc() -> None:
    one_way = brief(answers=frozenset(), link=None)
    assert compose(one_way, TextForm.SHORT).body.endswith(". Bao NOC ma K7F2")
    assert "Để nhận xử lý, báo NOC mã K7F2." in compose(one_way, TextForm.LONG).body
    assert "đề nghị gọi NOC" in compose(one_way, TextForm.SPOKEN).body


def test_a_spoken_page_has_no_figures_and_names_the_keys() -> None:
    text = compose(brief(), TextForm.SPOKEN).body
    assert text == (
        "Đây là hệ thống giám sát đường truyền hội nghị. Khẩn. Điểm cầu mất kết nối: ủy ban nhân dân xã Ia Pê. "
        "Mạng truyền số liệu chuyên dùng của V N P T. Từ bảy giờ năm mươi bốn phút. Sự kiện: Tiếp xúc cử tri "
        "trước kỳ họp, đang họp. Mã sự cố: K, bảy, F, hai. Bấm phím một để nhận xử lý, phím hai nếu cần hỗ "
        "trợ, phím ba nếu không thuộc phần mình."
    )


def test_a_digest_lists_every_incident_and_counts_each_site_once() -> None:
    many = brief(
        incident(),
        incident("M2P4", kind=FaultKind.QUALITY, urgency=Urgency.IMPAIRED, dark=(), impaired=("Ia Dok",)),
        incident("Q9XZ", kind=FaultKind.SITE, suspected=True, subject="Diên Hồng", dark=("Diên Hồng",)),
        kind=MessageKind.DIGEST,
    )
    text = compose(many, TextForm.LONG)
    assert text.title == "[K7F2 +2] KHẨN - Cảnh báo gộp: 3 sự cố, 2 điểm cầu mất kết nối"
    assert [line[:6] for line in text.body.splitlines()[:3]] == ["[K7F2]", "[M2P4]", "[Q9XZ]"]
    assert "Nghi mất điện" in text.body
    assert compose(many, TextForm.SHORT).body.endswith("Tra loi K7F2 M2P4 Q9XZ OK/GIUP/KHONG")
    assert "Một tin trả lời ghi được một mã, nhiều mã hoặc tất cả." in text.body
    assert "Bấm phím một để nhận xử lý tất cả" in compose(many, TextForm.SPOKEN).body


def test_a_digest_of_a_storm_names_every_code_it_asks_an_answer_for() -> None:
    storm = brief(*(incident(f"{number + 2222}") for number in range(150)), kind=MessageKind.DIGEST)
    text = compose(storm, TextForm.LONG)
    assert all(code in text.body for code in text.codes)
    assert len(text.codes) == 150
    assert LINK in text.body


@pytest.mark.parametrize("language", Language)
def test_an_sms_asks_for_every_code_that_it_is_about_or_says_how_many_more_there_are(language) -> None:
    for count in range(2, 60):
        many = [incident(f"{number + 2222}", dark=(f"Điểm cầu {number}",)) for number in range(count)]
        for answers in (ALL_WAYS, frozenset()):
            told = brief(*many, kind=MessageKind.DIGEST, language=language, answers=answers)
            text = compose(told, TextForm.SHORT).body
            asked = re.findall(r"\b\d{4}\b", text.partition(":")[2])
            more = re.search(r"(\d+) (ma|more)\b", text.rpartition(". ")[2])
            assert len(asked) + (int(more[1]) if more else 0) == count
            assert len(asked) == count or count > _SHOWN_IN_AN_SMS


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        (MessageKind.TAKEN, {"taken_by": "Trần Thị Bình"}, "Trần Thị Bình đã nhận xử lý"),
        (MessageKind.FOLDED, {"into": "ABCD"}, "đã gộp vào sự cố ABCD"),
        (MessageKind.RECOVERED, {"ended_ns": NOW + 65 * SECOND}, "đã khôi phục"),
        (MessageKind.RESOLVED, {"ended_ns": NOW}, "đã đóng"),
    ],
)
def test_those_who_were_called_are_told_what_became_of_it(kind, changes, said) -> None:
    told = brief(incident(**changes), kind=kind)
    text = compose(told, TextForm.LONG)
    assert said.lower() in text.title.lower()
    assert "KHẨN" not in text.title
    assert LINK not in text.body  # nothing is asked any more
    assert compose(told, TextForm.SHORT).body.startswith("K7F2: ")


def test_who_closed_it_and_that_it_is_not_mended_is_said_in_every_form() -> None:
    told = brief(incident(ended_ns=NOW, closed_by="Hoa (root)"), kind=MessageKind.RESOLVED)
    long = compose(told, TextForm.LONG).title
    assert long == "[K7F2] Hoa (root) đã đóng sự cố, chưa khôi phục: UBND xã Ia Pê, TSLCD VNPT"
    assert compose(told, TextForm.SHORT).body.startswith("K7F2: Hoa (root) da dong su co, chua khoi phuc: ")
    assert "Hoa root đã đóng sự cố, chưa khôi phục: " in compose(told, TextForm.SPOKEN).body
    english = replace(told, language=Language.EN)
    assert "Closed by Hoa (root), not recovered: " in compose(english, TextForm.LONG).title


@pytest.mark.parametrize(
    ("before", "said", "short"),
    [
        (BriefBefore(Why.HELP_ASKED, ("Bình",), 1), "Bình cần hỗ trợ", "Binh can ho tro"),
        (
            BriefBefore(Why.ALL_DECLINED, ("Bình", "Chi", "Em"), 3),
            "Bình, Chi và 1 người khác báo không thuộc phần mình",
            "nguoi truoc bao khong thuoc phan minh",
        ),
        (
            BriefBefore(Why.HANDED_BACK, ("Bình",), 3),
            "Bình đã nhận rồi báo không thuộc phần mình, nay chưa ai nhận",
            "nguoi da nhan bao lai khong thuoc phan minh",
        ),
        (BriefBefore(Why.NO_ANSWER, (), 3), "đã gọi 3 người, chưa ai xác nhận", "chua ai xac nhan"),
        (
            BriefBefore(Why.NO_ANSWER, ("Chi",), 3),
            "đã gọi 2 người, chưa ai xác nhận, Chi báo không thuộc phần mình",
            "chua ai xac nhan",
        ),
        (BriefBefore(Why.UNREACHED, (), 1), "bước trước không gửi được cho ai", ""),
    ],
)
def test_a_page_after_others_says_why_it_comes(before: BriefBefore, said: str, short: str) -> None:
    told = brief(incident(before=before, event=None, event_name=None))
    assert compose(told, TextForm.LONG).body.splitlines()[0] == f"Lý do gọi lúc này: {said}"
    assert short in compose(told, TextForm.SHORT).body
    spoken = compose(told, TextForm.SPOKEN).body
    assert speakable(said, Language.VI)[1:] in spoken
    both = compose(brief(told.incidents[0], incident("M2P4")), TextForm.LONG).body
    assert said in both


def test_the_first_page_gives_no_reason_but_the_fault() -> None:
    first = brief(incident(before=BriefBefore(Why.FIRST_STEP)))
    for form in TextForm:
        assert compose(first, form) == compose(brief(), form)


def test_a_recovery_tells_how_long_it_lasted_in_every_form() -> None:
    over = brief(incident(ended_ns=NOW + 65 * SECOND), kind=MessageKind.RECOVERED)
    assert "Kéo dài: 07:54:57 đến 07:56:17, 1 phút 20 giây" in compose(over, TextForm.LONG).body
    assert compose(over, TextForm.SHORT).body.endswith(", luc 07:56, keo dai 1 phut 20 giay")
    assert "Kéo dài một phút hai mươi giây." in compose(over, TextForm.SPOKEN).body


def test_a_relapse_says_how_often_and_since_when() -> None:
    again = brief(incident(spells=3, first_ns=NOW - 600 * SECOND))
    assert "Tái diễn: lần thứ 3, lần đầu lúc 07:45:12" in compose(again, TextForm.LONG).body
    assert "Tái diễn" not in compose(brief(incident()), TextForm.LONG).body
    for spells, nth in ((2, "2nd"), (3, "3rd"), (11, "11th"), (12, "12th"), (21, "21st"), (113, "113th")):
        told = brief(incident(spells=spells, first_ns=NOW - 600 * SECOND), language=Language.EN)
        assert f"Again: the {nth} time, first at 07:45:12" in compose(told, TextForm.LONG).body


def test_the_catch_all_is_called_as_such() -> None:
    for why, said in ((Why.CATCH_ALL, "không có ai khác để gọi"), (Why.CALLED_IN_VAIN, "chưa ai xác nhận")):
        text = compose(brief(role=Role.DUTY, why=why), TextForm.LONG).body
        assert f"Người được gọi: Nguyễn Văn An (đầu mối cuối cùng; {said}; bước 1)" in text


def test_a_test_says_that_nothing_need_be_done() -> None:
    test = brief(kind=MessageKind.TEST)
    test = replace(test, incidents=())
    assert "Không có sự cố, không cần xử lý" in compose(test, TextForm.LONG).body
    assert "Khong can xu ly" in compose(test, TextForm.SHORT).body
    assert "cuộc gọi thử" in compose(test, TextForm.SPOKEN).body


def test_a_time_of_another_day_carries_its_date() -> None:
    old = brief(incident(began_ns=NOW - 30 * 3600 * SECOND))
    assert "01:55:12 19/11/2026" in compose(old, TextForm.LONG).body
    assert "tu 01:55 19/11" in compose(old, TextForm.SHORT).body
    assert "Bắt đầu từ một ngày sáu giờ trước." in compose(old, TextForm.SPOKEN).body


@pytest.mark.parametrize("form", TextForm)
def test_no_form_shows_an_id_where_there_is_a_name(form: TextForm) -> None:
    text = compose(brief(incident(), incident("M2P4")), form)
    assert not any(raw in text.title + text.body for raw in IDS)


@given(briefs())
@settings(max_examples=100, deadline=None)
def test_every_brief_fits_every_form(told: Brief) -> None:
    codes = [one.code for one in told.incidents]
    long = compose(told, TextForm.LONG)
    assert len(long.title) + len(long.body) <= 1_900
    assert "\n" not in long.title
    short = compose(told, TextForm.SHORT).body
    assert len(short) <= 160
    assert set(short) <= GSM
    spoken = compose(told, TextForm.SPOKEN).body
    assert len(spoken) <= 1_000
    assert not any(sign in "[]{}<>|_0123456789" for sign in spoken)
    for text in (long.title + long.body, short, spoken):
        assert "no-such-id" not in text
        assert text.strip()
    if codes:
        assert long.codes == tuple(codes)
        assert codes[0] in long.title
        assert short.startswith(codes[0])
    if codes and told.kind in ASKING:
        assert all(code in long.title + long.body for code in codes)
        assert codes[0] in short.partition(":")[2]  # in the answer too, and never cut
        if told.answers & {AckWay.SMS, AckWay.CHAT}:
            assert re.search(r" OK(/GIUP/KHONG|/HELP/NO)?$", short)
        if len(codes) <= _SHOWN_IN_AN_SMS:
            assert all(code in short.partition(":")[2] for code in codes)
        if told.link and AckWay.LINK in told.answers:
            assert told.link in long.body


@given(briefs())
@settings(max_examples=20, deadline=None)
def test_a_text_depends_on_its_brief_alone(told: Brief) -> None:
    for form in TextForm:
        assert compose(told, form) == compose(told, form)
