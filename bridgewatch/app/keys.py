"""Reads the keys that the inventory names. One that cannot be read is told once, and stays what it was."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bridgewatch.adapters.notify.secret import SecretMissingError, read_secret
from bridgewatch.model.ids import KeyId
from bridgewatch.model.inventory import Inventory, PathSpec
from bridgewatch.model.keys import parse_key
from bridgewatch.model.secret import Secret
from bridgewatch.model.words import ProbeKind

log = logging.getLogger(__name__)

_FEW: Final = 3  # keys that are told of one by one


def key_of(spec: PathSpec) -> KeyId | None:
    """The key that a path is probed with, if any."""
    return KeyId(spec.host) if spec.kind is ProbeKind.DIAL_IN else spec.stamp_key


class KeyReader:
    """Keys by their ids, for whoever authenticates. Never shows one."""

    def __init__(self) -> None:
        self._known: dict[KeyId, bytes] = {}
        self._told: dict[KeyId, str] = {}

    def of_probes(self, inventory: Inventory) -> Mapping[KeyId, bytes]:
        """The keys of its authenticated STAMP paths and of those that dial in; see `read`."""
        wanted = {key for spec in inventory.paths if (key := key_of(spec)) is not None}
        return self.read(inventory.keys, sorted(wanted))

    def read(self, secrets: Mapping[KeyId, Secret], wanted: Iterable[KeyId]) -> Mapping[KeyId, bytes]:
        """Those of `wanted` that can be read now or could be before. Reads files, so it may block."""
        found = {}
        news: list[str] = []
        again: list[str] = []
        for name in wanted:
            try:
                self._known[name] = parse_key(read_secret(secrets[name]))
            except KeyError:
                self._known.pop(name, None)
                news += self._news(name, "the configuration says nowhere where it is")
            except (SecretMissingError, ValueError) as error:
                news += self._news(name, str(error))
            else:
                if self._told.pop(name, None):
                    again.append(f"key {name}: read again")
            if name in self._known:
                found[name] = self._known[name]
        _tell(logging.WARNING, news, "and %d keys more that are no good")
        _tell(logging.INFO, again, "and %d keys more: read again")
        return found

    def _news(self, name: KeyId, why: str) -> list[str]:
        """What is to be told of a key that is no good, if that is new."""
        if self._told.get(name) == why:
            return []
        self._told[name] = why
        kept = "; the one read before stays in use" if name in self._known else ""
        return [f"key {name}: {why}{kept}"]


def _tell(level: int, lines: Sequence[str], more: str) -> None:
    """A directory that cannot be read is that of thousands of keys."""
    for line in lines[:_FEW]:
        log.log(level, "%s", line)
    if len(lines) > _FEW:
        log.log(level, more, len(lines) - _FEW)
