"""The calls of a site's box as a service: all of them, until the service manager says that it is enough."""

import asyncio
import contextlib
import logging
import secrets
import signal
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bridgewatch.adapters.clock_discipline import read_discipline
from bridgewatch.adapters.dialin.keeper import CallKeeper, CallSettings
from bridgewatch.adapters.dialin.sockets import try_way
from bridgewatch.adapters.systemd import Notifier
from bridgewatch.adapters.throughput.runner import ProcessRunner
from bridgewatch.app.box_tests import BoxLimits, BoxTests
from bridgewatch.core.probing.timestamps import encode_error

log = logging.getLogger(__name__)

# Seconds from reading T3 to the wire, on a small processor.
_STAMPING_ERROR: Final = 300e-6
_ROUND_SECONDS: Final = 5.0
_SEED_SIZE: Final = 32


class Calls:
    """Every call of this box, and the throughput tests that are asked for through it.

    Raises NotPermittedError where it may not leave the way that is wanted.
    """

    def __init__(self, calls: Sequence[CallSettings], tests: BoxLimits | None = None) -> None:
        for call in calls:
            try_way(call.way)
        self._error_estimate = 0
        self._read_clock()
        self._keepers = [self._keeper(call, tests) for call in calls]

    def _keeper(self, call: CallSettings, tests: BoxLimits | None) -> CallKeeper:
        """One call, with tests that leave by the same way."""
        if tests is not None:
            tests = replace(tests, source=call.way.source, interface=call.way.interface)
        keeper = CallKeeper(call, secrets.token_bytes(_SEED_SIZE), lambda: self._error_estimate)
        box = BoxTests(tests, ProcessRunner(), keeper.tell)
        keeper.hear(lambda asked: box.take(asked.body, enough=asked.enough))
        return keeper

    def summary(self) -> str:
        """One line for people."""
        connected = sum(keeper.connected for keeper in self._keepers)
        return f"{connected} of {len(self._keepers)} calls connected"

    async def run(self) -> None:
        """Keep them up until cancelled."""
        async with asyncio.TaskGroup() as group:
            for keeper in self._keepers:
                log.info("%s", keeper)
                group.create_task(keeper.run())
            while True:
                await asyncio.sleep(_ROUND_SECONDS)
                self._read_clock()

    def _read_clock(self) -> None:
        synchronised, error = read_discipline()
        self._error_estimate = encode_error(error + _STAMPING_ERROR, synchronised=synchronised)


async def serve_calls(calls: Calls, manager: Notifier) -> None:
    """Keep the calls up until SIGTERM or SIGINT."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    keeping = asyncio.create_task(calls.run())
    keeping.add_done_callback(lambda _: stop.set())
    manager.ready(calls.summary())
    watchdog = manager.watchdog_seconds
    period = min(_ROUND_SECONDS, watchdog / 2) if watchdog else _ROUND_SECONDS
    while not stop.is_set():
        manager.watchdog()
        manager.status(calls.summary())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), period)
    manager.stopping()
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping
