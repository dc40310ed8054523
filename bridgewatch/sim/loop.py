"""An asyncio event loop on virtual time.

When no callback is ready, the selector jumps the clock to the next timer instead of sleeping, so a night
passes in the time its callbacks take. Real descriptors (self-pipe, signals, sockets, subprocess pipes) are
still watched, and anything readable is served before time moves.

What happens on other threads or in other processes takes real time, which virtual time knows nothing of.
Three documented ways keep the clock from jumping past it:

* `run_in_executor(None, f)` and `asyncio.to_thread(f)` call `f` inline: it takes no virtual time;
* `run_in_executor(pool, f)` with an executor of the caller's own runs on its thread, and the clock stands
  still until it is done;
* `with loop.clock_held():` around anything else that waits for the real world (a subprocess, a peer on
  another thread): virtual time stands still inside.

A watchdog raises `SimStuckError` where a loop would hang a test: nothing ready and no timer, a clock held
with nothing happening, or callbacks that spin without time passing.
"""

import asyncio
import contextlib
import selectors
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from typing import Any, Final, TypeVar, cast

from bridgewatch.sim.clock import SimClock

T = TypeVar("T")

_SECOND_NS: Final = 1_000_000_000
_TIMER_SLACK_S: Final = 1e-7  # a timer may fire this much early
SPIN_LIMIT: Final = 100_000
PATIENCE_S: Final = 30.0


class SimStuckError(RuntimeError):
    """The simulated loop would never end: a deadlock or a spin."""


class SimSelector(selectors.DefaultSelector):
    """A selector that passes time by moving a `SimClock`."""

    def __init__(
        self, clock: SimClock, *, spin_limit: int, iteration_limit: int | None, patience: float
    ) -> None:
        super().__init__()
        self.clock = clock
        self.holds = 0
        self.iterations = 0
        self._spin_limit = spin_limit
        self._iteration_limit = iteration_limit
        self._patience = patience
        self._spun = 0
        self._last_ns = clock.monotonic_ns()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Descriptors ready now; if none is, and `timeout` allows, move the clock by `timeout` seconds."""
        self._count()
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.holds:
            return self._wait_for_the_real_world()
        if timeout is None:
            raise SimStuckError(f"{self._when()}: nothing is ready and no timer is set: a deadlock")
        self.clock.advance(max(1, round(timeout * _SECOND_NS)))
        return []

    def _wait_for_the_real_world(self) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(self._patience)
        if not ready:
            raise SimStuckError(
                f"{self._when()}: the clock is held, but nothing came within {self._patience} s"
            )
        return ready

    def _count(self) -> None:
        self.iterations += 1
        now = self.clock.monotonic_ns()
        self._spun = self._spun + 1 if now == self._last_ns else 0
        self._last_ns = now
        if self._spun > self._spin_limit:
            raise SimStuckError(
                f"{self._when()}: {self._spun} iterations without time passing: callbacks spin"
            )
        if self._iteration_limit is not None and self.iterations > self._iteration_limit:
            raise SimStuckError(f"{self._when()}: more than {self._iteration_limit} iterations")

    def _when(self) -> str:
        return f"at {self.clock.monotonic_ns() / _SECOND_NS:.9f} s of virtual time"


class SimLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time()` is the monotonic time of `clock`.

    `spin_limit` bounds iterations without time passing, `iteration_limit` all of them; `patience` is how many
    real seconds a held clock waits for the real world. Beyond each of them the loop raises `SimStuckError`.
    """

    def __init__(
        self,
        clock: SimClock,
        *,
        spin_limit: int = SPIN_LIMIT,
        iteration_limit: int | None = None,
        patience: float = PATIENCE_S,
    ) -> None:
        self._sim = SimSelector(
            clock, spin_limit=spin_limit, iteration_limit=iteration_limit, patience=patience
        )
        super().__init__(self._sim)
        self.clock = clock
        # asyncio's own 1 ns is below the float resolution of `time()` after a few months, and then a timer
        # that is due right now would wait for ever.
        self._clock_resolution = _TIMER_SLACK_S

    @property
    def iterations(self) -> int:
        """How often the loop went round."""
        return self._sim.iterations

    def time(self) -> float:
        """Virtual monotonic time in seconds."""
        return self.clock.monotonic_ns() / _SECOND_NS

    @contextlib.contextmanager
    def clock_held(self) -> Iterator[None]:
        """Virtual time stands still inside: the loop waits for descriptors and threads in real time."""
        self._sim.holds += 1
        try:
            yield
        finally:
            self._sim.holds -= 1

    def run_in_executor(  # type: ignore[override]  # typeshed spells the variadic generics of its own
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Call `func(*args)` inline, or on `executor` with the clock held until it is done."""
        if executor is None:
            return self._call_inline(func, *args)
        future = cast("asyncio.Future[T]", super().run_in_executor(executor, func, *args))
        self._sim.holds += 1
        # Runs in this loop's thread, once for a result, an error and a cancellation alike.
        future.add_done_callback(self._release)
        return future

    def _release(self, _: asyncio.Future[Any]) -> None:
        self._sim.holds -= 1

    def _call_inline(self, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self.create_future()
        # Settled by callbacks, not at once: a caller that loops over inline calls must still let others run.
        try:
            result = func(*args)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a future carries whatever the function raised
            self.call_soon(_unless_done, future, future.set_exception, error)
        else:
            self.call_soon(_unless_done, future, future.set_result, result)
        return future


def _unless_done(future: asyncio.Future[Any], settle: Callable[[Any], None], value: object) -> None:
    if not future.done():
        settle(value)


def run(
    main: Coroutine[Any, Any, T],
    clock: SimClock,
    *,
    until_ns: int | None = None,
    loop_factory: Callable[[SimClock], SimLoop] = SimLoop,
) -> T | None:
    """Run `main` on a new `SimLoop` of `clock` and clean up as `asyncio.run` does.

    When the clock reaches `until_ns` (monotonic) first, `main` is cancelled: then the result is what it
    returns after that, or None if the cancellation ended it. Raises SimStuckError for a deadlock or a spin,
    and whatever `main` raises.
    """
    with asyncio.Runner(loop_factory=lambda: loop_factory(clock)) as runner:
        return runner.run(_bounded(main, until_ns))


async def _bounded(main: Coroutine[Any, Any, T], until_ns: int | None) -> T | None:
    if until_ns is None:
        return await main
    task = asyncio.create_task(main)
    reached = False

    def stop() -> None:
        nonlocal reached
        reached = True
        task.cancel()

    timer = asyncio.get_running_loop().call_at(until_ns / _SECOND_NS, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if reached and task.cancelled():
            return None
        raise
    finally:
        timer.cancel()
