"""Answers written as text: strict words, and only for what somebody was called for."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.adapters.answers.press import Press
from bridgewatch.adapters.answers.replies import Choice, Doubt, choose, hear, phone_number
from bridgewatch.model.desk import Stage, Standing
from bridgewatch.model.ids import IncidentId
from tests.answers.desk import AN, BINH, NOW_NS, ONE, TWO, FakeDesk

DESK = FakeDesk()
PEOPLE = DESK.inventory.directory.contacts


@pytest.mark.parametrize(
    ("text", "press", "codes"),
    [
        ("OK", Press.ACKNOWLEDGE, ()),
        ("ok k7p", Press.ACKNOWLEDGE, ("K7P",)),
        ("K7P OK", Press.ACKNOWLEDGE, ("K7P",)),
        ("K7P, M2Q: xác nhận!", Press.ACKNOWLEDGE, ("K7P", "M2Q")),
        ("Nhận K7P", Press.ACKNOWLEDGE, ("K7P",)),
        ("/ok@truc_bot K7P", Press.ACKNOWLEDGE, ("K7P",)),
        ("1 K7P", Press.ACKNOWLEDGE, ("K7P",)),
        ("giúp K7P", Press.HELP, ("K7P",)),
        ("Cần hỗ trợ", Press.HELP, ()),
        ("K7P 2", Press.HELP, ("K7P",)),
        ("không", Press.DECLINE, ()),
        ("KHONG NHAN K7P", Press.DECLINE, ("K7P",)),
        ("Không phải", Press.DECLINE, ()),
        ("K7P không thuộc phần tôi", Press.DECLINE, ("K7P",)),
        ("no k7p", Press.DECLINE, ("K7P",)),
        ("3", Press.DECLINE, ()),
    ],
)
def test_the_words_are_understood_with_and_without_diacritics(
    text: str, press: Press, codes: tuple[str, ...]
) -> None:
    heard = hear(text)
    assert heard is not None
    assert (heard.press, heard.codes) == (press, codes)


@pytest.mark.parametrize(
    "text", ["", "   ", "K7P", "okay K7P", "toi nhan duoc roi", "???", "4", "好", "\U0001f44d"]
)
def test_what_is_not_in_the_grammar_answers_nothing(text: str) -> None:
    assert hear(text) is None


@pytest.mark.parametrize("text", ["chưa nhận", "K7P OK chưa", "OK không", "nhận K7P giúp tôi"])
def test_words_around_an_answer_are_no_codes_that_anybody_has(text: str) -> None:
    assert decide(text).press is None


@pytest.mark.parametrize(
    ("text", "press", "codes"),
    [
        ("da nhan, dang ra tram", Press.ACKNOWLEDGE, ()),
        ("Đã nhận, đang ra trạm K7P2", Press.ACKNOWLEDGE, ("K7P2",)),
        ("ABCD đã nhận, đang xử lý", Press.ACKNOWLEDGE, ("ABCD",)),
        ("ok thanks", Press.ACKNOWLEDGE, ()),
        ("ok, đã nhận, em đang ra trạm", Press.ACKNOWLEDGE, ()),
        ("OK anh nhé", Press.ACKNOWLEDGE, ()),
        ("K7P2 ok M2P4", Press.ACKNOWLEDGE, ("K7P2", "M2P4")),
        ("cần hỗ trợ gấp", Press.HELP, ()),
        ("help me please", Press.HELP, ()),
        ("OK K7P", Press.ACKNOWLEDGE, ("K7P",)),  # a letter is missing: no such incident
        ("OK WXYZ", Press.ACKNOWLEDGE, ("WXYZ",)),  # it has the form of a code
    ],
)
def test_words_that_cannot_be_codes_are_none(text: str, press: Press, codes: tuple[str, ...]) -> None:
    heard = hear(text, known={"ABCD"})
    assert heard is not None
    assert (heard.press, heard.codes) == (press, codes)


@pytest.mark.parametrize(
    "text",
    [
        *("không sao, đang xử lý", "không phải lo", "khong thay gi ca", "no problem", "no, we have it"),
        *("da nhan nhung khong xu ly duoc", "ok chưa", "đã nhận chưa?", "ok who is there?", "ok thanks?"),
        *(
            "OK gọi anh Bình đi",
            "đã nhắn tin cho Bình",
            "help is not needed",
            "ok can't",
            "OK 2",
            "3 ok di",
            "ok nhắn anh Binh",
        ),
        *("nhân viên đã đến", "hỗ trợ xong rồi", "1 trong 2 đường", "toi da nhan", "giup anh Binh nhan nhe"),
    ],
)
def test_what_other_words_may_turn_is_unclear(text: str) -> None:
    assert hear(text) is None


@given(st.text())
def test_any_text_is_heard_without_an_error(text: str) -> None:
    heard = hear(text)
    assert heard is None or all(code == code.upper() for code in heard.codes)


def test_a_shared_number_wants_its_keyword_in_front() -> None:
    heard = hear("bw ok K7P", "BW")
    assert heard is not None
    assert heard.codes == ("K7P",)


def decide(text: str, contact: str = AN, **changes: Standing) -> Choice:
    standings = {**DESK.standings, **{IncidentId(key): standing for key, standing in changes.items()}}
    return choose(hear(text), [PEOPLE[AN if contact == AN else BINH]], list(standings.values()), NOW_NS)


def chosen(choice: Choice) -> list[str]:
    return [standing.told.code for standing in choice.standings]


def test_a_code_chooses_what_the_contact_was_called_for() -> None:
    assert chosen(decide("OK M2Q")) == ["M2Q"]
    assert chosen(decide("OK m2q k7p")) == ["M2Q", "K7P"]


def test_the_code_of_somebody_elses_incident_proves_nothing() -> None:
    choice = decide("OK X9T")
    assert (choice.press, choice.standings, choice.doubt) == (None, (), Doubt.NOTHING)
    assert decide("OK K7P", BINH).doubt is Doubt.NOTHING
    assert decide("OK K7P X9T").doubt is Doubt.NOTHING
    assert decide("OK K7P X9T").unknown == ("X9T",)


def test_without_a_code_only_one_incident_can_be_meant() -> None:
    choice = decide("OK")
    assert choice.doubt is Doubt.WHICH
    assert chosen(choice) == ["K7P", "M2Q"]
    over = replace(DESK.standings[TWO], stage=Stage.OVER)
    assert chosen(decide("OK", i2=over)) == ["K7P"]
    both = replace(DESK.standings[ONE], stage=Stage.OVER)
    assert decide("OK", i2=over, i1=both).doubt is Doubt.NOTHING


@pytest.mark.parametrize("text", ["da nhan, dang ra tram", "ok thanks"])
def test_polite_words_take_the_one_incident_that_is_meant(text: str) -> None:
    assert decide(text).doubt is Doubt.WHICH
    over = replace(DESK.standings[TWO], stage=Stage.OVER)
    choice = decide(text, i2=over)
    assert (choice.press, chosen(choice)) == (Press.ACKNOWLEDGE, ["K7P"])


def test_what_somebody_else_took_is_not_meant_while_another_waits() -> None:
    taken = replace(
        DESK.standings[TWO], told=replace(DESK.standings[TWO].told, taken_by="Bình"), taken_contact=BINH
    )
    assert chosen(decide("OK", i2=taken)) == ["K7P"]


def test_help_is_for_what_one_has() -> None:
    mine = replace(
        DESK.standings[TWO], told=replace(DESK.standings[TWO].told, taken_by="An"), taken_contact=AN
    )
    over = replace(DESK.standings[ONE], stage=Stage.OVER)
    assert chosen(decide("giup", i1=over, i2=mine)) == ["M2Q"]


def test_a_text_written_before_the_fault_is_not_about_it() -> None:
    began = DESK.standings[ONE].told.began_ns
    for sent_ns, found in ((began - 1, []), (began, ["K7P"])):
        choice = choose(hear("OK K7P"), [PEOPLE[AN]], list(DESK.standings.values()), sent_ns)
        assert chosen(choice) == found


def test_of_two_people_with_one_number_it_is_the_one_who_was_called() -> None:
    standings = list(DESK.standings.values())
    assert choose(hear("OK K7P"), [PEOPLE[BINH], PEOPLE[AN]], standings, NOW_NS).contact.id == AN
    assert choose(hear("OK X9T"), [PEOPLE[AN], PEOPLE[BINH]], standings, NOW_NS).contact.id == BINH


@pytest.mark.parametrize(
    "text",
    ["0901000001", "+84901000001", "84901000001", "0084 901 000 001", "0901.000.001", " +84 (901) 000-001"],
)
def test_a_number_is_the_same_however_it_is_written(text: str) -> None:
    assert phone_number(text) == "+84901000001"


@pytest.mark.parametrize("text", ["", "an", "+", "BRANDNAME"])
def test_what_is_no_number_is_nobodys(text: str) -> None:
    assert phone_number(text) == ""
