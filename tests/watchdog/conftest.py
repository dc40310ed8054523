"""Some tests of this room run in the lab."""

from tests.lab.fixtures import lab

__all__ = ["lab"]
