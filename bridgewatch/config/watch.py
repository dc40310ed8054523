"""Tells that the files of a directory may have changed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from watchfiles import Change, awatch

from bridgewatch.config.files import is_config

_DEBOUNCE_MS: Final = 100  # an editor's save is several events: write, rename, sometimes both twice
_STEP_MS: Final = 20


async def changes(directory: Path, stop: asyncio.Event | None = None) -> AsyncIterator[frozenset[Path]]:
    """The files that changed, once per save, until `stop` is set.

    Yields also when a file comes, goes or is renamed onto another. While `directory` does not exist, the
    nearest directory above it is watched, so that it may be created later. The content is not looked at: a
    file that was only touched is reported too.
    """
    stop = stop or asyncio.Event()
    root = _absolute(directory)
    while not stop.is_set():
        watched = _nearest_directory(root)
        async for batch in awatch(
            watched,
            watch_filter=lambda _, path: _concerns(root, Path(path)),
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            stop_event=stop,
            recursive=watched == root,
            ignore_permission_denied=True,  # a folder of secrets beside the files is root's
        ):
            yield frozenset(Path(path) for _, path in batch)
            if _must_move(watched, root, batch):
                break


def _absolute(path: Path) -> Path:
    return path.absolute()


def _nearest_directory(path: Path) -> Path:
    while not path.is_dir():
        path = path.parent
    return path


def _concerns(root: Path, path: Path) -> bool:
    """Whether `path` may be configuration, or a directory on the way to it."""
    if path == root or path in root.parents:
        return True
    return path.is_relative_to(root) and is_config(path.relative_to(root))


def _must_move(watched: Path, root: Path, batch: set[tuple[Change, str]]) -> bool:
    """Whether another directory has to be watched: ours came nearer, or what we watched is gone."""
    gone = any(change is Change.deleted and Path(path) == watched for change, path in batch)
    return gone or watched != _nearest_directory(root)
