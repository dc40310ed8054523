"""A link as its paths show it: the least silent path speaks for all.

A reply on any path is life. So a link has been silent as long as the path that fell silent last, has as many
unanswered probes as its least silent path, and needs as many as its lossiest one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.health.columns import all_of, any_of
from bridgewatch.core.health.layout import Layout
from bridgewatch.core.health.refusals import Refusals, refusals
from bridgewatch.core.health.silence import LOCAL_ERROR_NS, NEVER, SUSPECT_AFTER, Silence
from bridgewatch.core.health.witness import Witness
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int32, Int64, Real, Word

_MANY: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of links now, [n] each. Times are monotonic ns, NO_TIME where absent."""

    link: Int32
    speaks: Flag  # some path has been probed and its probes leave this host
    erring: Flag  # none does: there are only local errors
    unprobed: Flag  # no path was ever probed
    unreachable: Flag  # for every silent path, routers say so
    router: Word  # [n, 2] the one that says so of the first such path, zeros if none does
    refusals: Refusals
    unanswered: Int32
    since_ns: Int64
    suspected_ns: Int64
    latest_ns: Int64  # when its latest unanswered probe passed its grace
    needed: Int32
    witness_ns: Int64
    loss: Real
    severity: Int8  # of the leading path: the first that answers
    severity_reason: Int8
    severity_since_ns: Int64
    errors_due_ns: Int64  # when the next path will have had only local errors for long enough

    @property
    def silent(self) -> Flag:
        """Every path has left enough unanswered to raise the question."""
        flags: Flag = self.unanswered >= SUSPECT_AFTER
        return flags

    @property
    def grace_ns(self) -> Int64:
        """How long a probe may stay unanswered, as the silence began."""
        return np.where(self.unanswered > 0, self.suspected_ns - self.since_ns, 0)


def look(now: int, link: Int32, layout: Layout, silence: Silence, witness: Witness) -> Look:
    """Look at each of `link` [n] through all its paths."""
    c = silence.columns
    rows = layout.paths_of_link[link]
    speaks, erring = silence.speaking(now, rows), silence.erring(now, rows)
    known = any_of(speaks)
    unanswered = silence.unanswered(now, rows)
    answering = speaks & (unanswered < SUSPECT_AFTER) & (c.refusals[rows] == 0)
    leading = _leading(rows, answering)
    rejected = c.unreachable[rows] & speaks
    failing = c.error_since_ns[rows] != NO_TIME
    return Look(
        link=link,
        speaks=known,
        erring=~known & any_of(erring),
        unprobed=~any_of(c.probed[rows] | failing),
        unreachable=all_of(rejected | ~speaks),
        router=c.router[_leading(rows, rejected)] * any_of(rejected)[:, None],
        refusals=refusals(now, rows, speaks, unanswered, silence),
        unanswered=_least(unanswered, speaks),
        since_ns=_latest(c.since_ns, rows, speaks),
        suspected_ns=_latest(c.suspected_ns, rows, speaks),
        latest_ns=_latest(c.latest_ns, rows, speaks),
        needed=c.needed[rows].max(axis=1),
        witness_ns=_witness(rows, speaks, c.ever_answered[rows], layout, witness),
        loss=np.where(speaks, silence.memory.shown(rows), 0.0).max(axis=1),
        severity=c.severity[leading],
        severity_reason=c.severity_reason[leading],
        severity_since_ns=c.severity_since_ns[leading],
        errors_due_ns=np.where(failing & ~erring, c.error_since_ns[rows] + LOCAL_ERROR_NS, NEVER).min(axis=1),
    )


def _leading(rows: NDArray[np.int32], answering: Flag) -> Int32:
    """The first path of which that is true, else the first, [n]."""
    first = answering.argmax(axis=1)
    leading: Int32 = np.take_along_axis(rows, first[:, None], axis=1)[:, 0]
    return leading


def _least(counts: Int32, speaks: Flag) -> Int32:
    least: Int32 = np.where(speaks, counts, _MANY).min(axis=1)
    least[least == _MANY] = 0
    return least


def _latest(column: Int64, rows: NDArray[np.int32], speaks: Flag) -> Int64:
    latest: Int64 = np.where(speaks, column[rows], NO_TIME).max(axis=1)
    return latest


def _witness(
    rows: NDArray[np.int32], speaks: Flag, answered: Flag, layout: Layout, witness: Witness
) -> Int64:
    """When the link's surroundings last worked.

    Every path that ever answered needs a witness in its own egress and family: a dead IPv6 of ours proves
    nothing about the link. A path that never answered needs none (perhaps we have no IPv6 at all), unless
    none ever did; then the best witness counts.
    """
    latest_ns = witness.latest_ns[layout.group_of_path[rows]]
    proven = speaks & answered
    worst = np.where(proven, latest_ns, NEVER).min(axis=1)
    best = np.where(speaks, latest_ns, NO_TIME).max(axis=1)
    best[any_of(proven)] = worst[any_of(proven)]
    surroundings_ns: Int64 = best
    return surroundings_ns
