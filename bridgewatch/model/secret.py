"""Secrets are named in the configuration and never held by it."""

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class SecretSource(StrEnum):
    """Where a secret lies."""

    ENVIRONMENT = "env"
    FILE = "file"
    CREDENTIAL = "credential"  # a file of systemd's credentials directory


@dataclass(frozen=True, slots=True)
class Secret:
    """The name of a secret; whoever needs it reads it at that moment, so that it can be rotated."""

    source: SecretSource
    name: str
