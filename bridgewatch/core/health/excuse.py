"""When a link's loss or jitter is our own uplink's, and so not held against the link.

Measurements stay as they are; only the verdict is excused. Loss of our own uplink shows on links and on
references at about the same time, but every path closes its windows on its own phase. So some links are
judged before the references are, and some are cleared after them. Hence three rules, all for loss and jitter
only (delay is left alone):

* *excused*: raised while the egress was impaired or dark, or up to LOOK_BACK before; until AFTERMATH later.
  Both are the six windows of 15 s that raising or clearing takes at most. What was raised long before our
  own trouble began stays raised: it is the link's.
* *held*: a link that would turn worse while a reference lost a probe within RECENT waits for the
  references' own verdict, for one window and a bit.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.core.health.look import Look
from bridgewatch.model.observations import Flag, Int8, Int32, Int64
from bridgewatch.model.words import Reason

LOOK_BACK_NS: Final = 90_000_000_000
AFTERMATH_NS: Final = 90_000_000_000
HOLD_NS: Final = 20_000_000_000
RECENT_NS: Final = 30_000_000_000
_EXCUSABLE: Final = np.isin(np.arange(len(Reason)), (Reason.LOSS, Reason.JITTER, Reason.PDV))


@dataclass(frozen=True, slots=True)
class Uplink:
    """What the egresses say about their links, [E+1]; monotonic ns."""

    dark: Flag
    reason: Int8  # of its state
    excuse_from_ns: Int64
    excuse_until_ns: Int64
    reference_lost_ns: Int64  # when a reference's latest lost probe was sent


@dataclass(frozen=True, slots=True)
class Excuses:
    """Which links' judged severity does not count now, and until when at most; [n] each."""

    excused: Flag
    held: Flag
    until_ns: Int64


def excuses(now: int, seen: Look, degraded: Flag, uplink: Uplink, egress: Int32) -> Excuses:
    """Judge the judgement of `seen` links, that leave by `egress` [n] and are `degraded` already or not."""
    raised_ns = seen.severity_since_ns
    raised = (seen.severity > 0) & _EXCUSABLE[seen.severity_reason]
    until_ns = uplink.excuse_until_ns[egress]
    excused = raised & (now < until_ns) & (raised_ns >= uplink.excuse_from_ns[egress])
    doubtful = uplink.reference_lost_ns[egress] >= now - RECENT_NS
    held = raised & ~excused & ~degraded & doubtful & (now - HOLD_NS < raised_ns)
    return Excuses(excused, held, np.where(held, raised_ns + HOLD_NS, until_ns))
