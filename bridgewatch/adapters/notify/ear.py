"""Hears what Apprise says while it sends, and lets nobody else hear it: its debug lines carry secrets.

Its plugins return no more than True or False; why one failed is only in what it logs.
"""

import contextlib
import logging
import threading
from collections.abc import Iterator
from typing import Final

_MOST: Final = 200  # lines kept of one attempt
_heard = threading.local()


class _Ear(logging.Filter):
    """Keeps the lines of a thread that listens, and lets none through to any handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        lines: list[str] | None = getattr(_heard, "lines", None)
        if lines is not None and len(lines) < _MOST:
            with contextlib.suppress(TypeError, ValueError):
                lines.append(record.getMessage())
        return False


def quieten() -> None:
    """Take Apprise's log for ourselves, and keep the HTTP library from logging addresses with tokens."""
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)
    if not any(isinstance(known, _Ear) for known in logger.filters):
        logger.addFilter(_Ear())
    logging.getLogger("urllib3").setLevel(logging.WARNING)


@contextlib.contextmanager
def hearing() -> Iterator[list[str]]:
    """What Apprise logs in this thread while the block runs."""
    _heard.lines = []
    try:
        yield _heard.lines
    finally:
        _heard.lines = None
