"""iperf3 under care: one test at a time, for known senders, of bounded length, and again and again.

iperf3 knows no list of senders, and what stood between it and the link would be measured with it. So it
listens by itself, and before it may accept anybody its listening socket gets a filter: it is stopped as soon
as it listens, its socket is taken over by pidfd_getfd(2) (Linux 5.6; from a child of ours, whom we may
trace), filtered, and only then it goes on. Who came before the filter is hung up on, or iperf3 begins anew.
It serves one test (-1) and ends; the next begins with a new process.
"""

import asyncio
import contextlib
import ctypes
import errno
import logging
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

from bridgewatch.adapters.far_end.socket_filter import Network, attach

log = logging.getLogger(__name__)

LONGEST_TEST: Final = 120.0  # seconds from the first connection on
_LOOK_EVERY: Final = 0.002
_LISTEN_SECONDS: Final = 5.0
_TEST_EVERY: Final = 0.5
_FIRST_REST: Final = 0.05
_LONGEST_REST: Final = 30.0
_GETFD: Final = 438  # pidfd_getfd, of every architecture
_UNACCEPTED_AT: Final = 24  # in struct tcp_info of a listening socket: its queue
_libc = ctypes.CDLL(None, use_errno=True)


class CannotServeError(Exception):
    """iperf3 does not come to listen, or cannot be guarded; the text says why."""


class Iperf3Server:
    """Keeps an iperf3 at `host`:`port` ("" is every address) for `allowed` senders."""

    def __init__(
        self,
        host: str,
        port: int,
        allowed: Sequence[Network],
        *,
        program: str = "iperf3",
        longest: float = LONGEST_TEST,
    ) -> None:
        self._argv = [program, "-s", "-1", "-p", str(port), *(["-B", host] if host else [])]
        self._allowed = allowed
        self._longest = longest

    async def run(self) -> None:
        """Keep it until cancelled. Raises CannotServeError when iperf3 is not installed."""
        if shutil.which(self._argv[0]) is None:
            raise CannotServeError("iperf3 is not installed here")
        rest, said = _FIRST_REST, ""
        while True:
            try:
                await self._serve_once()
                rest, said = _FIRST_REST, ""
            except CannotServeError as error:
                if str(error) != said:  # the transition, not the repeat
                    log.warning("no iperf3 is served: %s", error)
                said, rest = str(error), min(2 * rest, _LONGEST_REST)
            await asyncio.sleep(rest)

    async def _serve_once(self) -> None:
        child = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            with await self._listening(child) as listener:
                self._guard(child, listener)
            await self._one_test(child)
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    async def _listening(self, child: asyncio.subprocess.Process) -> socket.socket:
        """Its listening socket, itself stopped as soon as it has one."""
        async with _within(_LISTEN_SECONDS, "iperf3 does not listen"):
            while child.returncode is None:
                if seen := _listener_of(child.pid):
                    seen.close()  # it may be gone by the time that nothing moves any more
                    child.send_signal(signal.SIGSTOP)
                    await _stopped(child.pid)
                    if taken := _listener_of(child.pid):
                        return taken
                    child.send_signal(signal.SIGCONT)
                await asyncio.sleep(_LOOK_EVERY)
        raise CannotServeError("iperf3 ended at once: its address may be in use, or not ours")

    def _guard(self, child: asyncio.subprocess.Process, listener: socket.socket) -> None:
        try:
            attach(listener, self._allowed)
        except (OSError, ValueError) as error:
            raise CannotServeError(f"the kernel takes no filter: {error}") from None
        waiting = int.from_bytes(
            listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[_UNACCEPTED_AT:][:4], sys.byteorder
        )
        for _ in range(waiting):  # whoever came before the filter, and was not seen by iperf3 yet
            listener.accept()[0].close()
        if _sockets_of(child.pid) > 1:
            raise CannotServeError("somebody connected before iperf3 was guarded")
        child.send_signal(signal.SIGCONT)

    async def _one_test(self, child: asyncio.subprocess.Process) -> None:
        """Until its test is over, or has lasted too long."""
        loop = asyncio.get_running_loop()
        began: float | None = None
        while child.returncode is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), _TEST_EVERY)
            if began is None and _sockets_of(child.pid) > 1:
                began = loop.time()
            if began is not None and loop.time() - began > self._longest:
                log.warning("a test by iperf3 lasted longer than %.0f s and was ended", self._longest)
                return


@contextlib.asynccontextmanager
async def _within(seconds: float, why: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise CannotServeError(why) from None


def _fds(pid: int) -> list[int]:
    """The numbers of a process's open sockets."""
    found = []
    folder = Path(f"/proc/{pid}/fd")
    with contextlib.suppress(OSError):
        for each in folder.iterdir():
            with contextlib.suppress(OSError):
                if str(each.readlink()).startswith("socket:"):
                    found.append(int(each.name))
    return found


def _sockets_of(pid: int) -> int:
    return len(_fds(pid))


def _listener_of(pid: int) -> socket.socket | None:
    """A duplicate of the one socket that listens. Raises CannotServeError when it may not be taken."""
    for number in _fds(pid):
        try:
            process = os.pidfd_open(pid)
        except OSError:
            return None
        try:
            taken = _libc.syscall(_GETFD, process, number, 0)
            error = ctypes.get_errno()
        finally:
            os.close(process)
        if taken < 0:
            if error in {errno.EPERM, errno.ENOSYS}:
                raise CannotServeError(f"its socket cannot be guarded: {os.strerror(error)}")
            continue
        sock = socket.socket(fileno=taken)
        if sock.type == socket.SOCK_STREAM and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return sock
        sock.close()
    return None


async def _stopped(pid: int) -> None:
    """Wait until none of its instructions is carried out any more."""
    while _state(pid) not in {"T", "Z", "X"}:  # noqa: ASYNC110 - nothing tells us
        await asyncio.sleep(_LOOK_EVERY)


def _state(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "X"
    return stat.rpartition(")")[2].split()[0]
