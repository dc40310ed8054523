"""Tokens of the API: shown once, kept as hashes, found in constant time, private."""

import stat
from pathlib import Path

import pytest

from bridgewatch.adapters.api.bearers import FILE_NAME, Bearers, BearersError, Right


def test_a_token_is_shown_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    token = Bearers(tmp_path).add("grafana", [Right.READ], 1)
    kept = (tmp_path / FILE_NAME).read_text()
    assert token not in kept
    assert token.removeprefix("bw_") not in kept
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert token not in repr(Bearers(tmp_path).all())


def test_its_holder_is_known_by_it(tmp_path: Path) -> None:
    bearers = Bearers(tmp_path)
    tokens = {name: bearers.add(name, [Right.ANSWER, Right.SILENCE], 1) for name in ("a", "b")}
    for name, token in tokens.items():
        caller = bearers.caller(token)
        assert caller is not None
        assert caller.name == name
        assert [caller.can(right) for right in Right] == [True, True, True, False]
    for wrong in ("", "bw_", tokens["a"][:-1], tokens["a"] + "x", tokens["a"].swapcase()):
        assert bearers.caller(wrong) is None


def test_another_process_sees_what_was_added_and_removed(tmp_path: Path) -> None:
    daemon, command = Bearers(tmp_path), Bearers(tmp_path)
    token = command.add("a", [Right.ALL], 1)
    assert daemon.caller(token) is not None
    command.remove("a")
    assert daemon.caller(token) is None


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "ả", "a" * 65, "a\n"])
def test_a_name_is_plain(tmp_path: Path, name: str) -> None:
    with pytest.raises(BearersError, match="no name"):
        Bearers(tmp_path).add(name, [Right.READ], 1)


def test_a_name_is_given_once_and_removed_once(tmp_path: Path) -> None:
    bearers = Bearers(tmp_path)
    bearers.add("a", [Right.READ], 1)
    with pytest.raises(BearersError, match="already"):
        bearers.add("a", [Right.READ], 1)
    bearers.remove("a")
    with pytest.raises(BearersError, match="no token named a"):
        bearers.remove("a")


def test_a_damaged_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"tokens": [{"name": "a"}]}')
    with pytest.raises(BearersError, match="damaged"):
        Bearers(tmp_path).all()
