"""Counts what our own receive buffer dropped, and nothing else.

The kernel's counter, which SO_RXQ_OVFL tells as well, also counts packets with a wrong checksum (UDP and RAW
IPv6): those a line spoilt, or anybody sent us. A buffer that overflowed is found full now, or was full while
it was read the last time; that reading then brought up all it held.
"""

import socket
import struct
from typing import Final

SKB_OVERHEAD: Final = 832  # what one small packet takes of a receive buffer: its octets and its sk_buff
_SO_MEMINFO: Final = 55
_MEMINFO: Final = struct.Struct("=9I")  # linux/sock_diag.h: SK_MEMINFO_RMEM_ALLOC, _RCVBUF, ..., _DROPS
_COUNTER_MASK: Final = 0xFFFFFFFF  # the kernel's counter is 32 bits wide


class OverflowMeter:
    """Watches the receive queue of one socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._dropped = 0
        self._was_full = False

    def look(self, last_read: int) -> int:
        """Packets the full buffer dropped since the last look; call it before the queue is read.

        `last_read` is how many packets the last reading brought up.
        """
        octets = self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
        held, limit, *_, dropped = _MEMINFO.unpack(octets)
        most = max(held, last_read * SKB_OVERHEAD)
        overflowed = (dropped - self._dropped) & _COUNTER_MASK if 2 * most > limit or self._was_full else 0
        self._dropped, self._was_full = dropped, 2 * held > limit
        return overflowed
