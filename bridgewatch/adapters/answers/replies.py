"""Answers written as text: what they say, and which incidents they can be for.

The grammar is strict, because a wrong acknowledgement silences a page: codes and one of the known phrases,
with or without diacritics. People are polite and say what they do, so a few phrases that can hardly be
misunderstood may be followed by other words, but by none that may turn their meaning. "Chưa nhận" is no
"nhận", and "không sao, đang xử lý" declines nothing.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from bridgewatch.adapters.answers.press import Press
from bridgewatch.core.incidents.codes import ALPHABET, LENGTH
from bridgewatch.model.desk import Stage, Standing
from bridgewatch.model.ids import ContactId
from bridgewatch.model.people import Contact

_PHRASES: Final[dict[tuple[str, ...], Press]] = {
    tuple(phrase.split()): press
    for press, phrases in {
        Press.ACKNOWLEDGE: ("OK", "1", "NHAN", "XAC NHAN", "DA NHAN", "ACK"),
        Press.HELP: ("HELP", "2", "GIUP", "CAN GIUP", "HO TRO", "CAN HO TRO"),
        Press.DECLINE: (
            *("NO", "3", "KHONG", "KHONG PHAI", "KHONG NHAN"),
            *("KHONG THUOC PHAN MINH", "KHONG THUOC PHAN TOI", "KHONG PHAI CUA MINH", "KHONG PHAI CUA TOI"),
        ),
    }.items()
    for phrase in phrases
}
_LONGEST_FIRST: Final = sorted(_PHRASES, key=len, reverse=True)
# Without diacritics "nhan" is "nhắn" and "nhân" as well, and "ho tro xong" asks for nothing. Of a sentence
# that begins with "không", nobody knows what it denies.
_OPEN: Final = frozenset(
    tuple(phrase.split())
    for phrase in ("OK", "ACK", "DA NHAN", "XAC NHAN", "HELP", "GIUP", "CAN GIUP", "CAN HO TRO")
)
_TURNING: Final = frozenset(
    (
        *("KHONG", "KO", "K", "HONG", "KHG", "CHUA", "CHANG", "DUNG", "THOI", "HUY"),
        *("NO", "NOT", "NEVER", "CANT", "CANNOT", "DONT", "DON", "WONT", "CAN", "T", "UN", "WITHOUT"),
        *("NHUNG", "NEU", "KHI", "HOAC", "HAY", "BUT", "IF", "WHEN", "OR", "UNTIL", "UNLESS", "EXCEPT"),
        *("AI", "SAO", "GI", "NAO", "DAU", "HA", "PHAI", "WHO", "WHAT", "WHY", "WHERE", "WHICH", "HOW"),
        *("GIUP", "HO", "HELP", "NHO", "GOI", "BAO", "CHO", "TIN", "LAI", "DUOC"),
        *("CALL", "ASK", "TELL", "NEED"),
        *("KHAC", "NHAM", "SAI", "OTHER", "ELSE", "WRONG", "NHAN", "OK", "ACK", "1", "2", "3"),
    )
)
"""Words that deny, doubt, ask, hand on or answer once more."""
_LONGEST_TEXT: Final = 500
_DONE: Final = frozenset({Stage.OVER, Stage.FOLDED})  # nobody means them who does not name them
_ALPHABET: Final = frozenset(ALPHABET)
_WORD: Final = re.compile(r"[^\W_]+")
_NAME_OF_A_BOT: Final = re.compile(r"@\w+")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a text says. `codes` in upper case, as they were written."""

    press: Press
    codes: tuple[str, ...]


def hear(text: str, keyword: str = "", known: Collection[str] = ()) -> Heard | None:
    """What `text` answers, None where that is not beyond doubt.

    `keyword` is the word that a shared number wants in front, `known` are the codes of all incidents.
    """
    words = _words(text)
    if keyword and words[:1] == _words(keyword):
        words = words[1:]
    return _to_the_letter(words, known) or _in_a_sentence(words, known, asks="?" in text)


def _to_the_letter(words: Sequence[str], known: Collection[str]) -> Heard | None:
    """A phrase, and before or behind it nothing but codes."""
    for phrase in _LONGEST_FIRST:
        length = len(phrase)
        for said, others in ((words[:length], words[length:]), (words[-length:], words[:-length])):
            if tuple(said) == phrase and all(_may_be_code(word, known) for word in others):
                return Heard(_PHRASES[phrase], tuple(others))
    return None


def _in_a_sentence(words: Sequence[str], known: Collection[str], *, asks: bool) -> Heard | None:
    """A phrase that other words follow; codes among them are those that can be nothing else."""
    codes = tuple(word for word in words if _is_code(word, known))
    sentence = [word for word in words if word not in codes]
    if press := _PHRASES.get(tuple(sentence)):
        return Heard(press, codes)
    press, others = _begins(sentence)
    if press is None or asks:
        return None
    while (again := _begins(others))[0] is press:  # "OK, đã nhận"
        others = again[1]
    return None if _TURNING.intersection(others) else Heard(press, codes)


def _begins(sentence: Sequence[str]) -> tuple[Press | None, Sequence[str]]:
    """What a sentence answers by its beginning, and its other words."""
    for phrase in _LONGEST_FIRST:
        if phrase in _OPEN and tuple(sentence[: len(phrase)]) == phrase:
            return _PHRASES[phrase], sentence[len(phrase) :]
    return None, sentence


def _is_code(word: str, known: Collection[str]) -> bool:
    """Whether it is a code of anything, or has letters and digits like most of them."""
    return word in known or (not word.isalpha() and not word.isdecimal())


def _may_be_code(word: str, known: Collection[str]) -> bool:
    """The same, or it has the form of one and is no word that answers are full of."""
    formed = len(word) == LENGTH and set(word) <= _ALPHABET and word not in _TURNING
    return formed or _is_code(word, known)


def _words(text: str) -> list[str]:
    upper = _NAME_OF_A_BOT.sub(" ", text[:_LONGEST_TEXT]).upper().replace("Đ", "D")
    decomposed = unicodedata.normalize("NFD", upper)
    return _WORD.findall("".join(letter for letter in decomposed if not unicodedata.combining(letter)))


@unique
class Doubt(StrEnum):
    """Why a text answers nothing."""

    UNCLEAR = "unclear"  # not in the grammar
    WHICH = "which"  # several incidents call this contact, and no code says which
    NOTHING = "nothing"  # no such incident calls this contact


@dataclass(frozen=True, slots=True)
class Choice:
    """Who answers what. With a `doubt`, nothing is answered, and `standings` are those to choose from.

    `unknown` are codes of nothing that calls the contact.
    """

    contact: Contact
    press: Press | None = None
    standings: tuple[Standing, ...] = ()
    doubt: Doubt | None = None
    unknown: tuple[str, ...] = ()


def choose(
    heard: Heard | None, candidates: Sequence[Contact], standings: Sequence[Standing], sent_ns: int
) -> Choice:
    """Tie a text to incidents that one of `candidates`, the people it can be from, was called for.

    A code names an incident and proves nothing: whoever was not called for it cannot answer it. What began
    after the text was written is not what it is about.
    """
    told = [(contact, _calling(contact.id, standings, sent_ns)) for contact in candidates]
    contact, called = next(((contact, called) for contact, called in told if called), told[0])
    if heard is None:
        return Choice(contact, doubt=Doubt.UNCLEAR)
    if heard.codes:
        return _by_code(heard, told)
    useful = [standing for standing in called if _useful(heard.press, standing, contact.id)]
    match useful or [standing for standing in called if standing.stage not in _DONE]:
        case []:
            return Choice(contact, doubt=Doubt.NOTHING)
        case [only]:
            return Choice(contact, heard.press, (only,))
        case several:
            return Choice(contact, standings=tuple(several), doubt=Doubt.WHICH)


def _by_code(heard: Heard, told: Iterable[tuple[Contact, Sequence[Standing]]]) -> Choice:
    nobody: Choice | None = None
    for contact, called in told:
        by_code = {standing.told.code.upper(): standing for standing in reversed(called)}
        unknown = tuple(dict.fromkeys(code for code in heard.codes if code not in by_code))
        if not unknown:
            chosen = dict.fromkeys(by_code[code] for code in heard.codes)
            return Choice(contact, heard.press, tuple(chosen))
        if nobody is None or len(unknown) < len(nobody.unknown):
            nobody = Choice(contact, doubt=Doubt.NOTHING, unknown=unknown)
    if nobody is None:
        raise ValueError("a text of nobody")
    return nobody


def _calling(contact: ContactId, standings: Sequence[Standing], sent_ns: int) -> list[Standing]:
    return [
        standing for standing in standings if contact in standing.called and standing.told.began_ns <= sent_ns
    ]


def _useful(press: Press, standing: Standing, contact: ContactId) -> bool:
    if standing.stage in _DONE:
        return False
    return standing.told.taken_by is None or (press is Press.HELP and standing.taken_contact == contact)


def phone_number(text: str) -> str:
    """A number in the form +84..., by which two ways of writing it are the same; '' for what is none."""
    digits = re.sub(r"[^\d+]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("0"):
        digits = "+84" + digits[1:]
    return "+" + digits.lstrip("+") if digits.lstrip("+").isdecimal() else ""
