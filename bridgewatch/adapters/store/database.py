"""What the store needs of a database, whichever it is."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Engine


class Database(Protocol):
    """Where the log lies. Statements are the same for all; how to connect, and how that fails, is here."""

    @property
    def name(self) -> str:
        """Which one it is, for people; without secrets."""
        ...

    def writer(self) -> Engine:
        """An engine with one connection. Nobody else writes while a transaction of it lasts."""
        ...

    def reader(self) -> Engine:
        """An engine whose transactions see one state and never keep a writer waiting."""
        ...

    def telling(self) -> AbstractContextManager[None]:
        """Raise what goes wrong inside as StoreUnavailableError, for people, with its cause."""
        ...
