"""The Internet checksum (RFC 1071) of a whole batch."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.observations import Int8

_WORD: Final = 4
_ONES: Final = np.uint64(0xFFFF)


def internet_checksum(packet: Int8) -> NDArray[np.uint16]:
    """The checksum of every row of `packet` [n, width], as the number to write in network order.

    Octets behind a packet's end must be zero: they add nothing. A packet that carries its own right checksum
    sums to 0.
    """
    # RFC 1071 section 2: the sum does not depend on byte order or on word size, because 2^16 = 1 modulo
    # 2^16 - 1. So native 32-bit words are added, the remainder is the folded sum, and one swap at the end
    # gives network order. Only a sum of nothing but zeros folds to 0; any other multiple folds to 2^16 - 1.
    total: NDArray[np.uint64] = _words(packet).sum(axis=1, dtype=np.uint64)
    folded = total % _ONES
    folded[(folded == 0) & (total != 0)] = _ONES
    return (_ONES - folded).astype(np.uint16).byteswap()


def _words(packet: Int8) -> NDArray[np.uint32]:
    missing = -packet.shape[1] % _WORD
    if missing:
        packet = np.pad(packet, ((0, 0), (0, missing)))
    return np.ascontiguousarray(packet).view(np.uint32)
