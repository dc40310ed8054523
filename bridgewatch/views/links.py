"""What the daemon sees of every link, as columns: the page that `bridgewatch readiness` asks for.

A country has 22,726 links, and the daemon has probes to send meanwhile: columns go as they lie in memory, in
base64, and the names as one text. So a page takes 4 ms and not 17.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray
from pydantic import TypeAdapter, ValidationError

from bridgewatch.model.ids import LinkId
from bridgewatch.model.readiness import LinkSight
from bridgewatch.model.snapshot import Snapshot
from bridgewatch.model.words import LinkState, Reason

_NARROW: Final = np.dtype("u1")
_WIDE: Final = np.dtype("<i8")


@dataclass(frozen=True, slots=True)
class LinksPage:
    """Rows of all columns belong together: names one a line, then numbers in base64."""

    wall_ns: int
    links: str
    state: str
    reason: str
    since_wall_ns: str
    received: str


_CODEC: Final = TypeAdapter(LinksPage)


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """The page of a snapshot."""
    columns = snapshot.links
    return {
        "wall_ns": snapshot.wall_ns,
        "links": "\n".join(snapshot.inventory.links),
        "state": _packed(columns.state, _NARROW),
        "reason": _packed(columns.reason, _NARROW),
        "since_wall_ns": _packed(columns.since_wall_ns, _WIDE),
        "received": _packed(columns.received, _WIDE),
    }


def from_json(values: object) -> tuple[int, Mapping[LinkId, LinkSight]]:
    """When the page was made, and what is seen of each link. Raises ValueError for anything else."""
    try:
        page = _CODEC.validate_python(values)
        columns = (
            page.links.split("\n") if page.links else [],
            map(LinkState, _unpacked(page.state, _NARROW)),
            map(Reason, _unpacked(page.reason, _NARROW)),
            _unpacked(page.since_wall_ns, _WIDE),
            _unpacked(page.received, _WIDE),
        )
        return page.wall_ns, {
            LinkId(link): LinkSight(state, reason, since_ns, answered)
            for link, state, reason, since_ns, answered in zip(*columns, strict=True)
        }
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"not a page of links: {place}: {first['msg']}") from None
    except (ValueError, binascii.Error) as error:
        raise ValueError(f"not a page of links: {error}") from None


def _packed(column: NDArray[Any], kind: DTypeLike) -> str:
    return b64encode(column.astype(kind, copy=False).tobytes()).decode()


def _unpacked(text: str, kind: DTypeLike) -> list[int]:
    numbers: list[int] = np.frombuffer(b64decode(text, validate=True), kind).tolist()
    return numbers
