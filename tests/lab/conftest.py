"""The lab's own tests use the lab's fixtures."""

from tests.lab.fixtures import lab

__all__ = ["lab"]
