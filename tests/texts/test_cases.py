"""What duty engineers are told reads at a glance, whatever the fault and whatever became of it."""

from dataclasses import replace

import pytest

from bridgewatch.model.delivery import Brief
from bridgewatch.model.paging import FaultKind, MessageKind, Phase, TextForm
from bridgewatch.model.words import Language
from bridgewatch.texts.messages.compose import compose
from bridgewatch.texts.messages.gsm import plain
from bridgewatch.texts.people import tell_people
from tests.texts.briefs import NOW, brief
from tests.texts.cases import FAULTS, MCU, PROVINCE, SITE, SITES, messages

CASES = dict(messages())


def sms(fault: str, kind: MessageKind = MessageKind.PAGE) -> str:
    return compose(CASES[f"{fault}: {kind}"], TextForm.SHORT).body


def mail(fault: str, kind: MessageKind = MessageKind.PAGE) -> list[str]:
    text = compose(CASES[f"{fault}: {kind}"], TextForm.LONG)
    return [text.title, *text.body.splitlines()]


def test_there_is_a_case_of_every_kind_of_fault_that_is_paged() -> None:
    assert {fault.kind for fault in FAULTS.values()} == set(FaultKind)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("told", CASES.values(), ids=CASES)
def test_each_fits_says_where_and_says_nothing_twice(told: Brief, language: Language) -> None:
    told = replace(told, language=language)
    short = compose(told, TextForm.SHORT).body
    assert len(short) <= 160
    assert short == plain(short)
    parts = short.replace(". ", ", ").split(", ")
    assert len(parts) == len(set(parts))
    long = compose(told, TextForm.LONG)
    lines = [long.title, *long.body.splitlines()]
    assert len(lines) == len(set(lines))
    assert "Điểm cầu mất kết nối: Điểm cầu" not in long.title
    spoken = compose(told, TextForm.SPOKEN).body
    for text in (short, "\n".join(lines), spoken):
        assert "  " not in text
        assert ": :" not in text
        assert "()" not in text
        assert ", ," not in text
    if len(told.incidents) == 1:
        where = told.incidents[0].subject.removeprefix("VNPT, ").removeprefix("Điểm cầu ")
        assert plain(where) in short
        assert where in long.title


@pytest.mark.parametrize("language", Language)
def test_no_sms_names_a_phase_in_which_nobody_meets(language: Language) -> None:
    for phase in (Phase.NONE, Phase.DRAFT, Phase.PLANNED, Phase.REPORT):
        for fault in FAULTS.values():
            text = compose(brief(replace(fault, phase=phase), language=language), TextForm.SHORT).body
            assert plain(tell_people(phase, language)) not in text
            assert fault.subject == fault.event_name or plain("Tiếp xúc cử tri") not in text


def test_the_third_cut_says_that_the_link_flaps_and_how_often() -> None:
    assert sms("flapping, impaired") == (
        "K7F2: Duong truyen chap chon: UBND xa Ia Pe, TSLCD VNPT, ma kenh GLI-TSLCD-0650, "
        "3 lan trong 9 phut, tu 07:54, dang hop. Tra loi K7F2 OK/GIUP/KHONG"
    )
    title, *lines = mail("flapping, impaired")
    assert title == "[K7F2] Đường truyền chập chờn: UBND xã Ia Pê, TSLCD VNPT"
    assert "Chập chờn: mất kết nối 3 lần trong 9 phút, lần đầu lúc 07:46:52" in lines
    assert "Nếu im lặng quá một phút thì tính là mất kết nối." in lines
    assert "Đường truyền dự phòng chập chờn" in mail("flapping, reduced")[0]
    spoken = compose(CASES["flapping, impaired: page"], TextForm.SPOKEN).body
    assert "Mất kết nối ba lần trong chín phút." in spoken


def test_a_second_cut_says_that_it_is_the_second() -> None:
    assert "lan thu 2, tu 07:54" in sms("link, dark again")
    spoken = compose(CASES["link, dark again: page"], TextForm.SPOKEN).body
    assert "Tái diễn lần thứ hai." in spoken


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("told", CASES.values(), ids=CASES)
def test_every_sms_about_one_link_names_its_circuit(told: Brief, language: Language) -> None:
    if len(told.incidents) == 1 and told.incidents[0].link is not None:
        assert "GLI-TSLCD-0650" in compose(replace(told, language=language), TextForm.SHORT).body


def test_an_sms_about_one_link_says_which_and_by_what_circuit_it_is_known() -> None:
    assert "UBND xa Ia Pe, TSLCD VNPT, GLI-TSLCD-0650, " in sms("link, dark")
    assert sms("link, dark", MessageKind.RECOVERED) == (
        "K7F2: Da khoi phuc: UBND xa Ia Pe, TSLCD VNPT, ma kenh GLI-TSLCD-0650, "
        "luc 07:56, keo dai 1 phut 20 giay"
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("form", TextForm)
def test_no_two_severities_of_a_fault_read_the_same(form: TextForm, language: Language) -> None:
    for kind in ("link", "flapping", "quality"):
        told = [brief for name, brief in CASES.items() if name.startswith(f"{kind}, ") and ": page" in name]
        told = [replace(one, language=language) for one in told if one.incidents[0].phase is Phase.LIVE]
        texts = {one.incidents[0].urgency: compose(one, form).body for one in told}
        assert len(texts) == len(set(texts.values())) > 1


def test_only_a_site_that_is_dark_is_called_so() -> None:
    assert "Diem cau mat ket noi: UBND xa Ia Pe" in sms("link, dark")
    assert "Duong truyen mat ket noi: UBND xa Ia Pe" in sms("link, impaired")
    assert "diem cau bi anh huong" in sms("link, impaired")
    assert "Duong truyen mat ket noi: UBND tinh Gia Lai" in sms("root, dark")
    assert "6 diem cau mat ket noi" in sms("root, dark")


def test_the_event_gives_way_to_its_phase_where_both_do_not_fit() -> None:
    named = replace(
        FAULTS["link, dark"],
        event_name="Hội nghị trực tuyến toàn quốc về chuyển đổi số năm 2026, phiên thứ hai",
    )
    text = compose(brief(named), TextForm.SHORT).body
    assert "chuyen doi so" not in text
    assert ", dang hop. " in text


def test_poor_quality_says_what_was_measured_and_against_which_limit() -> None:
    line = next(line for line in mail("quality, impaired") if line.startswith("- "))
    assert line == (
        "- UBND xã Ia Pê, TSLCD VNPT, mã kênh GLI-TSLCD-0650: tỷ lệ mất gói vượt ngưỡng 3 %; "
        "hiện nay mất gói 4,2 %, trễ khứ hồi 38 ms, biến động trễ 12 ms"
    )
    assert sms("quality, impaired") == (
        "K7F2: Chat luong kem: UBND xa Ia Pe, TSLCD VNPT, ma kenh GLI-TSLCD-0650, mat goi > 3 %, tu 07:54, "
        "dang hop, diem cau bi anh huong. Tra loi K7F2 OK/GIUP/KHONG"
    )
    assert sms("quality, reduced").startswith("K7F2: Du phong chat luong kem: UBND xa Ia Pe, ")
    assert mail("quality, reduced")[0] == (
        "[K7F2] Đường truyền dự phòng chất lượng kém: UBND xã Ia Pê, TSLCD VNPT"
    )
    assert "Điểm cầu mất dự phòng" in mail("quality, reduced")


def test_what_is_of_no_place_says_what_it_was_when_it_is_over() -> None:
    assert sms("egress, dark", MessageKind.RECOVERED).startswith(
        "K7F2: Da khoi phuc (duong ra cua may do mat ket noi): wan, "
    )
    assert mail("contacts", MessageKind.RECOVERED)[0] == (
        "[K7F2] Đã khôi phục (thiếu đầu mối liên hệ hoặc lịch trực): Tiếp xúc cử tri trước kỳ họp"
    )


def test_what_nobody_has_to_answer_says_so_first() -> None:
    assert sms("link, dark", MessageKind.NOTES) == (
        "K7F2 De biet: Diem cau mat ket noi: UBND xa Ia Pe, TSLCD VNPT, ma kenh GLI-TSLCD-0650, "
        "luc 07:54, keo dai 12 giay"
    )
    assert mail("link, dark", MessageKind.NOTES)[0].startswith("[K7F2] Để biết - ")


def test_a_store_that_fails_is_no_gateway_and_no_id() -> None:
    assert "Kho du lieu khong ghi duoc: noc-pleiku" in sms("delivery, store")
    assert "ngừng gửi cảnh báo: noc-pleiku" in mail("heartbeat, outbox")[0]


def test_several_are_told_by_what_they_have_in_common() -> None:
    digest = compose(CASES["several: digest"], TextForm.SHORT).body
    assert digest.startswith("K7F2 +4 KHAN: Canh bao gop: 5 su co, 1 diem cau mat ket noi, tu 07:54; UBND xa")
    codes = "K7F2 M2P4 Q9XZ B3C4 D5E6"
    assert compose(CASES["several: recovered"], TextForm.SHORT).body == (
        f"{codes}: Da khoi phuc: 5 su co, luc 07:56; UBND xa Ia Pe"
    )
    notes = compose(CASES["several: notes"], TextForm.SHORT).body
    assert notes.startswith(f"{codes} De biet: 5 su co, tu 07:54; ")


def test_news_of_several_names_every_code_that_fits_and_parts_places_that_have_commas() -> None:
    area = replace(FAULTS["area, dark"], code="X2F4")
    over = [replace(fault, ended_ns=NOW) for fault in (FAULTS["link, dark"], area)]
    assert compose(brief(*over, kind=MessageKind.RECOVERED), TextForm.SHORT).body == (
        "K7F2 X2F4: Da khoi phuc: 2 su co, luc 07:55; UBND xa Ia Pe; VNPT, 5 diem cau thuoc UBND tinh Gia Lai"
    )
    storm = [replace(over[0], code=str(number)) for number in range(2222, 2262)]
    for language in Language:
        text = compose(brief(*storm, kind=MessageKind.RECOVERED, language=language), TextForm.SHORT).body
        shown, _, more = text.partition(": ")[0].rpartition(" +")
        assert len(shown.split()) + int(more) == len(storm)
        assert len(text) > 150  # no code more would fit


def test_a_fault_across_an_area_says_how_many_sites_of_it_and_which_as_far_as_there_is_room() -> None:
    assert sms("area, dark") == (
        "K7F2 KHAN: Nghi su co dien rong: VNPT, 5 diem cau mat ket noi thuoc UBND tinh Gia Lai: "
        "UBND xa Ia Pe, ..., tu 07:54, dang hop. Tra loi K7F2 OK/GIUP/KHONG"
    )
    assert "VNPT, 5 diem cau thuoc UBND tinh Gia Lai, tu 07:54, " in sms("area, in part")
    assert ", 2 diem cau mat ket noi. " in sms("area, in part")
    title, first, *_ = mail("area, dark")
    assert title.endswith(": VNPT, 5 điểm cầu mất kết nối thuộc UBND tỉnh Gia Lai")
    assert first.startswith("5 điểm cầu mất kết nối: UBND xã Ia Pê, UBND xã Ia Dok, ")
    assert "VNPT, 5 điểm cầu thuộc UBND tỉnh Gia Lai" in mail("area, dark", MessageKind.RECOVERED)[0]
    spoken = compose(CASES["area, dark: page"], TextForm.SPOKEN).body
    assert "năm điểm cầu mất kết nối thuộc ủy ban nhân dân tỉnh Gia Lai" in spoken
    assert spoken.lower().count("năm điểm cầu mất kết nối") == 1


def test_of_a_reflector_that_does_not_run_people_are_told_line_circuit_and_address() -> None:
    assert sms("target") == (
        "K7F2: Bo phan hoi tai diem cau khong chay: UBND xa Ia Pe, TSLCD VNPT, ma kenh GLI-TSLCD-0650, "
        "192.0.2.7:862, tu 07:54, dang hop. Tra loi K7F2 OK/GIUP/KHONG"
    )
    title, *lines = mail("target")
    assert title.endswith(": UBND xã Ia Pê, TSLCD VNPT")
    assert (
        "- UBND xã Ia Pê, TSLCD VNPT, mã kênh GLI-TSLCD-0650: 192.0.2.7:862 từ chối 4 gói đo từ 07:55:09"
        in lines
    )
    assert ": UBND xa Ia Pe, 192.0.2.7:862, (2001:db8::7):862, " in sms("target, two lines")
    assert "[2001:db8::7]:862 từ chối 4 gói đo" in " ".join(mail("target, two lines"))


@pytest.mark.parametrize("name", [SITE, PROVINCE, *SITES, MCU])
def test_a_site_is_called_by_its_name(name: str) -> None:
    told = " ".join(text for fault in FAULTS for text in mail(fault))
    assert name.removeprefix("Điểm cầu ") in told
