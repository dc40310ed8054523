"""What keeps messages from people, as readers show it in a line each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Why
from bridgewatch.model.snapshot import PagingSnapshot
from bridgewatch.texts.names import Names

MOST_LOST: Final = 10  # people named one by one; all are counted


@dataclass(frozen=True, slots=True)
class GatewayLine:
    """A gateway that is known to take nothing."""

    id: str
    why: Why


@dataclass(frozen=True, slots=True)
class LostLine:
    """Somebody whom no message reaches; `who` is a name, with the number to call where there is one."""

    who: str
    messages: int
    at_wall_ns: int


@dataclass(frozen=True, slots=True)
class DeliveryLines:
    """Everything at once; `more_lost` counts those who are not among `lost`."""

    gateways: tuple[GatewayLine, ...] = ()
    lost: tuple[LostLine, ...] = ()
    more_lost: int = 0
    store_working: bool = True

    @property
    def failing(self) -> Mapping[Why, Sequence[str]]:
        """The gateways by what is wrong with them."""
        whys = dict.fromkeys(gateway.why for gateway in self.gateways)
        return {why: [gateway.id for gateway in self.gateways if gateway.why is why] for why in whys}

    @property
    def well(self) -> bool:
        """Whether there is nothing to tell."""
        return self.store_working and not self.gateways and not self.lost


def delivery_lines(
    paging: PagingSnapshot | None, inventory: Inventory, *, store_working: bool = True
) -> DeliveryLines:
    """Out of what the people's side knows, where there is one."""
    if paging is None:
        return DeliveryLines(store_working=store_working)
    names = Names(inventory)
    shown = paging.lost[:MOST_LOST]
    return DeliveryLines(
        gateways=tuple(GatewayLine(name, why) for name, why in paging.gateways.items() if why is not None),
        lost=tuple(LostLine(names.reach(one.contact), one.messages, one.at_ns) for one in shown),
        more_lost=len(paging.lost) - len(shown),
        store_working=store_working,
    )
