"""What hangs at one gateway delays no other, is counted, and is given back."""

import asyncio
import threading
import time
from collections.abc import Callable

from bridgewatch.adapters.notify.crew import BusyError, Crew, CrowdedError, Load
from bridgewatch.adapters.notify.sender import Notifier
from bridgewatch.model.ids import GatewayId
from tests.notify.gateways import Hang, HttpGateways, MailServer
from tests.notify.orders import TEXT, attempt, mail, webhook

A, B = GatewayId("a"), GatewayId("b")


def test_a_webhook_that_hangs_for_a_minute_delays_nobody(far: HttpGateways, mailbox: MailServer) -> None:
    """Must-show 6: ten pages to a webhook that hangs, twenty to a mail server beside it."""

    async def storm() -> float:
        hanging, good = webhook(far.url, timeout=60.0), mail(mailbox.port)
        sender = Notifier()
        stuck = [
            asyncio.create_task(sender.send(attempt(f"x{number}", to=hanging), hanging, TEXT))
            for number in range(10)
        ]
        await asyncio.to_thread(far.wait_hanging, 8)
        started = time.monotonic()
        results = await asyncio.gather(
            *(
                sender.send(attempt("truc@example.vn", to=good, message=f"m{number}"), good, TEXT)
                for number in range(20)
            )
        )
        took = time.monotonic() - started
        assert all(result.delivered for result in results)
        assert sender.load()[hanging.id] == Load(running=8, stuck=0)
        far.release()
        await asyncio.to_thread(far.wait_hanging_over)
        assert all(result.delivered for result in await asyncio.gather(*stuck))
        return took

    far.script("webhook", *[Hang()] * 8)
    assert asyncio.run(storm()) < 1.0


def test_a_thread_past_its_limit_is_counted_until_it_ends() -> None:
    async def look() -> None:
        crew, gate = Crew(per_gateway=2), threading.Event()
        for _ in range(2):
            await _expect(TimeoutError, crew, A, gate.wait, 0.02)
        assert crew.load()[A] == Load(running=2, stuck=2)
        # Every thread of it is stuck: the next one is told at once, and another gateway works.
        await _expect(BusyError, crew, A, gate.wait, 60.0)
        assert await crew.run(B, lambda: 7, 5.0) == 7
        gate.set()
        await _until_running(crew, 0)
        assert crew.load()[A] == Load(running=0, stuck=0)
        assert await crew.run(A, lambda: 8, 5.0) == 8

    asyncio.run(asyncio.wait_for(look(), 10))


def test_no_more_than_its_share_runs_at_one_gateway_and_the_rest_waits() -> None:
    async def look() -> None:
        crew, gate = Crew(per_gateway=3), threading.Event()
        most, running = 0, 0
        lock = threading.Lock()

        def work() -> bool:
            nonlocal most, running
            with lock:
                running += 1
                most = max(most, running)
            gate.wait(5)
            with lock:
                running -= 1
            return True

        tasks = [asyncio.create_task(crew.run(A, work, 5.0)) for _ in range(12)]
        await _until_running(crew, 3)
        gate.set()
        assert all(await asyncio.gather(*tasks))
        assert most == 3

    asyncio.run(asyncio.wait_for(look(), 10))


def test_threads_are_bounded_in_all() -> None:
    async def look() -> None:
        crew, gate = Crew(per_gateway=2, in_all=2), threading.Event()
        tasks = [asyncio.create_task(crew.run(A, gate.wait, 5.0)) for _ in range(2)]
        await _until_running(crew, 2)
        await _expect(BusyError, crew, B, gate.wait, 0.02)
        gate.set()
        await asyncio.gather(*tasks)
        assert await crew.run(B, lambda: 7, 5.0) == 7

    asyncio.run(asyncio.wait_for(look(), 10))


def test_the_most_urgent_of_those_that_wait_is_next_and_who_gave_up_is_passed_over() -> None:
    async def look() -> None:
        crew, gate = Crew(per_gateway=1), threading.Event()
        order: list[int] = []
        first = asyncio.create_task(crew.run(A, gate.wait, 5.0))
        await _until_running(crew, 1)
        ranks = (5, 2, 9, 1, 2)
        waiting = [
            asyncio.create_task(crew.run(A, lambda rank=rank: order.append(rank), 5.0, (rank,)))
            for rank in ranks
        ]
        await asyncio.sleep(0)
        waiting[3].cancel()
        await asyncio.gather(waiting[3], return_exceptions=True)
        gate.set()
        await asyncio.gather(first, *(task for task in waiting if task is not waiting[3]))
        assert order == [2, 2, 5, 9]

    asyncio.run(asyncio.wait_for(look(), 10))


def test_a_gateway_that_takes_others_is_crowded_and_one_that_takes_none_is_busy() -> None:
    async def look() -> None:
        crew = Crew(per_gateway=1)
        gates = [threading.Event() for _ in range(2)]
        running = [asyncio.create_task(crew.run(A, gate.wait, 5.0)) for gate in gates]
        await _until_running(crew, 1)
        last = asyncio.create_task(_is_crowded(crew, 0.2))
        assert not await _is_crowded(crew, 0.02)
        gates[0].set()
        await running[0]
        assert await last
        gates[1].set()
        await running[1]

    asyncio.run(asyncio.wait_for(look(), 10))


async def _is_crowded(crew: Crew, seconds: float) -> bool:
    """Whether who waits in vain for so long is told that the gateway takes others."""
    try:
        await crew.run(A, lambda: None, seconds, (9,))
    except BusyError as error:
        return isinstance(error, CrowdedError)
    raise AssertionError("there was a place")


def test_an_attempt_that_is_no_longer_waited_for_gives_its_place_back() -> None:
    async def look() -> None:
        crew, gate = Crew(per_gateway=1), threading.Event()
        task = asyncio.create_task(crew.run(A, gate.wait, 5.0))
        await _until_running(crew, 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        gate.set()
        assert await crew.run(A, lambda: 7, 5.0) == 7

    asyncio.run(asyncio.wait_for(look(), 10))


async def _expect(
    error: type[Exception], crew: Crew, gateway: GatewayId, work: Callable[[], object], seconds: float
) -> None:
    try:
        await crew.run(gateway, work, seconds)
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


async def _until_running(crew: Crew, count: int) -> None:
    while crew.load().get(A, Load(0, 0)).running != count:  # noqa: ASYNC110 - the crew tells nobody
        await asyncio.sleep(0)
