"""Tests that nobody asks for: each so often as its link's terms say, and one of every raise that began."""

from collections.abc import Mapping
from typing import Final

from bridgewatch.core.deadlines import Deadlines
from bridgewatch.model.commands import AskThroughput
from bridgewatch.model.ids import LinkId
from bridgewatch.model.inventory import Inventory, Link

PLAN: Final = "regular"
_SECOND_NS: Final = 1_000_000_000
_PATIENCE_NS: Final = 3 * 86_400 * _SECOND_NS  # a test that found no room for so long is asked for anew
_RETRY_NS: Final = 6 * 3600 * _SECOND_NS
_NOBODY: Final = "bridgewatch"


class Regular:
    """When each link is to be tested next. Instants are wall-clock nanoseconds. Without inventory, never."""

    def __init__(self, inventory: Inventory | None) -> None:
        links = inventory.links.values() if inventory is not None else ()
        self._links = {link.id: link for link in links if link.throughput.server and not link.paused}
        self._deadlines = Deadlines()

    def plan(self, asked_ns: Mapping[LinkId, int]) -> None:
        """Look at every link, given when each was tested last."""
        for link in self._links:
            self.asked(link, asked_ns.get(link))

    def asked(self, link: LinkId, asked_ns: int | None) -> None:
        """A test of the link was asked for at that instant; None: never."""
        known = self._links.get(link)
        if known is not None:
            self._deadlines.set(link, _next_ns(known, asked_ns))

    def wait(self, link: LinkId, now_ns: int) -> None:
        """The link cannot be tested as things are: look again later."""
        self._deadlines.set(link, now_ns + _RETRY_NS)

    def next_ns(self) -> int | None:
        """When the next test is due, None if none ever is."""
        return self._deadlines.next_ns()

    def take(self, now_ns: int) -> list[AskThroughput]:
        """The tests due by now. Each link waits no longer until `asked` says that it was asked for."""
        return [_command(self._links[LinkId(link)], now_ns) for link in self._deadlines.take(now_ns)]


def _next_ns(link: Link, asked_ns: int | None) -> int | None:
    last_ns = -1 if asked_ns is None else asked_ns
    every, raises = link.throughput.every, link.contract.raises if link.contract is not None else ()
    due = [each.starts_ns for each in raises if each.starts_ns > last_ns]
    if every is not None:
        due.append(0 if asked_ns is None else asked_ns + round(every * _SECOND_NS))
    return min(due, default=None)


def _command(link: Link, now_ns: int) -> AskThroughput:
    every = link.throughput.every
    patience_ns = _PATIENCE_NS if every is None else min(_PATIENCE_NS, round(every * _SECOND_NS))
    return AskThroughput(
        actor=_NOBODY, links=(link.id,), earliest_ns=now_ns, latest_ns=now_ns + patience_ns, plan=PLAN
    )
