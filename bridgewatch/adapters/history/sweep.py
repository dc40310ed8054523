"""A process that looks after the files: `python -m bridgewatch.adapters.history.sweep DIR NOW DAYS OCTETS`.

It compacts the hours that are over, removes what is too much and prints the octets that are left. It is no
thread: one of low priority that holds the interpreter's lock while others have the processors stops probing
for hundreds of milliseconds.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from bridgewatch.adapters.history.compaction import compact
from bridgewatch.adapters.history.retention import Bounds, tidy

_MODULE: Final = "bridgewatch.adapters.history.sweep"
_NICENESS: Final = 19


class Sweep:
    """One such process. Raises OSError where it cannot be started."""

    def __init__(self, directory: Path, bounds: Bounds, now_ns: int) -> None:
        self.now_ns: Final = now_ns
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [
                sys.executable,
                "-P",  # or a stray module in the daemon's working directory would be imported, and run
                "-m",
                _MODULE,
                str(directory),
                str(now_ns),
                str(bounds.days),
                str(bounds.octets),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a Ctrl-C at the terminal is meant for the daemon
        )

    @property
    def ended(self) -> bool:
        """Whether `result` would not wait."""
        return self._process.poll() is not None

    def result(self) -> int:
        """The octets that are left, once it has ended. Raises OSError with what went wrong."""
        said, complained = self._process.communicate()
        if self._process.returncode:
            reasons = complained.strip().splitlines() or [f"it ended with {self._process.returncode}"]
            raise OSError(reasons[-1])
        return int(said)

    def stop(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.communicate()


def main(directory: Path, now_ns: int, bounds: Bounds) -> None:
    """Do it."""
    os.nice(_NICENESS)
    directory.mkdir(parents=True, exist_ok=True)
    try:
        compact(directory, now_ns)
    finally:  # above all when there is no room to compact
        left = tidy(directory, bounds, now_ns)
    print(left)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Bounds(int(sys.argv[3]), int(sys.argv[4])))
