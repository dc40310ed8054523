"""Where a test leads and by which way it leaves."""

import asyncio
import socket
from dataclasses import dataclass

from bridgewatch.model.bandwidth import Leg
from bridgewatch.model.phrases import phrase
from bridgewatch.model.ports import ThroughputError


@dataclass(frozen=True, slots=True)
class Way:
    """From a numeric address of ours (or any) by an interface (or any)."""

    source: str | None
    interface: str | None

    def family(self) -> socket.AddressFamily:
        """Of the source; unspecified without one."""
        if self.source is None:
            return socket.AF_UNSPEC
        return socket.AF_INET6 if ":" in self.source else socket.AF_INET

    def bind(self, sock: socket.socket) -> None:
        """Make a socket leave by this way. Raises OSError."""
        if self.interface is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self.interface.encode())
        if self.source is not None:
            sock.bind((self.source, 0))


def way_of(leg: Leg) -> Way:
    """By which way the leg leaves."""
    return Way(leg.source, leg.interface)


async def resolve(host: str, port: int, way: Way) -> tuple[socket.AddressFamily, str]:
    """The family and numeric address of a host that this way can lead to. Raises ThroughputError."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, family=way.family(), type=socket.SOCK_STREAM)
    except OSError as error:
        raise ThroughputError(
            phrase("{host} has no address: {cause}", host=host, cause=error.strerror or str(error))
        ) from None
    family, _, _, _, address = found[0]
    return family, str(address[0])
