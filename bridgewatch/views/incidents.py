"""Incidents as readers show them in a line each."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.desk import Stage
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import FaultKind, Why
from bridgewatch.model.snapshot import OpenIncident, PagingSnapshot
from bridgewatch.texts.names import Names
from bridgewatch.views.fields import UrgencyField

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
