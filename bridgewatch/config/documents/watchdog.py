"""watchdog.yaml: whose heartbeats `bridgewatch watchdog` awaits. The file makes a directory a watchdog's."""

from typing import Annotated

from pydantic import Field

from bridgewatch.config.documents.base import Document
from bridgewatch.config.reach import SecretField
from bridgewatch.config.scalars import Duration, Id
from bridgewatch.model.heartbeats import AFTER


class WatchedDocument(Document):
    """One daemon, by its vantage."""

    key: SecretField = Field(description="the key that its heartbeats are signed with, the same as there")


class WatchdogDocument(Document):
    """watchdog.yaml."""

    after: Annotated[float, Duration(2, 3600, "60s")] = Field(
        default=AFTER,
        description="after so much silence people are paged; never before two heartbeats are missing",
    )
    daemons: dict[Id, WatchedDocument] = Field(
        min_length=1, description="the daemons by the `vantage` of their own bridgewatch.yaml"
    )
