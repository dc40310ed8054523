"""The daemon's side of SNMP: keeps the process that speaks it, and hands on what that finds out.

The daemon probes every few milliseconds, so nothing here holds the event loop for long: orders and reports
are small, with a turn of the loop after each.
"""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from bridgewatch.adapters.snmp.wire import (
    HEADER,
    LARGEST_MESSAGE,
    Logins,
    Order,
    Plan,
    Report,
    decode_report,
    encode,
    plan_parts,
)
from bridgewatch.core.bandwidth.polling import Terms
from bridgewatch.model.ids import CredentialsId
from bridgewatch.model.snmp import Login

log = logging.getLogger(__name__)

_FIRST_REST: Final = 1.0  # seconds before a process that died is started again; twice as long each time
_LONGEST_REST: Final = 60.0
_GOOD_LIFE: Final = 60.0  # after this it may die again like the first time
_SILENCE: Final = 30.0  # it reports every second; after this it hangs
_CLOSING_SECONDS: Final = 2.0


class Worker:
    """One process at a time, for as long as `run` runs. `on_report` is called on the event loop.

    `starts` counts the processes. Without anything to poll there is none.
    """

    def __init__(
        self, on_report: Callable[[Report], None], module: str = "bridgewatch.adapters.snmp.child"
    ) -> None:
        self._on_report = on_report
        self._module = module
        self._plan: Plan = {}
        self._terms = Terms()
        self._logins: Mapping[CredentialsId, Login] = {}
        self._changed = asyncio.Event()
        self._wanted = asyncio.Event()
        self._sent: tuple[Plan, Terms, Mapping[CredentialsId, Login]] | None = None
        self.starts = 0

    def order(self, plan: Plan, terms: Terms, logins: Mapping[CredentialsId, Login]) -> None:
        """Poll this from now on. The caller changes none of it afterwards."""
        self._plan, self._terms, self._logins = plan, terms, logins
        self._changed.set()
        if plan:
            self._wanted.set()

    async def run(self) -> None:
        """Keep the process until cancelled."""
        loop, rest = asyncio.get_running_loop(), _FIRST_REST
        while True:
            await self._wanted.wait()
            began = loop.time()
            cause = await self._live()
            if loop.time() - began >= _GOOD_LIFE:
                rest = _FIRST_REST
            log.warning("the SNMP process %s; another starts in %.0f s", cause, rest)
            await asyncio.sleep(rest)
            rest = min(2 * rest, _LONGEST_REST)

    async def _live(self) -> str:
        """One process from its start to its end, and what that was."""
        try:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # or a stray module in the daemon's working directory would be imported, and run
                "-m",
                self._module,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,  # a Ctrl-C or SIGHUP at the terminal is meant for the daemon
            )
        except OSError as error:
            return f"could not be started: {error.strerror}"
        self.starts += 1
        self._sent = None
        self._changed.set()
        orders = asyncio.create_task(self._give_orders(child))
        try:
            return await self._read_reports(child)
        finally:
            orders.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await orders
            await _end(child)

    async def _give_orders(self, child: asyncio.subprocess.Process) -> None:
        if child.stdin is None:
            return
        while True:
            await self._changed.wait()
            self._changed.clear()
            for order in self._orders():
                child.stdin.write(encode(order))
                await child.stdin.drain()
                await asyncio.sleep(0)

    def _orders(self) -> Iterable[Order]:
        """What is to be said of what changed since it was last said."""
        plan, terms, logins = self._plan, self._terms, self._logins
        sent, self._sent = self._sent, (plan, terms, logins)
        if sent is None or sent[2] != logins:
            yield Logins(tuple(logins.values()))
        if sent is None or sent[0] is not plan or sent[1] != terms:
            yield from plan_parts(plan, terms)

    async def _read_reports(self, child: asyncio.subprocess.Process) -> str:
        if child.stdout is None:
            return "has no pipe"
        try:
            while True:
                async with asyncio.timeout(_SILENCE):
                    (length,) = HEADER.unpack(await child.stdout.readexactly(HEADER.size))
                    if length > LARGEST_MESSAGE:
                        return "said more than it may"
                    body = await child.stdout.readexactly(length)
                self._on_report(decode_report(body))
                await asyncio.sleep(0)  # reading what is buffered already would never let the loop turn
        except TimeoutError:
            return f"said nothing for {_SILENCE:.0f} s"
        except (asyncio.IncompleteReadError, ConnectionError):
            return await _cause_of_death(child)


async def _cause_of_death(child: asyncio.subprocess.Process) -> str:
    try:
        code = await asyncio.wait_for(child.wait(), _CLOSING_SECONDS)
    except TimeoutError:
        return "broke off"
    return f"died of signal {-code}" if code < 0 else f"ended with {code}"


async def _end(child: asyncio.subprocess.Process) -> None:
    """Let it end by itself, or else make it."""
    if child.stdin is not None:
        child.stdin.close()
    try:
        await asyncio.wait_for(child.wait(), _CLOSING_SECONDS)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
