"""How often an egress's references are probed: by the links that leave through it."""

from collections.abc import Iterable

from bridgewatch.model.ids import EgressId
from bridgewatch.model.inventory import Link


def quickest(links: Iterable[Link]) -> dict[EgressId, float]:
    """The shortest interval of the links of each egress, in seconds; paused links are not probed.

    The references of an egress are probed as often, or what we lose ourselves would show in the links before
    it shows in the references.
    """
    intervals: dict[EgressId, float] = {}
    for link in links:
        if not link.paused and link.targets:
            intervals[link.egress] = min(link.interval, intervals.get(link.egress, link.interval))
    return intervals
