"""Numbers and codes as they are read aloud, so that no voice has to guess."""

from typing import Final

from bridgewatch.model.words import Language

_VI: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_EN: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_EN_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_THOUSAND: Final = 1_000
_LARGEST: Final = 1_000_000


def number(value: int, language: Language) -> str:
    """`25` as `hai mươi lăm` or `twenty-five`. From a million on, digit by digit."""
    if not 0 <= value < _LARGEST:
        return " ".join(digit(sign, language) for sign in str(value) if sign.isdecimal())
    thousands, rest = divmod(value, _THOUSAND)
    below = _vi_below_thousand if language is Language.VI else _en_below_thousand
    if not thousands:
        return below(rest, full=False)
    word = "nghìn" if language is Language.VI else "thousand"
    head = f"{below(thousands, full=False)} {word}"
    return f"{head} {below(rest, full=True)}" if rest else head


def time_of_day(hour: int, minute: int, language: Language) -> str:
    """`bảy giờ năm mươi bốn phút`, `seven fifty-four`."""
    hours, minutes = number(hour, language), number(minute, language)
    if language is Language.VI:
        return f"{hours} giờ {minutes} phút" if minute else f"{hours} giờ"
    if not minute:
        return f"{hours} hundred hours"
    return f"{hours} {'oh ' if minute < len(_VI) else ''}{minutes}"


def digit(sign: str, language: Language) -> str:
    """One decimal digit."""
    return (_VI if language is Language.VI else _EN)[int(sign)]


def spelled(code: str, language: Language) -> str:
    """`K7F2` as `K, bảy, F, hai`."""
    return ", ".join(digit(sign, language) if sign in "0123456789" else sign for sign in code)


def _vi_below_thousand(value: int, *, full: bool) -> str:
    # After a thousand the hundreds are said even where there are none: một nghìn không trăm linh năm.
    hundreds, rest = divmod(value, 100)
    if not hundreds and not full:
        return _vi_below_hundred(rest)
    head = f"{_VI[hundreds]} trăm"
    if not rest:
        return head
    return f"{head} linh {_VI[rest]}" if rest < len(_VI) else f"{head} {_vi_below_hundred(rest)}"


def _vi_below_hundred(value: int) -> str:
    tens, units = divmod(value, 10)
    if not tens:
        return _VI[units]
    head = "mười" if tens == 1 else f"{_VI[tens]} mươi"
    if not units:
        return head
    said = _VI[units]
    if units == 5:  # noqa: PLR2004 - năm is lăm after a ten
        said = "lăm"
    elif units == 1 and tens > 1:
        said = "mốt"
    return f"{head} {said}"


def _en_below_thousand(value: int, *, full: bool) -> str:
    hundreds, rest = divmod(value, 100)
    if not hundreds:
        return f"and {_en_below_hundred(rest)}" if full else _en_below_hundred(rest)
    head = f"{_EN[hundreds]} hundred"
    return f"{head} and {_en_below_hundred(rest)}" if rest else head


def _en_below_hundred(value: int) -> str:
    if value < len(_EN):
        return _EN[value]
    tens, units = divmod(value, 10)
    head = _EN_TENS[tens - 2]
    return f"{head}-{_EN[units]}" if units else head
