"""People's side of the daemon: what health says and people ask goes in, what gateways are handed comes out.

Everything is decided on one thread of its own, in turns. A turn takes in what has come since the last one,
lets the pure pipeline decide, and commits what it wrote *before* anything that it caused leaves the house: a
page that left is always known, and one that is known always leaves, whenever the process ends. The probing
loop only ever puts something into the inbox.

A turn is a portion: of what the fault of a whole country comes to, the first messages leave while most of it
is yet to be decided, and whoever answers them is heard between two turns.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from bridgewatch.app.chronicle import Chronicle
from bridgewatch.app.interpreter import Storm
from bridgewatch.core import portion
from bridgewatch.core.health.changes import Changes
from bridgewatch.core.paging import Paging
from bridgewatch.model.bandwidth import ThroughputOrder, Use
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.commands import AnyCommand, Verdict
from bridgewatch.model.delivery import Attempt, Result, Text
from bridgewatch.model.ids import LinkId, TestId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry, ClockStepped, EventOrdered
from bridgewatch.model.people import Gateway
from bridgewatch.model.ports import Clock, Sender, Store, StoreUnavailableError
from bridgewatch.model.snapshot import JudgedColumns, PagingSnapshot

log = logging.getLogger(__name__)

_T = TypeVar("_T")

_SECOND_NS: Final = 1_000_000_000
_LONGEST_NAP: Final = 5.0  # seconds; a wall clock that was set is noticed within this
_RETRY_SECONDS: Final = 1.0  # how soon what could not be stored is tried again
_SHOW_SHARE: Final = 10  # one part in so many of the time goes into what readers see
_STEP_NS: Final = (
    200_000_000  # the wall clock moved so much against the monotonic one: it was set, not slewed
)

Written = Sequence[AnyEntry]

Work = Callable[[Paging, int], tuple[Written, Any]]
"""Decides something at an instant: what it wrote, and what whoever asked is told."""

_NOTHING: Final[Written] = ()


class Composer(Protocol):
    """Writes the message of an attempt."""

    def __call__(self, paging: Paging, attempt: Attempt, gateway: Gateway, now_ns: int) -> Text:
        """The text, in the contact's language and the gateway's form."""
        ...


@dataclass(frozen=True, slots=True)
class PagerStats:
    """How the people's side is doing. `unstored` entries wait in memory: store and spool refused them."""

    turned_ns: int  # monotonic: the end of the last turn
    failures: int
    unstored: int


@dataclass(frozen=True, slots=True)
class Tests:
    """Throughput tests to begin and to stop, and the links whose probes meet any that runs from now on."""

    begin: Sequence[ThroughputOrder]
    stop: Sequence[TestId]
    felt: frozenset[LinkId]


@dataclass(frozen=True, slots=True)
class _Departure:
    """A message on its way out."""

    attempt: Attempt
    gateway: Gateway
    text: Text


@dataclass(frozen=True, slots=True)
class _Asked:
    """Work in the inbox, and who waits for what it comes to."""

    work: Work
    answer: asyncio.Future[Any] | None = None


@dataclass(slots=True)
class _Turn:
    """What one turn came to."""

    departures: list[_Departure] = field(default_factory=list)
    answers: list[tuple[asyncio.Future[Any], Any]] = field(default_factory=list)
    next_ns: int | None = None  # wall clock: when the next decision is due; 0 if this one was but a portion
    orders: Sequence[EventOrder] | None = None  # None: they are what they were
    tests: Tests | None = None  # None: as they were


class Pager:
    """Start with `start`, live in `run`. All of `Paging` happens on `thread`, or inline where it is None.

    `on_orders` hears, in the loop, all orders about events whenever they change, and `on_tests` of throughput
    tests, once they are stored; without it they are left to their time limit.
    """

    def __init__(
        self,
        inventory: Inventory,
        clock: Clock,
        store: Store,
        sender: Sender,
        compose: Composer,
        *,
        on_orders: Callable[[Sequence[EventOrder]], None],
        on_tests: Callable[[Tests], None] | None = None,
        thread: Executor | None = None,
    ) -> None:
        self._on_orders = on_orders
        self._on_tests = on_tests
        self._felt: frozenset[LinkId] = frozenset()
        self._clock = clock
        self._store = store
        self._sender = sender
        self._compose = compose
        self._thread = thread
        self._paging = Paging(inventory, clock.wall_ns())
        self._inbox: deque[_Asked] = deque()
        self._results: deque[tuple[Attempt, Result]] = deque()
        self._wake = asyncio.Event()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._unstored: list[AnyEntry] = []
        self._taken_up = False
        self._offset_ns = clock.wall_ns() - clock.monotonic_ns()
        self._failures = 0
        self._turned_ns = clock.monotonic_ns()
        self._chronicle = Chronicle()
        self._storm = Storm()
        self._stale = False  # the snapshot
        self._show_ns = 0  # monotonic: when it may be taken again
        self.snapshot: PagingSnapshot = self._paging.snapshot(clock.wall_ns())
        self.judged: JudgedColumns = self._paging.judged(clock.wall_ns())

    @property
    def inventory(self) -> Inventory:
        """What the people's side goes by."""
        return self._paging.inventory

    async def start(self) -> None:
        """Take up what the log says.

        Raises StoreUnavailableError, and what else the store raises; then nobody knows who was called, and
        `run` tries again before it decides anything.
        """
        await self.apart(self._replay)
        self._taken_up = True
        self._on_orders(self._paging.orders)

    def _replay(self) -> None:
        self._paging.replay(self._store.open_entries())
        self.snapshot = self._paging.snapshot(self._clock.wall_ns())

    def take(self, changes: Changes, _: int) -> None:
        """What a probing tick changed. Costs the tick next to nothing."""
        offset = self._clock.wall_ns() - self._clock.monotonic_ns()
        self.decide(lambda paging, now_ns: paging.observe(changes, now_ns, offset))

    def take_uses(self, uses: Sequence[Use]) -> None:
        """What routers' counters say."""
        offset = self._clock.wall_ns() - self._clock.monotonic_ns()
        self.decide(lambda paging, now_ns: paging.observe_use(uses, now_ns, offset))

    def adopt(self, inventory: Inventory) -> None:
        """Go by another inventory from now on."""
        self.decide(lambda paging, now_ns: paging.adopt(inventory, now_ns))

    def decide(self, what: Callable[[Paging, int], Written]) -> None:
        """Have something decided that nobody waits for."""
        self._post(_Asked(lambda paging, now_ns: (what(paging, now_ns), None)))

    async def command(self, command: AnyCommand) -> Verdict:
        """Carry out what somebody asks for; answered once it is stored."""

        def decide(paging: Paging, now_ns: int) -> tuple[Written, Verdict]:
            verdict = paging.command(command, now_ns)
            return verdict.entries, verdict

        return await self._ask(decide)

    async def read(self, look: Callable[[Paging], _T]) -> _T:
        """What `look` finds. It must change nothing, and return nothing that changes later."""
        return await self._ask(lambda paging, _: ((), look(paging)))

    async def _ask(self, work: Callable[[Paging, int], tuple[Written, _T]]) -> _T:
        answer: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._post(_Asked(work, answer))
        return await answer

    def _post(self, asked: _Asked) -> None:
        self._inbox.append(asked)
        self._wake.set()

    async def run(self) -> None:
        """Take turns until cancelled. What is on its way out then is tried again at the next start."""
        while not self._taken_up:
            await asyncio.sleep(_RETRY_SECONDS)
            with contextlib.suppress(StoreUnavailableError):
                await self.start()
        try:
            while True:
                self._wake.clear()
                inbox = [self._inbox.popleft() for _ in range(len(self._inbox))]
                results = [self._results.popleft() for _ in range(min(len(self._results), portion.INCIDENTS))]
                turn = await self.apart(partial(self._take_turn, inbox, results))
                self._finish(turn)
                await self._rest(turn.next_ns)
        finally:
            self._storm.end()
            for task in self._deliveries:
                task.cancel()

    async def apart(self, work: Callable[[], _T]) -> _T:
        """Do something on the thread of the people's side, between two turns."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _take_turn(self, inbox: Sequence[_Asked], results: Sequence[tuple[Attempt, Result]]) -> _Turn:
        self._storm.begin_turn()
        now_ns = self._clock.wall_ns()
        turn = _Turn()
        entries = list(self._guarded(partial(self._keep_time, now_ns), _NOTHING))
        for attempt, result in results:
            self._guarded(partial(self._paging.book, attempt, result, now_ns), None)
        for asked in inbox:
            entries += self._do(asked, now_ns, turn)
        entries += self._guarded(partial(self._paging.advance, now_ns), _NOTHING)
        no_attempts: Sequence[Attempt] = ()
        for attempt in self._guarded(partial(self._paging.due, now_ns), no_attempts):
            entries += self._guarded(partial(self._prepare, attempt, now_ns, turn), _NOTHING)
        if self._on_tests is not None:
            turn.tests = self._guarded(partial(self._look_at_tests, now_ns), None)
        self._stale |= self._commit(entries, now_ns) or bool(turn.departures)
        self._show(now_ns)
        turn.next_ns = 0 if self._paging.unfinished else self._paging.next_deadline_ns()
        if any(isinstance(entry, EventOrdered | ClockStepped) for entry in entries):
            turn.orders = self._paging.orders
        self._turned_ns = self._clock.monotonic_ns()
        self._storm.end_turn(more=turn.next_ns == 0)
        return turn

    def _look_at_tests(self, now_ns: int) -> Tests | None:
        orders, stops = self._paging.due_tests(now_ns), self._paging.tests_to_stop()
        felt, self._felt = self._felt, self._paging.queue.felt
        return Tests(orders, stops, self._felt) if orders or stops or felt != self._felt else None

    def _keep_time(self, now_ns: int) -> Written:
        offset = now_ns - self._clock.monotonic_ns()
        by_ns, self._offset_ns = offset - self._offset_ns, offset
        if abs(by_ns) < _STEP_NS:
            return ()
        log.warning("the wall clock was set by %+.3f s; what is waited for moves along", by_ns / _SECOND_NS)
        return self._paging.clock_stepped(by_ns, now_ns)

    def _do(self, asked: _Asked, now_ns: int, turn: _Turn) -> Written:
        try:
            written, told = asked.work(self._paging, now_ns)
        except Exception as error:  # noqa: BLE001 - one thing that cannot be decided must not stop the others
            self._note_failure(error)
            written, told = _NOTHING, error
        if asked.answer is not None:
            turn.answers.append((asked.answer, told))
        return written

    def _guarded(self, work: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - as above
            self._note_failure(error)
            return otherwise

    def _note_failure(self, error: Exception) -> None:
        self._failures += 1
        log.error("something could not be decided; the rest goes on", exc_info=error)

    def _prepare(self, attempt: Attempt, now_ns: int, turn: _Turn) -> Written:
        """Write the message of an attempt; what cannot even be written has failed."""
        try:
            gateway = self._paging.inventory.directory.gateways[attempt.gateway]
            text = self._compose(self._paging, attempt, gateway, now_ns)
        except Exception as error:  # noqa: BLE001 - as above
            self._note_failure(error)
            failed = Result(delivered=False, permanent=True, detail=f"could not be written: {error!r}"[:200])
            return self._paging.result(attempt, failed, now_ns)
        turn.departures.append(_Departure(attempt, gateway, text))
        return ()

    def _commit(self, entries: list[AnyEntry], now_ns: int) -> bool:
        """Store what was decided; what cannot be stored is kept and holds no page up."""
        self._chronicle.note(entries, now_ns)
        waited, wanted = len(self._unstored), self._unstored + entries
        if not wanted:
            return False
        try:
            self._store.append(wanted)
        except StoreUnavailableError as error:
            if not waited:
                log.critical(
                    "neither store nor spool take what was decided, pages leave all the same: %s", error
                )
            self._unstored = wanted
        else:
            if waited:
                log.warning("the store takes entries again; the %d that waited are in it", waited)
            self._unstored = []
        return True

    def _show(self, now_ns: int) -> None:
        """Let readers see how it is now. Of thousands of links that takes time: it is given a share."""
        began_ns = self._clock.monotonic_ns()
        if began_ns < self._show_ns:
            return
        self.judged = self._guarded(partial(self._paging.judged, now_ns), self.judged)
        if self._stale:
            self.snapshot = self._guarded(partial(self._paging.snapshot, now_ns), self.snapshot)
            self._stale = False
        self._show_ns = began_ns + _SHOW_SHARE * (self._clock.monotonic_ns() - began_ns)

    def _finish(self, turn: _Turn) -> None:
        """Back in the loop: tell those who asked, and let the messages go."""
        if turn.orders is not None:
            self._on_orders(turn.orders)
        if self._on_tests is not None and turn.tests is not None:
            self._on_tests(turn.tests)
        for answer, told in turn.answers:
            if answer.done():
                continue
            if isinstance(told, Exception):
                answer.set_exception(told)
            else:
                answer.set_result(told)
        for departure in turn.departures:
            task = asyncio.create_task(self._deliver(departure))
            self._deliveries.add(task)
            task.add_done_callback(self._deliveries.discard)

    async def _deliver(self, departure: _Departure) -> None:
        attempt = departure.attempt
        result = await self._sender.send(attempt, departure.gateway, departure.text)
        self._results.append((attempt, result))
        self._wake.set()

    async def _rest(self, next_ns: int | None) -> None:
        """Until something comes in, or something is due."""
        if self._inbox or self._results:
            return
        nap = _RETRY_SECONDS if self._unstored or self._stale else _LONGEST_NAP
        if next_ns is not None:
            nap = min(nap, max(0.0, (next_ns - self._clock.wall_ns()) / _SECOND_NS))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(nap):
                await self._wake.wait()

    def stats(self) -> PagerStats:
        """How it is doing."""
        return PagerStats(self._turned_ns, self._failures, len(self._unstored))
