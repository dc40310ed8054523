"""Where each path's packets go: socket address and control message, laid out once and copied per packet."""

import contextlib
import ipaddress
import logging
import socket
import struct
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.adapters.wire import control
from bridgewatch.adapters.wire.addresses import sockaddr
from bridgewatch.adapters.wire.mmsg import NAME_SIZE
from bridgewatch.model.ports import Endpoint
from bridgewatch.model.words import Family

log = logging.getLogger(__name__)

CONTROL_SIZE: Final = 64
UNROUTED: Final = -1


def interface_index(name: str) -> int:
    """The kernel's index of an interface, 0 while it does not exist."""
    with contextlib.suppress(OSError):
        return socket.if_nametoindex(name)
    return 0


def _say_presence(name: str, index: int) -> None:
    if index:
        log.info("the interface %s is there", name)
    else:
        log.warning("there is no interface %s: what must leave by it is not sent until it comes", name)


class Interfaces:
    """Ids for interface names: stable, while the kernel's indices come and go with the interfaces."""

    def __init__(self, lookup: Callable[[str], int] = interface_index) -> None:
        self._lookup = lookup
        self._names: list[str] = [""]
        self._index: list[int] = [0]

    def id_of(self, name: str | None) -> int:
        """The id of a name, made at its first use; 0 for None."""
        if name is None:
            return 0
        if name not in self._names:
            self._names.append(name)
            self._index.append(self._lookup(name))
            if not self._index[-1]:
                _say_presence(name, 0)
        return self._names.index(name)

    def index_of(self, interface: int) -> int:
        """The kernel's index right now, 0 while the interface does not exist."""
        return self._index[interface]

    def refresh(self) -> list[int]:
        """Look every name up again; the ids whose index changed. Coming and going is logged once each."""
        changed = []
        for interface in range(1, len(self._names)):
            index = self._lookup(self._names[interface])
            if index != self._index[interface]:
                _say_presence(self._names[interface], index)
                self._index[interface] = index
                changed.append(interface)
        return changed

    def to_ids(self, index: NDArray[np.int32]) -> NDArray[np.int32]:
        """Ids of kernel indices; 0 where nobody named that interface."""
        ids = np.zeros(len(index), np.int32)
        for interface in range(1, len(self._names)):
            if self._index[interface]:
                ids[index == self._index[interface]] = interface
        return ids


class Routes:
    """Columns by path: socket address, control message, channel, interface id."""

    def __init__(self, interfaces: Interfaces, capacity: int = 1024) -> None:
        self.interfaces = interfaces
        self._endpoints: dict[int, Endpoint] = {}
        self.name: NDArray[np.uint8] = np.zeros((capacity, NAME_SIZE), np.uint8)
        self.name_length: NDArray[np.uint32] = np.zeros(capacity, np.uint32)
        self.control: NDArray[np.uint8] = np.zeros((capacity, CONTROL_SIZE), np.uint8)
        self.control_length: NDArray[np.uint64] = np.zeros(capacity, np.uint64)
        self.channel: NDArray[np.int8] = np.full(capacity, UNROUTED, np.int8)
        self.absent: NDArray[np.bool_] = np.zeros(capacity, np.bool_)  # its interface does not exist now

    def set(self, path: int, endpoint: Endpoint, channel: int) -> int:
        """Lay out the route of row `path`; returns its interface id."""
        name = sockaddr(endpoint.family, endpoint.address, endpoint.port)
        if path >= len(self.channel):
            self._grow(path + 1)
        self._endpoints[path] = endpoint
        self.name[path] = np.frombuffer(name.ljust(NAME_SIZE, b"\0"), np.uint8)
        self.name_length[path] = len(name)
        self.channel[path] = channel
        return self._write_control(path, endpoint)

    def drop(self, path: int) -> None:
        """Forget row `path`."""
        if self._endpoints.pop(path, None) is not None:
            self.channel[path] = UNROUTED

    def refresh(self) -> None:
        """Follow interfaces that vanished or returned under another index."""
        changed = set(self.interfaces.refresh())
        if not changed:
            return
        for path, endpoint in self._endpoints.items():
            if self.interfaces.id_of(endpoint.interface) in changed:
                self._write_control(path, endpoint)

    def _write_control(self, path: int, endpoint: Endpoint) -> int:
        interface = self.interfaces.id_of(endpoint.interface)
        index = self.interfaces.index_of(interface)
        self.absent[path] = interface != 0 and index == 0
        octets = _control(endpoint, index)
        self.control[path] = np.frombuffer(octets.ljust(CONTROL_SIZE, b"\0"), np.uint8)
        self.control_length[path] = len(octets)
        return interface

    def _grow(self, needed: int) -> None:
        capacity = max(needed, 2 * len(self.channel))
        for column in ("name", "name_length", "control", "control_length", "channel", "absent"):
            old = getattr(self, column)
            new = np.full((capacity, *old.shape[1:]), UNROUTED if column == "channel" else 0, old.dtype)
            new[: len(old)] = old
            setattr(self, column, new)


def _control(endpoint: Endpoint, index: int) -> bytes:
    octets = b""
    if endpoint.source or index:
        source = ipaddress.ip_address(endpoint.source).packed if endpoint.source else None
        if endpoint.family is Family.V4:
            data = struct.pack("=i4s4s", index, source or bytes(4), bytes(4))
            octets += control.message(control.SOL_IP, control.IP_PKTINFO, data)
        else:
            data = struct.pack("=16si", source or bytes(16), index)
            octets += control.message(control.SOL_IPV6, control.IPV6_PKTINFO, data)
    if endpoint.dscp:
        traffic_class = struct.pack("=i", endpoint.dscp << 2)
        if endpoint.family is Family.V4:
            octets += control.message(control.SOL_IP, control.IP_TOS, traffic_class)
        else:
            octets += control.message(control.SOL_IPV6, control.IPV6_TCLASS, traffic_class)
    return octets
