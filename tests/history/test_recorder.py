"""The recorder writes what it is handed, never keeps anyone waiting, and says once what goes wrong."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridgewatch.adapters.history import recorder as recorder_module
from bridgewatch.adapters.history.files import PARQUET, STREAM, Kind, found
from bridgewatch.adapters.history.reading import minutes, transitions
from bridgewatch.adapters.history.recorder import Recorder
from bridgewatch.adapters.history.retention import Bounds
from bridgewatch.app.history import History
from bridgewatch.model.snapshot import Snapshot
from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.loop import run
from tests.history.rows import HOUR, MINUTE, SECOND, START, dark, snapshot_of

NAMES = ("a/wan", "b/wan", "c/wan")
BEGAN_NS = 1000 * SECOND  # monotonic


@pytest.fixture
def clock() -> SimClock:
    return SimClock(BEGAN_NS, START)


def pass_minutes(recorder: Recorder, clock: SimClock, count: int, names: tuple[str, ...] = NAMES) -> None:
    for _ in range(count):
        clock.advance(MINUTE)
        recorder.minute(snapshot_of(names, clock.wall_ns()), clock.monotonic_ns())


def test_minutes_and_changes_are_there_once_it_is_closed(tmp_path: Path, clock: SimClock) -> None:
    recorder = Recorder(tmp_path / "history", clock)
    recorder.start()
    clock.advance(10 * SECOND)
    recorder.take(dark(clock.monotonic_ns(), *NAMES), clock.wall_ns() - clock.monotonic_ns())
    pass_minutes(recorder, clock, 2)
    recorder.close()
    assert recorder.stats.failing is None
    assert (recorder.stats.rows, recorder.stats.rows_lost) == (2 * 3 + 4, 0)
    table = minutes(tmp_path / "history", None, START, START + HOUR)
    assert table.column("down_seconds").to_pylist()[:3] == [60.0] * 3
    (first, *_) = transitions(tmp_path / "history", ["a/wan"], START, START + HOUR).to_pylist()
    assert first["at"].timestamp() == START // SECOND + 10


def test_another_set_of_links_gets_a_stream_of_its_own(tmp_path: Path, clock: SimClock) -> None:
    recorder = Recorder(tmp_path, clock)
    recorder.start()
    pass_minutes(recorder, clock, 2)
    pass_minutes(recorder, clock, 2, (*NAMES, "d/wan"))
    recorder.close()
    assert len(found(tmp_path, Kind.MINUTES)) == 2
    assert minutes(tmp_path, None, START, START + HOUR).num_rows == 2 * 3 + 2 * 4


def test_an_hour_that_is_over_is_compacted_while_the_next_one_is_written(
    tmp_path: Path, clock: SimClock
) -> None:
    recorder = Recorder(tmp_path, clock)
    recorder.start()
    pass_minutes(recorder, clock, 62)
    deadline = time.monotonic() + 60
    while not [file for file in found(tmp_path) if file.path.suffix == PARQUET]:
        assert time.monotonic() < deadline
        pass_minutes(recorder, clock, 1)
        time.sleep(0.02)  # another process works meanwhile
    recorder.close()
    kinds = [file.path.suffix for file in found(tmp_path, Kind.MINUTES)]
    assert kinds.count(PARQUET) == 1
    assert kinds.count(STREAM) >= 1
    assert minutes(tmp_path, NAMES[:1], START, START + HOUR).num_rows == 60
    assert recorder.stats.rows_lost == 0


def test_a_restart_goes_on_beside_what_is_there(tmp_path: Path, clock: SimClock) -> None:
    for _ in range(2):
        recorder = Recorder(tmp_path, clock)
        recorder.start()
        pass_minutes(recorder, clock, 3)
        recorder.close()
        clock.advance(1)
    assert minutes(tmp_path, None, START, START + HOUR).num_rows == 2 * 3 * 3


def test_a_disk_that_fails_costs_rows_and_one_line_until_it_works_again(
    tmp_path: Path, clock: SimClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(recorder_module.Segment):
        def write(self, _: object) -> None:
            raise OSError("No space left on device")

    works = recorder_module.Segment
    recorder = Recorder(tmp_path, clock)
    recorder.start()
    pass_minutes(recorder, clock, 1)
    wait_for(lambda: recorder.stats.rows == 3)
    monkeypatch.setattr(recorder_module, "Segment", Full)
    recorder._end_segments()
    pass_minutes(recorder, clock, 5)
    wait_for(lambda: recorder.stats.rows_lost == 15)
    assert recorder.stats.failing == "No space left on device"
    monkeypatch.setattr(recorder_module, "Segment", works)
    pass_minutes(recorder, clock, 1)
    recorder.close()
    assert recorder.stats.failing is None
    assert (recorder.stats.rows, recorder.stats.rows_lost) == (6, 15)
    said = [record.message for record in caplog.records if record.name == recorder_module.__name__]
    assert said == [
        f"the history in {tmp_path} cannot be written: No space left on device",
        f"the history in {tmp_path} is written again",
    ]


def wait_for(condition: object) -> None:
    deadline = time.monotonic() + 30
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def test_files_that_cannot_be_looked_after_are_said_once_until_they_can(
    tmp_path: Path, clock: SimClock, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(tmp_path, clock, Bounds(days="many"))  # type: ignore[arg-type]
    recorder.start()
    deadline = time.monotonic() + 60
    while not recorder.stats.failing:
        assert time.monotonic() < deadline
        pass_minutes(recorder, clock, 1)
        time.sleep(0.01)  # another process works meanwhile
    pass_minutes(recorder, clock, 3)
    assert "many" in str(recorder.stats.failing)
    recorder._bounds = Bounds()
    while recorder.stats.failing:
        assert time.monotonic() < deadline
        pass_minutes(recorder, clock, 1)
        time.sleep(0.01)  # another process works meanwhile
    recorder.close()
    said = [record.message for record in caplog.records if record.name == recorder_module.__name__]
    assert [line.split("history in ")[1].split(":")[0] for line in said] == [
        f"{tmp_path} cannot be tidied",
        f"{tmp_path} is tidied again",
    ]


def test_a_directory_that_cannot_be_is_said_and_stops_nobody(
    tmp_path: Path, clock: SimClock, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "history").write_text("a file")
    recorder = Recorder(tmp_path / "history", clock)
    recorder.start()
    pass_minutes(recorder, clock, 2)
    recorder.close()
    assert recorder.stats.rows_lost == 6
    assert caplog.text.count("cannot be written") == 1


def test_who_hands_it_something_never_waits_however_slow_the_disk(
    tmp_path: Path, clock: SimClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "_MOST_WAITING", 10)
    stuck = threading.Event()
    recorder = Recorder(tmp_path, clock)
    recorder._put(stuck.wait, 0)  # type: ignore[arg-type]
    recorder.start()
    started = time.perf_counter()
    for _ in range(100):
        recorder.take(dark(clock.monotonic_ns(), *NAMES), 0)
    assert time.perf_counter() - started < 0.5
    assert recorder.stats.rows_lost >= 89 * 4
    stuck.set()
    recorder.close()


class Notes(Recorder):
    """Only notes when it was told of a minute."""

    def __init__(self) -> None:
        self.minutes: list[tuple[int, int]] = []

    def minute(self, snapshot: Snapshot, now_ns: int) -> None:
        self.minutes.append((snapshot.wall_ns, now_ns))


@pytest.fixture
def loop_clock() -> Iterator[SimClock]:
    return SimClock(BEGAN_NS, START + 17 * SECOND)


def test_a_snapshot_is_taken_whenever_a_minute_of_the_wall_clock_ends(loop_clock: SimClock) -> None:
    notes = Notes()
    history = History(notes, lambda: snapshot_of(NAMES, loop_clock.wall_ns()), loop_clock)

    async def main() -> None:
        task = asyncio.create_task(history.run())
        await asyncio.sleep(10 * 60)
        loop_clock.step_wall(2 * HOUR + 20 * SECOND)
        await asyncio.sleep(5 * 60)
        task.cancel()

    run(main(), loop_clock)
    before, after = notes.minutes[:10], notes.minutes[10:]
    assert [wall_ns // MINUTE for wall_ns, _ in before] == [
        START // MINUTE + number for number in range(1, 11)
    ]
    assert all(wall_ns % MINUTE < SECOND // 1000 for wall_ns, _ in [*before, *after[1:]])
    stepped = after[0][1] - before[-1][1]
    assert stepped < 60 * SECOND  # the minute that the step cut short ends at once
    assert len(after) in {5, 6}
