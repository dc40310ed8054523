"""Room on the paths of running tests: one test a shared path, and at an egress what its rate allows."""

from collections import Counter
from collections.abc import Mapping

from bridgewatch.core.throughput.shares import Share, ShareKind, Shares
from bridgewatch.model.bandwidth import Hindrance
from bridgewatch.model.ids import LinkId


class Room:
    """What running tests take. An egress without a rate of its own carries one test at a time."""

    def __init__(self, shares: Shares, egress_rate: Mapping[str, int]) -> None:
        self._of_link = shares.of_link
        self._egress_rate = egress_rate
        self._taken: dict[Share, LinkId] = {}
        self._egress: Counter[str] = Counter()

    def lacks(self, link: LinkId, rate: int) -> tuple[Hindrance, str] | None:
        """What is in the way of a test of the link at that rate (bit/s) and whose it is, None if nothing."""
        for share in self._of_link[link]:
            if share.kind is ShareKind.EGRESS:
                limit = self._egress_rate.get(share.name)
                if limit is not None:
                    if self._egress[share.name] and self._egress[share.name] + rate > limit:
                        return Hindrance.EGRESS_FULL, share.name
                    continue
            if share in self._taken:
                return Hindrance.PATH_BUSY, self._taken[share]
        return None

    def take(self, link: LinkId, rate: int) -> None:
        """Let a test of the link run."""
        for share in self._of_link[link]:
            self._taken[share] = link
            if share.kind is ShareKind.EGRESS:
                self._egress[share.name] += max(rate, 1)
