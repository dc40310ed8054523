"""The tables. The log is the truth; the others are projections of it, written in the same transaction.

A projection's `forget_ns` says from when on, by the log's own time, the present state does without what it
stands for; None: not yet. Nothing is deleted from the log but what lies in the archive, see `retention`.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

METADATA: Final = MetaData()
# Under exactly this name a column of SQLite is the row's own number, without an index beside it.
_NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")

LOG: Final = Table(
    "log",
    METADATA,
    Column("sequence", _NUMBER, primary_key=True, autoincrement=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("incident", Text),
    Column("message", Text),
    Column("body", Text, nullable=False),
    Index("log_incident", "incident"),
    Index("log_message", "message"),
)

# `sequence` is that of the entry that noticed it.
INCIDENTS: Final = Table(
    "incidents",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("began_ns", BigInteger, nullable=False),
    Column("opened_ns", BigInteger),
    Column("recovered_ns", BigInteger),
    Column("closed_ns", BigInteger),
    Column("folded_into", Text),
    Column("forget_ns", BigInteger),
    Index("incidents_sequence", "sequence"),
    Index("incidents_code", "code"),
    Index("incidents_began", "began_ns"),
    Index("incidents_folded", "folded_into"),
    Index("incidents_forget", "forget_ns"),
)
LEAVING: Final = 0
"""The `forget_ns` of an incident whose story is in the archive, and whose entries are being deleted."""
LEFT: Final = -1
"""The `forget_ns` of an incident of which the log has nothing any more; its row here is kept."""

MESSAGES: Final = Table(
    "messages",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("forget_ns", BigInteger, nullable=False),
    Index("messages_forget", "forget_ns"),
)

MENTIONS: Final = Table(
    "mentions",
    METADATA,
    Column("message", Text, ForeignKey("messages.id"), primary_key=True),
    Column("incident", Text, primary_key=True),
    Index("mentions_incident", "incident"),
)
"""Which incidents a message is about; those that an earlier store had may be unknown here."""

STANDING: Final = Table(
    "standing",
    METADATA,
    Column("sequence", _NUMBER, ForeignKey("log.sequence"), primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("subject", Text),
    Column("forget_ns", BigInteger),
    Index("standing_subject", "subject"),
    Index("standing_forget", "forget_ns"),
)
"""Entries of no incident and no message: silences, orders about events, steps of the clock."""

TESTS: Final = Table(
    "tests",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("link", Text, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("wanted_until_ns", BigInteger, nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("measured", BigInteger),
    Column("forget_ns", BigInteger),
    Index("tests_link", "link"),
    Index("tests_forget", "forget_ns"),
)
"""Throughput tests. `latest`: none of its link was asked for later. `measured`: the number of the entry with
its results, as long as it is among the last of its link that have any."""

TEST_ENTRIES: Final = Table(
    "test_entries",
    METADATA,
    Column("sequence", _NUMBER, ForeignKey("log.sequence"), primary_key=True, autoincrement=False),
    Column("test", Text, nullable=False),
    Index("test_entries_test", "test"),
)
"""Which entries are about which test; those of an earlier store may be of tests that are unknown here."""

BATCHES: Final = Table("batches", METADATA, Column("id", String(32), primary_key=True))
"""The latest batches taken in: whether one that lies in the spool is here already."""
