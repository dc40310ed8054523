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

    @property
    def silent(self) -> bool:
        """Whether it is not heard now."""
        return self.heard_wall_ns is not None

    @property
    def at_wall_ns(self) -> int:
        """Since when its call lasts or, if it is silent, when it was last heard."""
        return self.since_wall_ns if self.heard_wall_ns is None else self.heard_wall_ns
