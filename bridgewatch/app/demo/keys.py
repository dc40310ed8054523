"""Keys that the viewer presses, read without waiting and without Enter."""

import os
import select
import sys
import termios
import tty
from contextlib import suppress
from typing import Any, Final, Self

ACKNOWLEDGE: Final = "a"
_MOST: Final = 64


class Keys:
    """Reads the terminal that standard input is; there are no keys where it is none. Use as `with`."""

    def __init__(self) -> None:
        self._terminal: int | None = None
        self._former: list[Any] = []

    def __enter__(self) -> Self:
        with suppress(OSError, ValueError, termios.error):
            terminal = sys.stdin.fileno()
            # Whoever is in the background may not touch the terminal: the kernel would stop the process.
            if os.isatty(terminal) and os.tcgetpgrp(terminal) == os.getpgrp():
                self._former = termios.tcgetattr(terminal)
                tty.setcbreak(terminal)
                self._terminal = terminal
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal is not None:
            termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._former)
            self._terminal = None

    @property
    def work(self) -> bool:
        """Whether keys can be pressed."""
        return self._terminal is not None

    def pressed(self) -> str:
        """The keys pressed since the last call."""
        if self._terminal is None or not select.select([self._terminal], [], [], 0)[0]:
            return ""
        with suppress(OSError):  # the terminal is gone
            return os.read(self._terminal, _MOST).decode(errors="replace").lower()
        return ""
