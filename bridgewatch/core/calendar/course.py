"""The course of one event: which phase it is in at an instant. Every interval is half-open.

    planned, with waves → freeze → check → live → report → none

It is live from its start until it is closed, or until `overrun` has passed since its end.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from bridgewatch.model.calendar import Event, EventOrder
from bridgewatch.model.paging import Phase

BEGINNING: Final = -(2**63)
"""Before every instant."""


class Stretch(NamedTuple):
    """A phase and the instant from which it holds, up to that of the next stretch."""

    starts_ns: int
    phase: Phase


def valid_orders(event: Event, orders: Iterable[EventOrder]) -> tuple[EventOrder, ...]:
    """The orders that hold for the event as it is planned now, the earliest first.

    Only a live event takes orders, so one given before the start belongs to a former date of the event: it
    must not close the new one.
    """
    own = [order for order in orders if order.event == event.id and order.at_ns >= event.starts_ns]
    return tuple(sorted(own, key=lambda order: order.at_ns))


def course(event: Event, orders: Sequence[EventOrder]) -> tuple[Stretch, ...]:
    """All phases of the event, in order; neighbours differ. The first begins at BEGINNING.

    `orders` as `valid_orders` returns them.
    """
    stretches = [Stretch(BEGINNING, phase_at(event, orders, BEGINNING))]
    for instant in sorted(set(_instants(event, orders))):
        phase = phase_at(event, orders, instant)
        if phase is not stretches[-1].phase:
            stretches.append(Stretch(instant, phase))
    return tuple(stretches)


def phase_at(event: Event, orders: Sequence[EventOrder], now_ns: int) -> Phase:
    """The phase at an instant, by the orders given until then."""
    if event.cancelled:
        return Phase.NONE
    if now_ns >= event.starts_ns and not event.draft:
        return _after_start(event, orders, now_ns)
    return _before_start(event, now_ns)


def end_ns(event: Event, order: EventOrder | None) -> int:
    """The end, without overrun, of an event that goes by `order`.

    An order lets it end later, never earlier: where a reload has moved the end further, that end holds.
    """
    extended = order.ends_ns if order is not None else None
    return event.ends_ns if extended is None else max(event.ends_ns, extended)


def _before_start(event: Event, now_ns: int) -> Phase:
    if event.draft:
        return Phase.DRAFT if now_ns < event.ends_ns + event.overrun_ns else Phase.NONE
    if now_ns >= event.starts_ns - event.check_ns:
        return Phase.CHECK
    if any(wave.starts_ns <= now_ns < wave.ends_ns for wave in event.waves):
        return Phase.WAVE
    if now_ns >= event.starts_ns - event.freeze_ns:
        return Phase.FREEZE
    return Phase.PLANNED


def _after_start(event: Event, orders: Sequence[EventOrder], now_ns: int) -> Phase:
    last = None
    for order in orders:
        if order.at_ns <= now_ns:
            last = order
    over_ns = _over_ns(event, last)
    if now_ns < over_ns:
        return Phase.LIVE
    return Phase.REPORT if now_ns < over_ns + event.report_ns else Phase.NONE


def _over_ns(event: Event, order: EventOrder | None) -> int:
    """When the event is over if `order` is the last one."""
    if order is not None and order.close:
        return order.at_ns
    return end_ns(event, order) + event.overrun_ns


def _instants(event: Event, orders: Sequence[EventOrder]) -> Iterator[int]:
    """Every instant at which the phase may change."""
    yield from (event.starts_ns - event.freeze_ns, event.starts_ns - event.check_ns, event.starts_ns)
    for wave in event.waves:
        yield from (wave.starts_ns, wave.ends_ns)
    for order in (None, *orders):
        over_ns = _over_ns(event, order)
        yield from (over_ns, over_ns + event.report_ns)
        if order is not None:
            yield order.at_ns
