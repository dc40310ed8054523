"""What is still down a minute after what explained it is over.

When is that over? A link that others run via: when it answers. A site or a service: when one of its own links
answers. A handover or an area: when no more than half of all that fell is still down, and then as of the
latest answer: a carrier that brings three hundred links back one by one is at work, and what it has not come
to yet is no fault of its own.
"""

from collections.abc import Iterable
from typing import Final

from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.ledger import Ledger
from bridgewatch.core.incidents.topology import Topology
from bridgewatch.model.ids import LinkId
from bridgewatch.model.paging import FaultKind, Why

ALONE_AFTER_NS: Final = 60_000_000_000
_WITH_FIRST: Final = frozenset({FaultKind.SITE, FaultKind.SERVICE})
_WITH_HALF: Final = frozenset({FaultKind.HANDOVER, FaultKind.AREA})


def orphans(
    incident: Incident, ledger: Ledger, topology: Topology, now_ns: int
) -> tuple[list[LinkId], int | None]:
    """The links of `incident` that are on their own now, and when the next ones are, None if never yet."""
    alone: list[LinkId] = []
    next_ns: int | None = None
    group_ns = _group_over_ns(incident)
    for link, member in incident.links.items():
        if member.why is Why.BEHIND_ROOT:
            over_ns = _roots_over_ns(link, incident, ledger, topology)
        else:
            over_ns = group_ns
        if over_ns is None:
            continue
        due_ns = over_ns + ALONE_AFTER_NS
        if due_ns <= now_ns:
            alone.append(link)
        elif next_ns is None or due_ns < next_ns:
            next_ns = due_ns
    return alone, next_ns


def _group_over_ns(incident: Incident) -> int | None:
    """Since when what made a group fall is over; None while it is not, and for what is no group."""
    if not incident.left:
        return None
    half = incident.kind in _WITH_HALF and len(incident.links) <= len(incident.left)
    if half or incident.kind in _WITH_FIRST:
        return max(incident.left.values())
    return None


def _roots_over_ns(link: LinkId, incident: Incident, ledger: Ledger, topology: Topology) -> int | None:
    """Since when every link that it runs via answers; None while one is down."""
    index = ledger.links_of(incident.kind)
    roots: Iterable[LinkId] = topology.roots(link)
    answers = []
    for root in roots:
        if root in index:
            return None
        if root in incident.left:
            answers.append(incident.left[root])
    return max(answers) if answers else incident.shrank_ns
