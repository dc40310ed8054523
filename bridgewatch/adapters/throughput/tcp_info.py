"""What the kernel knows of a TCP connection: `struct tcp_info` of linux/tcp.h, which only ever grows."""

import socket
import struct
from dataclasses import dataclass
from typing import Final

_SIZE: Final = 216
_ESTABLISHED: Final = 1
_RTT: Final = struct.Struct("=I")
_RTT_AT: Final = 68
_TOTAL_RETRANS_AT: Final = 100
_ACKED: Final = struct.Struct("=Q")
_ACKED_AT: Final = 120
_SENT: Final = struct.Struct("=QQ")
_SENT_AT: Final = 200
_MICROSECOND: Final = 1e-6


@dataclass(frozen=True, slots=True)
class TcpInfo:
    """`open`: not yet closed by either side, nor in the making. `rtt` smoothed, in seconds.

    `acked`: octets of payload the far end has confirmed.

    `sent` and `resent` are octets of payload, the first including the second (Linux 4.19; 0 before).
    """

    open: bool
    rtt: float
    resends: int
    acked: int
    sent: int
    resent: int


def tcp_info(sock: socket.socket) -> TcpInfo:
    """Raises OSError, also when the socket is closed."""
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE).ljust(_SIZE, b"\0")
    sent, resent = _SENT.unpack_from(raw, _SENT_AT)
    return TcpInfo(
        open=raw[0] == _ESTABLISHED,
        rtt=_RTT.unpack_from(raw, _RTT_AT)[0] * _MICROSECOND,
        resends=_RTT.unpack_from(raw, _TOTAL_RETRANS_AT)[0],
        acked=_ACKED.unpack_from(raw, _ACKED_AT)[0],
        sent=sent,
        resent=resent,
    )
