"""Throughput tests as a projection of the log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make their tables."""
    op.create_table(
        "tests",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("wanted_until_ns", sa.BigInteger, nullable=False),
        sa.Column("latest", sa.Boolean, nullable=False),
        sa.Column("measured", sa.BigInteger),
        sa.Column("forget_ns", sa.BigInteger),
    )
    op.create_index("tests_link", "tests", ["link"])
    op.create_index("tests_forget", "tests", ["forget_ns"])
    op.create_table(
        "test_entries",
        sa.Column("sequence", _NUMBER, sa.ForeignKey("log.sequence"), primary_key=True, autoincrement=False),
        sa.Column("test", sa.Text, nullable=False),
    )
    op.create_index("test_entries_test", "test_entries", ["test"])
