"""The database: what goes in comes out, for whoever asks, and the schema is what the code thinks it is."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from bridgewatch.adapters.store import reading, schema, writing
from bridgewatch.adapters.store.errors import StoreTooNewError
from bridgewatch.adapters.store.log_reader import LogReader
from bridgewatch.adapters.store.reading import Being
from bridgewatch.adapters.store.rows import numbered
from bridgewatch.adapters.store.store import FILE_NAME
from bridgewatch.adapters.store.tables import INCIDENTS, METADATA
from bridgewatch.model.ids import ContactId, GatewayId, IncidentId, MessageId, SilenceId
from bridgewatch.model.log import (
    Attempted,
    Closed,
    Composed,
    Folded,
    Muted,
    Opened,
    Recovered,
    SilenceLifted,
    SilenceSet,
)
from bridgewatch.model.paging import MessageKind, Phase, Urgency, Why
from bridgewatch.model.ports import StoreUnavailableError
from tests.store.entries import HOUR, SECOND, bare, called, database, noticed

I1, I2, I3 = IncidentId("i1"), IncidentId("i2"), IncidentId("i3")
M1 = MessageId("m1")


def composed(*incidents: IncidentId, at_ns: int = 0) -> Composed:
    return Composed(
        at_ns=at_ns,
        message=M1,
        contact=ContactId("truc-vnpt"),
        kind=MessageKind.DIGEST,
        incidents=incidents,
        urgency=Urgency.DARK,
    )


def attempted(*, delivered: bool, at_ns: int = 0) -> Attempted:
    return Attempted(at_ns=at_ns, message=M1, gateway=GatewayId("mail"), attempt=1, delivered=delivered)


def test_appended_entries_come_back_in_order_also_in_the_next_process(tmp_path: Path) -> None:
    store = bare(tmp_path)
    assert store.open_entries() == []
    store.append([noticed("i1"), called("i1", 0)])
    store.append([])
    store.append([called("i1", 1)])
    wanted = [noticed("i1"), called("i1", 0), called("i1", 1)]
    assert store.open_entries() == wanted
    store.close()
    following = bare(tmp_path)
    assert following.open_entries() == wanted
    following.close()


def test_an_append_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = bare(tmp_path)
    store.append([noticed("i1")])

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(writing, "_change", fail)
        with pytest.raises(StoreUnavailableError, match="disk I/O error"):
            store.append([called("i1", 0), Recovered(at_ns=1, incident=I1)])
    assert store.open_entries() == [noticed("i1")]
    store.append([called("i1", 1)])
    assert store.open_entries() == [noticed("i1"), called("i1", 1)]
    store.close()


def test_a_story_has_messages_children_and_silences_and_nothing_of_others(tmp_path: Path) -> None:
    silence = SilenceId("s1")
    planned = SilenceSet(at_ns=0, silence=silence, starts_ns=0, ends_ns=HOUR, actor="noc", note="thay router")
    own = [
        noticed("i1"),
        Muted(at_ns=1, incident=I1, silence=silence),
        composed(I1, I2),
        attempted(delivered=False),
        Folded(at_ns=2, incident=I3, into=I1, why=Why.BEHIND_ROOT),
        SilenceLifted(at_ns=3, silence=silence, actor="noc"),
        Closed(at_ns=4, incident=I1, why=Why.RECOVERED),
    ]
    store = bare(tmp_path)
    store.append([planned, noticed("i2"), noticed("i3"), *own[:3]])
    store.append([called("i2", 0), *own[3:], called("i3", 0)])
    assert store.story(I1) == [planned, *own]
    assert store.story(IncidentId("i9")) == []
    store.close()


def test_incidents_are_listed_by_state_time_and_code(tmp_path: Path) -> None:
    store = bare(tmp_path)
    store.append(
        [
            noticed("i1", 10 * SECOND),
            Opened(at_ns=12 * SECOND, incident=I1, phase=Phase.LIVE, policy="live", hold=2.0, why=Why.HELD),
            Recovered(at_ns=50 * SECOND, incident=I1),
            Closed(at_ns=60 * SECOND, incident=I1, why=Why.RECOVERED),
            noticed("i2", 100 * SECOND),
            noticed("i3", 110 * SECOND, code="P2"),
            Folded(at_ns=111 * SECOND, incident=I3, into=I2, why=Why.BEHIND_ROOT),
        ]
    )
    log = LogReader(database(tmp_path))
    assert [one.id for one in log.incidents()] == ["i3", "i2", "i1"]
    assert [one.id for one in log.incidents(Being.OPEN)] == ["i2"]
    (first,) = log.incidents(Being.CLOSED)
    assert (first.code, first.opened_ns, first.recovered_ns, first.closed_ns) == (
        "K7",
        12 * SECOND,
        50 * SECOND,
        60 * SECOND,
    )
    assert [one.id for one in log.incidents(since_ns=61 * SECOND)] == ["i3", "i2"]
    assert [one.id for one in log.incidents(until_ns=96 * SECOND)] == ["i1"]
    assert [one.id for one in log.incidents(most=1)] == ["i3"]
    assert [one.id for one in log.find("k7")] == [one.id for one in log.find("K7")] == ["i2", "i1"]
    assert (store.find("k7"), store.find("P2"), store.find("Q9")) == (I2, I3, None)
    (child,) = log.find("i3")
    assert (child.code, child.folded_into) == ("P2", I2)
    assert log.story(I2)[-1] == Folded(at_ns=111 * SECOND, incident=I3, into=I2, why=Why.BEHIND_ROOT)
    log.close()
    store.close()


def test_an_id_that_comes_twice_does_not_keep_the_log_from_growing(tmp_path: Path) -> None:
    store = bare(tmp_path)
    twice = [noticed("i1"), composed(I1, I1), composed(I1), noticed("i1")]
    store.append(twice)
    assert store.open_entries() == twice
    store.close()


def test_the_tables_are_those_that_the_steps_of_the_schema_make(tmp_path: Path) -> None:
    store = bare(tmp_path)
    store.append([])
    store.close()
    engine = database(tmp_path).writer()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_the_known_revisions_are_those_that_alembic_finds() -> None:
    script = ScriptDirectory(str(Path(schema.__file__).with_name("migrations")))
    found = tuple(revision.revision for revision in script.walk_revisions())
    assert found == schema.REVISIONS[::-1]


def test_a_store_of_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    store = bare(tmp_path)
    store.append([noticed("i1")])
    store.close()
    engine = database(tmp_path).writer()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(StoreTooNewError, match=r"9999.*knows"):
        bare(tmp_path).open_entries()
    with pytest.raises(StoreTooNewError):
        bare(tmp_path).append([called("i1", 0)])
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_store_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    store = bare(tmp_path)
    store.append([noticed("i1")])
    store.close()
    program = (
        "import sys; from pathlib import Path; from tests.store.entries import bare;"
        "store = bare(Path(sys.argv[1])); entries = store.open_entries(); store.append([]); store.close();"
        "sys.exit(len(entries) != 1 or 'alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False).returncode == 0


def test_nothing_but_the_file_is_sqlites_alone() -> None:
    """Every table and statement is one that PostgreSQL takes, so that it can be another URL."""
    dialect = postgresql.dialect()
    for table in METADATA.sorted_tables:
        str(CreateTable(table).compile(dialect=dialect))
    statements = [
        numbered(reading._needed(0)),
        writing._insert_new(INCIDENTS, ("id", "code")),
        writing._update(INCIDENTS, "id", ("closed_ns",)),
    ]
    for statement in statements:
        assert "sqlite" not in str(statement.compile(dialect=dialect)).lower()
    folder = Path(reading.__file__).parent
    named = {
        path.name
        for path in folder.glob("*.py")
        if "import sqlite3" in path.read_text() or "PRAGMA" in path.read_text()
    }
    assert named == {"sqlite.py"}


def test_nobody_else_may_read_who_was_paged(tmp_path: Path) -> None:
    store = bare(tmp_path)
    store.append([noticed("i1")])
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    store.close()


def test_every_commit_is_on_the_platter_and_foreign_keys_hold(tmp_path: Path) -> None:
    engine = database(tmp_path).writer()
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
