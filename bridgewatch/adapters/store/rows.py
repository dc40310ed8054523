"""Rows of the log as queries have them."""

from typing import Any

import sqlalchemy
from sqlalchemy import CompoundSelect, Select, select

from bridgewatch.adapters.store.codec import Row
from bridgewatch.adapters.store.tables import LOG


def numbered(sequences: Select[Any] | CompoundSelect[Any]) -> Select[Any]:
    """The entries of these numbers, in order."""
    return select(LOG).where(LOG.c.sequence.in_(sequences)).order_by(LOG.c.sequence)


def as_row(row: sqlalchemy.Row[Any]) -> Row:
    """A row of the log without its number."""
    return Row(row.at_ns, row.kind, row.incident, row.message, row.body)
