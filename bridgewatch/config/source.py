"""Bytes of a file that are safe to hand to the YAML parser, or what is wrong with them."""

import codecs
import re
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridgewatch.config.errors import Mark, Problem

_UTF8 = "UTF-8 text"
_FOREIGN_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32 text"),  # before UTF-16: its mark begins with the same octets
    (codecs.BOM_UTF32_BE, "UTF-32 text"),
    (codecs.BOM_UTF16_LE, "UTF-16 text"),
    (codecs.BOM_UTF16_BE, "UTF-16 text"),
)
# What YAML 1.1 calls not printable: C0 but tab and line ends, DEL, C1 but NEL, U+FFFE and U+FFFF.
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x84\x86-\x9f]|\xef\xbf[\xbe\xbf]")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a file may be before it is refused. `nodes` counts values with every alias expanded."""

    octets: int = 16 * 2**20
    depth: int = 32
    nodes: int = 1_000_000
    aliases: int = 1_000


def read_bytes(path: Path, bounds: Bounds) -> bytes | Problem:
    """The content of `path`, never more than `bounds.octets` of it."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for its writer
            return _problem("something that is not a file", "a file")
        with path.open("rb") as file:
            data = file.read(bounds.octets + 1)
    except OSError as error:
        return _problem(f"a file that cannot be read ({error.strerror})", "a readable file")
    if len(data) > bounds.octets:
        return _problem("a larger file", f"at most {bounds.octets:,} octets")
    return data


def check_bytes(data: bytes) -> bytes | Problem:
    """`data` without its byte order mark and in NFC, or the first thing in it that is not plain UTF-8 text.

    Some systems write `ế` as one character, others as three that look the same; names must compare equal.
    """
    for bom, encoding in _FOREIGN_BOMS:
        if data.startswith(bom):
            return _problem(encoding, _UTF8)
    if _alternates_with_nul(data[:64]):
        return _problem("UTF-16 text", _UTF8)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        where = f"octet 0x{data[error.start]:02x} at offset {error.start}"
        return _problem(f"{where}, which is not UTF-8", _UTF8, _mark(data, error.start))
    if not unicodedata.is_normalized("NFC", text):
        data = unicodedata.normalize("NFC", text).encode()
    if match := _CONTROL.search(data):
        code = ord(match[0].decode())
        name = "a NUL character" if code == 0 else f"the control character U+{code:04X}"
        return _problem(name, "printable text", _mark(data, match.start()))
    return data


def _alternates_with_nul(head: bytes) -> bool:
    return len(head) >= 4 and any(not any(head[i::2]) and all(head[1 - i :: 2]) for i in (0, 1))  # noqa: PLR2004


def _mark(data: bytes, offset: int) -> Mark:
    start = data.rfind(b"\n", 0, offset) + 1
    return Mark(data.count(b"\n", 0, offset) + 1, len(data[start:offset].decode()) + 1)


def _problem(found: str, expected: str, mark: Mark | None = None) -> Problem:
    return Problem((), found, expected, mark=mark or Mark(1, 1))
