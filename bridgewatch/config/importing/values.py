"""What people write in the cells of a list, in the words of the configuration."""

import re
from typing import Final

from bridgewatch.config.hints import as_id
from bridgewatch.config.importing.cells import Cell
from bridgewatch.config.importing.reasons import Reasons, RefusedError
from bridgewatch.core.nearest import suggesting
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import Access, Language, Level, Network

_LEVELS: Final = {
    Level.PROVINCE: ("tinh", "province", "cap-tinh", "thanh-pho-truc-thuoc-trung-uong"),
    Level.DISTRICT: ("huyen", "quan", "thi-xa", "district", "cap-huyen"),
    Level.COMMUNE: ("xa", "phuong", "thi-tran", "dac-khu", "commune", "ward", "cap-xa"),
}
_LEVEL_OF: Final = {word: level for level, words in _LEVELS.items() for word in words}
_IN_NAMES: Final = {
    Level.COMMUNE: ("-xa-", "-phuong-", "-thi-tran-", "-dac-khu-"),
    Level.PROVINCE: ("-tinh-",),
}
_NETWORKS: Final = {
    Network.WAN: (
        "wan",
        "tslcd",
        "mang-dien-rong",
        "truyen-so-lieu-chuyen-dung",
        "leased-line",
        "kenh-thue-rieng",
    ),
    Network.INTERNET: ("internet", "ftth", "cap-quang", "adsl", "lte", "3g", "4g", "5g", "di-dong"),
}
_NETWORK_OF: Final = {word: network for network, words in _NETWORKS.items() for word in words}
_MOBILE: Final = frozenset({"lte", "3g", "4g", "5g", "di-dong", "mobile", "brdd"})
_FIXED: Final = frozenset({"ftth", "cap-quang", "adsl", "co-dinh", "fixed", "brcd"})
_LANGUAGES: Final = {
    "vi": Language.VI,
    "tieng-viet": Language.VI,
    "vietnamese": Language.VI,
    "en": Language.EN,
    "tieng-anh": Language.EN,
    "english": Language.EN,
}
_RATE: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*([kmg])?(?:bps|bit/s|bits/s|b/s|bps/s)?", re.IGNORECASE)
_PREFIX: Final = re.compile(r"^(tinh|thanh-pho|tp)-")
_UNIT_DIGITS: Final = {Level.PROVINCE: 2, Level.DISTRICT: 3, Level.COMMUNE: 5}
# Phone numbers here without their leading zero: of a mobile, and of a landline with its area's code.
_WITHOUT_ZERO: Final = re.compile(r"[35789]\d{8}|2\d{9}", re.ASCII)
_CELL_WITHOUT_ZERO: Final = re.compile(r"[2-9]\d{8,9}", re.ASCII)


def level_of(cell: Cell | None, name: str) -> Level:
    """The level that a cell says, or else the name of the site."""
    if cell is not None:
        level = _LEVEL_OF.get(as_id(cell.text))
        if level is None:
            raise RefusedError(
                phrase(
                    "the level {text} is none of tỉnh, huyện and xã (province, district, commune)",
                    text=repr(cell.text),
                )
            )
        return level
    padded = f"-{as_id(name)}-"
    for level, words in _IN_NAMES.items():
        if any(word in padded for word in words):
            return level
    raise RefusedError(phrase("no level: fill in tỉnh, huyện or xã (province, district or commune)"))


def network_of_cell(cell: Cell | None) -> Network:
    """The network that a cell says."""
    if cell is None:
        raise RefusedError(phrase("no network: fill in WAN (TSLCD) or Internet"))
    word = as_id(cell.text)
    found = _NETWORK_OF.get(word) or _NETWORK_OF.get(word.partition("-")[0])
    if found is None:
        raise RefusedError(
            phrase("the network {text} is neither WAN (TSLCD) nor Internet", text=repr(cell.text))
        )
    return found


def access_of(access: Cell | None, network: Cell | None) -> Access | None:
    """Fixed or mobile, if the cell of access or of network says it."""
    for cell in (access, network):
        words = set(as_id(cell.text).split("-")) | {as_id(cell.text)} if cell is not None else set()
        if words & _MOBILE:
            return Access.MOBILE
        if words & _FIXED:
            return Access.FIXED
    if access is not None:
        raise RefusedError(
            phrase(
                "the access {text} is neither fixed (cố định) nor mobile (di động)", text=repr(access.text)
            )
        )
    return None


def rates_of(bandwidth: Cell | None, down: Cell | None, up: Cell | None) -> tuple[str, str] | None:
    """Down and up as the configuration writes them; a number alone is Mbit/s, as carriers speak."""
    if bandwidth is not None:
        first, slash, second = bandwidth.text.partition("/")
        if slash and _RATE.fullmatch(first.strip()) and second.strip()[:1].isdigit():
            return _rate(_with_unit(first, second)), _rate(second)
        return _rate(bandwidth.text), _rate(bandwidth.text)
    if down is None:
        return None
    reasons = Reasons()
    reasons.of(_rate, down.text)
    reasons.of(_rate, (up or down).text)
    reasons.tell()
    return _rate(down.text), _rate((up or down).text)


def phone_of(cell: Cell) -> str:
    """Digits; the zero that a sheet takes from a number is put back."""
    digits = _digits(cell)
    if not re.fullmatch(r"\+?\d{3,15}", digits, re.ASCII):
        raise RefusedError(phrase("{text} is no phone number", text=repr(cell.text)))
    return f"0{digits}" if lacks_zero(cell) else digits


def lacks_zero(cell: Cell) -> bool:
    """Whether a phone number has lost its leading zero, as it does where a sheet takes it for a number."""
    form = _CELL_WITHOUT_ZERO if cell.number else _WITHOUT_ZERO
    return form.fullmatch(_digits(cell)) is not None


def _digits(cell: Cell) -> str:
    return re.sub(r"[ .()-]", "", cell.text)


def unit_of(cell: Cell, level: Level) -> str:
    """A code; the zeros that a sheet takes from a number are put back."""
    if not re.fullmatch(r"\d{1,10}", cell.text, re.ASCII):
        raise RefusedError(phrase("the unit code {text} is no code of digits", text=repr(cell.text)))
    return cell.text.zfill(_UNIT_DIGITS[level]) if cell.number else cell.text


def language_of(cell: Cell | None) -> Language:
    """Vietnamese unless the cell says English."""
    if cell is None:
        return Language.VI
    language = _LANGUAGES.get(as_id(cell.text))
    if language is None:
        raise RefusedError(phrase("the language {text} is neither vi nor en", text=repr(cell.text)))
    return language


def carrier_of(cell: Cell, known: dict[str, str] | None) -> str:
    """The id of a carrier by id or name. `known` by the id of each spelling, None: any will do."""
    word = as_id(cell.text)
    if not word:
        raise RefusedError(phrase("the carrier {text} has no letter in it", text=repr(cell.text)))
    if known is None:
        return word
    if word in known:
        return known[word]
    said = phrase(
        "the carrier {text} is not in carriers.yaml; known are {known}",
        text=repr(cell.text),
        known=", ".join(sorted(set(known.values()))),
    )
    raise RefusedError(suggesting(said, word, known))


def site_id_of(name: str, province: Cell | None) -> str:
    """An id made from a name, with that of the province in front where there is a column for it."""
    own = as_id(name).removeprefix("diem-cau-")
    if province is None:
        return own
    prefix = _PREFIX.sub("", as_id(province.text))
    return own if not prefix or own.startswith(f"{prefix}-") else f"{prefix}-{own}"[:64].rstrip("-")


def _rate(text: str) -> str:
    match = _RATE.fullmatch(text.strip())
    if match is None or not float(match[1].replace(",", ".")):
        raise RefusedError(
            phrase("the bandwidth {text} is no rate such as 20M or 100/50 Mbps", text=repr(text.strip()))
        )
    number = f"{float(match[1].replace(',', '.')):g}"
    unit = (match[2] or "m").lower()
    return f"{number}{'k' if unit == 'k' else unit.upper()}"


def _with_unit(first: str, second: str) -> str:
    """`100` of `100/50 Mbps` has the unit that stands behind both."""
    unit = re.search(r"[kmgKMG]", second)
    return first if unit is None or re.search(r"[kmgKMG]", first) else f"{first.strip()}{unit[0]}"
