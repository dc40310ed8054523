"""Brings a store's schema up to date; what is up to date costs one query and no import of alembic."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from bridgewatch.adapters.store.errors import StoreTooNewError
from bridgewatch.model.phrases import phrase

REVISIONS: Final = ("0001", "0002")
"""The steps under `migrations/versions`, oldest first."""


def is_current(connection: Connection) -> bool:
    """Whether nothing is to be done. Raises StoreTooNewError."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found is not None and found not in REVISIONS:
        raise StoreTooNewError(
            phrase(
                "the store's schema is {found} and this version of bridgewatch knows {known} at most: "
                "install the version that wrote it, or start with another --state",
                found=str(found),
                known=REVISIONS[-1],
            )
        )
    return bool(found == REVISIONS[-1])


def upgrade(connection: Connection) -> None:
    """Run the steps that are missing, in the transaction that `connection` is in."""
    from alembic import command  # noqa: PLC0415 - 0.3 s that only the first start has to pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
