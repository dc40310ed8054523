"""What an element of the network does to the packets that cross it, and the script of how that changes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Final

from bridgewatch.sim.delay import Delay

FOREVER: Final = 2**62  # later than any simulated instant
ALWAYS: Final = -FOREVER


class Direction(IntEnum):
    """Which way a packet crosses."""

    FORWARD = 0  # from us to the target
    BACKWARD = 1


BOTH: Final = (Direction.FORWARD, Direction.BACKWARD)


@dataclass(frozen=True, slots=True)
class Bursts:
    """Gilbert-Elliott loss in continuous time: good and bad spells take turns, each exponential.

    In a bad spell a packet is lost with probability `loss`. Because spells are of time, not of packets, a
    link that is probed faster sees the same weather. `longest_bad_ns` cuts bad spells off and
    `least_good_ns` keeps them apart: so bursts stay below a rule such as "8 in a row".
    """

    mean_good_ns: float
    mean_bad_ns: float
    loss: float = 1.0
    longest_bad_ns: float = math.inf
    least_good_ns: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.least_good_ns <= self.mean_good_ns:
            raise ValueError(f"good spells last at least 0 and on average no less than at least: {self}")
        if min(self.mean_bad_ns, self.longest_bad_ns) <= 0:
            raise ValueError(f"bad spells last longer than nothing: {self}")

    def bad_ns(self) -> float:
        """The mean of a bad spell once cut off: m (1 - e**(-c/m))."""
        return -self.mean_bad_ns * math.expm1(-self.longest_bad_ns / self.mean_bad_ns)

    def bad_share(self) -> float:
        """The share of time that is bad."""
        return self.bad_ns() / (self.bad_ns() + self.mean_good_ns)


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to a packet that crosses an element in one direction. Probabilities are per crossing.

    `loss` is independent, beside that of `bursts` (in a bad spell the bursts' own holds). A corrupted packet
    has one bit flipped: a far end drops it for its checksum, a reply reaches our sockets so. A reordered
    packet is held back by `reorder_ns`. `cut` loses everything. With `unreachable`, a router answers each
    loss on the way out with an ICMP error. With `refuses`, no reflector runs at the end of paths that end
    here: the host there says so of STAMP packets, and goes on to answer echoes.
    """

    delay: Delay = field(default=Delay())
    loss: float = 0.0
    bursts: Bursts | None = None
    duplicate: float = 0.0
    corrupt: float = 0.0
    reorder: float = 0.0
    reorder_ns: int = 0
    cut: bool = False
    unreachable: bool = False
    refuses: bool = False


CALM: Final = Weather()


@dataclass(frozen=True, slots=True)
class Spell:
    """In [from_ns, to_ns) fields of the weather of `element` are replaced by `changes`.

    Times are monotonic. Where spells overlap all hold; for one field the later in the script wins.
    """

    element: str
    from_ns: int
    to_ns: int
    changes: Mapping[str, Any]
    directions: tuple[Direction, ...] = BOTH

    def over(self, weather: Weather) -> Weather:
        """`weather` as changed. Raises TypeError for a field that Weather does not have."""
        return replace(weather, **self.changes)


def spell(
    element: str,
    from_ns: int,
    to_ns: int = FOREVER,
    *,
    directions: tuple[Direction, ...] = BOTH,
    **changes: Any,
) -> Spell:
    """The spell of `changes`, as in `spell("egress:wan", t0, t1, loss=0.3)`."""
    return Spell(element, from_ns, to_ns, changes, directions)


def cut(element: str, from_ns: int, to_ns: int = FOREVER, *, unreachable: bool = False) -> Spell:
    """Nothing crosses `element` in [from_ns, to_ns): a fibre cut, a dead handover, no power at a site."""
    return Spell(element, from_ns, to_ns, {"cut": True, "unreachable": unreachable})


def refuse(element: str, from_ns: int, to_ns: int = FOREVER) -> Spell:
    """The reflectors at the end of `element` are stopped in [from_ns, to_ns); their hosts are not."""
    return Spell(element, from_ns, to_ns, {"refuses": True})
