"""What a heartbeat says of the daemon that sent it. Ages are seconds."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.heartbeats import Vitals
from bridgewatch.model.paging import Why

# Probing looks at its sockets several times a second, and its own service manager gives it ten seconds.
LOOKED_LIMIT: Final = 10.0
# The people's side takes a turn at least every five seconds. One that waits for a disk may take longer.
TURNED_LIMIT: Final = 30.0
# A message leaves within seconds, and is tried again within a minute.
OUTBOX_LIMIT: Final = 300.0


@dataclass(frozen=True, slots=True)
class Ailment:
    """What stands still: why people are paged, and the age that says so. `limit` is what it may be."""

    why: Why
    what: str
    age: float
    limit: float


def ailment(vitals: Vitals) -> Ailment | None:
    """The gravest thing that stands still, None if nothing does.

    One contact who cannot be reached is the daemon's own business: it pages somebody else. So the outbox
    stands only if a message has been waiting for long and nothing at all was delivered meanwhile.
    """
    if vitals.looked >= LOOKED_LIMIT:
        return Ailment(Why.PROBING_STANDS, "the last look at the sockets", vitals.looked, LOOKED_LIMIT)
    if vitals.turned >= TURNED_LIMIT:
        return Ailment(Why.OUTBOX_STANDS, "the last turn of the people's side", vitals.turned, TURNED_LIMIT)
    waiting = min(vitals.oldest, vitals.delivered) if vitals.oldest is not None else 0.0
    if waiting >= OUTBOX_LIMIT:
        return Ailment(Why.OUTBOX_STANDS, "undelivered messages, and no delivery", waiting, OUTBOX_LIMIT)
    return None
