"""The spool keeps what it acknowledged, whatever octet is the last one that was written."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.adapters.store.errors import SpoolFullError
from bridgewatch.adapters.store.spool import Spool
from bridgewatch.model.ports import StoreUnavailableError
from bridgewatch.sim.clock import SimClock

OCTETS = 16_384
records = st.lists(st.binary(max_size=300), max_size=12)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spool")


def fresh(directory: Path) -> Spool:
    (directory / "spool").unlink(missing_ok=True)
    spool = again(directory)
    assert spool.records() == []
    return spool


def again(directory: Path) -> Spool:
    """As the next process finds it."""
    return Spool(directory / "spool", SimClock(), OCTETS)


def stored(directory: Path) -> list[bytes]:
    spool = again(directory)
    found = spool.records()
    spool.close()
    return found


def differing(old: bytes, new: bytes) -> list[int]:
    return [place for place, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]


def test_the_file_has_its_whole_size_on_disk_before_the_first_record(tmp_path: Path) -> None:
    spool = fresh(tmp_path)
    status = (tmp_path / "spool").stat()
    assert status.st_size == OCTETS
    assert status.st_blocks * 512 >= OCTETS
    assert status.st_mode & 0o777 == 0o600
    blocks = status.st_blocks
    spool.append(b"x" * 5000)
    assert (tmp_path / "spool").stat().st_blocks == blocks


@given(rounds=st.lists(records, min_size=1, max_size=4))
def test_what_was_appended_since_it_was_last_emptied_comes_back(
    directory: Path, rounds: list[list[bytes]]
) -> None:
    spool = fresh(directory)
    for number, some in enumerate(rounds):
        if number:
            spool.clear()
        for record in some:
            spool.append(record)
        assert spool.records() == some
        assert stored(directory) == some
    spool.close()


@given(before=records, after=records, chance=st.integers(0, 2**32).map(random.Random))
def test_a_write_torn_at_any_octet_leaves_a_beginning(
    directory: Path, before: list[bytes], after: list[bytes], chance: random.Random
) -> None:
    """Of the last append's octets any part may have reached the disk, over whatever lay there before."""
    spool = fresh(directory)
    for record in before:
        spool.append(record)
    spool.clear()
    for record in after:
        spool.append(record)
    old = (directory / "spool").read_bytes()
    spool.append(b"the last one, which nobody was told of")
    new = (directory / "spool").read_bytes()
    spool.close()
    torn = bytearray(old)
    for place in differing(old, new):
        if chance.random() < 0.7:
            torn[place] = new[place]
    (directory / "spool").write_bytes(torn)
    found = stored(directory)
    assert found[: len(after)] == after
    assert found[len(after) :] in ([], [b"the last one, which nobody was told of"])


@given(some=records, chance=st.integers(0, 2**32).map(random.Random))
def test_emptying_torn_at_any_octet_leaves_all_or_nothing(
    directory: Path, some: list[bytes], chance: random.Random
) -> None:
    spool = fresh(directory)
    for record in some:
        spool.append(record)
    old = (directory / "spool").read_bytes()
    spool.clear()
    new = (directory / "spool").read_bytes()
    spool.close()
    torn = bytearray(old)
    for place in differing(old, new):
        if chance.random() < 0.5:
            torn[place] = new[place]
    (directory / "spool").write_bytes(torn)
    assert stored(directory) in ([], some)


def test_after_a_torn_write_the_next_record_takes_its_place(tmp_path: Path) -> None:
    spool = fresh(tmp_path)
    spool.append(b"first")
    spool.append(b"torn" * 50)
    spool.close()
    content = bytearray((tmp_path / "spool").read_bytes())
    place = content.rindex(b"torn")
    content[place] ^= 1
    (tmp_path / "spool").write_bytes(content)
    spool = again(tmp_path)
    assert spool.records() == [b"first"]
    spool.append(b"second")
    spool.close()
    assert stored(tmp_path) == [b"first", b"second"]


def test_a_full_spool_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    spool = fresh(tmp_path)
    spool.append(b"a" * 8000)
    assert spool.used > 0.9
    with pytest.raises(SpoolFullError, match="full"):
        spool.append(b"b" * 400)
    spool.append(b"c")
    assert spool.records() == [b"a" * 8000, b"c"]
    spool.clear()
    assert spool.used == 0
    spool.append(b"b" * 400)
    spool.close()


def test_what_is_no_spool_is_set_aside_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "spool").write_bytes(b"somebody's diary")
    spool = again(tmp_path)
    spool.append(b"first")
    spool.close()
    (aside,) = tmp_path.glob("spool.damaged-*")
    assert aside.read_bytes() == b"somebody's diary"
    assert "is no spool" in caplog.text
    assert stored(tmp_path) == [b"first"]


def test_a_file_of_another_size_is_brought_to_size_with_what_it_holds(tmp_path: Path) -> None:
    spool = fresh(tmp_path)
    spool.append(b"first")
    spool.close()
    larger = Spool(tmp_path / "spool", SimClock(), 2 * OCTETS)
    assert larger.records() == [b"first"]
    assert (tmp_path / "spool").stat().st_size == 2 * OCTETS
    larger.close()
    assert stored(tmp_path) == [b"first"]


def test_a_spool_that_was_removed_is_made_again_with_what_it_held(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = fresh(tmp_path)
    spool.append(b"first")
    (tmp_path / "spool").unlink()
    spool.append(b"second")
    assert "was removed" in caplog.text
    assert stored(tmp_path) == [b"first", b"second"]
    spool.close()


def test_a_directory_that_is_gone_is_an_error_and_not_for_ever(tmp_path: Path) -> None:
    home = tmp_path / "state"
    spool = Spool(home / "spool", SimClock(), OCTETS)
    with pytest.raises(StoreUnavailableError, match="No such file"):
        spool.append(b"first")
    home.mkdir()
    spool.append(b"first")
    assert spool.records() == [b"first"]
    spool.close()
    assert list(home.iterdir()) == [home / "spool"]
