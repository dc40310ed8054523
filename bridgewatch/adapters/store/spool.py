"""The spool: a file of fixed size, written in full when it is made, so that a full disk cannot stop it.

    header, twice (at 0 and at 4096): magic, generation, checksum
    records, from 8192 on: checksum of the rest, generation, length, the record itself

Records are valid from the first on as long as their checksums hold and their generation is that of the newer
header. Emptying it writes a header with the next generation into the older of the two places: whatever octet
a power cut or a kill leaves as the last one, what is read back is what was appended, or a beginning of it.
"""

import contextlib
import logging
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bridgewatch.adapters.store.errors import SpoolFullError
from bridgewatch.model.ports import Clock, StoreUnavailableError

log = logging.getLogger(__name__)

FILE_NAME: Final = "spool"
OCTETS: Final = 4 << 20
_MAGIC: Final = b"bwspool1"
_HEADER: Final = struct.Struct("<8sQI")
_RECORD: Final = struct.Struct("<IQI")
_CHECKSUM: Final = 4  # octets
_HEADER_PLACES: Final = (0, 4096)
_FIRST: Final = 8192
_MODE: Final = 0o600


class Spool:
    """Keeps records until it is emptied. One thread uses it at a time.

    The file is opened, or made, when it is first needed; one that is no spool is set aside. Every method
    raises StoreUnavailableError where that fails.
    """

    def __init__(self, path: Path, clock: Clock, octets: int = OCTETS) -> None:
        self.path: Final = path
        self._clock = clock
        self._octets = octets
        self._fd = -1
        self._generation = 0
        self._end = _FIRST

    @property
    def used(self) -> float:
        """How full it is, as a ratio."""
        return (self._end - _FIRST) / (self._octets - _FIRST)

    def append(self, record: bytes) -> None:
        """Keep a record; durable when it returns. Raises SpoolFullError beside the other."""
        with self._open():
            framed = _framed(record, self._generation)
            if self._end + len(framed) > self._octets:
                raise SpoolFullError(f"the spool {self.path} is full")
            _write(self._fd, framed, self._end)
            self._end += len(framed)

    def records(self) -> list[bytes]:
        """All that is kept, in the order it was appended."""
        with self._open():
            return [record for record, _ in _parsed(_content(self._fd), self._generation)]

    def clear(self) -> None:
        """Forget everything; durable when it returns."""
        with self._open():
            following = self._generation + 1
            _write(self._fd, _header(following), _HEADER_PLACES[following % 2])
            self._generation, self._end = following, _FIRST

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        try:
            if self._fd < 0:
                self._find()
            elif not self._in_place():
                log.error("the spool %s was removed: it is made again", self.path)
                self._make(_content(self._fd))
            yield
        except OSError as error:
            raise StoreUnavailableError(f"the spool {self.path} cannot be used: {error.strerror}") from error

    def _in_place(self) -> bool:
        """Whether the path still leads to the open file: what is written elsewhere is found by nobody."""
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._fd))
        except FileNotFoundError:
            return False

    def _find(self) -> None:
        try:
            fd = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            self._make(_header(0))
            return
        try:
            content = _content(fd)
        finally:
            os.close(fd)
        if _generation(content) is None:
            aside = self.path.with_name(f"{self.path.name}.damaged-{self._clock.wall_ns()}")
            self.path.rename(aside)
            log.error("%s is no spool: it is set aside as %s, and a new one made", self.path, aside.name)
            content = _header(0)
        if len(content) == self._octets:
            self._use(os.open(self.path, os.O_RDWR | os.O_CLOEXEC), content)
        else:
            self._make(content)

    def _make(self, content: bytes) -> None:
        """Write the whole file and put it into its place in one piece."""
        self._octets = max(self._octets, len(content))
        fresh = self.path.with_name(f".{self.path.name}.new")
        fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _MODE)
        try:
            _write(fd, content.ljust(self._octets, b"\0"), 0)
            fresh.rename(self.path)
            _sync_directory(self.path.parent)
        except OSError:
            os.close(fd)
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise
        self._use(fd, content)

    def _use(self, fd: int, content: bytes) -> None:
        self.close()
        self._fd = fd
        self._generation = _generation(content) or 0
        self._end = max((end for _, end in _parsed(content, self._generation)), default=_FIRST)


def _header(generation: int) -> bytes:
    start = _HEADER.pack(_MAGIC, generation, 0)[:-_CHECKSUM]
    return start + zlib.crc32(start).to_bytes(_CHECKSUM, "little")


def _generation(content: bytes) -> int | None:
    """That of the newest header, None where there is none."""
    found = []
    for place in _HEADER_PLACES:
        if len(content) >= place + _HEADER.size:
            magic, generation, _ = _HEADER.unpack_from(content, place)
            if magic == _MAGIC and content[place : place + _HEADER.size] == _header(generation):
                found.append(generation)
    return max(found, default=None)


def _framed(record: bytes, generation: int) -> bytes:
    checked = struct.pack("<QI", generation, len(record)) + record
    return struct.pack("<I", zlib.crc32(checked)) + checked


def _parsed(content: bytes, generation: int) -> Iterator[tuple[bytes, int]]:
    """Each valid record with where it ends."""
    place = _FIRST
    while place + _RECORD.size <= len(content):
        checksum, its_generation, length = _RECORD.unpack_from(content, place)
        end = place + _RECORD.size + length
        checked = content[place + _CHECKSUM : end]
        if its_generation != generation or end > len(content) or zlib.crc32(checked) != checksum:
            return
        yield content[place + _RECORD.size : end], end
        place = end


def _content(fd: int) -> bytes:
    size = os.fstat(fd).st_size
    return os.pread(fd, size, 0)


def _write(fd: int, content: bytes, place: int) -> None:
    rest = memoryview(content)
    while rest:
        written = os.pwrite(fd, rest, place)
        rest, place = rest[written:], place + written
    os.fdatasync(fd)


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
