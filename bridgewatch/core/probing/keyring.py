"""Which key authenticates the packets of which path: one that the inventory names, or that of a call."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from bridgewatch.core.probing.mac import NOBODY, Mac, seal, sealed_by
from bridgewatch.model.ids import KeyId
from bridgewatch.model.observations import Flag, Int8, Int32


class _Former(NamedTuple):
    mac: Mac
    until_ns: int


class Keyring:
    """The keys of authenticated paths, by row. A key that was replaced is believed for `linger_ns` more.

    So a key is changed without losing a probe: replies to those in flight are still sealed with the old one.
    """

    def __init__(self, linger_ns: int) -> None:
        self._linger_ns = linger_ns
        self._keys: Mapping[KeyId, bytes] = {}
        self._macs: dict[KeyId, Mac] = {}
        self._former: dict[KeyId, _Former] = {}
        self._of: dict[int, KeyId] = {}
        self._formerly: dict[int, _Former] = {}  # of rows that were given another key

    def take(self, row: int, key: KeyId | None) -> None:
        """A row is another path's from now on."""
        self._of.pop(row, None)
        self._formerly.pop(row, None)
        if key is not None:
            self._of[row] = key

    def assign(self, row: int, key: KeyId | None, now: int) -> None:
        """Authenticate the packets of a row with that key from now on, or not at all."""
        before = self._of.get(row)
        if key == before:
            return
        former = self._macs.get(before) if before is not None else None
        self.take(row, key)
        if former is not None:
            self._formerly[row] = _Former(former, now + self._linger_ns)

    def know(self, keys: Mapping[KeyId, bytes], now: int) -> None:
        """These are the keys from now on."""
        self._former = {name: former for name, former in self._former.items() if former.until_ns > now}
        for name, mac in self._macs.items():
            if keys.get(name) != self._keys[name]:
                self._former[name] = _Former(mac, now + self._linger_ns)
        macs = self._macs
        self._macs = {
            name: macs[name] if self._keys.get(name) == key else Mac(key) for name, key in keys.items()
        }
        self._keys = dict(keys)

    def missing(self, rows: Int32) -> Flag:
        """Which of `rows` have a key that is not known."""
        if not self._of:
            return np.zeros(len(rows), np.bool_)
        told = (row in self._of and self._of[row] not in self._macs for row in rows.tolist())
        return np.fromiter(told, np.bool_, len(rows))

    def seal(self, rows: Int32, packet: Int8) -> None:
        """Seal the packets [n, ...] of `rows`, whose keys are known."""
        seal(packet, [self._macs[self._of[row]] for row in rows.tolist()])

    def genuine(self, rows: Int32, packet: Int8, now: int) -> Flag:
        """Which packets [n, ...] the key of their row sealed."""
        genuine: Flag = sealed_by(packet, [self._believed(row, now) for row in rows.tolist()]) != NOBODY
        return genuine

    def _believed(self, row: int, now: int) -> list[Mac]:
        believed, former = [], [self._formerly.get(row)]
        if (name := self._of.get(row)) is not None:
            former.append(self._former.get(name))
            if name in self._macs:
                believed.append(self._macs[name])
        return believed + [one.mac for one in former if one is not None and one.until_ns > now]


class _Call(NamedTuple):
    probe: Mac
    reply: Mac


class CallKeys:
    """The keys of paths that are probed through a call, by row, each direction with its own.

    Those of the call before are believed for `linger_ns` more, as a former key of `Keyring` is.
    """

    def __init__(self, linger_ns: int) -> None:
        self._linger_ns = linger_ns
        self._of: dict[int, _Call] = {}
        self._former: dict[int, _Former] = {}

    def take(self, row: int) -> None:
        """A row is another path's from now on, of which nobody has called."""
        self._of.pop(row, None)
        self._former.pop(row, None)

    def assign(self, row: int, probe: Mac, reply: Mac, now: int) -> None:
        """Seal the probes of a row with the one, and believe replies that the other sealed."""
        before = self._of.get(row)
        if before is not None and before.reply is not reply:
            self._former[row] = _Former(before.reply, now + self._linger_ns)
        self._of[row] = _Call(probe, reply)

    def seal(self, rows: Int32, packet: Int8) -> None:
        """Seal the packets [n, ...] of `rows`, whose boxes have called."""
        seal(packet, [self._of[row].probe for row in rows.tolist()])

    def genuine(self, rows: Int32, packet: Int8, now: int) -> Flag:
        """Which packets [n, ...] the box of their row sealed."""
        genuine: Flag = sealed_by(packet, [self._believed(row, now) for row in rows.tolist()]) != NOBODY
        return genuine

    def _believed(self, row: int, now: int) -> tuple[Mac, ...]:
        call, former = self._of.get(row), self._former.get(row)
        if call is None:
            return ()
        if former is None:
            return (call.reply,)
        if former.until_ns <= now:
            del self._former[row]
            return (call.reply,)
        return (call.reply, former.mac)
