"""How often to send what is due, and how often to look at the sockets.

A round costs about as much as forty packets before the first one is touched, so fewer rounds are cheaper.
Sending sets how punctual probes are: a tick sends what is due within half a tick on either side, so no probe
leaves further than that from its time. Looking may be rarer, because the kernel stamps packets as they come
and keeps them: looking late spoils no round-trip time and only delays what is concluded from it.
"""

from typing import Final, NamedTuple

TICK_NS: Final = 30_000_000
FAST_TICK_NS: Final = 20_000_000
LEAST_TICK_NS: Final = 2_000_000
LOOK_NS: Final = 90_000_000
FAST_FROM_RATE: Final = 10_000.0
_TICKS_PER_INTERVAL: Final = 2  # or a tick that comes late would skip a probe of the quickest path
_PACKETS_PER_PROBE: Final = 2  # a transmit stamp and a reply
_MARGIN: Final = 4  # the sockets survive being looked at four times too late
_MOST_PER_LOOK: Final = 1_000  # replies; more are no cheaper each, and hold up what is due next
_SECOND_NS: Final = 1_000_000_000


class Pace(NamedTuple):
    """A tick sends; every `ticks_per_look`-th one looks at the sockets and judges as well."""

    tick_ns: int
    ticks_per_look: int


def pace(rate: float, shortest_ns: int, backlog: int) -> Pace:
    """The pace for `rate` probes/s in all, `shortest_ns` between those of the quickest path.

    `backlog` is how many packets the sockets hold unread. Between two looks no path is to answer twice:
    columns are quickest when no row repeats.
    """
    per_probe_ns = _SECOND_NS / max(rate, 1.0)
    safe = int(backlog / (_PACKETS_PER_PROBE * _MARGIN) * per_probe_ns)
    wanted = FAST_TICK_NS if rate >= FAST_FROM_RATE else TICK_NS
    tick_ns = max(LEAST_TICK_NS, min(wanted, safe, shortest_ns // _TICKS_PER_INTERVAL))
    look_ns = min(LOOK_NS, safe, shortest_ns, int(_MOST_PER_LOOK * per_probe_ns))
    return Pace(tick_ns, max(1, look_ns // tick_ns))
