"""A child process whose output is read while it runs, so that a test can wait for what it says."""

import contextlib
import re
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.lab.namespaces import LabError


class Process:
    """A running command. A thread reads its stdout and stderr, merged, so that it never blocks on us."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.argv = list(argv)
        self._popen = subprocess.Popen(
            self.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=env,
            cwd=cwd,
            pass_fds=pass_fds,
        )
        self._lines: list[str] = []
        self._read = 0  # lines that wait_for has passed
        self._ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._follow, name=f"output of {self.pid}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id: of the command itself, `ip netns exec` replaces itself by it."""
        return self._popen.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs, then as in subprocess."""
        return self._popen.poll()

    @property
    def output(self) -> str:
        """Everything it printed so far."""
        with self._changed:
            return "".join(self._lines)

    def say(self, line: str) -> None:
        """Write one line to its stdin."""
        try:
            self._popen.stdin.write(line + "\n")
            self._popen.stdin.flush()
        except BrokenPipeError as error:
            raise LabError(f"{self.argv} is gone: {self.output}") from error

    def wait_for(self, pattern: str, timeout: float = 15.0) -> re.Match[str]:
        """The first line, not yet passed by an earlier call, in which `pattern` is found.

        Raises:
            LabError: it ended, or `timeout` seconds went by, without such a line.

        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                while self._read < len(self._lines):
                    line = self._lines[self._read]
                    self._read += 1
                    if found := re.search(pattern, line):
                        return found
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    why = "ended" if self._ended else f"was silent for {timeout} s"
                    raise LabError(f"{self.argv} {why} before {pattern!r}: {''.join(self._lines)}")
                self._changed.wait(left)

    def signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            self._popen.send_signal(number)

    def wait(self, timeout: float = 15.0) -> int:
        """Its return code, once it has ended and its output is read to the last line."""
        try:
            code = self._popen.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise LabError(f"{self.argv} still runs after {timeout} s: {self.output}") from error
        self.end_input()
        self._reader.join(timeout)  # not for ever: a grandchild may hold the pipe
        return code

    def stop(self, timeout: float = 5.0) -> int:
        """End it: SIGTERM, and SIGKILL when that does not help within `timeout` seconds."""
        self.end_input()
        self._popen.terminate()
        try:
            self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self._popen.kill()
        return self.wait(timeout)

    def _follow(self) -> None:
        with self._popen.stdout as lines:
            for line in lines:
                with self._changed:
                    self._lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def end_input(self) -> None:
        """Close its stdin."""
        with contextlib.suppress(BrokenPipeError):
            self._popen.stdin.close()
