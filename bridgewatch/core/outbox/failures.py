"""Gateways that take nothing any more: whoever is to be paged through one is not reached by it.

One or two attempts that fail are a hiccup, or one address that is wrong. FAILURES of them in a row, and not
one delivery between, are a fault of our own, unless the egress that the gateway needs was dark meanwhile:
that is told as itself.
"""

from collections import deque
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Final

from bridgewatch.model.ids import EgressId, GatewayId
from bridgewatch.model.log import Attempted
from bridgewatch.model.people import Gateway

FAILURES: Final = 3


@dataclass(slots=True)
class Failures:
    """A fold over the log. Attempts are numbered as they were booked, so that no clock is asked.

    `rows` are the latest failures of each gateway since it last delivered, `last` is the very last of them,
    and `lit` what had been booked when an egress came back.
    """

    booked: int = 0
    rows: dict[GatewayId, deque[int]] = field(default_factory=dict)
    last: dict[GatewayId, Attempted] = field(default_factory=dict)
    lit: dict[EgressId, int] = field(default_factory=dict)

    def attempted(self, entry: Attempted) -> None:
        """An attempt was made; one for which the gateway was too crowded was not."""
        if entry.crowded:
            return
        self.booked += 1
        if entry.delivered:
            self.rows.pop(entry.gateway, None)
            self.last.pop(entry.gateway, None)
        else:
            self.last[entry.gateway] = entry
            self.rows.setdefault(entry.gateway, deque(maxlen=FAILURES)).append(self.booked)

    def lights_up(self, egress: EgressId) -> None:
        """What failed until now may have failed for want of this egress."""
        self.lit[egress] = self.booked

    def failing(self, gateway: Gateway, dark: Container[EgressId]) -> bool:
        """Whether it fails time and again while its egress is not `dark`."""
        row = self.rows.get(gateway.id)
        if row is None or len(row) < FAILURES:
            return False
        egress = gateway.egress
        return egress is None or (egress not in dark and row[0] > self.lit.get(egress, 0))

    def works(self, gateway: GatewayId) -> bool:
        """Whether the last attempt was delivered, or none is known."""
        return gateway not in self.rows
