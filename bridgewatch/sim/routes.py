"""Which path of the world a row of the prober is, and what the origin of its replies looks like."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from bridgewatch.model.inventory import PathSpec
from bridgewatch.model.observations import Flag, Int32, Int64
from bridgewatch.model.ports import Endpoint
from bridgewatch.model.words import Family, ProbeKind
from bridgewatch.sim.flight import ORIGIN, Origin

NOWHERE: Final = -1  # the path of a row that nothing in the world answers
_FIRST_ROWS: Final = 1024
_V4_MAPPED: Final = 0xFFFF_0000_0000
_HALF: Final = 0xFFFF_FFFF_FFFF_FFFF

_Address = tuple[ProbeKind, Family, str, int]


class Directory:
    """Finds the path of the world that an endpoint belongs to.

    Paths whose host is a name are found by the address that `addresses` gives for it, if any.
    """

    def __init__(self, paths: Sequence[PathSpec], addresses: Mapping[str, str]) -> None:
        self._paths = tuple(paths)
        self._addresses = dict(addresses)
        self._found: dict[_Address, list[int]] = {}
        self._index()

    def move(self, host: str, address: str) -> None:
        """From now on `host` has `address`, and no other."""
        self._addresses[host] = address
        self._index()

    def find(self, endpoint: Endpoint) -> int:
        """The path probed at this address, by this source and interface if several are; or NOWHERE."""
        address = (endpoint.kind, endpoint.family, _canonical(endpoint.address), endpoint.port)
        found = self._found.get(address, [])
        for path in found:
            spec = self._paths[path]
            if (spec.source, spec.interface) == (endpoint.source, endpoint.interface):
                return path
        return found[0] if found else NOWHERE

    def _index(self) -> None:
        self._found.clear()
        for number, spec in enumerate(self._paths):
            host = self._addresses.get(spec.host, spec.host)
            self._found.setdefault((spec.kind, spec.family, _canonical(host), spec.port), []).append(number)


class Routes:
    """Columns by row of the prober."""

    def __init__(self) -> None:
        self.assigned: Flag = np.zeros(_FIRST_ROWS, np.bool_)
        self.path: Int32 = np.full(_FIRST_ROWS, NOWHERE, np.int32)  # in the world
        self.interface: Int32 = np.zeros(_FIRST_ROWS, np.int32)
        self.origin: Origin = np.zeros(_FIRST_ROWS, ORIGIN)
        self._last_seq: Int64 = np.full(_FIRST_ROWS, -1, np.int64)

    def reach(self, row: int) -> None:
        """Make sure there is a row `row`."""
        if row < len(self.path):
            return
        more = max(row + 1 - len(self.path), len(self.path))
        self.assigned = np.pad(self.assigned, (0, more))
        self.path = np.pad(self.path, (0, more), constant_values=NOWHERE)
        self.interface = np.pad(self.interface, (0, more))
        self.origin = np.concatenate((self.origin, np.zeros(more, ORIGIN)))
        self._last_seq = np.pad(self._last_seq, (0, more), constant_values=-1)

    def set(self, row: int, path: int, endpoint: Endpoint, interface: int) -> None:
        """Row `row` is path `path` of the world from now on; `interface` is the id of the endpoint's."""
        self.reach(row)
        self.origin[row] = origin_of(endpoint, interface)
        self.assigned[row] = True
        self.path[row] = path
        self.interface[row] = interface
        self._last_seq[row] = -1

    def drop(self, row: int) -> None:
        """Forget row `row`."""
        if row < len(self.path):
            self.assigned[row] = False
            self.path[row] = NOWHERE

    def full_seq(self, row: Int32, seq: Int64, modulus: Int64) -> Int64:
        """Sequence numbers of the wire, unwrapped: the nearest to the highest seen on each row before."""
        last = self._last_seq[row]
        half = modulus >> 1
        full = np.where(last < 0, seq, last + ((seq - last + half) % modulus) - half)
        np.maximum.at(self._last_seq, row, full)
        return full


def origin_of(endpoint: Endpoint, interface: int) -> tuple[int, int, int, int, tuple[int, int]]:
    """A row of ORIGIN for packets from `endpoint` that come in by the interface of that id."""
    parsed = ipaddress.ip_address(endpoint.address)
    number = int(parsed) if isinstance(parsed, ipaddress.IPv6Address) else _V4_MAPPED | int(parsed)
    return endpoint.kind, endpoint.family, endpoint.port, interface, (number >> 64, number & _HALF)


def _canonical(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:  # a name without an address
        return address
