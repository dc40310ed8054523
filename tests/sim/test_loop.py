import asyncio
import os
import signal
import socket
import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.loop import SimLoop, SimStuckError, run

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND


def seconds_since(start: int, clock: SimClock) -> float:
    return round((clock.monotonic_ns() - start) / SECOND, 6)


def test_ten_thousand_hours_of_timers_pass_at_once():
    clock = SimClock()
    start = clock.monotonic_ns()

    async def main() -> int:
        fired = 0
        for _ in range(10_000):
            await asyncio.sleep(3600)
            fired += 1
        return fired

    assert run(main(), clock) == 10_000
    assert abs(clock.monotonic_ns() - start - 10_000 * HOUR) < SECOND // 1000


def test_a_timer_fires_at_its_instant_and_not_before():
    clock = SimClock()
    start = clock.monotonic_ns()

    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        fired: list[float] = []
        done = loop.create_future()
        for delay in (3.0, 0.25, 86_400.0 * 30, 1.0):
            loop.call_later(delay, lambda: fired.append(seconds_since(start, clock)))
        loop.call_later(86_400.0 * 31, done.set_result, None)
        await done
        return fired

    assert run(main(), clock) == [0.25, 1.0, 3.0, 86_400.0 * 30]


def test_tasks_and_queues_interleave_by_virtual_time():
    clock = SimClock()
    start = clock.monotonic_ns()

    async def produce(queue: asyncio.Queue[str], name: str, every: float) -> None:
        for number in range(3):
            await asyncio.sleep(every)
            await queue.put(f"{name}{number}@{seconds_since(start, clock)}")

    async def main() -> list[str]:
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=1)
        async with asyncio.TaskGroup() as group:
            group.create_task(produce(queue, "slow", 10))
            group.create_task(produce(queue, "fast", 4))
            return [await queue.get() for _ in range(6)]

    assert run(main(), clock) == [
        "fast0@4.0",
        "fast1@8.0",
        "slow0@10.0",
        "fast2@12.0",
        "slow1@20.0",
        "slow2@30.0",
    ]


def test_a_timeout_strikes_in_virtual_time():
    clock = SimClock()
    start = clock.monotonic_ns()

    async def main() -> None:
        async with asyncio.timeout(5):
            await asyncio.sleep(3600)

    with pytest.raises(TimeoutError):
        run(main(), clock)
    assert seconds_since(start, clock) == 5.0


def test_a_deadlock_is_an_error_and_not_a_hanging_test():
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(SimStuckError, match="deadlock"):
        run(main(), SimClock())


def test_callbacks_that_spin_without_time_passing_are_an_error():
    async def main() -> None:
        while True:  # noqa: ASYNC110 - the fault under test
            await asyncio.sleep(0)

    with pytest.raises(SimStuckError, match="spin"):
        run(main(), SimClock(), loop_factory=partial(SimLoop, spin_limit=1_000))


def test_the_number_of_iterations_can_be_bounded():
    async def main() -> None:
        while True:  # noqa: ASYNC110 - the fault under test
            await asyncio.sleep(1)

    with pytest.raises(SimStuckError, match="more than 500 iterations"):
        run(main(), SimClock(), loop_factory=partial(SimLoop, iteration_limit=500))


def test_a_clock_that_is_held_for_nothing_is_an_error():
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimLoop)
        with loop.clock_held():
            await asyncio.sleep(1)

    with pytest.raises(SimStuckError, match="held"):
        run(main(), SimClock(), loop_factory=partial(SimLoop, patience=0.02))


def test_until_cancels_the_main_task_at_that_instant():
    clock = SimClock()
    end = clock.monotonic_ns() + 24 * HOUR
    cleaned: list[int] = []

    async def main() -> None:
        try:
            await asyncio.sleep(48 * 3600)
        finally:
            cleaned.append(clock.monotonic_ns())

    assert run(main(), clock, until_ns=end) is None
    assert abs(cleaned[0] - end) <= 1


def test_until_gives_back_what_a_cancelled_main_returns():
    async def main() -> str:
        try:
            await asyncio.sleep(1e6)
        except asyncio.CancelledError:
            return "summary"
        return "never"

    clock = SimClock()
    assert run(main(), clock, until_ns=clock.monotonic_ns() + SECOND) == "summary"


def test_until_does_not_hide_how_main_ends_by_itself():
    clock = SimClock()

    async def fails() -> None:
        await asyncio.sleep(1)
        raise TimeoutError("its own")

    async def gives_up() -> None:
        raise asyncio.CancelledError

    with pytest.raises(TimeoutError, match="its own"):
        run(fails(), clock, until_ns=clock.monotonic_ns() + HOUR)
    with pytest.raises(asyncio.CancelledError):
        run(gives_up(), clock, until_ns=clock.monotonic_ns() + HOUR)


def test_the_default_executor_calls_inline_and_takes_no_virtual_time():
    clock = SimClock()
    start = clock.monotonic_ns()

    async def main() -> tuple[int, bool]:
        ticks = asyncio.create_task(asyncio.sleep(3600))
        thread = await asyncio.to_thread(threading.get_ident)
        same = await asyncio.get_running_loop().run_in_executor(None, clock.monotonic_ns) == start
        ticks.cancel()
        return thread, same

    assert run(main(), clock) == (threading.get_ident(), True)


def test_an_inline_call_lets_other_tasks_run():
    async def main() -> int:
        turns = 0

        async def count() -> None:
            nonlocal turns
            for _ in range(10):
                turns += 1
                await asyncio.sleep(0)

        other = asyncio.create_task(count())
        for _ in range(20):
            await asyncio.to_thread(lambda: None)
        while_calling = turns
        await other
        return while_calling

    assert run(main(), SimClock()) == 10


def test_an_error_in_an_inline_call_reaches_the_caller():
    async def main() -> None:
        await asyncio.to_thread(int, "not a number")

    with pytest.raises(ValueError, match="not a number"):
        run(main(), SimClock())


def test_sqlite_works_inline_on_its_own_thread():
    async def main() -> int:
        store = sqlite3.connect(":memory:")  # refuses to be used from another thread
        await asyncio.to_thread(store.execute, "create table page (id integer)")
        await asyncio.to_thread(store.execute, "insert into page values (7)")
        found = await asyncio.to_thread(lambda: store.execute("select id from page").fetchone())
        store.close()
        return int(found[0])

    assert run(main(), SimClock()) == 7


def test_the_clock_stands_still_while_a_thread_of_ones_own_works():
    clock = SimClock()
    start = clock.monotonic_ns()
    gate = threading.Event()

    def work() -> int:
        gate.wait(10)
        return clock.monotonic_ns()

    async def main() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            future = loop.run_in_executor(pool, work)
            loop.call_later(3600, lambda: None)
            loop.call_soon(gate.set)
            seen = await future
        await asyncio.sleep(1)
        return seen, clock.monotonic_ns() - start

    seen, passed = run(main(), clock) or (0, 0)
    assert seen == start
    assert abs(passed - SECOND) < 1_000


def test_a_subprocess_is_waited_for_in_real_time_while_the_clock_is_held():
    clock = SimClock()
    start = clock.monotonic_ns()

    async def main() -> bytes:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimLoop)
        loop.call_later(3600, lambda: None)
        with loop.clock_held():
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "print('from the child')", stdout=asyncio.subprocess.PIPE
            )
            out, _ = await child.communicate()
        return out.strip()

    assert run(main(), clock) == b"from the child"
    assert clock.monotonic_ns() == start


def test_real_sockets_are_served_before_time_moves():
    clock = SimClock()
    start = clock.monotonic_ns()

    async def main() -> bytes:
        loop = asyncio.get_running_loop()
        loop.call_later(3600, lambda: None)
        near, far = socket.socketpair()
        with near, far:
            near.setblocking(False)
            far.setblocking(False)
            await loop.sock_sendall(far, b"hello")
            return await loop.sock_recv(near, 16)

    assert run(main(), clock) == b"hello"
    assert clock.monotonic_ns() == start


def test_a_signal_handler_runs_before_time_moves():
    clock = SimClock()
    start = clock.monotonic_ns()

    async def main() -> int:
        loop = asyncio.get_running_loop()
        told = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, told.set)
        loop.call_later(3600, told.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        await told.wait()
        loop.remove_signal_handler(signal.SIGUSR1)
        return clock.monotonic_ns() - start

    before = signal.getsignal(signal.SIGINT)
    assert run(main(), clock) == 0
    assert signal.getsignal(signal.SIGINT) is before


def test_two_runs_take_the_same_steps():
    def one() -> tuple[list[int], int]:
        clock = SimClock()
        steps: list[int] = []

        async def beat(every: float) -> None:
            while True:
                await asyncio.sleep(every)
                steps.append(clock.monotonic_ns())

        async def main() -> None:
            async with asyncio.TaskGroup() as group:
                for every in (0.1, 0.3, 0.7, 1.1):
                    group.create_task(beat(every))

        run(main(), clock, until_ns=clock.monotonic_ns() + 100 * SECOND)
        return steps, clock.monotonic_ns()

    first, second = one(), one()
    assert first == second
    assert len(first[0]) in (1_563, 1_564)  # 333 + 142 + 90, and 999 or 1000: the last beat falls on the end
