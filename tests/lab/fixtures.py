"""The fixtures of the lab; a room's conftest imports those it uses. Tests that use them carry `root`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.namespaces import unavailable
from tests.lab.topology import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """An empty lab; skipped, with the reason, where none can be made."""
    if reason := unavailable():
        pytest.skip(reason)
    with Lab(tmp_path) as made:
        yield made
