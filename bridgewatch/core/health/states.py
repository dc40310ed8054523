"""The states of a link and every move between them, in one table.

Rule 1: whatever changes a link's state is an event of this file and a cell of its table. Other files only
decide *that* an event happened; none of them writes a state.

Rule 2: what a row does not name stays as it is. The rows are short because most events confirm a state.

The reasons behind the cells that are not obvious:

* UNKNOWN moves to SUSPECT like any other state. After a restart in the middle of an outage nothing has ever
  answered *us*; a link that waited for its first reply would stay "unknown" through the whole outage.
* SUSPECT is a question, not a verdict. It lasts about a second, costs extra probes, and is left by an answer
  or by one of three verdicts: DEAD (others were answered meanwhile), UNSEEN (nobody was), FLAPPED.
* DOWN was proven and is left only by an answer or when the link is reset. An egress that goes dark later, or
  a host that cannot send, proves nothing about it: were the link to go BLIND and come back as DOWN, one fault
  would be counted, and paged, twice.
* BLIND says nothing about the link. It returns by the link's own answer, or goes DOWN once the egress works
  again and the link alone stays silent. It never goes back through SUSPECT: when an egress returns, thousands
  of blind links would become suspects for the fraction of a second until their own replies arrive.
* FLAPPING swallows the ups and downs it stands for. It is left when no down happened for ten minutes
  (SETTLED), when this down lasts (STAYED_DOWN: a lasting outage must page, flapping or not), and when our own
  egress takes the view away.
* PAUSED hears nobody but the operator.
* LOCAL_ERROR is our own host refusing to send. What had a state becomes UNKNOWN, because nothing is measured
  any more; BLIND too, as soon as its egress is no longer dark.
* REFUSED takes every state to UNKNOWN, DOWN too: a host that refuses our probes is reached, and its refusals
  come back. Of how well the path does nothing is known any more. UNKNOWN by refusals is silent like any other
  state once they stop, so a path that dies behind a stopped reflector goes down.
"""

from collections.abc import Mapping
from enum import IntEnum, unique
from typing import Final

import numpy as np

from bridgewatch.model.observations import Int8
from bridgewatch.model.words import LinkState


@unique
class Event(IntEnum):
    """What can happen to a link. The numbers are columns of the compiled table."""

    NOTHING = 0
    ANSWERED_WELL = 1  # a path answers, and nothing measured on the leading one is beyond a threshold
    ANSWERED_POORLY = 2  # a path answers, and the leading one is judged WARN or worse
    SILENT = 3  # two probes unanswered past their grace, on every path
    DEAD = 4  # enough unanswered, for long enough, while others on the egress were answered
    FLAPPED = 5  # DEAD, for the third time in ten minutes
    UNSEEN = 6  # as silent as DEAD, but nobody on the egress was answered
    EGRESS_DARK = 7  # the egress lost all its references
    LOCAL_ERROR = 8  # for three seconds no probe left this host
    STAYED_DOWN = 9  # a flapping link's present down outlasted the page delay
    SETTLED = 10  # a flapping link answers, and its last down is ten minutes old
    PAUSED = 11  # the operator said so
    RESET = 12  # resumed, or none of its present paths has ever been probed
    REFUSED = 13  # no path answers, and the target of one refuses the probes: that path is alive


_S = LinkState
_E = Event

MOVES: Final[Mapping[LinkState, Mapping[Event, LinkState]]] = {
    _S.UNKNOWN: {
        _E.ANSWERED_WELL: _S.UP,
        _E.ANSWERED_POORLY: _S.DEGRADED,
        _E.SILENT: _S.SUSPECT,
        _E.DEAD: _S.DOWN,
        _E.FLAPPED: _S.FLAPPING,
        _E.UNSEEN: _S.BLIND,
        _E.EGRESS_DARK: _S.BLIND,
        _E.PAUSED: _S.PAUSED,
    },
    _S.UP: {
        _E.ANSWERED_POORLY: _S.DEGRADED,
        _E.SILENT: _S.SUSPECT,
        _E.DEAD: _S.DOWN,
        _E.FLAPPED: _S.FLAPPING,
        _E.UNSEEN: _S.BLIND,
        _E.EGRESS_DARK: _S.BLIND,
        _E.LOCAL_ERROR: _S.UNKNOWN,
        _E.REFUSED: _S.UNKNOWN,
        _E.PAUSED: _S.PAUSED,
        _E.RESET: _S.UNKNOWN,
    },
    _S.DEGRADED: {
        _E.ANSWERED_WELL: _S.UP,
        _E.SILENT: _S.SUSPECT,
        _E.DEAD: _S.DOWN,
        _E.FLAPPED: _S.FLAPPING,
        _E.UNSEEN: _S.BLIND,
        _E.EGRESS_DARK: _S.BLIND,
        _E.LOCAL_ERROR: _S.UNKNOWN,
        _E.REFUSED: _S.UNKNOWN,
        _E.PAUSED: _S.PAUSED,
        _E.RESET: _S.UNKNOWN,
    },
    _S.SUSPECT: {
        _E.ANSWERED_WELL: _S.UP,
        _E.ANSWERED_POORLY: _S.DEGRADED,
        _E.DEAD: _S.DOWN,
        _E.FLAPPED: _S.FLAPPING,
        _E.UNSEEN: _S.BLIND,
        _E.EGRESS_DARK: _S.BLIND,
        _E.LOCAL_ERROR: _S.UNKNOWN,
        _E.REFUSED: _S.UNKNOWN,
        _E.PAUSED: _S.PAUSED,
        _E.RESET: _S.UNKNOWN,
    },
    _S.DOWN: {
        _E.ANSWERED_WELL: _S.UP,
        _E.ANSWERED_POORLY: _S.DEGRADED,
        _E.REFUSED: _S.UNKNOWN,
        _E.PAUSED: _S.PAUSED,
        _E.RESET: _S.UNKNOWN,
    },
    _S.FLAPPING: {
        _E.UNSEEN: _S.BLIND,
        _E.EGRESS_DARK: _S.BLIND,
        _E.LOCAL_ERROR: _S.UNKNOWN,
        _E.REFUSED: _S.UNKNOWN,
        _E.STAYED_DOWN: _S.DOWN,
        _E.SETTLED: _S.UP,
        _E.PAUSED: _S.PAUSED,
        _E.RESET: _S.UNKNOWN,
    },
    _S.BLIND: {
        _E.ANSWERED_WELL: _S.UP,
        _E.ANSWERED_POORLY: _S.DEGRADED,
        _E.DEAD: _S.DOWN,
        _E.FLAPPED: _S.FLAPPING,
        _E.LOCAL_ERROR: _S.UNKNOWN,
        _E.REFUSED: _S.UNKNOWN,
        _E.PAUSED: _S.PAUSED,
        _E.RESET: _S.UNKNOWN,
    },
    _S.PAUSED: {
        _E.RESET: _S.UNKNOWN,
    },
}


def _compile() -> Int8:
    """MOVES as a matrix [state, event] -> state, so that thousands of links move in one indexing."""
    table = np.repeat(np.arange(len(LinkState), dtype=np.uint8)[:, None], len(Event), axis=1)
    for state, moves in MOVES.items():
        for event, new in moves.items():
            table[state, event] = new
    table.flags.writeable = False
    return table


_NEXT: Final = _compile()


def move(state: Int8, event: Int8) -> Int8:
    """The states after `event`, both [n]; NOTHING changes nothing."""
    new: Int8 = _NEXT[state, event]
    return new
