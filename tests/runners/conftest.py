"""The tests of real links use the lab's fixtures."""

from tests.lab.fixtures import lab

__all__ = ["lab"]
