"""The forwarder's log: what came, when, what was done to it and when it left; one row per packet sent or not."""

import struct
from collections.abc import Iterator
from enum import IntFlag, unique
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.lab.packets import HEAD, PACKET, echo_replies, echo_requests, parse

MAGIC: Final = b"bwfwlog1"
_FILE: Final = struct.Struct("=8sq")
_ROW: Final = struct.Struct(f"=qqqIHBB{HEAD}s")
_STORED: Final = np.dtype(
    [
        ("in_ns", "i8"),
        ("due_ns", "i8"),
        ("out_ns", "i8"),
        ("number", "u4"),
        ("length", "u2"),
        ("direction", "u1"),
        ("done", "u1"),
        ("head", "u1", (HEAD,)),
    ]
)
_CHUNK: Final = 1 << 16

# `number` counts the arrivals of both directions; an extra copy has the number of its original. `in_ns` is
# when the forwarder read the packet, `due_ns` when it should leave, `out_ns` when it did (0: never); all of
# the monotonic clock. The columns of PACKET describe the packet as it came.
LOG: Final = np.dtype([(name, _STORED.fields[name][0]) for name in _STORED.names[:-1]] + PACKET.descr)

FORWARD: Final = 0
BACKWARD: Final = 1


@unique
class Done(IntFlag):
    """What was done to a packet; `out_ns` says whether this one left at all."""

    LOST = 1  # by the ratio
    BLACKOUT = 2
    COPY = 4  # the extra one of a duplicated packet
    HELD = 8  # for reordering
    CORRUPTED = 16
    # The checksum was left wrong: the receiving kernel's ICMP or UDP drops the packet, and it counts as lost.
    # An IPv4 RAW socket is given its copy before that check.
    BAD_CHECKSUM = 32
    ABANDONED = 64  # still waiting when the forwarder stopped
    REFUSED = 128  # the device it should leave by was down


class LogWriter:
    """Appends rows; what was added is in the file after `flush`."""

    def __init__(self, path: Path, wall_offset_ns: int) -> None:
        self._file = path.open("wb", buffering=0)
        self._file.write(_FILE.pack(MAGIC, wall_offset_ns))
        self._waiting = bytearray()
        self.rows = 0

    def add(
        self, in_ns: int, due_ns: int, out_ns: int, number: int, direction: int, done: int, packet: bytes
    ) -> None:
        """Add one row; `packet` is the packet as it came."""
        self._waiting += _ROW.pack(in_ns, due_ns, out_ns, number, len(packet), direction, done, packet)
        self.rows += 1
        if len(self._waiting) >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write everything to the file."""
        self._file.write(self._waiting)
        self._waiting.clear()

    def close(self) -> None:
        """Flush, and close the file."""
        self.flush()
        self._file.close()


def read_log(path: Path) -> NDArray[np.void]:
    """The rows of a log, in the order in which their fate was sealed, as LOG.

    Raises:
        ValueError: the file is not a whole log.

    """
    data = path.read_bytes()
    _header(data)
    if (len(data) - _FILE.size) % _ROW.size:
        raise ValueError(f"{path} ends in the middle of a row")
    stored = np.frombuffer(data, _STORED, offset=_FILE.size)
    log = np.empty(len(stored), LOG)
    for name in _STORED.names[:-1]:
        log[name] = stored[name]
    parsed = parse(stored["head"], stored["length"])
    for name in PACKET.names:
        log[name] = parsed[name]
    return log


def waits_ns(probes: NDArray[np.void], log: NDArray[np.void]) -> NDArray[np.int64]:
    """[n] how long the link kept the request and the reply of each echo probe (rows of RTT), together.

    Raises:
        KeyError: a probe whose request or reply never left the forwarder.

    """
    sent = log[(log["out_ns"] > 0) & ((log["done"] & Done.COPY) == 0)]
    ways = [echo_requests(sent), echo_replies(sent)]
    waits = [
        dict(zip(_probe_keys(way, peer), (way["out_ns"] - way["in_ns"]).tolist(), strict=True))
        for way, peer in zip(ways, ("destination", "source"), strict=True)
    ]
    return np.array([waits[0][key] + waits[1][key] for key in _probe_keys(probes, "destination")], np.int64)


def _probe_keys(rows: NDArray[np.void], peer: str) -> Iterator[tuple[int, ...]]:
    high, low = rows[peer].T.tolist()
    return zip(high, low, *(rows[name].tolist() for name in ("ident", "seq", "token")), strict=True)


def wall_offset_ns(path: Path) -> int:
    """Wall minus monotonic clock when the log began; added to its times they compare with a capture's."""
    with path.open("rb") as file:
        return _header(file.read(_FILE.size))


def _header(data: bytes) -> int:
    if not data.startswith(MAGIC) or len(data) < _FILE.size:
        raise ValueError("not a log of the forwarder")
    return _FILE.unpack_from(data)[1]
