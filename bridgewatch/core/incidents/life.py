"""The life of an incident, in one table: what each entry of the log makes of it.

Rule 1: whatever moves an incident is an entry of the log and a cell of this table.

Rule 2: what a row does not name stays as it is.

    HELD ──Opened──▶ OPEN
      │ ▲              │ ▲
 Recovered Grew   Recovered Grew
      ▼ │              ▼ │
     LULL           SETTLING ──Closed──▶ CLOSED

The reasons behind the cells that are not obvious:

* Grew takes LULL and SETTLING back: what falls again within ten minutes is the same fault. OPEN is not left
  by a recovery for HELD: an incident is opened once, however often it comes back.
* FOLDED is left by Closed only. Who was paged about it may still answer with its code, so it lives as long as
  the incident that explains it.
"""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final

from bridgewatch.model.log import Closed, Folded, Grew, IncidentEntry, Opened, Recovered


@unique
class Life(StrEnum):
    """How far an incident has come."""

    HELD = "held"  # something is broken, and nobody is paged yet
    OPEN = "open"  # something is broken, and people are paged
    LULL = "lull"  # all is well again before anybody was paged
    SETTLING = "settling"  # people were paged, and all is well again
    FOLDED = "folded"  # another incident explains it
    CLOSED = "closed"


MOVES: Final[Mapping[Life, Mapping[type[IncidentEntry], Life]]] = {
    Life.HELD: {
        Opened: Life.OPEN,
        Recovered: Life.LULL,
        Folded: Life.FOLDED,
        Closed: Life.CLOSED,
    },
    Life.OPEN: {
        Recovered: Life.SETTLING,
        Folded: Life.FOLDED,
        Closed: Life.CLOSED,
    },
    Life.LULL: {
        Grew: Life.HELD,
        Closed: Life.CLOSED,
    },
    Life.SETTLING: {
        Grew: Life.OPEN,
        Closed: Life.CLOSED,
    },
    Life.FOLDED: {
        Closed: Life.CLOSED,
    },
    Life.CLOSED: {},
}

BROKEN: Final = frozenset({Life.HELD, Life.OPEN})
"""Something is broken now."""
