"""The parent's side of loading: asks a warm child process and takes its answer in small slices.

The daemon probes every few milliseconds, so nothing here holds the event loop for long: the child parses, and
what it sends comes in messages of at most `wire.PARTS_A_MESSAGE` objects with a turn of the loop after each.
"""

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridgewatch.config.change import Assembly, Change
from bridgewatch.config.wire import HEADER, Done, Errors, Parts, decode
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.mistakes import ConfigError
from bridgewatch.model.phrases import Phrase, phrase

DEFAULT_TIME_LIMIT: Final = 120.0  # seconds; a country of 11,363 sites takes three to six
DEFAULT_MEMORY_LIMIT: Final = 3 * 2**30  # octets of address space
_CLOSING_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Reload:
    """How one load went: a new inventory and what it changes, or the errors and nothing else.

    `seconds` from asking to having it.
    """

    seconds: float
    inventory: Inventory | None = None
    change: Change | None = None
    errors: tuple[ConfigError, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is an inventory to put in force."""
        return self.inventory is not None


class Worker:
    """Loads a directory in a child process, again and again. One load at a time."""

    def __init__(
        self,
        directory: Path,
        *,
        time_limit: float = DEFAULT_TIME_LIMIT,
        memory_limit: int = DEFAULT_MEMORY_LIMIT,
    ) -> None:
        self._directory = directory
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._assembly = Assembly()
        self._child: asyncio.subprocess.Process | None = None
        self._busy = asyncio.Lock()

    async def start(self) -> None:
        """Start the child, so that the first load finds it warm."""
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # or a stray module in the daemon's working directory would be imported, and run
            "-m",
            "bridgewatch.config.child",
            str(self._directory),
            str(self._memory_limit),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"RUST_BACKTRACE": "0"},  # out of memory, printing one hangs instead of ending
            start_new_session=True,  # a Ctrl-C or SIGHUP at the terminal is meant for the daemon
        )

    async def load(self) -> Reload:
        """Load the directory and compare it with the last good load of this worker.

        Never raises for what the files say or do: a child that dies or takes too long is an error of the
        reload, and the next load starts a new one.
        """
        async with self._busy:
            started = time.monotonic()
            try:
                async with asyncio.timeout(self._time_limit):
                    return await self._answer(started)
            except TimeoutError:
                found = phrase("no answer in time")
                expected = phrase("a load in less than {limit} s", limit=f"{self._time_limit:g}")
            except (asyncio.IncompleteReadError, ConnectionError):
                found, expected = await self._cause_of_death(), phrase("files within the limits")
            except BaseException:
                await self._kill()  # half an answer is in the pipe: the next load must not read it
                raise
            await self._kill()
            error = ConfigError(str(self._directory), 1, 1, "", found, expected)
            return Reload(time.monotonic() - started, errors=(error,))

    async def close(self) -> None:
        """End the child."""
        async with self._busy:
            if self._child is None or self._child.stdin is None:
                return
            self._child.stdin.close()
            try:
                await asyncio.wait_for(self._child.wait(), _CLOSING_SECONDS)
            except TimeoutError:
                await self._kill()
            self._child = None

    async def _answer(self, started: float) -> Reload:
        child = await self._running_child()
        if child.stdin is None or child.stdout is None:
            raise ConnectionError("the child has no pipes")
        child.stdin.write(b"load\n")
        await child.stdin.drain()
        self._assembly.begin()
        errors: list[ConfigError] = []
        while True:
            (length,) = HEADER.unpack(await child.stdout.readexactly(HEADER.size))
            match decode(await child.stdout.readexactly(length)):
                case Parts(segment, parts):
                    self._assembly.add(segment, parts)
                case Errors(some):
                    errors += some
                case Done(frame=None):
                    return Reload(time.monotonic() - started, errors=tuple(errors))
                case Done() as done:
                    return await self._assemble(done, started)
            await asyncio.sleep(0)  # reading what is buffered already would never let the loop turn

    async def _assemble(self, done: Done, started: float) -> Reload:
        if done.frame is None:
            raise ValueError("an answer without a frame has errors")
        for result in self._assembly.finish(done.frame, done.names, done.sent):
            if result is not None:
                inventory, change = result
                return Reload(time.monotonic() - started, inventory, change)
            await asyncio.sleep(0)
        raise AssertionError("an assembly ends with its result")

    async def _running_child(self) -> asyncio.subprocess.Process:
        if self._child is None or self._child.returncode is not None:
            await self.start()
        if self._child is None:
            raise ConnectionError("the child did not start")
        return self._child

    async def _cause_of_death(self) -> Phrase:
        if self._child is None:
            return phrase("no loading process")
        try:
            code = await asyncio.wait_for(self._child.wait(), _CLOSING_SECONDS)
        except TimeoutError:
            return phrase("a loading process that broke off its answer")
        if code < 0:
            return phrase("a loading process that died of signal {signal}", signal=-code)
        return phrase("a loading process that ended with {code}", code=code)

    async def _kill(self) -> None:
        if self._child is not None and self._child.returncode is None:
            self._child.kill()
            await self._child.wait()
        self._child = None
