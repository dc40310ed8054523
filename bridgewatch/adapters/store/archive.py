"""The archive: stories of incidents that are long over, as compressed text that needs no bridgewatch to read.

An audit log is read long after the fact: a report looks a year back, a dispute with a carrier further. So
what leaves the log is kept, at a fraction of the octets, and only a person ever removes it: a month is a
folder.

    archive/2025-03/0001.jsonl.gz    zcat it: an entry a line, with the incident `of` whose story it is a part

A story lies in the month in which its incident began (UTC), whole, in order, and in one file. A file is never
changed once it has its name. What a message says of several incidents is in the story of each of them.
"""

import gzip
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from bridgewatch.adapters.store.codec import Row
from bridgewatch.adapters.store.errors import DamagedEntryError
from bridgewatch.model.ids import IncidentId

FOLDER: Final = "archive"
_SUFFIX: Final = ".jsonl.gz"
_LEVEL: Final = 6  # of compression
_ONLY_MINE: Final = 0o700  # it names people
_NS: Final = 1_000_000_000


class Story(NamedTuple):
    """All rows about one incident, or one throughput test, in order."""

    of: str
    began_ns: int
    rows: Sequence[Row]


class Archive:
    """Adds stories and finds them again. Both raise OSError; one thread adds at a time, any may read."""

    def __init__(self, directory: Path) -> None:
        self.directory: Final = directory

    def add(self, stories: Iterable[Story]) -> None:
        """Keep stories; durable when it returns."""
        by_month: defaultdict[Path, list[Story]] = defaultdict(list)
        for story in stories:
            by_month[self.month(story.began_ns)].append(story)
        for folder, its in by_month.items():
            _write(folder, its)

    def story(self, incident: IncidentId, began_ns: int) -> list[Row]:
        """The rows of a story, none where a person removed them. Raises DamagedEntryError beside OSError."""
        mark = f'{{"of":{json.dumps(incident)},'.encode()
        found: list[list[Row]] = []
        for path in _files(self.month(began_ns)):
            rows = [_row(line, path) for line in _lines(path) if line.startswith(mark)]
            if rows not in found:  # after a kill a story may have been added again
                found.append(rows)
        return [*chain.from_iterable(found)]

    def month(self, at_ns: int) -> Path:
        """The folder of the month with this instant."""
        return self.directory / datetime.fromtimestamp(at_ns // _NS, UTC).strftime("%Y-%m")


def _write(folder: Path, stories: Iterable[Story]) -> None:
    folder.mkdir(mode=_ONLY_MINE, parents=True, exist_ok=True)
    number = 1 + max((int(path.name.removesuffix(_SUFFIX)) for path in _files(folder)), default=0)
    final = folder / f"{number:04}{_SUFFIX}"
    fresh = folder / f".{final.name}.new"
    try:
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _ONLY_MINE & 0o666)
        with os.fdopen(fd, "wb") as file:
            with gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=file) as packed:
                for story in stories:
                    packed.writelines(_line(story.of, row) for row in story.rows)
            file.flush()
            os.fsync(fd)
        fresh.rename(final)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    for changed in (folder, folder.parent, folder.parent.parent):  # they may be new as well
        _sync(changed)


def _sync(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _files(folder: Path) -> list[Path]:
    """Those of a month, in the order in which they were written."""
    found = [path for path in folder.glob(f"*{_SUFFIX}") if path.name.removesuffix(_SUFFIX).isdecimal()]
    return sorted(found, key=lambda path: int(path.name.removesuffix(_SUFFIX)))


def _line(of: str, row: Row) -> bytes:
    head = {"of": of, "at_ns": row.at_ns, "kind": row.kind, "incident": row.incident}
    start = json.dumps({**head, "message": row.message}, separators=(",", ":"))
    return f'{start[:-1]},"body":{row.body}}}\n'.encode()


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) as packed:
            yield from packed
    except EOFError as error:
        raise DamagedEntryError(f"{path} ends in the middle") from error


def _row(line: bytes, path: Path) -> Row:
    try:
        values = json.loads(line)
        body = json.dumps(values["body"], separators=(",", ":"))
        return Row(values["at_ns"], values["kind"], values["incident"], values["message"], body)
    except (ValueError, KeyError) as error:
        raise DamagedEntryError(f"{path} has a line that is no entry: {error}") from error
