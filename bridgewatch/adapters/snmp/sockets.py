"""UDP to many agents: one socket a family, opened when it is first needed."""

import contextlib
import errno
import socket
from collections.abc import Iterator
from typing import Final

LARGEST: Final = 16_384  # octets; answers of a whole Ethernet packet are a tenth of it
_RECEIVE_BUFFER: Final = 4 << 20  # as far as net.core.rmem_max allows
_MOST_AT_ONCE: Final = 2_000
_TRANSIENT: Final = frozenset({errno.EAGAIN, errno.ENOBUFS, errno.EINTR})

Source = tuple[str, int]


class Sockets:
    """Sends and receives datagrams without ever blocking."""

    def __init__(self) -> None:
        self._sockets: dict[socket.AddressFamily, socket.socket] = {}

    def send(self, octets: bytes, address: str, port: int) -> None:
        """Send one. What the kernel has no room for now is as good as lost on the way.

        Raises OSError for what this host cannot send.
        """
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            self._socket(family).sendto(octets, (address, port))
        except OSError as error:
            if error.errno not in _TRANSIENT:
                raise

    def receive(self) -> Iterator[tuple[bytes, Source]]:
        """What is there, at most 2,000. One that is longer than LARGEST is cut, and one octet longer."""
        for opened in self._sockets.values():
            with contextlib.suppress(BlockingIOError):
                for _ in range(_MOST_AT_ONCE):
                    octets, source = opened.recvfrom(LARGEST + 1)
                    yield octets, (source[0], source[1])

    def close(self) -> None:
        """Close them."""
        for opened in self._sockets.values():
            opened.close()
        self._sockets.clear()

    def _socket(self, family: socket.AddressFamily) -> socket.socket:
        if family not in self._sockets:
            opened = socket.socket(family, socket.SOCK_DGRAM)
            opened.setblocking(False)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            self._sockets[family] = opened
        return self._sockets[family]
