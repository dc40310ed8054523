"""The keys of links: private, durable, rotated without closing the links that are out."""

import json
import logging
import stat
from pathlib import Path

import pytest

from bridgewatch.adapters.answers.keys import FILE_NAME, ROTATE_AFTER_NS, KeyRing, KeysError

NOW_NS = 1_795_571_100_000_000_000
OVERLAP_NS = 2 * 24 * 3600 * 10**9


def opened(folder: Path, now_ns: int = NOW_NS) -> KeyRing:
    ring = KeyRing(folder, OVERLAP_NS)
    ring.open(now_ns)
    return ring


def test_the_first_start_makes_a_key_that_nobody_else_may_read(tmp_path: Path) -> None:
    (made,) = opened(tmp_path).keys().secrets
    assert len(made) == 32
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert opened(tmp_path).keys().secrets == (made,)
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]


def test_two_daemons_have_different_keys(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert opened(tmp_path).keys() != opened(tmp_path / "other").keys()


def test_the_newest_signs_and_the_one_before_verifies_for_the_overlap(tmp_path: Path) -> None:
    ring = opened(tmp_path)
    (old,) = ring.keys().secrets
    ring.rotate(NOW_NS)
    assert ring.keys().secrets[0] == old
    assert len(ring.keys().secrets) == 2
    assert not ring.refresh(NOW_NS + OVERLAP_NS)
    assert ring.refresh(NOW_NS + OVERLAP_NS + 1)
    assert old not in ring.keys().secrets
    assert opened(tmp_path, NOW_NS + OVERLAP_NS + 1).keys() == ring.keys()


def test_a_key_is_rotated_by_age(tmp_path: Path) -> None:
    ring = opened(tmp_path)
    assert not ring.refresh(NOW_NS + ROTATE_AFTER_NS - 1)
    assert ring.refresh(NOW_NS + ROTATE_AFTER_NS)
    assert len(ring.keys().secrets) == 2


def test_a_clock_set_back_forgets_no_key(tmp_path: Path) -> None:
    ring = opened(tmp_path)
    ring.rotate(NOW_NS)
    assert len(opened(tmp_path, NOW_NS - 400 * 24 * 3600 * 10**9).keys().secrets) == 2


def test_a_leaked_key_can_be_forgotten_at_once(tmp_path: Path) -> None:
    ring = opened(tmp_path)
    (old,) = ring.keys().secrets
    ring.rotate(NOW_NS, forget=True)
    assert old not in ring.keys().secrets
    assert opened(tmp_path).keys() == ring.keys()


@pytest.mark.parametrize(
    "content", ["", "{}", '{"keys": []}', '{"keys": [{"made_ns": 1, "key": "YQ=="}]}', "x"]
)
def test_a_damaged_file_is_said_so_and_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(KeysError, match="move it away"):
        opened(tmp_path)
    assert (tmp_path / FILE_NAME).read_text() == content


def test_rights_of_others_are_taken_away_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened(tmp_path)
    (tmp_path / FILE_NAME).chmod(0o644)
    with caplog.at_level(logging.WARNING):
        opened(tmp_path)
    assert "open to others" in caplog.text
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_keys_stand_in_no_repr_and_no_message(tmp_path: Path) -> None:
    ring = opened(tmp_path)
    key = json.loads((tmp_path / FILE_NAME).read_text())["keys"][0]["key"]
    assert key not in repr(ring.keys()) + repr(ring.__dict__)
