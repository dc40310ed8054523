"""What can be wrong with a store beyond being unavailable, and how failures are told."""

from bridgewatch.model.ports import StoreUnavailableError


class StoreTooNewError(Exception):
    """A newer program wrote this store; a phrase says so. What can be read of it must not be gone by."""


class DamagedEntryError(Exception):
    """A row of the log is no entry: the file is damaged."""


class UnfitServerError(Exception):
    """The database cannot be reached the way it is configured: a library is missing, or the URL is none."""


class SpoolFullError(StoreUnavailableError):
    """The store fails, and the spool has no room left for what is to be kept."""
