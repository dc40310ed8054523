"""The log: a file or a server by SQLAlchemy Core, a spool for when it fails, an archive for what is over."""
