"""What the refusals of targets say of links: nobody answers the probes there, and the path is alive.

A refusal is as good as a reply against a silence, and says the contrary of a reply about the target. Two of
them, a second apart without a reply, are no restart of a reflector any more.

Hosts refuse no more than once a second (Linux: icmp_ratelimit; RFC 1812 section 4.3.2.8 asks it of routers),
so at ten probes a second nine of ten stay unanswered while all is as it was. Hence PATIENCE: what stays
unanswered means something once three refusals in a row are missing (three seconds and the least grace). At
2 % loss that is chance once in 35 hours of a target that refuses, and the next refusal sets it right within a
second. At one probe a second it costs no time that the rule of eight does not take anyway, at ten it costs
two seconds and a half.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.health.columns import any_of
from bridgewatch.core.health.silence import NEVER, OUTAGE_NS, PATIENCE_NS, SUSPECT_AFTER, Silence
from bridgewatch.model.observations import Flag, Int32, Int64

SETTLED_AFTER: Final = 2  # refusals in a row


@dataclass(frozen=True, slots=True)
class Refusals:
    """What refusals say of links, [n] each. Times are monotonic ns."""

    refuses: Flag  # a path of it refuses, and none answers
    settled: Flag  # for long enough to be no restart
    count: Int32  # in a row, on the first path that refuses
    since_ns: Int64  # when the first of them was sent
    due_ns: Int64  # when time alone may change this, or what a silence means


def refusals(
    now: int, rows: NDArray[np.int32], speaks: Flag, unanswered: Int32, silence: Silence
) -> Refusals:
    """Look at links through their paths `rows` [n, k], of which some `speaks` and have so many unanswered."""
    c = silence.columns
    count = c.refusals[rows]
    refused = speaks & (count > 0)
    if not refused.any():
        return _nothing(len(rows))
    heard = speaks & (unanswered < SUSPECT_AFTER)
    refusing = refused & heard
    since_ns = c.refused_since_ns[rows]
    enough = refusing & (count >= SETTLED_AFTER)
    settles_ns = since_ns + OUTAGE_NS
    first = refusing.argmax(axis=1)[:, None]
    patient = refused & (c.unanswered[rows] > unanswered)
    due_ns = np.minimum(
        np.where(enough & (settles_ns > now), settles_ns, NEVER).min(axis=1),
        np.where(patient, c.refused_ns[rows] + PATIENCE_NS, NEVER).min(axis=1),
    )
    return Refusals(
        refuses=any_of(refusing) & ~any_of(heard & ~refused),
        settled=any_of(enough & (settles_ns <= now)),
        count=np.take_along_axis(count, first, axis=1)[:, 0],
        since_ns=np.take_along_axis(since_ns, first, axis=1)[:, 0],
        due_ns=due_ns,
    )


def _nothing(links: int) -> Refusals:
    no = np.zeros(links, dtype=np.bool_)
    none = np.zeros(links, dtype=np.int32)
    never = np.full(links, NEVER)
    return Refusals(no, no, none, never, never)
