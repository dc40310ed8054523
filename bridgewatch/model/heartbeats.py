"""Heartbeats: what a daemon says of itself to a watchdog on another box, and who sends them to whom.

Ages are seconds before the heartbeat was sent, so that they mean the same on a box whose clock differs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique

from bridgewatch.model.secret import Secret

EVERY: float = 15.0
AFTER: float = 60.0


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Where heartbeats go. `every`: seconds between two of them."""

    url: str
    key: Secret
    every: float = EVERY


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """What the configuration says of heartbeats.

    `watchdogs` are told of this daemon. A watchdog's own configuration has `watched` instead: the keys of the
    daemons whose heartbeats it awaits, by vantage, and `after` how many seconds of silence it pages.
    """

    watchdogs: tuple[Watchdog, ...] = ()
    watched: Mapping[str, Secret] = field(default_factory=dict)
    after: float = AFTER


@dataclass(frozen=True, slots=True)
class Vitals:
    """How a daemon is.

    `probing`: whether its loop runs, `looked`: the age of its last look at the sockets. `turned`: of the last
    turn of the people's side; `failures` there, and entries that store and spool refused. `oldest`: of the
    oldest message that somebody has still to get; `delivered`: of the last delivery, or of the daemon's start
    where there was none. `degraded`: since when the store is not what it should be. `live`: events.
    """

    probing: bool
    looked: float
    turned: float
    failures: int = 0
    unstored: int = 0
    outbox: int = 0
    oldest: float | None = None
    delivered: float = 0.0
    degraded: float | None = None
    live: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One heartbeat.

    `boot` names this start of the daemon and is never used again; `sequence` grows within it. `sent_ns` is
    the sender's wall clock. `back_within`: this is the last one before an orderly stop, and the daemon is
    back after so many seconds at most.
    """

    vantage: str
    boot: str
    sequence: int
    sent_ns: int
    version: str
    every: float
    vitals: Vitals
    back_within: float | None = None


@unique
class Reception(StrEnum):
    """What a watchdog makes of a heartbeat that came in."""

    ACCEPTED = "accepted"
    FORGED = "forged"  # nobody it knows, or not signed with that one's key
    MALFORMED = "malformed"  # signed, and yet no heartbeat
    STALE = "stale"  # the sender's clock and ours are too far apart to tell it from an old one
    REPLAYED = "replayed"  # it came before


@unique
class Answered(StrEnum):
    """What became of a heartbeat that was sent."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # the watchdog answers, and does not count it
    FAILED = "failed"  # nobody answers, or no watchdog does


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of one watchdog. `counts` by what became of heartbeats; `why` it is not accepted now.

    `accepted_ns` is the wall clock when it was last accepted, None for never since the daemon's start.
    """

    url: str
    answered: Answered | None
    why: str
    accepted_ns: int | None
    counts: Mapping[Answered, int]
