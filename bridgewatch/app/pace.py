"""How often to send and how often to look at the sockets.

A round costs about as much as forty packets before the first one is looked at, so fewer rounds are cheaper.
Sending may not wait: no probe leaves later than its tick is long. Looking may, because the kernel stamps
packets as they come; it waits two ticks, unless the sockets could fill up meanwhile.
"""

from typing import Final, NamedTuple

TICK_NS: Final = 15_000_000
FAST_TICK_NS: Final = 10_000_000
LEAST_TICK_NS: Final = 2_000_000
FAST_FROM_RATE: Final = 10_000.0
_TICKS_PER_ROUND: Final = 2
_PACKETS_PER_PROBE: Final = 2  # a transmit stamp and a reply
_MARGIN: Final = 4  # the sockets survive being looked at four times too late
_SECOND_NS: Final = 1_000_000_000


class Pace(NamedTuple):
    """Probes are sent every `tick_ns`; every `ticks_per_round`-th tick also receives and judges."""

    tick_ns: int
    ticks_per_round: int


def pace(rate: float, backlog: int) -> Pace:
    """The pace for `rate` probes/s over sockets that hold `backlog` packets unread."""
    tick_ns = FAST_TICK_NS if rate >= FAST_FROM_RATE else TICK_NS
    safe_ns = backlog / (_PACKETS_PER_PROBE * _MARGIN) / max(rate, 1.0) * _SECOND_NS
    if safe_ns >= _TICKS_PER_ROUND * tick_ns:
        return Pace(tick_ns, _TICKS_PER_ROUND)
    return Pace(int(min(tick_ns, max(safe_ns, LEAST_TICK_NS))), 1)
