"""The properties of the store hold on a server as they do on a file, which takes longer."""

from collections.abc import Iterator

import pytest

pytest.importorskip("psycopg", reason="psycopg or libpq is not installed", exc_type=ImportError)

from tests.store import entries
from tests.store.server import PROGRAMS, OnServer, server
from tests.store.test_open_entries import (  # noqa: F401
    directory,
    test_a_step_of_the_clock_makes_nothing_older_or_younger,
    test_the_store_needs_what_the_plain_rule_needs_however_it_was_cut_into_appends,
)
from tests.store.test_restart import (  # noqa: F401
    test_what_follows_a_restart_does_not_depend_on_what_the_store_left_out,
)
from tests.store.test_retention import (  # noqa: F401
    directories,
    test_a_kill_at_any_instant_leaves_what_the_next_call_goes_on_with,
    test_after_a_restart_everything_alive_is_as_if_nothing_had_left,
    test_what_is_needed_stays_however_old_it_is,
    test_whatever_leaves_and_whenever_everybody_is_told_the_same,
)

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(PROGRAMS is None, reason="Debian's postgresql is not installed"),
]


@pytest.fixture(scope="module")
def place() -> Iterator[OnServer]:
    assert PROGRAMS is not None
    with server(PROGRAMS) as running:
        yield OnServer(running)


@pytest.fixture(autouse=True)
def on_a_server(place: OnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "PLACE", place)
