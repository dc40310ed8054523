"""Writes entries and what is projected of them, within a transaction that the caller began.

No entry is ever refused for what it says: a projection that does not fit is passed over, the log has it all.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Insert, Table, Update, bindparam, func, insert, select, update

from bridgewatch.adapters.store import link_tests
from bridgewatch.adapters.store.codec import encode
from bridgewatch.adapters.store.tables import INCIDENTS, LOG, MENTIONS, MESSAGES, STANDING, TESTS
from bridgewatch.model.log import (
    AnyEntry,
    ClockStepped,
    Closed,
    Composed,
    EventOrdered,
    Folded,
    Grew,
    IncidentEntry,
    Noticed,
    Opened,
    Recovered,
    SilenceLifted,
    SilenceSet,
    ThroughputEntry,
)

KEPT_NS: Final = 25 * 3600 * 10**9
"""How long what is over stays in reach: an hour longer than anybody can look it up in the running daemon."""

_Values = dict[str, Any]


def write(connection: Connection, entries: Sequence[AnyEntry]) -> None:
    """Append entries to the log."""
    last: int = connection.execute(select(func.coalesce(func.max(LOG.c.sequence), 0))).scalar_one()
    numbered = [(last + place, entry) for place, entry in enumerate(entries, 1)]
    if not numbered:
        return
    connection.execute(
        insert(LOG), [{"sequence": sequence, **encode(entry)._asdict()} for sequence, entry in numbered]
    )
    part = _Part()
    for sequence, entry in numbered:
        part.take(sequence, entry)
        if isinstance(entry, ClockStepped):
            part.write(connection)
            _shift(connection, entry)
            part = _Part()
    part.write(connection)


class _Part:
    """What some entries in a row change in the projections."""

    def __init__(self) -> None:
        self._noticed: list[_Values] = []
        self._incidents: defaultdict[str, _Values] = defaultdict(dict)
        self._composed: list[_Values] = []
        self._mentions: list[_Values] = []
        self._standing: list[_Values] = []
        self._lifted: dict[str, _Values] = {}
        self._tests: list[link_tests.Numbered] = []

    def take(self, sequence: int, entry: AnyEntry) -> None:  # noqa: C901, PLR0912 - one branch a kind
        """Take in one entry."""
        over_ns = entry.at_ns + KEPT_NS
        match entry:
            case Noticed():
                self._notice(sequence, entry)
            case Grew():
                self._again(entry)
            case Opened():
                self._again(entry)
                self._incidents[entry.incident].update(opened_ns=entry.at_ns)
            case Recovered():
                self._incidents[entry.incident].update(recovered_ns=entry.at_ns)
            case Folded():
                self._incidents[entry.incident].update(folded_into=entry.into, forget_ns=over_ns)
            case Closed():
                self._incidents[entry.incident].update(closed_ns=entry.at_ns, forget_ns=over_ns)
            case Composed():
                self._composed.append({"id": entry.message, "forget_ns": over_ns})
                self._mentions += [
                    {"message": entry.message, "incident": incident}
                    for incident in dict.fromkeys(entry.incidents)
                ]
            case SilenceSet():
                self._stand(sequence, entry, entry.silence, entry.ends_ns + KEPT_NS)
            case SilenceLifted():
                self._lifted[entry.silence] = {"forget_ns": over_ns}
                self._stand(sequence, entry, entry.silence, over_ns)
            case EventOrdered():
                self._stand(sequence, entry, entry.order.event, None)
            case ClockStepped():
                self._stand(sequence, entry, None, None)
            case ThroughputEntry():
                self._tests.append((sequence, entry))
            case _:
                pass

    def _notice(self, sequence: int, entry: Noticed) -> None:
        self._again(entry)
        self._noticed.append(
            {
                "id": entry.incident,
                "sequence": sequence,
                "code": entry.code,
                "kind": entry.kind.name,
                "subject": entry.subject,
                "began_ns": entry.began_ns,
            }
        )

    def _again(self, entry: IncidentEntry) -> None:
        """It is there, whatever became of it before."""
        self._incidents[entry.incident].update(
            recovered_ns=None, closed_ns=None, folded_into=None, forget_ns=None
        )

    def _stand(self, sequence: int, entry: AnyEntry, subject: str | None, forget_ns: int | None) -> None:
        self._standing.append(
            {"sequence": sequence, "kind": type(entry).__name__, "subject": subject, "forget_ns": forget_ns}
        )

    def write(self, connection: Connection) -> None:
        """Write it all: first what is new, then what changes."""
        for table, rows in (
            (INCIDENTS, self._noticed),
            (MESSAGES, self._composed),
            (MENTIONS, self._mentions),
        ):
            if rows:
                connection.execute(_insert_new(table, tuple(rows[0])), rows)
        if self._standing:
            connection.execute(insert(STANDING), self._standing)
        _change(connection, INCIDENTS, "id", self._incidents)
        _change(connection, STANDING, "subject", self._lifted)
        link_tests.note(connection, self._tests)


def _insert_new(table: Table, names: tuple[str, ...]) -> Insert:
    """Insert rows of these columns whose key is not there yet."""
    given = {name: bindparam(name, type_=table.c[name].type) for name in names}
    there = select(1).where(*(key == given[key.name] for key in table.primary_key)).exists()
    return insert(table).from_select(names, select(*given.values()).where(~there))


def _change(connection: Connection, table: Table, key: str, changes: dict[str, _Values]) -> None:
    """Change rows by their key; those that change the same columns in one call."""
    alike: defaultdict[tuple[str, ...], list[_Values]] = defaultdict(list)
    for subject, values in changes.items():
        alike[tuple(sorted(values))].append(
            {"the_key": subject, **{f"new_{n}": v for n, v in values.items()}}
        )
    for names, rows in alike.items():
        connection.execute(_update(table, key, names), rows)


def _update(table: Table, key: str, names: tuple[str, ...]) -> Update:
    return (
        update(table)
        .where(table.c[key] == bindparam("the_key"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )


def _shift(connection: Connection, step: ClockStepped) -> None:
    """Instants that lie ahead, by the old time or by the new one, move along with the clock."""
    for table in (INCIDENTS, MESSAGES, STANDING, TESTS):
        ahead = table.c.forget_ns > min(step.at_ns, step.at_ns - step.by_ns)
        connection.execute(update(table).where(ahead).values(forget_ns=table.c.forget_ns + step.by_ns))
