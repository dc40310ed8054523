"""Known senders: networks matched against a batch of addresses."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.observations import Flag, Word

Network = IPv4Network | IPv6Network

_MAPPED: Final = 0xFFFF_0000_0000  # ::ffff:0:0/96, where IPv4 lives among IPv6 addresses
_V4_OFFSET: Final = 96
_ALL: Final = (1 << 128) - 1
_HALF: Final = (1 << 64) - 1


class AllowList:
    """The networks whose packets are answered.

    An IPv6 network never admits an IPv4 sender, not even ::/0 does: each family is allowed by name.
    """

    def __init__(self, networks: Iterable[Network]) -> None:
        self.networks: Final = tuple(networks)
        prefixes = [_prefix(network) for network in self.networks]
        self._network = _halves([network for network, _ in prefixes])
        self._mask = _halves([mask for _, mask in prefixes])
        self._v4 = np.array([network.version == 4 for network in self.networks], np.bool_)  # noqa: PLR2004

    def admits(self, source: Word) -> Flag:
        """Whether each row of `source` [n, 2], as in `Arrivals.source`, lies in a network of its family."""
        same = (source[:, None, :] & self._mask) == self._network
        inside = same[:, :, 0] & same[:, :, 1] & (is_v4(source)[:, None] == self._v4)
        admitted: Flag = inside.any(axis=1)
        return admitted


def is_v4(source: Word) -> Flag:
    """Which rows of [n, 2] are IPv4-mapped addresses."""
    mapped: Flag = (source[:, 0] == 0) & (source[:, 1] >> np.uint64(32) == _MAPPED >> 32)
    return mapped


def _prefix(network: Network) -> tuple[int, int]:
    if isinstance(network, IPv4Network):
        return _MAPPED | int(network.network_address), _mask(_V4_OFFSET + network.prefixlen)
    return int(network.network_address), _mask(network.prefixlen)


def _mask(length: int) -> int:
    return _ALL ^ (_ALL >> length)


def _halves(numbers: list[int]) -> NDArray[np.uint64]:
    halves = [(number >> 64, number & _HALF) for number in numbers]
    return np.array(halves, np.uint64).reshape(len(numbers), 2)
