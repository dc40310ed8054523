"""Where things are declared: found again after the files have loaded."""

from pathlib import Path

import pytest

from bridgewatch.config.loader import DEFAULT_BOUNDS
from bridgewatch.config.whereabouts import Whereabouts
from tests.config.people import province


@pytest.mark.parametrize(
    ("kind", "name", "place"),
    [
        ("sites", "xa-1", "sites.d/sites.yaml:8:5: sites[1]:"),
        ("contacts", "vnpt-1", "contacts.yaml:5:3: contacts.vnpt-1:"),
        ("rosters", "viettel", "rosters.yaml:10:3: rosters.viettel:"),
        ("events", "hop", "events.d/events.yaml:2:3: events.hop:"),
        ("rosters", "nobodys", "rosters.yaml:1:1:"),
    ],
)
def test_a_thing_is_found_where_it_is_declared_or_at_the_first_file_of_its_kind(
    tmp_path: Path, kind: str, name: str, place: str
) -> None:
    assert Whereabouts(province(tmp_path), DEFAULT_BOUNDS).of(kind, name) == f"{tmp_path}/{place}"


def test_where_there_is_no_such_file_it_is_the_directory(tmp_path: Path) -> None:
    assert Whereabouts(tmp_path, DEFAULT_BOUNDS).of("rosters", "x") == f"{tmp_path}:"
