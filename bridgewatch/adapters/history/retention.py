"""Bounds the history: by age, and by the octets of all files together; the oldest go first."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridgewatch.adapters.history.files import HOUR_NS, found

_DAY_NS: Final = 24 * HOUR_NS


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept. A country of 22,726 links fills about 0.6 GB a day, a province of 280 about 8 MB."""

    days: int = 400
    octets: int = 20 << 30


def tidy(directory: Path, bounds: Bounds, now_ns: int) -> int:
    """Remove what is too much; the octets that are left. The hour of `now_ns` stays. Raises OSError."""
    sizes = [(file, file.path.stat().st_size) for file in found(directory)]
    total = sum(size for _, size in sizes)
    for file, size in sizes:
        if file.hour_ns + HOUR_NS > now_ns:
            break
        if total > bounds.octets or file.hour_ns + HOUR_NS <= now_ns - bounds.days * _DAY_NS:
            file.path.unlink(missing_ok=True)
            total -= size
    return total
