"""What goes between the daemon and the process that runs a leg: a leg in, then lines of JSON out."""

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from bridgewatch.model.bandwidth import Leg, Throughput
from bridgewatch.model.phrases import Phrase
from bridgewatch.model.ports import ThroughputProgress

LONGEST_LINE: Final = 16_384  # octets


@dataclass(frozen=True, slots=True)
class Failed:
    """The leg came to nothing, and why: a plain sentence."""

    why: Phrase


Said = Failed | Throughput | ThroughputProgress

_LEG: Final[TypeAdapter[Leg]] = TypeAdapter(Leg)
_SAID: Final[TypeAdapter[Said]] = TypeAdapter(Said)


def encode_leg(leg: Leg) -> bytes:
    """One line."""
    return _LEG.dump_json(leg) + b"\n"


def decode_leg(line: bytes) -> Leg:
    """The inverse; raises ValueError."""
    return _LEG.validate_json(line)


def encode_said(said: Said) -> bytes:
    """One line."""
    return _SAID.dump_json(said) + b"\n"


def decode_said(line: bytes) -> Said:
    """The inverse; raises ValueError."""
    return _SAID.validate_json(line)
