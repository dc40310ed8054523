"""Whether links have the bandwidth that an event needs, by their contracts and by what tests found."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bridgewatch.core.bandwidth import judge
from bridgewatch.core.bandwidth.judge import Proven
from bridgewatch.core.bandwidth.need import Occasion, occasions
from bridgewatch.core.throughput.shares import roots
from bridgewatch.model.bandwidth import Direction, NeedState
from bridgewatch.model.calendar import Event, EventOrder
from bridgewatch.model.ids import LinkId
from bridgewatch.model.inventory import Inventory, Link
from bridgewatch.model.readiness import BandwidthSight, LinkBandwidth, LinkSight

_WORST_FIRST: Final = (
    NeedState.CONTRACT_SMALL,
    NeedState.DELIVERY_SMALL,
    NeedState.UNKNOWN,
    NeedState.ENOUGH,
)
_NOT_SEEN: Final = BandwidthSight()


class EventNeeds:
    """What one event needs, beside the others that meet then and are promised."""

    def __init__(self, inventory: Inventory, event: Event, orders: Sequence[EventOrder], now_ns: int) -> None:
        self._inventory = inventory
        others = (
            each
            for each in inventory.events.values()
            if each.id != event.id and not (each.draft or each.cancelled)
        )
        events = [_as_ordered(each, orders) for each in (event, *others)]
        found = occasions(inventory, events, now_ns)
        self._occasions = tuple(occasion for occasion in found if occasion.event == event.id)

    def judge(self, link: Link, sights: Mapping[LinkId, LinkSight]) -> LinkBandwidth | None:
        """The narrowest part of the way of a link; None if the event needs nothing of it."""
        parts = [
            self._part(each, sights[each.id].bandwidth if each.id in sights else _NOT_SEEN)
            for each in (link, *roots(link, self._inventory))
        ]
        known = (part for part in parts if part is not None)
        return min(known, key=lambda part: _WORST_FIRST.index(part.need), default=None)

    def _part(self, link: Link, sight: BandwidthSight) -> LinkBandwidth | None:
        found = [
            self._direction(link, sight, occasion, direction)
            for occasion in self._occasions
            if occasion.needed(link.id)
            for direction in Direction
        ]
        return min(found, key=lambda one: (_WORST_FIRST.index(one.need), -one.needed), default=None)

    def _direction(
        self, link: Link, sight: BandwidthSight, occasion: Occasion, direction: Direction
    ) -> LinkBandwidth:
        needed, contract = occasion.needed(link.id), link.contract
        measured = sight.least.get(direction)
        known = None
        if measured is not None:
            known = Proven(sight.tested_ns, measured, sight.most.get(direction, math.inf))
        return LinkBandwidth(
            link=link.id,
            need=judge.need(contract, direction, known, needed, occasion.span),
            needed=needed,
            direction=direction,
            bought=judge.promised(contract, direction, occasion.span) if contract is not None else None,
            measured=measured,
            tested_ns=sight.tested_ns if measured is not None else 0,
            capacity=sight.capacity,
            use=sight.use,
        )


def _as_ordered(event: Event, orders: Iterable[EventOrder]) -> Event:
    """The event with the end that it was last given."""
    ends = [order.ends_ns for order in orders if order.event == event.id and order.ends_ns is not None]
    return replace(event, ends_ns=ends[-1]) if ends else event
