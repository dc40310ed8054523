"""What the daemon sees of every link, as columns: the page that `bridgewatch readiness` asks for.

A country has 22,726 links, and the daemon has probes to send meanwhile: columns go as they lie in memory, in
base64, and the names as one text. So a page takes 4 ms and not 17.
"""

import binascii
import math
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray
from pydantic import TypeAdapter, ValidationError

from bridgewatch.model.bandwidth import CapacityState, Direction, UseState
from bridgewatch.model.ids import LinkId
from bridgewatch.model.readiness import BandwidthSight, LinkSight
from bridgewatch.model.snapshot import JudgedColumns, Snapshot
from bridgewatch.model.words import LinkState, Reason

_NARROW: Final = np.dtype("u1")
_WIDE: Final = np.dtype("<i8")
_REAL: Final = np.dtype("<f8")
_NOTHING: Final = BandwidthSight()


@dataclass(frozen=True, slots=True)
class BandwidthPage:
    """Columns of the same rows."""

    use: str
    capacity: str
    tested_ns: str
    least_down: str
    least_up: str
    most_down: str
    most_up: str


@dataclass(frozen=True, slots=True)
class LinksPage:
    """Rows of all columns belong together: names one a line, then numbers in base64."""

    wall_ns: int
    links: str
    state: str
    reason: str
    since_wall_ns: str
    received: str
    bandwidth: BandwidthPage | None = None


_CODEC: Final = TypeAdapter(LinksPage)


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """The page of a snapshot."""
    columns, judged = snapshot.links, snapshot.judged
    return {
        "wall_ns": snapshot.wall_ns,
        "links": "\n".join(snapshot.inventory.links),
        "state": _packed(columns.state, _NARROW),
        "reason": _packed(columns.reason, _NARROW),
        "since_wall_ns": _packed(columns.since_wall_ns, _WIDE),
        "received": _packed(columns.received, _WIDE),
        "bandwidth": _bandwidth_to_json(judged) if judged is not None else None,
    }


def from_json(values: object) -> tuple[int, Mapping[LinkId, LinkSight]]:
    """When the page was made, and what is seen of each link. Raises ValueError for anything else."""
    try:
        page = _CODEC.validate_python(values)
        names = page.links.split("\n") if page.links else []
        columns = (
            names,
            map(LinkState, _unpacked(page.state, _NARROW)),
            map(Reason, _unpacked(page.reason, _NARROW)),
            _unpacked(page.since_wall_ns, _WIDE),
            _unpacked(page.received, _WIDE),
            [_NOTHING] * len(names) if page.bandwidth is None else _bandwidths(page.bandwidth),
        )
        return page.wall_ns, {LinkId(link): LinkSight(*seen) for link, *seen in zip(*columns, strict=True)}
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"not a page of links: {place}: {first['msg']}") from None
    except (ValueError, binascii.Error) as error:
        raise ValueError(f"not a page of links: {error}") from None


def _bandwidth_to_json(judged: JudgedColumns) -> dict[str, str]:
    return {
        "use": _packed(judged.use, _NARROW),
        "capacity": _packed(judged.capacity, _NARROW),
        "tested_ns": _packed(judged.tested_ns, _WIDE),
        "least_down": _packed(judged.measured_down, _REAL),
        "least_up": _packed(judged.measured_up, _REAL),
        "most_down": _packed(judged.most_down, _REAL),
        "most_up": _packed(judged.most_up, _REAL),
    }


def _bandwidths(page: BandwidthPage) -> Iterator[BandwidthSight]:
    columns = (
        map(UseState, _unpacked(page.use, _NARROW)),
        map(CapacityState, _unpacked(page.capacity, _NARROW)),
        _unpacked(page.tested_ns, _WIDE),
        zip(_unpacked(page.least_down, _REAL), _unpacked(page.least_up, _REAL), strict=True),
        zip(_unpacked(page.most_down, _REAL), _unpacked(page.most_up, _REAL), strict=True),
    )
    for use, capacity, tested_ns, least, most in zip(*columns, strict=True):
        if use or tested_ns:
            yield BandwidthSight(use, capacity, tested_ns, _by_direction(least), _by_direction(most))
        else:
            yield _NOTHING


def _by_direction(down_and_up: tuple[float, float]) -> Mapping[Direction, float]:
    """Those that are known."""
    pairs = zip((Direction.DOWN, Direction.UP), down_and_up, strict=True)
    return {direction: rate for direction, rate in pairs if not math.isnan(rate)}


def _packed(column: NDArray[Any], kind: DTypeLike) -> str:
    return b64encode(column.astype(kind, copy=False).tobytes()).decode()


def _unpacked(text: str, kind: DTypeLike) -> list[Any]:
    numbers: list[Any] = np.frombuffer(b64decode(text, validate=True), kind).tolist()
    return numbers
