"""The log on disk: SQLAlchemy Core over one file, and a spool for when that fails."""
