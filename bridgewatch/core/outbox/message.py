"""One message on its way: which of its contact's channels is tried next, and when.

A passing failure leads to the next channel at once; once all of them failed, each is tried again after a
pause that doubles. A permanent failure crosses its channel out. Where a gateway was too crowded the next
channel is tried too, but that is no failure: nobody is given up for it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from zlib import crc32

from bridgewatch.model.ids import ContactId, GatewayId, IncidentId, MessageId
from bridgewatch.model.log import Attempted, Composed
from bridgewatch.model.paging import MessageKind, Urgency
from bridgewatch.model.people import Channel

_SECOND_NS: Final = 1_000_000_000
GIVE_UP_NS: Final = 900 * _SECOND_NS  # after this long a message that every channel refused is dead
_PAUSE_NS: Final = 2 * _SECOND_NS  # after the first failure of a channel, doubled by each further one
_LONGEST_PAUSE_NS: Final = 60 * _SECOND_NS
_JITTER: Final = 0.2  # of a pause, to either side: a gateway that returns is not met by everybody at once


def pause_ns(message: MessageId, number: int, failures: int) -> int:
    """How long a channel rests after attempt `number`, its own failure number `failures` (1 first)."""
    pause = min(_PAUSE_NS << min(failures - 1, 16), _LONGEST_PAUSE_NS)
    chance = crc32(f"{message}/{number}".encode()) / 2**32
    return round(pause * (1 - _JITTER + 2 * _JITTER * chance))


@dataclass(slots=True)
class Tried:
    """What became of one channel."""

    gateway: GatewayId
    failures: int = 0
    retry_ns: int | None = None  # None: crossed out


class Turn(NamedTuple):
    """Which channel is next, by its place among the contact's, and from when on."""

    channel: int
    at_ns: int


@dataclass(slots=True)
class Message:
    """A message and what its attempts came to. `live`: those of its incidents of which it is still true.

    Once `done` (delivered, given up, or nothing of it is true any more) it is kept to be looked up, as long
    as one of its incidents is: `kept_for` counts them.
    """

    composed: Composed
    composed_ns: int
    live: set[IncidentId]
    attempts: int = 0
    tried: dict[int, Tried] = field(default_factory=dict)
    unreached: bool = False
    done: bool = False
    kept_for: int = 0

    @property
    def id(self) -> MessageId:
        """Its id, the same at every attempt."""
        return self.composed.message

    @property
    def contact(self) -> ContactId:
        """Who is to get it."""
        return self.composed.contact

    @property
    def kind(self) -> MessageKind:
        """What it is for."""
        return self.composed.kind

    @property
    def urgency(self) -> Urgency:
        """The greatest of its incidents when it was composed."""
        return self.composed.urgency

    @property
    def give_up_ns(self) -> int:
        """After this it is not tried again, if every channel has failed."""
        return self.composed_ns + GIVE_UP_NS

    def book(self, entry: Attempted) -> None:
        """Take in how an attempt went."""
        self.attempts = max(self.attempts, entry.attempt)
        if entry.delivered:
            self.done = True
            return
        tried = self._tried(entry.channel, entry.gateway) or Tried(entry.gateway)
        tried.failures += not entry.crowded
        tried.retry_ns = entry.retry_ns
        self.tried[entry.channel] = tried

    def failures(self, channel: int, gateway: GatewayId) -> int:
        """How often this channel has failed."""
        tried = self._tried(channel, gateway)
        return tried.failures if tried else 0

    def turn(self, channels: Sequence[Channel], last: Collection[int] = ()) -> Turn | None:
        """What is tried next: channels never tried first, in their order; then the one that rests shortest.

        Of both sorts those at the places `last` come last. None: all are crossed out.
        """
        fresh: list[Turn] = []
        resting: list[Turn] = []
        for place, channel in enumerate(channels):
            tried = self._tried(place, channel.gateway)
            if tried is None:
                fresh.append(Turn(place, self.composed_ns))
            elif tried.retry_ns is not None:
                resting.append(Turn(place, tried.retry_ns))
        return min(
            fresh or resting, key=lambda turn: (turn.channel in last, turn.at_ns, turn.channel), default=None
        )

    def failed_by_all(self, channels: Sequence[Channel]) -> bool:
        """Whether every channel has been tried in vain."""
        return all(self.failures(place, channel.gateway) for place, channel in enumerate(channels))

    def shift(self, by_ns: int) -> None:
        """Move along with the wall clock."""
        self.composed_ns += by_ns
        for tried in self.tried.values():
            if tried.retry_ns is not None:
                tried.retry_ns += by_ns

    def _tried(self, channel: int, gateway: GatewayId) -> Tried | None:
        # After a reload another channel may stand at the same place: of that one nothing is known.
        tried = self.tried.get(channel)
        return tried if tried is not None and tried.gateway == gateway else None
