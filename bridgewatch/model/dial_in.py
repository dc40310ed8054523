"""The calls of sites' boxes, as readers see them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalledIn:
    """The box of one link: where it is, since when its call lasts, how often it moved.

    `heard_wall_ns`: when it was last heard, if it is silent for longer than it may be; else None. `awaited`:
    that was before the daemon started, and it has not called since.
    """

    address: str
    since_wall_ns: int
    moves: int
    heard_wall_ns: int | None = None
    awaited: bool = False
