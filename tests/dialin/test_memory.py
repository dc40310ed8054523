"""The file of the boxes that called: what it survives, and how often it is written."""

import asyncio
import errno
import logging
import stat
from pathlib import Path

import pytest

from bridgewatch.adapters import private
from bridgewatch.adapters.dialin.memory import FILE_NAME, Memory
from bridgewatch.app import box_memory
from bridgewatch.app.box_memory import BoxMemory
from bridgewatch.core.dialin.awaited import Remembered
from bridgewatch.model.ids import KeyId

BOXES = [
    Remembered(KeyId("gialai-iape-hop"), "0011223344556677", "203.0.113.7", 40_001, 1_700_000_000 * 10**9),
    Remembered(KeyId("xã"), "8899aabbccddeeff", "2001:db8::7", 1, 0),
]


def test_what_is_saved_is_there_at_the_next_start_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    Memory(tmp_path).save(BOXES)
    assert list(Memory(tmp_path).load()) == BOXES
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_where_nothing_was_saved_nothing_is_known(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert list(Memory(tmp_path).load()) == []
    assert not caplog.records


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\x00" * 50,
        b'[{"key": "hop"}]',
        b'[{"key": "hop", "mark": "m", "address": "nowhere", "port": 1, "heard_ns": 0}]',
        b'[{"key": "hop", "mark": "m", "address": "203.0.113.7", "port": 70000, "heard_ns": 0}]',
        b"[" * 10_000,
    ],
)
def test_a_damaged_file_is_told_once_and_is_as_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    path.chmod(0o600)
    memory = Memory(tmp_path)
    assert list(memory.load()) == []
    (told,) = [record.getMessage() for record in caplog.records]
    assert str(path) in told
    memory.save(BOXES)
    assert list(Memory(tmp_path).load()) == BOXES


def test_a_file_that_cannot_be_read_is_as_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "elsewhere")
    assert list(Memory(tmp_path).load()) == []
    assert len(caplog.records) == 1


def test_a_full_disk_is_told_when_it_begins_and_when_it_is_over_and_keeps_what_was_saved(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory(tmp_path)
    memory.save(BOXES[:1])
    with monkeypatch.context() as full, caplog.at_level(logging.INFO):

        def no_room(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        full.setattr(private.os, "fsync", no_room)
        for _ in range(3):
            memory.save(BOXES)
    assert list(Memory(tmp_path).load()) == BOXES[:1]
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    with caplog.at_level(logging.INFO):
        memory.save(BOXES)
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert list(Memory(tmp_path).load()) == BOXES


class Calls:
    """What `BoxMemory` sees of the boxes."""

    def __init__(self) -> None:
        self.placed = 0

    def remembered(self):
        boxes = [BOXES[0]] * self.placed
        return lambda: boxes


class Counting(Memory):
    """Counts what reaches the disk."""

    saved = 0

    def save(self, remembered) -> None:
        self.saved += 1
        super().save(remembered)


def test_thousands_of_calls_in_a_row_are_written_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box_memory, "_SETTLE_SECONDS", 0.5)

    async def test() -> None:
        calls, memory = Calls(), Counting(tmp_path)
        kept = BoxMemory(memory, calls)
        running = asyncio.create_task(kept.run())
        for _ in range(2_000):
            calls.placed += 1
            await asyncio.sleep(0)
        running.cancel()
        await kept.close()
        assert memory.saved <= 20
        assert len(Memory(tmp_path).load()) == 2_000

    asyncio.run(test())
