"""The log and its projections."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "log",
        sa.Column("sequence", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("incident", sa.Text),
        sa.Column("message", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("log_incident", "log", ["incident"])
    op.create_index("log_message", "log", ["message"])
    op.create_table(
        "incidents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("began_ns", sa.BigInteger, nullable=False),
        sa.Column("opened_ns", sa.BigInteger),
        sa.Column("recovered_ns", sa.BigInteger),
        sa.Column("closed_ns", sa.BigInteger),
        sa.Column("folded_into", sa.Text),
        sa.Column("forget_ns", sa.BigInteger),
    )
    op.create_index("incidents_sequence", "incidents", ["sequence"])
    op.create_index("incidents_code", "incidents", ["code"])
    op.create_index("incidents_began", "incidents", ["began_ns"])
    op.create_index("incidents_folded", "incidents", ["folded_into"])
    op.create_index("incidents_forget", "incidents", ["forget_ns"])
    op.create_table(
        "messages",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("forget_ns", sa.BigInteger, nullable=False),
    )
    op.create_index("messages_forget", "messages", ["forget_ns"])
    op.create_table(
        "mentions",
        sa.Column("message", sa.Text, sa.ForeignKey("messages.id"), primary_key=True),
        sa.Column("incident", sa.Text, primary_key=True),
    )
    op.create_index("mentions_incident", "mentions", ["incident"])
    op.create_table(
        "standing",
        sa.Column("sequence", _NUMBER, sa.ForeignKey("log.sequence"), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("forget_ns", sa.BigInteger),
    )
    op.create_index("standing_subject", "standing", ["subject"])
    op.create_index("standing_forget", "standing", ["forget_ns"])
    op.create_table("batches", sa.Column("id", sa.String(32), primary_key=True))
