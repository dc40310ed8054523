"""How often to look at the sockets and send what is due.

A round costs about as much as forty packets before the first one is looked at, so fewer rounds are cheaper.
The kernel stamps packets as they come, so looking late spoils no round-trip time; and as a round sends
what is due within half a tick on either side, no probe leaves further than that from its time.
"""

from typing import Final

TICK_NS: Final = 30_000_000
FAST_TICK_NS: Final = 20_000_000
LEAST_TICK_NS: Final = 2_000_000
FAST_FROM_RATE: Final = 10_000.0
_TICKS_PER_INTERVAL: Final = 2  # or a tick that comes late would skip a probe of the quickest path
_PACKETS_PER_PROBE: Final = 2  # a transmit stamp and a reply
_MARGIN: Final = 4  # the sockets survive being looked at four times too late
_SECOND_NS: Final = 1_000_000_000


def tick_ns(rate: float, shortest_ns: int, backlog: int) -> int:
    """Nanoseconds between rounds.

    For `rate` probes/s in all, `shortest_ns` between those of the quickest path, over sockets that hold
    `backlog` packets unread.
    """
    wanted = FAST_TICK_NS if rate >= FAST_FROM_RATE else TICK_NS
    safe = backlog / (_PACKETS_PER_PROBE * _MARGIN) / max(rate, 1.0) * _SECOND_NS
    return max(LEAST_TICK_NS, int(min(wanted, safe, shortest_ns // _TICKS_PER_INTERVAL)))
