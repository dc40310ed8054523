"""Bytes of a file that are safe to hand to the YAML parser, or what is wrong with them."""

import codecs
import errno
import re
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridgewatch.config.errors import Mark, Problem
from bridgewatch.model.phrases import Phrase, phrase

_UTF8: Final = phrase("UTF-8 text")
_UTF16: Final = phrase("UTF-16 text")
_UTF32: Final = phrase("UTF-32 text")
_FOREIGN_BOMS: Final = (
    (codecs.BOM_UTF32_LE, _UTF32),  # before UTF-16: its mark begins with the same octets
    (codecs.BOM_UTF32_BE, _UTF32),
    (codecs.BOM_UTF16_LE, _UTF16),
    (codecs.BOM_UTF16_BE, _UTF16),
)
_REASONS: Final = {errno.EACCES: phrase("permission denied"), errno.ENOENT: phrase("no such file")}
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
            return _problem(phrase("something that is not a file"), phrase("a file"))
        with path.open("rb") as file:
            data = file.read(bounds.octets + 1)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, str(error.strerror))
        found = phrase("a file that cannot be read ({reason})", reason=reason)
        return _problem(found, phrase("a readable file"))
    if len(data) > bounds.octets:
        return _problem(phrase("a larger file"), phrase("at most {count} octets", count=bounds.octets))
    return data


def check_bytes(data: bytes) -> bytes | Problem:
    """`data` without its byte order mark and in NFC, or the first thing in it that is not plain UTF-8 text.

    Some systems write `ế` as one character, others as three that look the same; names must compare equal.
    """
    for bom, encoding in _FOREIGN_BOMS:
        if data.startswith(bom):
            return _problem(encoding, _UTF8)
    if _alternates_with_nul(data[:64]):
        return _problem(_UTF16, _UTF8)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        found = phrase(
            "octet {octet} at offset {offset}, which is not UTF-8",
            octet=f"0x{data[error.start]:02x}",
            offset=error.start,
        )
        return _problem(found, _UTF8, _mark(data, error.start))
    if not unicodedata.is_normalized("NFC", text):
        data = unicodedata.normalize("NFC", text).encode()
    if match := _CONTROL.search(data):
        code = ord(match[0].decode())
        found = (
            phrase("the control character {code}", code=f"U+{code:04X}")
            if code
            else phrase("a NUL character")
        )
        return _problem(found, phrase("printable text"), _mark(data, match.start()))
    return data


def _alternates_with_nul(head: bytes) -> bool:
    return len(head) >= 4 and any(not any(head[i::2]) and all(head[1 - i :: 2]) for i in (0, 1))  # noqa: PLR2004


def _mark(data: bytes, offset: int) -> Mark:
    start = data.rfind(b"\n", 0, offset) + 1
    return Mark(data.count(b"\n", 0, offset) + 1, len(data[start:offset].decode()) + 1)


def _problem(found: Phrase, expected: Phrase, mark: Mark | None = None) -> Problem:
    return Problem((), found, expected, mark=mark or Mark(1, 1))
