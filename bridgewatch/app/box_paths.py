"""The paths of links that dial in, by their keys, and the places where they are probed."""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import NamedTuple

import numpy as np

from bridgewatch.adapters.wire.addresses import address_of, halves
from bridgewatch.core.dialin.awaited import Remembered
from bridgewatch.core.dialin.keys import SessionSeals, seals_of_nobody
from bridgewatch.core.dialin.sessions import Session
from bridgewatch.core.watch import Location, Watch
from bridgewatch.model.ids import KeyId
from bridgewatch.model.inventory import Inventory, PathSpec
from bridgewatch.model.observations import Int32
from bridgewatch.model.ports import Endpoint, Engine
from bridgewatch.model.words import Family, ProbeKind


class BoxPath(NamedTuple):
    """One of them."""

    row: int
    spec: PathSpec


class BoxPaths:
    """Follow one inventory after the other. `listen` are the doors; `secret` is fresh entropy."""

    def __init__(
        self, listen: Sequence[tuple[str, int]], engine: Engine, watch: Watch, secret: bytes
    ) -> None:
        self._engine = engine
        self._watch = watch
        self._secret = secret
        self._doors: dict[Family, int] = {}  # the first of each family
        for number, (host, _) in enumerate(listen):
            self._doors.setdefault(_family(host), number)
        self.by_key: Mapping[KeyId, BoxPath] = {}

    def follow(self, inventory: Inventory) -> Mapping[KeyId, BoxPath]:
        """These are the paths from now on; which they were before."""
        before = self.by_key
        self.by_key = {
            KeyId(spec.host): BoxPath(self._watch.rows[spec.key], spec)
            for spec in inventory.paths
            if spec.kind is ProbeKind.DIAL_IN
        }
        return before

    def place(self, session: Session, now: int) -> None:
        """Probe a path where its box is. The way back is the routing table's, from the address called."""
        peer = session.peer
        source = str(address_of(peer.local))
        self._probe(session.key, peer.address, peer.port, peer.door, source, session.seals, now)

    def place_where_it_was(self, box: Remembered, now: int) -> None:
        """Probe a path whose box has not called, under keys that nobody has: until it calls, it is silent.

        Where no door is left by which its address is reached, it cannot call either, and that is our doing.
        """
        door = self._doors.get(_family(box.address))
        if door is not None:
            seals = seals_of_nobody(self._secret, box.key)
            self._probe(box.key, halves(box.address), box.port, door, None, seals, now)

    def _probe(
        self,
        key: KeyId,
        at: tuple[int, int],
        port: int,
        door: int,
        source: str | None,
        seals: SessionSeals,
        now: int,
    ) -> None:
        row, spec = self.by_key[key]
        address = address_of(at)
        endpoint = Endpoint(
            ProbeKind.DIAL_IN,
            Family(address.version),
            str(address),
            port,
            source=source,
            interface=None,
            dscp=spec.dscp,
            door=door,
        )
        location = Location(at, self._engine.assign(row, endpoint), port)
        self._watch.called(row, spec, location, seals, now)

    def withdraw(self, keys: Iterable[KeyId], now: int) -> None:
        """Probe these nowhere, until they are placed again."""
        rows = self._rows(keys)
        if len(rows):
            self._watch.withdraw(rows, now)

    def forget(self, keys: Iterable[KeyId], now: int) -> None:
        """The same, and what is known of them is of no use any more."""
        rows = self._rows(keys)
        if len(rows):
            self._watch.forget(rows, now)

    def _rows(self, keys: Iterable[KeyId]) -> Int32:
        return np.array([self.by_key[key].row for key in keys if key in self.by_key], np.int32)


def _family(host: str) -> Family:
    return Family(ip_address(host).version)
