"""`bridgewatch readiness` as JSON: words as the code has them, instants as local times with their offset."""

from collections.abc import Mapping
from typing import Any

from bridgewatch.model.coverage import Gap
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.readiness import (
    EventReadiness,
    LinkBandwidth,
    LinkReadiness,
    Readiness,
    SiteReadiness,
)
from bridgewatch.texts.times import instant_of, zone_of


def to_json(report: EventReadiness, inventory: Inventory) -> dict[str, Any]:
    """The report as JSON values. Seconds; steps count from 1."""
    return {
        "event": report.event,
        "phase": report.phase.name.lower(),
        "at": _time(report.at_ns, inventory),
        "required": report.required,
        "verdict": _name(report.verdict),
        "nobody_paged": report.nobody_paged,
        "own": [_gap(gap, inventory) for gap in report.own],
        "warnings": [_gap(gap, inventory) for gap in report.early],
        "by_level": {level: _counts(counts) for level, counts in report.by_level.items()},
        "services": _counts(report.services),
        "by_carrier": {carrier: _counts(counts) for carrier, counts in report.by_carrier.items()},
        "unmeasured": report.unmeasured,
        "sites": [_site(site, inventory) for site in report.sites],
    }


def _site(site: SiteReadiness, inventory: Inventory) -> dict[str, Any]:
    return {
        "site": site.site,
        "name": inventory.sites[site.site].name,
        "kind": site.kind,
        "level": site.level,
        "verdict": _name(site.verdict),
        "reason": site.reason,
        "links": [_link(link, inventory) for link in site.links],
        "gaps": [_gap(gap, inventory) for gap in site.gaps],
    }


def _link(link: LinkReadiness, inventory: Inventory) -> dict[str, Any]:
    return {
        "link": link.link,
        "carrier": link.carrier,
        "carrying": link.carrying,
        "verdict": _name(link.verdict),
        "reason": link.reason,
        "seconds": link.seconds,
        "state_reason": link.state_reason.name.lower(),
        "bandwidth": _bandwidth(link.bandwidth, inventory) if link.bandwidth is not None else None,
    }


def _bandwidth(bandwidth: LinkBandwidth, inventory: Inventory) -> dict[str, Any]:
    """Rates in bit/s."""
    return {
        "link": bandwidth.link,
        "need": bandwidth.need.name.lower(),
        "needed": bandwidth.needed,
        "direction": bandwidth.direction,
        "contract": bandwidth.bought,
        "measured": bandwidth.measured,
        "tested": _time(bandwidth.tested_ns, inventory) if bandwidth.tested_ns else None,
        "capacity": bandwidth.capacity.name.lower(),
        "use": bandwidth.use.name.lower(),
    }


def _gap(gap: Gap, inventory: Inventory) -> dict[str, Any]:
    return {
        "kind": gap.kind,
        "phases": [phase.name.lower() for phase in gap.phases],
        "fault": gap.fault,
        "step": None if gap.step is None else gap.step + 1,
        "audience": gap.audience,
        "role": gap.role,
        "carrier": gap.carrier,
        "area": gap.area,
        "contact": gap.contact,
        "from": _time(gap.from_ns, inventory),
        "to": _time(gap.to_ns, inventory),
    }


def _counts(counts: Mapping[Readiness, int]) -> dict[str, int]:
    return {_name(verdict): counts.get(verdict, 0) for verdict in Readiness}


def _name(verdict: Readiness) -> str:
    return verdict.name.lower().replace("_", "-")


def _time(wall_ns: int, inventory: Inventory) -> str:
    return instant_of(wall_ns, zone_of(inventory.timezone)).isoformat()
