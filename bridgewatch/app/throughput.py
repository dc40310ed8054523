"""Carries out the throughput tests that the people's side begins, and stops them when it says so.

A test is in the log before it is on the link: its order comes here after it was stored. Whatever becomes of
it is told back, how much it took included; a daemon that ends tells nothing, and the next start finds out.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from bridgewatch.app.pager import Tests
from bridgewatch.core.paging import Paging
from bridgewatch.model.bandwidth import Leg, Throughput, ThroughputOrder
from bridgewatch.model.ids import TestId
from bridgewatch.model.log import AnyEntry
from bridgewatch.model.phrases import packed, phrase
from bridgewatch.model.ports import Runner, ThroughputError, ThroughputProgress

log = logging.getLogger(__name__)

_STOPPED: Final = "stopped"  # tells a test that was stopped from a daemon that ends


class Decide(Protocol):
    """Has the people's side decide something that nobody waits for."""

    def __call__(self, what: Callable[[Paging, int], Sequence[AnyEntry]]) -> None:
        """As `Pager.decide`."""
        ...


@dataclass(slots=True)
class RunningTest:
    """A test on the link, for those who watch it: the leg that runs, how far it is, and what is measured."""

    order: ThroughputOrder
    leg: Leg | None = None
    progress: ThroughputProgress | None = None
    measured: tuple[Throughput, ...] = ()

    @property
    def octets(self) -> int:
        """What it has taken up to now."""
        running = self.progress.octets if self.progress is not None else 0
        return running + sum(result.octets for result in self.measured)


class LinkTests:
    """Every test that runs, each a task of its own. All of it happens in the event loop."""

    def __init__(self, runner: Runner, decide: Decide) -> None:
        self._runner = runner
        self._decide = decide
        self._tasks: dict[TestId, asyncio.Task[None]] = {}
        self._running: dict[TestId, RunningTest] = {}

    @property
    def running(self) -> Mapping[TestId, RunningTest]:
        """What is on the links now."""
        return self._running

    def take(self, tests: Tests) -> None:
        """Begin and stop tests."""
        for order in tests.begin:
            self._tasks[order.test] = asyncio.create_task(self._carry_out(order))
        for test in tests.stop:
            task = self._tasks.get(test)
            if task is not None:
                task.cancel(_STOPPED)

    async def _carry_out(self, order: ThroughputOrder) -> None:
        test = self._running[order.test] = RunningTest(order)
        detail = ""
        try:
            for leg in order.legs:
                test.leg, test.progress = leg, None
                result = await self._runner.run(leg, partial(setattr, test, "progress"))
                test.measured, test.progress = (*test.measured, result), None
        except ThroughputError as error:
            detail = packed(error.why)
        except asyncio.CancelledError as cancelled:
            if cancelled.args != (_STOPPED,):
                raise
        except Exception as error:  # a runner of ours that breaks must not leave the queue waiting for it
            log.exception("the test %s of %s broke off", order.test, order.link)
            detail = packed(phrase("the test failed here: {cause}", cause=repr(error)))
        finally:
            del self._running[order.test], self._tasks[order.test]
        measured, octets = test.measured, test.octets
        self._decide(lambda paging, now_ns: paging.test_result(order.test, measured, octets, detail, now_ns))

    async def close(self) -> None:
        """Take every test off its link; what becomes of them the next start finds out."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
