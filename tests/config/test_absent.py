"""A file that is not there is said once, and not as a hundred names that nobody declares."""

from pathlib import Path

import pytest

from tests.config.files import messages
from tests.config.people import FILES, province


def without(directory: Path, file: str, **changed: str) -> list[str]:
    """The mistakes of the province without one of its files."""
    (province(directory, **changed) / file).unlink()
    return messages(directory)


def test_without_any_contacts_only_their_file_is_missing(tmp_path: Path) -> None:
    [only] = without(tmp_path, "contacts.yaml")
    assert only == (
        "contacts.yaml:1:1: found no file, expected the contacts that others name: 4, such as 'vnpt-2' "
        "(that is at rosters.yaml:9:20)"
    )


def test_without_gateways_only_their_file_is_missing(tmp_path: Path) -> None:
    [only] = without(tmp_path, "gateways.yaml")
    assert only == (
        "gateways.yaml:1:1: found no file, expected the gateways that others name: 2, such as 'mail' "
        "(that is at contacts.yaml:3:37)"
    )


def test_where_the_rooms_people_are_there_the_file_of_all_others_is_missing(tmp_path: Path) -> None:
    rooms = 'contacts: {phong-hop: {name: P, channels: [{via: call, to: "0100000002"}]}}'
    rosters = FILES["rosters"].replace("who: vnpt-1}", "who: vnpt-3}", 1)
    [only] = without(tmp_path, "contacts.yaml", contacts_b=rooms, rosters=rosters)
    assert only.startswith("contacts.yaml:1:1: found no file, expected the contacts that others name: 5, ")


def test_where_the_rooms_people_are_missing_it_is_their_folder(tmp_path: Path) -> None:
    names = ", ".join(f"room-{number}" for number in range(6))
    sites = FILES["sites"].replace("contacts: [phong-hop]", f"contacts: [{names}]")
    [only] = messages(province(tmp_path, sites=sites))
    assert only == (
        "contacts.d:1:1: found no file, expected the contacts that others name: 6, such as 'room-0' "
        "(that is at sites.d/sites.yaml:5:16)"
    )


@pytest.mark.parametrize("count", [1, 3])
def test_a_few_unknown_names_beside_known_ones_are_mistyped(tmp_path: Path, count: int) -> None:
    names = [f"room-{number}" for number in range(count)]
    sites = FILES["sites"].replace("contacts: [phong-hop]", f"contacts: [{', '.join(names)}]")
    found = messages(province(tmp_path, sites=sites))
    assert len(found) == count
    assert all(f"unknown contact '{name}'" in message for name, message in zip(names, found, strict=True))


def test_without_sites_the_areas_of_rosters_are_no_mistakes_of_their_own(tmp_path: Path) -> None:
    assert without(tmp_path, "sites.d/sites.yaml") == [
        "sites.d:1:1: found no file, expected at least one sites.d/*.yaml"
    ]
