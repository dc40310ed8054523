"""What the daemon sees of every link, as columns: the page that `bridgewatch readiness` asks for.

Whole columns, because a country has 22,726 links and the daemon has probes to send meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from bridgewatch.model.ids import LinkId
from bridgewatch.model.readiness import LinkSight
from bridgewatch.model.snapshot import Snapshot
from bridgewatch.model.words import LinkState, Reason


@dataclass(frozen=True, slots=True)
class LinksPage:
    """Rows of all columns belong together. States and reasons by their numbers."""

    wall_ns: int
    links: Sequence[str]
    state: Sequence[LinkState]
    reason: Sequence[Reason]
    since_wall_ns: Sequence[int]
    received: Sequence[int]


_CODEC: Final = TypeAdapter(LinksPage)


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """The page of a snapshot."""
    columns = snapshot.links
    return {
        "wall_ns": snapshot.wall_ns,
        "links": list(snapshot.inventory.links),
        "state": columns.state.tolist(),
        "reason": columns.reason.tolist(),
        "since_wall_ns": columns.since_wall_ns.tolist(),
        "received": columns.received.tolist(),
    }


def from_json(values: object) -> tuple[int, Mapping[LinkId, LinkSight]]:
    """When the page was made, and what is seen of each link. Raises ValueError for anything else."""
    try:
        page = _CODEC.validate_python(values)
        columns = (page.links, page.state, page.reason, page.since_wall_ns, page.received)
        return page.wall_ns, {
            LinkId(link): LinkSight(state, reason, since_ns, answered)
            for link, state, reason, since_ns, answered in zip(*columns, strict=True)
        }
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"not a page of links: {place}: {first['msg']}") from None
