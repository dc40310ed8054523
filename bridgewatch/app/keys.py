"""Reads the keys that the inventory names. One that cannot be read is told once, and stays what it was."""

import logging
from collections.abc import Iterable, Mapping

from bridgewatch.adapters.notify.secret import SecretMissingError, read_secret
from bridgewatch.model.ids import KeyId
from bridgewatch.model.inventory import Inventory, PathSpec
from bridgewatch.model.keys import parse_key
from bridgewatch.model.secret import Secret
from bridgewatch.model.words import ProbeKind

log = logging.getLogger(__name__)


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
        for name in wanted:
            try:
                self._known[name] = parse_key(read_secret(secrets[name]))
            except KeyError:
                self._known.pop(name, None)
                self._tell(name, "the configuration says nowhere where it is")
            except (SecretMissingError, ValueError) as error:
                self._tell(name, str(error))
            else:
                if self._told.pop(name, None):
                    log.info("key %s: read again", name)
            if name in self._known:
                found[name] = self._known[name]
        return found

    def _tell(self, name: KeyId, why: str) -> None:
        if self._told.get(name) != why:
            self._told[name] = why
            kept = "; the one read before stays in use" if name in self._known else ""
            log.warning("key %s: %s%s", name, why, kept)
