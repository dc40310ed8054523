"""What alembic calls: every step runs in the one transaction that the caller began."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
