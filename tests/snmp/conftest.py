"""The tests of real interfaces use the lab's fixtures."""

from tests.lab.fixtures import lab

__all__ = ["lab"]
