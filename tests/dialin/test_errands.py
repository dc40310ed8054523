"""Throughput tests through a call: what fits into a word, whose limits hold, and what becomes of a lost word."""

import ast
import asyncio
import string
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bridgewatch
from bridgewatch.app.box_tests import BoxLimits, BoxTests
from bridgewatch.app.call_tests import CallTests
from bridgewatch.core.dialin import errands
from bridgewatch.core.dialin.errands import Order, State, Told
from bridgewatch.core.dialin.packets import BODY_SIZE, Kind
from bridgewatch.core.dialin.reasons import SENTENCES
from bridgewatch.model.bandwidth import Direction, Leg, Method, Server, Throughput
from bridgewatch.model.ids import KeyId, ServerId
from bridgewatch.model.phrases import Phrase, phrase
from bridgewatch.model.ports import ThroughputError, ThroughputProgress
from bridgewatch.model.words import Language
from bridgewatch.texts.phrases.tell import tell_phrase

BOX = KeyId("hop")
LEG = Leg(
    Server(ServerId("s"), Method.TCP, "192.0.2.1"), Method.TCP, Direction.UP, 5.0, 4, 20_000_000, box=BOX
)
LIMITS = BoxLimits("203.0.113.1", 5201, 10_000_000, 3, interface="wwan0")
DONE = Throughput(Direction.UP, Method.TCP, 9.5e6, 4_000_000, 3.0, 4, 0.5, 0.25, 0.5)

orders = st.builds(
    Order,
    st.binary(min_size=8, max_size=8),
    st.sampled_from([Method.TCP, Method.UDP]),
    st.sampled_from(Direction),
    st.integers(1, errands.MOST_SECONDS),
    st.integers(1, 255),
    st.integers(1, 2**64 - 1),
)
figures = st.one_of(st.none(), st.floats(0, 1e6, width=32))


@given(orders)
def test_an_order_survives_its_word(order: Order) -> None:
    body = errands.write_order(order)
    assert len(body) == BODY_SIZE
    assert errands.read_order(body) == order


@given(
    orders,
    st.floats(0, 1e12),
    st.integers(0, 2**64 - 1),
    st.floats(0, 200, width=32),
    st.tuples(figures, figures, figures, figures, figures, st.none() | st.floats(1, 2**37, width=32)),
)
def test_a_result_survives_its_word(order, rate, octets, seconds, known) -> None:
    result = Throughput(order.direction, order.method, rate, octets, seconds, order.streams, *known)
    told = Told(order.id, State.DONE, result)
    body = errands.write_told(told)
    assert len(body) == BODY_SIZE
    assert errands.read_told(body, order) == told


def test_a_box_that_does_not_tell_its_cap_says_nothing_there() -> None:
    order = Order(b"12345678", Method.TCP, Direction.UP, 3, 4, 20_000_000)
    body = bytearray(errands.write_told(Told(order.id, State.DONE, DONE)))
    body[50:] = bytes(len(body) - 50)
    assert errands.read_told(bytes(body), order) == Told(order.id, State.DONE, DONE)


@given(orders, st.text())
def test_a_reason_is_cut_to_what_fits(order: Order, why: str) -> None:
    body = errands.write_told(Told(order.id, State.FAILED, why=why))
    assert len(body) == BODY_SIZE
    read = errands.read_told(body, order)
    assert "".join(sign for sign in why if sign.isprintable()).startswith(read.why.rstrip("\ufffd?"))


def raised(*files: str) -> set[str]:
    """The sentences of these files."""
    root = Path(bridgewatch.__file__).parent
    calls = (
        call for file in files for call in ast.walk(ast.parse((root / file).read_text(encoding="utf-8")))
    )
    return {
        call.args[0].value
        for call in calls
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "phrase"
    }


def test_whatever_a_box_says_has_a_number_and_every_number_is_something_that_a_box_says() -> None:
    runner = ("child", "iperf3", "iperf3_report", "runner", "sockets")
    files = [f"adapters/throughput/{name}.py" for name in runner]
    assert raised("app/box_tests.py", *files) == set(SENTENCES)
    assert len(set(SENTENCES)) == len(SENTENCES)


@given(orders, st.sampled_from(SENTENCES), st.lists(st.text(), min_size=3, max_size=3))
def test_a_sentence_is_whole_on_the_other_side_and_only_what_it_quotes_is_cut(order, sentence, texts) -> None:
    names = [name for _, name, _, _ in string.Formatter().parse(sentence) if name]
    why = Phrase(sentence, tuple(zip(names, texts, strict=False)))
    body = errands.write_told(Told(order.id, State.FAILED, why=why))
    assert len(body) == BODY_SIZE
    read = errands.read_told(body, order).why
    assert read.message == sentence
    for (name, said), (meant, text) in zip(read.values, why.values, strict=True):
        assert name == meant
        assert "".join(sign for sign in text if sign.isprintable()).startswith(said.rstrip("?"))


def test_a_short_reason_is_whole_with_what_it_quotes() -> None:
    why = phrase("{host} has no address: {cause}", host="iperf.example", cause="Name not known")
    order = Order(b"8 octets", Method.TCP, Direction.UP, 5, 1, 1)
    assert errands.read_told(errands.write_told(Told(order.id, State.FAILED, why=why)), order).why == why


def test_the_reason_of_a_later_version_is_told_as_unknown() -> None:
    order = Order(b"8 octets", Method.TCP, Direction.UP, 5, 1, 1)
    body = (order.id + bytes([State.REFUSED, 1, 250])).ljust(BODY_SIZE, b"\0")
    read = errands.read_told(body, order)
    assert str(read.why) == "a reason that this version does not know (250)"


@given(orders, st.binary(min_size=BODY_SIZE, max_size=BODY_SIZE))
def test_no_octets_are_too_strange_to_read(order: Order, body: bytes) -> None:
    errands.read_order(body)
    told = errands.read_told(order.id + body[8:], order)
    assert told is None or told.result is None or told.result.rate >= 0
    assert body.startswith(order.id) or errands.read_told(body, order) is None


class Iperf:
    """A runner that does as it is told."""

    def __init__(self) -> None:
        self.legs: list[Leg] = []
        self.go_on = asyncio.Event()
        self.stopped = asyncio.Event()
        self.error: ThroughputError | None = None

    async def run(self, leg: Leg, on_progress: Callable[[ThroughputProgress], None]) -> Throughput:
        self.legs.append(leg)
        on_progress(ThroughputProgress(1_000, 0.5, 16_000.0))
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.stopped.set()
            raise
        if self.error is not None:
            raise self.error
        return DONE


class Call:
    """A call whose words may be lost, with a daemon at one end and a box at the other."""

    def __init__(self, limits: BoxLimits | None = LIMITS, loss: float = 0.0) -> None:
        self.iperf = Iperf()
        self._chance, self._loss, self._listener = Random(3), loss, None
        self.box = BoxTests(limits, self.iperf, self._tell)
        self.daemon = CallTests(self)
        self.began = asyncio.Event()

    def hear(self, on_told) -> None:
        self._listener = on_told

    def say(self, key: KeyId, kind: Kind, body: bytes) -> bool:
        assert key == BOX
        if self._chance.random() >= self._loss:
            asyncio.get_running_loop().call_soon(lambda: self.box.take(body, enough=kind is Kind.ENOUGH))
        return True

    def _tell(self, body: bytes) -> None:
        if self._chance.random() >= self._loss:
            self._listener(BOX, body)

    async def run(self, leg: Leg = LEG) -> Throughput:
        return await self.daemon.run(leg, lambda _: self.began.set())


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of milliseconds: what they are for is proven elsewhere, by the lab."""
    monkeypatch.setattr("bridgewatch.app.box_tests._TELL_AGAIN", 0.005)
    monkeypatch.setattr("bridgewatch.app.call_tests.SAID_AGAIN", 0.005)


@pytest.mark.parametrize("loss", [0.0, 0.5])
def test_a_test_is_run_within_the_box_s_limits_and_its_result_comes_back(loss: float) -> None:
    async def play() -> None:
        call = Call(loss=loss)
        running = asyncio.create_task(call.run())
        await call.began.wait()
        call.iperf.go_on.set()
        assert await running == replace(DONE, cap=LIMITS.rate)  # it was to ask for more
        (leg,) = call.iperf.legs
        assert (leg.server.host, leg.server.port, leg.seconds, leg.rate, leg.streams, leg.interface) == (
            "203.0.113.1",
            5201,
            3,
            10_000_000,
            4,
            "wwan0",
        )
        assert leg.direction is Direction.UP
        again = asyncio.create_task(call.run(replace(LEG, direction=Direction.DOWN)))  # at once after it
        assert (await again).rate == DONE.rate
        assert [leg.direction for leg in call.iperf.legs] == [Direction.UP, Direction.DOWN]

    asyncio.run(asyncio.wait_for(play(), 20))


def test_a_test_that_is_wanted_no_more_is_stopped_at_once() -> None:
    async def play() -> None:
        call = Call()
        running = asyncio.create_task(call.run())
        await call.began.wait()
        running.cancel()
        await call.iperf.stopped.wait()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(asyncio.wait_for(play(), 20))


def test_a_box_that_hears_no_order_any_more_stops_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgewatch.app.box_tests.LEASE", 0.05)

    async def play() -> None:
        call = Call()
        order = Order(b"12345678", Method.TCP, Direction.UP, 5, 1, 1_000)
        call.box.take(errands.write_order(order), enough=False)
        await call.iperf.stopped.wait()

    asyncio.run(asyncio.wait_for(play(), 20))


@pytest.mark.parametrize(
    ("limits", "leg", "why"),
    [
        (None, LEG, "the site's box refuses: it was started without --test-server"),
        (LIMITS, replace(LEG, method=Method.HTTP), "the site's own box tests by TCP and UDP alone"),
    ],
)
def test_what_a_box_may_not_do_is_said(limits: BoxLimits | None, leg: Leg, why: str) -> None:
    async def play() -> None:
        with pytest.raises(ThroughputError, match=why):
            await Call(limits).run(leg)

    asyncio.run(asyncio.wait_for(play(), 20))


def test_what_fails_at_the_box_is_told_and_one_that_is_silent_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bridgewatch.app.call_tests._SILENT", 0.05)

    async def play() -> None:
        call = Call()
        call.iperf.error = ThroughputError(phrase("iperf3 is not installed here"))
        call.iperf.go_on.set()
        with pytest.raises(
            ThroughputError, match="at the site's box: iperf3 is not installed here"
        ) as failed:
            await call.run()
        assert (
            tell_phrase(failed.value.why, Language.VI) == "tại thiết bị ở điểm cầu: máy này chưa cài iperf3"
        )
        with pytest.raises(ThroughputError, match="does not answer"):
            await Call(loss=1.0).run()

    asyncio.run(asyncio.wait_for(play(), 20))
