"""Answers written as text: what they say, and which incidents they can be for.

The grammar is strict, because a wrong acknowledgement silences a page: codes and one of the known phrases,
with or without diacritics, and nothing else. "Chưa nhận" is no "nhận".
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from bridgewatch.adapters.answers.press import Press
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
_LONGEST_TEXT: Final = 500
_DONE: Final = frozenset({Stage.OVER, Stage.FOLDED})  # nobody means them who does not name them
_WORD: Final = re.compile(r"[^\W_]+")
_NAME_OF_A_BOT: Final = re.compile(r"@\w+")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a text says. `codes` in upper case, as they were written."""

    press: Press
    codes: tuple[str, ...]


def hear(text: str, keyword: str = "") -> Heard | None:
    """What `text` answers, None where that is not beyond doubt.

    `keyword` is the word that a shared number wants in front.
    """
    words = _words(text)
    if keyword and words[:1] == _words(keyword):
        words = words[1:]
    for phrase in _LONGEST_FIRST:
        length = len(phrase)
        if tuple(words[:length]) == phrase:
            return Heard(_PHRASES[phrase], tuple(words[length:]))
        if tuple(words[-length:]) == phrase:
            return Heard(_PHRASES[phrase], tuple(words[:-length]))
    return None


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
