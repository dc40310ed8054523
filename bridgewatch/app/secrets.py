"""Looks whether the secrets of gateways can be read, and has it become a fault of our own if not."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from bridgewatch.adapters.notify.secret import SecretMissingError, read_secret
from bridgewatch.app.pager import Pager
from bridgewatch.core.paging import Paging
from bridgewatch.model.desk import Stage
from bridgewatch.model.ids import GatewayId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry
from bridgewatch.model.paging import Audience, FaultKind, Why
from bridgewatch.model.people import Gateway
from bridgewatch.model.ports import Clock

log = logging.getLogger(__name__)

_LOOK_NS: Final = 10 * 10**9  # secrets are replaced without a reload

Missing = Mapping[str, SecretMissingError]
"""What is wrong with secrets, by the names that the configuration gives them."""


def missing_secrets(gateways: Mapping[GatewayId, Gateway]) -> Mapping[GatewayId, Missing]:
    """The gateways with secrets that this process cannot read. Reads files."""
    found = {name: _missing_of(gateway) for name, gateway in gateways.items()}
    return {name: missing for name, missing in found.items() if missing}


def _missing_of(gateway: Gateway) -> Missing:
    missing = {}
    for name, secret in gateway.secrets.items():
        try:
            read_secret(secret)
        except SecretMissingError as error:
            missing[name] = error
    return missing


class SecretWatch:
    """Call `look` often: it looks at the start, after a reload, and every ten seconds."""

    def __init__(self, pager: Pager, clock: Clock) -> None:
        self._pager = pager
        self._clock = clock
        self._inventory: Inventory | None = None
        self._looked_ns = 0
        self._missing: frozenset[GatewayId] | None = None  # None: what an earlier run left is not known

    async def look(self) -> None:
        """Raise what is missing, and clear what is not any more."""
        now_ns, inventory = self._clock.monotonic_ns(), self._pager.inventory
        if inventory is self._inventory and now_ns < self._looked_ns + _LOOK_NS:
            return
        self._inventory, self._looked_ns = inventory, now_ns
        found = await asyncio.to_thread(missing_secrets, inventory.directory.gateways)
        known = self._left_open() if self._missing is None else self._missing
        for gateway in sorted(known - found.keys()):
            log.info("gateway %s: its secrets can be read again", gateway)
            self._clear(gateway)
        for gateway in sorted(found.keys() - (self._missing or frozenset())):
            for name, error in found[gateway].items():
                log.error("gateway %s: its secret %s cannot be read: %s", gateway, name, error)
            if gateway not in known:
                self._raise(gateway, next(iter(found[gateway].values())))
        self._missing = frozenset(found)

    def _left_open(self) -> frozenset[GatewayId]:
        return frozenset(
            GatewayId(incident.subject)
            for incident in self._pager.snapshot.incidents
            if incident.why is Why.SECRET_MISSING and incident.stage is not Stage.OVER
        )

    def _raise(self, gateway: GatewayId, error: SecretMissingError) -> None:
        def decide(paging: Paging, now_ns: int) -> Sequence[AnyEntry]:
            kind, why = FaultKind.DELIVERY, Why.SECRET_MISSING
            raised = paging.raise_fault(kind, gateway, Audience.OWN, why, now_ns)
            return *raised, *paging.tell_delivery(gateway, error.thing, error.lapse, now_ns)

        self._pager.decide(decide)

    def _clear(self, gateway: GatewayId) -> None:
        self._pager.decide(lambda paging, now_ns: paging.clear_fault(FaultKind.DELIVERY, gateway, now_ns))
