"""What the loading process and its parent say to each other: length, then a pickle, small on purpose."""

import pickle
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from bridgewatch.config.plan import Frame, Part, Plan, Segment
from bridgewatch.model.calendar import Event
from bridgewatch.model.mistakes import ConfigError

PARTS_A_MESSAGE: Final = 200  # unpickling and comparing them takes the parent about two milliseconds
_SITES_A_PART: Final = 50  # ids of sites in an event that take as long as one site
HEADER: Final = struct.Struct("!I")


@dataclass(frozen=True, slots=True)
class Parts:
    """Some objects of a segment."""

    segment: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Errors:
    """Some of the mistakes that were found."""

    errors: tuple[ConfigError, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The end of an answer. `frame` None: there were errors. `seconds` is the time it took to load."""

    seconds: float
    frame: Frame | None = None
    names: tuple[str, ...] = ()
    sent: frozenset[str] = frozenset()


Message = Parts | Errors | Done


def encode(message: Message) -> bytes:
    """A message with its length in front."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(body)) + body


def decode(body: bytes) -> Message:
    """The message in a body; only ever our own child's."""
    message: Message = pickle.loads(body)  # noqa: S301 - written by the child we started, over its own pipe
    return message


def plan_messages(plan: Plan, sent_before: dict[str, Segment], seconds: float) -> Iterator[Message]:
    """The segments that the receiver does not have, in small parts, then the frame."""
    fresh = [segment for segment in plan.segments if sent_before.get(segment.name) is not segment]
    for segment in fresh:
        for parts in _batched(segment.parts()):
            yield Parts(segment.name, parts)
    names = tuple(segment.name for segment in plan.segments)
    yield Done(seconds, plan.frame, names, frozenset(segment.name for segment in fresh))


def error_messages(errors: Iterable[ConfigError], seconds: float) -> Iterator[Message]:
    """The errors in small parts, then the end."""
    remaining = iter(errors)
    while batch := tuple(islice(remaining, PARTS_A_MESSAGE)):
        yield Errors(batch)
    yield Done(seconds)


def _batched(parts: Iterable[Part]) -> Iterator[tuple[Part, ...]]:
    batch: list[Part] = []
    weight = 0
    for part in parts:
        batch.append(part)
        weight += _weight(part)
        if weight >= PARTS_A_MESSAGE:
            yield tuple(batch)
            batch, weight = [], 0
    if batch:
        yield tuple(batch)


def _weight(part: Part) -> int:
    """How much work a part is, as a multiple of a site or link: an event may name a whole country."""
    return 1 + len(part.sites) // _SITES_A_PART if isinstance(part, Event) else 1
