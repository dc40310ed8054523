"""Reads the log within a transaction that the caller began."""

from collections.abc import Iterable
from enum import StrEnum, unique
from typing import Any, Final

import sqlalchemy
from sqlalchemy import ColumnElement, CompoundSelect, Connection, Table, or_, select, union

from bridgewatch.adapters.store import link_tests
from bridgewatch.adapters.store.codec import decode
from bridgewatch.adapters.store.errors import StoreTooNewError
from bridgewatch.adapters.store.rows import as_row, numbered
from bridgewatch.adapters.store.tables import INCIDENTS, LEAVING, LEFT, LOG, MENTIONS, MESSAGES, STANDING
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import AnyEntry, ClockStepped, Folded, Muted
from bridgewatch.model.paging import FaultKind, PastIncident

_STEP: Final = ClockStepped.__name__


@unique
class Being(StrEnum):
    """Which incidents are meant."""

    OPEN = "open"
    CLOSED = "closed"
    ANY = "any"


def open_entries(connection: Connection) -> list[AnyEntry]:
    """What the present state is a fold of, in order; see `ports.Store`.

    That is what belongs to incidents that are not closed, or were in the last 25 hours, or are folded into
    one of them, or are what such a message is about, and to the one that was noticed last, after which the
    next is numbered; to messages of the last 25 hours, and to all those about such an incident; silences not
    over for as long, all orders about events; throughput tests, see `link_tests`; and every step of the clock
    since the first of them.

    Raises StoreTooNewError and DamagedEntryError.
    """
    now_ns = connection.execute(select(LOG.c.at_ns).order_by(LOG.c.sequence.desc()).limit(1)).scalar()
    if now_ns is None:
        return []
    kept = connection.execute(numbered(_needed(now_ns))).all()
    first = min((row.sequence for row in kept), default=0)
    steps = connection.execute(
        numbered(select(STANDING.c.sequence).where(STANDING.c.kind == _STEP, STANDING.c.sequence > first))
    ).all()
    return _entries(sorted([*kept, *steps], key=lambda row: row.sequence))


def story(connection: Connection, incident: IncidentId) -> list[AnyEntry]:
    """Everything about one incident, in order: its own, its messages', what was folded into it, its silences.

    Raises StoreTooNewError, and DamagedEntryError.
    """
    return _entries(story_rows(connection, incident))


def story_rows(connection: Connection, incident: IncidentId) -> list[sqlalchemy.Row[Any]]:
    """The rows of a story. Raises as `story`."""
    children = select(INCIDENTS.c.id).where(INCIDENTS.c.folded_into == incident)
    messages = select(MENTIONS.c.message).where(MENTIONS.c.incident == incident)
    own = union(
        select(LOG.c.sequence).where(LOG.c.incident == incident),
        select(LOG.c.sequence).where(LOG.c.incident.in_(children), LOG.c.kind == Folded.__name__),
        select(LOG.c.sequence).where(LOG.c.message.in_(messages)),
    )
    rows = [*connection.execute(numbered(own))]
    silences = {entry.silence for entry in _entries(rows) if isinstance(entry, Muted) and entry.silence}
    if not silences:
        return rows
    about = connection.execute(
        numbered(select(STANDING.c.sequence).where(STANDING.c.subject.in_(sorted(silences))))
    )
    return sorted([*rows, *about], key=lambda row: row.sequence)


def incidents(
    connection: Connection,
    being: Being = Being.ANY,
    *,
    since_ns: int | None = None,
    until_ns: int | None = None,
    most: int = 1000,
) -> list[PastIncident]:
    """Incidents that were there at any time from `since_ns` up to `until_ns`, the latest first."""
    wanted = select(INCIDENTS).order_by(INCIDENTS.c.began_ns.desc()).limit(most)
    if being is Being.OPEN:
        wanted = wanted.where(INCIDENTS.c.closed_ns.is_(None), INCIDENTS.c.folded_into.is_(None))
    elif being is Being.CLOSED:
        wanted = wanted.where(INCIDENTS.c.closed_ns.is_not(None))
    if since_ns is not None:
        wanted = wanted.where(or_(INCIDENTS.c.closed_ns.is_(None), INCIDENTS.c.closed_ns >= since_ns))
    if until_ns is not None:
        wanted = wanted.where(INCIDENTS.c.began_ns < until_ns)
    return [_summary(row) for row in connection.execute(wanted)]


def find(connection: Connection, name: str) -> list[PastIncident]:
    """The incidents of an id or a code, the latest first: codes are used again."""
    typed = (name, name.upper())  # as it is written, or as people type it
    named = or_(INCIDENTS.c.id.in_(typed), INCIDENTS.c.code.in_(typed))
    return [
        _summary(row)
        for row in connection.execute(select(INCIDENTS).where(named).order_by(INCIDENTS.c.began_ns.desc()))
    ]


def left(connection: Connection, incident: IncidentId) -> int | None:
    """When an incident began whose story is in the archive; None for one whose story is here, or nowhere."""
    gone = select(INCIDENTS.c.began_ns).where(
        INCIDENTS.c.id == incident, INCIDENTS.c.forget_ns.in_([LEAVING, LEFT])
    )
    return connection.execute(gone).scalar()


def _needed(now_ns: int) -> CompoundSelect[Any]:
    """The numbers of the entries that the present state needs."""
    recent = select(MESSAGES.c.id).where(_kept(MESSAGES, now_ns))
    last = select(INCIDENTS.c.id).order_by(INCIDENTS.c.sequence.desc()).limit(1).subquery()
    roots = union(
        select(last.c.id),
        select(INCIDENTS.c.id).where(_kept(INCIDENTS, now_ns)),
        select(MENTIONS.c.incident.label("id")).where(MENTIONS.c.message.in_(recent)),
    ).subquery()
    needed = select(roots.c.id).cte("needed", recursive=True)
    needed = needed.union(select(INCIDENTS.c.id).join(needed, INCIDENTS.c.folded_into == needed.c.id))
    about = select(MENTIONS.c.message).where(MENTIONS.c.incident.in_(select(needed.c.id)))
    return union(
        select(LOG.c.sequence).where(LOG.c.incident.in_(select(needed.c.id))),
        select(LOG.c.sequence).where(LOG.c.message.in_(recent)),
        select(LOG.c.sequence).where(LOG.c.message.in_(about)),
        select(STANDING.c.sequence).where(_kept(STANDING, now_ns), STANDING.c.kind != _STEP),
        link_tests.needed(now_ns),
    )


def _kept(table: Table, now_ns: int) -> ColumnElement[bool]:
    return or_(table.c.forget_ns.is_(None), table.c.forget_ns > now_ns)


def _entries(rows: Iterable[sqlalchemy.Row[Any]]) -> list[AnyEntry]:
    return [decode(as_row(row)) for row in rows]


def _summary(row: sqlalchemy.Row[Any]) -> PastIncident:
    if row.kind not in FaultKind.__members__:
        raise StoreTooNewError(f"the log has incidents of a kind that this version does not know: {row.kind}")
    return PastIncident(
        id=row.id,
        code=row.code,
        kind=FaultKind[row.kind],
        subject=row.subject,
        began_ns=row.began_ns,
        opened_ns=row.opened_ns,
        recovered_ns=row.recovered_ns,
        closed_ns=row.closed_ns,
        folded_into=row.folded_into,
    )
