"""Small files that nobody but the daemon's user may read: replaced whole, or left as they were."""

import contextlib
import fcntl
import logging
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_MODE: Final = 0o600
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read(path: Path) -> bytes | None:
    """What `path` holds; None where there is no such file. Raises OSError.

    Rights that others have on it are taken away, and that is said: they may have read it before.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & _OTHERS:
            log.warning("%s was open to others (mode %o); now it is not", path, stat.S_IMODE(mode))
            os.fchmod(file.fileno(), _MODE)
        return file.read()


def write(path: Path, content: bytes) -> None:
    """Replace `path` in one piece, durably. Raises OSError.

    Written by root, it belongs to the owner of its directory, so that the daemon can read it.
    """
    directory = path.parent
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=directory)  # mode 0600 from the first moment
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            if os.geteuid() == 0:
                owner = directory.stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(directory)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other writers of `path` out meanwhile. Raises OSError."""
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
