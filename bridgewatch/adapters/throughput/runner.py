"""The daemon's side: a process for each leg, so that no test's octets ever pass through the probing loop."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

from bridgewatch.adapters.throughput.processes import reap
from bridgewatch.adapters.throughput.wire import LONGEST_LINE, Failed, decode_said, encode_leg
from bridgewatch.model.bandwidth import Leg, Throughput
from bridgewatch.model.phrases import Phrase, phrase
from bridgewatch.model.ports import ThroughputError, ThroughputProgress

ASIDE_SECONDS: Final = 15.0  # beside its own time: to start, connect, warm up and tell its results
_GRACE: Final = 0.4  # seconds between asking a process to end and making it


class ProcessRunner:
    """Runs legs by `python -m bridgewatch.adapters.throughput.child`, each in a process group of its own."""

    def __init__(
        self, module: str = "bridgewatch.adapters.throughput.child", aside: float = ASIDE_SECONDS
    ) -> None:
        self._module = module
        self._aside = aside

    async def run(self, leg: Leg, on_progress: Callable[[ThroughputProgress], None]) -> Throughput:
        """As `Runner.run`."""
        try:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # or a stray module in the daemon's working directory would be imported, and run
                "-m",
                self._module,
                stdin=asyncio.subprocess.PIPE,  # which it watches: its end is ours, and then its own
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
                limit=LONGEST_LINE,
            )
        except OSError as error:
            said = phrase("the test could not be started: {cause}", cause=error.strerror or str(error))
            raise ThroughputError(said) from None
        limit = leg.seconds + self._aside
        try:
            async with asyncio.timeout(limit):
                return await _follow(child, leg, on_progress)
        except TimeoutError:
            late = phrase("the test did not end within {seconds} s", seconds=round(limit))
            raise ThroughputError(late) from None
        finally:
            await _end(child)


async def _follow(
    child: asyncio.subprocess.Process, leg: Leg, on_progress: Callable[[ThroughputProgress], None]
) -> Throughput:
    if child.stdin is None or child.stdout is None:
        raise ThroughputError(phrase("the test has no pipe"))
    with contextlib.suppress(ConnectionError):
        child.stdin.write(encode_leg(leg))
        await child.stdin.drain()
    while True:
        try:
            line = await child.stdout.readline()
            if not line:
                raise ThroughputError(await _cause_of_death(child))
            said = decode_said(line)
        except ValueError:  # also of a line without an end
            raise ThroughputError(phrase("the process of the test said what cannot be read")) from None
        match said:
            case Failed():
                raise ThroughputError(said.why)
            case Throughput():
                return said
            case ThroughputProgress():
                on_progress(said)
        await asyncio.sleep(0)  # reading what is buffered already would never let the loop turn


async def _cause_of_death(child: asyncio.subprocess.Process) -> Phrase:
    try:
        code = await asyncio.wait_for(child.wait(), _GRACE)
    except TimeoutError:
        return phrase("the test broke off")
    if code < 0:
        return phrase("the test broke off: its process died of signal {number}", number=str(-code))
    return phrase("the test broke off: its process ended with {number}", number=str(code))


async def _end(child: asyncio.subprocess.Process) -> None:
    """End the whole group: iperf3 belongs to it. The group is there as long as one of it is."""
    _kill(child.pid, signal.SIGTERM)
    try:
        await asyncio.wait_for(child.wait(), _GRACE)
    except TimeoutError:
        pass
    finally:  # also when we are cancelled once more while waiting
        _kill(child.pid, signal.SIGKILL)
        if child.stdin is not None:
            child.stdin.close()
        await reap(child)


def _kill(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
