"""Throughput tests at sites that dial in: asked for and told through the call, and run by the box."""

import asyncio
import contextlib
import math
import secrets
from collections.abc import Callable
from typing import Final

from bridgewatch.app.dial_in import DialIn
from bridgewatch.core.dialin.errands import (
    ID_SIZE,
    MOST_SECONDS,
    SAID_AGAIN,
    Order,
    State,
    Told,
    can_carry,
    read_told,
    write_order,
)
from bridgewatch.core.dialin.packets import Kind
from bridgewatch.model.bandwidth import Leg, Throughput
from bridgewatch.model.ids import KeyId
from bridgewatch.model.phrases import phrase
from bridgewatch.model.ports import Runner, ThroughputError, ThroughputProgress

_SILENT: Final = 6.0  # seconds, after which a box that tells nothing is given up
_FULL_SILENT: Final = 20.0  # the same once its test fills the link: words wait in its queues as well
_SAID_ENOUGH: Final = 3  # times, for some may be lost


class CallTests:
    """Runs legs at boxes. What they tell comes by `take`, in the probing loop."""

    def __init__(self, dial_in: DialIn) -> None:
        self._dial_in = dial_in
        self._waiting: dict[KeyId, tuple[Order, asyncio.Queue[Told]]] = {}
        dial_in.hear(self._take)

    def _take(self, key: KeyId, body: bytes) -> None:
        waiting = self._waiting.get(key)
        if waiting is not None and (told := read_told(body, waiting[0])) is not None:
            waiting[1].put_nowait(told)

    async def run(self, leg: Leg, on_progress: Callable[[ThroughputProgress], None]) -> Throughput:
        """As `Runner.run`."""
        key = leg.box
        if key is None or not can_carry(leg.method):
            raise ThroughputError(phrase("the site's own box tests by TCP and UDP alone"))
        if key in self._waiting:
            raise ThroughputError(phrase("the site's box is busy with another test"))
        order = Order(
            secrets.token_bytes(ID_SIZE),
            leg.method,
            leg.direction,
            min(max(1, math.ceil(leg.seconds)), MOST_SECONDS),
            leg.streams,
            leg.rate,
        )
        told: asyncio.Queue[Told] = asyncio.Queue()
        self._waiting[key] = order, told
        asking = asyncio.create_task(self._ask(key, order))
        try:
            return await _follow(told, on_progress)
        finally:
            asking.cancel()
            del self._waiting[key]
            for _ in range(_SAID_ENOUGH):
                self._dial_in.say(key, Kind.ENOUGH, write_order(order))

    async def _ask(self, key: KeyId, order: Order) -> None:
        while True:
            self._dial_in.say(key, Kind.ASK, write_order(order))
            await asyncio.sleep(SAID_AGAIN)


async def _follow(
    told: "asyncio.Queue[Told]", on_progress: Callable[[ThroughputProgress], None]
) -> Throughput:
    patience = _SILENT
    while True:
        one = None
        with contextlib.suppress(TimeoutError):
            one = await asyncio.wait_for(told.get(), patience)
        match one:
            case None:
                raise ThroughputError(phrase("the site's box does not answer"))
            case Told(state=State.RUNNING, result=Throughput() as result):
                patience = _FULL_SILENT
                on_progress(ThroughputProgress(result.octets, result.seconds, result.rate))
            case Told(state=State.DONE, result=Throughput() as result):
                return result
            case Told(state=State.REFUSED, why=why):
                raise ThroughputError(phrase("the site's box refuses: {what}", what=why))
            case Told(why=why):
                raise ThroughputError(phrase("at the site's box: {what}", what=why))


class EitherRunner:
    """Runs legs here, and those of boxes there."""

    def __init__(self, here: Runner) -> None:
        self._here = here
        self._there: Runner | None = None

    def know(self, there: Runner | None) -> None:
        """Where the legs of boxes are run, once boxes can call."""
        self._there = there

    async def run(self, leg: Leg, on_progress: Callable[[ThroughputProgress], None]) -> Throughput:
        """As `Runner.run`."""
        if leg.box is None:
            return await self._here.run(leg, on_progress)
        if self._there is None:
            raise ThroughputError(phrase("no box can call: nothing is listened on for them"))
        return await self._there.run(leg, on_progress)
