"""The calls of sites' boxes, beside the links that are probed back through them."""

from dataclasses import dataclass

from bridgewatch.model.ids import LinkId
from bridgewatch.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class CallLine:
    """Where a box is, and since when its call lasts or, if it is `silent`, when it was last heard.

    `awaited`: it is silent since before the daemon started.
    """

    address: str
    at_wall_ns: int
    silent: bool
    awaited: bool = False


def call_line(snapshot: Snapshot, link: LinkId) -> CallLine | None:
    """The call of one link; None where its box has not called, or it has none."""
    called = snapshot.dial_in.calls.get(link) if snapshot.dial_in is not None else None
    if called is None:
        return None
    return CallLine(called.address, called.at_wall_ns, silent=called.silent, awaited=called.awaited)
