"""Control messages of a whole batch at once (`cmsg(3)`).

Sockets of one kind get the same messages in the same order, so the layout of one row is walked in Python and
every row that shares it is read by columns; rows of another layout form the next group.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.columns import every

_HEADER: Final = struct.Struct("=Qii")
_ALIGN: Final = 8

SOL_SOCKET: Final = 1
SOL_IP: Final = 0
SOL_IPV6: Final = 41
SO_TIMESTAMPING: Final = 37
IP_TOS: Final = 1
IP_TTL: Final = 2
IP_PKTINFO: Final = 8
IP_RECVERR: Final = 11
IPV6_RECVERR: Final = 25
IPV6_PKTINFO: Final = 50
IPV6_HOPLIMIT: Final = 52
IPV6_TCLASS: Final = 67


class Layout(NamedTuple):
    """Rows whose control messages lie at the same places.

    `rows` indexes the batch; `offsets` maps (level, type) to (offset of its data, size of its data).
    """

    rows: NDArray[np.intp]
    offsets: dict[tuple[int, int], tuple[int, int]]


def layouts(control: NDArray[np.uint8], length: NDArray[np.uint64]) -> Iterator[Layout]:
    """Group the rows of `control` [n, size] by where their messages lie. `size` is a multiple of 8."""
    words = control.view(np.uint64)
    rows = np.arange(len(control))
    while len(rows):
        first = rows[0]
        total = int(length[first])
        messages = list(_walk(control[first].tobytes(), total))
        same = length[rows] == total
        for offset, size, level, kind, _ in messages:
            word = offset // 8
            same &= words[rows, word] == size
            same &= words[rows, word + 1] == ((level & 0xFFFFFFFF) | (kind & 0xFFFFFFFF) << 32)
        yield Layout(
            rows if every(same) else rows[same],
            {(level, kind): (offset + _HEADER.size, payload) for offset, _, level, kind, payload in messages},
        )
        rows = rows[~same]


def _walk(octets: bytes, total: int) -> Iterator[tuple[int, int, int, int, int]]:
    offset = 0
    while offset + _HEADER.size <= min(total, len(octets)):
        size, level, kind = _HEADER.unpack_from(octets, offset)
        if size < _HEADER.size or offset + size > total:
            return
        yield offset, size, level, kind, size - _HEADER.size
        offset += (size + _ALIGN - 1) // _ALIGN * _ALIGN


def message(level: int, kind: int, data: bytes) -> bytes:
    """One control message, padded to the alignment of the next."""
    padding = -len(data) % _ALIGN
    return _HEADER.pack(_HEADER.size + len(data), level, kind) + data + bytes(padding)
