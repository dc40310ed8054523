"""The example lines of the template, which are no sites of anybody."""

from collections.abc import Mapping
from typing import Final

from bridgewatch.config.importing.cells import Cell
from bridgewatch.config.importing.columns import Column

EXAMPLES: Final[tuple[Mapping[Column, str], ...]] = (
    {
        Column.SITE: "gialai-ubnd",
        Column.SITE_NAME: "Điểm cầu UBND tỉnh Gia Lai",
        Column.LEVEL: "tỉnh",
        Column.UNIT: "52",
        Column.NETWORK: "WAN",
        Column.CARRIER: "VNPT",
        Column.CIRCUIT: "GLI-TSLCD-0001",
        Column.BANDWIDTH: "200M",
        Column.TARGET: "192.0.2.10",
        Column.CONTACT: "Nguyễn Văn Mẫu",
        Column.PHONE: "0100000001",
    },
    {
        Column.SITE: "gialai-iape",
        Column.SITE_NAME: "Điểm cầu UBND xã Ia Pê",
        Column.LEVEL: "xã",
        Column.UNIT: "23650",
        Column.PARENT: "gialai-ubnd",
        Column.NETWORK: "Internet",
        Column.CARRIER: "Viettel",
        Column.BANDWIDTH: "100/50 Mbps",
        Column.ACCESS: "cố định",
        Column.TARGET: "203.0.113.29",
        Column.CONTACT: "Trần Thị Ví Dụ",
        Column.PHONE: "0100000002",
        Column.MAIL: "vidu@iape.example",
    },
)
_LINE: Final = (Column.SITE, Column.TARGET)
_PERSON: Final = (Column.CONTACT, Column.PHONE)


def is_example(fields: Mapping[Column, Cell]) -> bool:
    """Whether the link of a line is that of an example."""
    return _agrees(fields, _LINE)


def has_example_person(fields: Mapping[Column, Cell]) -> bool:
    """Whether the contact of a line is that of an example."""
    return _agrees(fields, _PERSON)


def _agrees(fields: Mapping[Column, Cell], columns: tuple[Column, ...]) -> bool:
    said = [fields[column].text if column in fields else "" for column in columns]
    return any(said == [example[column] for column in columns] for example in EXAMPLES)
