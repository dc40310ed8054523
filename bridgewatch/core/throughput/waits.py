"""What keeps a throughput test from running, and which of several is worth telling: what lasts longest."""

from collections.abc import Iterable
from math import inf
from typing import Final, NamedTuple

from bridgewatch.core.throughput import terms
from bridgewatch.core.throughput.room import Room
from bridgewatch.model.bandwidth import Hindrance
from bridgewatch.model.inventory import Link
from bridgewatch.model.log import ThroughputAsked

_PASSING: Final = frozenset({Hindrance.PATH_BUSY, Hindrance.EGRESS_FULL})
_TIMED: Final = frozenset(
    {
        Hindrance.LIVE,
        Hindrance.CHECK,
        Hindrance.WAVE,
        Hindrance.FROZEN,
        Hindrance.OUTSIDE_WINDOW,
        Hindrance.CEILING,
    }
)


class Wait(NamedTuple):
    """What keeps a test from running, whose it is, and when to look again; None: when something changes."""

    hindrance: Hindrance
    subject: str = ""
    again_ns: int | None = None

    @property
    def until_ns(self) -> int | None:
        """When it ends; None: nobody knows."""
        return self.again_ns if self.hindrance in _TIMED else None


def lasting(waits: Iterable[Wait | None]) -> Wait | None:
    """The one that ends last, of equal ones the first: what nobody knows the end of, but not other tests."""
    return max((each for each in waits if each is not None), key=_ends_ns, default=None)


def _ends_ns(wait: Wait) -> float:
    if wait.hindrance in _PASSING:
        return 0
    return inf if wait.again_ns is None else wait.again_ns


def crowded(link: Link, room: Room, peak: int) -> Wait | None:
    """Which other tests keep it from its path, or from its way out; `peak` as in `terms`."""
    busy = room.busy(link.id)
    if busy is not None:
        return Wait(Hindrance.PATH_BUSY, busy)
    return None if room.fits(link.egress, peak) else Wait(Hindrance.EGRESS_FULL, link.egress)


def unfit(link: Link, asked: ThroughputAsked, peak: int) -> Wait | None:
    """What the configuration keeps it from; `peak` as in `terms`."""
    if link.throughput.server is None:
        return Wait(Hindrance.NO_SERVER)
    if unable := terms.unable(link, asked.methods):
        return Wait(Hindrance.NO_METHOD, unable)
    return None if peak else Wait(Hindrance.NO_RATE)
