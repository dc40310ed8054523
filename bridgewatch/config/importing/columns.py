"""What the columns of a list are called: in Vietnamese or English, with or without diacritics."""

from collections.abc import Iterable, Mapping
from enum import StrEnum, unique
from typing import Final, NamedTuple

from bridgewatch.config.hints import as_id
from bridgewatch.config.importing.cells import Cell, Line, Sheet

_HEAD: Final = 20  # lines among which the headers are looked for: titles and dates stand above them
_ENOUGH: Final = 2  # headers in one line; one alone may be a title


@unique
class Column(StrEnum):
    """What a column says; the value is how the template calls it, both languages."""

    SITE = "Mã điểm cầu / Site id"
    SITE_NAME = "Tên điểm cầu / Site name"
    PROVINCE = "Tỉnh / Province"
    LEVEL = "Cấp / Level"
    UNIT = "Mã đơn vị hành chính / Unit code"
    LEGACY_UNIT = "Mã đơn vị cũ / Old unit code"
    PARENT = "Trực thuộc / Parent"
    NETWORK = "Đường truyền / Network"
    CARRIER = "Nhà mạng / Carrier"
    CIRCUIT = "Mã kênh / Circuit"
    BANDWIDTH = "Băng thông / Bandwidth"
    DOWN = "Tải xuống / Download"
    UP = "Tải lên / Upload"
    ACCESS = "Loại truy nhập / Access"
    TARGET = "Địa chỉ IP / IP address"
    VIA = "Đi qua / Via"
    CONTACT = "Đầu mối liên hệ / Contact"
    PHONE = "Điện thoại / Phone"
    MAIL = "Thư điện tử / Email"
    TELEGRAM = "Telegram"
    LANGUAGE = "Ngôn ngữ / Language"


SITE_COLUMNS: Final = (Column.SITE, Column.SITE_NAME)
LINK_COLUMNS: Final = (Column.TARGET, Column.NETWORK, Column.CIRCUIT, Column.BANDWIDTH, Column.DOWN)
CONTACT_COLUMNS: Final = (Column.CONTACT, Column.PHONE, Column.MAIL, Column.TELEGRAM)

_OTHER_NAMES: Final[Mapping[Column, tuple[str, ...]]] = {
    Column.SITE: ("site", "id", "mã", "mã số điểm cầu"),
    Column.SITE_NAME: ("điểm cầu", "tên", "name", "site", "đơn vị", "tên đơn vị", "địa điểm", "room"),
    Column.PROVINCE: ("tỉnh thành phố", "tỉnh/thành phố", "tên tỉnh"),
    Column.LEVEL: ("cấp hành chính", "cấp đơn vị", "administrative level"),
    Column.UNIT: ("mã đơn vị", "mã đvhc", "mã hành chính", "mã xã", "unit"),
    Column.LEGACY_UNIT: ("mã cũ", "mã đvhc cũ", "legacy unit", "legacy unit code"),
    Column.PARENT: ("cấp trên", "đơn vị cấp trên", "parent site", "thuộc"),
    Column.NETWORK: ("mạng", "link", "loại đường truyền", "loại kênh", "kênh"),
    Column.CARRIER: (
        "doanh nghiệp",
        "doanh nghiệp viễn thông",
        "nhà cung cấp",
        "isp",
        "operator",
        "provider",
    ),
    Column.CIRCUIT: ("mã đường truyền", "số hiệu kênh", "mã thuê bao", "account", "circuit id"),
    Column.BANDWIDTH: ("băng thông mbps", "băng thông mbit/s", "tốc độ", "speed", "bandwidth mbps"),
    Column.DOWN: ("down", "tốc độ tải xuống", "download mbps"),
    Column.UP: ("up", "tốc độ tải lên", "upload mbps"),
    Column.ACCESS: ("truy nhập", "loại internet", "cố định di động"),
    Column.TARGET: ("ip", "địa chỉ", "target", "address", "ip wan", "địa chỉ ip wan"),
    Column.VIA: ("qua", "đi qua đường truyền"),
    Column.CONTACT: ("đầu mối", "người liên hệ", "họ tên", "họ và tên", "cán bộ đầu mối", "contact name"),
    Column.PHONE: ("sđt", "số điện thoại", "số đt", "đt", "di động", "mobile", "telephone", "tel"),
    Column.MAIL: ("email", "e-mail", "mail", "thư"),
    Column.TELEGRAM: ("telegram id", "chat id"),
    Column.LANGUAGE: ("tiếng",),
}


def _spellings() -> dict[str, Column]:
    spellings: dict[str, Column] = {}
    for column in Column:
        for name in (column.value, *column.value.split(" / "), *_OTHER_NAMES.get(column, ())):
            spellings.setdefault(as_id(name), column)
    return spellings


_COLUMNS: Final = _spellings()


class Table(NamedTuple):
    """The part of a sheet that is a list. `unread` are headers that mean nothing here."""

    columns: Mapping[int, Column]
    unread: tuple[str, ...]
    lines: tuple[Line, ...]


def table_of(sheet: Sheet) -> Table | None:
    """The list in a sheet, below the line with the most headers that are known; None if there is none."""
    candidates = [
        (known, -index) for index, line in enumerate(sheet.lines[:_HEAD]) if (known := _known(line))
    ]
    if not candidates or (best := max(candidates))[0] < _ENOUGH:
        return None
    header = -best[1]
    columns: dict[int, Column] = {}
    unread = []
    for index, cell in enumerate(sheet.lines[header].cells):
        column = _COLUMNS.get(as_id(cell.text))
        if column is not None and column not in columns.values():
            columns[index] = column
        elif cell.text:
            unread.append(cell.text)
    return Table(columns, tuple(unread), sheet.lines[header + 1 :])


def fields_of(line: Line, columns: Mapping[int, Column]) -> dict[Column, Cell]:
    """What a line says under headers that are known; empty cells say nothing."""
    cells = enumerate(line.cells)
    return {columns[index]: cell for index, cell in cells if index in columns and cell.text}


def known_headers(rows: Iterable[list[str]]) -> int:
    """How many headers are known in that one of `rows` that has the most."""
    return max(
        (len({column for text in row if (column := _COLUMNS.get(as_id(text)))}) for row in rows), default=0
    )


def _known(line: Line) -> int:
    return len({column for cell in line.cells if (column := _COLUMNS.get(as_id(cell.text)))})
