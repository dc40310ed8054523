"""Octets that the far end's TCP has confirmed, over connections that come and go."""

import contextlib
import socket
from dataclasses import dataclass

from bridgewatch.adapters.throughput.tcp_info import tcp_info


@dataclass(slots=True)
class _Sum:
    acked: int = 0
    sent: int = 0
    resent: int = 0


@dataclass(slots=True, kw_only=True)
class _Counted(_Sum):
    socket: socket.socket


class Confirmed:
    """Counts every socket it is given, to its end."""

    def __init__(self) -> None:
        self._open: list[_Counted] = []
        self._over = _Sum()
        self._before = (0, 0)

    def add(self, sock: socket.socket) -> None:
        """Count this one, too. Its owner may close it: a duplicate of ours is read even then."""
        self._open.append(_Counted(socket=sock.dup()))

    def octets(self) -> int:
        """Confirmed until now, headers of HTTP and TLS included."""
        for each in tuple(self._open):
            with contextlib.suppress(OSError):
                info = tcp_info(each.socket)
                each.acked = max(0, info.acked - 1)  # less the SYN
                each.sent, each.resent = info.sent, info.resent
                if each.acked and not info.open:
                    self._close(each)
        return self._over.acked + sum(each.acked for each in self._open)

    def _close(self, each: _Counted) -> None:
        """Only the last duplicate to be closed tells the far end so."""
        each.socket.close()
        self._open.remove(each)
        self._over.acked += each.acked
        self._over.sent += each.sent
        self._over.resent += each.resent

    def begin(self) -> None:
        """Measure `efficiency` from now on."""
        self._before = self._sent()

    @property
    def efficiency(self) -> float | None:
        """Octets that were not sent again over all (RFC 6349 section 4.1)."""
        (sent, resent), (sent_before, resent_before) = self._sent(), self._before
        return 1.0 - (resent - resent_before) / (sent - sent_before) if sent > sent_before else None

    def _sent(self) -> tuple[int, int]:
        counted: list[_Sum] = [self._over, *self._open]
        return sum(each.sent for each in counted), sum(each.resent for each in counted)

    def close(self) -> None:
        """Close the duplicates."""
        for each in tuple(self._open):
            self._close(each)
