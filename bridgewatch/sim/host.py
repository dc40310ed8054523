"""Troubles of our own host, as a script: what the kernel refuses, and when an interface is gone."""

import errno
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridgewatch.model.observations import Flag, Int32, Int64, Word
from bridgewatch.sim.chance import high_uniform, mix, name_key
from bridgewatch.sim.weather import FOREVER


@dataclass(frozen=True, slots=True)
class LocalFault:
    """In [from_ns, to_ns) sending by `interface` (None: by any) fails with `errno`, for `share` of packets.

    With `deaf` nothing comes in by it either.
    """

    from_ns: int
    to_ns: int
    errno: int
    interface: str | None = None
    share: float = 1.0
    deaf: bool = False

    def holds(self, at_ns: int) -> bool:
        """Whether the fault is on at the monotonic instant `at_ns`."""
        return self.from_ns <= at_ns < self.to_ns


def firewall(from_ns: int, to_ns: int, interface: str | None = None) -> LocalFault:
    """A local firewall forbids our packets: EPERM."""
    return LocalFault(from_ns, to_ns, errno.EPERM, interface)


def no_route(from_ns: int, to_ns: int, interface: str | None = None) -> LocalFault:
    """The route is gone: ENETUNREACH."""
    return LocalFault(from_ns, to_ns, errno.ENETUNREACH, interface)


def full_queue(from_ns: int, to_ns: int, share: float, interface: str | None = None) -> LocalFault:
    """The driver's queue is full for a share of the packets: ENOBUFS."""
    return LocalFault(from_ns, to_ns, errno.ENOBUFS, interface, share)


def vanished(interface: str, from_ns: int, to_ns: int = FOREVER) -> LocalFault:
    """The interface does not exist: ENODEV, and nothing arrives on it."""
    return LocalFault(from_ns, to_ns, errno.ENODEV, interface, deaf=True)


class Host:
    """Applies local faults. Interfaces are known by small ids, 0 for a path that names none."""

    def __init__(self, faults: Sequence[LocalFault], seed: int) -> None:
        self._faults = tuple(faults)
        self._key = np.uint64(name_key(seed, "host"))
        self._ids: dict[str, int] = {}

    def interface_id(self, name: str | None) -> int:
        """The id of an interface, made at its first use; 0 for None."""
        return 0 if name is None else self._ids.setdefault(name, len(self._ids) + 1)

    def refusals(self, interface: Int32, token: Word, at_ns: int) -> Int32:
        """Errno [n] of packets that leave now by `interface` [n]; `token` [n] decides whose share it is."""
        found = np.zeros(len(interface), np.int32)
        for fault in self._faults:
            if not fault.holds(at_ns):
                continue
            struck = self._concerns(fault, interface)
            if fault.share < 1:
                struck &= high_uniform(mix(token ^ self._key)) < fault.share
            found[struck & (found == 0)] = fault.errno
        return found

    def hears(self, interface: Int32, at_ns: Int64) -> Flag:
        """Whether packets that come in by `interface` [n] at `at_ns` [n] are received at all."""
        heard = np.ones(len(interface), np.bool_)
        for fault in self._faults:
            if fault.deaf:
                on = (at_ns >= fault.from_ns) & (at_ns < fault.to_ns)
                heard &= ~(on & self._concerns(fault, interface))
        return heard

    def _concerns(self, fault: LocalFault, interface: Int32) -> Flag:
        if fault.interface is None:
            return np.ones(len(interface), np.bool_)
        return np.asarray(interface == self.interface_id(fault.interface))
