"""What a watchdog remembers on disk."""

import logging

import pytest

from bridgewatch.adapters.heartbeats.memory import FILE_NAME, Memory
from bridgewatch.core.heartbeats.register import Remembered

KNOWN = (
    Remembered("nha", "second", 7, {"first": 1, "second": 2}, 3),
    Remembered("xa", "only", 1, {"only": 9}),
)


def test_what_was_saved_is_loaded_and_nobody_else_may_read_it(tmp_path):
    assert tuple(Memory(tmp_path).load()) == ()
    Memory(tmp_path).save(KNOWN)
    assert tuple(Memory(tmp_path).load()) == KNOWN
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'[{"vantage": 1}]', b"\xff", b"[" * 100_000])
def test_a_file_that_is_not_ours_is_told_and_passed_over(tmp_path, caplog, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    (tmp_path / FILE_NAME).chmod(0o600)
    assert tuple(Memory(tmp_path).load()) == ()
    assert len(caplog.records) == 1


def test_a_disk_that_refuses_is_told_once_and_stops_nothing(tmp_path, caplog):
    memory = Memory(tmp_path / "nowhere")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            memory.save(KNOWN)
    assert len(caplog.records) == 1
