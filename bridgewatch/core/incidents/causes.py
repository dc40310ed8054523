"""Which link explains which: only what a link runs `via`, and only if it did not fall long before it.

A fault is dated by the first probe that stayed unanswered, not by its verdict: a verdict takes 1.2 s at ten
probes a second and 4.5 s at one, the date is never later than one interval of the link's own probes. So a
root's date may lag behind the cut by one of its intervals (it is added to the bound), while a child's may
lead by what it lost by chance just before: five probes at one a second, which at 10 % loss are lost in a row
once in a hundred thousand times. What fell earlier than that fell by itself.

There is no bound the other way: nothing can be told of what lies behind a dead link, so whatever falls later
is explained by it. Nor is there one for what was explained before: its root may have answered for a moment.
"""

from collections.abc import Mapping
from typing import Final

from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.topology import Topology
from bridgewatch.model.ids import LinkId
from bridgewatch.model.log import Proof
from bridgewatch.model.paging import Why

SKEW_NS: Final = 5_000_000_000
QUALITY_SKEW_NS: Final = (
    300_000_000_000  # a severity takes three windows of 15 s, at low rates of up to 150 s
)


class Causes:
    """What explains each of the links that are broken: `fallen` since this tick, `members` of incidents."""

    def __init__(
        self,
        topology: Topology,
        fallen: Mapping[LinkId, Proof],
        members: Mapping[LinkId, Incident],
        skew_ns: int,
    ) -> None:
        self._topology = topology
        self._fallen = fallen
        self._members = members
        self._skew_ns = skew_ns
        self._tops: dict[LinkId, LinkId] = {}

    def since_ns(self, link: LinkId) -> int | None:
        """Since when it is broken, None if it is not."""
        proof = self._fallen.get(link)
        if proof is not None:
            return proof.since_ns
        incident = self._members.get(link)
        return None if incident is None else incident.links[link].since_ns

    def cause(self, link: LinkId) -> LinkId | None:
        """The nearest link that explains it, None if none does; `link` is broken."""
        if link not in self._topology.via:
            return None
        followed = self._followed(link)
        since_ns = self.since_ns(link) or 0
        for root in self._topology.roots(link):
            root_ns = self.since_ns(root)
            if root_ns is None:
                continue
            if followed or since_ns >= root_ns - self._skew_ns - self._topology.interval_ns(root):
                return root
        return None

    def _followed(self, link: LinkId) -> bool:
        """Whether it was explained by a root already."""
        if link in self._fallen or (incident := self._members.get(link)) is None:
            return False
        return incident.links[link].why is Why.BEHIND_ROOT

    def top(self, link: LinkId) -> LinkId:
        """Where the chain of causes ends: the link that nothing explains."""
        if link not in self._topology.via:
            return link
        tops = self._tops
        chain = []
        at = link
        while at not in tops:
            chain.append(at)
            tops[at] = at  # also where configuration errs and the chain is a circle
            root = self.cause(at)
            if root is None:
                break
            at = root
        top = tops[at]
        for passed in chain:
            tops[passed] = top
        return top
