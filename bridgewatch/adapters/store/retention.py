"""What leaves the log: incidents that are long over, within the transaction that the caller began.

An incident leaves once it has been over for the time that is kept, with it each message that is about no
other any more. It is then as if the present state were asked for that long ago: what it would need stays. So
children stay as long as their root, and so does the incident that was noticed last, after which the next is
numbered. Silences, orders and steps of the clock stay for ever: they are few.

First its story is put into the archive, then it is marked as leaving, then its entries are deleted in
portions, in the end it is marked as gone: a kill at any instant leaves what the next call goes on with. Its
row among the incidents stays, so that it is still listed, and found by its code.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, exists, func, select, update

from bridgewatch.adapters.store import link_tests
from bridgewatch.adapters.store.archive import Story
from bridgewatch.adapters.store.reading import story_rows
from bridgewatch.adapters.store.rows import as_row
from bridgewatch.adapters.store.tables import INCIDENTS, LEAVING, LEFT, LOG, MENTIONS, MESSAGES
from bridgewatch.adapters.store.writing import KEPT_NS
from bridgewatch.model.ids import IncidentId, MessageId

PORTION: Final = 200
"""Entries that are deleted in one transaction, about; measured, 9 ms of SQLite and the commit."""
TOGETHER: Final = 100  # incidents that are archived in one go


def leaving(connection: Connection, keep_ns: int) -> list[Story]:
    """The stories of some incidents and tests that have been over for `keep_ns` by the log's own time.

    Raises StoreTooNewError and DamagedEntryError.
    """
    now_ns = connection.execute(select(LOG.c.at_ns).order_by(LOG.c.sequence.desc()).limit(1)).scalar() or 0
    found = connection.execute(_over(now_ns - keep_ns + KEPT_NS)).all()
    stories = [
        Story(row.id, row.began_ns, [as_row(entry) for entry in story_rows(connection, row.id)])
        for row in found
    ]
    until_ns = now_ns - keep_ns + link_tests.ENDED_NS
    return stories + link_tests.leaving(connection, until_ns, TOGETHER)


def let_go(connection: Connection, archived: Iterable[str]) -> bool:
    """Mark `archived` as leaving, and delete a portion of what is marked; whether there is more of that."""
    names = [*archived]
    if names:
        marked = update(INCIDENTS).where(INCIDENTS.c.id.in_(names), INCIDENTS.c.forget_ns > LEAVING)
        connection.execute(marked.values(forget_ns=LEAVING))
        link_tests.mark(connection, names)
    room = PORTION
    while room > 0:
        incident = connection.execute(_next()).scalar()
        if incident is None:
            break
        room -= _delete(connection, incident, room)
    if room > 0:
        link_tests.let_go(connection, room)
    return connection.execute(_next()).scalar() is not None or link_tests.has_marked(connection)


def _over(until_ns: int) -> Select[Any]:
    """Incidents that can leave."""
    root = INCIDENTS.alias()
    has_root = exists().where(
        root.c.id == INCIDENTS.c.folded_into, root.c.forget_ns.is_(None) | (root.c.forget_ns > LEAVING)
    )
    lately_told = exists().where(
        MENTIONS.c.incident == INCIDENTS.c.id,
        MENTIONS.c.message == MESSAGES.c.id,
        MESSAGES.c.forget_ns > until_ns,
    )
    return (
        select(INCIDENTS.c.id, INCIDENTS.c.began_ns)
        .where(INCIDENTS.c.forget_ns > LEAVING, INCIDENTS.c.forget_ns <= until_ns)
        .where(INCIDENTS.c.sequence < select(func.max(INCIDENTS.c.sequence)).scalar_subquery())
        .where(~has_root, ~lately_told)
        .order_by(INCIDENTS.c.forget_ns, INCIDENTS.c.id)
        .limit(TOGETHER)
    )


def _next() -> Select[Any]:
    return select(INCIDENTS.c.id).where(INCIDENTS.c.forget_ns == LEAVING).limit(1)


def _delete(connection: Connection, incident: IncidentId, room: int) -> int:
    """Delete what the log has of an incident, or about `room` entries of it; how many, and one at least."""
    own = select(LOG.c.sequence).where(LOG.c.incident == incident).limit(room)
    deleted = connection.execute(delete(LOG).where(LOG.c.sequence.in_(own))).rowcount
    room -= deleted
    if room <= 0:
        return deleted
    about = select(MENTIONS.c.message).where(MENTIONS.c.incident == incident).limit(room)
    messages = [*connection.execute(about).scalars()]
    deleted += _delete_messages(connection, incident, messages)
    if len(messages) < room:
        connection.execute(update(INCIDENTS).where(INCIDENTS.c.id == incident).values(forget_ns=LEFT))
    return max(1, deleted)


def _delete_messages(connection: Connection, incident: IncidentId, messages: list[MessageId]) -> int:
    """Forget that these are about the incident, and delete those about no other; how many entries."""
    if not messages:
        return 0
    others = (
        select(MENTIONS.c.message)
        .join(INCIDENTS, INCIDENTS.c.id == MENTIONS.c.incident)
        .where(MENTIONS.c.message.in_(messages), MENTIONS.c.incident != incident)
    )
    done = sorted({*messages} - {*connection.execute(others).scalars()})
    connection.execute(
        delete(MENTIONS).where(
            MENTIONS.c.message.in_(done)
            | (MENTIONS.c.message.in_(messages) & (MENTIONS.c.incident == incident))
        )
    )
    connection.execute(delete(MESSAGES).where(MESSAGES.c.id.in_(done)))
    return connection.execute(delete(LOG).where(LOG.c.message.in_(done))).rowcount
