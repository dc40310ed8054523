"""Incidents as readers show them in a line each."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.desk import Stage
from bridgewatch.model.ids import LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import ABOUT_A_LINK, FaultKind, Why
from bridgewatch.model.snapshot import OpenIncident, PagingSnapshot, ResolvedIncident, Snapshot
from bridgewatch.model.words import LinkState, SiteState
from bridgewatch.texts.names import Names
from bridgewatch.views.fields import UrgencyField

_SOUND_LINK: Final[frozenset[int]] = frozenset({LinkState.UP, LinkState.UNKNOWN, LinkState.PAUSED})
_SOUND_SITE: Final[frozenset[int]] = frozenset({SiteState.OK, SiteState.UNKNOWN})
MOST_INCIDENTS: Final = 50  # listed one by one; all are counted


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """An incident that is not closed. `subject` is a name; `step` and `next_wall_ns` as in OpenIncident."""

    id: str
    code: str
    kind: FaultKind
    subject: str
    urgency: UrgencyField
    stage: Stage
    since_wall_ns: int
    links: int
    dark: int
    taken_by: str | None
    step: int | None
    next_wall_ns: int | None
    why: Why | None = None
    suspected: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class ResolvedLine:
    """An incident that a person closed, and what it was about has not recovered since."""

    code: str
    subject: str
    by: str
    closed_wall_ns: int


def resolved_lines(snapshot: Snapshot, paging: PagingSnapshot) -> tuple[ResolvedLine, ...]:
    """Those that are broken as they were when they were closed, the latest first."""
    if not paging.resolved:
        return ()
    names = Names(snapshot.inventory)
    links = {link: row for row, link in enumerate(snapshot.inventory.links)}
    sites = {site: row for row, site in enumerate(snapshot.inventory.sites)}

    def broken_since(one: ResolvedIncident) -> bool:
        if one.kind in ABOUT_A_LINK:
            rows = [links.get(LinkId(one.subject))]
            state, since, sound = snapshot.links.state, snapshot.links.since_wall_ns, _SOUND_LINK
        else:
            rows = [sites.get(site) for site in one.sites]
            state, since, sound = snapshot.sites.state, snapshot.sites.since_wall_ns, _SOUND_SITE
        known = (row for row in rows if row is not None)
        return any(state[row] not in sound and since[row] <= one.closed_ns for row in known)

    return tuple(
        ResolvedLine(one.code, names.subject(one.kind, one.subject), one.by, one.closed_ns)
        for one in paging.resolved
        if broken_since(one)
    )


def incident_lines(paging: PagingSnapshot, inventory: Inventory) -> tuple[IncidentLine, ...]:
    """The incidents that are not over, in the order of the snapshot."""
    names = Names(inventory)
    return tuple(_line(one, names) for one in paging.incidents if one.stage is not Stage.OVER)


def _line(one: OpenIncident, names: Names) -> IncidentLine:
    return IncidentLine(
        id=one.id,
        code=one.code,
        kind=one.kind,
        subject=names.subject(one.kind, one.subject),
        urgency=one.urgency,
        stage=one.stage,
        since_wall_ns=one.began_ns,
        links=one.links,
        dark=one.dark,
        taken_by=one.taken_by,
        step=one.step,
        next_wall_ns=one.next_ns,
        why=one.why,
        suspected=one.suspected,
        link=one.link,
    )
