"""Network namespaces that carry the name of the run that made them, so that a dead run can be swept."""

import contextlib
import ctypes
import itertools
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path("/run/netns")
TOOLS: Final = ("ip", "nft", "tc", "unshare", "tcpdump", "ping", "fping")
CLONE_NEWNET: Final = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_labs = itertools.count(1)
_NAME = re.compile(r"bwlab-(?P<pid>\d+)-(?P<started>\d+)-\d+-.+")


class LabError(Exception):
    """The lab could not do what it was asked; the text carries the command and what it printed."""


class Run(NamedTuple):
    """A process by its pid and its start in clock ticks since boot; a reused pid is another run."""

    pid: int
    started: int

    @classmethod
    def current(cls) -> "Run":
        """This process."""
        return cls(os.getpid(), _started(os.getpid()))

    def alive(self) -> bool:
        """Whether that very process still runs."""
        return self.started != 0 and _started(self.pid) == self.started


def _started(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    # The command name stands in brackets and may itself hold blanks and brackets.
    return int(stat.rpartition(")")[2].split()[19])


def unavailable() -> str | None:
    """Why no lab can be made here, or None when it can."""
    if os.geteuid() != 0:
        return "the namespace lab needs root"
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        return f"the namespace lab needs {', '.join(missing)}"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "the namespace lab needs /dev/net/tun"
    if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode != 0:
        return "this root may not make network namespaces"
    return None


def command(argv: list[str], *, stdin: str | None = None, check: bool = True, timeout: float = 60.0) -> str:
    """Run `argv`, return what it printed on stdout.

    Raises:
        LabError: it failed (unless `check` is off), or it took longer than `timeout` seconds.

    """
    return complete(argv, stdin=stdin, check=check, timeout=timeout).stdout


def complete(
    argv: list[str], *, stdin: str | None = None, check: bool = True, timeout: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run `argv` to its end with both outputs captured; errors as `command`."""
    try:
        done = subprocess.run(
            argv, input=stdin or "", capture_output=True, text=True, check=False, timeout=timeout
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{argv} still ran after {timeout} s: {error.stdout!r} {error.stderr!r}") from error
    if check and done.returncode != 0:
        raise LabError(f"{argv} gave {done.returncode}: {done.stdout}{done.stderr}")
    return done


def unique_prefix() -> str:
    """A prefix for names of namespaces that no other lab, in no other living process, has."""
    run = Run.current()
    return f"bwlab-{run.pid}-{run.started}-{next(_labs)}-"


def names(prefix: str = "bwlab-") -> list[str]:
    """The namespaces whose names begin with `prefix`."""
    return sorted(path.name for path in FOLDER.glob(f"{prefix}*")) if FOLDER.is_dir() else []


def remove(name: str) -> None:
    """Kill what still runs in the namespace and remove it; one that is already gone is fine."""
    # Asked with check off: a parallel sweep may have been faster.
    for pid in command(["ip", "netns", "pids", name], check=False).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    done = complete(["ip", "netns", "delete", name], check=False)
    if (FOLDER / name).exists():
        raise LabError(f"namespace {name} stays: {done.stderr}")


def sweep() -> list[str]:
    """Remove the namespaces of runs that are dead; returns their names. Living runs are left alone."""
    swept = []
    for name in names():
        match = _NAME.fullmatch(name)
        if match and not Run(int(match["pid"]), int(match["started"])).alive():
            remove(name)
            swept.append(name)
    return swept


@contextlib.contextmanager
def inside(name: str) -> Iterator[None]:
    """Put the calling thread into the namespace; sockets opened meanwhile stay there for life.

    Only the network moves: /sys still shows the devices of the namespace the process began in.
    """
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        there = os.open(FOLDER / name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _setns(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _setns(home)
    finally:
        os.close(home)


def _setns(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
