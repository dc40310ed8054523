"""A heartbeat as octets, and its signature.

The signature is an HMAC (RFC 2104) with SHA-256 over the body as it is sent, and only a body whose signature
is right is read. What a newer daemon says beyond what this version knows is passed over.
"""

import hashlib
import hmac
import math
from collections.abc import Iterator
from typing import Final

from pydantic import TypeAdapter, ValidationError

from bridgewatch.model.heartbeats import Heartbeat

PATH: Final = "/heartbeat"
VANTAGE: Final = "X-Bridgewatch-Vantage"
SIGNATURE: Final = "X-Bridgewatch-Signature"
LONGEST: Final = 64 * 1024
"""Octets of a body."""
LONGEST_ABSENCE: Final = 3600.0
"""Seconds for which a daemon can say that it is silent."""

_SHORTEST_KEY: Final = 16
_CONTEXT: Final = (
    b"bridgewatch heartbeat 1\n"  # a key that signs something else as well signs no heartbeat by it
)
_CODEC: Final = TypeAdapter(Heartbeat)


class WeakKeyError(Exception):
    """A key that could be guessed."""


def encode(beat: Heartbeat) -> bytes:
    """The body."""
    return _CODEC.dump_json(beat)


def decode(body: bytes) -> Heartbeat:
    """The heartbeat of a body. Raises ValueError for anything that none can be."""
    try:
        beat = _CODEC.validate_json(body, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{place}: {first['msg']}" if place else first["msg"]) from None
    if not all(0 <= number < math.inf for number in _numbers(beat)):
        raise ValueError("a number that is none, or below zero")
    for name, seconds in (("back_within", beat.back_within or 0.0), ("every", beat.every)):
        if seconds > LONGEST_ABSENCE:  # no word of a daemon may keep a watchdog quiet for ever
            raise ValueError(f"{name}: more than {LONGEST_ABSENCE:g} s")
    return beat


def sign(key: str, body: bytes) -> str:
    """The signature of a body. Raises WeakKeyError."""
    if len(key) < _SHORTEST_KEY:
        raise WeakKeyError(f"the key of the heartbeats has fewer than {_SHORTEST_KEY} characters")
    return hmac.new(key.encode(), _CONTEXT + body, hashlib.sha256).hexdigest()


def verify(key: str, body: bytes, signature: str) -> bool:
    """Whether the signature is that of the body. Raises WeakKeyError."""
    return hmac.compare_digest(sign(key, body).encode(), signature.encode("utf-8", "replace"))


def _numbers(beat: Heartbeat) -> Iterator[float]:
    vitals = beat.vitals
    yield from (beat.sequence, beat.sent_ns, beat.every)
    yield from (vitals.looked, vitals.turned, vitals.delivered)
    yield from (vitals.failures, vitals.unstored, vitals.outbox)
    yield from (age for age in (beat.back_within, vitals.oldest, vitals.degraded) if age is not None)
