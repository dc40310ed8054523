"""Room on the paths of running tests: one test a shared path, and at an egress what its rate allows."""

from collections import Counter
from collections.abc import Mapping

from bridgewatch.core.throughput.shares import Share, ShareKind, Shares
from bridgewatch.model.ids import LinkId


class Room:
    """What running tests take. An egress without a rate of its own carries one test at a time."""

    def __init__(self, shares: Shares, egress_rate: Mapping[str, int]) -> None:
        self._shares = shares
        self._egress_rate = egress_rate
        self._taken: dict[Share, LinkId] = {}
        self._egress: Counter[str] = Counter()

    def busy(self, link: LinkId) -> LinkId | None:
        """The link whose test has a shared path that a test of `link` would need; None if none has."""
        for share in self._shares.of_link(link):
            if share in self._taken:
                return self._taken[share]
        return None

    def is_taken(self, share: Share) -> bool:
        """Whether a test runs on it."""
        return share in self._taken

    def fits(self, egress: str, rate: int) -> bool:
        """Whether an egress carries that rate (bit/s) beside what runs; a test may have it alone."""
        limit, used = self._egress_rate.get(egress), self._egress[egress]
        return not used or (limit is not None and used + rate <= limit)

    def take(self, link: LinkId, rate: int) -> None:
        """Let a test of the link run."""
        for share in self._shares.of_link(link):
            if share.kind is ShareKind.EGRESS:
                self._egress[share.name] += max(rate, 1)
            else:
                self._taken[share] = link
