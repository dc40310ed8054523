"""Tells that the files of a directory may have changed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from watchfiles import awatch

from bridgewatch.config.files import FOLDERS, is_config

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
        watched = _watched(root)
        with suppress(FileNotFoundError):  # gone since it was looked for
            async for batch in awatch(
                *watched,
                watch_filter=lambda _, path: _concerns(root, Path(path)),
                debounce=_DEBOUNCE_MS,
                step=_STEP_MS,
                stop_event=stop,
                recursive=False,  # other folders may be root's, with secrets: to look there is refused
                ignore_permission_denied=True,
            ):
                paths = frozenset(Path(path) for _, path in batch)
                yield paths
                # A folder that is new, or another one under its name, has to be watched anew.
                if watched != _watched(root) or not paths.isdisjoint(watched):
                    break


def _absolute(path: Path) -> Path:
    return path.absolute()


def _watched(root: Path) -> list[Path]:
    """The directory and its folders of configuration; while it is not there, the nearest above it."""
    if not root.is_dir():
        return [next(path for path in root.parents if path.is_dir())]
    return [root, *(folder for name in FOLDERS if (folder := root / name).is_dir())]


def _concerns(root: Path, path: Path) -> bool:
    """Whether `path` may be configuration, or a directory on the way to it."""
    if path == root or path in root.parents:
        return True
    return path.is_relative_to(root) and is_config(path.relative_to(root))
