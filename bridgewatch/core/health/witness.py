"""Who can say that our own egress works: the probes of others that were answered."""

import numpy as np

from bridgewatch.model.observations import NO_TIME, Int32, Int64


class Witness:
    """For each egress and family, when its latest answered probe was *sent*.

    The time of sending counts, because a reply only proves that the egress worked when its probe left.
    """

    def __init__(self, groups: int) -> None:
        self.latest_ns: Int64 = np.full(groups + 1, NO_TIME, dtype=np.int64)  # the last is nobody's

    def book(self, groups: Int32, sent_ns: Int64) -> None:
        """Probes sent at `sent_ns` [n] were answered; `groups` [n] may repeat."""
        np.maximum.at(self.latest_ns, groups, sent_ns)

    def of_egresses(self) -> Int64:
        """The latest of either family, [E+1]; the last is nobody's."""
        by_egress: Int64 = np.append(self.latest_ns, NO_TIME).reshape(-1, 2).max(axis=1)
        return by_egress
