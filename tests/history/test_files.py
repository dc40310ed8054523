"""Streams become Parquet without losing a row, whatever is killed when; and the whole stays within bounds."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.adapters.history import compaction
from bridgewatch.adapters.history.compaction import compact
from bridgewatch.adapters.history.files import PARQUET, STREAM, UNFINISHED, Kind, found, spent
from bridgewatch.adapters.history.reading import minutes, sums, transitions
from bridgewatch.adapters.history.retention import Bounds, tidy
from bridgewatch.adapters.history.segment import Segment
from bridgewatch.adapters.history.transitions import rows
from tests.history.rows import HOUR, MINUTE, SECOND, START, dark, stream

NAMES = tuple(f"site{number:02}/wan" for number in range(7))
DAY = 24 * HOUR


def content(directory: Path) -> list[tuple[object, ...]]:
    table = minutes(directory, None, 0, 2 * START, ["minute", "link", "sent"])
    return sorted((row["minute"], row["link"], row["sent"]) for row in table.to_pylist())


def suffixes(directory: Path) -> list[str]:
    return sorted(path.suffix for path in directory.iterdir())


def test_compacting_changes_no_row_and_puts_a_links_minutes_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "_BLOCK", 3)
    stream(tmp_path, NAMES, range(20))
    stream(tmp_path, NAMES[::-1][:4], range(20, 60), serial=2)
    before = content(tmp_path)
    assert len(before) == 20 * 7 + 40 * 4
    assert compact(tmp_path, START + HOUR) == 1
    assert suffixes(tmp_path) == [PARQUET]
    assert content(tmp_path) == before
    file = pq.ParquetFile(next(tmp_path.iterdir()))
    assert file.metadata.num_row_groups == 3 + 2
    first = file.read_row_group(0)
    assert first.column("link").to_pylist() == [name for name in NAMES[:3] for _ in range(20)]
    assert first.column("minute").to_pylist() == sorted(first.column("minute").to_pylist()[:20]) * 3
    statistics = file.metadata.row_group(0).column(1).statistics
    assert (statistics.min, statistics.max) == (NAMES[0], NAMES[2])


def test_the_hour_that_runs_is_left_alone_and_can_be_read(tmp_path: Path) -> None:
    stream(tmp_path, NAMES, range(3))
    assert compact(tmp_path, START + HOUR - 1) == 0
    assert suffixes(tmp_path) == [STREAM]
    assert len(content(tmp_path)) == 21


@settings(max_examples=25, deadline=None)
@given(cut=st.floats(0, 1))
def test_a_stream_torn_anywhere_keeps_the_minutes_before(
    tmp_path_factory: pytest.TempPathFactory, cut: float
) -> None:
    directory = tmp_path_factory.mktemp("torn")
    path = stream(directory, NAMES, range(5))
    whole = content(directory)
    octets = path.read_bytes()
    path.write_bytes(octets[: int(cut * len(octets))])
    torn = content(directory)
    assert torn == whole[: len(torn)]
    assert len(torn) % 7 == 0
    compact(directory, START + HOUR)
    assert content(directory) == torn
    assert STREAM not in suffixes(directory)


def test_a_kill_in_the_middle_of_compacting_is_harmless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream(tmp_path, NAMES, range(3))
    stream(tmp_path, NAMES, range(3, 6), serial=2)
    whole = content(tmp_path)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:  # while the new file is written
        patched.setattr(compaction, "_sync", die)
        with pytest.raises(KeyboardInterrupt):
            compact(tmp_path, START + HOUR)
    assert UNFINISHED in suffixes(tmp_path)
    assert content(tmp_path) == whole
    with monkeypatch.context() as patched:  # when it is in place and its streams are to go
        patched.setattr(Path, "unlink", die)
        next(tmp_path.glob(f"*{UNFINISHED}")).rename(tmp_path.parent / "leftover")
        with pytest.raises(KeyboardInterrupt):
            compact(tmp_path, START + HOUR)
    assert suffixes(tmp_path) == [STREAM, STREAM, PARQUET]
    assert content(tmp_path) == whole
    assert compact(tmp_path, START + HOUR) == 0
    assert suffixes(tmp_path) == [PARQUET]
    assert content(tmp_path) == whole


def test_rows_that_come_for_an_hour_already_compacted_get_a_file_of_their_own(tmp_path: Path) -> None:
    """A wall clock that was set back by an hour."""
    stream(tmp_path, NAMES, range(3))
    compact(tmp_path, START + HOUR)
    stream(tmp_path, NAMES, range(3), serial=7)
    assert compact(tmp_path, START + HOUR) == 1
    assert suffixes(tmp_path) == [PARQUET, PARQUET]
    assert len(content(tmp_path)) == 2 * 21


def test_an_hour_of_transitions_is_compacted_too_and_read_by_time_and_id(tmp_path: Path) -> None:
    segment = Segment(tmp_path, Kind.TRANSITIONS, START, 1)
    for second in (30, 10, 20):
        for batch in rows(dark(second * SECOND, "a/wan", "b/wan"), START):
            segment.write(batch)
    segment.close()
    for _ in range(2):
        all_of_them = transitions(tmp_path, None, START, START + HOUR)
        assert all_of_them.num_rows == 9
        instants = list(all_of_them.column("at").to_pylist())
        assert instants == sorted(instants)
        some = transitions(tmp_path, ["b/wan"], START + 10 * SECOND, START + 30 * SECOND)
        assert [at.timestamp() - START // SECOND for at in some.column("at").to_pylist()] == [10, 20]
        compact(tmp_path, START + HOUR)
    assert suffixes(tmp_path) == [PARQUET]


def test_minutes_are_read_by_link_time_and_column(tmp_path: Path) -> None:
    stream(tmp_path, NAMES, range(60))
    stream(tmp_path, NAMES, range(60), hour_ns=START + HOUR)
    compact(tmp_path, START + HOUR)
    table = minutes(
        tmp_path, NAMES[1:3], START + 58 * MINUTE, START + 62 * MINUTE, ["minute", "link", "sent"]
    )
    assert table.column_names == ["minute", "link", "sent"]
    assert table.num_rows == 8
    assert {int(minute.timestamp()) for minute in table.column("minute").to_pylist()} == {
        (START + number * MINUTE) // SECOND for number in range(58, 62)
    }
    assert set(table.column("link").to_pylist()) == set(NAMES[1:3])
    assert minutes(tmp_path, [], START, START + HOUR).num_rows == 0
    assert minutes(tmp_path / "none", None, START, START + HOUR).num_rows == 0


def test_sums_add_up_whichever_way_they_are_cut(tmp_path: Path) -> None:
    stream(tmp_path, NAMES, range(60))
    table = minutes(tmp_path, None, START, START + HOUR)
    whole = sums(table)
    parts = [sums(table.slice(start, 100)) for start in range(0, table.num_rows, 100)]
    again = sums(pa.concat_tables(parts))
    assert again.select(whole.column_names).sort_by("link").to_pylist() == whole.sort_by("link").to_pylist()
    first = whole.sort_by("link").to_pylist()[0]
    assert first["sent"] == sum(100 * minute for minute in range(60))
    assert first["seconds"] == 3600.0


def test_what_is_too_old_or_too_much_goes_the_oldest_first(tmp_path: Path) -> None:
    for hour in range(5):
        stream(tmp_path, NAMES, range(3), hour_ns=START + hour * HOUR)
        compact(tmp_path, START + (hour + 1) * HOUR)
    stream(tmp_path, NAMES, range(3), hour_ns=START + 5 * HOUR)
    now_ns = START + 5 * HOUR + MINUTE
    sizes = [file.path.stat().st_size for file in found(tmp_path)]
    assert tidy(tmp_path, Bounds(days=1), now_ns) == sum(sizes)
    assert tidy(tmp_path, Bounds(octets=sum(sizes[2:])), now_ns) == sum(sizes[2:])
    assert [file.hour_ns - START for file in found(tmp_path)] == [hour * HOUR for hour in range(2, 6)]
    assert tidy(tmp_path, Bounds(days=1), START + 4 * HOUR + DAY) == sizes[4] + sizes[5]
    assert tidy(tmp_path, Bounds(days=0, octets=0), now_ns) == sizes[5]  # what is being written stays


def test_other_files_in_the_directory_are_nobodys_business(tmp_path: Path) -> None:
    strangers = ["notes.txt", "minutes-yesterday-1.parquet", "seconds-20261125T16Z-1.parquet", "a-b.arrows"]
    for stranger in strangers:
        (tmp_path / stranger).write_text("mine")
    stream(tmp_path, NAMES, range(1))
    compact(tmp_path, START + HOUR)
    tidy(tmp_path, Bounds(days=0, octets=0), START + 9 * DAY)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(strangers)


def test_the_sweeping_process_compacts_tidies_and_says_what_is_left(tmp_path: Path) -> None:
    stream(tmp_path, NAMES, range(3))
    command = [sys.executable, "-m", "bridgewatch.adapters.history.sweep"]
    done = subprocess.run(
        [*command, str(tmp_path), str(START + HOUR), "400", str(1 << 30)],
        check=True,
        capture_output=True,
        text=True,
    )
    (file,) = found(tmp_path)
    assert int(done.stdout) == file.path.stat().st_size
    assert json.loads(pq.read_schema(file.path).metadata[b"bridgewatch.segments"]) == [
        file.path.with_suffix(STREAM).name
    ]
    assert spent(found(tmp_path)) == set()
